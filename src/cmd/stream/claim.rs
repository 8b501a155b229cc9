//! XCLAIM and XAUTOCLAIM: pending entries change hands.

use std::collections::BTreeMap;

use super::{length, no_key_or_group, parse_id, parse_start, put_entry, put_id};
use crate::base::num;
use crate::cmd::args::Args;
use crate::cmd::ctx::Ctx;
use crate::cmd::effect::{CmdResult, Command, Effect, copied};
use crate::cmd::error::{CmdError, quotable};
use crate::cmd::event::Class;
use crate::cmd::spec::{CommandSpec, DELETE, FAST, Group, KeySpec, RW, UPDATE, WRITE};
use crate::reply::sink::ReplySink;
use crate::types::stream::{ConsumerId, GroupMut, Id, Log, Pending, Stream};

/// Rows of the command table.
pub(super) const SPECS: &[CommandSpec] = &[
    CommandSpec::new("xclaim", xclaim)
        .arity_at_least(6)
        .flags(WRITE | FAST)
        .keys(&[KeySpec::one(1, RW | UPDATE)])
        .group(Group::Stream)
        .tips(&["nondeterministic_output"])
        .since("5.0.0")
        .summary("Makes a consumer the owner of pending entries.", "O(log N) for each entry")
        .syntax(
            "key group consumer min-idle-time id [id ...] [IDLE ms:integer] \
             [TIME unix-time-milliseconds] [RETRYCOUNT count] [force=FORCE] [justid=JUSTID] [LASTID id]",
        ),
    CommandSpec::new("xautoclaim", xautoclaim)
        .arity_at_least(6)
        .flags(WRITE | FAST)
        .keys(&[KeySpec::one(1, RW | DELETE)])
        .group(Group::Stream)
        .tips(&["nondeterministic_output"])
        .since("6.2.0")
        .summary("Makes a consumer the owner of entries that are pending for long.", "O(log N + M) for M entries looked at")
        .syntax("key group consumer min-idle-time start:string [COUNT count] [justid=JUSTID]")
        .history(&[(
            "7.0.0",
            "Added an element to the reply array, containing deleted entries the command cleared from the PEL",
        )]),
];

/// IDs in one journaled command.
const IDS_A_COMMAND: usize = 1000;
/// What XAUTOCLAIM claims at most if COUNT does not say.
const AUTO_COUNT: u64 = 100;
/// How many entries XAUTOCLAIM looks at for each that it may claim.
const AUTO_ATTEMPTS: u64 = 10;
/// The largest COUNT of XAUTOCLAIM.
const AUTO_MAX: u64 = i64::MAX as u64 / 16;

/// An entry that changed hands, with how often it was delivered by then.
#[derive(Debug, Clone, Copy)]
pub(super) struct Claimed {
    /// The entry.
    pub(super) id: Id,
    /// Deliveries.
    pub(super) count: u64,
}

/// The commands that give these entries to a consumer, delivered at `time`. They exist, and pending or not they
/// are its own then.
pub(super) fn claim_commands(
    key: &[u8],
    group: &[u8],
    consumer: &[u8],
    time: i64,
    claimed: &[Claimed],
) -> Vec<Command> {
    let mut by_count: BTreeMap<u64, Vec<Id>> = BTreeMap::new();
    for Claimed { id, count } in claimed {
        by_count.entry(*count).or_default().push(*id);
    }
    let mut commands = Vec::new();
    for (count, ids) in by_count {
        for ids in ids.chunks(IDS_A_COMMAND) {
            let mut words =
                vec![b"XCLAIM".to_vec(), copied(key), copied(group), copied(consumer), b"0".to_vec()];
            words.extend(ids.iter().map(|id| id.text().to_vec()));
            let (mut at, mut times) = (Vec::new(), Vec::new());
            num::push_i64(&mut at, time);
            num::push_i64(&mut times, count.cast_signed());
            words.extend([b"TIME".to_vec(), at, b"RETRYCOUNT".to_vec(), times]);
            words.extend([b"FORCE".to_vec(), b"JUSTID".to_vec()]);
            commands.push(words);
        }
    }
    commands
}

/// The command that acknowledges entries that are not there any more.
fn forget_command(key: &[u8], group: &[u8], ids: &[Id]) -> Command {
    let mut words = vec![b"XACK".to_vec(), copied(key), copied(group)];
    words.extend(ids.iter().map(|id| id.text().to_vec()));
    words
}

/// Answers claimed entries, or their IDs alone.
fn put_claimed(out: &mut dyn ReplySink, log: &Log, claimed: &[Claimed], ids_only: bool) {
    out.array(claimed.len());
    for Claimed { id, .. } in claimed {
        match log.get(*id).filter(|_| !ids_only) {
            Some(entry) => put_entry(out, &entry),
            None => put_id(out, *id),
        }
    }
}

