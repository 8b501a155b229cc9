//! SINTER, SUNION, SDIFF, their STORE forms, and SINTERCARD: sets from several sets.

use super::member::int;
use super::reply_item;
use crate::base::num;
use crate::cmd::args::Args;
use crate::cmd::ctx::Ctx;
use crate::cmd::effect::{CmdResult, Effect};
use crate::cmd::error::CmdError;
use crate::cmd::event::Class;
use crate::cmd::spec::{
    ACCESS, CommandSpec, DENYOOM, Group, KeySpec, MOVABLEKEYS, OW, READONLY, RO, RW, UPDATE, WRITE,
};
use crate::reply::sink::ReplySink;
use crate::types::limits::Limits;
use crate::types::listpack::Item;
use crate::types::set::Set;
use crate::types::set::combine::{Maybe, intersect, subtract, unite};

const SOURCES: &[KeySpec] = &[KeySpec::all(1, 1, RO | ACCESS)];
const INTER_COST: &str =
    "O(N*M) worst case where N is the cardinality of the smallest set and M is the number of sets.";
const ALL_COST: &str = "O(N) where N is the total number of elements in all given sets.";

/// A row of a command that answers a set.
const fn reading(name: &'static str, handler: crate::cmd::spec::Handler) -> CommandSpec {
    CommandSpec::new(name, handler)
        .arity_at_least(2)
        .flags(READONLY)
        .keys(SOURCES)
        .group(Group::Set)
        .tips(&["nondeterministic_output_order"])
        .since("1.0.0")
        .syntax("key [key ...]")
}

/// A row of a command that stores a set.
const fn storing(
    name: &'static str,
    handler: crate::cmd::spec::Handler,
    keys: &'static [KeySpec],
) -> CommandSpec {
    CommandSpec::new(name, handler)
        .arity_at_least(3)
        .flags(WRITE | DENYOOM)
        .keys(keys)
        .group(Group::Set)
        .since("1.0.0")
        .syntax("destination key [key ...]")
}

/// Rows of the command table.
pub(super) const SPECS: &[CommandSpec] = &[
    reading("sinter", sinter).summary("Returns the members that are in all of the sets.", INTER_COST),
    reading("sunion", sunion).summary("Returns the members that are in any of the sets.", ALL_COST),
    reading("sdiff", sdiff)
        .summary("Returns the members of the first set that are in none of the others.", ALL_COST),
    storing(
        "sinterstore",
        sinterstore,
        &[KeySpec::one(1, RW | UPDATE), KeySpec::range(2, -1, 1, RO | ACCESS)],
    )
    .summary("Stores the members that are in all of the sets.", INTER_COST),
    storing(
        "sunionstore",
        sunionstore,
        &[KeySpec::one(1, OW | UPDATE), KeySpec::range(2, -1, 1, RO | ACCESS)],
    )
    .summary("Stores the members that are in any of the sets.", ALL_COST),
    storing("sdiffstore", sdiffstore, &[KeySpec::one(1, OW | UPDATE), KeySpec::range(2, -1, 1, RO | ACCESS)])
        .summary("Stores the members of the first set that are in none of the others.", ALL_COST),
    CommandSpec::new("sintercard", sintercard)
        .arity_at_least(3)
        .flags(READONLY | MOVABLEKEYS)
        .keys(&[KeySpec::counted(1, 1, RO | ACCESS)])
        .group(Group::Set)
        .since("7.0.0")
        .summary("Counts the members that are in all of the sets, up to a limit.", INTER_COST)
        .syntax("numkeys key [key ...] [LIMIT limit]"),
];

/// Answers the members that `combine` gives: their number comes first.
fn answer<'c>(
    ctx: &'c mut Ctx<'_>,
    keys: &[&[u8]],
    out: &mut dyn ReplySink,
    combine: impl FnOnce(&[Maybe<'c>], &Limits, &mut dyn FnMut(Item<'c>)),
) -> CmdResult {
    let limits = ctx.limits();
    let sets = ctx.read_all::<Set>(keys)?;
    if let [only] = sets[..] {
        out.set(only.map_or(0, Set::len));
        only.into_iter().flat_map(Set::iter).for_each(|member| reply_item(out, member));
        return Ok(Effect::None);
    }
    let mut members = Vec::new();
    combine(&sets, limits, &mut |member| members.push(member));
    out.set(members.len());
    members.into_iter().for_each(|member| reply_item(out, member));
    Ok(Effect::None)
}

fn sinter(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    answer(ctx, args.rest(), out, |sets, _, give| intersect(sets, usize::MAX, give))
}

fn sunion(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    answer(ctx, args.rest(), out, |sets, limits, give| unite(sets, limits, give))
}

fn sdiff(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    answer(ctx, args.rest(), out, |sets, limits, give| {
        subtract(sets, limits, give);
    })
}

/// Stores what `combine` makes of the sets. An empty result deletes the destination.
fn store(
    ctx: &mut Ctx<'_>,
    mut args: Args<'_>,
    out: &mut dyn ReplySink,
    combine: fn(&[Maybe<'_>], &Limits) -> Set,
    event: &'static str,
) -> CmdResult {
    let (destination, keys) = (args.next(), args.rest());
    let limits = ctx.limits();
    let result = combine(&ctx.read_all::<Set>(keys)?, limits);
    out.int(int(result.len()));
    let changed = ctx.store(destination, result, Class::SET, event);
    Ok(if changed { Effect::Changed(1) } else { Effect::None })
}

fn sinterstore(ctx: &mut Ctx<'_>, args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    store(ctx, args, out, Set::intersection, "sinterstore")
}

fn sunionstore(ctx: &mut Ctx<'_>, args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    store(ctx, args, out, Set::union, "sunionstore")
}

fn sdiffstore(ctx: &mut Ctx<'_>, args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    store(ctx, args, out, Set::difference, "sdiffstore")
}

fn sintercard(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    const NEGATIVE: CmdError = CmdError::Text("ERR LIMIT can't be negative");
    let count = num::parse_i64(args.next()).filter(|n| *n > 0);
    let count = count.ok_or(CmdError::Text("ERR numkeys should be greater than 0"))?;
    let count = usize::try_from(count).ok().filter(|n| *n <= args.left());
    let count = count.ok_or(CmdError::Text("ERR Number of keys can't be greater than number of args"))?;
    let keys = args.take(count);
    let mut limit = 0;
    while !args.is_empty() {
        if args.left() < 2 || !args.eat("LIMIT") {
            return Err(CmdError::Syntax);
        }
        limit = num::parse_i64(args.next()).and_then(|n| u64::try_from(n).ok()).ok_or(NEGATIVE)?;
    }
    let most = if limit == 0 { usize::MAX } else { usize::try_from(limit).unwrap_or(usize::MAX) };
    let mut found = 0;
    intersect(&ctx.read_all::<Set>(keys)?, most, |_| found += 1);
    out.int(found);
    Ok(Effect::None)
}
