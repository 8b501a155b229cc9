//! Who watches keys, and who waits for one: told under the locks of the keys by whoever changes them.
//!
//! A watching client has a flag. A waiting call stands in a line behind each of its keys; who changes the key runs the call
//! in its place, before he releases his locks, and wakes it with the reply. The one who waits may give up at any moment
//! except while somebody looks for it (`claimed`), so that nothing is taken for nobody.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use parking_lot::Mutex;

use super::dispatch::look_up;
use super::{CLOSED, Engine, POISONED};
use crate::base::clock::monotonic_us;
use crate::base::error::{Error, ErrorKind, Result};
use crate::base::seat::{Unblock, Woken};
use crate::cmd::args::Args;
use crate::cmd::ctx::{Ctx, Touched};
use crate::cmd::effect::Effect;
use crate::cmd::error::CmdError;
use crate::cmd::session::{Session, Waits};
use crate::cmd::waiting::{Answer, Waiter, Waiting, Wants};
use crate::keyspace::due;
use crate::keyspace::space::View;
use crate::reply::record::Record;
use crate::reply::sink::ReplySink;
use crate::types::list::List;
use crate::types::stream::Stream;
use crate::types::zset::Zset;

const GONE: &[u8] = b"UNBLOCKED the stream key no longer exists";
const NO_GROUP: &[u8] = b"NOGROUP the consumer group this client was blocked on no longer exists";
/// What CLIENT UNBLOCK ERROR has a call answer.
pub(super) const UNBLOCKED: CmdError = CmdError::Text("UNBLOCKED client unblocked via CLIENT UNBLOCK");
/// Who cares for one key.
#[derive(Default)]
struct OfKey {
    /// Clients and their flags.
    watchers: Vec<Watcher>,
    /// In the order in which they came.
    waiters: VecDeque<Arc<Waiter>>,
}

/// A client that watches a key.
struct Watcher {
    client: u64,
    changed: Arc<AtomicBool>,
    /// The key's time had come before: that it goes is no change.
    gone: bool,
}

/// See the module.
#[derive(Default)]
pub(super) struct Observers {
    /// By database and key.
    keys: Mutex<HashMap<usize, HashMap<Vec<u8>, OfKey>>>,
    /// Calls that wait.
    waiting: AtomicUsize,
    /// Those of them that have a second key: whoever serves them needs its lock, too.
    moving: AtomicUsize,
}

impl Observers {
    /// Calls that wait.
    pub(super) fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Relaxed)
    }

    /// Whether a call that waits has a second key.
    #[inline]
    pub(super) fn moving(&self) -> bool {
        self.moving.load(Ordering::Relaxed) > 0
    }

    /// Those who wait for a key, in their order.
    fn waiters(&self, db: usize, key: &[u8]) -> Vec<Arc<Waiter>> {
        let keys = self.keys.lock();
        let of = keys.get(&db).and_then(|keys| keys.get(key));
        of.map_or_else(Vec::new, |of| of.waiters.iter().cloned().collect())
    }

    /// Tells those who watch keys, and answers the keys somebody waits for; each once, in their order. That is the order in
    /// which they began to hold what is waited for: that a transaction touched one before does not count.
    fn tell(&self, touched: impl IntoIterator<Item = Touched>) -> VecDeque<(usize, Vec<u8>)> {
        let mut ready: VecDeque<(usize, Vec<u8>)> = VecDeque::new();
        let mut others = Vec::new();
        let mut keys = self.keys.lock();
        for Touched { db, key, quiet, expired, held, .. } in touched {
            let Some(of) = keys.get_mut(&db).and_then(|keys| keys.get_mut(&key)) else { continue };
            for watcher in of.watchers.iter_mut().filter(|_| !quiet) {
                if !(expired && std::mem::take(&mut watcher.gone)) {
                    watcher.changed.store(true, Ordering::Relaxed);
                }
            }
            if of.waiters.is_empty() {
                continue;
            }
            if !held.is_some_and(|held| of.waiters.iter().any(|waiter| waiter.waiting.wants.is_met_by(held)))
            {
                others.push((db, key));
            } else if !ready.contains(&(db, key.clone())) {
                ready.push_back((db, key));
            }
        }
        for other in others {
            if !ready.contains(&other) {
                ready.push_back(other);
            }
        }
        ready
    }
}

