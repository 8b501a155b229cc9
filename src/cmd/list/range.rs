//! LRANGE, LTRIM: a run of elements.

use super::{reply, span};
use crate::cmd::args::Args;
use crate::cmd::ctx::Ctx;
use crate::cmd::effect::{CmdResult, Effect};
use crate::cmd::event::Class;
use crate::cmd::spec::{ACCESS, CommandSpec, DELETE, Group, KeySpec, READONLY, RO, RW, WRITE};
use crate::reply::sink::ReplySink;
use crate::types::list::{End, List};

/// Rows of the command table.
pub(super) const SPECS: &[CommandSpec] = &[
    CommandSpec::new("lrange", lrange)
        .arity(4)
        .flags(READONLY)
        .keys(&[KeySpec::one(1, RO | ACCESS)])
        .group(Group::List)
        .since("1.0.0")
        .summary(
            "Returns the elements of a list from one index to another.",
            "O(log(N)+M) where N is the length of the list and M the number of elements returned.",
        )
        .syntax("key start stop"),
    CommandSpec::new("ltrim", ltrim)
        .arity(4)
        .flags(WRITE)
        .keys(&[KeySpec::one(1, RW | DELETE)])
        .group(Group::List)
        .since("1.0.0")
        .summary(
            "Removes the elements of a list outside of a range of indices.",
            "O(N) where N is the number of elements removed.",
        )
        .syntax("key start stop"),
];

fn lrange(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let (key, start, stop) = (args.next(), args.int(), args.int());
    args.finish()?;
    let Some(list) = ctx.read::<List>(key)? else {
        out.array(0);
        return Ok(Effect::None);
    };
    let (start, n) = span(start, stop, list.len());
    out.array(n);
    list.iter_from(start).take(n).for_each(|element| reply(out, element));
    Ok(Effect::None)
}

fn ltrim(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let (key, start, stop) = (args.next(), args.int(), args.int());
    args.finish()?;
    let Some(mut list) = ctx.write::<List>(key)? else {
        out.status("OK");
        return Ok(Effect::None);
    };
    out.status("OK");
    let len = list.len();
    let (start, n) = span(start, stop, len);
    if n == 0 {
        drop(list);
        // The value is freed after the locks are released.
        ctx.delete(key);
        ctx.event_of_removal(Class::LIST, "ltrim", key);
        return Ok(Effect::Changed(len as u64));
    }
    let removed = list.cut(End::Left, start) + list.cut(End::Right, len - start - n);
    drop(list);
    ctx.certainly();
    ctx.event(Class::LIST, "ltrim", key);
    Ok(if removed == 0 { Effect::None } else { Effect::Changed(removed as u64) })
}
