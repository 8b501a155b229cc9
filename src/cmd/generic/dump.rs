//! DUMP, RESTORE, RESTORE-ASKING: a value as bytes that another server understands, and back.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use crate::base::num;
use crate::cmd::args::Args;
use crate::cmd::ctx::{Ctx, Expiry};
use crate::cmd::effect::{CmdResult, Effect, copied};
use crate::cmd::error::CmdError;
use crate::cmd::event::Class;
use crate::cmd::spec::{
    ACCESS, ASKING, CommandSpec, DENYOOM, Group, KeySpec, OW, READONLY, RO, UPDATE, WRITE,
};
use crate::keyspace::raw::{Entry, INLINE_MAX, NewValue, StrRef, ValueRef};
use crate::keyspace::{due, lfu};
use crate::rdb::{self, dump};
use crate::reply::sink::ReplySink;

const TARGET: &[KeySpec] = &[KeySpec::one(1, OW | UPDATE)];
const RESTORE_COST: &str = "O(N) for a value of N elements, O(N*log(N)) for a sorted set";
const RESTORE_SYNTAX: &str = "key ttl:integer serialized-value [REPLACE]@3.0.0 [ABSTTL]@5.0.0 \
                              [IDLETIME seconds:integer]@5.0.0 [FREQ frequency:integer]@5.0.0";
const RESTORE_HISTORY: &[(&str, &str)] = &[
    ("3.0.0", "Added the `REPLACE` modifier."),
    ("5.0.0", "Added the `ABSTTL` modifier."),
    ("5.0.0", "Added the `IDLETIME` and `FREQ` options."),
];

/// Rows of the command table.
pub(super) const SPECS: &[CommandSpec] = &[
    CommandSpec::new("dump", dump_command)
        .arity(2)
        .flags(READONLY)
        .keys(&[KeySpec::one(1, RO | ACCESS)])
        .group(Group::Generic)
        .tips(&["nondeterministic_output"])
        .since("2.6.0")
        .summary("Returns a value in the form in which it is saved.", "O(N) for a value of N elements")
        .syntax("key"),
    CommandSpec::new("restore", restore)
        .arity_at_least(4)
        .flags(WRITE | DENYOOM)
        .keys(TARGET)
        .group(Group::Generic)
        .acl(&["@dangerous"])
        .since("2.6.0")
        .summary("Creates a key from what DUMP returned.", RESTORE_COST)
        .history(RESTORE_HISTORY)
        .syntax(RESTORE_SYNTAX),
    CommandSpec::new("restore-asking", restore)
        .arity_at_least(4)
        .flags(WRITE | DENYOOM | ASKING)
        .keys(TARGET)
        .group(Group::Server)
        .acl(&["@keyspace", "@dangerous"])
        .since("3.0.0")
        .summary("Creates a key that moves to this node of a cluster.", RESTORE_COST)
        .history(RESTORE_HISTORY)
        .syntax(RESTORE_SYNTAX)
        .internal(),
];

const BUSY: CmdError = CmdError::Text("BUSYKEY Target key name already exists.");
const BAD_TTL: CmdError = CmdError::Text("ERR Invalid TTL value, must be >= 0");
const BAD_IDLE: CmdError = CmdError::Text("ERR Invalid IDLETIME value, must be >= 0");
const BAD_FREQ: CmdError = CmdError::Text("ERR Invalid FREQ value, must be >= 0 and <= 255");
const BAD_DUMP: CmdError = CmdError::Text("ERR DUMP payload version or checksum are wrong");
const BAD_DATA: CmdError = CmdError::Text("ERR Bad data format");

/// The clock of uses goes up to here, and then from 0 on again.
const IDLE_MODULUS: i64 = 0xff_ffff;

/// The value of an entry as it is saved.
pub(crate) fn saved(entry: &Entry) -> rdb::ValueRef<'_> {
    match entry.value() {
        ValueRef::Str(StrRef::Int(v)) => rdb::ValueRef::Int(v),
        ValueRef::Str(StrRef::Bytes(text)) => rdb::ValueRef::Text(text),
        ValueRef::Str(StrRef::Block(block)) => rdb::ValueRef::Text(block),
        ValueRef::Object(object) => rdb::ValueRef::Object(object),
    }
}

fn dump_command(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let key = args.next();
    args.finish()?;
    match ctx.find(key) {
        Some(entry) => out.bulk(&dump::write(saved(entry), true)),
        None => out.null(),
    }
    Ok(Effect::None)
}

