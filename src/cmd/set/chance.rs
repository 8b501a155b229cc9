//! SPOP, SRANDMEMBER: members by chance.

use smallvec::SmallVec;

use super::reply_item;
use crate::base::num;
use crate::base::rng::Rng;
use crate::cmd::args::Args;
use crate::cmd::ctx::Ctx;
use crate::cmd::effect::{CmdResult, Command, Effect, copied};
use crate::cmd::error::CmdError;
use crate::cmd::event::Class;
use crate::cmd::spec::{ACCESS, CommandSpec, DELETE, FAST, Group, KeySpec, READONLY, RO, RW, WRITE};
use crate::reply::sink::ReplySink;
use crate::types::listpack::Item;
use crate::types::set::Set;

/// Rows of the command table.
pub(super) const SPECS: &[CommandSpec] = &[
    CommandSpec::new("spop", spop)
        .arity_at_least(2)
        .flags(WRITE | FAST)
        .keys(&[KeySpec::one(1, RW | ACCESS | DELETE)])
        .group(Group::Set)
        .tips(&["nondeterministic_output"])
        .since("1.0.0")
        .summary(
            "Removes members by chance and returns them.",
            "Without the count argument O(1), otherwise O(N) where N is the value of the passed count.",
        )
        .syntax("key [count]@3.2.0")
        .history(&[("3.2.0", "Added the `count` argument.")]),
    CommandSpec::new("srandmember", srandmember)
        .arity_at_least(2)
        .flags(READONLY)
        .keys(&[KeySpec::one(1, RO | ACCESS)])
        .group(Group::Set)
        .tips(&["nondeterministic_output"])
        .since("1.0.0")
        .summary(
            "Returns members by chance.",
            "Without the count argument O(1), otherwise O(N) where N is the absolute value of the passed count.",
        )
        .syntax("key [count]@2.6.0")
        .history(&[("2.6.0", "Added the optional `count` argument.")]),
];

/// Draws at most: a reply of more would be gigabytes, for a call of a few bytes.
const MOST_DRAWS: u64 = 1 << 24;
/// Members that one SREM of the journal names at most.
const JOURNAL_MEMBERS: usize = 1024;

const NOT_POSITIVE: CmdError = CmdError::Text("ERR value is out of range, must be positive");
const OUT_OF_RANGE: CmdError = CmdError::Text("ERR value is out of range");
const BELOW_RANGE: CmdError = CmdError::Text(
    "ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807",
);

/// The count, if there is one; anything behind it is a syntax error, also behind a count that is none.
fn count<'a>(args: &mut Args<'a>) -> Result<Option<&'a [u8]>, CmdError> {
    if args.left() > 1 {
        return Err(CmdError::Syntax);
    }
    Ok(args.peek())
}

/// A number as big as memory, whatever is asked.
fn clamped(count: u64) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}

fn spop(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let key = args.next();
    match count(&mut args)? {
        None => spop_one(ctx, key, out),
        Some(text) => {
            let count = num::parse_i64(text).and_then(|n| u64::try_from(n).ok()).ok_or(NOT_POSITIVE)?;
            spop_some(ctx, key, clamped(count), out)
        }
    }
}

fn spop_one(ctx: &mut Ctx<'_>, key: &[u8], out: &mut dyn ReplySink) -> CmdResult {
    let mut rng = Rng::new(ctx.session.rng.next_u64());
    let mut guard = ctx.write::<Set>(key)?;
    let drawn = guard.as_ref().and_then(|set| set.random(&mut rng));
    let (Some(set), Some(place)) = (guard.as_deref_mut(), drawn) else {
        out.null();
        return Ok(Effect::None);
    };
    let mut member: SmallVec<[u8; 128]> = SmallVec::new();
    set.at(place).with_bytes(|text| member.extend_from_slice(text));
    set.remove_at(place);
    drop(guard);
    ctx.event_of_removal(Class::SET, "spop", key);
    out.bulk(&member);
    Ok(ctx.rewritten(1, &[b"SREM", key, &member]))
}

fn spop_some(ctx: &mut Ctx<'_>, key: &[u8], count: usize, out: &mut dyn ReplySink) -> CmdResult {
    let (mut rng, limits) = (Rng::new(ctx.session.rng.next_u64()), ctx.limits());
    let journaling = ctx.host.journaling();
    let Some(mut guard) = ctx.write::<Set>(key)? else {
        out.set(0);
        return Ok(Effect::None);
    };
    let len = guard.len();
    out.set(count.min(len));
    if count == 0 {
        return Ok(Effect::None);
    }
    if count >= len {
        guard.iter().for_each(|member| reply_item(out, member));
        drop(guard);
        ctx.delete(key);
        ctx.event_of_removal(Class::SET, "spop", key);
        return Ok(ctx.rewritten(len as u64, &[b"DEL", key]));
    }
    let mut gone: Vec<Vec<u8>> = Vec::new();
    guard.pop_some(count, &mut rng, limits, |member| {
        reply_item(out, member);
        if journaling {
            gone.push(member.with_bytes(copied));
        }
    });
    drop(guard);
    ctx.event(Class::SET, "spop", key);
    Ok(ctx.rewritten_as(count as u64, || removals(key, gone)))
}

/// The commands that remove these members.
fn removals(key: &[u8], members: Vec<Vec<u8>>) -> Vec<Command> {
    let mut members = members.into_iter().peekable();
    let chunks = std::iter::from_fn(|| {
        members.peek()?;
        let mut command = vec![b"SREM".to_vec(), copied(key)];
        command.extend(members.by_ref().take(JOURNAL_MEMBERS));
        Some(command)
    });
    chunks.collect()
}

fn srandmember(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let key = args.next();
    let wanted = match count(&mut args)? {
        Some(text) => Some(num::parse_i64(text).ok_or(CmdError::NotInteger)?),
        None => None,
    };
    if wanted == Some(i64::MIN) {
        return Err(BELOW_RANGE);
    }
    let mut rng = Rng::new(ctx.session.rng.next_u64());
    let set = ctx.read::<Set>(key)?.filter(|set| !set.is_empty());
    match (set, wanted) {
        (None, None) => out.null(),
        (None, Some(_)) => out.array(0),
        (Some(set), None) => match set.random(&mut rng) {
            Some(place) => reply_item(out, set.at(place)),
            None => out.null(),
        },
        (Some(set), Some(wanted)) => {
            let give = |out: &mut dyn ReplySink, member: Item<'_>| reply_item(out, member);
            let count = clamped(wanted.unsigned_abs());
            if wanted >= 0 {
                out.array(count.min(set.len()));
                set.give_some(count, &mut rng, |member| give(out, member));
            } else if count as u64 > MOST_DRAWS {
                return Err(OUT_OF_RANGE);
            } else {
                out.array(count);
                set.give_any(count, &mut rng, |member| give(out, member));
            }
        }
    }
    Ok(Effect::None)
}
