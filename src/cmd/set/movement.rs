//! SMOVE: a member from one set to another.

use crate::cmd::args::Args;
use crate::cmd::ctx::{Ctx, kind_of};
use crate::cmd::effect::{CmdResult, Effect};
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
    let entries = ctx.read_many(&[from, to]);
    // Without a source, nobody asks what the destination is.
    let found = match entries[..] {
        [Some(source), destination] => {
            let found = kind_of::<Set>(source)?.contains(member);
            destination.map(kind_of::<Set>).transpose()?;
            found
        }
        _ => false,
    };
    drop(entries);
    out.int(i64::from(found));
    if !found || from == to {
        return Ok(Effect::None);
    }
    if let Some(mut source) = ctx.write::<Set>(from)? {
        source.remove(member);
    }
    let added = ctx.write_or_create(to, Set::new)?.add(member, limits);
    if !added {
        ctx.unchanged(to);
    }
    Ok(Effect::Changed(1 + u64::from(added)))
}
