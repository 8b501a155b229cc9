//! Where a call that waits sleeps, and where others serve it, interrupt it or send it away.
//!
//! Who serves it claims it first, so that it does not give up while somebody takes something for it; then it gets its answer,
//! or waits on. Each wait has a number, so that who means an earlier one finds out. `tests/interleavings` looks at this file
//! under other orders of threads than happen by themselves.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::{Condvar, Mutex, MutexGuard};

use crate::base::bell::Bell;
use crate::base::clock::monotonic_us;

/// Very long waits are taken in parts, so that no clock arithmetic overflows.
pub(crate) const PART_US: u64 = 3_600_000_000;

/// A call that waits.
#[derive(Debug)]
pub(crate) struct Wait<A> {
    /// One does.
    pub(crate) waiting: bool,
    /// It stands still for CLIENT PAUSE.
    pub(crate) paused: bool,
    /// How many did before: who means an earlier one finds out.
    ticket: u64,
    /// It shall stop.
    pub(crate) interrupted: bool,
    /// It shall stop as CLIENT UNBLOCK says.
    unblocked: Option<Unblock>,
    /// Somebody looks at this moment whether there is data for it: it does not stop before he knows.
    claimed: bool,
    /// What it was served with.
    answer: Option<Box<A>>,
}

/// How CLIENT UNBLOCK ends a call that waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unblock {
    /// As if its time were over.
    Timeout,
    /// With an error.
    Error,
}

/// How a wait ended.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Woken<A> {
    /// With this.
    Served(Box<A>),
    /// Its time is over.
    TimeOver,
    /// [`Unblock::Error`].
    Unblocked,
    /// It was interrupted.
    Interrupted,
}

impl<A> Wait<A> {
    fn new(waiting: bool, ticket: u64) -> Self {
        Self {
            waiting,
            paused: false,
            ticket,
            interrupted: false,
            unblocked: None,
            claimed: false,
            answer: None,
        }
    }

    /// Whether a call waits or stands still.
    pub(crate) fn is_held_up(&self) -> bool {
        self.waiting || self.paused
    }

    /// It waits, and nothing has happened that ends it.
    fn is_open(&self) -> bool {
        self.waiting && !self.paused && self.answer.is_none() && !self.interrupted && self.unblocked.is_none()
    }

    /// Whether it is over.
    fn look(&mut self, end_us: u64, stopped: bool) -> Option<Woken<A>> {
        if let Some(answer) = self.answer.take() {
            return Some(Woken::Served(answer));
        }
        if self.claimed {
            return None;
        }
        if self.interrupted || stopped {
            return Some(Woken::Interrupted);
        }
        match self.unblocked {
            Some(Unblock::Error) => Some(Woken::Unblocked),
            Some(Unblock::Timeout) => Some(Woken::TimeOver),
            None => (end_us <= monotonic_us()).then_some(Woken::TimeOver),
        }
    }

    fn end(&mut self) {
        *self = Self::new(false, self.ticket);
    }
}

/// See the module.
pub(crate) struct Seat<A> {
    /// The wait of the moment.
    pub(crate) wait: Mutex<Wait<A>>,
    /// Wakes it.
    pub(crate) wake: Condvar,
    /// Rung beside it, for a client whose thread has others to serve.
    bell: Option<Bell>,
    /// What its thread looks at while it waits.
    patience: Mutex<Option<Patience>>,
}

/// What a thread that waits calls now and then, and how often; false ends the wait.
pub(crate) type Patience = (Duration, Arc<dyn Fn() -> bool + Send + Sync>);

impl<A> Seat<A> {
    /// Nobody waits.
    pub(crate) fn new(bell: Option<Bell>) -> Self {
        Self { wait: Mutex::new(Wait::new(false, 0)), wake: Condvar::new(), bell, patience: Mutex::default() }
    }

    /// What its thread is told by, if that serves others beside.
    pub(crate) fn bell(&self) -> Option<Bell> {
        self.bell.clone()
    }

    /// A call waits from now on; answers its number.
    pub(crate) fn begin(&self) -> u64 {
        let mut wait = self.wait.lock();
        *wait = Wait::new(true, wait.ticket.wrapping_add(1));
        wait.ticket
    }

    /// Sleeps until it is served, or shall not wait any longer: `stopped` tells whether nobody may any more.
    pub(crate) fn sleep(&self, end_us: u64, stopped: impl Fn() -> bool) -> Woken<A> {
        let mut wait = self.wait.lock();
        let woken = loop {
            if let Some(woken) = wait.look(end_us, stopped()) {
                break woken;
            }
            let left = end_us.saturating_sub(monotonic_us());
            let part = if wait.claimed { PART_US } else { left.min(PART_US) };
            self.nap(&mut wait, part);
        };
        wait.end();
        woken
    }

    /// Sleeps until it is roused, at most `us` microseconds; less where its thread wants to look at something meanwhile, which
    /// may end the wait.
    pub(crate) fn nap(&self, wait: &mut MutexGuard<'_, Wait<A>>, us: u64) {
        let (us, patience) = (Duration::from_micros(us), self.patience.lock().clone());
        let Some((every, look)) = patience else {
            self.wake.wait_for(wait, us);
            return;
        };
        if self.wake.wait_for(wait, us.min(every)).timed_out() && !MutexGuard::unlocked(wait, || look()) {
            wait.interrupted = true;
        }
    }

    /// What its thread looks at while it waits, from now on.
    pub(crate) fn be_patient(&self, patience: Option<Patience>) {
        *self.patience.lock() = patience;
    }

    /// The same for one that does not sleep: nothing if it still waits.
    pub(crate) fn try_end(&self, end_us: u64, stopped: bool) -> Option<Woken<A>> {
        let mut wait = self.wait.lock();
        let woken = wait.look(end_us, stopped)?;
        wait.end();
        Some(woken)
    }

    /// Keeps it from giving up; false if it did already. Who else claims it is waited for.
    pub(crate) fn claim(&self, ticket: u64) -> bool {
        let mut wait = self.wait.lock();
        while wait.ticket == ticket && wait.claimed {
            self.wake.wait(&mut wait);
        }
        let open = wait.ticket == ticket && wait.is_open();
        wait.claimed |= open;
        open
    }

    /// Serves the one who was claimed.
    pub(crate) fn serve(&self, answer: A) {
        self.wait.lock().answer = Some(Box::new(answer));
    }

    /// The end of a claim: it was served, or there was nothing for it and it waits on.
    pub(crate) fn release(&self) {
        self.wait.lock().claimed = false;
        self.rouse();
    }

    /// Ends a call that waits; without one nothing happens.
    pub(crate) fn interrupt(&self) {
        let mut wait = self.wait.lock();
        wait.interrupted = wait.waiting;
        self.rouse();
    }

    /// CLIENT UNBLOCK; whether a call waited.
    pub(crate) fn unblock(&self, how: Unblock) -> bool {
        let mut wait = self.wait.lock();
        if !wait.is_open() {
            return false;
        }
        wait.unblocked = Some(how);
        self.rouse();
        true
    }

    /// Has whoever waits look again.
    pub(crate) fn rouse(&self) {
        self.wake.notify_all();
        if let Some(bell) = &self.bell {
            bell();
        }
    }
}
