//! BLPOP, BRPOP, BLMPOP, BLMOVE, BRPOPLPUSH: pops and moves that wait for an element. They are journaled as what they
//! do when there is one. When the time is over they answer a null array, BLMOVE and BRPOPLPUSH, too, unlike inside of a
//! transaction.

use super::movement::{KEYS, Move, shift};
use super::mpop::{Pop, pop_first};
use super::pop::popped_event;
use super::{reply, word};
use crate::base::num;
use crate::cmd::args::Args;
use crate::cmd::ctx::Ctx;
use crate::cmd::effect::{CmdResult, Command};
use crate::cmd::spec::{
    ACCESS, BLOCKING, CommandSpec, DELETE, DENYOOM, Group, KeySpec, MOVABLEKEYS, NOSCRIPT, RW, WRITE,
};
use crate::cmd::waiting::{Nothing, Waiting, Wants, command, for_each};
use crate::reply::sink::ReplySink;
use crate::types::list::{End, List};

const SEVERAL: &[KeySpec] = &[KeySpec::range(1, -2, 1, RW | ACCESS | DELETE)];
const HISTORY: &[(&str, &str)] = &[("6.0.0", "`timeout` is interpreted as a double instead of an integer.")];

/// Rows of the command table.
pub(super) const SPECS: &[CommandSpec] = &[
    CommandSpec::new("blmove", blmove)
        .arity(6)
        .flags(WRITE | DENYOOM | NOSCRIPT | BLOCKING)
        .keys(KEYS)
        .group(Group::List)
        .since("6.2.0")
        .summary("Moves an element from one list to another, and returns it; waits for one to come.", "O(1)")
        .syntax("source destination (wherefrom: LEFT | RIGHT) (whereto: LEFT | RIGHT) timeout"),
    CommandSpec::new("blmpop", blmpop)
        .arity_at_least(5)
        .flags(WRITE | BLOCKING | MOVABLEKEYS)
        .keys(&[KeySpec::counted(2, 1, RW | ACCESS | DELETE)])
        .group(Group::List)
        .since("7.0.0")
        .summary(
            "Removes elements from the first of several lists that is not empty, and returns them; waits for one.",
            "O(N+M) where N is the number of keys and M the number of elements returned.",
        )
        .syntax("timeout numkeys key [key ...] (where: LEFT | RIGHT) [COUNT count]"),
    CommandSpec::new("blpop", blpop)
        .arity_at_least(3)
        .flags(WRITE | NOSCRIPT | BLOCKING)
        .keys(SEVERAL)
        .group(Group::List)
        .since("2.0.0")
        .summary(
            "Removes the first element of the first of several lists that is not empty, and returns it; waits for one.",
            "O(N) where N is the number of keys.",
        )
        .syntax("key [key ...] timeout")
        .history(HISTORY),
    CommandSpec::new("brpop", brpop)
        .arity_at_least(3)
        .flags(WRITE | NOSCRIPT | BLOCKING)
        .keys(SEVERAL)
        .group(Group::List)
        .since("2.0.0")
        .summary(
            "Removes the last element of the first of several lists that is not empty, and returns it; waits for one.",
            "O(N) where N is the number of keys.",
        )
        .syntax("key [key ...] timeout")
        .history(HISTORY),
    CommandSpec::new("brpoplpush", brpoplpush)
        .arity(4)
        .flags(WRITE | DENYOOM | NOSCRIPT | BLOCKING)
        .keys(KEYS)
        .group(Group::List)
        .since("2.2.0")
        .summary("Moves the last element of a list to the front of another, and returns it; waits for one.", "O(1)")
        .syntax("source destination timeout")
        .deprecated("6.2.0", "`BLMOVE` with the `RIGHT` and `LEFT` arguments")
        .history(HISTORY),
];

/// Waits for an element of the list that another list is to have.
fn wait_to_move(
    ctx: &mut Ctx<'_>,
    out: &mut dyn ReplySink,
    source: &[u8],
    again: Command,
    timeout: i64,
) -> CmdResult {
    let waiting = |out: &dyn ReplySink| {
        let keys = vec![(source.to_vec(), again)];
        Waiting { moves: true, ..Waiting::new(Wants::List, timeout, keys, out) }
    };
    ctx.wait(out, waiting, Nothing::Null)
}

fn blpop(ctx: &mut Ctx<'_>, args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    pop_one(ctx, args, out, End::Left, b"LPOP")
}

fn brpop(ctx: &mut Ctx<'_>, args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    pop_one(ctx, args, out, End::Right, b"RPOP")
}

fn pop_one(
    ctx: &mut Ctx<'_>,
    mut args: Args<'_>,
    out: &mut dyn ReplySink,
    end: End,
    name: &[u8],
) -> CmdResult {
    let keys = args.take(args.left().saturating_sub(1));
    let timeout = args.timeout();
    args.finish()?;
    for &key in keys {
        let Some(mut list) = ctx.write::<List>(key)? else { continue };
        out.array(2);
        out.bulk(key);
        list.take(end, 1, &mut |element| reply(out, element));
        drop(list);
        popped_event(ctx, key, end);
        return Ok(ctx.rewritten(1, &[name, key]));
    }
    let call = if end == End::Left { &b"BLPOP"[..] } else { b"BRPOP" };
    let one = |key: &[u8]| command(&[call, key, b"0"]);
    ctx.wait(out, |out| Waiting::new(Wants::List, timeout, for_each(keys, one), out), Nothing::Array)
}

fn blmpop(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    // Errors in what follows the timeout come first.
    let mut timeout = args.clone();
    args.next();
    let what = Pop::parse(&mut args);
    args.finish()?;
    let timeout_ms = timeout.timeout();
    timeout.check()?;
    if let Some(effect) = pop_first(ctx, &what, out)? {
        return Ok(effect);
    }
    let mut count = Vec::new();
    num::push_u64(&mut count, what.count as u64);
    let one = |key: &[u8]| command(&[b"BLMPOP", b"0", b"1", key, word(what.end), b"COUNT", &count]);
    ctx.wait(out, |out| Waiting::new(Wants::List, timeout_ms, for_each(what.keys, one), out), Nothing::Array)
}

fn blmove(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let what = Move::parse(&mut args);
    let timeout = args.timeout();
    args.finish()?;
    let Move { source, destination, from, to } = what;
    if !shift(ctx, &what, out)? {
        let again = command(&[b"BLMOVE", source, destination, word(from), word(to), b"0"]);
        return wait_to_move(ctx, out, source, again, timeout);
    }
    Ok(ctx.rewritten(1, &[b"LMOVE", source, destination, word(from), word(to)]))
}

fn brpoplpush(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let what = Move::parse_rpoplpush(&mut args);
    let timeout = args.timeout();
    args.finish()?;
    if !shift(ctx, &what, out)? {
        let again = command(&[b"BRPOPLPUSH", what.source, what.destination, b"0"]);
        return wait_to_move(ctx, out, what.source, again, timeout);
    }
    Ok(ctx.rewritten(1, &[b"RPOPLPUSH", what.source, what.destination]))
}
