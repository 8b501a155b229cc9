//! Strings: whole values, ranges, counters, many keys at once.
//!
//! Start reading at `get.rs`.

pub(crate) mod counter;
pub(crate) mod edit;
pub(crate) mod get;
pub(crate) mod getex;
mod lcs;
mod many;
mod range;
pub(crate) mod set;

use super::spec::CommandSpec;

/// The rows of this family, one slice a file.
pub(crate) const SPECS: &[&[CommandSpec]] = &[
    get::SPECS,
    set::SPECS,
    counter::SPECS,
    edit::SPECS,
    range::SPECS,
    getex::SPECS,
    many::SPECS,
    lcs::SPECS,
];

use crate::base::num;
use crate::keyspace::raw::{INLINE_MAX, NewValue, StrRef};
use crate::reply::sink::{Block, ReplySink};
use crate::types::string::block::NoMemory;

/// The longest text that can be an integer of 64 bits: only these are tried.
const INT_TEXT_MAX: usize = 20;

/// A value as Redis stores it: an integer if its text is just that. A long one is copied here, before anything
/// changes, because the system may have no memory for it.
#[inline]
pub(crate) fn encode(value: &[u8]) -> Result<NewValue<'_>, NoMemory> {
    if value.len() > INLINE_MAX {
        let mut copy = Vec::new();
        copy.try_reserve_exact(value.len()).map_err(|_| NoMemory)?;
        copy.extend_from_slice(value);
        return Ok(NewValue::Block(Block::new(copy)));
    }
    if value.len() <= INT_TEXT_MAX
        && let Some(i) = num::parse_i64(value)
    {
        return Ok(NewValue::Int(i));
    }
    Ok(NewValue::Bytes(value))
}

/// Answers a value as a bulk string.
pub(crate) fn reply_value(out: &mut dyn ReplySink, value: StrRef<'_>) {
    match value {
        StrRef::Int(i) => out.bulk(num::write_i64(&mut [0; 20], i)),
        StrRef::Bytes(bytes) => out.bulk(bytes),
        StrRef::Block(block) => out.bulk_shared(block),
    }
}

/// Answers a value, or null for an absent one.
pub(crate) fn reply_option(out: &mut dyn ReplySink, value: Option<StrRef<'_>>) {
    match value {
        Some(value) => reply_value(out, value),
        None => out.null(),
    }
}

/// Calls `f` with the bytes of a value.
#[inline]
pub(crate) fn with_bytes<R>(value: StrRef<'_>, f: impl FnOnce(&[u8]) -> R) -> R {
    match value {
        StrRef::Int(i) => f(num::write_i64(&mut [0; 20], i)),
        StrRef::Bytes(bytes) => f(bytes),
        StrRef::Block(block) => f(block),
    }
}
