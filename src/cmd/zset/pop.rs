//! ZPOPMIN, ZPOPMAX, ZMPOP, and BZPOPMIN, BZPOPMAX, BZMPOP: take the elements at an end.

use std::ops::Range;

use super::{Shape, reply};
use crate::base::num;
use crate::cmd::args::Args;
use crate::cmd::ctx::Ctx;
use crate::cmd::effect::{CmdResult, Effect};
use crate::cmd::error::CmdError;
use crate::cmd::event::Class;
use crate::cmd::spec::{
    ACCESS, BLOCKING, CommandSpec, DELETE, FAST, Group, KeySpec, MOVABLEKEYS, NOSCRIPT, RW, WRITE,
};
use crate::cmd::waiting::{Nothing, Waiting, Wants, command, for_each};
use crate::reply::sink::ReplySink;
use crate::types::zset::{Element, Zset};

/// The time that pops take.
const TIME: &str = "O(log(N)*M) with N being the number of members in the sorted set and M the number popped";
/// The time that pops from the first of several keys take.
const MANY_TIME: &str = "O(K) + O(M*log(N)) with K keys, N members in the sorted set and M members popped";

/// Rows of the command table.
pub(super) const SPECS: &[CommandSpec] = &[
    CommandSpec::new("zpopmin", zpopmin)
        .arity_at_least(2)
        .flags(WRITE | FAST)
        .keys(&[KeySpec::one(1, RW | ACCESS | DELETE)])
        .group(Group::SortedSet)
        .since("5.0.0")
        .summary("Removes and returns the members with the lowest scores.", TIME)
        .syntax("key [count]"),
    CommandSpec::new("zpopmax", zpopmax)
        .arity_at_least(2)
        .flags(WRITE | FAST)
        .keys(&[KeySpec::one(1, RW | ACCESS | DELETE)])
        .group(Group::SortedSet)
        .since("5.0.0")
        .summary("Removes and returns the members with the highest scores.", TIME)
        .syntax("key [count]"),
    CommandSpec::new("zmpop", zmpop)
        .arity_at_least(4)
        .flags(WRITE | MOVABLEKEYS)
        .keys(&[KeySpec::counted(1, 1, RW | ACCESS | DELETE)])
        .group(Group::SortedSet)
        .since("7.0.0")
        .summary("Removes and returns members at an end of the first key that has some.", MANY_TIME)
        .syntax("numkeys key [key ...] (where: MIN | MAX) [COUNT count]"),
    CommandSpec::new("bzpopmin", bzpopmin)
        .arity_at_least(3)
        .flags(WRITE | NOSCRIPT | FAST | BLOCKING)
        .keys(&[KeySpec::range(1, -2, 1, RW | ACCESS | DELETE)])
        .group(Group::SortedSet)
        .since("5.0.0")
        .summary("ZPOPMIN of the first key that has members; waits for one.", "O(log(N))")
        .syntax("key [key ...] timeout")
        .history(&[("6.0.0", "`timeout` is interpreted as a double instead of an integer.")]),
    CommandSpec::new("bzpopmax", bzpopmax)
        .arity_at_least(3)
        .flags(WRITE | NOSCRIPT | FAST | BLOCKING)
        .keys(&[KeySpec::range(1, -2, 1, RW | ACCESS | DELETE)])
        .group(Group::SortedSet)
        .since("5.0.0")
        .summary("ZPOPMAX of the first key that has members; waits for one.", "O(log(N))")
        .syntax("key [key ...] timeout")
        .history(&[("6.0.0", "`timeout` is interpreted as a double instead of an integer.")]),
    CommandSpec::new("bzmpop", bzmpop)
        .arity_at_least(5)
        .flags(WRITE | BLOCKING | MOVABLEKEYS)
        .keys(&[KeySpec::counted(2, 1, RW | ACCESS | DELETE)])
        .group(Group::SortedSet)
        .since("7.0.0")
        .summary("ZMPOP that waits for members.", MANY_TIME)
        .syntax("timeout numkeys key [key ...] (where: MIN | MAX) [COUNT count]"),
];

/// An end of a sorted set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// The lowest scores.
    Min,
    /// The highest scores.
    Max,
}

impl End {
    /// The ranks of up to `n` elements at this end.
    fn ranks(self, len: usize, n: usize) -> Range<usize> {
        let n = n.min(len);
        if self == Self::Min { 0..n } else { len - n..len }
    }

    /// Tells of so many elements that were taken.
    fn tell(self, ctx: &mut Ctx<'_>, key: &[u8], popped: u64) {
        if popped > 0 {
            ctx.event_of_removal(Class::ZSET, if self == Self::Min { "zpopmin" } else { "zpopmax" }, key);
        }
    }

    /// The command that pops from one key at this end.
    fn command(self) -> &'static [u8] {
        if self == Self::Min { b"ZPOPMIN" } else { b"ZPOPMAX" }
    }
}

