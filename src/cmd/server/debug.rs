//! DEBUG: what programs that are tested against Redis use of it. Its subcommands are no rows of the table, as
//! in Redis.

use std::sync::atomic::Ordering;
use std::time::Duration;

use super::{debug_digest, debug_look, help};
use crate::base::num;
use crate::cmd::args::Args;
use crate::cmd::ctx::Ctx;
use crate::cmd::effect::{CmdResult, Effect};
use crate::cmd::error::CmdError;
use crate::cmd::generic::object::encoding;
use crate::cmd::host::Reload;
use crate::cmd::spec::{ADMIN, CommandSpec, Group, LOADING, NOSCRIPT, STALE};
use crate::keyspace::lfu;
use crate::keyspace::raw::{Entry, StrRef, ValueRef};
use crate::reply::sink::{Protocol, ReplySink};

/// Rows of the command table.
pub(super) const SPECS: &[CommandSpec] = &[CommandSpec::new("debug", debug)
    .arity_at_least(2)
    .flags(ADMIN | NOSCRIPT | LOADING | STALE)
    .group(Group::Server)
    .internal()
    .since("1.0.0")
    .summary("Commands for tests and debugging.", "Depends on subcommand.")];

/// Keys of DEBUG POPULATE between two looks at whether to go on.
const STEP: u64 = 1024;
/// The longest DEBUG SLEEP.
const SLEEP_SECONDS: f64 = 1e9;

fn debug(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let subcommand = args.next();
    match (subcommand.to_ascii_lowercase().as_slice(), args.rest()) {
        (b"digest", []) => debug_digest::whole(ctx, out),
        (b"digest-value", keys) => debug_digest::values(ctx, keys, out),
        (b"error", [text]) => out.error(text),
        (b"help", []) => return show_help(out),
        (b"htstats", [db, rest @ ..]) => debug_look::tables(ctx, db, rest, out)?,
        (b"htstats-key", [key, ..]) => debug_look::table_of(ctx, key, out)?,
        (b"listpack", [key]) => debug_look::listpack(ctx, key, out)?,
        (b"loadaof", _) => {
            alone(ctx)?;
            ctx.host.load_aof()?;
            out.status("OK");
        }
        (b"log", [message]) => {
            ctx.host.log(&format!("DEBUG LOG: {}", String::from_utf8_lossy(message)));
            out.status("OK");
        }
        (b"object", [key]) => object(ctx, key, out)?,
        (b"pause-cron", [on]) => {
            ctx.host.stats().cron_paused.store(leading_int(on) != 0, Ordering::Relaxed);
            out.status("OK");
        }
        (b"populate", [count, options @ ..]) if options.len() <= 2 => {
            let lsn = populate(ctx, count, options.first().copied(), options.get(1).copied())?;
            out.status("OK");
            return Ok(Effect::Journaled(lsn));
        }
        (b"protocol", [kind]) => protocol(kind, out)?,
        (b"quicklist-packed-threshold", [size]) => debug_look::packed_threshold(ctx, size, out)?,
        (b"reload", options) => {
            alone(ctx)?;
            ctx.host.reload(reload_options(options)?)?;
            out.status("OK");
        }
        (b"set-active-expire", [on]) => {
            ctx.host.stats().no_active_expire.store(leading_int(on) == 0, Ordering::Relaxed);
            out.status("OK");
        }
        (b"set-skip-checksum-validation", [on]) => {
            ctx.host.skip_checksum(leading_int(on) != 0);
            out.status("OK");
        }
        (b"sleep", [seconds]) => {
            let seconds = num::parse_f64(seconds).filter(|s| *s > 0.0).unwrap_or(0.0).min(SLEEP_SECONDS);
            ctx.host.sleep(ctx.session, Duration::from_secs_f64(seconds))?;
            out.status("OK");
        }
        (b"stringmatch-len", [len, pattern]) => debug_look::match_len(len, pattern, out)?,
        _ => return Err(CmdError::subcommand("DEBUG", subcommand)),
    }
    Ok(Effect::None)
}

/// Refuses what takes locks of its own, or is many commands, inside of a transaction, which holds its locks.
fn alone(ctx: &Ctx<'_>) -> Result<(), CmdError> {
    if ctx.in_transaction() {
        return Err(CmdError::Text("ERR this DEBUG subcommand is not allowed inside a transaction"));
    }
    Ok(())
}

