//! ZREM, ZREMRANGEBYRANK, ZREMRANGEBYSCORE, ZREMRANGEBYLEX: take members out.

use super::bounds::{By, Span, rank_words};
use crate::cmd::args::Args;
use crate::cmd::ctx::Ctx;
use crate::cmd::effect::{CmdResult, Effect};
use crate::cmd::error::CmdError;
use crate::cmd::event::Class;
use crate::cmd::spec::{CommandSpec, DELETE, FAST, Group, KeySpec, RW, WRITE};
use crate::reply::sink::ReplySink;
use crate::types::zset::Zset;

/// The time that the removal of a range takes.
const RANGE_TIME: &str =
    "O(log(N)+M) with N being the number of members in the sorted set and M the number removed";

/// Rows of the command table.
pub(super) const SPECS: &[CommandSpec] = &[
    CommandSpec::new("zrem", zrem)
        .arity_at_least(3)
        .flags(WRITE | FAST)
        .keys(&[KeySpec::one(1, RW | DELETE)])
        .group(Group::SortedSet)
        .since("1.2.0")
        .summary(
            "Removes members.",
            "O(M*log(N)) with N being the number of members in the sorted set and M the number to be removed",
        )
        .syntax("key member [member ...]")
        .history(&[("2.4.0", "Accepts multiple elements.")]),
    CommandSpec::new("zremrangebyrank", zremrangebyrank)
        .arity(4)
        .flags(WRITE)
        .keys(&[KeySpec::one(1, RW | DELETE)])
        .group(Group::SortedSet)
        .since("2.0.0")
        .summary("Removes the members between two ranks.", RANGE_TIME)
        .syntax("key start stop"),
    CommandSpec::new("zremrangebyscore", zremrangebyscore)
        .arity(4)
        .flags(WRITE)
        .keys(&[KeySpec::one(1, RW | DELETE)])
        .group(Group::SortedSet)
        .since("1.2.0")
        .summary("Removes the members with scores of a range.", RANGE_TIME)
        .syntax("key min:double max:double"),
    CommandSpec::new("zremrangebylex", zremrangebylex)
        .arity(4)
        .flags(WRITE)
        .keys(&[KeySpec::one(1, RW | DELETE)])
        .group(Group::SortedSet)
        .since("2.8.9")
        .summary("Removes the members between two members of one score.", RANGE_TIME)
        .syntax("key min max"),
];

/// The effect of so many removals.
fn effect(n: usize) -> Effect {
    if n == 0 { Effect::None } else { Effect::Changed(n as u64) }
}

/// Removes members; answers how many were there. Shared with the typed call.
pub(crate) fn remove<'m>(
    ctx: &mut Ctx<'_>,
    key: &[u8],
    members: impl IntoIterator<Item = &'m [u8]>,
) -> Result<(usize, Effect), CmdError> {
    let Some(mut zset) = ctx.write::<Zset>(key)? else { return Ok((0, Effect::None)) };
    let removed = members.into_iter().filter(|member| zset.remove(member)).count();
    drop(zset);
    if removed > 0 {
        ctx.event_of_removal(Class::ZSET, "zrem", key);
    }
    Ok((removed, effect(removed)))
}

fn zrem(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let key = args.next();
    let members = args.rest();
    args.finish()?;
    let (removed, effect) = remove(ctx, key, members.iter().copied())?;
    out.int(i64::try_from(removed).unwrap_or(i64::MAX));
    Ok(effect)
}

fn zremrangebyrank(ctx: &mut Ctx<'_>, args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    remove_range(ctx, args, out, By::Rank)
}

fn zremrangebyscore(ctx: &mut Ctx<'_>, args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    remove_range(ctx, args, out, By::Score)
}

fn zremrangebylex(ctx: &mut Ctx<'_>, args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    remove_range(ctx, args, out, By::Lex)
}

fn remove_range(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink, by: By) -> CmdResult {
    let (key, min, max) = (args.next(), args.next(), args.next());
    args.finish()?;
    let span = Span::parse(by, min, max)?;
    let mut ranks = 0..0;
    if let Some(mut zset) = ctx.write::<Zset>(key)? {
        ranks = span.ranks(&zset, false);
        if !ranks.is_empty() {
            zset.remove_ranks(ranks.clone());
        }
    }
    let removed = ranks.len();
    if removed > 0 {
        let event = match by {
            By::Rank => "zremrangebyrank",
            By::Score => "zremrangebyscore",
            By::Lex => "zremrangebylex",
        };
        ctx.event_of_removal(Class::ZSET, event, key);
    }
    out.int(i64::try_from(removed).unwrap_or(i64::MAX));
    if removed == 0 || by != By::Lex {
        return Ok(effect(removed));
    }
    let [first, last] = rank_words(&ranks);
    Ok(ctx.rewritten(removed as u64, &[b"ZREMRANGEBYRANK", key, &first, &last]))
}