/// Takes up to `n` elements of a set out at an end, after `answer` saw them.
fn pop(zset: &mut Zset, end: End, n: usize, answer: impl FnOnce(usize, crate::types::zset::Iter<'_>)) -> u64 {
    let ranks = end.ranks(zset.len(), n);
    answer(ranks.len(), zset.iter_ranks(ranks.clone(), end == End::Max));
    let popped = ranks.len();
    if popped > 0 {
        zset.remove_ranks(ranks);
    }
    popped as u64
}

fn zpopmin(ctx: &mut Ctx<'_>, args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    pop_one(ctx, args, out, End::Min)
}

fn zpopmax(ctx: &mut Ctx<'_>, args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    pop_one(ctx, args, out, End::Max)
}

/// Answers one element as a flat array.
fn flat(out: &mut dyn ReplySink, element: Option<Element<'_>>) {
    if let Some(Element { member, score }) = element {
        member.with_bytes(|member| out.bulk(member));
        out.double(score);
    }
}

fn pop_one(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink, end: End) -> CmdResult {
    let key = args.next();
    if args.left() > 1 {
        return Err(CmdError::Syntax);
    }
    let count = match args.peek() {
        Some(text) => {
            let count = num::parse_i64(text).and_then(|n| u64::try_from(n).ok());
            Some(count.ok_or(CmdError::Text("ERR value is out of range, must be positive"))?)
        }
        None => None,
    };
    let Some(mut zset) = ctx.write::<Zset>(key)? else {
        out.array(0);
        return Ok(Effect::None);
    };
    let popped = match count {
        Some(n) => {
            let n = usize::try_from(n).unwrap_or(usize::MAX);
            pop(&mut zset, end, n, |len, elements| reply(out, len, elements, Shape::Scores))
        }
        None => pop(&mut zset, end, 1, |_, mut elements| {
            out.array(2);
            flat(out, elements.next());
        }),
    };
    drop(zset);
    end.tell(ctx, key, popped);
    Ok(if popped == 0 { Effect::None } else { Effect::Changed(popped) })
}

/// What ZMPOP and BZMPOP ask for.
struct Many<'a> {
    keys: &'a [&'a [u8]],
    end: End,
    count: usize,
}

impl<'a> Many<'a> {
    fn parse(args: &mut Args<'a>) -> Result<Self, CmdError> {
        let positive = |args: &mut Args<'a>, error| {
            let n = num::parse_i64(args.next()).filter(|n| *n > 0);
            n.and_then(|n| usize::try_from(n).ok()).ok_or(CmdError::Text(error))
        };
        let numkeys = positive(args, "ERR numkeys should be greater than 0")?;
        if numkeys >= args.left() {
            return Err(CmdError::Syntax);
        }
        let keys = args.take(numkeys);
        let end = if args.eat("MIN") {
            End::Min
        } else if args.eat("MAX") {
            End::Max
        } else {
            return Err(CmdError::Syntax);
        };
        let mut count = None;
        while !args.is_empty() {
            if count.is_some() || args.left() < 2 || !args.eat("COUNT") {
                return Err(CmdError::Syntax);
            }
            count = Some(positive(args, "ERR count should be greater than 0")?);
        }
        Ok(Self { keys, end, count: count.unwrap_or(1) })
    }

    /// Pops from the first key that has elements; `None` if none has.
    fn run(&self, ctx: &mut Ctx<'_>, out: &mut dyn ReplySink) -> Result<Option<Effect>, CmdError> {
        let Self { keys, end, count } = *self;
        for key in keys {
            let Some(mut zset) = ctx.write::<Zset>(key)? else { continue };
            let popped = pop(&mut zset, end, count, |len, elements| {
                out.array(2);
                out.bulk(key);
                reply(out, len, elements, Shape::Pairs);
            });
            drop(zset);
            end.tell(ctx, key, popped);
            let mut text = Vec::new();
            num::push_u64(&mut text, popped);
            return Ok(Some(ctx.rewritten(popped, &[end.command(), key, &text])));
        }
        Ok(None)
    }
}

fn zmpop(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    if let Some(effect) = Many::parse(&mut args)?.run(ctx, out)? {
        return Ok(effect);
    }
    out.null_array();
    Ok(Effect::None)
}

fn bzmpop(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    // Errors in what follows the timeout come first.
    let mut timeout = args.clone();
    args.next();
    let many = Many::parse(&mut args)?;
    let timeout_ms = timeout.timeout();
    timeout.check()?;
    if let Some(effect) = many.run(ctx, out)? {
        return Ok(effect);
    }
    let mut count = Vec::new();
    num::push_u64(&mut count, many.count as u64);
    let end: &[u8] = if many.end == End::Min { b"MIN" } else { b"MAX" };
    let one = |key: &[u8]| command(&[b"BZMPOP", b"0", b"1", key, end, b"COUNT", &count]);
    ctx.wait(out, |out| Waiting::new(Wants::Zset, timeout_ms, for_each(many.keys, one), out), Nothing::Array)
}

fn bzpopmin(ctx: &mut Ctx<'_>, args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    pop_first(ctx, args, out, End::Min)
}

fn bzpopmax(ctx: &mut Ctx<'_>, args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    pop_first(ctx, args, out, End::Max)
}

fn pop_first(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink, end: End) -> CmdResult {
    let keys = args.take(args.left().saturating_sub(1));
    let timeout = args.timeout();
    args.finish()?;
    for key in keys {
        let Some(mut zset) = ctx.write::<Zset>(key)? else { continue };
        let popped = pop(&mut zset, end, 1, |_, mut elements| {
            out.array(3);
            out.bulk(key);
            flat(out, elements.next());
        });
        drop(zset);
        end.tell(ctx, key, popped);
        return Ok(ctx.rewritten(popped, &[end.command(), key]));
    }
    let call: &[u8] = if end == End::Min { b"BZPOPMIN" } else { b"BZPOPMAX" };
    let one = |key: &[u8]| command(&[call, key, b"0"]);
    ctx.wait(out, |out| Waiting::new(Wants::Zset, timeout, for_each(keys, one), out), Nothing::Array)
}
