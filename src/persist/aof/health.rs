//! Whether the append-only file takes what is appended: it does; or the disk is full, and what waits is kept until it has
//! room; or it has failed for good.

use std::io;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU8, Ordering};

use parking_lot::Mutex;

use crate::base::error::Error;

const WELL: u8 = 0;
const FULL: u8 = 1;
const FAILED: u8 = 2;

/// Why no writes are taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// The disk is full, for the moment.
    Full(Error),
    /// Until the database is opened again.
    Failed(Error),
}

/// See the module. Becomes full and well again under the lock of the file, and never anything else once it has failed.
#[derive(Default)]
pub(super) struct Health {
    state: AtomicU8,
    failure: OnceLock<Error>,
    /// Why the first write failed since the disk had room.
    full: Mutex<Option<Error>>,
}

/// Whether it says that the disk is full.
pub(super) fn is_want_of_room(e: &io::Error) -> bool {
    matches!(e.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}

impl Health {
    /// True when no writes are to be begun: one relaxed load, for the hot path.
    #[inline]
    pub(super) fn refuses(&self) -> bool {
        self.state.load(Ordering::Relaxed) != WELL
    }

    #[inline]
    pub(super) fn has_failed(&self) -> bool {
        self.state.load(Ordering::Acquire) == FAILED
    }

    pub(super) fn is_full(&self) -> bool {
        self.state.load(Ordering::Acquire) == FULL
    }

    /// Why it has failed.
    pub(super) fn failure(&self) -> Option<Error> {
        self.failure.get().cloned()
    }

    /// Why it takes nothing at the moment, or never again.
    pub(super) fn trouble(&self) -> Option<Trouble> {
        if !self.refuses() {
            return None;
        }
        match self.failure() {
            Some(error) => Some(Trouble::Failed(error)),
            None => self.full.lock().clone().map(Trouble::Full),
        }
    }

    /// What a call is told that is refused, or not on disk; nothing if writes are taken.
    pub(super) fn refusal(&self) -> Option<Error> {
        Some(match self.trouble()? {
            Trouble::Failed(error) => error,
            Trouble::Full(error) => {
                Error::new(error.kind(), format!("{}; writes go on when there is room", error.message()))
            }
        })
    }

    /// Nothing is written from here on; the first reason stays.
    pub(super) fn fail(&self, why: Error) {
        let _ = self.failure.set(why);
        self.state.store(FAILED, Ordering::Release);
    }

    /// The disk is full; the first reason stays until it has room.
    pub(super) fn fill(&self, why: Error) {
        self.full.lock().get_or_insert(why);
        self.change(WELL, FULL);
    }

    /// All is written. Whether it was full before.
    pub(super) fn empty(&self) -> bool {
        let was = self.is_full() && self.change(FULL, WELL);
        if was {
            *self.full.lock() = None;
        }
        was
    }

    fn change(&self, from: u8, to: u8) -> bool {
        self.state.compare_exchange(from, to, Ordering::AcqRel, Ordering::Relaxed).is_ok()
    }
}

#[cfg(test)]
#[path = "health_tests.rs"]
mod tests;
