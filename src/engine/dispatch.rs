//! From an argument vector to a reply: find the row, check what can be checked without keys, lock what the row
//! says, run the handler, journal its effect while the locks are held, release, wait for the disk.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use smallvec::SmallVec;

use super::Engine;
use super::feed::Journal;
use super::transaction::arity_of_exec;
use crate::base::clock::monotonic_us;
use crate::base::error::{Error, ErrorKind, Result};
use crate::cmd::args::Args;
use crate::cmd::calls::Outcome;
use crate::cmd::connection::basic::NO_SUCH_DATABASE;
use crate::cmd::ctx::{Ctx, Leftovers, More};
use crate::cmd::effect::{Command, Effect, copied};
use crate::cmd::error::{CmdError, quotable};
use crate::cmd::event::Class;
use crate::cmd::pubsub::subscribe::refusal;
use crate::cmd::server::slowlog::Since;
use crate::cmd::session::{Card, ReplyMode, Session};
use crate::cmd::spec::{ADMIN, BLOCKING, CommandSpec, DENYOOM, FAST, NO_AUTH, Plan, READONLY, WRITE};
use crate::cmd::{self, keys, transaction};
use crate::keyspace::space::View;
use crate::pubsub::mailbox::{Message, Through};
use crate::reply::discard::{Discard, Muted};
use crate::reply::sink::{Block, ReplySink};

/// How many bytes of arguments the unknown-command error quotes.
const QUOTE_BYTES: usize = 128;

/// A row, and how many words name it.
#[derive(Clone, Copy)]
pub(super) struct Found {
    pub(super) spec: &'static CommandSpec,
    pub(super) container: Option<&'static CommandSpec>,
    pub(super) number: cmd::Number,
}

impl Found {
    pub(super) fn words(self) -> usize {
        1 + usize::from(self.container.is_some())
    }

    fn full_name(self) -> String {
        self.container.map_or_else(|| self.spec.name.to_owned(), |c| format!("{}|{}", c.name, self.spec.name))
    }
}

#[cold]
fn unknown_command(argv: &[&[u8]]) -> CmdError {
    let name = quotable(argv.first().copied().unwrap_or_default());
    let mut text = b"ERR unknown command '".to_vec();
    text.extend_from_slice(&name[..name.len().min(QUOTE_BYTES)]);
    text.extend_from_slice(b"', with args beginning with: ");
    let mut quoted = 0;
    for arg in argv.iter().skip(1) {
        if quoted >= QUOTE_BYTES {
            break;
        }
        let arg = quotable(arg);
        let shown = &arg[..arg.len().min(QUOTE_BYTES - quoted)];
        text.push(b'\'');
        text.extend_from_slice(shown);
        text.extend_from_slice(b"' ");
        quoted += shown.len() + 3;
    }
    CmdError::Bytes(text)
}

fn unknown_subcommand(container: &CommandSpec, name: &[u8]) -> CmdError {
    let name = quotable(name);
    let shown = &name[..name.len().min(QUOTE_BYTES)];
    let upper = container.name.to_ascii_uppercase();
    CmdError::Bytes([b"ERR unknown subcommand '", shown, b"'. Try ", upper.as_bytes(), b" HELP."].concat())
}

/// What a client that has not said the password may not do, or one that speaks RESP2 and listens to channels.
#[cold]
fn refuses(session: &mut Session, found: Found) -> Option<CmdError> {
    let error = if !session.known {
        if found.spec.has(NO_AUTH) {
            return None;
        }
        CmdError::Text("NOAUTH Authentication required.")
    } else if session.monitors {
        if !found.spec.has(WRITE | READONLY) {
            return None;
        }
        CmdError::Text("ERR Replica can't interact with the keyspace")
    } else {
        const ALLOWED: &[&str] = &[
            "ping",
            "quit",
            "reset",
            "subscribe",
            "unsubscribe",
            "psubscribe",
            "punsubscribe",
            "ssubscribe",
            "sunsubscribe",
        ];
        if found.container.is_none() && ALLOWED.contains(&found.spec.name) {
            return None;
        }
        refusal(&found.full_name())
    };
    if let Some(queue) = &mut session.queue {
        queue.refused = true;
    }
    Some(error)
}

