//! What one thread uses at a time: a second one is told so, and who ends it has its call end, from wherever that is.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use pyo3::prelude::*;

use crate::errors::{self, Class};
use crate::raw::Home;
use crate::signals::{in_handler, this_thread};

/// How often what is busy is told to stop while it is closed.
const AGAIN: Duration = Duration::from_millis(5);

/// A client, a subscription or a feed, until it is closed.
pub(crate) struct Handle<T> {
    what: &'static str,
    home: Mutex<Option<Home<T>>>,
    /// The thread whose call has it, by the place of something of its own.
    user: AtomicUsize,
    /// It was closed while its thread is in a signal handler, inside of the call: that lets go of it.
    ended: AtomicBool,
    /// The process that made it.
    pid: u32,
}

impl<T: Send> Handle<T> {
    pub(crate) fn new(home: Home<T>, what: &'static str) -> Self {
        let (user, ended) = (AtomicUsize::new(0), AtomicBool::new(false));
        Self { what, home: Mutex::new(Some(home)), user, ended, pid: std::process::id() }
    }

    /// Runs a call with it.
    #[inline]
    pub(crate) fn with<R>(
        &self,
        py: Python<'_>,
        call: impl FnOnce(&mut Home<T>) -> PyResult<R>,
    ) -> PyResult<R> {
        let Some(mut held) = self.home.try_lock() else { return Err(self.busy(py)) };
        self.user.store(this_thread(), Ordering::Relaxed);
        let done = match held.as_mut() {
            Some(home) => call(home),
            None => Err(errors::closed(py, self.what)),
        };
        self.user.store(0, Ordering::Relaxed);
        if self.ended.load(Ordering::Relaxed) {
            *held = None;
        }
        done
    }

    #[cold]
    fn busy(&self, py: Python<'_>) -> PyErr {
        if self.pid != std::process::id() {
            let text = "the database was opened before fork(); open it in the child";
            return errors::new(py, Class::Forked, text.to_owned());
        }
        errors::new(py, Class::Busy, format!("the {} is used by another call at this moment", self.what))
    }

    /// Whether the call of this thread shall end.
    pub(crate) fn is_ended(&self) -> bool {
        self.ended.load(Ordering::Relaxed)
    }

    /// Whether it is closed.
    pub(crate) fn is_closed(&self) -> bool {
        self.is_ended() || self.home.try_lock().is_some_and(|held| held.is_none())
    }

    /// Closes it; a call of another thread that waits is woken, and waited for.
    pub(crate) fn close(&self, py: Python<'_>, interrupt: impl Fn() + Sync) {
        if let Some(mut held) = self.home.try_lock() {
            *held = None;
            return;
        }
        if self.ends_itself(this_thread(), &interrupt) {
            return;
        }
        // A thread whose call has it never goes on when the interpreter ends, and is not there in a forked child.
        let is_ending = || py.import("sys")?.call_method0("is_finalizing")?.is_truthy();
        if self.pid != std::process::id() || is_ending().unwrap_or(true) {
            return;
        }
        py.detach(|| {
            loop {
                if let Some(mut held) = self.home.try_lock_for(AGAIN) {
                    *held = None;
                    return;
                }
                // Its handler may wait for this thread.
                if self.ends_itself(in_handler(), &interrupt) {
                    return;
                }
                interrupt();
            }
        });
    }

    /// Has the call end, and let go, if it is that of a thread which is somewhere else at this moment.
    fn ends_itself(&self, thread: usize, interrupt: &impl Fn()) -> bool {
        let is_there = self.user.load(Ordering::Relaxed) == thread && thread != 0;
        if is_there {
            self.ended.store(true, Ordering::Relaxed);
            interrupt();
        }
        is_there
    }
}
