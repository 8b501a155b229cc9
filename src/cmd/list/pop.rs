//! LPOP, RPOP: elements from an end.

use super::reply;
use crate::cmd::args::Args;
use crate::cmd::ctx::Ctx;
use crate::cmd::effect::{CmdResult, Effect};
use crate::cmd::error::CmdError;
use crate::cmd::event::Class;
use crate::cmd::spec::{ACCESS, CommandSpec, DELETE, FAST, Group, KeySpec, RW, WRITE};
use crate::reply::sink::ReplySink;
use crate::types::list::{Element, End, List};

const KEY: &[KeySpec] = &[KeySpec::one(1, RW | ACCESS | DELETE)];
const COST: &str = "O(N) where N is the number of elements returned.";
const HISTORY: &[(&str, &str)] = &[("6.2.0", "Added the `count` argument.")];

/// Rows of the command table.
pub(super) const SPECS: &[CommandSpec] = &[
    CommandSpec::new("lpop", lpop)
        .arity_at_least(2)
        .flags(WRITE | FAST)
        .keys(KEY)
        .group(Group::List)
        .since("1.0.0")
        .summary("Removes the first element of a list, or several, and returns them.", COST)
        .syntax("key [count@6.2.0]")
        .history(HISTORY),
    CommandSpec::new("rpop", rpop)
        .arity_at_least(2)
        .flags(WRITE | FAST)
        .keys(KEY)
        .group(Group::List)
        .since("1.0.0")
        .summary("Removes the last element of a list, or several, and returns them.", COST)
        .syntax("key [count@6.2.0]")
        .history(HISTORY),
];

/// What a count that is none gets.
const NOT_POSITIVE: CmdError = CmdError::Text("ERR value is out of range, must be positive");

fn lpop(ctx: &mut Ctx<'_>, args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    pop_command(ctx, args, out, End::Left, "lpop")
}

fn rpop(ctx: &mut Ctx<'_>, args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    pop_command(ctx, args, out, End::Right, "rpop")
}

fn pop_command(
    ctx: &mut Ctx<'_>,
    mut args: Args<'_>,
    out: &mut dyn ReplySink,
    end: End,
    name: &str,
) -> CmdResult {
    let key = args.next();
    if args.left() > 1 {
        return Err(CmdError::Arity(name.to_owned()));
    }
    if args.is_empty() {
        let (found, effect) = pop(ctx, key, end, &mut |element| reply(out, element))?;
        if !found {
            out.null();
        }
        return Ok(effect);
    }
    let n = usize::try_from(args.int_or(NOT_POSITIVE)).map_err(|_| NOT_POSITIVE);
    args.finish()?;
    let n = n?;
    let Some(mut list) = ctx.write::<List>(key)? else {
        out.null_array();
        return Ok(Effect::None);
    };
    let n = n.min(list.len());
    out.array(n);
    let n = list.take(end, n, &mut |element| reply(out, element));
    drop(list);
    Ok(popped(ctx, key, end, n))
}

/// The effect of a pop of so many elements by the command as it was called, of which it tells.
fn popped(ctx: &mut Ctx<'_>, key: &[u8], end: End, n: usize) -> Effect {
    if n == 0 {
        return Effect::None;
    }
    popped_event(ctx, key, end);
    Effect::Changed(n as u64)
}

/// Tells of elements that were taken from an end.
#[inline(always)]
pub(super) fn popped_event(ctx: &mut Ctx<'_>, key: &[u8], end: End) {
    ctx.event_of_removal(Class::LIST, if end == End::Left { "lpop" } else { "rpop" }, key);
}

/// Takes one element from an end of the list under `key` and hands it to `take`. Whether there was one. Shared by the
/// typed calls.
pub(crate) fn pop(
    ctx: &mut Ctx<'_>,
    key: &[u8],
    end: End,
    take: &mut dyn FnMut(Element<'_>),
) -> Result<(bool, Effect), CmdError> {
    let n = match ctx.write::<List>(key)? {
        Some(mut list) => {
            if list.in_place(|list| list.pop_in_place(end, take)) {
                1
            } else {
                list.take(end, 1, take)
            }
        }
        None => 0,
    };
    Ok((n > 0, popped(ctx, key, end, n)))
}
