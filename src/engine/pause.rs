//! CLIENT PAUSE: calls that stand still until it is over.
//!
//! A call looks once, before it does anything. A client whose thread serves others keeps its call in the session and is asked
//! again when the time has come or CLIENT UNPAUSE rings its bell; another one waits in its call.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};

use parking_lot::Mutex;

use super::Engine;
use super::dispatch::{Found, look_up};
use crate::base::clock::monotonic_us;
use crate::base::error::{Error, ErrorKind, Result};
use crate::cmd::effect::Command;
use crate::cmd::session::{Card, Paused, Postponed, Session};
use crate::cmd::spec::{MAY_REPLICATE, NO_AUTH, WRITE};
use crate::persist::aof::AofWriter;

/// How long one who waits sleeps before it looks whether the database is still open.
const PART_US: u64 = 1_000_000;

/// Whether clients stand still, which ones, and until when.
#[derive(Default)]
pub(super) struct Pause {
    /// There may be a pause: what everybody looks at.
    on: AtomicBool,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Until this time of the monotonic clock; what stands still until then.
    end_us: u64,
    which: Option<Paused>,
    /// By the id of the client.
    standing: BTreeMap<u64, Weak<Card>>,
}

impl Pause {
    #[inline(always)]
    pub(super) fn is_on(&self) -> bool {
        self.on.load(Ordering::Relaxed)
    }

    /// Until when a call stands still that writes, or does not.
    fn holds(&self, writes: bool) -> Option<u64> {
        let mut state = self.state.lock();
        let which = state.which?;
        if monotonic_us() >= state.end_us {
            self.lift(&mut state);
            return None;
        }
        (writes || which == Paused::All).then_some(state.end_us)
    }

    fn lift(&self, state: &mut State) {
        state.which = None;
        self.on.store(false, Ordering::Relaxed);
        for card in std::mem::take(&mut state.standing).values().filter_map(Weak::upgrade) {
            // Taken so that a call between its look at the pause and its wait is not missed.
            card.seat.wait.lock().paused = false;
            card.seat.rouse();
        }
    }

    /// A call of this client stands still, if there is still a pause.
    fn stand(&self, card: &Arc<Card>) -> bool {
        let mut state = self.state.lock();
        if state.which.is_none() {
            return false;
        }
        card.seat.wait.lock().paused = true;
        state.standing.insert(card.id, Arc::downgrade(card));
        true
    }

    /// A client goes: nothing is kept of it until the pause ends.
    pub(super) fn forget(&self, id: u64) {
        if self.is_on() {
            self.state.lock().standing.remove(&id);
        }
    }

    /// How many stand still.
    pub(super) fn standing(&self) -> usize {
        let state = self.state.lock();
        state.standing.values().filter_map(Weak::upgrade).filter(|card| card.seat.wait.lock().paused).count()
    }
}

impl Engine {
    /// CLIENT PAUSE. Of two pauses the stricter one holds, until the later end.
    pub(super) fn pause_clients(&self, which: Paused, ms: u64) {
        let mut state = self.pause.state.lock();
        let now = monotonic_us();
        if state.which.is_some() && now >= state.end_us {
            self.pause.lift(&mut state);
        }
        let end = now.saturating_add(ms.saturating_mul(1000));
        state.end_us = if state.which.is_some() { state.end_us.max(end) } else { end };
        state.which = state.which.max(Some(which));
        self.pause.on.store(true, Ordering::Relaxed);
    }

    /// CLIENT UNPAUSE.
    pub(super) fn unpause_clients(&self) {
        self.pause.lift(&mut self.pause.state.lock());
    }

    /// Whether nothing may change by itself: keys expire, and are evicted, after the pause.
    #[inline]
    pub(super) fn stands_still(&self) -> bool {
        self.pause.is_on() && self.pause.holds(true).is_some()
    }

    /// Has a call stand still if there is a pause for it. True: it is kept in the session, and is to be run again when the time
    /// has come or the bell has rung.
    #[cold]
    #[inline(never)]
    pub(super) fn postpones(&self, session: &mut Session, argv: &[&[u8]]) -> Result<bool> {
        // What is wrong is told at once.
        let Ok(found) = look_up(argv) else { return Ok(false) };
        if session.replaying || (!session.known && !found.spec.has(NO_AUTH)) {
            return Ok(false);
        }
        let writes = may_write(session, found);
        if !session.parks {
            self.stand(&session.card, writes)?;
            return Ok(false);
        }
        match self.pause.holds(writes) {
            Some(end_us) if self.pause.stand(&session.card) => {
                let argv = argv.iter().map(|word| word.to_vec()).collect();
                session.postponed = Some(Box::new(Postponed { argv, end_us }));
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    /// Whether a call may have to wait, for the disk or because there is a pause.
    #[inline]
    pub(crate) fn may_wait(&self, writes: bool) -> bool {
        self.pause.is_on() || (writes && self.aof.as_ref().is_some_and(AofWriter::waits_for_disk))
    }

    /// For calls that are no words: waits while there is a pause for it.
    #[inline(always)]
    pub(crate) fn stand_still(&self, session: &Session, writes: bool) -> Result<()> {
        if self.pause.is_on() { self.stand(&session.card, writes) } else { Ok(()) }
    }

    #[cold]
    #[inline(never)]
    fn stand(&self, card: &Arc<Card>, writes: bool) -> Result<()> {
        let begin = |waiting| {
            let mut wait = card.seat.wait.lock();
            (wait.waiting, wait.interrupted, wait.paused) = (waiting, false, false);
        };
        begin(true);
        let outcome = loop {
            let Some(end_us) = self.pause.holds(writes) else { break Ok(()) };
            if !self.pause.stand(card) {
                break Ok(());
            }
            let mut wait = card.seat.wait.lock();
            if wait.interrupted {
                break Err(Error::new(ErrorKind::Interrupted, "the call was interrupted"));
            }
            if let Err(error) = self.check_command() {
                break Err(error);
            }
            // Otherwise it is over since.
            if wait.paused {
                let left = end_us.saturating_sub(monotonic_us()).min(PART_US);
                card.seat.nap(&mut wait, left);
            }
        };
        begin(false);
        outcome
    }

    /// Runs the call that stood still, unless it still does.
    pub(crate) fn run_postponed(
        &self,
        session: &mut Session,
        out: &mut dyn crate::reply::sink::ReplySink,
    ) -> Option<Result<u64>> {
        let Postponed { argv, .. } = *session.postponed.take()?;
        session.card.seat.wait.lock().paused = false;
        let argv: Vec<&[u8]> = argv.iter().map(Vec::as_slice).collect();
        let done = self.check_command().and_then(|()| self.execute(session, &argv, out));
        if session.postponed.is_some() { None } else { Some(done) }
    }
}

/// Whether a call may change something, or, as PUBLISH, is told to others.
fn may_write(session: &Session, found: Found) -> bool {
    let of = |found: Found| found.spec.has(WRITE | MAY_REPLICATE);
    match &session.queue {
        None => of(found),
        Some(queue) if found.spec.name == "exec" && !queue.refused => queue.commands.iter().any(|command| {
            let argv: Vec<&[u8]> = words(command);
            look_up(&argv).is_ok_and(of)
        }),
        // It is only queued.
        Some(_) => false,
    }
}

fn words(command: &Command) -> Vec<&[u8]> {
    command.iter().map(AsRef::as_ref).collect()
}
