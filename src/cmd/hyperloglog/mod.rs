//! HyperLogLog: strings that estimate how many different elements were added.
//!
//! A value is a string with a format; what any string command does to it is allowed. Start reading at `add.rs`.

mod add;
mod count;
mod debug;
mod merge;

use super::ctx::{Ctx, Expiry};
use super::error::CmdError;
use super::spec::CommandSpec;
use super::string::edit::bytes_of;
use crate::keyspace::raw::{Entry, INLINE_MAX, NewValue, StrRef};
use crate::keyspace::table::EntryGuard;
use crate::reply::sink::Block;
use crate::types::hll::{self, Corrupt, Encoding};

/// The rows of this family, one slice a file.
pub(crate) const SPECS: &[&[CommandSpec]] = &[add::SPECS, count::SPECS, merge::SPECS, debug::SPECS];

impl From<Corrupt> for CmdError {
    fn from(_: Corrupt) -> Self {
        Self::Text("INVALIDOBJ Corrupted HLL object detected")
    }
}

/// The bytes of a string that must be a HyperLogLog.
fn sketch(value: StrRef<'_>) -> Result<(&[u8], Encoding), CmdError> {
    let bytes = match value {
        StrRef::Int(_) => b"",
        StrRef::Bytes(bytes) => bytes,
        StrRef::Block(block) => block.as_slice(),
    };
    let encoding = hll::encoding(bytes);
    let encoding =
        encoding.ok_or(CmdError::Text("WRONGTYPE Key is not a valid HyperLogLog string value."))?;
    Ok((bytes, encoding))
}

/// A copy to change: what turns out to be corrupt halfway is left as it was.
fn copy(bytes: &[u8]) -> Result<Vec<u8>, CmdError> {
    let mut copy = Vec::new();
    copy.try_reserve_exact(bytes.len()).map_err(|_| CmdError::NoMemory)?;
    copy.extend_from_slice(bytes);
    Ok(copy)
}

/// Hands a value to `store`; a short one is copied into its entry.
fn as_new(value: Vec<u8>, store: impl FnOnce(NewValue<'_>)) {
    if value.len() <= INLINE_MAX {
        store(NewValue::Bytes(&value));
    } else {
        store(NewValue::Block(Block::new(value)));
    }
}

/// Replaces the value of an entry, which counts as changed in place.
fn replace(entry: &mut Entry, value: Vec<u8>) {
    as_new(value, |value| drop(entry.set_value(value, true)));
}

/// Marks a value as changed although it is not: what these commands touch is `raw` for Redis.
fn mark(entry: &mut EntryGuard<'_>) {
    if !entry.is_raw() && matches!(bytes_of(entry), StrRef::Bytes(_)) {
        entry.bytes_in_place();
    }
}

/// Stores the value of a key that is absent.
fn create(ctx: &mut Ctx<'_>, key: &[u8], value: Vec<u8>) {
    as_new(value, |value| ctx.put(key, value, true, Expiry::Clear));
}
