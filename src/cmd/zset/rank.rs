//! ZRANK and ZREVRANK: the place of a member in the order.

use crate::cmd::args::Args;
use crate::cmd::ctx::Ctx;
use crate::cmd::effect::{CmdResult, Effect};
use crate::cmd::error::CmdError;
use crate::cmd::spec::{ACCESS, CommandSpec, FAST, Group, KeySpec, READONLY, RO};
use crate::reply::sink::ReplySink;
use crate::types::zset::Zset;

/// Rows of the command table.
pub(super) const SPECS: &[CommandSpec] = &[
    CommandSpec::new("zrank", zrank)
        .arity_at_least(3)
        .flags(READONLY | FAST)
        .keys(&[KeySpec::one(1, RO | ACCESS)])
        .group(Group::SortedSet)
        .since("2.0.0")
        .summary("Returns the rank of a member, the lowest score first.", "O(log(N))")
        .syntax("key member [WITHSCORE]")
        .history(&[("7.2.0", "Added the optional `WITHSCORE` argument.")]),
    CommandSpec::new("zrevrank", zrevrank)
        .arity_at_least(3)
        .flags(READONLY | FAST)
        .keys(&[KeySpec::one(1, RO | ACCESS)])
        .group(Group::SortedSet)
        .since("2.0.0")
        .summary("Returns the rank of a member, the highest score first.", "O(log(N))")
        .syntax("key member [WITHSCORE]")
        .history(&[("7.2.0", "Added the optional `WITHSCORE` argument.")]),
];

/// The rank of a member, from the end if `reverse` says so, and its score. Shared with the typed call.
pub(crate) fn rank(
    ctx: &mut Ctx<'_>,
    key: &[u8],
    member: &[u8],
    reverse: bool,
) -> Result<Option<(usize, f64)>, CmdError> {
    let Some(zset) = ctx.read::<Zset>(key)? else { return Ok(None) };
    let last = zset.len().saturating_sub(1);
    Ok(zset.rank(member).map(|(rank, score)| (if reverse { last - rank } else { rank }, score)))
}

fn zrank(ctx: &mut Ctx<'_>, args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    reply(ctx, args, out, "zrank", false)
}

fn zrevrank(ctx: &mut Ctx<'_>, args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    reply(ctx, args, out, "zrevrank", true)
}

fn reply(
    ctx: &mut Ctx<'_>,
    mut args: Args<'_>,
    out: &mut dyn ReplySink,
    name: &str,
    reverse: bool,
) -> CmdResult {
    let (key, member) = (args.next(), args.next());
    if args.left() > 1 {
        return Err(CmdError::Arity(name.to_owned()));
    }
    let with_score = args.eat("WITHSCORE");
    args.finish()?;
    match rank(ctx, key, member, reverse)? {
        Some((rank, score)) => {
            if with_score {
                out.array(2);
            }
            out.int(i64::try_from(rank).unwrap_or(i64::MAX));
            if with_score {
                out.double(score);
            }
        }
        None if with_score => out.null_array(),
        None => out.null(),
    }
    Ok(Effect::None)
}
