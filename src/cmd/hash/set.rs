//! HSET, HMSET, HSETNX: set values.

use super::change_or_create;
use crate::cmd::args::Args;
use crate::cmd::ctx::Ctx;
use crate::cmd::effect::{CmdResult, Effect};
use crate::cmd::error::CmdError;
use crate::cmd::event::Class;
use crate::cmd::spec::{CommandSpec, DENYOOM, FAST, Group, INSERT, KeySpec, RW, UPDATE, WRITE};
use crate::reply::sink::ReplySink;
use crate::types::hash::{NOTHING_EXPIRES, Ttl};

/// Rows of the command table.
pub(super) const SPECS: &[CommandSpec] = &[
    CommandSpec::new("hset", hset_command)
        .arity_at_least(4)
        .flags(WRITE | DENYOOM | FAST)
        .keys(&[KeySpec::one(1, RW | UPDATE)])
        .group(Group::Hash)
        .since("2.0.0")
        .summary("Sets the values of fields.", "O(N) with N being the number of fields that are set")
        .syntax("key (field_value: field value) ...")
        .history(&[("4.0.0", "Accepts multiple `field` and `value` arguments.")]),
    CommandSpec::new("hmset", hmset)
        .arity_at_least(4)
        .flags(WRITE | DENYOOM | FAST)
        .keys(&[KeySpec::one(1, RW | UPDATE)])
        .group(Group::Hash)
        .since("2.0.0")
        .deprecated("4.0.0", "`HSET` with multiple field-value pairs")
        .summary("Sets the values of fields.", "O(N) with N being the number of fields that are set")
        .syntax("key (field_value: field value) ..."),
    CommandSpec::new("hsetnx", hsetnx)
        .arity(4)
        .flags(WRITE | DENYOOM | FAST)
        .keys(&[KeySpec::one(1, RW | INSERT)])
        .group(Group::Hash)
        .since("2.0.0")
        .summary("Sets the value of a field that does not exist.", "O(1)")
        .syntax("key field value"),
];

fn hset_command(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let (added, effect) = set_all(ctx, &mut args, "hset")?;
    out.int(added);
    Ok(effect)
}

fn hmset(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let (_, effect) = set_all(ctx, &mut args, "hmset")?;
    out.status("OK");
    Ok(effect)
}

fn set_all(ctx: &mut Ctx<'_>, args: &mut Args<'_>, name: &str) -> Result<(i64, Effect), CmdError> {
    let (key, pairs) = (args.next(), args.rest());
    if !pairs.len().is_multiple_of(2) {
        return Err(CmdError::Arity(name.to_owned()));
    }
    hset(ctx, key, pairs)
}

/// Sets fields: `pairs` has a field and its value in turn. Answers how many are new. Shared by HSET's typed call.
pub(crate) fn hset(ctx: &mut Ctx<'_>, key: &[u8], pairs: &[&[u8]]) -> Result<(i64, Effect), CmdError> {
    let limits = ctx.limits();
    let (pairs, _) = pairs.as_chunks::<2>();
    let added = change_or_create(ctx, key, pairs.iter().map(|[field, _]| *field), |hash| {
        pairs.iter().map(|[field, value]| i64::from(hash.set(field, value, Ttl::Clear, limits))).sum()
    })?;
    ctx.event(Class::HASH, "hset", key);
    Ok((added, Effect::Changed(pairs.len() as u64)))
}

fn hsetnx(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let (key, field, value) = (args.next(), args.next(), args.next());
    args.finish()?;
    let limits = ctx.limits();
    let set = change_or_create(ctx, key, [field].into_iter(), |hash| {
        hash.get(field, NOTHING_EXPIRES).is_none() && hash.set(field, value, Ttl::Clear, limits)
    })?;
    out.int(i64::from(set));
    if !set {
        return Ok(Effect::None);
    }
    ctx.event(Class::HASH, "hset", key);
    Ok(Effect::Changed(1))
}