/// Who claims, and what becomes of the claimed.
struct Claimer<'a> {
    name: &'a [u8],
    now: i64,
    min_idle: i64,
    /// When the entries count as delivered.
    time: i64,
    count: Option<u64>,
    ids_only: bool,
    /// The consumer, once something was claimed.
    consumer: Option<ConsumerId>,
    created: bool,
    claimed: Vec<Claimed>,
}

impl<'a> Claimer<'a> {
    fn new(name: &'a [u8], now: i64, min_idle: i64) -> Self {
        Self {
            name,
            now,
            min_idle,
            time: now,
            count: None,
            ids_only: false,
            consumer: None,
            created: false,
            claimed: Vec::new(),
        }
    }

    /// Whether an entry waited long enough.
    fn may_have(&self, pending: Pending) -> bool {
        self.min_idle == 0 || self.now.saturating_sub(pending.time) >= self.min_idle
    }

    /// Takes an entry that was delivered `before` times.
    fn take(&mut self, group: &mut GroupMut<'_>, id: Id, before: u64) {
        let consumer = match self.consumer {
            Some(consumer) => consumer,
            None => {
                let found = group.find(self.name);
                self.created = found.is_none();
                let consumer = found.unwrap_or_else(|| group.add_consumer(self.name, self.now));
                group.seen(consumer, self.now);
                consumer
            }
        };
        self.consumer = Some(consumer);
        let count = self.count.unwrap_or(if self.ids_only { before } else { before.wrapping_add(1) });
        group.hand_over(id, Pending { time: self.time, count, consumer });
        self.claimed.push(Claimed { id, count });
    }
}

/// The minimum of idle milliseconds.
fn min_idle(word: &[u8], error: &'static str) -> Result<i64, CmdError> {
    Ok(num::parse_i64(word).ok_or(CmdError::Text(error))?.max(0))
}

/// What XCLAIM's options say.
#[derive(Debug, Default)]
struct Options {
    idle: Option<i64>,
    time: Option<i64>,
    count: Option<u64>,
    force: bool,
    ids_only: bool,
    last: Id,
}

impl Options {
    fn parse(mut args: Args<'_>) -> Result<Self, CmdError> {
        let mut options = Self::default();
        let int = |word: &[u8], error| num::parse_i64(word).ok_or(CmdError::Text(error));
        while !args.is_empty() {
            let more = args.left() > 1;
            if args.eat("FORCE") {
                options.force = true;
            } else if args.eat("JUSTID") {
                options.ids_only = true;
            } else if more && args.eat("IDLE") {
                options.idle = Some(int(args.next(), "ERR Invalid IDLE option argument for XCLAIM")?);
                options.time = None;
            } else if more && args.eat("TIME") {
                options.time = Some(int(args.next(), "ERR Invalid TIME option argument for XCLAIM")?);
                options.idle = None;
            } else if more && args.eat("RETRYCOUNT") {
                let n = int(args.next(), "ERR Invalid RETRYCOUNT option argument for XCLAIM")?;
                options.count = u64::try_from(n).ok();
            } else if more && args.eat("LASTID") {
                options.last = parse_id(args.next(), 0)?;
            } else {
                let shown = quotable(args.next());
                return Err(CmdError::Bytes([b"ERR Unrecognized XCLAIM option '", shown, b"'"].concat()));
            }
        }
        Ok(options)
    }

    /// When the claimed entries count as delivered: not before 1970, and not in the future unless a file says so.
    fn delivered(&self, now: i64, replaying: bool) -> i64 {
        let time = match (self.idle, self.time) {
            (Some(idle), _) => now.wrapping_sub(idle),
            (None, time) => time.unwrap_or(now),
        };
        if time < 0 || time > now && !replaying { now } else { time }
    }
}

