//! GETEX, GETDEL: read a value and change its expiry, or remove its key.

use super::reply_value;
use super::set::Unit;
use crate::base::num;
use crate::cmd::args::Args;
use crate::cmd::ctx::{Ctx, string_of};
use crate::cmd::effect::{CmdResult, Effect};
use crate::cmd::error::CmdError;
use crate::cmd::event::Class;
use crate::cmd::spec::{ACCESS, CommandSpec, DELETE, FAST, Group, KeySpec, RW, UPDATE, WRITE};
use crate::keyspace::raw::StrRef;
use crate::reply::sink::ReplySink;

/// Rows of the command table.
pub(super) const SPECS: &[CommandSpec] = &[
    CommandSpec::new("getex", getex)
        .arity_at_least(2)
        .flags(WRITE | FAST)
        .keys(&[KeySpec::one(1, RW | ACCESS | UPDATE).notes("RW and UPDATE because it changes the TTL")])
        .group(Group::String)
        .since("6.2.0")
        .summary("Returns the value of a key and sets or removes its expiry.", "O(1)")
        .syntax(
            "key [expiration: EX seconds | PX milliseconds | EXAT unix-time-seconds | \
             PXAT unix-time-milliseconds | PERSIST]",
        ),
    CommandSpec::new("getdel", getdel_command)
        .arity(2)
        .flags(WRITE | FAST)
        .keys(&[KeySpec::one(1, RW | ACCESS | DELETE)])
        .group(Group::String)
        .since("6.2.0")
        .summary("Returns the value of a key and removes the key.", "O(1)")
        .syntax("key"),
];

/// What GETEX does to the expiry.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Change<'a> {
    Leave,
    Persist,
    At(Unit, &'a [u8]),
}

impl<'a> Change<'a> {
    /// The same option may be repeated, the last one counts; two different ones may not meet.
    fn parse(args: &mut Args<'a>) -> Self {
        let mut change = Self::Leave;
        while !args.is_empty() && !args.failed() {
            let before = change;
            change = if args.eat("PERSIST") {
                Self::Persist
            } else if let Some(unit) = Unit::eat(args) {
                Self::At(unit, args.next())
            } else {
                args.fail(CmdError::Syntax);
                break;
            };
            let clash = match (before, change) {
                (Self::Leave, _) | (Self::Persist, Self::Persist) => false,
                (Self::At(a, _), Self::At(b, _)) => a != b,
                _ => true,
            };
            if clash {
                args.fail(CmdError::Syntax);
            }
        }
        change
    }
}

fn getex(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let key = args.next();
    let change = Change::parse(&mut args);
    args.finish()?;
    // The time is looked at only if there is a value.
    if ctx.find_str(key)?.is_none() {
        out.null();
        return Ok(Effect::None);
    }
    let expire = match change {
        Change::At(unit, text) => Some(unit.deadline(ctx, text, "getex")?),
        Change::Leave | Change::Persist => None,
    };
    let now = ctx.now();
    let Some(mut entry) = ctx.find_str_mut(key)? else { return Ok(Effect::None) };
    reply_value(out, string_of(&entry)?);
    match expire {
        Some(at) if at <= now => {
            drop(entry);
            ctx.delete(key);
            ctx.event(Class::GENERIC, "del", key);
            Ok(ctx.rewritten(1, &[b"DEL", key]))
        }
        Some(at) => {
            entry.set_expire(Some(at));
            drop(entry);
            ctx.event(Class::GENERIC, "expire", key);
            Ok(ctx.rewritten(1, &[b"PEXPIREAT", key, num::write_i64(&mut [0; 20], at)]))
        }
        None if change == Change::Persist && entry.has_expire() => {
            entry.set_expire(None);
            drop(entry);
            ctx.event(Class::GENERIC, "persist", key);
            Ok(ctx.rewritten(1, &[b"PERSIST", key]))
        }
        None => Ok(Effect::None),
    }
}

fn getdel_command(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let key = args.next();
    args.finish()?;
    let (found, _) = getdel(ctx, key, &mut |value| reply_value(out, value))?;
    if !found {
        out.null();
        return Ok(Effect::None);
    }
    Ok(ctx.rewritten(1, &[b"DEL", key]))
}

/// Hands the value of `key` to `take` and removes the key; answers whether there was one. Shared by GETDEL's
/// typed call; the effect is that of `DEL key`.
pub(crate) fn getdel(
    ctx: &mut Ctx<'_>,
    key: &[u8],
    take: &mut dyn FnMut(StrRef<'_>),
) -> Result<(bool, Effect), CmdError> {
    match ctx.find_str(key)? {
        None => return Ok((false, Effect::None)),
        Some(value) => take(value),
    }
    ctx.delete(key);
    ctx.event(Class::GENERIC, "del", key);
    Ok((true, Effect::Changed(1)))
}
