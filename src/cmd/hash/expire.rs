//! HEXPIRE, HPEXPIRE, HEXPIREAT, HPEXPIREAT, HPERSIST: give fields an expiry or take it away.

use super::change;
use super::fields::{self, Form, Time};
use crate::cmd::args::Args;
use crate::cmd::ctx::Ctx;
use crate::cmd::effect::{CmdResult, Effect};
use crate::cmd::error::CmdError;
use crate::cmd::event::Class;
use crate::cmd::spec::{CommandSpec, FAST, Group, KeySpec, RW, UPDATE, WRITE};
use crate::reply::sink::ReplySink;
use crate::types::hash::{Hash, NOTHING_EXPIRES};

const KEY: &[KeySpec] = &[KeySpec::one(1, RW | UPDATE)];
const FIELDS: &str = "O(N) with N being the number of fields that are named";

/// Rows of the command table.
pub(super) const SPECS: &[CommandSpec] = &[
    CommandSpec::new("hexpire", hexpire)
        .arity_at_least(6)
        .flags(WRITE | FAST)
        .keys(KEY)
        .group(Group::Hash)
        .since("7.4.0")
        .summary("Lets fields expire after some seconds.", FIELDS)
        .syntax("key seconds [condition: NX | XX | GT | LT] FIELDS (fields: numfields:integer field ...)"),
    CommandSpec::new("hpexpire", hpexpire)
        .arity_at_least(6)
        .flags(WRITE | FAST)
        .keys(KEY)
        .group(Group::Hash)
        .since("7.4.0")
        .summary("Lets fields expire after some milliseconds.", FIELDS)
        .syntax("key milliseconds [condition: NX | XX | GT | LT] FIELDS (fields: numfields:integer field ...)"),
    CommandSpec::new("hexpireat", hexpireat)
        .arity_at_least(6)
        .flags(WRITE | FAST)
        .keys(KEY)
        .group(Group::Hash)
        .since("7.4.0")
        .summary("Lets fields expire at a Unix time in seconds.", FIELDS)
        .syntax("key unix-time-seconds [condition: NX | XX | GT | LT] FIELDS (fields: numfields:integer field ...)"),
    CommandSpec::new("hpexpireat", hpexpireat)
        .arity_at_least(6)
        .flags(WRITE | FAST)
        .keys(KEY)
        .group(Group::Hash)
        .since("7.4.0")
        .summary("Lets fields expire at a Unix time in milliseconds.", FIELDS)
        .syntax(
            "key unix-time-milliseconds [condition: NX | XX | GT | LT] FIELDS (fields: numfields:integer field ...)",
        ),
    CommandSpec::new("hpersist", hpersist)
        .arity_at_least(5)
        .flags(WRITE | FAST)
        .keys(KEY)
        .group(Group::Hash)
        .since("7.4.0")
        .summary("Takes the expiry of fields away.", FIELDS)
        .syntax("key FIELDS (fields: numfields:integer field ...)"),
];

/// The reply for a field that is not there.
const ABSENT: i64 = -2;
/// The reply for a field without an expiry.
const FOREVER: i64 = -1;
/// The reply for a field whose condition was not met.
const REFUSED: i64 = 0;
/// The reply for a field that was changed.
const CHANGED: i64 = 1;
/// The reply for a field that is gone, because its time has come already.
const REMOVED: i64 = 2;

/// When a new expiry is taken.
#[derive(Clone, Copy)]
enum Condition {
    Always,
    Nx,
    Xx,
    Gt,
    Lt,
}

impl Condition {
    fn parse(args: &mut Args<'_>) -> Self {
        let all = [("NX", Self::Nx), ("XX", Self::Xx), ("GT", Self::Gt), ("LT", Self::Lt)];
        all.into_iter().find(|(name, _)| args.eat(name)).map_or(Self::Always, |(_, condition)| condition)
    }

    /// Whether `at` may replace `current`; without one a field never expires.
    fn allows(self, current: Option<i64>, at: i64) -> bool {
        match self {
            Self::Always => true,
            Self::Nx => current.is_none(),
            Self::Xx => current.is_some(),
            Self::Gt => current.is_some_and(|current| at > current),
            Self::Lt => current.is_none_or(|current| at < current),
        }
    }
}

