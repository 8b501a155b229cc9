//! SET, SETNX, SETEX, PSETEX, GETSET: store a whole value.

use super::{encode, reply_option};
use crate::base::num;
use crate::cmd::args::Args;
use crate::cmd::ctx::{Ctx, Expiry};
use crate::cmd::effect::{CmdResult, Effect, copied};
use crate::cmd::error::CmdError;
use crate::cmd::event::Class;
use crate::cmd::spec::{
    ACCESS, CommandSpec, DENYOOM, FAST, Group, INSERT, KeySpec, KeyUse, OW, RW, UPDATE, VARIABLE_FLAGS, WRITE,
};
use crate::keyspace::raw::NewValue;
use crate::reply::sink::ReplySink;

/// Rows of the command table.
pub(super) const SPECS: &[CommandSpec] = &[
    CommandSpec::new("set", set)
        .arity_at_least(3)
        .flags(WRITE | DENYOOM)
        .keys(&[KeySpec::one(1, RW | ACCESS | UPDATE | VARIABLE_FLAGS)
            .notes("RW and ACCESS due to the optional `GET` argument")])
        .narrow(key_use)
        .group(Group::String)
        .since("1.0.0")
        .summary("Stores a value under a key, whatever type it had.", "O(1)")
        .syntax(
            "key value [condition: NX | XX]@2.6.12 [GET]@6.2.0 [expiration: EX@2.6.12 seconds | \
             PX@2.6.12 milliseconds | EXAT@6.2.0 unix-time-seconds | PXAT@6.2.0 unix-time-milliseconds | \
             KEEPTTL@6.0.0]",
        )
        .history(&[
            ("2.6.12", "Added the `EX`, `PX`, `NX` and `XX` options."),
            ("6.0.0", "Added the `KEEPTTL` option."),
            ("6.2.0", "Added the `GET`, `EXAT` and `PXAT` option."),
            ("7.0.0", "Allowed the `NX` and `GET` options to be used together."),
        ]),
    CommandSpec::new("setnx", setnx)
        .arity(3)
        .flags(WRITE | DENYOOM | FAST)
        .keys(&[KeySpec::one(1, OW | INSERT)])
        .group(Group::String)
        .since("1.0.0")
        .summary("Stores a value only if the key is absent.", "O(1)")
        .syntax("key value"),
    CommandSpec::new("setex", setex)
        .arity(4)
        .flags(WRITE | DENYOOM)
        .keys(&[KeySpec::one(1, OW | UPDATE)])
        .group(Group::String)
        .since("2.0.0")
        .summary("Stores a value that expires after some seconds.", "O(1)")
        .syntax("key seconds value"),
    CommandSpec::new("psetex", psetex)
        .arity(4)
        .flags(WRITE | DENYOOM)
        .keys(&[KeySpec::one(1, OW | UPDATE)])
        .group(Group::String)
        .since("2.6.0")
        .summary("Stores a value that expires after some milliseconds.", "O(1)")
        .syntax("key milliseconds value"),
    CommandSpec::new("getset", getset)
        .arity(3)
        .flags(WRITE | DENYOOM | FAST)
        .keys(&[KeySpec::one(1, RW | ACCESS | UPDATE)])
        .group(Group::String)
        .since("1.0.0")
        .summary("Stores a value and returns the one it replaces.", "O(1)")
        .syntax("key value")
        .deprecated("6.2.0", "`SET` with the `!GET` argument"),
];

/// With GET the old value is used, without it is not.
fn key_use(argv: &[&[u8]]) -> KeyUse {
    let gets = argv.iter().skip(3).any(|option| option.eq_ignore_ascii_case(b"GET"));
    if gets { RW | ACCESS | UPDATE } else { OW | UPDATE }
}

/// How an expire time was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    /// EX: seconds from now.
    Seconds,
    /// PX: milliseconds from now.
    Millis,
    /// EXAT: Unix seconds.
    UnixSeconds,
    /// PXAT: Unix milliseconds.
    UnixMillis,
}

impl Unit {
    /// The option that `args` stands before, taken.
    pub(super) fn eat(args: &mut Args<'_>) -> Option<Self> {
        let units = [
            ("EX", Self::Seconds),
            ("PX", Self::Millis),
            ("EXAT", Self::UnixSeconds),
            ("PXAT", Self::UnixMillis),
        ];
        units.into_iter().find(|(word, _)| args.eat(word)).map(|(_, unit)| unit)
    }

    /// Unix milliseconds of an expire time in this unit; zero, negative and overflowing times are the
    /// command's error.
    pub(super) fn deadline(
        self,
        ctx: &mut Ctx<'_>,
        text: &[u8],
        command: &'static str,
    ) -> Result<i64, CmdError> {
        let n = num::parse_i64(text).ok_or(CmdError::NotInteger)?;
        let scale = if matches!(self, Self::Seconds | Self::UnixSeconds) { 1000 } else { 1 };
        let base = if matches!(self, Self::Seconds | Self::Millis) { ctx.now() } else { 0 };
        if n <= 0 {
            return Err(CmdError::InvalidExpire(command));
        }
        n.checked_mul(scale).and_then(|ms| ms.checked_add(base)).ok_or(CmdError::InvalidExpire(command))
    }
}

/// Unix milliseconds of `ttl_ms` after `now`; `None` for what is no time to live. For the typed call.
pub(crate) fn deadline(now: i64, ttl_ms: i64) -> Option<i64> {
    if ttl_ms > 0 { now.checked_add(ttl_ms) } else { None }
}

