//! LINDEX, LSET, LLEN: elements by index, and how many there are.

use super::{absolute, len, reply};
use crate::cmd::args::Args;
use crate::cmd::ctx::Ctx;
use crate::cmd::effect::{CmdResult, Effect};
use crate::cmd::error::CmdError;
use crate::cmd::event::Class;
use crate::cmd::spec::{ACCESS, CommandSpec, DENYOOM, FAST, Group, KeySpec, READONLY, RO, RW, UPDATE, WRITE};
use crate::reply::sink::ReplySink;
use crate::types::list::{Fill, List};

/// Rows of the command table.
pub(super) const SPECS: &[CommandSpec] = &[
    CommandSpec::new("lindex", lindex)
        .arity(3)
        .flags(READONLY)
        .keys(&[KeySpec::one(1, RO | ACCESS)])
        .group(Group::List)
        .since("1.0.0")
        .summary("Returns an element of a list by its index.", "O(log(N)) where N is the length of the list.")
        .syntax("key index"),
    CommandSpec::new("llen", llen)
        .arity(2)
        .flags(READONLY | FAST)
        .keys(&[KeySpec::one(1, RO)])
        .group(Group::List)
        .since("1.0.0")
        .summary("Returns the length of a list.", "O(1)")
        .syntax("key"),
    CommandSpec::new("lset", lset)
        .arity(4)
        .flags(WRITE | DENYOOM)
        .keys(&[KeySpec::one(1, RW | UPDATE)])
        .group(Group::List)
        .since("1.0.0")
        .summary(
            "Replaces an element of a list by its index.",
            "O(log(N)) where N is the length of the list.",
        )
        .syntax("key index element"),
];

fn lindex(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let (key, index) = (args.next(), args.int());
    // Whether the key holds a list is looked at before whether the index is a number.
    let Some(list) = ctx.read::<List>(key)? else {
        out.null();
        return Ok(Effect::None);
    };
    args.finish()?;
    match absolute(index, list.len()).and_then(|index| list.get(index)) {
        Some(element) => reply(out, element),
        None => out.null(),
    }
    Ok(Effect::None)
}

fn llen(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let key = args.next();
    args.finish()?;
    out.int(len(ctx, key)?);
    Ok(Effect::None)
}

fn lset(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let (key, index, element) = (args.next(), args.int(), args.next());
    let fill = Fill::of(ctx.limits());
    let mut list = ctx.write::<List>(key)?.ok_or(CmdError::NoSuchKey)?;
    args.finish()?;
    let index = absolute(index, list.len());
    if !index.is_some_and(|index| list.set(index, element, fill)) {
        return Err(CmdError::Text("ERR index out of range"));
    }
    drop(list);
    ctx.event(Class::LIST, "lset", key);
    out.status("OK");
    Ok(Effect::Changed(1))
}
