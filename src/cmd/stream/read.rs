//! XREAD and XREADGROUP. A call that would wait answers at once that there is nothing.

use smallvec::SmallVec;

use super::claim::{Claimed, claim_commands};
use super::{length, no_key_or_group, parse_id, put_entry, put_id};
use crate::base::num;
use crate::cmd::args::Args;
use crate::cmd::ctx::Ctx;
use crate::cmd::effect::{CmdResult, Command, Effect, copied};
use crate::cmd::error::CmdError;
use crate::cmd::event::Class;
use crate::cmd::keys::KeyAt;
use crate::cmd::spec::{
    ACCESS, BLOCKING, CommandSpec, Find, Group, KeySpec, MOVABLEKEYS, READONLY, RO, WRITE,
};
use crate::cmd::waiting::{Nothing, Waiting, Wants, command};
use crate::reply::sink::{Protocol, ReplySink};
use crate::types::stream::{Id, Log, Pending, Stream};

const KEYS: Find = Find::Range { last: -1, step: 1, limit: 2 };

/// Rows of the command table.
pub(super) const SPECS: &[CommandSpec] = &[
    CommandSpec::new("xread", xread)
        .arity_at_least(4)
        .flags(READONLY | BLOCKING | MOVABLEKEYS)
        .keys(&[KeySpec::keyword("STREAMS", 1, KEYS, RO | ACCESS)])
        .find_keys(keys_of)
        .group(Group::Stream)
        .since("5.0.0")
        .summary(
            "Returns the entries behind an ID, of each of several streams.",
            "O(log N + M) for M entries returned",
        )
        .syntax("[COUNT count] [BLOCK milliseconds] (streams=STREAMS key ... id ...)"),
    CommandSpec::new("xreadgroup", xreadgroup)
        .arity_at_least(7)
        .flags(WRITE | BLOCKING | MOVABLEKEYS)
        .keys(&[KeySpec::keyword("STREAMS", 4, KEYS, RO | ACCESS)])
        .find_keys(keys_of)
        .group(Group::Stream)
        .since("5.0.0")
        .summary(
            "Gives a consumer entries that nobody of its group was given, or those that it has pending.",
            "O(M log N) for M entries returned",
        )
        .syntax(
            "(group_consumer=GROUP group consumer) [COUNT count] [BLOCK milliseconds] [NOACK] \
             (streams=STREAMS key ... id ...)",
        ),
];

/// The keys of a call. A consumer may be named STREAMS, so that looking for the word does not do.
fn keys_of(argv: &[&[u8]]) -> Option<SmallVec<[KeyAt; 8]>> {
    let mut at = 1;
    loop {
        let is = |word: &str| argv.get(at).is_some_and(|arg| arg.eq_ignore_ascii_case(word.as_bytes()));
        at += match () {
            () if is("STREAMS") => break,
            () if is("BLOCK") || is("COUNT") => 2,
            () if is("GROUP") => 3,
            () if is("NOACK") => 1,
            () => return None,
        };
    }
    let words = argv.len() - (at + 1);
    if words == 0 || words % 2 == 1 {
        return None;
    }
    Some((at + 1..at + 1 + words / 2).map(|key| (key, RO | ACCESS)).collect())
}

/// What is asked of a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Start {
    /// Entries behind an ID.
    Behind(Id),
    /// `>`: those that the group was not given.
    New,
}

/// A parsed call.
struct Request<'a> {
    /// The group and the consumer.
    reader: Option<(&'a [u8], &'a [u8])>,
    limit: u64,
    no_ack: bool,
    /// BLOCK.
    block: Option<i64>,
    keys: &'a [&'a [u8]],
    ids: &'a [&'a [u8]],
}

