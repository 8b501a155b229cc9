//! ZCARD, ZSCORE, ZMSCORE: how many members, and what scores they have.

use crate::cmd::args::Args;
use crate::cmd::ctx::Ctx;
use crate::cmd::effect::{CmdResult, Effect};
use crate::cmd::error::CmdError;
use crate::cmd::spec::{ACCESS, CommandSpec, FAST, Group, KeySpec, READONLY, RO};
use crate::reply::sink::ReplySink;
use crate::types::zset::Zset;

/// Rows of the command table.
pub(super) const SPECS: &[CommandSpec] = &[
    CommandSpec::new("zcard", zcard)
        .arity(2)
        .flags(READONLY | FAST)
        .keys(&[KeySpec::one(1, RO)])
        .group(Group::SortedSet)
        .since("1.2.0")
        .summary("Returns the number of members of a sorted set.", "O(1)")
        .syntax("key"),
    CommandSpec::new("zscore", zscore)
        .arity(3)
        .flags(READONLY | FAST)
        .keys(&[KeySpec::one(1, RO | ACCESS)])
        .group(Group::SortedSet)
        .since("1.2.0")
        .summary("Returns the score of a member.", "O(1)")
        .syntax("key member"),
    CommandSpec::new("zmscore", zmscore)
        .arity_at_least(3)
        .flags(READONLY | FAST)
        .keys(&[KeySpec::one(1, RO | ACCESS)])
        .group(Group::SortedSet)
        .since("6.2.0")
        .summary("Returns the scores of members.", "O(N) where N is the number of members asked for")
        .syntax("key member [member ...]"),
];

/// The number of members. Shared with the typed call.
pub(crate) fn card(ctx: &mut Ctx<'_>, key: &[u8]) -> Result<usize, CmdError> {
    Ok(ctx.read::<Zset>(key)?.map_or(0, Zset::len))
}

/// The score of a member. Shared with the typed call.
pub(crate) fn score(ctx: &mut Ctx<'_>, key: &[u8], member: &[u8]) -> Result<Option<f64>, CmdError> {
    Ok(ctx.read::<Zset>(key)?.and_then(|zset| zset.score(member)))
}

fn zcard(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let key = args.next();
    args.finish()?;
    out.int(i64::try_from(card(ctx, key)?).unwrap_or(i64::MAX));
    Ok(Effect::None)
}

fn reply(out: &mut dyn ReplySink, score: Option<f64>) {
    match score {
        Some(score) => out.double(score),
        None => out.null(),
    }
}

fn zscore(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let (key, member) = (args.next(), args.next());
    args.finish()?;
    reply(out, score(ctx, key, member)?);
    Ok(Effect::None)
}

fn zmscore(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let key = args.next();
    let members = args.rest();
    args.finish()?;
    let zset = ctx.read::<Zset>(key)?;
    out.array(members.len());
    for member in members {
        reply(out, zset.and_then(|zset| zset.score(member)));
    }
    Ok(Effect::None)
}