impl Engine {
    /// Changes who cares for a key, and what the keyspace knows of it.
    fn of_key(&self, db: usize, key: &[u8], change: impl FnOnce(&mut OfKey)) {
        let mut keys = self.observers.keys.lock();
        let here = keys.entry(db).or_default();
        let of = match here.get_mut(key) {
            Some(of) => of,
            None => here.entry(key.to_vec()).or_default(),
        };
        change(of);
        if of.watchers.is_empty() && of.waiters.is_empty() {
            here.remove(key);
            if here.is_empty() {
                keys.remove(&db);
            }
        }
        self.space.set_observed(!keys.is_empty());
    }

    pub(super) fn watch_key(&self, session: &mut Session, key: &[u8], gone: bool) {
        let db = session.db;
        let watched = session.watched.get_or_insert_default();
        let (client, changed) = (session.card.id, &watched.changed);
        let mut is_new = false;
        self.of_key(db, key, |of| {
            is_new = of.watchers.iter().all(|watcher| watcher.client != client);
            if is_new {
                of.watchers.push(Watcher { client, changed: Arc::clone(changed), gone });
            }
        });
        if is_new {
            watched.keys.push((db, key.to_vec(), gone));
            session.card.watching.store(watched.keys.len(), Ordering::Relaxed);
        }
    }

    pub(super) fn unwatch_keys(&self, session: &mut Session) {
        let Some(watched) = session.watched.take() else { return };
        session.card.watching.store(0, Ordering::Relaxed);
        for (db, key, _) in &watched.keys {
            self.of_key(*db, key, |of| of.watchers.retain(|watcher| watcher.client != session.card.id));
        }
    }

    pub(super) fn observed_keys(&self, db: usize) -> Vec<Vec<u8>> {
        self.observers.keys.lock().get(&db).map_or_else(Vec::new, |keys| keys.keys().cloned().collect())
    }

    /// Before and after all keys are replaced: tells those who watch one that is there. `view` holds all locks.
    pub(super) fn tell_present(&self, view: &View<'_>) {
        let now = self.clock.now_ms();
        for (db, keys) in &*self.observers.keys.lock() {
            for (key, of) in keys {
                let Some(entry) = view.get(*db, key) else { continue };
                let past = entry.expire_at().is_some_and(|at| due(at, now));
                for watcher in of.watchers.iter().filter(|watcher| !(past && watcher.gone)) {
                    watcher.changed.store(true, Ordering::Relaxed);
                }
            }
        }
    }

    /// After a command, under its locks: tells of the keys it touched, and serves those who wait for them. `gone` are
    /// keys whose time had come. Answers the journal position to wait for.
    #[cold]
    pub(super) fn announce(&self, ctx: &mut Ctx<'_>, gone: Vec<(usize, Vec<u8>)>, changed: bool) -> u64 {
        if !self.space.observed() {
            return 0;
        }
        if !changed {
            ctx.untouch();
        }
        let touched = ctx.take_touched();
        let gone = gone.into_iter().map(|(db, key)| Touched {
            db,
            key,
            quiet: false,
            certain: false,
            expired: true,
            told: false,
            whole: false,
            held: None,
        });
        let touched: Vec<Touched> = gone.chain(touched).collect();
        self.tell_trackers(&touched, ctx.session.card.id);
        let mut ready = self.observers.tell(touched);
        let mut lsn = 0;
        while let Some((db, key)) = ready.pop_front() {
            // After one that found nothing there is nothing for others of its kind; streams differ by their IDs.
            let mut spent = Vec::new();
            for waiter in self.observers.waiters(db, &key) {
                let wants = waiter.waiting.wants;
                if spent.contains(&wants) || !waiter.claim() {
                    continue;
                }
                let claimed = Claimed(&waiter);
                let answer = self.run_for(ctx, db, &key, &waiter);
                let touched = ctx.take_touched();
                self.tell_trackers(&touched, waiter.card.id);
                ready.extend(self.observers.tell(touched));
                let Some(answer) = answer else {
                    drop(claimed);
                    if matches!(wants, Wants::List | Wants::Zset) {
                        spent.push(wants);
                    }
                    continue;
                };
                lsn = lsn.max(answer.lsn);
                self.leave_lines(&waiter);
                claimed.answer(answer);
            }
        }
        lsn
    }

    fn tell_trackers(&self, touched: &[Touched], by: u64) {
        if self.space.tracked() {
            let changed = touched.iter().filter(|touched| !touched.quiet && !touched.whole);
            changed.clone().filter(|t| !t.told).for_each(|t| self.invalidate_read(&t.key, by));
            self.invalidate_prefixes(changed.map(|t| t.key.as_slice()), by);
        }
    }

