//! The journal of a database without an append-only file: kept for those who read it, and only for them.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};

use parking_lot::Mutex;

use super::change::Change;
use super::signal::Signal;

/// What a reader takes at once, about.
const BATCH: usize = 64 << 10;

#[derive(Default)]
struct Queue {
    changes: VecDeque<Change>,
    bytes: usize,
    /// Changes that found the queue full, behind those that are in it.
    lost: u64,
}

/// The queue of one reader, filled under the locks that order the changes.
pub(crate) struct Tap {
    queue: Mutex<Queue>,
    most_bytes: usize,
    signal: Arc<Signal>,
}

impl Tap {
    /// Puts the changes of one step behind the others. When they do not fit they are lost, and so is all that follows until
    /// the reader was told: there is one gap, and it has a place.
    fn put(&self, step: &[Change]) {
        let mut queue = self.queue.lock();
        let bytes = step.iter().fold(queue.bytes, |sum, change| sum.saturating_add(change.size()));
        let full = bytes > self.most_bytes && !queue.changes.is_empty();
        if full || queue.lost > 0 || queue.changes.try_reserve(step.len()).is_err() {
            queue.lost += step.len() as u64;
        } else {
            queue.bytes = bytes;
            queue.changes.extend(step.iter().cloned());
        }
        self.signal.set();
    }

    /// Moves what there is to `out`, some of it if there is much. The error is the number of changes that were lost here.
    pub(crate) fn take(&self, out: &mut VecDeque<Change>) -> Result<bool, u64> {
        let mut queue = self.queue.lock();
        let mut taken = 0_usize;
        while taken < BATCH
            && let Some(change) = queue.changes.pop_front()
        {
            taken = taken.saturating_add(change.size());
            out.push_back(change);
        }
        queue.bytes = queue.bytes.saturating_sub(taken);
        match queue.lost {
            lost @ 1.. if taken == 0 => {
                queue.lost = 0;
                Err(lost)
            }
            _ => Ok(taken > 0),
        }
    }

    /// Whether there is something to take, or to tell.
    pub(crate) fn is_ready(&self) -> bool {
        let queue = self.queue.lock();
        !queue.changes.is_empty() || queue.lost > 0
    }
}

#[derive(Default)]
struct Readers {
    /// Changes since the database was opened that somebody read.
    count: u64,
    all: Vec<Weak<Tap>>,
}

/// All readers.
#[derive(Default)]
pub(crate) struct Taps {
    any: AtomicBool,
    readers: Mutex<Readers>,
}

impl Taps {
    /// Whether anybody reads.
    #[inline(always)]
    pub(crate) fn any(&self) -> bool {
        self.any.load(Ordering::Relaxed)
    }

    /// A reader of what follows; the number of changes before it. Nobody changes keys meanwhile.
    pub(crate) fn add(&self, most_bytes: usize, signal: Arc<Signal>) -> (Arc<Tap>, u64) {
        let tap = Arc::new(Tap { queue: Mutex::default(), most_bytes, signal });
        let mut readers = self.readers.lock();
        readers.all.push(Arc::downgrade(&tap));
        self.any.store(true, Ordering::Relaxed);
        (tap, readers.count)
    }

    /// A reader is gone.
    pub(crate) fn settle(&self) {
        let mut readers = self.readers.lock();
        readers.all.retain(|tap| tap.strong_count() > 0);
        self.any.store(!readers.all.is_empty(), Ordering::Relaxed);
    }

    /// Hands the changes of one step to all readers.
    pub(crate) fn put(&self, mut step: Vec<Change>) {
        let mut readers = self.readers.lock();
        let before = readers.count;
        readers.count += 1;
        Change::place(&mut step, before, readers.count);
        readers.all.iter().filter_map(Weak::upgrade).for_each(|tap| tap.put(&step));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_queue_has_one_gap_that_is_told_in_its_place() {
        let taps = Taps::default();
        let change = || Change::new(0, &[b"SET", b"k", b"v"]);
        let (tap, before) = taps.add(change().size() * 2, Arc::new(Signal::new().unwrap()));
        assert!(taps.any() && before == 0);
        for _ in 0..5 {
            taps.put(vec![change()]);
        }
        let mut out = VecDeque::new();
        assert_eq!((tap.take(&mut out), out.len()), (Ok(true), 2));
        taps.put(vec![change(), change()]);
        assert_eq!((tap.is_ready(), tap.take(&mut out)), (true, Err(5)));
        assert_eq!((tap.is_ready(), tap.take(&mut out)), (false, Ok(false)));
        taps.put(vec![change(), change()]);
        assert_eq!(tap.take(&mut out), Ok(true));
        assert_eq!(out.iter().map(Change::offset).collect::<Vec<_>>(), [1, 2, 6, 7]);
        drop(tap);
        taps.settle();
        assert!(!taps.any());
    }
}