fn xclaim(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let (key, name, consumer, idle) = (args.next(), args.next(), args.next(), args.next());
    let missing = || no_key_or_group(key, name, b"");
    let last =
        ctx.read::<Stream>(key)?.and_then(|stream| stream.groups().get(name)).map(|group| group.last_id);
    let last = last.ok_or_else(missing)?;
    let min_idle = min_idle(idle, "ERR Invalid min-idle-time argument for XCLAIM")?;
    let mut ids = Vec::new();
    while let Some(id) = args.peek().and_then(|word| Id::parse(word, 0)) {
        ids.push(id);
        args.next();
    }
    let options = Options::parse(args)?;
    let now = ctx.now();
    let mut claimer = Claimer::new(consumer, now, min_idle);
    claimer.time = options.delivered(now, ctx.session.replaying);
    (claimer.count, claimer.ids_only) = (options.count, options.ids_only);
    let mut stream = ctx.write::<Stream>(key)?.ok_or_else(missing)?;
    let (log, mut group) = stream.with_group(name).ok_or_else(missing)?;
    group.last_id = last.max(options.last);
    let mut gone = Vec::new();
    for id in ids {
        let pending = group.pending(id);
        if !log.contains(id) {
            if group.settle(id) {
                gone.push(id);
            }
            continue;
        }
        match pending {
            Some(pending) if claimer.may_have(pending) => claimer.take(&mut group, id, pending.count),
            None if options.force => claimer.take(&mut group, id, 1),
            _ => {}
        }
    }
    let moved = options.last > last;
    drop(group);
    put_claimed(out, log, &claimer.claimed, claimer.ids_only);
    drop(stream);
    let changes = claimer.claimed.len() + gone.len() + usize::from(claimer.created) + usize::from(moved);
    if changes == 0 {
        return Ok(Effect::None);
    }
    ctx.quieten();
    if claimer.created {
        ctx.event(Class::STREAM, "xgroup-createconsumer", key);
    }
    Ok(ctx.rewritten_as(changes as u64, || {
        let mut commands = claim_commands(key, name, consumer, claimer.time, &claimer.claimed);
        if !gone.is_empty() {
            commands.push(forget_command(key, name, &gone));
        }
        if moved {
            commands.push(move_command(key, name, consumer, options.last));
        }
        commands
    }))
}

/// The command that moves a group on to an ID and claims nothing: no entry has the ID 0-0.
fn move_command(key: &[u8], group: &[u8], consumer: &[u8], last: Id) -> Command {
    let words: [&[u8]; 8] = [b"XCLAIM", key, group, consumer, b"0", b"0-0", b"LASTID", &last.text()];
    words.iter().map(|word| copied(word)).collect()
}

fn xautoclaim(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let (key, name, consumer, idle, start) =
        (args.next(), args.next(), args.next(), args.next(), args.next());
    ctx.event_if_absent(key);
    let min_idle = min_idle(idle, "ERR Invalid min-idle-time argument for XAUTOCLAIM")?;
    let start = parse_start(start)?;
    let (mut left, mut ids_only) = (AUTO_COUNT, false);
    while !args.is_empty() {
        if args.left() > 1 && args.eat("COUNT") {
            let n = num::parse_i64(args.next()).and_then(|n| u64::try_from(n).ok());
            let n = n.filter(|n| (1..=AUTO_MAX).contains(n));
            left = n.ok_or(CmdError::Text("ERR COUNT must be > 0"))?;
        } else if args.eat("JUSTID") {
            ids_only = true;
        } else {
            return Err(CmdError::Syntax);
        }
    }
    let mut claimer = Claimer::new(consumer, ctx.now(), min_idle);
    claimer.ids_only = ids_only;
    let missing = || no_key_or_group(key, name, b"");
    let mut stream = ctx.write::<Stream>(key)?.ok_or_else(missing)?;
    let (log, mut group) = stream.with_group(name).ok_or_else(missing)?;
    let attempts = length(left.saturating_mul(AUTO_ATTEMPTS));
    // What is looked at is settled first, because claiming changes it; the first one not looked at is the cursor.
    let mut plan: Vec<(Id, Option<u64>)> = Vec::new();
    let mut cursor = Id::MIN;
    for (looked_at, (id, pending)) in group.pending_range(start, Id::MAX).enumerate() {
        if looked_at == attempts || left == 0 {
            cursor = id;
            break;
        }
        if !log.contains(id) {
            plan.push((id, None));
            left -= 1;
        } else if claimer.may_have(pending) {
            plan.push((id, Some(pending.count)));
            left -= 1;
        }
    }
    let mut gone = Vec::new();
    for (id, count) in plan {
        match count {
            Some(count) => claimer.take(&mut group, id, count),
            None => {
                group.settle(id);
                gone.push(id);
            }
        }
    }
    drop(group);
    out.array(3);
    put_id(out, cursor);
    put_claimed(out, log, &claimer.claimed, ids_only);
    out.array(gone.len());
    gone.iter().for_each(|id| put_id(out, *id));
    drop(stream);
    let changes = claimer.claimed.len() + gone.len() + usize::from(claimer.created);
    if changes == 0 {
        return Ok(Effect::None);
    }
    ctx.quieten();
    if claimer.created {
        ctx.event(Class::STREAM, "xgroup-createconsumer", key);
    }
    Ok(ctx.rewritten_as(changes as u64, || {
        let mut commands = claim_commands(key, name, consumer, claimer.time, &claimer.claimed);
        if !gone.is_empty() {
            commands.push(forget_command(key, name, &gone));
        }
        commands
    }))
}