    /// Runs the call of one who waits, in its place. `None` if there is nothing for it.
    fn run_for(&self, ctx: &mut Ctx<'_>, db: usize, key: &[u8], waiter: &Waiter) -> Option<Answer> {
        let waiting = &waiter.waiting;
        let mut reply = Record::new(waiting.shapes);
        let fits = match waiting.wants {
            Wants::List => ctx.has::<List>(db, key),
            Wants::Zset => ctx.has::<Zset>(db, key),
            Wants::Stream | Wants::Group => ctx.has::<Stream>(db, key),
        };
        if !fits {
            return (waiting.wants == Wants::Group).then(|| self.gone(waiter));
        }
        let (_, argv) = waiting.keys.iter().find(|(name, _)| name == key)?;
        let argv: Vec<&[u8]> = argv.iter().map(Vec::as_slice).collect();
        let found = look_up(&argv).ok()?;
        let seed = self.rng.lock().next_u64();
        let mut session = Session::new(Arc::clone(&waiter.card), seed, Arc::clone(&self.histograms));
        session.db = db;
        session.protocol = waiting.shapes.0;
        session.no_touch = waiter.no_touch;
        session.waits = Waits::Already;
        std::mem::swap(ctx.session, &mut session);
        let result = (found.spec.handler)(ctx, Args::new(&argv, found.words()), &mut reply);
        let (mut lsn, gone) = self.journal_expired(ctx);
        ctx.note_gone(gone);
        if let Ok(effect) = &result {
            lsn = lsn.max(self.journal(db, Some(&argv), effect, ctx.session));
        }
        std::mem::swap(ctx.session, &mut session);
        if !matches!(&result, Ok(Effect::Changed(_) | Effect::Rewritten(..) | Effect::Journaled(_))) {
            ctx.untouch();
        }
        match result {
            Ok(_) => {}
            Err(CmdError::Waits) => return None,
            Err(error) => {
                let gone = waiting.wants == Wants::Group && error.text().starts_with(b"NOGROUP");
                let error = if gone { CmdError::Bytes(NO_GROUP.to_vec()) } else { error };
                self.answer_error(&error, &mut reply);
            }
        }
        Some(Answer { reply, lsn })
    }

    /// What XREADGROUP is answered when there is no stream any more.
    fn gone(&self, waiter: &Waiter) -> Answer {
        let mut reply = Record::new(waiter.waiting.shapes);
        self.answer_error(&CmdError::Bytes(GONE.to_vec()), &mut reply);
        Answer { reply, lsn: 0 }
    }

    /// After a key was removed that no command removed: by its time, or to make room. Its lock is held.
    pub(super) fn announce_removed(&self, db: usize, key: &[u8]) {
        if !self.space.observed() {
            return;
        }
        if self.space.tracked() {
            self.invalidate_read(key, 0);
            self.invalidate_prefixes(std::iter::once(key), 0);
        }
        for (db, key) in self.observers.tell([Touched {
            db,
            key: key.to_vec(),
            quiet: false,
            certain: false,
            expired: true,
            told: true,
            whole: false,
            held: None,
        }]) {
            for waiter in self.observers.waiters(db, &key) {
                if waiter.waiting.wants == Wants::Group && waiter.claim() {
                    let claimed = Claimed(&waiter);
                    self.leave_lines(&waiter);
                    claimed.answer(self.gone(&waiter));
                }
            }
        }
    }

    /// Puts a client behind those who wait for the same keys, whose locks are held.
    pub(super) fn wait_in_line(&self, session: &mut Session, waiting: Waiting) {
        let (card, db) = (Arc::clone(&session.card), session.db);
        let ticket = card.seat.begin();
        let timeout = u64::try_from(waiting.timeout_ms).ok().filter(|ms| *ms > 0);
        let end_us = timeout.map_or(u64::MAX, |ms| monotonic_us().saturating_add(ms.saturating_mul(1000)));
        let waiter = Arc::new(Waiter { card, ticket, db, no_touch: session.no_touch, end_us, waiting });
        self.observers.waiting.fetch_add(1, Ordering::Relaxed);
        self.observers.moving.fetch_add(usize::from(waiter.waiting.moves), Ordering::Relaxed);
        for (key, _) in &waiter.waiting.keys {
            self.of_key(db, key, |of| of.waiters.push_back(Arc::clone(&waiter)));
        }
        session.waiter = Some(waiter);
    }

