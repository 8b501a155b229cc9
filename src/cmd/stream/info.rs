//! XINFO: what there is to know of a stream, its groups and their consumers.

use super::{length, no_group, put_entry, put_id};
use crate::base::num;
use crate::cmd::args::Args;
use crate::cmd::ctx::Ctx;
use crate::cmd::effect::{CmdResult, Effect};
use crate::cmd::error::CmdError;
use crate::cmd::spec::{ACCESS, CommandSpec, Group, KeySpec, LOADING, READONLY, RO, STALE};
use crate::reply::sink::ReplySink;
use crate::types::stream::{self, Id, Log, Stream};

const KEY: &[KeySpec] = &[KeySpec::one(2, RO | ACCESS)];

/// Rows of the command table.
pub(super) const SPECS: &[CommandSpec] = &[CommandSpec::new("xinfo", xinfo)
    .arity_at_least(2)
    .group(Group::Stream)
    .since("5.0.0")
    .summary("Commands that look at streams.", "Depends on the subcommand.")
    .subcommands(&[
        CommandSpec::new("consumers", consumers)
            .arity(4)
            .flags(READONLY)
            .keys(KEY)
            .group(Group::Stream)
            .tips(&["nondeterministic_output"])
            .since("5.0.0")
            .summary("Returns the consumers of a group.", "O(N) for N consumers")
            .syntax("key groupname"),
        CommandSpec::new("groups", groups)
            .arity(3)
            .flags(READONLY)
            .keys(KEY)
            .group(Group::Stream)
            .since("5.0.0")
            .summary("Returns the consumer groups of a stream.", "O(N) for N groups")
            .syntax("key")
            .history(&[("7.0.0", "Added the `entries-read` and `lag` fields")]),
        CommandSpec::new("help", help)
            .arity(2)
            .flags(LOADING | STALE)
            .group(Group::Stream)
            .since("5.0.0")
            .summary("Describes the subcommands.", "O(1)"),
        CommandSpec::new("stream", stream)
            .arity_at_least(3)
            .flags(READONLY)
            .keys(KEY)
            .group(Group::Stream)
            .since("5.0.0")
            .summary("Returns facts about a stream.", "O(1), with FULL O(N) for N things returned")
            .syntax("key [FULL (full: [COUNT count])]")
            .history(&[
                ("6.0.0", "Added the `FULL` modifier."),
                (
                    "7.0.0",
                    "Added the `max-deleted-entry-id`, `entries-added`, `recorded-first-entry-id`, `entries-read` and \
                     `lag` fields",
                ),
            ]),
    ])];

const HELP: &[&str] = &[
    "XINFO <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
    "CONSUMERS <key> <groupname>",
    "    Show consumers of <groupname>.",
    "GROUPS <key>",
    "    Show the stream consumer groups.",
    "STREAM <key> [FULL [COUNT <count>]",
    "    Show information about the stream.",
    "HELP",
    "    Prints this help.",
];

/// How much of each list FULL shows if COUNT does not say.
const FULL_COUNT: u64 = 10;

fn xinfo(_: &mut Ctx<'_>, _: Args<'_>, _: &mut dyn ReplySink) -> CmdResult {
    Err(CmdError::Arity("xinfo".to_owned()))
}

fn help(_: &mut Ctx<'_>, _: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    out.array(HELP.len());
    HELP.iter().for_each(|line| out.status(line));
    Ok(Effect::None)
}

fn put_len(out: &mut dyn ReplySink, n: usize) {
    out.int(i64::try_from(n).unwrap_or(i64::MAX));
}

fn put_known(out: &mut dyn ReplySink, n: Option<i64>) {
    match n {
        Some(n) => out.int(n),
        None => out.null(),
    }
}

fn consumers(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let (key, name) = (args.next(), args.next());
    args.finish()?;
    let now = ctx.now();
    let stream = ctx.read::<Stream>(key)?.ok_or(CmdError::NoSuchKey)?;
    let group = stream.groups().get(name).ok_or_else(|| no_group(key, name))?;
    out.array(group.consumer_count());
    for (_, consumer) in group.consumers() {
        out.map(3);
        out.bulk(b"name");
        out.bulk(&consumer.name);
        out.bulk(b"pending");
        put_len(out, consumer.pending());
        out.bulk(b"idle");
        out.int(now.saturating_sub(consumer.seen).max(0));
    }
    Ok(Effect::None)
}