fn reload_options(options: &[&[u8]]) -> Result<Reload, CmdError> {
    let mut reload = Reload { merge: false, flush: true, save: true };
    for option in options {
        match option.to_ascii_lowercase().as_slice() {
            b"merge" => reload.merge = true,
            b"noflush" => reload.flush = false,
            b"nosave" => reload.save = false,
            _ => {
                let text = "ERR DEBUG RELOAD only supports the MERGE, NOFLUSH and NOSAVE options.";
                return Err(CmdError::Text(text));
            }
        }
    }
    Ok(reload)
}

/// The number that a text begins with, 0 if it begins with none.
fn leading_int(text: &[u8]) -> i64 {
    let sign = usize::from(matches!(text.first(), Some(b'-' | b'+')));
    let digits = text[sign..].iter().take_while(|b| b.is_ascii_digit()).count();
    let value = num::parse_u64(&text[sign..sign + digits]).unwrap_or(0);
    i64::try_from(value).unwrap_or(i64::MAX) * if text.first() == Some(&b'-') { -1 } else { 1 }
}

fn describe(entry: &Entry, lru_clock: u32) -> String {
    let (at, bytes) = match entry.value() {
        ValueRef::Str(StrRef::Int(i)) => {
            (std::ptr::from_ref(entry).addr(), num::write_i64(&mut [0; 20], i).len())
        }
        ValueRef::Str(StrRef::Bytes(bytes)) => (bytes.as_ptr().addr(), bytes.len()),
        ValueRef::Str(StrRef::Block(block)) => (block.as_ptr().addr(), block.len()),
        ValueRef::Object(object) => (std::ptr::from_ref(object).addr(), object.heap_bytes()),
    };
    format!(
        "Value at:{at:#x} refcount:1 encoding:{} serializedlength:{} lru:{} lru_seconds_idle:{}",
        encoding(entry),
        bytes,
        entry.lru(),
        lfu::idle_seconds(entry.lru(), lru_clock),
    )
}

/// DEBUG OBJECT: of a key whose time has come, too, as long as it is there.
fn object(ctx: &Ctx<'_>, key: &[u8], out: &mut dyn ReplySink) -> Result<(), CmdError> {
    let line = debug_look::look(ctx, key, |entry| describe(entry, ctx.host.usage().lru_clock()));
    out.status(&line.ok_or(CmdError::NoSuchKey)?);
    Ok(())
}

/// Stores `count` strings, each by a SET of its own: no lock is held for long, and any server can read the
/// journal, while it may refuse DEBUG. Answers the journal position to wait for.
fn populate(
    ctx: &mut Ctx<'_>,
    count: &[u8],
    prefix: Option<&[u8]>,
    size: Option<&[u8]>,
) -> Result<u64, CmdError> {
    alone(ctx)?;
    let number = |text| {
        let n = num::parse_i64(text).and_then(|n| u64::try_from(n).ok());
        n.ok_or(CmdError::Text("ERR value is out of range, must be positive"))
    };
    let (count, prefix) = (number(count)?, prefix.unwrap_or(b"key"));
    let size = size.map_or(Ok(0), number)?;
    let size = usize::try_from(size).ok().filter(|&size| size <= ctx.host.max_bulk());
    let size = size.ok_or(CmdError::Text("ERR string exceeds maximum allowed size (proto-max-bulk-len)"))?;
    let (host, mut lsn) = (ctx.host, 0);
    let (mut key, mut value) = (Vec::new(), Vec::new());
    for n in 0..count {
        if n % STEP == 0 {
            // Waiting for no time ends with an error when the database is being closed.
            host.sleep(ctx.session, Duration::ZERO)?;
        }
        for (text, start) in [(&mut key, &[prefix, b":"].concat()[..]), (&mut value, b"value:")] {
            text.clear();
            text.extend_from_slice(start);
            num::push_u64(text, n);
        }
        if size > 0 {
            value.resize(size, 0);
        }
        lsn = lsn.max(host.call(ctx.session, &[b"SET", &key, &value, b"NX"])?);
    }
    Ok(lsn)
}