/// The options of SET, and without GET those of MSETEX.
#[derive(Default)]
pub(super) struct Options<'a> {
    nx: bool,
    xx: bool,
    get: bool,
    keep: bool,
    expire: Option<(Unit, &'a [u8])>,
}

impl<'a> Options<'a> {
    /// Reads all arguments that are left.
    pub(super) fn parse(args: &mut Args<'a>, with_get: bool) -> Self {
        let mut o = Self::default();
        while !args.is_empty() && !args.failed() {
            if !o.xx && args.eat("NX") {
                o.nx = true;
            } else if !o.nx && args.eat("XX") {
                o.xx = true;
            } else if with_get && args.eat("GET") {
                o.get = true;
            } else if o.expire.is_none() && args.eat("KEEPTTL") {
                o.keep = true;
            } else {
                match Unit::eat(args) {
                    Some(unit) if !o.keep && o.expire.is_none_or(|(before, _)| before == unit) => {
                        o.expire = Some((unit, args.next()));
                    }
                    _ => args.fail(CmdError::Syntax),
                }
            }
        }
        o
    }

    /// Whether the key has to be there (XX) or absent (NX).
    pub(super) fn condition(&self) -> Option<bool> {
        (self.nx || self.xx).then_some(self.xx)
    }

    /// What becomes of the expiry.
    pub(super) fn expiry(&self, ctx: &mut Ctx<'_>, command: &'static str) -> Result<Expiry, CmdError> {
        Ok(match self.expire {
            Some((unit, text)) => Expiry::At(unit.deadline(ctx, text, command)?),
            None if self.keep => Expiry::Keep,
            None => Expiry::Clear,
        })
    }
}

fn set(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let argv = args.argv();
    let (key, value) = (args.next(), args.next());
    let o = Options::parse(&mut args, true);
    args.finish()?;
    let expiry = o.expiry(ctx, "set")?;
    let stored = o.condition().is_none_or(|present| ctx.contains(key) == present);
    let new = if stored { encode(value)? } else { NewValue::Int(0) };
    if o.get {
        reply_option(out, ctx.find_str(key)?);
    } else if stored {
        out.status("OK");
    } else {
        out.null();
    }
    if !stored {
        return Ok(Effect::None);
    }
    ctx.put(key, new, false, expiry);
    stored_event(ctx, key, expiry);
    Ok(match expiry {
        Expiry::At(at) => with_deadline(ctx, key, value, at),
        // The old value is nothing to the journal.
        _ if o.get => ctx.rewritten_as(1, || {
            let words = argv.iter().enumerate();
            let words = words.filter(|(i, word)| *i < 3 || !word.eq_ignore_ascii_case(b"GET"));
            vec![words.map(|(_, word)| copied(word)).collect()]
        }),
        _ => Effect::Changed(1),
    })
}

/// The events of a value that was stored.
#[inline(always)]
pub(super) fn stored_event(ctx: &mut Ctx<'_>, key: &[u8], expiry: Expiry) {
    ctx.event(Class::STRING, "set", key);
    if matches!(expiry, Expiry::At(_)) {
        ctx.event(Class::GENERIC, "expire", key);
    }
}

/// The effect of a value stored with an absolute expire time.
fn with_deadline(ctx: &Ctx<'_>, key: &[u8], value: &[u8], at: i64) -> Effect {
    ctx.rewritten(1, &[b"SET", key, value, b"PXAT", num::write_i64(&mut [0; 20], at)])
}

/// Stores a value without options, for SET's typed calls. The effect is that of `SET key value`, with `PXAT at` when
/// there is an expiry.
#[inline]
pub(crate) fn store(
    ctx: &mut Ctx<'_>,
    key: &[u8],
    value: &[u8],
    expire_at: Option<i64>,
) -> Result<Effect, CmdError> {
    let expiry = expire_at.map_or(Expiry::Clear, Expiry::At);
    ctx.put(key, encode(value)?, false, expiry);
    stored_event(ctx, key, expiry);
    Ok(Effect::Changed(1))
}

fn setnx(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let (key, value) = (args.next(), args.next());
    args.finish()?;
    let absent = !ctx.contains(key);
    if !absent {
        out.int(0);
        return Ok(Effect::None);
    }
    ctx.put(key, encode(value)?, false, Expiry::Clear);
    stored_event(ctx, key, Expiry::Clear);
    out.int(1);
    Ok(Effect::Changed(1))
}

fn setex(ctx: &mut Ctx<'_>, args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    set_for(ctx, args, out, Unit::Seconds, "setex")
}

fn psetex(ctx: &mut Ctx<'_>, args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    set_for(ctx, args, out, Unit::Millis, "psetex")
}

fn set_for(
    ctx: &mut Ctx<'_>,
    mut args: Args<'_>,
    out: &mut dyn ReplySink,
    unit: Unit,
    name: &'static str,
) -> CmdResult {
    let (key, time, value) = (args.next(), args.next(), args.next());
    args.finish()?;
    let at = unit.deadline(ctx, time, name)?;
    ctx.put(key, encode(value)?, false, Expiry::At(at));
    stored_event(ctx, key, Expiry::At(at));
    out.status("OK");
    Ok(with_deadline(ctx, key, value, at))
}

fn getset(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let (key, value) = (args.next(), args.next());
    args.finish()?;
    let new = encode(value)?;
    reply_option(out, ctx.find_str(key)?);
    ctx.put(key, new, false, Expiry::Clear);
    stored_event(ctx, key, Expiry::Clear);
    Ok(ctx.rewritten(1, &[b"SET", key, value]))
}