impl<'a> Request<'a> {
    fn parse(mut args: Args<'a>, in_group: bool) -> Result<Self, CmdError> {
        let mut request =
            Self { reader: None, limit: u64::MAX, no_ack: false, block: None, keys: &[], ids: &[] };
        let text = |text| Err(CmdError::Text(text));
        loop {
            let more = args.left();
            if more > 1 && args.eat("BLOCK") {
                let bad = CmdError::Text("ERR timeout is not an integer or out of range");
                let ms = num::parse_i64(args.next()).ok_or(bad)?;
                if ms < 0 {
                    return text("ERR timeout is negative");
                }
                request.block = Some(ms);
            } else if more > 1 && args.eat("COUNT") {
                let n = num::parse_i64(args.next()).ok_or(CmdError::NotInteger)?;
                request.limit = u64::try_from(n).ok().filter(|n| *n > 0).unwrap_or(u64::MAX);
            } else if more > 1 && args.eat("STREAMS") {
                break;
            } else if more > 2 && args.eat("GROUP") {
                if !in_group {
                    return text(
                        "ERR The GROUP option is only supported by XREADGROUP. You called XREAD instead.",
                    );
                }
                request.reader = Some((args.next(), args.next()));
            } else if more > 1 && args.eat("NOACK") {
                if !in_group {
                    return text(
                        "ERR The NOACK option is only supported by XREADGROUP. You called XREAD instead.",
                    );
                }
                request.no_ack = true;
            } else {
                return Err(CmdError::Syntax);
            }
        }
        let rest = args.rest();
        if rest.len() % 2 == 1 {
            return text(
                "ERR Unbalanced XREAD list of streams: for each stream key an ID or '$' must be specified.",
            );
        }
        if in_group && request.reader.is_none() {
            return text("ERR Missing GROUP option for XREADGROUP");
        }
        (request.keys, request.ids) = rest.split_at(rest.len() / 2);
        Ok(request)
    }

    /// Where to begin in each stream. That the groups are there is checked here, too: which error comes first
    /// depends on the order of the streams.
    fn starts(&self, ctx: &mut Ctx<'_>) -> Result<Vec<Start>, CmdError> {
        let mut starts = Vec::with_capacity(self.keys.len());
        for (key, id) in self.keys.iter().zip(self.ids) {
            let stream = ctx.read::<Stream>(key)?;
            if let Some((group, _)) = self.reader
                && stream.is_none_or(|stream| stream.groups().get(group).is_none())
            {
                return Err(no_key_or_group(key, group, b" in XREADGROUP with GROUP option"));
            }
            starts.push(match (*id, self.reader.is_some()) {
                (b"$", true) => {
                    return Err(CmdError::Text(
                        "ERR The $ ID is meaningless in the context of XREADGROUP: you want to read the history of \
                         this consumer by specifying a proper ID, or use the > ID to get new messages. The $ ID would \
                         just return an empty result set.",
                    ));
                }
                (b"$", false) => Start::Behind(stream.map_or(Id::MIN, |stream| stream.log().last_id)),
                (b">", true) => Start::New,
                // Redis's own mark of the same.
                (id, true) if Id::parse(id, 0) == Some(Id::MAX) => Start::New,
                (b">", false) => {
                    return Err(CmdError::Text(
                        "ERR The > ID can be specified only when calling XREADGROUP using the GROUP <group> <consumer> \
                         option.",
                    ));
                }
                (id, _) => Start::Behind(parse_id(id, 0)?),
            });
        }
        Ok(starts)
    }
}

impl Request<'_> {
    /// Nothing to read: waits for something if BLOCK says so, each stream from where it was now.
    fn wait(&self, ctx: &mut Ctx<'_>, starts: &[Start], wants: Wants, out: &mut dyn ReplySink) -> CmdResult {
        let Some(timeout) = self.block else {
            out.null_array();
            return Ok(Effect::None);
        };
        let again = |at: usize| {
            let mut words: Vec<&[u8]> = Vec::new();
            match self.reader {
                Some((group, consumer)) => words.extend([&b"XREADGROUP"[..], b"GROUP", group, consumer]),
                None => words.push(b"XREAD"),
            }
            let mut count = Vec::new();
            if let Ok(limit) = i64::try_from(self.limit) {
                num::push_i64(&mut count, limit);
                words.extend([&b"COUNT"[..], &count]);
            }
            words.extend([&b"BLOCK"[..], b"0"]);
            if self.no_ack {
                words.push(b"NOACK");
            }
            let id = match starts.get(at) {
                Some(Start::Behind(id)) => id.text().to_vec(),
                _ => b">".to_vec(),
            };
            words.extend([&b"STREAMS"[..], self.keys[at], &id]);
            command(&words)
        };
        let keys = || {
            let mut keys: Vec<(Vec<u8>, Command)> = Vec::new();
            for at in 0..self.keys.len() {
                if !keys.iter().any(|(key, _)| key == self.keys[at]) {
                    keys.push((self.keys[at].to_vec(), again(at)));
                }
            }
            keys
        };
        ctx.wait(out, |out| Waiting::new(wants, timeout, keys(), out), Nothing::Array)
    }
}

