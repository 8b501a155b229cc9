//! GETBIT, SETBIT: one bit.

use super::{BAD_OFFSET, offset};
use crate::base::num;
use crate::cmd::args::Args;
use crate::cmd::ctx::Ctx;
use crate::cmd::effect::{CmdResult, Effect};
use crate::cmd::error::CmdError;
use crate::cmd::event::Class;
use crate::cmd::spec::{ACCESS, CommandSpec, DENYOOM, FAST, Group, KeySpec, READONLY, RO, RW, UPDATE, WRITE};
use crate::cmd::string::edit::{bytes_of, create, write_at};
use crate::cmd::string::with_bytes;
use crate::keyspace::raw::StrRef;
use crate::reply::sink::ReplySink;
use crate::types::bitmap;

/// Rows of the command table.
pub(super) const SPECS: &[CommandSpec] = &[
    CommandSpec::new("getbit", getbit)
        .arity(3)
        .flags(READONLY | FAST)
        .keys(&[KeySpec::one(1, RO | ACCESS)])
        .group(Group::Bitmap)
        .since("2.2.0")
        .summary("Returns one bit of a value; behind its end there are zeros.", "O(1)")
        .syntax("key offset"),
    CommandSpec::new("setbit", setbit)
        .arity(4)
        .flags(WRITE | DENYOOM)
        .keys(&[KeySpec::one(1, RW | ACCESS | UPDATE)])
        .group(Group::Bitmap)
        .since("2.2.0")
        .summary("Sets or clears one bit and returns what it was; a value that is too short grows.", "O(1)")
        .syntax("key offset value:integer"),
];

const BAD_BIT: CmdError = CmdError::Text("ERR bit is not an integer or out of range");

fn getbit(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let (key, bit) = (args.next(), args.int_or(BAD_OFFSET));
    args.finish()?;
    let bit = offset(ctx, bit)?;
    let value = ctx.find_str(key)?;
    let on = value.is_some_and(|value| with_bytes(value, |bytes| bitmap::get(bytes, bit)));
    out.int(on.into());
    Ok(Effect::None)
}

fn setbit(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let (key, bit, on) = (args.next(), args.int_or(BAD_OFFSET), args.next());
    args.finish()?;
    let bit = offset(ctx, bit)?;
    let on = match num::parse_i64(on) {
        Some(on @ (0 | 1)) => on == 1,
        _ => return Err(BAD_BIT),
    };
    let at = usize::try_from(bit >> 3).map_err(|_| BAD_OFFSET)?;
    let Some(mut entry) = ctx.find_str_mut(key)? else {
        create(ctx, key, at, &[bitmap::with_bit(0, bit, on)])?;
        ctx.event(Class::STRING, "setbit", key);
        out.int(0);
        return Ok(Effect::Changed(1));
    };
    if let Some(byte) = entry.bytes_in_place().and_then(|bytes| bytes.get_mut(at)) {
        let old = *byte;
        *byte = bitmap::with_bit(old, bit, on);
        let changed = *byte != old;
        out.int((changed != on).into());
        if !changed {
            return Ok(Effect::None);
        }
        drop(entry);
        ctx.event(Class::STRING, "setbit", key);
        return Ok(Effect::Changed(1));
    }
    // It grows, or somebody else holds it.
    let byte = with_bytes(bytes_of(&entry), |bytes| bytes.get(at).copied());
    let new = bitmap::with_bit(byte.unwrap_or(0), bit, on);
    // A long value that stays the same is left to those who hold it; a short one becomes `raw` at least.
    if byte != Some(new) || !matches!(bytes_of(&entry), StrRef::Block(_)) {
        write_at(&mut entry, at, &[new])?;
    }
    out.int(bitmap::get(&[byte.unwrap_or(0)], bit & 7).into());
    if byte == Some(new) {
        return Ok(Effect::None);
    }
    drop(entry);
    ctx.event(Class::STRING, "setbit", key);
    Ok(Effect::Changed(1))
}
