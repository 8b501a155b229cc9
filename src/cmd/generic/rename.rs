//! RENAME, RENAMENX: the value and its expire time under another key.

use crate::cmd::args::Args;
use crate::cmd::ctx::Ctx;
use crate::cmd::effect::{CmdResult, Effect};
use crate::cmd::error::CmdError;
use crate::cmd::event::Class;
use crate::cmd::spec::{ACCESS, CommandSpec, DELETE, FAST, Group, INSERT, KeySpec, OW, RW, UPDATE, WRITE};
use crate::reply::sink::ReplySink;

/// Rows of the command table.
pub(super) const SPECS: &[CommandSpec] = &[
    CommandSpec::new("rename", rename)
        .arity(3)
        .flags(WRITE)
        .keys(&[KeySpec::one(1, RW | ACCESS | DELETE), KeySpec::one(2, OW | UPDATE)])
        .group(Group::Generic)
        .since("1.0.0")
        .summary("Moves a value to another key and replaces what is there.", "O(1)")
        .syntax("key newkey"),
    CommandSpec::new("renamenx", renamenx)
        .arity(3)
        .flags(WRITE | FAST)
        .keys(&[KeySpec::one(1, RW | ACCESS | DELETE), KeySpec::one(2, OW | INSERT)])
        .group(Group::Generic)
        .since("1.0.0")
        .summary("Moves a value to another key if nothing is there.", "O(1)")
        .syntax("key newkey")
        .history(&[(
            "3.2.0",
            "The command no longer returns an error when source and destination names are the same.",
        )]),
];

fn rename(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let (from, to) = (args.next(), args.next());
    args.finish()?;
    require(ctx, from)?;
    out.status("OK");
    if from == to {
        return Ok(Effect::None);
    }
    Ok(replace(ctx, from, to))
}

fn renamenx(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let (from, to) = (args.next(), args.next());
    args.finish()?;
    require(ctx, from)?;
    let free = from != to && !ctx.contains(to);
    out.int(i64::from(free));
    if !free {
        return Ok(Effect::None);
    }
    Ok(replace(ctx, from, to))
}

/// The source must be there; being renamed counts as a use.
fn require(ctx: &mut Ctx<'_>, from: &[u8]) -> Result<(), CmdError> {
    ctx.find_mut(from).map(drop).ok_or(CmdError::NoSuchKey)
}

fn replace(ctx: &mut Ctx<'_>, from: &[u8], to: &[u8]) -> Effect {
    let db = ctx.db();
    let Some(entry) = ctx.take_in(db, from) else { return Effect::None };
    ctx.insert_in(db, entry.into_key(to));
    ctx.event(Class::GENERIC, "rename_from", from);
    ctx.event(Class::GENERIC, "rename_to", to);
    Effect::Changed(1)
}