/// Whether a stream has an entry behind an ID.
fn has_behind(log: &Log, id: Id) -> bool {
    log.last_id > id && log.last().is_some_and(|last| last.id > id)
}

/// Announces the replies of `n` streams.
fn put_streams(out: &mut dyn ReplySink, n: usize) {
    match out.shapes() {
        Protocol::Resp2 => out.array(n),
        Protocol::Resp3 => out.map(n),
    }
}

/// Announces the reply of one stream.
fn put_stream(out: &mut dyn ReplySink, key: &[u8]) {
    if out.shapes() == Protocol::Resp2 {
        out.array(2);
    }
    out.bulk(key);
}

/// Answers the entries between two IDs.
fn put_range(out: &mut dyn ReplySink, log: &Log, from: Id, to: Id, limit: u64) {
    let entries = log.range(from, to);
    let count = length(entries.count_up_to(limit));
    out.array(count);
    entries.take(count).for_each(|entry| put_entry(out, &entry));
}

fn xread(ctx: &mut Ctx<'_>, args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let request = Request::parse(args, false)?;
    let starts = request.starts(ctx)?;
    let streams = ctx.read_all::<Stream>(request.keys)?;
    let found = || {
        let all = request.keys.iter().zip(&streams).zip(&starts);
        all.filter_map(|((key, stream), start)| match (stream, start) {
            (Some(stream), Start::Behind(id)) if has_behind(stream.log(), *id) => {
                Some((*key, stream.log(), *id))
            }
            _ => None,
        })
    };
    let count = found().count();
    if count == 0 {
        drop(streams);
        return request.wait(ctx, &starts, Wants::Stream, out);
    }
    put_streams(out, count);
    for (key, log, id) in found() {
        put_stream(out, key);
        put_range(out, log, id.next().unwrap_or(Id::MAX), Id::MAX, request.limit);
    }
    Ok(Effect::None)
}

/// What a consumer is given of one stream.
struct Served {
    /// Which key of the call.
    at: usize,
    /// The consumer is new.
    new_consumer: bool,
    what: Given,
}

/// See [`Served`].
enum Given {
    /// New entries: the first and the last ID, and the group's number of entries read then.
    New { first: Id, last: Id, read: Option<i64>, ids: Vec<Claimed> },
    /// Entries that it had pending, deleted ones among them.
    History(Vec<(Claimed, bool)>),
}

/// How a stream is read by a consumer.
struct Reading<'a> {
    group: &'a [u8],
    consumer: &'a [u8],
    limit: u64,
    no_ack: bool,
    now: i64,
    /// Whether the IDs of new entries are wanted, for the journal.
    wants_ids: bool,
}