fn groups(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let key = args.next();
    args.finish()?;
    let stream = ctx.read::<Stream>(key)?.ok_or(CmdError::NoSuchKey)?;
    out.array(stream.groups().len());
    for (name, group) in stream.groups().iter() {
        out.map(6);
        out.bulk(b"name");
        out.bulk(name);
        out.bulk(b"consumers");
        put_len(out, group.consumer_count());
        out.bulk(b"pending");
        put_len(out, group.pending_len());
        put_progress(out, stream.log(), group);
    }
    Ok(Effect::None)
}

/// Three facts that both forms tell of a group.
fn put_progress(out: &mut dyn ReplySink, log: &Log, group: &stream::Group) {
    out.bulk(b"last-delivered-id");
    put_id(out, group.last_id);
    out.bulk(b"entries-read");
    put_known(out, group.read);
    out.bulk(b"lag");
    put_known(out, group.lag(log));
}

/// The COUNT of FULL, `None` without FULL.
fn full_count(words: &[&[u8]], name: &[u8]) -> Result<Option<u64>, CmdError> {
    match words {
        [] => Ok(None),
        [full] if full.eq_ignore_ascii_case(b"FULL") => Ok(Some(FULL_COUNT)),
        [full, word, n] if full.eq_ignore_ascii_case(b"FULL") && word.eq_ignore_ascii_case(b"COUNT") => {
            let n = num::parse_i64(n).ok_or(CmdError::NotInteger)?;
            Ok(Some(match u64::try_from(n) {
                Ok(0) => u64::MAX,
                Ok(n) => n,
                Err(_) => FULL_COUNT,
            }))
        }
        _ => Err(CmdError::subcommand("XINFO", name)),
    }
}

fn stream(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let name = args.argv().get(1).copied().unwrap_or_default();
    let key = args.next();
    let stream = ctx.read::<Stream>(key)?.ok_or(CmdError::NoSuchKey)?;
    let full = full_count(args.rest(), name)?;
    let log = stream.log();
    out.map(if full.is_some() { 9 } else { 10 });
    out.bulk(b"length");
    out.int(log.len().cast_signed());
    out.bulk(b"radix-tree-keys");
    put_len(out, log.node_count());
    out.bulk(b"radix-tree-nodes");
    put_len(out, log.radix_nodes());
    out.bulk(b"last-generated-id");
    put_id(out, log.last_id);
    out.bulk(b"max-deleted-entry-id");
    put_id(out, log.max_deleted);
    out.bulk(b"entries-added");
    out.int(log.added.cast_signed());
    out.bulk(b"recorded-first-entry-id");
    put_id(out, log.first_id().unwrap_or(Id::MIN));
    let Some(limit) = full else {
        out.bulk(b"groups");
        put_len(out, stream.groups().len());
        let ends =
            [(b"first-entry".as_slice(), log.range(Id::MIN, Id::MAX).next()), (b"last-entry", log.last())];
        for (name, entry) in ends {
            out.bulk(name);
            match entry {
                Some(entry) => put_entry(out, &entry),
                None => out.null(),
            }
        }
        return Ok(Effect::None);
    };
    out.bulk(b"entries");
    let entries = log.range(Id::MIN, Id::MAX);
    let count = length(entries.count_up_to(limit));
    out.array(count);
    entries.take(count).for_each(|entry| put_entry(out, &entry));
    out.bulk(b"groups");
    out.array(stream.groups().len());
    for (name, group) in stream.groups().iter() {
        put_group(out, log, name, group, length(limit));
    }
    Ok(Effect::None)
}

/// A group as FULL shows it.
fn put_group(out: &mut dyn ReplySink, log: &Log, name: &[u8], group: &stream::Group, limit: usize) {
    out.map(7);
    out.bulk(b"name");
    out.bulk(name);
    put_progress(out, log, group);
    out.bulk(b"pel-count");
    put_len(out, group.pending_len());
    out.bulk(b"pending");
    out.array(group.pending_len().min(limit));
    for (id, pending) in group.pending_range(Id::MIN, Id::MAX).take(limit) {
        out.array(4);
        put_id(out, id);
        out.bulk(group.name(pending.consumer));
        out.int(pending.time);
        out.int(pending.count.cast_signed());
    }
    out.bulk(b"consumers");
    out.array(group.consumer_count());
    for (id, consumer) in group.consumers() {
        out.map(4);
        out.bulk(b"name");
        out.bulk(&consumer.name);
        out.bulk(b"seen-time");
        out.int(consumer.seen);
        out.bulk(b"pel-count");
        put_len(out, consumer.pending());
        out.bulk(b"pending");
        out.array(consumer.pending().min(limit));
        for (id, pending) in group.pending_of(id, Id::MIN, Id::MAX).take(limit) {
            out.array(3);
            put_id(out, id);
            out.int(pending.time);
            out.int(pending.count.cast_signed());
        }
    }
}
