//! What took longer than `latency-monitor-threshold`: LATENCY LATEST, HISTORY, GRAPH and DOCTOR.
//!
//! Whoever does something that others may have to wait for asks [`Monitor::begin`] before and tells [`Monitor::end`] after;
//! while the threshold is 0 that is one load, and no clock is read.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;

use super::clock::{Clock, monotonic_us};

/// Samples kept of an event.
const KEPT: usize = 160;

/// The most that an event took in one second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sample {
    /// Unix time.
    pub(crate) second: i64,
    pub(crate) ms: u64,
}

/// What is known of an event.
#[derive(Debug, Clone, Default)]
pub(crate) struct Series {
    /// The latest ones, oldest first. There is at least one.
    pub(crate) samples: VecDeque<Sample>,
    /// The longest since it was reset.
    pub(crate) worst_ms: u64,
}

/// The events of a database.
#[derive(Debug, Default)]
pub(crate) struct Monitor {
    /// `latency-monitor-threshold`, 0 for none.
    threshold_ms: AtomicU64,
    events: Mutex<BTreeMap<&'static str, Series>>,
    clock: Clock,
}

impl Monitor {
    /// Nothing yet; off.
    pub(crate) fn new(clock: Clock) -> Self {
        Self { clock, ..Self::default() }
    }

    /// `latency-monitor-threshold`.
    pub(crate) fn set_threshold(&self, ms: u64) {
        self.threshold_ms.store(ms, Ordering::Relaxed);
    }

    /// `latency-monitor-threshold`, if it is on.
    #[inline]
    pub(crate) fn threshold(&self) -> Option<u64> {
        Some(self.threshold_ms.load(Ordering::Relaxed)).filter(|ms| *ms > 0)
    }

    /// Something begins: when, if anybody wants to know how long it takes.
    #[inline]
    pub(crate) fn begin(&self) -> Option<u64> {
        self.threshold().map(|_| monotonic_us())
    }

    /// It has ended.
    #[inline]
    pub(crate) fn end(&self, event: &'static str, since: Option<u64>) {
        if let Some(since) = since {
            self.took(event, monotonic_us().saturating_sub(since));
        }
    }

    /// It took so many microseconds.
    #[cold]
    pub(crate) fn took(&self, event: &'static str, us: u64) {
        let ms = us / 1000;
        if self.threshold().is_some_and(|threshold| ms >= threshold) {
            self.keep(event, Sample { second: self.clock.now_ms() / 1000, ms });
        }
    }

    fn keep(&self, event: &'static str, sample: Sample) {
        let mut events = self.events.lock();
        let series = events.entry(event).or_default();
        series.worst_ms = series.worst_ms.max(sample.ms);
        match series.samples.back_mut() {
            Some(last) if last.second == sample.second => last.ms = last.ms.max(sample.ms),
            _ => {
                if series.samples.len() == KEPT {
                    series.samples.pop_front();
                }
                series.samples.push_back(sample);
            }
        }
    }

    /// Every event that there are samples of.
    pub(crate) fn all(&self) -> Vec<(&'static str, Series)> {
        self.events.lock().iter().map(|(event, series)| (*event, series.clone())).collect()
    }

    /// One event.
    pub(crate) fn of(&self, event: &[u8]) -> Option<Series> {
        let event = std::str::from_utf8(event).ok()?;
        self.events.lock().get(event).cloned()
    }

    /// Forgets these events, or all. How many there were.
    pub(crate) fn forget(&self, events: &[&[u8]]) -> usize {
        let mut all = self.events.lock();
        let before = all.len();
        all.retain(|event, _| !events.is_empty() && !events.contains(&event.as_bytes()));
        before - all.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_has_one_sample_and_the_latest_are_kept() {
        let clock = Clock::manual(1_000_000);
        let monitor = Monitor::new(clock.clone());
        monitor.took("command", 5_000);
        assert!(monitor.all().is_empty() && monitor.begin().is_none(), "it is off");
        monitor.set_threshold(5);
        monitor.took("command", 4_999);
        assert!(monitor.of(b"command").is_none(), "not long enough");
        for ms in [7, 9, 5] {
            monitor.took("command", ms * 1000);
        }
        let series = monitor.of(b"command").unwrap();
        assert_eq!((series.samples, series.worst_ms), ([Sample { second: 1000, ms: 9 }].into(), 9));
        for _ in 0..KEPT {
            clock.advance_ms(1000);
            monitor.took("command", 6_000);
        }
        let series = monitor.of(b"command").unwrap();
        assert_eq!((series.samples.len(), series.worst_ms), (KEPT, 9));
        assert_eq!(series.samples.front().unwrap().second, 1001);
        monitor.took("aof-write", 6_000);
        assert_eq!(monitor.forget(&[b"nosuch", b"command"]), 1);
        assert_eq!(monitor.forget(&[]), 1);
        assert!(monitor.all().is_empty());
    }
}
