//! HDEL: remove fields.

use super::change;
use crate::cmd::args::Args;
use crate::cmd::ctx::Ctx;
use crate::cmd::effect::{CmdResult, Effect};
use crate::cmd::error::CmdError;
use crate::cmd::event::Class;
use crate::cmd::spec::{CommandSpec, DELETE, FAST, Group, KeySpec, RW, WRITE};
use crate::reply::sink::ReplySink;

/// Rows of the command table.
pub(super) const SPECS: &[CommandSpec] = &[CommandSpec::new("hdel", hdel_command)
    .arity_at_least(3)
    .flags(WRITE | FAST)
    .keys(&[KeySpec::one(1, RW | DELETE)])
    .group(Group::Hash)
    .since("2.0.0")
    .summary("Removes fields, and the key with the last of them.", "O(N) with N being the number of fields")
    .syntax("key field ...")
    .history(&[("2.4.0", "Accepts multiple `field` arguments.")])];

fn hdel_command(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let (key, fields) = (args.next(), args.rest());
    let (removed, effect) = hdel(ctx, key, fields)?;
    out.int(removed);
    Ok(effect)
}

/// Removes fields; answers how many there were. Shared by the typed call.
pub(crate) fn hdel(ctx: &mut Ctx<'_>, key: &[u8], fields: &[&[u8]]) -> Result<(i64, Effect), CmdError> {
    let removed = change(ctx, key, fields.iter().copied(), |hash| {
        fields.iter().filter(|field| hash.remove(field)).count()
    })?;
    let removed = removed.unwrap_or(0);
    if removed == 0 {
        return Ok((0, Effect::None));
    }
    ctx.event_of_removal(Class::HASH, "hdel", key);
    let effect = Effect::Changed(removed as u64);
    Ok((i64::try_from(removed).unwrap_or(i64::MAX), effect))
}