/// The row of a call, whose number of words may be wrong.
#[inline(always)]
fn find(argv: &[&[u8]]) -> std::result::Result<Found, CmdError> {
    let name = argv.first().copied().unwrap_or_default();
    let Some((number, spec)) = cmd::find_numbered(name) else { return Err(unknown_command(argv)) };
    match argv.get(1) {
        Some(sub) if !spec.subcommands.is_empty() => find_sub(number, spec, sub),
        _ => Ok(Found { spec, container: None, number }),
    }
}

#[inline(always)]
pub(super) fn look_up(argv: &[&[u8]]) -> std::result::Result<Found, CmdError> {
    let found = find(argv)?;
    let count = argv.len();
    let arity = found.spec.arity.unsigned_abs() as usize;
    if if found.spec.arity >= 0 { count != arity } else { count < arity } {
        return Err(wrong_arity(found));
    }
    Ok(found)
}

#[inline(never)]
fn find_sub(
    number: cmd::Number,
    spec: &'static CommandSpec,
    sub: &[u8],
) -> std::result::Result<Found, CmdError> {
    let found = cmd::find_numbered_subcommand(number, spec, sub);
    let (number, row) = found.ok_or_else(|| unknown_subcommand(spec, sub))?;
    Ok(Found { spec: row, container: Some(spec), number })
}

/// Counts a call that was refused before it was looked at further; nothing if there is no such command.
#[cold]
#[inline(never)]
fn count_rejected(session: &mut Session, argv: &[&[u8]]) {
    if let Ok(found) = find(argv) {
        session.counters.rejected(&session.card, found.number);
    }
}

#[cold]
fn wrong_arity(found: Found) -> CmdError {
    CmdError::Arity(found.full_name())
}

impl Engine {
    /// Runs one command. Errors that the command answers go to `out`; an `Err` is a failure of the database
    /// itself. Answers the journal position to wait for, 0 for none. That no argument is too long is for the caller to
    /// check.
    pub(crate) fn execute(
        &self,
        session: &mut Session,
        argv: &[&[u8]],
        out: &mut dyn ReplySink,
    ) -> Result<u64> {
        if self.pause.is_on() && self.postpones(session, argv)? {
            return Ok(0);
        }
        self.count_call(session, 0);
        let done = if session.reply != ReplyMode::On && self.silence(session) {
            self.answer_nothing(session, argv, out)
        } else {
            self.answer(session, argv, out)
        };
        if session.tracking.is_some() {
            Self::after_call(session, argv, out);
        }
        done
    }

    #[cold]
    #[inline(never)]
    fn answer_nothing(&self, session: &mut Session, argv: &[&[u8]], out: &mut dyn ReplySink) -> Result<u64> {
        self.answer(session, argv, &mut Muted::new(out))
    }

    #[inline(always)]
    fn answer(&self, session: &mut Session, argv: &[&[u8]], out: &mut dyn ReplySink) -> Result<u64> {
        let found = look_up(argv);
        if found.is_err() && self.leaves_stray(session, argv) {
            return Ok(0);
        }
        if (!session.known || session.monitors || session.only_listens())
            && let Ok(found) = &found
            && let Some(error) = refuses(session, *found)
        {
            self.answer_error(&error, out);
            session.counters.rejected(&session.card, found.number);
            return Ok(0);
        }
        if session.queue.is_some() {
            if self.queue(session, &found, argv, out) {
                if std::mem::take(&mut session.outcome) != Outcome::Done {
                    count_rejected(session, argv);
                }
                return Ok(0);
            }
            if let Ok(found) = &found
                && found.spec.name == "exec"
                && let Some(queue) = session.queue.take()
            {
                let number = found.number;
                let exact = session.parks;
                let weight = session.counters.begin(&session.card, number, exact);
                let since = (weight > 0).then(monotonic_us);
                let done = self.exec(session, &queue, out);
                let took = since.map(|since| monotonic_us().saturating_sub(since));
                // Its commands were counted in between.
                session.counters.begin(&session.card, number, exact);
                session.counters.end(took, weight);
                self.note_outcome(session, number);
                self.tell_monitors(session, found.spec, argv);
                return done;
            }
        }
        let found = match found {
            Ok(found) => found,
            Err(CmdError::Arity(name)) if name == "exec" => {
                transaction::forget(session);
                self.unwatch_keys(session);
                self.answer_error(&arity_of_exec(), out);
                count_rejected(session, argv);
                return Ok(0);
            }
            Err(error) => {
                self.answer_error(&error, out);
                count_rejected(session, argv);
                return Ok(0);
            }
        };
        let weight = session.counters.begin(&session.card, found.number, session.parks);
        session.card.last_command.store(found.number, Ordering::Relaxed);
        // One that sleeps is told of before.
        let first = !session.parks && found.spec.has(BLOCKING);
        if first {
            self.tell_monitors(session, found.spec, argv);
        }
        let since = self.slowlog.begin(weight > 0);
        let done = self.run(session, found, argv, out);
        let took = self.took(since, session, found.spec, argv);
        session.counters.end(took, weight);
        if session.outcome != Outcome::Done {
            self.note_outcome(session, found.number);
        }
        if !first {
            self.tell_monitors(session, found.spec, argv);
        }
        if session.reply == ReplyMode::SkipNext {
            session.reply = ReplyMode::Skip;
        }
        done
    }

