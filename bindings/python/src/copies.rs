//! Copies that are being written, so that the end of the interpreter leaves none half-written.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};

/// How many there are, and whether they are to end.
pub(crate) struct Copies {
    running: Mutex<usize>,
    fewer: Condvar,
    ended: AtomicBool,
    /// The process that began them.
    pid: u32,
}

impl Default for Copies {
    fn default() -> Self {
        let (running, fewer, ended) = (Mutex::default(), Condvar::new(), AtomicBool::new(false));
        Self { running, fewer, ended, pid: std::process::id() }
    }
}

/// One of them, until it is dropped.
pub(crate) struct Running<'a>(&'a Copies);

impl Copies {
    pub(crate) fn begin(&self) -> Running<'_> {
        *self.running.lock() += 1;
        Running(self)
    }

    /// Whether a copy is to be given up.
    pub(crate) fn are_ended(&self) -> bool {
        self.ended.load(Ordering::Relaxed)
    }

    /// Has all of them given up, and waits until they have removed what they wrote, at most for `time`.
    pub(crate) fn end(&self, time: Duration) {
        // In a forked child nobody writes them.
        if self.pid != std::process::id() {
            return;
        }
        self.ended.store(true, Ordering::Relaxed);
        let until = Instant::now() + time;
        let mut running = self.running.lock();
        while *running > 0 && !self.fewer.wait_until(&mut running, until).timed_out() {}
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        *self.0.running.lock() -= 1;
        self.0.fewer.notify_all();
    }
}