/// What follows the payload.
#[derive(Default)]
struct Options {
    replace: bool,
    absolute: bool,
    idle: Option<i64>,
    freq: Option<u8>,
}

impl Options {
    fn parse(args: &mut Args<'_>) -> Result<Self, CmdError> {
        let mut options = Self::default();
        while !args.is_empty() {
            let more = args.left() > 1;
            if args.eat("REPLACE") {
                options.replace = true;
            } else if args.eat("ABSTTL") {
                options.absolute = true;
            } else if more && options.freq.is_none() && args.eat("IDLETIME") {
                let seconds = num::parse_i64(args.next()).ok_or(CmdError::NotInteger)?;
                options.idle = Some(seconds).filter(|seconds| *seconds >= 0);
                options.idle.ok_or(BAD_IDLE)?;
            } else if more && options.idle.is_none() && args.eat("FREQ") {
                let freq = num::parse_i64(args.next()).ok_or(CmdError::NotInteger)?;
                options.freq = Some(u8::try_from(freq).map_err(|_| BAD_FREQ)?);
            } else {
                return Err(CmdError::Syntax);
            }
        }
        Ok(options)
    }

    /// The bits that tell how an entry was used, if they are told.
    fn usage(&self, ctx: &mut Ctx<'_>) -> Option<u32> {
        let usage = ctx.host.usage();
        match (usage.lfu.load(Ordering::Relaxed), self.freq, self.idle) {
            (true, Some(freq), _) => Some(lfu::with_count(ctx.now(), freq)),
            (false, _, Some(idle)) => {
                let idle = u32::try_from(idle % IDLE_MODULUS).unwrap_or(0);
                Some(lfu::clock_before(usage.lru_clock(), idle))
            }
            _ => None,
        }
    }
}

fn restore(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let argv = args.argv();
    let (key, ttl, payload) = (args.next(), args.next(), args.next());
    let options = Options::parse(&mut args)?;
    if !options.replace && ctx.contains(key) {
        return Err(BUSY);
    }
    let ttl = num::parse_i64(ttl).ok_or(CmdError::NotInteger)?;
    if ttl < 0 {
        return Err(BAD_TTL);
    }
    let body = dump::verify(payload).map_err(|_| BAD_DUMP)?;
    let value = dump::read(body, ctx.limits()).map_err(|e| match e.problem {
        rdb::error::Problem::NoMemory(_) => CmdError::NoMemory,
        _ => BAD_DATA,
    })?;
    let relative = ttl > 0 && !options.absolute;
    let at = match ttl {
        0 => None,
        // What is beyond the end of time is in the past, as it is in Redis.
        _ if relative => Some(ttl.checked_add(ctx.now()).unwrap_or(0)),
        _ => Some(ttl),
    };
    out.status("OK");
    if at.is_some_and(|at| !ctx.session.replaying && due(at, ctx.now())) {
        if !ctx.clear_way(key) {
            return Ok(Effect::None);
        }
        ctx.event(Class::GENERIC, "del", key);
        return Ok(ctx.rewritten(1, &[b"DEL", key]));
    }
    let value = match value {
        rdb::Value::Int(v) => NewValue::Int(v),
        rdb::Value::Text(ref text) if text.len() <= INLINE_MAX => NewValue::Bytes(text),
        rdb::Value::Text(text) => NewValue::Block(Arc::new(text)),
        rdb::Value::Object(object) => NewValue::Object(Box::new(object)),
    };
    ctx.clear_way(key);
    ctx.put(key, value, false, at.map_or(Expiry::Clear, Expiry::At));
    let used = options.usage(ctx).unwrap_or(ctx.host.usage().fresh());
    if let Some(entry) = ctx.peek(key) {
        entry.set_lru(used);
    }
    ctx.event(Class::GENERIC, "restore", key);
    match at.filter(|_| relative) {
        None => Ok(Effect::Changed(1)),
        Some(at) => Ok(ctx.rewritten_as(1, || {
            let mut call: Vec<Vec<u8>> = argv.iter().map(|word| copied(word)).collect();
            if let Some(ttl) = call.get_mut(2) {
                ttl.clear();
                num::push_i64(ttl, at);
            }
            call.push(b"ABSTTL".to_vec());
            vec![call]
        })),
    }
}