    /// How long a call took that has ended, if that is known exactly; tells whoever wants to know of long ones.
    #[inline]
    pub(super) fn took(
        &self,
        since: Since,
        session: &mut Session,
        spec: &CommandSpec,
        argv: &[&[u8]],
    ) -> Option<u64> {
        let slept = std::mem::take(&mut session.slept_us);
        let (us, exact) = since.elapsed()?;
        let us = us.saturating_sub(slept);
        if self.slowlog.asks(us) {
            self.took_long(us, session, spec, argv);
        }
        exact.then_some(us)
    }

    #[cold]
    #[inline(never)]
    fn took_long(&self, us: u64, session: &Session, spec: &CommandSpec, argv: &[&[u8]]) {
        self.slowlog.note(us, session, argv, self.clock.now_ms());
        self.latency.took(if spec.has(FAST) { "fast-command" } else { "command" }, us);
    }

    /// Counts a call that did not end well.
    #[cold]
    pub(super) fn note_outcome(&self, session: &mut Session, number: cmd::Number) {
        let outcome = std::mem::take(&mut session.outcome);
        session.counters.ended(&session.card, number, outcome);
    }

    /// Tells the clients that said MONITOR of a command.
    #[inline]
    pub(super) fn tell_monitors(&self, session: &Session, spec: &CommandSpec, argv: &[&[u8]]) {
        if self.monitored.load(Ordering::Relaxed) && !spec.has(ADMIN) {
            self.put_line(session, argv);
        }
    }

    #[cold]
    fn put_line(&self, session: &Session, argv: &[&[u8]]) {
        let addr = session.card.peer.as_ref().map_or("local:0", |peer| peer.addr.as_str());
        let line = cmd::server::monitor::line(self.clock.now_ms(), session.db, addr, argv);
        let message =
            Message { through: Through::Line, channel: Arc::from(&b""[..]), payload: Block::new(line) };
        self.monitors.read().iter().for_each(|(_, mailbox)| mailbox.put(message.clone()));
    }

    /// Runs a command that another one is made of: `Host::call`.
    pub(super) fn nested(&self, session: &mut Session, argv: &[&[u8]]) -> std::result::Result<u64, CmdError> {
        let found = look_up(argv)?;
        let mut out = Discard::default();
        let done = self.run_inner(session, found, argv, &mut out);
        // How it ended is for the command to tell that it is a part of.
        session.outcome = Outcome::Done;
        match done {
            Ok(lsn) => out.error.map_or(Ok(lsn), |text| Err(CmdError::Bytes(text))),
            Err(error) => Err(CmdError::Bytes(format!("MISCONF {}", error.message()).into_bytes())),
        }
    }

