//! HGET, HMGET, HEXISTS, HSTRLEN, HLEN: look at fields that are named, or only at their number.

use super::reply_option;
use crate::cmd::args::Args;
use crate::cmd::ctx::Ctx;
use crate::cmd::effect::{CmdResult, Effect};
use crate::cmd::error::CmdError;
use crate::cmd::spec::{ACCESS, CommandSpec, FAST, Group, KeySpec, READONLY, RO};
use crate::reply::sink::ReplySink;
use crate::types::hash::Hash;
use crate::types::listpack::Item;

const READ: &[KeySpec] = &[KeySpec::one(1, RO | ACCESS)];
const LOOK: &[KeySpec] = &[KeySpec::one(1, RO)];

/// Rows of the command table.
pub(super) const SPECS: &[CommandSpec] = &[
    CommandSpec::new("hget", hget_command)
        .arity(3)
        .flags(READONLY | FAST)
        .keys(READ)
        .group(Group::Hash)
        .since("2.0.0")
        .summary("Returns the value of a field.", "O(1)")
        .syntax("key field"),
    CommandSpec::new("hmget", hmget)
        .arity_at_least(3)
        .flags(READONLY | FAST)
        .keys(READ)
        .group(Group::Hash)
        .since("2.0.0")
        .summary("Returns the values of fields.", "O(N) with N being the number of fields that are asked for")
        .syntax("key field ..."),
    CommandSpec::new("hexists", hexists)
        .arity(3)
        .flags(READONLY | FAST)
        .keys(LOOK)
        .group(Group::Hash)
        .since("2.0.0")
        .summary("Tells whether a field exists.", "O(1)")
        .syntax("key field"),
    CommandSpec::new("hstrlen", hstrlen)
        .arity(3)
        .flags(READONLY | FAST)
        .keys(LOOK)
        .group(Group::Hash)
        .since("3.2.0")
        .summary("Returns the length of the value of a field.", "O(1)")
        .syntax("key field"),
    CommandSpec::new("hlen", hlen_command)
        .arity(2)
        .flags(READONLY | FAST)
        .keys(LOOK)
        .group(Group::Hash)
        .since("2.0.0")
        .summary("Returns the number of fields.", "O(1)")
        .syntax("key"),
];

/// Hands the value of a field to `take`, or nothing. Shared by HGET's typed call.
pub(crate) fn hget<R>(
    ctx: &mut Ctx<'_>,
    key: &[u8],
    field: &[u8],
    take: impl FnOnce(Option<Item<'_>>) -> R,
) -> Result<R, CmdError> {
    let found = ctx.read_hash(key)?.and_then(|(hash, now)| hash.get(field, now));
    Ok(take(found.map(|field| field.value)))
}

fn hget_command(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let (key, field) = (args.next(), args.next());
    args.finish()?;
    hget(ctx, key, field, |value| reply_option(out, value))?;
    Ok(Effect::None)
}

fn hmget(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let (key, fields) = (args.next(), args.rest());
    let found = ctx.read_hash(key)?;
    out.array(fields.len());
    for field in fields {
        let field = found.and_then(|(hash, now)| hash.get(field, now));
        reply_option(out, field.map(|field| field.value));
    }
    Ok(Effect::None)
}

fn hexists(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let (key, field) = (args.next(), args.next());
    args.finish()?;
    let found = hget(ctx, key, field, |value| value.is_some())?;
    out.int(i64::from(found));
    Ok(Effect::None)
}

fn hstrlen(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let (key, field) = (args.next(), args.next());
    args.finish()?;
    let len = hget(ctx, key, field, |value| value.map_or(0, Item::len))?;
    out.int(i64::try_from(len).unwrap_or(i64::MAX));
    Ok(Effect::None)
}

fn hlen_command(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let key = args.next();
    args.finish()?;
    out.int(hlen(ctx, key)?);
    Ok(Effect::None)
}

/// The number of fields of a key's hash, as in Redis with those whose time has come and that nobody has removed
/// yet. Shared by the typed call.
pub(crate) fn hlen(ctx: &mut Ctx<'_>, key: &[u8]) -> Result<i64, CmdError> {
    let len = ctx.read::<Hash>(key)?.map_or(0, Hash::len);
    Ok(i64::try_from(len).unwrap_or(i64::MAX))
}
