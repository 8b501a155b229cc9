//! EXISTS, TOUCH, TYPE: is it there, and what is it.

use crate::cmd::args::Args;
use crate::cmd::ctx::Ctx;
use crate::cmd::effect::{CmdResult, Effect};
use crate::cmd::spec::{CommandSpec, FAST, Group, KeySpec, READONLY, RO};
use crate::reply::sink::ReplySink;

/// Rows of the command table.
pub(super) const SPECS: &[CommandSpec] = &[
    CommandSpec::new("exists", exists)
        .arity_at_least(2)
        .flags(READONLY | FAST)
        .keys(&[KeySpec::all(1, 1, RO)])
        .group(Group::Generic)
        .tips(&["request_policy:multi_shard", "response_policy:agg_sum"])
        .since("1.0.0")
        .summary(
            "Counts which of the keys are there; a key that is named twice counts twice.",
            "O(N) with N being the number of keys",
        )
        .syntax("key [key ...]")
        .history(&[("3.0.3", "Accepts multiple `key` arguments.")]),
    CommandSpec::new("touch", touch)
        .arity_at_least(2)
        .flags(READONLY | FAST)
        .keys(&[KeySpec::all(1, 1, RO)])
        .group(Group::Generic)
        .tips(&["request_policy:multi_shard", "response_policy:agg_sum"])
        .since("3.2.1")
        .summary("Marks keys as just used and counts them.", "O(N) with N being the number of keys")
        .syntax("key [key ...]"),
    CommandSpec::new("type", type_of)
        .arity(2)
        .flags(READONLY | FAST)
        .keys(&[KeySpec::one(1, RO)])
        .group(Group::Generic)
        .since("1.0.0")
        .summary("Returns the type of a key's value.", "O(1)")
        .syntax("key"),
];

fn exists(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    out.int(args.rest().iter().map(|key| exists_one(ctx, key)).sum());
    Ok(Effect::None)
}

/// 1 if the key is there, 0 if not. Shared by the typed call.
pub(crate) fn exists_one(ctx: &mut Ctx<'_>, key: &[u8]) -> i64 {
    i64::from(ctx.peek(key).is_some())
}

fn touch(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    // TOUCH is what a client with CLIENT NO-TOUCH uses to mark a key after all.
    let no_touch = std::mem::replace(&mut ctx.session.no_touch, false);
    let found = args.rest().iter().map(|key| i64::from(ctx.find(key).is_some())).sum();
    ctx.session.no_touch = no_touch;
    out.int(found);
    Ok(Effect::None)
}

fn type_of(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let key = args.next();
    args.finish()?;
    out.status(ctx.peek(key).map_or("none", super::type_name));
    Ok(Effect::None)
}