    /// Counts a call; `typed` is the index of a typed call plus one.
    #[inline(always)]
    pub(crate) fn count_call(&self, session: &Session, typed: u8) {
        Card::count(&session.card.commands);
        session.card.typed.store(typed, Ordering::Relaxed);
        if typed > 0 {
            Card::count(&session.card.typed_calls[usize::from(typed) - 1]);
        }
        session.card.active_ms.store(self.cron.now_ms(), Ordering::Relaxed);
    }

    /// No argument may be longer than `proto-max-bulk-len`.
    #[inline]
    pub(crate) fn check_lengths(&self, argv: &[&[u8]]) -> Result<()> {
        let max = self.hot.max_bulk.load(Ordering::Relaxed);
        // No less than each of the lengths, and mostly less than twice the longest.
        if argv.iter().fold(0, |all, arg| all | arg.len()) <= max { Ok(()) } else { self.too_long(argv, max) }
    }

    #[cold]
    fn too_long(&self, argv: &[&[u8]], max: usize) -> Result<()> {
        let Some(i) = argv.iter().position(|arg| arg.len() > max) else { return Ok(()) };
        let len = argv[i].len();
        let text = format!("argument {i} has {len} bytes; proto-max-bulk-len is {max}");
        Err(Error::new(ErrorKind::Arg, text))
    }

    /// Whether CLIENT REPLY keeps this command from answering; counts SKIP down.
    fn silence(&self, session: &mut Session) -> bool {
        match session.reply {
            ReplyMode::On | ReplyMode::SkipNext => false,
            ReplyMode::Off => true,
            ReplyMode::Skip => {
                session.reply = ReplyMode::On;
                true
            }
        }
    }

    pub(super) fn answer_error(&self, error: &CmdError, out: &mut dyn ReplySink) {
        let text = error.text();
        self.count_error(&text);
        out.error(&text);
    }

    /// [`Engine::run`] for calls that no client made.
    #[inline(never)]
    fn run_inner(
        &self,
        session: &mut Session,
        found: Found,
        argv: &[&[u8]],
        out: &mut dyn ReplySink,
    ) -> Result<u64> {
        self.run(session, found, argv, out)
    }

    #[inline(always)]
    fn run(
        &self,
        session: &mut Session,
        found: Found,
        argv: &[&[u8]],
        out: &mut dyn ReplySink,
    ) -> Result<u64> {
        let spec = found.spec;
        if self.reloading() && !spec.has(cmd::spec::LOADING) && !session.replaying {
            self.answer_error(&CmdError::Text(super::LOADING_REPLY), out);
            session.outcome = Outcome::Rejected;
            return Ok(0);
        }
        let writes = spec.has(WRITE);
        if writes && !session.replaying {
            self.may_write()?;
            self.pace();
            if self.saves.stops_writes() {
                self.answer_error(&super::save::MISCONF, out);
                session.outcome = Outcome::Rejected;
                return Ok(0);
            }
            if spec.has(DENYOOM) && self.make_room().is_err() {
                self.answer_error(&OOM, out);
                session.outcome = Outcome::Rejected;
                return Ok(0);
            }
        }
        let mut ctx = Ctx::new(self.space.view(), session, self);
        self.lock(spec, argv, ctx.view_mut());
        // A call that waited for its locks must not run on what a panic left half done.
        self.check_poison()?;
        // After the context, so that a panic finds it before the locks are released.
        let bomb = PoisonOnPanic(Some(self));
        let db = ctx.db();
        let done = (spec.handler)(&mut ctx, Args::new(argv, found.words()), out);
        let lsn = self.journal_call(&mut ctx, db, Some(argv), done.as_ref().ok());
        if ctx.session.tracking.is_some() {
            self.remember_call(ctx.session, spec, argv);
        }
        self.finish(ctx);
        bomb.defuse();
        match done {
            Ok(_) => Ok(lsn),
            Err(error) => self.failed(session, error, lsn, out),
        }
    }

    /// What becomes of a command whose handler has not answered.
    #[cold]
    #[inline(never)]
    fn failed(
        &self,
        session: &mut Session,
        error: CmdError,
        lsn: u64,
        out: &mut dyn ReplySink,
    ) -> Result<u64> {
        match error {
            CmdError::Waits => self.await_answer(session, out),
            CmdError::Interrupted => Err(Error::new(ErrorKind::Interrupted, "the call was interrupted")),
            error => {
                session.outcome = Outcome::Failed;
                self.answer_error(&error, out);
                Ok(lsn)
            }
        }
    }

