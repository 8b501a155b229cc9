//! LREM: elements by their text.

use super::count;
use crate::cmd::args::Args;
use crate::cmd::ctx::Ctx;
use crate::cmd::effect::{CmdResult, Effect};
use crate::cmd::event::Class;
use crate::cmd::spec::{CommandSpec, DELETE, Group, KeySpec, RW, WRITE};
use crate::reply::sink::ReplySink;
use crate::types::list::{End, Fill, List, Needle};

/// Rows of the command table.
pub(super) const SPECS: &[CommandSpec] = &[CommandSpec::new("lrem", lrem)
    .arity(4)
    .flags(WRITE)
    .keys(&[KeySpec::one(1, RW | DELETE)])
    .group(Group::List)
    .since("1.0.0")
    .summary("Removes elements that equal a text, from either end of a list.", "O(N) where N is its length.")
    .syntax("key count element")];

fn lrem(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let (key, n, needle) = (args.next(), args.int(), Needle::new(args.next()));
    args.finish()?;
    let fill = Fill::of(ctx.limits());
    let end = if n < 0 { End::Right } else { End::Left };
    let limit = if n == 0 { usize::MAX } else { usize::try_from(n.unsigned_abs()).unwrap_or(usize::MAX) };
    let removed = match ctx.write::<List>(key)? {
        Some(mut list) => list.remove(end, needle, limit, fill),
        None => 0,
    };
    out.int(count(removed));
    if removed == 0 {
        return Ok(Effect::None);
    }
    ctx.event_of_removal(Class::LIST, "lrem", key);
    Ok(Effect::Changed(removed as u64))
}
