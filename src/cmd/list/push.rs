//! LPUSH, RPUSH, LPUSHX, RPUSHX: elements at an end.

use super::count;
use crate::cmd::args::Args;
use crate::cmd::ctx::Ctx;
use crate::cmd::effect::{CmdResult, Effect};
use crate::cmd::error::CmdError;
use crate::cmd::event::Class;
use crate::cmd::spec::{CommandSpec, DENYOOM, FAST, Group, INSERT, KeySpec, RW, WRITE};
use crate::reply::sink::ReplySink;
use crate::types::list::{End, Fill, List};

const KEY: &[KeySpec] = &[KeySpec::one(1, RW | INSERT)];
const COST: &str = "O(1) for each element, so O(N) for N of them.";
const SEVERAL: &[(&str, &str)] = &[("2.4.0", "Accepts multiple `element` arguments.")];
const SEVERAL_X: &[(&str, &str)] = &[("4.0.0", "Accepts multiple `element` arguments.")];

/// Rows of the command table.
pub(super) const SPECS: &[CommandSpec] = &[
    CommandSpec::new("lpush", lpush)
        .arity_at_least(3)
        .flags(WRITE | DENYOOM | FAST)
        .keys(KEY)
        .group(Group::List)
        .since("1.0.0")
        .summary("Adds elements in front of a list, which is made if the key is absent.", COST)
        .syntax("key element [element ...]")
        .history(SEVERAL),
    CommandSpec::new("lpushx", lpushx)
        .arity_at_least(3)
        .flags(WRITE | DENYOOM | FAST)
        .keys(KEY)
        .group(Group::List)
        .since("2.2.0")
        .summary("Adds elements in front of a list that exists.", COST)
        .syntax("key element [element ...]")
        .history(SEVERAL_X),
    CommandSpec::new("rpush", rpush)
        .arity_at_least(3)
        .flags(WRITE | DENYOOM | FAST)
        .keys(KEY)
        .group(Group::List)
        .since("1.0.0")
        .summary("Adds elements at the end of a list, which is made if the key is absent.", COST)
        .syntax("key element [element ...]")
        .history(SEVERAL),
    CommandSpec::new("rpushx", rpushx)
        .arity_at_least(3)
        .flags(WRITE | DENYOOM | FAST)
        .keys(KEY)
        .group(Group::List)
        .since("2.2.0")
        .summary("Adds elements at the end of a list that exists.", COST)
        .syntax("key element [element ...]")
        .history(SEVERAL_X),
];

fn lpush(ctx: &mut Ctx<'_>, args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    push_command(ctx, args, out, End::Left, false)
}

fn rpush(ctx: &mut Ctx<'_>, args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    push_command(ctx, args, out, End::Right, false)
}

fn lpushx(ctx: &mut Ctx<'_>, args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    push_command(ctx, args, out, End::Left, true)
}

fn rpushx(ctx: &mut Ctx<'_>, args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    push_command(ctx, args, out, End::Right, true)
}

fn push_command(
    ctx: &mut Ctx<'_>,
    mut args: Args<'_>,
    out: &mut dyn ReplySink,
    end: End,
    existing: bool,
) -> CmdResult {
    let (key, elements) = (args.next(), args.rest());
    args.finish()?;
    let (len, effect) = push(ctx, key, end, elements, existing)?;
    out.int(len);
    Ok(effect)
}

/// The event of elements that come to an end.
pub(super) fn pushed(end: End) -> &'static str {
    if end == End::Left { "lpush" } else { "rpush" }
}

/// Adds elements one after the other at an end of the list under `key`, which has to exist if `existing` says so.
/// Answers how many there are then. Shared by the typed calls.
pub(crate) fn push(
    ctx: &mut Ctx<'_>,
    key: &[u8],
    end: End,
    elements: &[&[u8]],
    existing: bool,
) -> Result<(i64, Effect), CmdError> {
    let fill = Fill::of(ctx.limits());
    let mut list = if existing {
        match ctx.write::<List>(key)? {
            Some(list) => list,
            None => return Ok((0, Effect::None)),
        }
    } else {
        ctx.write_or_create(key, List::new)?
    };
    let in_place = match elements {
        [element] => list.in_place(|list| list.push_in_place(end, element, fill)),
        _ => false,
    };
    if !in_place {
        let to = &mut *list;
        for element in elements {
            to.push(end, element, fill);
        }
    }
    let len = count(list.len());
    drop(list);
    ctx.event(Class::LIST, pushed(end), key);
    Ok((len, Effect::Changed(elements.len() as u64)))
}