fn hexpire(ctx: &mut Ctx<'_>, args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    run(ctx, args, out, "hexpire", Form::EX)
}

fn hpexpire(ctx: &mut Ctx<'_>, args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    run(ctx, args, out, "hpexpire", Form::PX)
}

fn hexpireat(ctx: &mut Ctx<'_>, args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    run(ctx, args, out, "hexpireat", Form::EXAT)
}

fn hpexpireat(ctx: &mut Ctx<'_>, args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    run(ctx, args, out, "hpexpireat", Form::PXAT)
}

fn run(
    ctx: &mut Ctx<'_>,
    mut args: Args<'_>,
    out: &mut dyn ReplySink,
    name: &'static str,
    form: Form,
) -> CmdResult {
    let key = args.next();
    fields::check_type(ctx, key)?;
    let time = form.read(ctx, args.next(), name)?;
    let condition = Condition::parse(&mut args);
    let bad_number = CmdError::Text("ERR Parameter `numFields` should be greater than 0");
    let fields = fields::parse(&mut args, bad_number)?;
    let done = change(ctx, key, fields.iter().copied(), |hash| {
        hash.keep_expiries();
        fields.iter().map(|field| expire(hash, field, time, condition)).collect::<Vec<i64>>()
    })?;
    let done = done.unwrap_or_else(|| vec![ABSENT; fields.len()]);
    reply(out, &done);
    let changed: Vec<&[u8]> = changed(&done, fields);
    if !changed.is_empty() {
        fields::expiry_event(ctx, key, time);
    }
    Ok(match changed.len() {
        0 => Effect::None,
        n => ctx.rewritten_as(n as u64, || vec![fields::expire_command(key, time, &changed)]),
    })
}

fn reply(out: &mut dyn ReplySink, done: &[i64]) {
    out.array(done.len());
    done.iter().for_each(|&n| out.int(n));
}

/// The fields whose reply says that something happened to them.
fn changed<'a>(done: &[i64], fields: &[&'a [u8]]) -> Vec<&'a [u8]> {
    done.iter().zip(fields).filter(|(done, _)| **done > REFUSED).map(|(_, field)| *field).collect()
}

fn expire(hash: &mut Hash, field: &[u8], time: Time, condition: Condition) -> i64 {
    let Some(current) = hash.get(field, NOTHING_EXPIRES).map(|found| found.expiry) else { return ABSENT };
    if !condition.allows(current, time.at) {
        return REFUSED;
    }
    if time.past {
        hash.remove(field);
        return REMOVED;
    }
    hash.set_expiry(field, Some(time.at));
    CHANGED
}

fn hpersist(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let key = args.next();
    fields::check_type(ctx, key)?;
    let fields = fields::parse(&mut args, fields::NOT_POSITIVE)?;
    let persist = |hash: &mut Hash, field: &[u8]| match hash.get(field, NOTHING_EXPIRES) {
        None => ABSENT,
        Some(found) if found.expiry.is_none() => FOREVER,
        Some(_) => {
            hash.set_expiry(field, None);
            CHANGED
        }
    };
    let done = change(ctx, key, fields.iter().copied(), |hash| {
        fields.iter().map(|field| persist(hash, field)).collect::<Vec<i64>>()
    })?;
    let done = done.unwrap_or_else(|| vec![ABSENT; fields.len()]);
    reply(out, &done);
    if !done.contains(&CHANGED) {
        return Ok(Effect::None);
    }
    ctx.event(Class::HASH, "hpersist", key);
    Ok(Effect::Changed(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_compare_with_the_expiry_so_far() {
        let allowed = |word: &str| {
            let argv: [&[u8]; 1] = [word.as_bytes()];
            let condition = Condition::parse(&mut Args::new(&argv, 0));
            [(None, 5), (Some(4), 5), (Some(5), 5), (Some(6), 5)].map(|(c, at)| condition.allows(c, at))
        };
        assert_eq!(allowed("FIELDS"), [true, true, true, true]);
        assert_eq!(allowed("nx"), [true, false, false, false]);
        assert_eq!(allowed("XX"), [false, true, true, true]);
        assert_eq!(allowed("Gt"), [false, true, false, false]);
        assert_eq!(allowed("LT"), [true, false, false, true]);
    }
}
