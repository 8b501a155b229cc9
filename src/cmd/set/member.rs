//! SADD, SREM, SISMEMBER, SMISMEMBER, SCARD, SMEMBERS: members by name, and all of them.

use super::reply_item;
use crate::cmd::args::Args;
use crate::cmd::ctx::Ctx;
use crate::cmd::effect::{CmdResult, Effect};
use crate::cmd::error::CmdError;
use crate::cmd::event::Class;
use crate::cmd::spec::{
    ACCESS, CommandSpec, DELETE, DENYOOM, FAST, Group, INSERT, KeySpec, READONLY, RO, RW, WRITE,
};
use crate::reply::sink::ReplySink;
use crate::types::set::Set;

/// Rows of the command table.
pub(super) const SPECS: &[CommandSpec] = &[
    CommandSpec::new("sadd", sadd)
        .arity_at_least(3)
        .flags(WRITE | DENYOOM | FAST)
        .keys(&[KeySpec::one(1, RW | INSERT)])
        .group(Group::Set)
        .since("1.0.0")
        .summary(
            "Adds members to a set.",
            "O(1) for each element added, so O(N) to add N elements when the command is called with multiple \
             arguments.",
        )
        .syntax("key member [member ...]")
        .history(&[("2.4.0", "Accepts multiple `member` arguments.")]),
    CommandSpec::new("srem", srem)
        .arity_at_least(3)
        .flags(WRITE | FAST)
        .keys(&[KeySpec::one(1, RW | DELETE)])
        .group(Group::Set)
        .since("1.0.0")
        .summary("Removes members from a set.", "O(N) where N is the number of members to be removed.")
        .syntax("key member [member ...]")
        .history(&[("2.4.0", "Accepts multiple `member` arguments.")]),
    CommandSpec::new("sismember", sismember)
        .arity(3)
        .flags(READONLY | FAST)
        .keys(&[KeySpec::one(1, RO)])
        .group(Group::Set)
        .since("1.0.0")
        .summary("Tells whether a member is in a set.", "O(1)")
        .syntax("key member"),
    CommandSpec::new("smismember", smismember)
        .arity_at_least(3)
        .flags(READONLY | FAST)
        .keys(&[KeySpec::one(1, RO | ACCESS)])
        .group(Group::Set)
        .since("6.2.0")
        .summary(
            "Tells of each of several members whether it is in a set.",
            "O(N) where N is the number of elements being checked for membership",
        )
        .syntax("key member [member ...]"),
    CommandSpec::new("scard", scard)
        .arity(2)
        .flags(READONLY | FAST)
        .keys(&[KeySpec::one(1, RO)])
        .group(Group::Set)
        .since("1.0.0")
        .summary("Returns how many members a set has.", "O(1)")
        .syntax("key"),
    CommandSpec::new("smembers", smembers)
        .arity(2)
        .flags(READONLY)
        .keys(&[KeySpec::one(1, RO | ACCESS)])
        .group(Group::Set)
        .tips(&["nondeterministic_output_order"])
        .since("1.0.0")
        .summary("Returns all members of a set.", "O(N) where N is the set cardinality.")
        .syntax("key"),
];

/// A length, as a reply.
pub(super) fn int(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

/// An effect of so many changes.
pub(super) fn changed(n: usize) -> Effect {
    if n == 0 { Effect::None } else { Effect::Changed(n as u64) }
}

/// Adds members and answers how many are new. Shared by SADD and its typed call.
pub(crate) fn add(ctx: &mut Ctx<'_>, key: &[u8], members: &[&[u8]]) -> Result<(usize, Effect), CmdError> {
    let limits = ctx.limits();
    let mut guard = ctx.write_or_create(key, Set::new)?;
    let set: &mut Set = &mut guard;
    let added = members.iter().filter(|member| set.add(member, limits)).count();
    drop(guard);
    if added > 0 {
        ctx.event(Class::SET, "sadd", key);
    }
    Ok((added, changed(added)))
}

/// Removes members and answers how many were there. Shared by SREM and its typed call.
pub(crate) fn remove(ctx: &mut Ctx<'_>, key: &[u8], members: &[&[u8]]) -> Result<(usize, Effect), CmdError> {
    let Some(mut guard) = ctx.write::<Set>(key)? else { return Ok((0, Effect::None)) };
    let set: &mut Set = &mut guard;
    let removed = members.iter().filter(|member| set.remove(member)).count();
    drop(guard);
    if removed > 0 {
        ctx.event_of_removal(Class::SET, "srem", key);
    }
    Ok((removed, changed(removed)))
}

/// Whether a member is there. Shared by SISMEMBER and its typed call.
pub(crate) fn contains(ctx: &mut Ctx<'_>, key: &[u8], member: &[u8]) -> Result<bool, CmdError> {
    Ok(ctx.read::<Set>(key)?.is_some_and(|set| set.contains(member)))
}

/// How many members there are. Shared by SCARD and its typed call.
pub(crate) fn len(ctx: &mut Ctx<'_>, key: &[u8]) -> Result<usize, CmdError> {
    Ok(ctx.read::<Set>(key)?.map_or(0, Set::len))
}

fn sadd(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let (key, members) = (args.next(), args.rest());
    let (added, effect) = add(ctx, key, members)?;
    out.int(int(added));
    Ok(effect)
}

fn srem(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let (key, members) = (args.next(), args.rest());
    let (removed, effect) = remove(ctx, key, members)?;
    out.int(int(removed));
    Ok(effect)
}

fn sismember(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let (key, member) = (args.next(), args.next());
    args.finish()?;
    out.int(i64::from(contains(ctx, key, member)?));
    Ok(Effect::None)
}

fn smismember(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let (key, members) = (args.next(), args.rest());
    let set = ctx.read::<Set>(key)?;
    out.array(members.len());
    members.iter().for_each(|member| out.int(i64::from(set.is_some_and(|set| set.contains(member)))));
    Ok(Effect::None)
}

fn scard(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let key = args.next();
    args.finish()?;
    out.int(int(len(ctx, key)?));
    Ok(Effect::None)
}

fn smembers(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let key = args.next();
    args.finish()?;
    let set = ctx.read::<Set>(key)?;
    out.set(set.map_or(0, Set::len));
    set.into_iter().flat_map(Set::iter).for_each(|member| reply_item(out, member));
    Ok(Effect::None)
}
