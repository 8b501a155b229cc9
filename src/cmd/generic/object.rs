//! OBJECT: how a value is stored and when it was used.

use std::sync::atomic::Ordering;

use crate::cmd::args::Args;
use crate::cmd::ctx::Ctx;
use crate::cmd::effect::{CmdResult, Effect};
use crate::cmd::error::CmdError;
use crate::cmd::spec::{CommandSpec, Group, KeySpec, LOADING, READONLY, RO, STALE};
use crate::keyspace::lfu;
use crate::keyspace::raw::{Entry, StrRef, ValueRef};
use crate::reply::sink::ReplySink;

const KEY: &[KeySpec] = &[KeySpec::one(2, RO)];
const VARIES: &[&str] = &["nondeterministic_output"];

/// Rows of the command table.
pub(super) const SPECS: &[CommandSpec] = &[CommandSpec::new("object", object)
    .arity_at_least(2)
    .group(Group::Generic)
    .since("2.2.3")
    .summary("Commands that look at how values are stored.", "Depends on the subcommand.")
    .subcommands(&[
        CommandSpec::new("encoding", object_encoding)
            .arity(3)
            .flags(READONLY)
            .keys(KEY)
            .group(Group::Generic)
            .tips(VARIES)
            .since("2.2.3")
            .summary("Returns the name of a value's encoding.", "O(1)")
            .syntax("key"),
        CommandSpec::new("freq", object_freq)
            .arity(3)
            .flags(READONLY)
            .keys(KEY)
            .group(Group::Generic)
            .tips(VARIES)
            .since("4.0.0")
            .summary("Returns the logarithmic counter of a value's uses.", "O(1)")
            .syntax("key"),
        CommandSpec::new("help", object_help)
            .arity(2)
            .flags(LOADING | STALE)
            .group(Group::Generic)
            .since("6.2.0")
            .summary("Describes the subcommands.", "O(1)"),
        CommandSpec::new("idletime", object_idletime)
            .arity(3)
            .flags(READONLY)
            .keys(KEY)
            .group(Group::Generic)
            .tips(VARIES)
            .since("2.2.3")
            .summary("Returns the seconds since a value was last used.", "O(1)")
            .syntax("key"),
        CommandSpec::new("refcount", object_refcount)
            .arity(3)
            .flags(READONLY)
            .keys(KEY)
            .group(Group::Generic)
            .tips(VARIES)
            .since("2.2.3")
            .summary("Returns the number of references to a value.", "O(1)")
            .syntax("key"),
    ])];

/// Strings up to this length are `embstr`, unless they were changed in place.
const EMBSTR_MAX: usize = 44;
/// Redis keeps one object for each integer below this and lets every key refer to it.
const SHARED_INTEGERS: i64 = 10_000;
/// The reference count that Redis tells of a shared object.
const SHARED_COUNT: i64 = i32::MAX as i64;

const NO_LFU: CmdError = CmdError::Text(
    "ERR An LFU maxmemory policy is not selected, access frequency not tracked. Please note that when \
     switching between policies at runtime LRU and LFU data will take some time to adjust.",
);
const NO_LRU: CmdError = CmdError::Text(
    "ERR An LFU maxmemory policy is selected, idle time not tracked. Please note that when switching between \
     policies at runtime LRU and LFU data will take some time to adjust.",
);

const HELP: &[&str] = &[
    "OBJECT <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
    "ENCODING <key>",
    "    Return the kind of internal representation used in order to store the value",
    "    associated with a <key>.",
    "FREQ <key>",
    "    Return the access frequency index of the <key>. The returned integer is",
    "    proportional to the logarithm of the recent access frequency of the key.",
    "IDLETIME <key>",
    "    Return the idle time of the <key>, that is the approximated number of",
    "    seconds elapsed since the last access to the key.",
    "REFCOUNT <key>",
    "    Return the number of references of the value associated with the specified",
    "    <key>.",
    "HELP",
    "    Prints this help.",
];

fn object(_: &mut Ctx<'_>, _: Args<'_>, _: &mut dyn ReplySink) -> CmdResult {
    Err(CmdError::Arity("object".to_owned()))
}

fn object_help(_: &mut Ctx<'_>, _: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    out.array(HELP.len());
    HELP.iter().for_each(|line| out.status(line));
    Ok(Effect::None)
}

fn object_encoding(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    match ctx.look(args.next(), false) {
        Some(entry) => out.bulk(encoding(entry).as_bytes()),
        None => out.null(),
    }
    Ok(Effect::None)
}

/// The name of a value's encoding.
pub(crate) fn encoding(entry: &Entry) -> &'static str {
    match entry.value() {
        ValueRef::Str(StrRef::Int(_)) => "int",
        ValueRef::Str(StrRef::Bytes(bytes)) if bytes.len() <= EMBSTR_MAX && !entry.is_raw() => "embstr",
        ValueRef::Str(_) => "raw",
        ValueRef::Object(object) => object.encoding(),
    }
}

fn object_freq(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let now = ctx.now();
    let usage = ctx.host.usage();
    match ctx.look(args.next(), false) {
        Some(_) if !usage.lfu.load(Ordering::Relaxed) => return Err(NO_LFU),
        Some(entry) => {
            let decay = usage.decay_minutes.load(Ordering::Relaxed);
            out.int(i64::from(lfu::lfu_decayed(entry.lru(), now, decay)));
        }
        None => out.null(),
    }
    Ok(Effect::None)
}

fn object_idletime(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let usage = ctx.host.usage();
    match ctx.look(args.next(), false) {
        Some(_) if usage.lfu.load(Ordering::Relaxed) => return Err(NO_LRU),
        Some(entry) => out.int(i64::from(lfu::idle_seconds(entry.lru(), usage.lru_clock()))),
        None => out.null(),
    }
    Ok(Effect::None)
}

/// Every key owns its value here. The reply is Redis's for a value that was just stored: it shares small
/// integers, unless eviction needs a clock for each value.
fn object_refcount(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let small =
        ctx.look(args.next(), false).map(|e| matches!(e.string(), Some(StrRef::Int(0..SHARED_INTEGERS))));
    match small {
        Some(small) => out.int(if small && shares_integers(ctx) { SHARED_COUNT } else { 1 }),
        None => out.null(),
    }
    Ok(Effect::None)
}

fn shares_integers(ctx: &Ctx<'_>) -> bool {
    let settings = ctx.host.config_get(&[b"maxmemory", b"maxmemory-policy"]);
    let is = |name: &str, test: fn(&str) -> bool| settings.iter().any(|(n, v)| *n == name && test(v));
    is("maxmemory", |v| v == "0") || !is("maxmemory-policy", |v| v.ends_with("lru") || v.ends_with("lfu"))
}
