//! SMOVE: a member from one set to another.

use crate::cmd::args::Args;
use crate::cmd::ctx::{Ctx, kind_of};
use crate::cmd::effect::{CmdResult, Effect};
use crate::cmd::event::Class;
use crate::cmd::spec::{ACCESS, CommandSpec, DELETE, FAST, Group, INSERT, KeySpec, RW, WRITE};
use crate::reply::sink::ReplySink;
use crate::types::set::Set;

/// Rows of the command table.
pub(super) const SPECS: &[CommandSpec] = &[CommandSpec::new("smove", smove)
    .arity(4)
    .flags(WRITE | FAST)
    .keys(&[KeySpec::one(1, RW | ACCESS | DELETE), KeySpec::one(2, RW | INSERT)])
    .group(Group::Set)
    .since("1.0.0")
    .summary("Moves a member from one set to another.", "O(1)")
    .syntax("source destination member")];

fn smove(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let (from, to, member) = (args.next(), args.next(), args.next());
    args.finish()?;
    let limits = ctx.limits();
    // Both are looked up, and removed if their time has come, before their types are asked for.
    ctx.contains(from);
    ctx.contains(to);
    // Without a source, nobody asks what the destination is.
    let found = match ctx.look(from, true) {
        Some(source) => {
            let found = kind_of::<Set>(source)?.contains(member);
            ctx.look(to, true).map(kind_of::<Set>).transpose()?;
            found
        }
        None => false,
    };
    out.int(i64::from(found));
    if !found || from == to {
        return Ok(Effect::None);
    }
    if let Some(mut source) = ctx.write::<Set>(from)? {
        source.remove(member);
    }
    ctx.event_of_removal(Class::SET, "srem", from);
    let added = ctx.write_or_create(to, Set::new)?.add(member, limits);
    if added {
        ctx.event(Class::SET, "sadd", to);
    } else {
        ctx.unchanged(to);
    }
    Ok(Effect::Changed(1 + u64::from(added)))
}
