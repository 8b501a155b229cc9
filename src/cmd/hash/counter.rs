//! HINCRBY, HINCRBYFLOAT: numbers kept as values.

use super::change_or_create;
use crate::base::longdouble::LongDouble;
use crate::base::num;
use crate::cmd::args::Args;
use crate::cmd::ctx::Ctx;
use crate::cmd::effect::{CmdResult, Effect};
use crate::cmd::error::CmdError;
use crate::cmd::event::Class;
use crate::cmd::spec::{ACCESS, CommandSpec, DENYOOM, FAST, Group, KeySpec, RW, UPDATE, WRITE};
use crate::reply::sink::ReplySink;
use crate::types::hash::{Hash, NOTHING_EXPIRES, Ttl, Updated};
use crate::types::limits::Limits;
use crate::types::listpack::Item;

const KEY: &[KeySpec] = &[KeySpec::one(1, RW | ACCESS | UPDATE)];

/// Rows of the command table.
pub(super) const SPECS: &[CommandSpec] = &[
    CommandSpec::new("hincrby", hincrby)
        .arity(4)
        .flags(WRITE | DENYOOM | FAST)
        .keys(KEY)
        .group(Group::Hash)
        .since("2.0.0")
        .summary("Adds an integer to the integer value of a field; an absent one counts as 0.", "O(1)")
        .syntax("key field increment"),
    CommandSpec::new("hincrbyfloat", hincrbyfloat)
        .arity(4)
        .flags(WRITE | DENYOOM | FAST)
        .keys(KEY)
        .group(Group::Hash)
        .since("2.6.0")
        .summary("Adds a floating point number to the value of a field; an absent one counts as 0.", "O(1)")
        .syntax("key field increment:double"),
];

fn hincrby(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let (key, field, by) = (args.next(), args.next(), args.int());
    args.finish()?;
    let (sum, effect) = incr_by(ctx, key, field, by)?;
    out.int(sum);
    Ok(effect)
}

/// Adds to the integer value of a field and answers the sum. Shared by the typed call.
pub(crate) fn incr_by(
    ctx: &mut Ctx<'_>,
    key: &[u8],
    field: &[u8],
    by: i64,
) -> Result<(i64, Effect), CmdError> {
    let limits = ctx.limits();
    let add = |old: Option<Item<'_>>| add(old, by);
    let in_place = match ctx.write_hash(key)? {
        Some((mut hash, NOTHING_EXPIRES)) => {
            match hash.in_place(|hash| hash.update_in_place(field, limits, |old| add(Some(old)))) {
                Updated::Done(sum) => Some(sum?),
                Updated::Absent => {
                    hash.insert(field, by, limits);
                    Some(by)
                }
                Updated::Not => None,
            }
        }
        _ => None,
    };
    let sum = match in_place {
        Some(sum) => sum,
        None => change_or_create(ctx, key, [field].into_iter(), |hash| hash.update(field, limits, add))??,
    };
    ctx.event(Class::HASH, "hincrby", key);
    Ok((sum, Effect::Changed(1)))
}

fn add(old: Option<Item<'_>>, by: i64) -> Result<i64, CmdError> {
    let old = match old {
        None => 0,
        Some(Item::Int(i)) => i,
        Some(Item::Bytes(text)) => {
            num::parse_i64(text).ok_or(CmdError::Text("ERR hash value is not an integer"))?
        }
    };
    old.checked_add(by).ok_or(CmdError::Text("ERR increment or decrement would overflow"))
}

fn hincrbyfloat(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let (key, field, by) = (args.next(), args.next(), args.next());
    args.finish()?;
    let by = LongDouble::parse(by).ok_or(CmdError::NotFloat)?;
    if !by.is_finite() {
        return Err(CmdError::Text("ERR value is NaN or Infinity"));
    }
    let limits = ctx.limits();
    let (text, timed) =
        change_or_create(ctx, key, [field].into_iter(), |hash| add_float(hash, field, by, limits))??;
    ctx.event(Class::HASH, "hincrbyfloat", key);
    out.bulk(&text);
    // HSET would take the field's expiry away.
    Ok(if timed {
        ctx.rewritten(1, &[b"HSETEX", key, b"KEEPTTL", b"FIELDS", b"1", field, &text])
    } else {
        ctx.rewritten(1, &[b"HSET", key, field, &text])
    })
}

/// The sum as text, and whether the field has an expiry.
fn add_float(
    hash: &mut Hash,
    field: &[u8],
    by: LongDouble,
    limits: &Limits,
) -> Result<(Vec<u8>, bool), CmdError> {
    let found = hash.get(field, NOTHING_EXPIRES);
    let timed = found.is_some_and(|found| found.expiry.is_some());
    let old = match found.map(|found| found.value) {
        None => LongDouble::from_i64(0),
        Some(Item::Int(i)) => LongDouble::from_i64(i),
        Some(Item::Bytes(text)) => {
            LongDouble::parse(text).ok_or(CmdError::Text("ERR hash value is not a float"))?
        }
    };
    let sum = old.add(by);
    if !sum.is_finite() {
        return Err(CmdError::Text("ERR increment would produce NaN or Infinity"));
    }
    let text = sum.to_text();
    hash.set(field, &text, Ttl::Keep, limits);
    Ok((text, timed))
}
