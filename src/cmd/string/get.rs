//! GET, STRLEN: the whole value, or how long it is.

use crate::cmd::args::Args;
use crate::cmd::ctx::Ctx;
use crate::cmd::effect::{CmdResult, Effect};
use crate::cmd::spec::{ACCESS, CommandSpec, FAST, Group, KeySpec, READONLY, RO};
use crate::reply::sink::ReplySink;

/// Rows of the command table.
pub(super) const SPECS: &[CommandSpec] = &[
    CommandSpec::new("get", get)
        .arity(2)
        .flags(READONLY | FAST)
        .keys(&[KeySpec::one(1, RO | ACCESS)])
        .group(Group::String)
        .since("1.0.0")
        .summary("Returns the value of a key.", "O(1)")
        .syntax("key"),
    CommandSpec::new("strlen", strlen)
        .arity(2)
        .flags(READONLY | FAST)
        .keys(&[KeySpec::one(1, RO)])
        .group(Group::String)
        .since("2.2.0")
        .summary("Returns the length of a value in bytes.", "O(1)")
        .syntax("key"),
];

fn get(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let key = args.next();
    args.finish()?;
    super::reply_option(out, ctx.find_str(key)?);
    Ok(Effect::None)
}

fn strlen(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let key = args.next();
    args.finish()?;
    out.int(len(ctx, key)?);
    Ok(Effect::None)
}

/// The length of the value of `key`, 0 if it is absent. Shared by STRLEN and the typed call.
pub(crate) fn len(ctx: &mut Ctx<'_>, key: &[u8]) -> Result<i64, crate::cmd::error::CmdError> {
    let value = ctx.find_str(key)?;
    let len = value.map_or(0, |value| super::with_bytes(value, <[u8]>::len));
    Ok(i64::try_from(len).unwrap_or(i64::MAX))
}