    /// Runs `apply` in a context whose locks are held, journals its effect, releases, and deals with what is
    /// left. `argv` is the call itself, for effects that replay as they were called. Answers, with the result
    /// or the error, the journal position to wait for.
    #[inline]
    pub(crate) fn with<R>(
        &self,
        mut ctx: Ctx<'_>,
        argv: Option<&[&[u8]]>,
        apply: impl FnOnce(&mut Ctx<'_>) -> std::result::Result<(R, Effect), CmdError>,
    ) -> std::result::Result<(R, u64), (CmdError, u64)> {
        let bomb = PoisonOnPanic(Some(self));
        let db = ctx.db();
        let result = apply(&mut ctx);
        let lsn = self.journal_call(&mut ctx, db, argv, result.as_ref().ok().map(|(_, effect)| effect));
        self.finish(ctx);
        bomb.defuse();
        match result {
            Ok((value, _)) => Ok((value, lsn)),
            Err(error) => Err((error, lsn)),
        }
    }

    /// Releases the locks and deals with what is left.
    #[inline(always)]
    fn finish(&self, ctx: Ctx<'_>) {
        let left = ctx.finish();
        if !left.is_empty() {
            self.tidy(left);
        }
    }

    /// Journals what a call did; `effect` is nothing after an error.
    #[inline(always)]
    fn journal_call(
        &self,
        ctx: &mut Ctx<'_>,
        db: usize,
        argv: Option<&[&[u8]]>,
        effect: Option<&Effect>,
    ) -> u64 {
        if ctx.left_more() {
            return self.journal_more(ctx, db, argv, effect);
        }
        effect.map_or(0, |effect| self.journal(db, argv, effect, ctx.session))
    }

    /// Journals an effect and what was found expired before it, and tells those who watch or wait.
    #[cold]
    #[inline(never)]
    fn journal_more(
        &self,
        ctx: &mut Ctx<'_>,
        db: usize,
        argv: Option<&[&[u8]]>,
        effect: Option<&Effect>,
    ) -> u64 {
        let (mut lsn, gone) = self.journal_expired(ctx);
        if let Some(effect) = effect {
            lsn = lsn.max(self.journal(db, argv, effect, ctx.session));
        }
        let changed = effect.is_some_and(|effect| !matches!(effect, Effect::None));
        lsn = lsn.max(self.announce(ctx, gone, changed));
        self.publish_events(ctx);
        lsn
    }

    /// Whether the append-only file takes writes.
    #[inline(always)]
    pub(crate) fn may_write(&self) -> Result<()> {
        match &self.aof {
            Some(aof) if aof.refuses() => aof.refusal().map_or(Ok(()), Err),
            _ => Ok(()),
        }
    }

    /// Locks what a call needs: mostly the shard of its only key.
    #[inline(always)]
    fn lock<'k>(&'k self, spec: &CommandSpec, argv: &[&'k [u8]], view: &mut View<'k>) {
        match argv.get(usize::from(spec.only_key)) {
            Some(key) if spec.only_key > 0 => view.lock_key(key, spec.has(WRITE)),
            _ => self.lock_own(spec, argv, view),
        }
        // Whoever is served by this call may need another key, too.
        if spec.has(WRITE) && self.observers.moving() {
            self.lock_all_instead(view);
        }
    }

    #[cold]
    #[inline(never)]
    fn lock_all_instead<'k>(&'k self, view: &mut View<'k>) {
        *view = self.space.view();
        *view = self.space.lock_all(true);
    }