fn protocol(kind: &[u8], out: &mut dyn ReplySink) -> Result<(), CmdError> {
    match kind.to_ascii_lowercase().as_slice() {
        b"string" => out.bulk(b"Hello World"),
        b"integer" => out.int(12345),
        #[expect(clippy::approx_constant, reason = "what Redis answers here")]
        b"double" => out.double(3.141),
        b"null" => out.null(),
        b"array" => {
            out.array(3);
            (0..3).for_each(|n| out.int(n));
        }
        b"set" => {
            out.set(3);
            (0..3).for_each(|n| out.int(n));
        }
        b"map" => {
            out.map(3);
            for n in 0..3 {
                out.int(n);
                out.boolean(n == 1);
            }
        }
        b"attrib" => {
            out.attribute(1);
            out.bulk(b"key-popularity");
            out.array(2);
            out.bulk(b"key:123");
            out.int(90);
            out.bulk(b"Some real reply following the attribute");
        }
        b"push" => {
            if out.protocol() == Protocol::Resp2 {
                return Err(CmdError::Text("ERR RESP2 is not supported by this command"));
            }
            out.push(2);
            out.bulk(b"server-cpu-usage");
            out.int(42);
            out.bulk(b"Some real reply following the push reply");
        }
        b"bignum" => out.big_number(b"1234567999999999999999999999999999999"),
        b"true" => out.boolean(true),
        b"false" => out.boolean(false),
        b"verbatim" => out.verbatim(b"txt", b"This is a verbatim\nstring"),
        _ => {
            return Err(CmdError::Text(
                "ERR Wrong protocol type name. Please use one of the following: \
                 string|integer|double|bignum|null|array|set|map|attrib|push|verbatim|true|false",
            ));
        }
    }
    Ok(())
}

fn show_help(out: &mut dyn ReplySink) -> CmdResult {
    help(
        out,
        "DEBUG",
        &[
            ("DIGEST", &["Answer a signature of all data, the one of Redis for the same."]),
            ("DIGEST-VALUE [<key> ...]", &["Answer the signatures of values."]),
            ("HTSTATS <dbid> [full]", &["Describe the tables of a database."]),
            ("HTSTATS-KEY <key>", &["Describe the table of a large set, hash or sorted set."]),
            ("LISTPACK <key>", &["Hand the elements of a small hash or sorted set to the log."]),
            ("LOADAOF", &["Take what the append-only file says in place of all keys."]),
            ("LOG <message>", &["Hand a line to the log."]),
            ("OBJECT <key>", &["Describe how a value is kept."]),
            ("PAUSE-CRON <0|1>", &["Stop the work of the background thread, or go on with it."]),
            (
                "POPULATE <count> [<prefix>] [<size>]",
                &[
                    "Store <count> strings under key:0, key:1 and so on, or another prefix,",
                    "cut or padded to <size> bytes. Keys that are there already stay.",
                ],
            ),
            (
                "PROTOCOL <type>",
                &[
                    "Answer something of this type: string, integer, double, bignum, null, array,",
                    "set, map, attrib, push, verbatim, true, false.",
                ],
            ),
            (
                "QUICKLIST-PACKED-THRESHOLD <size>",
                &["Elements of lists stand alone from this size on; 0 is the default, 1gb."],
            ),
            (
                "RELOAD [option ...]",
                &[
                    "Save all keys to the snapshot file and load them again. While that goes on they are",
                    "twice in memory; if it fails they stay as they were. Options:",
                    "* MERGE: a key that is there twice is no error; the file's value counts.",
                    "* NOFLUSH: keys that the file does not have stay.",
                    "* NOSAVE: the file is loaded as it is.",
                ],
            ),
            ("SET-ACTIVE-EXPIRE <0|1>", &["Leave expired keys until they are asked for, or do not."]),
            (
                "SET-SKIP-CHECKSUM-VALIDATION <0|1>",
                &["Load snapshot files without their checksum, or do not."],
            ),
            ("SLEEP <seconds>", &["Wait; other clients go on."]),
            ("STRINGMATCH-LEN <len> <pattern>", &["Tell whether so many letters a match a pattern."]),
        ],
    )
}

#[cfg(test)]
mod tests {
    use super::leading_int;

    #[test]
    fn numbers_are_read_leniently() {
        for (text, value) in [("1", 1), ("0", 0), ("x", 0), ("", 0), ("-1x", -1), ("+12 ", 12)] {
            assert_eq!(leading_int(text.as_bytes()), value, "{text}");
        }
        assert_eq!(leading_int(b"99999999999999999999"), 0);
    }
}
