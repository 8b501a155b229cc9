//! TTL, PTTL, EXPIRETIME, PEXPIRETIME: when does a key expire.

use crate::cmd::args::Args;
use crate::cmd::ctx::Ctx;
use crate::cmd::effect::{CmdResult, Effect};
use crate::cmd::spec::{ACCESS, CommandSpec, FAST, Group, KeySpec, READONLY, RO};
use crate::reply::sink::ReplySink;

const KEY: &[KeySpec] = &[KeySpec::one(1, RO | ACCESS)];
const ABSENT_TOLD: &[(&str, &str)] = &[("2.8.0", "Added the -2 reply.")];

/// Rows of the command table.
pub(super) const SPECS: &[CommandSpec] = &[
    CommandSpec::new("ttl", ttl)
        .arity(2)
        .flags(READONLY | FAST)
        .keys(KEY)
        .group(Group::Generic)
        .tips(&["nondeterministic_output"])
        .since("1.0.0")
        .summary("Returns how many seconds a key has left.", "O(1)")
        .syntax("key")
        .history(ABSENT_TOLD),
    CommandSpec::new("pttl", pttl_command)
        .arity(2)
        .flags(READONLY | FAST)
        .keys(KEY)
        .group(Group::Generic)
        .tips(&["nondeterministic_output"])
        .since("2.6.0")
        .summary("Returns how many milliseconds a key has left.", "O(1)")
        .syntax("key")
        .history(ABSENT_TOLD),
    CommandSpec::new("expiretime", expiretime)
        .arity(2)
        .flags(READONLY | FAST)
        .keys(KEY)
        .group(Group::Generic)
        .since("7.0.0")
        .summary("Returns when a key expires, as a Unix time in seconds.", "O(1)")
        .syntax("key"),
    CommandSpec::new("pexpiretime", pexpiretime)
        .arity(2)
        .flags(READONLY | FAST)
        .keys(KEY)
        .group(Group::Generic)
        .since("7.0.0")
        .summary("Returns when a key expires, as a Unix time in milliseconds.", "O(1)")
        .syntax("key"),
];

/// The reply for an absent key.
const ABSENT: i64 = -2;
/// The reply for a key that does not expire.
const FOREVER: i64 = -1;

fn ttl(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let key = args.next();
    args.finish()?;
    out.int(in_seconds(pttl(ctx, key)));
    Ok(Effect::None)
}

fn pttl_command(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let key = args.next();
    args.finish()?;
    out.int(pttl(ctx, key));
    Ok(Effect::None)
}

fn expiretime(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let key = args.next();
    args.finish()?;
    out.int(in_seconds(deadline(ctx, key)));
    Ok(Effect::None)
}

fn pexpiretime(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let key = args.next();
    args.finish()?;
    out.int(deadline(ctx, key));
    Ok(Effect::None)
}

/// When a key expires, in Unix milliseconds; below zero what the reply says instead.
fn deadline(ctx: &mut Ctx<'_>, key: &[u8]) -> i64 {
    ctx.peek(key).map_or(ABSENT, |entry| entry.expire_at().unwrap_or(FOREVER))
}

/// The milliseconds a key has left, -1 if it does not expire, -2 if it is absent. Shared by the typed call.
pub(crate) fn pttl(ctx: &mut Ctx<'_>, key: &[u8]) -> i64 {
    match deadline(ctx, key) {
        at @ (ABSENT | FOREVER) => at,
        at => at.saturating_sub(ctx.now()).max(0),
    }
}

/// Rounds milliseconds to seconds; the two special replies stay.
fn in_seconds(ms: i64) -> i64 {
    u64::try_from(ms).map_or(ms, |ms| i64::try_from((ms + 500) / 1000).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_are_rounded_and_never_overflow() {
        assert_eq!([-2, -1, 0, 499, 500, 1_499].map(in_seconds), [-2, -1, 0, 0, 1, 1]);
        assert_eq!(in_seconds(i64::MAX), 9_223_372_036_854_776);
        assert_eq!(in_seconds(9_223_372_036_854_775_300), 9_223_372_036_854_775);
    }
}
