//! ZCOUNT and ZLEXCOUNT: how many elements a range has.

use super::bounds::{By, Span};
use crate::cmd::args::Args;
use crate::cmd::ctx::Ctx;
use crate::cmd::effect::{CmdResult, Effect};
use crate::cmd::spec::{ACCESS, CommandSpec, FAST, Group, KeySpec, READONLY, RO};
use crate::reply::sink::ReplySink;
use crate::types::zset::Zset;

/// Rows of the command table.
pub(super) const SPECS: &[CommandSpec] = &[
    CommandSpec::new("zcount", zcount)
        .arity(4)
        .flags(READONLY | FAST)
        .keys(&[KeySpec::one(1, RO | ACCESS)])
        .group(Group::SortedSet)
        .since("2.0.0")
        .summary(
            "Counts the members with scores of a range.",
            "O(log(N)) with N being the number of members in the sorted set",
        )
        .syntax("key min:double max:double"),
    CommandSpec::new("zlexcount", zlexcount)
        .arity(4)
        .flags(READONLY | FAST)
        .keys(&[KeySpec::one(1, RO | ACCESS)])
        .group(Group::SortedSet)
        .since("2.8.9")
        .summary(
            "Counts the members between two members of one score.",
            "O(log(N)) with N being the number of members in the sorted set",
        )
        .syntax("key min max"),
];

fn zcount(ctx: &mut Ctx<'_>, args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    count(ctx, args, out, By::Score)
}

fn zlexcount(ctx: &mut Ctx<'_>, args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    count(ctx, args, out, By::Lex)
}

fn count(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink, by: By) -> CmdResult {
    let (key, min, max) = (args.next(), args.next(), args.next());
    args.finish()?;
    let span = Span::parse(by, min, max)?;
    let n = ctx.read::<Zset>(key)?.map_or(0, |zset| span.ranks(zset, false).len());
    out.int(i64::try_from(n).unwrap_or(i64::MAX));
    Ok(Effect::None)
}
