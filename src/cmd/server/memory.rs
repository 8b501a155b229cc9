//! MEMORY: what the keys and the rest cost.

use std::sync::atomic::Ordering;

use super::{debug_look, help};
use crate::base::num;
use crate::cmd::args::Args;
use crate::cmd::ctx::Ctx;
use crate::cmd::effect::{CmdResult, Effect};
use crate::cmd::error::CmdError;
use crate::cmd::host::MemoryUse;
use crate::cmd::spec::{CommandSpec, Group, Handler, KeySpec, LOADING, READONLY, RO, STALE};
use crate::keyspace::raw::Entry;
use crate::reply::sink::ReplySink;

const REPORT_TIPS: &[&str] =
    &["nondeterministic_output", "request_policy:all_shards", "response_policy:special"];

const fn sub(name: &'static str, handler: Handler) -> CommandSpec {
    CommandSpec::new(name, handler).arity(2).group(Group::Server).since("4.0.0")
}

/// Rows of the command table.
pub(super) const SPECS: &[CommandSpec] = &[CommandSpec::new("memory", bare)
    .arity_at_least(2)
    .group(Group::Server)
    .since("4.0.0")
    .summary("Commands about memory.", "Depends on subcommand.")
    .subcommands(&[
        sub("doctor", doctor).tips(REPORT_TIPS).summary("Looks for trouble with memory.", "O(1)"),
        sub("help", show_help).flags(LOADING | STALE).summary("Tells about the subcommands.", "O(1)"),
        sub("malloc-stats", malloc_stats)
            .tips(REPORT_TIPS)
            .summary("Answers what the allocator tells of itself.", "Depends on the allocator"),
        sub("purge", purge)
            .tips(&["request_policy:all_shards", "response_policy:all_succeeded"])
            .summary("Gives free memory back to the system.", "Depends on how much memory is free"),
        sub("stats", stats).tips(REPORT_TIPS).summary("Answers what memory goes to.", "O(1)"),
        sub("usage", usage)
            .arity_at_least(3)
            .flags(READONLY)
            .keys(&[KeySpec::one(2, RO)])
            .summary("Answers how many bytes a key costs.", "O(N) where N is the number of samples")
            .syntax("key [SAMPLES count]"),
    ])];

/// What a key's place in its table costs: the pointer and the table's mark, with room for a quarter more.
const SLOT_BYTES: usize = (size_of::<Entry>() + 1) * 5 / 4;

/// A database of which there is nothing to say is smaller than this.
const SMALL_BYTES: u64 = 5 * 1024 * 1024;

fn bare(_: &mut Ctx<'_>, _: Args<'_>, _: &mut dyn ReplySink) -> CmdResult {
    Err(CmdError::Arity("memory".to_owned()))
}

fn usage(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let key = args.next();
    while !args.is_empty() {
        if args.left() < 2 || !args.eat("SAMPLES") {
            return Err(CmdError::Syntax);
        }
        // A string has nothing to sample, but the number must be one.
        if num::parse_i64(args.next()).ok_or(CmdError::NotInteger)? < 0 {
            return Err(CmdError::Syntax);
        }
    }
    // A key whose time has come costs what it costs until it is gone.
    match debug_look::look(ctx, key, Entry::cost) {
        Some(cost) => out.int(i64::try_from(cost + SLOT_BYTES).unwrap_or(i64::MAX)),
        None => out.null(),
    }
    Ok(Effect::None)
}

/// Part of a whole in percent, 0 of nothing.
fn percent(part: u64, whole: u64) -> f64 {
    if whole == 0 {
        return 0.0;
    }
    #[expect(clippy::cast_precision_loss, reason = "a percentage needs no 53 bits")]
    let share = part as f64 / whole as f64;
    share * 100.0
}