    /// Takes a client out of all its lines.
    fn leave_lines(&self, waiter: &Arc<Waiter>) {
        for (key, _) in &waiter.waiting.keys {
            self.of_key(waiter.db, key, |of| of.waiters.retain(|other| !Arc::ptr_eq(other, waiter)));
        }
        self.observers.waiting.fetch_sub(1, Ordering::Relaxed);
        self.observers.moving.fetch_sub(usize::from(waiter.waiting.moves), Ordering::Relaxed);
    }

    /// Sleeps until the call of a client that stands in line is served, or shall not wait any longer; answers it.
    pub(super) fn await_answer(&self, session: &mut Session, out: &mut dyn ReplySink) -> Result<u64> {
        if session.parks {
            return Ok(0);
        }
        let Some(waiter) = session.waiter.take() else { return Ok(0) };
        let since = monotonic_us();
        let woken = self.sleep_in_line(&waiter);
        session.slept_us = monotonic_us().saturating_sub(since);
        self.answer_woken(&waiter, woken, out)
    }

    /// The answer of a client that parks, if its call is over.
    pub(crate) fn answer_parked(
        &self,
        session: &mut Session,
        out: &mut dyn ReplySink,
    ) -> Option<Result<u64>> {
        let waiter = session.waiter.as_ref()?;
        let woken = waiter.card.seat.try_end(waiter.end_us, self.is_over())?;
        let waiter = session.waiter.take()?;
        Some(self.answer_woken(&waiter, woken, out))
    }

    fn answer_woken(
        &self,
        waiter: &Arc<Waiter>,
        woken: Woken<Answer>,
        out: &mut dyn ReplySink,
    ) -> Result<u64> {
        if !matches!(woken, Woken::Served(_)) {
            self.leave_lines(waiter);
        }
        match woken {
            Woken::Served(answer) => {
                answer.reply.play(out);
                return Ok(answer.lsn);
            }
            Woken::TimeOver => match &waiter.waiting.over {
                Some(reply) => reply.play(out),
                None => out.null_array(),
            },
            Woken::Unblocked => self.answer_error(&UNBLOCKED, out),
            Woken::Interrupted => {
                self.check_poison()?;
                return Err(Error::new(ErrorKind::Interrupted, "the call was interrupted"));
            }
        }
        Ok(0)
    }

    fn sleep_in_line(&self, waiter: &Waiter) -> Woken<Answer> {
        waiter.card.seat.sleep(waiter.end_us, || self.is_over())
    }

    /// Whether no call may wait any more.
    fn is_over(&self) -> bool {
        self.state.load(Ordering::Acquire) & (CLOSED | POISONED) != 0
    }

    /// A client that parks is gone: nobody waits in its place any more. What it was served with is lost.
    pub(super) fn abandon(&self, session: &mut Session) {
        let Some(waiter) = session.waiter.take() else { return };
        waiter.card.seat.interrupt();
        if !matches!(self.sleep_in_line(&waiter), Woken::Served(_)) {
            self.leave_lines(&waiter);
        }
    }

    /// A client sleeps for a time, not for data.
    pub(super) fn sleep_for(
        &self,
        session: &Session,
        duration: Duration,
    ) -> std::result::Result<(), CmdError> {
        let length = u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
        let end = monotonic_us().saturating_add(length);
        session.card.seat.begin();
        match session.card.seat.sleep(end, || self.is_over()) {
            Woken::Interrupted => Err(CmdError::Interrupted),
            Woken::Unblocked => Err(UNBLOCKED),
            Woken::TimeOver | Woken::Served(_) => Ok(()),
        }
    }

    pub(super) fn unblock_client(&self, id: u64, how: Unblock) -> bool {
        let card = self.cards.lock().get(&id).cloned();
        card.is_some_and(|card| card.seat.unblock(how))
    }
}

impl Waiter {
    /// Keeps it from giving up; false if it did already. Who else claims it is waited for: he holds the locks of another
    /// of its keys, and asks for none while he does.
    fn claim(&self) -> bool {
        self.card.seat.claim(self.ticket)
    }
}

/// A waiter that does not give up while this lives. Dropped without an answer, also by a panic, there was nothing for it: it
/// waits on.
struct Claimed<'w>(&'w Waiter);

impl Claimed<'_> {
    /// Wakes it with its reply.
    fn answer(self, answer: Answer) {
        self.0.card.seat.serve(answer);
    }
}

impl Drop for Claimed<'_> {
    fn drop(&mut self) {
        self.0.card.seat.release();
    }
}