impl Reading<'_> {
    /// Gives the consumer what there is; `None` if there is nothing.
    fn serve(&self, stream: &mut Stream, start: Start) -> Option<(bool, Given)> {
        let (log, mut group) = stream.with_group(self.group)?;
        if start == Start::New && !has_behind(log, group.last_id) {
            return None;
        }
        let found = group.find(self.consumer);
        let consumer = found.unwrap_or_else(|| group.add_consumer(self.consumer, self.now));
        group.seen(consumer, self.now);
        let given = match start {
            Start::New => {
                let first = group.last_id.next()?;
                let (mut last, mut ids) = (group.last_id, Vec::new());
                for entry in log.range(first, Id::MAX).take(length(self.limit)) {
                    last = entry.id;
                    group.advance(log, last);
                    if !self.no_ack {
                        group.hand_over(last, Pending { time: self.now, count: 1, consumer });
                        if self.wants_ids {
                            ids.push(Claimed { id: last, count: 1 });
                        }
                    }
                }
                Given::New { first, last, read: group.read, ids }
            }
            Start::Behind(id) => {
                let from = id.next();
                let own = from.into_iter().flat_map(|from| group.pending_of(consumer, from, Id::MAX));
                let own: Vec<(Id, Pending)> = own.take(length(self.limit)).collect();
                let mut history = Vec::with_capacity(own.len());
                for (id, before) in own {
                    let there = log.contains(id);
                    let count = before.count.wrapping_add(u64::from(there));
                    if there {
                        group.hand_over(id, Pending { time: self.now, count, consumer });
                    }
                    history.push((Claimed { id, count }, there));
                }
                Given::History(history)
            }
        };
        Some((found.is_none(), given))
    }

    /// The commands that replay what a stream served.
    fn commands(&self, key: &[u8], served: &Served) -> Vec<Command> {
        let word = |text: &str| text.as_bytes().to_vec();
        let mut commands = Vec::new();
        if served.new_consumer {
            let names = [copied(key), copied(self.group), copied(self.consumer)];
            commands.push([word("XGROUP"), word("CREATECONSUMER")].into_iter().chain(names).collect());
        }
        let claims = |claimed| claim_commands(key, self.group, self.consumer, self.now, claimed);
        match &served.what {
            Given::New { last, read, ids, .. } => {
                commands.extend(claims(ids));
                let mut count = Vec::new();
                num::push_i64(&mut count, read.unwrap_or(-1));
                let place =
                    [copied(key), copied(self.group), last.text().to_vec(), word("ENTRIESREAD"), count];
                commands.push([word("XGROUP"), word("SETID")].into_iter().chain(place).collect());
            }
            Given::History(history) => {
                let there: Vec<Claimed> = history.iter().filter(|h| h.1).map(|h| h.0).collect();
                commands.extend(claims(&there));
            }
        }
        commands
    }
}

/// Applies first, then replies: a key that is named twice is served by what the first time left.
fn xreadgroup(ctx: &mut Ctx<'_>, args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let request = Request::parse(args, true)?;
    let starts = request.starts(ctx)?;
    let (group, consumer) = request.reader.unwrap_or_default();
    let reading = Reading {
        group,
        consumer,
        limit: request.limit,
        no_ack: request.no_ack,
        now: ctx.now(),
        wants_ids: ctx.host.journaling() && !ctx.session.replaying,
    };
    let mut served = Vec::new();
    for (at, start) in starts.iter().copied().enumerate() {
        let Some(mut stream) = ctx.write::<Stream>(request.keys[at])? else { continue };
        if let Some((new_consumer, what)) = reading.serve(&mut stream, start) {
            served.push(Served { at, new_consumer, what });
        }
    }
    if served.is_empty() {
        return request.wait(ctx, &starts, Wants::Group, out);
    }
    put_streams(out, served.len());
    let streams = ctx.read_all::<Stream>(request.keys)?;
    for one in &served {
        put_stream(out, request.keys[one.at]);
        let Some(stream) = streams[one.at] else { continue };
        match &one.what {
            Given::New { first, last, .. } => put_range(out, stream.log(), *first, *last, u64::MAX),
            Given::History(history) => {
                out.array(history.len());
                for (Claimed { id, .. }, _) in history {
                    match stream.log().get(*id) {
                        Some(entry) => put_entry(out, &entry),
                        None => {
                            out.array(2);
                            put_id(out, *id);
                            out.null_array();
                        }
                    }
                }
            }
        }
    }
    drop(streams);
    ctx.quieten();
    for one in served.iter().filter(|one| one.new_consumer) {
        ctx.event(Class::STREAM, "xgroup-createconsumer", request.keys[one.at]);
    }
    Ok(ctx.rewritten_as(served.len() as u64, || {
        served.iter().flat_map(|one| reading.commands(request.keys[one.at], one)).collect()
    }))
}