/// A field of MEMORY STATS.
enum Field {
    Bytes(String, u64),
    Percent(&'static str, f64),
    Database(usize, u64),
}

fn fields(ctx: &Ctx<'_>) -> Vec<Field> {
    let memory = ctx.host.memory();
    let peak = ctx.host.stats().peak_memory.load(Ordering::Relaxed).max(memory.total);
    let bytes = |name: &str, n: u64| Field::Bytes(name.to_owned(), n);
    let mut fields = vec![
        bytes("peak.allocated", peak),
        bytes("total.allocated", memory.total),
        bytes("startup.allocated", memory.startup),
        bytes("replication.backlog", 0),
        bytes("clients.slaves", 0),
        bytes("clients.normal", memory.clients),
        bytes("cluster.links", 0),
        bytes("aof.buffer", memory.aof_buffer),
        bytes("lua.caches", 0),
        bytes("functions.caches", 0),
    ];
    let mut overhead = memory.startup + memory.clients + memory.aof_buffer;
    let mut keys = 0;
    for db in 0..ctx.databases() {
        let (here, _) = ctx.view().count(db);
        if here > 0 {
            let table = ctx.view().overhead(db) as u64;
            fields.push(Field::Database(db, table));
            overhead += table;
            keys += here as u64;
        }
    }
    let dataset = memory.total.saturating_sub(overhead);
    let net = memory.total.saturating_sub(memory.startup);
    fields.extend([
        bytes("overhead.total", memory.total.saturating_sub(dataset)),
        bytes("keys.count", keys),
        bytes("keys.bytes-per-key", net.checked_div(keys).unwrap_or(0)),
        bytes("dataset.bytes", dataset),
        Field::Percent("dataset.percentage", percent(dataset, net)),
        Field::Percent("peak.percentage", percent(memory.total, peak)),
    ]);
    fields
}

fn stats(ctx: &mut Ctx<'_>, _: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let fields = fields(ctx);
    let int = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
    out.map(fields.len());
    for field in fields {
        match field {
            Field::Bytes(name, n) => {
                out.bulk(name.as_bytes());
                out.int(int(n));
            }
            Field::Percent(name, value) => {
                out.bulk(name.as_bytes());
                out.double(value);
            }
            Field::Database(db, table) => {
                out.bulk(format!("db.{db}").as_bytes());
                out.map(2);
                out.bulk(b"overhead.hashtable.main");
                out.int(int(table));
                // Expiry times are kept with their keys.
                out.bulk(b"overhead.hashtable.expires");
                out.int(0);
            }
        }
    }
    Ok(Effect::None)
}

/// What is noteworthy about the memory, in sentences.
fn findings(memory: &MemoryUse, peak: u64) -> Vec<String> {
    let mut found = Vec::new();
    let total = memory.total.max(1);
    if peak / 2 > total {
        found.push(format!(
            "Peak: there were {} in use once, more than twice what is in use now ({}). The allocator may still \
             hold the difference; MEMORY PURGE asks it to give free memory back.",
            num::human_bytes(peak),
            num::human_bytes(total),
        ));
    }
    if memory.clients > total / 4 {
        found.push(format!(
            "Clients: {} go to clients, more than a quarter of everything. Free clients that are not used.",
            num::human_bytes(memory.clients),
        ));
    }
    if memory.aof_buffer > total / 4 {
        found.push(format!(
            "Append-only file: {} wait to be written. The disk does not keep up with the writes.",
            num::human_bytes(memory.aof_buffer),
        ));
    }
    found
}

fn doctor(ctx: &mut Ctx<'_>, _: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let memory = ctx.host.memory();
    let peak = ctx.host.stats().peak_memory.load(Ordering::Relaxed).max(memory.total);
    let found = findings(&memory, peak);
    let text = if memory.total < SMALL_BYTES && peak < SMALL_BYTES {
        "The database is empty or very small: there is nothing to diagnose.\n".to_owned()
    } else if found.is_empty() {
        "No trouble found.\n".to_owned()
    } else {
        found.into_iter().map(|finding| format!(" * {finding}\n")).collect()
    };
    out.verbatim(b"txt", text.as_bytes());
    Ok(Effect::None)
}

fn malloc_stats(_: &mut Ctx<'_>, _: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    out.bulk(b"Stats not supported for the current allocator");
    Ok(Effect::None)
}

fn purge(ctx: &mut Ctx<'_>, _: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    ctx.host.purge();
    out.status("OK");
    Ok(Effect::None)
}

fn show_help(_: &mut Ctx<'_>, _: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    help(
        out,
        "MEMORY",
        &[
            ("DOCTOR", &["Look for trouble with memory."]),
            ("MALLOC-STATS", &["Answer what the allocator tells of itself."]),
            ("PURGE", &["Give free memory back to the system."]),
            ("STATS", &["Answer what memory goes to."]),
            (
                "USAGE <key> [SAMPLES <count>]",
                &[
                    "Answer how many bytes a key costs. Of a large value <count> elements",
                    "are looked at (default 5, 0 means all).",
                ],
            ),
        ],
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_doctor_finds_what_is_there() {
        let healthy = MemoryUse { total: 100 << 20, ..MemoryUse::default() };
        assert!(findings(&healthy, 150 << 20).is_empty());
        let shrunk = findings(&healthy, 300 << 20);
        assert!(shrunk.len() == 1 && shrunk[0].starts_with("Peak: "), "{shrunk:?}");
        let busy = MemoryUse { clients: 60 << 20, aof_buffer: 30 << 20, ..healthy };
        assert_eq!(findings(&busy, 100 << 20).len(), 2);
    }
}
