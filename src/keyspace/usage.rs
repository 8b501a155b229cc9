//! Settings of LRU and LFU and the coarse clock they run on.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use super::lfu;
use super::raw::Entry;
use crate::base::clock::Clock;
use crate::base::rng::Rng;

/// How reading and writing mark an entry.
pub(crate) struct Usage {
    clock: Clock,
    /// An LFU policy is in force.
    pub(crate) lfu: AtomicBool,
    /// `lfu-decay-time`, in minutes.
    pub(crate) decay_minutes: AtomicU32,
    /// `lfu-log-factor`.
    pub(crate) log_factor: AtomicU32,
    seconds: AtomicU32,
}

impl Usage {
    /// With Redis's defaults.
    pub(crate) fn new(clock: Clock) -> Self {
        let seconds = AtomicU32::new(lfu::lru_clock(clock.now_ms()));
        Self {
            clock,
            lfu: AtomicBool::new(false),
            decay_minutes: AtomicU32::new(1),
            log_factor: AtomicU32::new(10),
            seconds,
        }
    }

    /// Called by the background thread so that commands need not ask the system for the time.
    pub(crate) fn tick(&self, now_ms: i64) {
        self.seconds.store(lfu::lru_clock(now_ms), Ordering::Relaxed);
    }

    /// The LRU clock, exact to the background thread's interval; a manual clock is always exact.
    #[inline]
    pub(crate) fn lru_clock(&self) -> u32 {
        if self.clock.is_manual() {
            return lfu::lru_clock(self.clock.now_ms());
        }
        self.seconds.load(Ordering::Relaxed)
    }

    /// The bits of a new key.
    #[inline]
    pub(crate) fn fresh(&self) -> u32 {
        if self.lfu.load(Ordering::Relaxed) { lfu::lfu_new(self.clock.now_ms()) } else { self.lru_clock() }
    }

    /// Marks a use.
    #[inline(always)]
    pub(crate) fn touch(&self, entry: &Entry, rng: &mut Rng) {
        if self.lfu.load(Ordering::Relaxed) {
            return self.touch_lfu(entry, rng);
        }
        let clock = self.lru_clock();
        if entry.lru() != clock {
            entry.set_lru(clock);
        }
    }

    #[inline(never)]
    fn touch_lfu(&self, entry: &Entry, rng: &mut Rng) {
        let (decay, factor) =
            (self.decay_minutes.load(Ordering::Relaxed), self.log_factor.load(Ordering::Relaxed));
        entry.set_lru(lfu::lfu_used(entry.lru(), self.clock.now_ms(), decay, factor, rng));
    }
}