    #[inline(never)]
    fn lock_own<'k>(&'k self, spec: &CommandSpec, argv: &[&'k [u8]], view: &mut View<'k>) {
        let plan = spec.plan_of.map_or(spec.plan, |plan_of| plan_of(argv));
        let exclusive = spec.has(WRITE) || plan == Plan::KeysExclusive;
        match plan {
            Plan::None => {}
            Plan::AllRead => *view = self.space.lock_all(false),
            Plan::AllWrite => *view = self.space.lock_all(true),
            Plan::Keys | Plan::KeysExclusive => {
                let at = keys::of_call(spec, argv);
                if let [(only, _)] = at.as_slice() {
                    return view.lock_key(argv[*only], exclusive);
                }
                let shard = |i: usize| self.space.hasher.shard(self.space.hasher.hash(argv[i]));
                let mut shards: SmallVec<[usize; 8]> = at.iter().map(|&(i, _)| shard(i)).collect();
                *view = self.space.lock_several(&mut shards, exclusive);
            }
        }
    }

    /// Locks the shard of one key.
    #[inline(always)]
    pub(crate) fn lock_key<'k>(&'k self, key: &'k [u8], exclusive: bool) -> View<'k> {
        let mut view = self.space.lock_key(key, exclusive);
        if exclusive && self.observers.moving() {
            self.lock_all_instead(&mut view);
        }
        view
    }

    /// Locks the shards of several keys for reading.
    pub(crate) fn lock_keys(&self, keys: &[&[u8]]) -> View<'_> {
        self.space.lock_keys(keys)
    }

    /// Makes room for a call that needs memory, or says that there is none.
    #[inline(always)]
    pub(crate) fn admit(&self) -> Result<()> {
        self.make_room()
            .map_err(|_| self.refused(Error::new(ErrorKind::NoMemory, String::from_utf8_lossy(&OOM.text()))))
    }

    /// Counts an error reply under its code, the first word.
    fn count_error(&self, text: &[u8]) {
        let code = text.split(|&b| b == b' ').next().unwrap_or_default();
        *self.stats.errors.lock().entry(String::from_utf8_lossy(code).into_owned()).or_default() += 1;
    }

    /// Counts an error that a typed call answers.
    #[cold]
    pub(crate) fn refused(&self, error: Error) -> Error {
        self.count_error(error.message().as_bytes());
        error
    }

    /// Journals the removal of keys and fields that this command found expired; answers the position to wait for, and
    /// the keys.
    pub(super) fn journal_expired(&self, ctx: &mut Ctx<'_>) -> (u64, Vec<(usize, Vec<u8>)>) {
        let (expired, fields) = ctx.take_expired();
        self.stats.expired_keys.fetch_add(expired.len() as u64, Ordering::Relaxed);
        if let Some(effects) = &mut ctx.session.effects {
            let words = |words: &[&[u8]]| words.iter().map(|word| word.to_vec()).collect();
            effects.extend(expired.iter().map(|(db, key)| (*db, words(&[b"DEL", key]))));
            for (db, key, names) in &fields {
                self.count_expired_fields(names.len());
                let mut command: Command = words(&[b"HDEL", key]);
                command.extend(names.iter().cloned());
                effects.push((*db, command));
            }
            return (0, expired);
        }
        let keys = expired.iter().map(|(db, key)| self.append_del(*db, key));
        let fields = fields.iter().map(|(db, key, names)| self.append_hdel(*db, key, names));
        let lsn = keys.chain(fields).max().unwrap_or(0);
        (lsn, expired)
    }

    /// Journals a removal that no client asked for, and publishes its event. The key's lock is held.
    pub(super) fn journal_del(&self, db: usize, key: &[u8], class: Class, event: &'static str) -> u64 {
        self.announce_removed(db, key);
        let lsn = self.append_del(db, key);
        if self.space.notified() != 0 {
            self.publish_event(db, class, event, key);
        }
        lsn
    }

    fn append_del(&self, db: usize, key: &[u8]) -> u64 {
        self.to_journal().map_or(0, |journal| journal.append(number(db), &[b"DEL", key]))
    }

    /// Journals an effect. The locks are held, so the journal's order is an order that really happened.
    #[inline(always)]
    pub(super) fn journal(
        &self,
        db: usize,
        argv: Option<&[&[u8]]>,
        effect: &Effect,
        session: &mut Session,
    ) -> u64 {
        let (changes, rewritten) = match effect {
            Effect::None => return 0,
            Effect::Changed(n) => (*n, None),
            Effect::Rewritten(n, commands) => (*n, Some(commands.as_slice())),
            Effect::Journaled(lsn) => return *lsn,
        };
        if session.replaying {
            return 0;
        }
        // By the client, so that two of them do not write to one cache line.
        Card::add(&session.card.changes, changes);
        if let Some(effects) = &mut session.effects {
            if self.to_journal().is_some() {
                collect(effects, db, argv, rewritten);
            }
            return 0;
        }
        self.to_journal().map_or(0, |journal| append_to(journal, number(db), argv, rewritten))
    }

    /// Drops what was displaced, after the locks were released, and removes keys that a reader found expired.
    #[cold]
    fn tidy(&self, left: Leftovers) {
        let lazy = self.hot.lazy_server_del.load(Ordering::Relaxed);
        let More { stale, stale_hashes, mut trash, events, .. } =
            left.more.map_or_else(More::default, |more| *more);
        if lazy {
            trash.extend(left.first);
            self.cron.free_entries(trash, &self.stats);
        }
        self.publish_late(events);
        for (db, key) in stale {
            self.expire_key(db, &key);
        }
        for (db, key) in stale_hashes {
            self.expire_fields(db, &key);
        }
    }

    /// Waits until the journal is as durable as `appendfsync` promises.
    #[inline(always)]
    pub(crate) fn commit(&self, lsn: u64) -> Result<()> {
        match &self.aof {
            Some(aof) if lsn > 0 => aof.commit(lsn),
            _ => Ok(()),
        }
    }

    /// Replays one command of a file.
    pub(super) fn replay(&self, session: &mut Session, argv: &[&[u8]]) -> Result<()> {
        let corrupt =
            |text: &[u8]| Error::new(ErrorKind::Corrupt, String::from_utf8_lossy(text).into_owned());
        let found = look_up(argv).map_err(|e| corrupt(&e.text()))?;
        let mut out = Discard::default();
        self.run_inner(session, found, argv, &mut out)?;
        match out.error {
            None => Ok(()),
            Some(text) if text == NO_SUCH_DATABASE.text() => {
                let text = "it uses more logical databases than the directive `databases` allows";
                Err(Error::new(ErrorKind::Arg, text))
            }
            Some(text) => Err(corrupt(&text)),
        }
    }
}

