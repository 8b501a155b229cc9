//! PFCOUNT: the estimate, of one value or of the union of several.

use super::{mark, sketch};
use crate::cmd::args::Args;
use crate::cmd::ctx::{Ctx, string_of};
use crate::cmd::effect::{CmdResult, Effect};
use crate::cmd::error::CmdError;
use crate::cmd::spec::{ACCESS, CommandSpec, Group, KeySpec, Plan, READONLY, RW};
use crate::cmd::string::edit::{bytes_of, edit};
use crate::keyspace::raw::StrRef;
use crate::reply::sink::ReplySink;
use crate::types::hll::{self, Registers};

/// Rows of the command table. A single value writes its estimate down, so that the lock is exclusive.
pub(super) const SPECS: &[CommandSpec] = &[CommandSpec::new("pfcount", pfcount)
    .arity_at_least(2)
    .flags(READONLY)
    .keys(&[KeySpec::all(1, 1, RW | ACCESS)
        .notes("RW because it may change the internal representation of the key, and propagate to replicas")])
    .plan_of(plan)
    .group(Group::Hyperloglog)
    .since("2.8.9")
    .summary(
        "Estimates how many different elements were added to a HyperLogLog, or to any of several.",
        "O(1), at once if nothing changed since the last time. O(N) for N keys.",
    )
    .syntax("key [key ...]")];

fn plan(argv: &[&[u8]]) -> Plan {
    if argv.len() == 2 { Plan::KeysExclusive } else { Plan::Keys }
}

fn pfcount(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let (estimate, effect) = match args.rest() {
        [key] => one(ctx, key)?,
        keys => (union(ctx, keys)?, Effect::None),
    };
    out.int(estimate.cast_signed());
    Ok(effect)
}

fn one(ctx: &mut Ctx<'_>, key: &[u8]) -> Result<(u64, Effect), CmdError> {
    let Some(entry) = ctx.find(key) else { return Ok((0, Effect::None)) };
    let value = string_of(entry)?;
    let (bytes, _) = sketch(value)?;
    let remembered = hll::remembered(bytes);
    let is_marked = entry.is_raw() || matches!(value, StrRef::Block(_));
    if let (Some(estimate), true) = (remembered, is_marked) {
        return Ok((estimate, Effect::None));
    }
    let Some(mut entry) = ctx.find_str_mut(key)? else { return Ok((0, Effect::None)) };
    mark(&mut entry);
    if let Some(estimate) = remembered {
        return Ok((estimate, Effect::None));
    }
    let estimate = hll::count(sketch(bytes_of(&entry))?.0)?;
    edit(&mut entry, 0, |value| hll::remember(value, estimate))?;
    Ok((estimate, Effect::Changed(1)))
}

fn union(ctx: &mut Ctx<'_>, keys: &[&[u8]]) -> Result<u64, CmdError> {
    let mut registers = Registers::default();
    for key in keys {
        let Some(entry) = ctx.find(key) else { continue };
        registers.merge(sketch(string_of(entry)?)?.0)?;
    }
    Ok(registers.count())
}
