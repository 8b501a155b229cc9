//! LMOVE, RPOPLPUSH: an element from one list to another.

use smallvec::SmallVec;

use super::pop::popped_event;
use super::push::pushed;
use super::{end, reply};
use crate::cmd::args::Args;
use crate::cmd::ctx::Ctx;
use crate::cmd::effect::{CmdResult, Effect};
use crate::cmd::error::CmdError;
use crate::cmd::event::Class;
use crate::cmd::spec::{ACCESS, CommandSpec, DELETE, DENYOOM, Group, INSERT, KeySpec, RW, WRITE};
use crate::reply::sink::ReplySink;
use crate::types::list::{End, Fill, List};

/// The list that gives and the list that takes.
pub(super) const KEYS: &[KeySpec] = &[KeySpec::one(1, RW | ACCESS | DELETE), KeySpec::one(2, RW | INSERT)];

/// Rows of the command table.
pub(super) const SPECS: &[CommandSpec] = &[
    CommandSpec::new("lmove", lmove)
        .arity(5)
        .flags(WRITE | DENYOOM)
        .keys(KEYS)
        .group(Group::List)
        .since("6.2.0")
        .summary("Moves an element from an end of a list to an end of another, and returns it.", "O(1)")
        .syntax("source destination (wherefrom: LEFT | RIGHT) (whereto: LEFT | RIGHT)"),
    CommandSpec::new("rpoplpush", rpoplpush)
        .arity(3)
        .flags(WRITE | DENYOOM)
        .keys(KEYS)
        .group(Group::List)
        .since("1.2.0")
        .summary("Moves the last element of a list to the front of another, and returns it.", "O(1)")
        .syntax("source destination")
        .deprecated("6.2.0", "`LMOVE` with the `RIGHT` and `LEFT` arguments"),
];

/// From where to where an element goes.
pub(super) struct Move<'a> {
    pub(super) source: &'a [u8],
    pub(super) destination: &'a [u8],
    pub(super) from: End,
    pub(super) to: End,
}

impl<'a> Move<'a> {
    /// The arguments of LMOVE.
    pub(super) fn parse(args: &mut Args<'a>) -> Self {
        Self { source: args.next(), destination: args.next(), from: end(args), to: end(args) }
    }

    /// The arguments of RPOPLPUSH.
    pub(super) fn parse_rpoplpush(args: &mut Args<'a>) -> Self {
        Self { source: args.next(), destination: args.next(), from: End::Right, to: End::Left }
    }
}

fn lmove(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let what = Move::parse(&mut args);
    args.finish()?;
    run(ctx, &what, out)
}

fn rpoplpush(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let what = Move::parse_rpoplpush(&mut args);
    args.finish()?;
    run(ctx, &what, out)
}

fn run(ctx: &mut Ctx<'_>, what: &Move<'_>, out: &mut dyn ReplySink) -> CmdResult {
    if shift(ctx, what, out)? {
        return Ok(Effect::Changed(1));
    }
    out.null();
    Ok(Effect::None)
}

/// Moves one element and answers it. Without one it answers nothing and says so.
pub(super) fn shift(ctx: &mut Ctx<'_>, what: &Move<'_>, out: &mut dyn ReplySink) -> Result<bool, CmdError> {
    let fill = Fill::of(ctx.limits());
    let Some(mut list) = ctx.write::<List>(what.source)? else { return Ok(false) };
    let Some(element) = list.peek(what.from) else { return Ok(false) };
    let text: SmallVec<[u8; 128]> = element.with_bytes(SmallVec::from_slice);
    if what.source == what.destination {
        reply(out, element);
        if what.from != what.to && list.len() > 1 {
            list.cut(what.from, 1);
            list.push(what.to, &text, fill);
        }
        drop(list);
        ctx.event(Class::LIST, pushed(what.to), what.source);
        popped_event(ctx, what.source, what.from);
        return Ok(true);
    }
    drop(list);
    // If the destination is of another type, nothing has happened yet.
    ctx.write_or_create(what.destination, List::new)?.push(what.to, &text, fill);
    if let Some(mut list) = ctx.write::<List>(what.source)? {
        list.take(what.from, 1, &mut |element| reply(out, element));
    }
    ctx.event(Class::LIST, pushed(what.to), what.destination);
    popped_event(ctx, what.source, what.from);
    Ok(true)
}
