//! HTTL, HPTTL, HEXPIRETIME, HPEXPIRETIME: when do fields expire.

use super::fields;
use crate::cmd::args::Args;
use crate::cmd::ctx::Ctx;
use crate::cmd::effect::{CmdResult, Effect};
use crate::cmd::spec::{ACCESS, CommandSpec, FAST, Group, KeySpec, READONLY, RO};
use crate::reply::sink::ReplySink;

const KEY: &[KeySpec] = &[KeySpec::one(1, RO | ACCESS)];
const FIELDS: &str = "O(N) with N being the number of fields that are named";
const SYNTAX: &str = "key FIELDS (fields: numfields:integer field ...)";

/// Rows of the command table.
pub(super) const SPECS: &[CommandSpec] = &[
    CommandSpec::new("httl", httl)
        .arity_at_least(5)
        .flags(READONLY | FAST)
        .keys(KEY)
        .group(Group::Hash)
        .tips(&["nondeterministic_output"])
        .since("7.4.0")
        .summary("Returns how many seconds fields have left.", FIELDS)
        .syntax(SYNTAX),
    CommandSpec::new("hpttl", hpttl)
        .arity_at_least(5)
        .flags(READONLY | FAST)
        .keys(KEY)
        .group(Group::Hash)
        .tips(&["nondeterministic_output"])
        .since("7.4.0")
        .summary("Returns how many milliseconds fields have left.", FIELDS)
        .syntax(SYNTAX),
    CommandSpec::new("hexpiretime", hexpiretime)
        .arity_at_least(5)
        .flags(READONLY | FAST)
        .keys(KEY)
        .group(Group::Hash)
        .since("7.4.0")
        .summary("Returns when fields expire, as a Unix time in seconds.", FIELDS)
        .syntax(SYNTAX),
    CommandSpec::new("hpexpiretime", hpexpiretime)
        .arity_at_least(5)
        .flags(READONLY | FAST)
        .keys(KEY)
        .group(Group::Hash)
        .since("7.4.0")
        .summary("Returns when fields expire, as a Unix time in milliseconds.", FIELDS)
        .syntax(SYNTAX),
];

/// The reply for a field that is not there.
const ABSENT: i64 = -2;
/// The reply for a field without an expiry.
const FOREVER: i64 = -1;

fn httl(ctx: &mut Ctx<'_>, args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    run(ctx, args, out, |at, now| in_seconds(at.saturating_sub(now)))
}

fn hpttl(ctx: &mut Ctx<'_>, args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    run(ctx, args, out, |at, now| at.saturating_sub(now))
}

fn hexpiretime(ctx: &mut Ctx<'_>, args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    run(ctx, args, out, |at, _| in_seconds(at))
}

fn hpexpiretime(ctx: &mut Ctx<'_>, args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    run(ctx, args, out, |at, _| at)
}

/// Answers, for each field that has an expiry, what `show` makes of that and the time.
fn run(
    ctx: &mut Ctx<'_>,
    mut args: Args<'_>,
    out: &mut dyn ReplySink,
    show: fn(i64, i64) -> i64,
) -> CmdResult {
    let key = args.next();
    let found = ctx.read_hash(key)?;
    let fields = fields::parse(&mut args, fields::NOT_POSITIVE)?;
    out.array(fields.len());
    for field in fields {
        out.int(match found.map(|(hash, now)| (hash.get(field, now), now)) {
            None | Some((None, _)) => ABSENT,
            Some((Some(field), now)) => field.expiry.map_or(FOREVER, |at| show(at, now)),
        });
    }
    Ok(Effect::None)
}

/// Seconds, a begun one counted as whole.
fn in_seconds(ms: i64) -> i64 {
    ms.saturating_add(999) / 1000
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_are_rounded_up() {
        assert_eq!([0, 1, 999, 1000, 1001].map(in_seconds), [0, 1, 1, 1, 2]);
    }
}
