//! LINSERT: an element next to another.

use super::count;
use crate::cmd::args::Args;
use crate::cmd::ctx::Ctx;
use crate::cmd::effect::{CmdResult, Effect};
use crate::cmd::error::CmdError;
use crate::cmd::event::Class;
use crate::cmd::spec::{CommandSpec, DENYOOM, Group, INSERT, KeySpec, RW, WRITE};
use crate::reply::sink::ReplySink;
use crate::types::list::{Fill, List, Needle};

/// Rows of the command table.
pub(super) const SPECS: &[CommandSpec] = &[CommandSpec::new("linsert", linsert)
    .arity(5)
    .flags(WRITE | DENYOOM)
    .keys(&[KeySpec::one(1, RW | INSERT)])
    .group(Group::List)
    .since("2.2.0")
    .summary(
        "Inserts an element in front of or behind the first one that equals a pivot.",
        "O(N) where N is the number of elements up to the pivot.",
    )
    .syntax("key (where: BEFORE | AFTER) pivot element")];

fn linsert(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let key = args.next();
    let after = args.eat("AFTER");
    if !after && !args.eat("BEFORE") {
        return Err(CmdError::Syntax);
    }
    let (pivot, element) = (Needle::new(args.next()), args.next());
    args.finish()?;
    let fill = Fill::of(ctx.limits());
    let Some(mut list) = ctx.write::<List>(key)? else {
        out.int(0);
        return Ok(Effect::None);
    };
    let Some(at) = list.iter().position(|element| pivot.matches(element)) else {
        out.int(-1);
        return Ok(Effect::None);
    };
    list.insert(at + usize::from(after), element, fill);
    out.int(count(list.len()));
    drop(list);
    ctx.event(Class::LIST, "linsert", key);
    Ok(Effect::Changed(1))
}
