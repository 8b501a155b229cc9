//! INCR, DECR, INCRBY, DECRBY, INCRBYFLOAT: numbers kept as strings.

use super::with_bytes;
use crate::base::longdouble::LongDouble;
use crate::base::num;
use crate::cmd::args::Args;
use crate::cmd::ctx::{Ctx, Expiry, string_of};
use crate::cmd::effect::{CmdResult, Effect};
use crate::cmd::error::CmdError;
use crate::cmd::event::Class;
use crate::cmd::spec::{ACCESS, CommandSpec, DENYOOM, FAST, Group, KeySpec, RW, UPDATE, WRITE};
use crate::keyspace::raw::{NewValue, StrRef};
use crate::reply::sink::ReplySink;

const KEY: &[KeySpec] = &[KeySpec::one(1, RW | ACCESS | UPDATE)];

/// Rows of the command table.
pub(super) const SPECS: &[CommandSpec] = &[
    CommandSpec::new("incr", incr)
        .arity(2)
        .flags(WRITE | DENYOOM | FAST)
        .keys(KEY)
        .group(Group::String)
        .since("1.0.0")
        .summary("Adds one to the integer value of a key; an absent key counts as 0.", "O(1)")
        .syntax("key"),
    CommandSpec::new("decr", decr)
        .arity(2)
        .flags(WRITE | DENYOOM | FAST)
        .keys(KEY)
        .group(Group::String)
        .since("1.0.0")
        .summary("Subtracts one from the integer value of a key; an absent key counts as 0.", "O(1)")
        .syntax("key"),
    CommandSpec::new("incrby", incrby)
        .arity(3)
        .flags(WRITE | DENYOOM | FAST)
        .keys(KEY)
        .group(Group::String)
        .since("1.0.0")
        .summary("Adds an integer to the integer value of a key; an absent key counts as 0.", "O(1)")
        .syntax("key increment"),
    CommandSpec::new("decrby", decrby)
        .arity(3)
        .flags(WRITE | DENYOOM | FAST)
        .keys(KEY)
        .group(Group::String)
        .since("1.0.0")
        .summary("Subtracts an integer from the integer value of a key; an absent key counts as 0.", "O(1)")
        .syntax("key decrement"),
    CommandSpec::new("incrbyfloat", incrbyfloat)
        .arity(3)
        .flags(WRITE | DENYOOM | FAST)
        .keys(KEY)
        .group(Group::String)
        .since("2.6.0")
        .summary("Adds a floating point number to the value of a key; an absent key counts as 0.", "O(1)")
        .syntax("key increment:double"),
];

fn incr(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let key = args.next();
    args.finish()?;
    out.int(add(ctx, key, 1)?);
    Ok(Effect::Changed(1))
}

fn decr(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let key = args.next();
    args.finish()?;
    out.int(add(ctx, key, -1)?);
    Ok(Effect::Changed(1))
}

fn incrby(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let (key, by) = (args.next(), args.int());
    args.finish()?;
    out.int(add(ctx, key, by)?);
    Ok(Effect::Changed(1))
}

fn decrby(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let (key, by) = (args.next(), args.int());
    args.finish()?;
    let by = by.checked_neg().ok_or(CmdError::Text("ERR decrement would overflow"))?;
    out.int(add(ctx, key, by)?);
    Ok(Effect::Changed(1))
}

fn add(ctx: &mut Ctx<'_>, key: &[u8], by: i64) -> Result<i64, CmdError> {
    let Some(mut entry) = ctx.find_str_mut(key)? else {
        ctx.put(key, NewValue::Int(by), false, Expiry::Clear);
        ctx.event(Class::STRING, "incrby", key);
        return Ok(by);
    };
    let old = match string_of(&entry)? {
        StrRef::Int(i) => i,
        StrRef::Bytes(bytes) => num::parse_i64(bytes).ok_or(CmdError::NotInteger)?,
        StrRef::Block(_) => return Err(CmdError::NotInteger),
    };
    let new = old.checked_add(by).ok_or(CmdError::Text("ERR increment or decrement would overflow"))?;
    entry.set_value(NewValue::Int(new), false);
    drop(entry);
    ctx.event(Class::STRING, "incrby", key);
    Ok(new)
}

/// Adds to the integer value of `key` and answers the sum. Shared by INCRBY's typed call.
pub(crate) fn incr_by(ctx: &mut Ctx<'_>, key: &[u8], by: i64) -> Result<(i64, Effect), CmdError> {
    Ok((add(ctx, key, by)?, Effect::Changed(1)))
}

fn incrbyfloat(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let (key, by) = (args.next(), args.next());
    args.finish()?;
    let entry = ctx.find_str_mut(key)?;
    let old = match entry.as_deref().map(string_of).transpose()? {
        None => LongDouble::from_i64(0),
        Some(StrRef::Int(i)) => LongDouble::from_i64(i),
        Some(value) => with_bytes(value, LongDouble::parse).ok_or(CmdError::NotFloat)?,
    };
    drop(entry);
    let sum = old.add(LongDouble::parse(by).ok_or(CmdError::NotFloat)?);
    if !sum.is_finite() {
        return Err(CmdError::Text("ERR increment would produce NaN or Infinity"));
    }
    // The sum stays text even if it is an integer: only SET and the integer commands encode one.
    let text = sum.to_text();
    out.bulk(&text);
    ctx.put(key, NewValue::Bytes(&text), false, Expiry::Keep);
    ctx.event(Class::STRING, "incrbyfloat", key);
    Ok(ctx.rewritten(1, &[b"SET", key, &text, b"KEEPTTL"]))
}
