//! How one who reads the journal is told that there is more to read.

use std::io;
use std::os::fd::{AsRawFd as _, RawFd};
use std::time::Duration;

use parking_lot::{Condvar, Mutex};

use crate::base::clock::monotonic_us;
use crate::base::error::Error;
use crate::sys::event::Event;

/// The longest single sleep, so that no clock arithmetic overflows.
const PART_US: u64 = 3_600_000_000;

/// Why a sleep ended.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Woken {
    /// There is something to read.
    Set,
    /// There will be nothing more.
    Closed,
    /// Somebody wants the owner to stop waiting.
    Interrupted,
    /// The time is over.
    TimeOver,
}

#[derive(Default)]
struct State {
    set: bool,
    asleep: bool,
    interrupted: bool,
    closed: bool,
    /// What happened to the data that no change tells.
    broken: Option<Error>,
}

impl State {
    fn is_readable(&self) -> bool {
        self.set || self.closed || self.broken.is_some()
    }
}

/// See the module. Set by those who write, cleared by the one who reads; its descriptor is readable while it is set.
pub(crate) struct Signal {
    state: Mutex<State>,
    wake: Condvar,
    event: Event,
}

impl Signal {
    /// One that is not set.
    pub(crate) fn new() -> io::Result<Self> {
        Ok(Self { state: Mutex::default(), wake: Condvar::new(), event: Event::new()? })
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        let mut state = self.state.lock();
        let before = state.is_readable();
        change(&mut state);
        match (before, state.is_readable()) {
            (false, true) => self.event.set(),
            (true, false) => self.event.clear(),
            _ => {}
        }
        if state.asleep && state.is_readable() {
            self.wake.notify_all();
        }
    }

    /// There is something to read.
    pub(crate) fn set(&self) {
        self.change(|state| state.set = true);
    }

    /// There may be nothing to read any more.
    pub(crate) fn clear(&self) {
        self.change(|state| state.set = false);
    }

    /// Nothing comes any more.
    pub(crate) fn close(&self) {
        self.change(|state| state.closed = true);
    }

    /// Something happened to the data that no change tells.
    pub(crate) fn break_off(&self, why: Error) {
        self.change(|state| state.broken = Some(why));
    }

    /// What that was, once.
    pub(crate) fn take_broken(&self) -> Option<Error> {
        let mut broken = None;
        self.change(|state| broken = state.broken.take());
        broken
    }

    /// A call begins: an interruption from before it is none.
    pub(crate) fn begin(&self) {
        self.state.lock().interrupted = false;
    }

    /// Sleeps until it is set or closed, at most until `end` of the monotonic clock; not at all if that is 0.
    pub(crate) fn wait(&self, end: u64) -> Woken {
        let mut state = self.state.lock();
        loop {
            if state.set || state.broken.is_some() {
                return Woken::Set;
            }
            if state.closed {
                return Woken::Closed;
            }
            if std::mem::take(&mut state.interrupted) {
                return Woken::Interrupted;
            }
            let left = if end == 0 { 0 } else { end.saturating_sub(monotonic_us()) };
            if left == 0 {
                return Woken::TimeOver;
            }
            state.asleep = true;
            self.wake.wait_for(&mut state, Duration::from_micros(left.min(PART_US)));
            state.asleep = false;
        }
    }

    /// Wakes the owner if it waits.
    pub(crate) fn interrupt(&self) {
        let mut state = self.state.lock();
        state.interrupted = state.asleep;
        self.wake.notify_all();
    }

    /// The descriptor.
    pub(crate) fn fd(&self) -> RawFd {
        self.event.as_raw_fd()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_set_until_it_is_cleared_and_closed_for_ever() {
        let signal = Signal::new().unwrap();
        assert_eq!(signal.wait(0), Woken::TimeOver);
        signal.set();
        assert_eq!((signal.wait(0), signal.wait(u64::MAX)), (Woken::Set, Woken::Set));
        signal.clear();
        signal.interrupt();
        assert_eq!(signal.wait(0), Woken::TimeOver);
        signal.close();
        signal.clear();
        assert_eq!(signal.wait(u64::MAX), Woken::Closed);
    }
}