/// Poisons the database when a panic unwinds through a command, before its locks are released: nobody may see
/// what the command left half done.
struct PoisonOnPanic<'e>(Option<&'e Engine>);

impl PoisonOnPanic<'_> {
    fn defuse(mut self) {
        self.0 = None;
    }
}

impl Drop for PoisonOnPanic<'_> {
    fn drop(&mut self) {
        if let Some(engine) = self.0 {
            engine.poison();
        }
    }
}

/// Keeps an effect for the end of its transaction.
#[cold]
fn collect(
    effects: &mut Vec<(usize, Command)>,
    db: usize,
    argv: Option<&[&[u8]]>,
    rewritten: Option<&[Command]>,
) {
    match (rewritten, argv) {
        (Some(commands), _) => effects.extend(commands.iter().map(|command| (db, command.clone()))),
        (None, Some(argv)) => effects.push((db, argv.iter().map(|word| copied(word)).collect())),
        (None, None) => unreachable!("an effect without words of its own is that of a call with words"),
    }
}

/// Appends an effect: its own commands, or the call.
fn append_to(journal: Journal<'_>, db: u32, argv: Option<&[&[u8]]>, rewritten: Option<&[Command]>) -> u64 {
    match (rewritten, argv) {
        (Some([]), _) => 0,
        (Some([command]), _) => {
            let words: SmallVec<[&[u8]; 8]> = command.iter().map(Vec::as_slice).collect();
            journal.append(db, &words)
        }
        (Some(commands), _) => journal.together(commands.iter().map(|command| (db, command))),
        (None, Some(argv)) => journal.append(db, argv),
        (None, None) => unreachable!("an effect without words of its own is that of a call with words"),
    }
}

/// What a command that needs memory answers when there is none to be had.
pub(super) const OOM: CmdError = CmdError::Text("OOM command not allowed when used memory > 'maxmemory'.");

/// A database number, for the journal.
pub(super) fn number(db: usize) -> u32 {
    u32::try_from(db).unwrap_or(u32::MAX)
}
