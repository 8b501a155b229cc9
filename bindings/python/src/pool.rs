//! The clients of a database, for calls that may come from any thread.
//!
//! A short call takes the client of its place and keeps the interpreter; a call that may take long takes a client of its own and gives
//! the interpreter up. Clients here have no state that a caller could set, so it does not matter which one it gets.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use lodger::{Client, Db, Error};
use parking_lot::Mutex;
use pyo3::exceptions::PyTimeoutError;
use pyo3::prelude::*;

use crate::errors::{self, Class};
use crate::raw::Home;
use crate::signals;

/// What went wrong in a call.
pub(crate) enum Failure {
    Error(Error),
    Panic(String),
}

impl Failure {
    #[cold]
    pub(crate) fn raise(&self, py: Python<'_>) -> PyErr {
        match self {
            Self::Error(error) => errors::raise(py, error),
            Self::Panic(text) => errors::new(py, Class::Internal, text.clone()),
        }
    }
}

/// Runs a call; after a panic the database only closes.
#[inline]
pub(crate) fn guarded<R>(db: &Db, call: impl FnOnce() -> lodger::Result<R>) -> Result<R, Failure> {
    match catch_unwind(AssertUnwindSafe(call)) {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(error)) => Err(Failure::Error(error)),
        Err(panic) => {
            db.poison();
            let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
            let text = text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default();
            Err(Failure::Panic(format!("a bug in lodger; the database only closes now: {text}")))
        }
    }
}

/// A call with the interpreter given up, and Ctrl-C taken while it waits.
pub(crate) fn detached<R: Send>(
    py: Python<'_>,
    home: &mut Home<Client>,
    call: impl FnOnce(&mut Client) -> lodger::Result<R> + Send,
) -> PyResult<R> {
    let main = signals::is_main(py);
    if main {
        signals::arm(home.value(), true);
    }
    let done = {
        let (db, client) = home.both();
        py.detach(|| guarded(db, || call(client)))
    };
    if main {
        signals::arm(home.value(), false);
        if let Some(raised) = signals::take_raised() {
            return Err(raised);
        }
    }
    done.map_err(|failure| failure.raise(py))
}

/// [`detached`], and `TimeoutError` if the call waits longer than it may.
pub(crate) fn detached_for<R: Send>(
    py: Python<'_>,
    home: &mut Home<Client>,
    time: Duration,
    call: impl FnOnce(&mut Client) -> lodger::Result<R> + Send,
) -> PyResult<R> {
    let over = signals::arm_for(home.value(), time, signals::is_main(py));
    let done = {
        let (db, client) = home.both();
        py.detach(|| guarded(db, || call(client)))
    };
    signals::arm(home.value(), false);
    if let Some(raised) = signals::take_raised() {
        return Err(raised);
    }
    // What it answers then is that it was interrupted.
    if over.load(Ordering::Relaxed) {
        return Err(PyTimeoutError::new_err("a command waited longer than it may"));
    }
    done.map_err(|failure| failure.raise(py))
}

/// See the module.
pub(crate) struct Pool {
    db: Mutex<Option<Home<()>>>,
    /// In memory of their own: Python's does not keep them apart.
    slots: Box<[Slot; SLOTS]>,
    spare: Mutex<Vec<Home<Client>>>,
}

/// Threads that call at the same time without waiting for each other; with the interpreter's lock there is one at a time.
const SLOTS: usize = 8;
/// Clients that are kept for calls that take long.
const SPARE: usize = 16;

#[repr(align(64))]
#[derive(Default)]
struct Slot(Mutex<Option<Home<Client>>>);

static THREADS: AtomicUsize = AtomicUsize::new(0);
thread_local! {
    static PLACE: Cell<usize> = const { Cell::new(usize::MAX) };
}

#[inline]
fn place() -> usize {
    let place = PLACE.get();
    if place == usize::MAX { new_place() } else { place }
}

#[cold]
fn new_place() -> usize {
    let place = THREADS.fetch_add(1, Ordering::Relaxed) % SLOTS;
    PLACE.set(place);
    place
}

impl Pool {
    pub(crate) fn new(db: Db) -> Self {
        Self { db: Mutex::new(Some(Home::new((), db))), slots: Box::default(), spare: Mutex::default() }
    }

    /// The database, unless it was closed.
    pub(crate) fn db(&self, py: Python<'_>) -> PyResult<Db> {
        match &*self.db.lock() {
            Some(home) => Ok(home.db().clone()),
            None => Err(errors::closed(py, "database")),
        }
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.db.lock().is_none()
    }

    pub(crate) fn new_client(&self, py: Python<'_>) -> PyResult<Home<Client>> {
        let db = self.db(py)?;
        let client = db.client().map_err(|error| errors::raise(py, &error))?;
        Ok(Home::new(client, db))
    }

    /// A client that CLIENT KILL ends.
    pub(crate) fn new_connection(&self, py: Python<'_>) -> PyResult<Home<Client>> {
        let db = self.db(py)?;
        let client = db.connection().map_err(|error| errors::raise(py, &error))?;
        Ok(Home::new(client, db))
    }

    /// A call that is short: it keeps the interpreter, unless it may have to wait.
    #[inline]
    pub(crate) fn short<R>(
        &self,
        py: Python<'_>,
        quick: impl FnOnce(&Client) -> bool,
        call: impl FnOnce(&mut Client) -> lodger::Result<R>,
    ) -> Option<PyResult<R>> {
        let mut slot = self.slots.get(place())?.0.try_lock()?;
        if slot.is_none() {
            match self.new_client(py) {
                Ok(client) => *slot = Some(client),
                Err(error) => return Some(Err(error)),
            }
        }
        let (db, client) = slot.as_mut()?.both();
        if !quick(client) {
            return None;
        }
        Some(guarded(db, || call(client)).map_err(|failure| failure.raise(py)))
    }

    /// A call that may take long or wait: the interpreter is given up.
    pub(crate) fn long<R: Send>(
        &self,
        py: Python<'_>,
        call: impl FnOnce(&mut Client) -> lodger::Result<R> + Send,
    ) -> PyResult<R> {
        let spare = self.spare.lock().pop();
        let mut home = match spare {
            Some(home) => home,
            None => self.new_client(py)?,
        };
        let done = detached(py, &mut home, call);
        if !self.is_closed() {
            let mut spare = self.spare.lock();
            if spare.len() < SPARE {
                spare.push(home);
            }
        }
        done
    }

    /// Closes the database for everybody. The second call does nothing.
    pub(crate) fn close(&self, py: Python<'_>) -> PyResult<()> {
        let Some(home) = self.db.lock().take() else { return Ok(()) };
        let done = py.detach(|| {
            let done = guarded(home.db(), || home.db().close());
            // A slot that is in use is given free with the object.
            self.slots.iter().filter_map(|slot| slot.0.try_lock()).for_each(|mut slot| *slot = None);
            self.spare.lock().clear();
            drop(home);
            done
        });
        done.map_err(|failure| failure.raise(py))
    }
}
