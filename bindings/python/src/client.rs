//! `Client`: one connection, with the state that Redis's commands know.

use std::time::Duration;

use lodger::{Client, Interrupter};
use parking_lot::{Mutex, MutexGuard};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList, PyTuple};

use crate::commands::{self, Objects, words_of};
use crate::errors::{self, Class};
use crate::pool::{detached, guarded};
use crate::raw::Home;
use crate::{reply, resp};

/// How often a client that is busy is told to stop while it is closed.
const AGAIN: Duration = Duration::from_millis(5);

type Object<'py> = Bound<'py, PyAny>;

/// One connection to the database: selected database, MULTI, WATCH, subscriptions, protocol. One thread at a time.
#[pyclass(module = "lodger._lodger", name = "Client", frozen, weakref)]
pub(crate) struct PyClient {
    home: Mutex<Option<Home<Client>>>,
    interrupter: Interrupter,
    decode: bool,
}

impl PyClient {
    pub(crate) fn new(home: Home<Client>, decode: bool) -> Self {
        let interrupter = home.value().interrupter();
        Self { home: Mutex::new(Some(home)), interrupter, decode }
    }

    /// Runs a call, with the interpreter given up unless it is `quick`.
    fn run<R: Send>(
        &self,
        py: Python<'_>,
        quick: impl FnOnce(&Client) -> bool,
        call: impl FnOnce(&mut Client) -> lodger::Result<R> + Send,
    ) -> PyResult<R> {
        let mut held = self.hold(py)?;
        let Some(home) = held.as_mut() else { return Err(errors::closed(py, "client")) };
        if !quick(home.value()) {
            return detached(py, home, call);
        }
        let (db, client) = home.both();
        guarded(db, || call(client)).map_err(|failure| failure.raise(py))
    }

    fn hold(&self, py: Python<'_>) -> PyResult<MutexGuard<'_, Option<Home<Client>>>> {
        self.home.try_lock().ok_or_else(|| {
            errors::new(py, Class::Busy, "the client is used by another thread at this moment".to_owned())
        })
    }
}

#[pymethods]
impl PyClient {
    /// Any command, given as words. What the command answers as an error is raised.
    #[pyo3(signature = (*args))]
    fn execute<'py>(&self, py: Python<'py>, args: &Bound<'py, PyTuple>) -> PyResult<Object<'py>> {
        let objects: Objects<'_, 'py> = args.iter_borrowed().collect();
        let words = words_of(&objects)?;
        let reply = self.run(py, |client| client.is_quick(&words), |client| client.command(&words))?;
        reply::convert(py, &reply, self.decode)
    }

    /// Several commands, one after the other. An error that a command answers is an exception object in the list.
    fn execute_many<'py>(&self, py: Python<'py>, commands: &Object<'py>) -> PyResult<Bound<'py, PyList>> {
        let given = commands::Given::of(commands)?;
        let objects = given.objects();
        let batch = given.batch(&objects)?;
        let replies = self.run(py, |_| false, |client| batch.run(client))?;
        commands::replies(py, &replies, self.decode, false)
    }

    /// Any command, with the reply in the shape that the selected protocol has on the wire: bytes for strings and statuses, flat
    /// lists for RESP2. An error is an exception object. Messages that came before the reply are in front of it, so what is given is
    /// a list; of a single frame, which is the rule, the list has one element.
    #[pyo3(signature = (*args))]
    fn frames<'py>(&self, py: Python<'py>, args: &Bound<'py, PyTuple>) -> PyResult<Bound<'py, PyList>> {
        let objects: Objects<'_, 'py> = args.iter_borrowed().collect();
        let words = words_of(&objects)?;
        let mut held = self.hold(py)?;
        let Some(home) = held.as_mut() else { return Err(errors::closed(py, "client")) };
        if !home.value().is_quick(&words) {
            let answer = detached(py, home, |client| client.answer(&words).map(<[u8]>::to_vec))?;
            return resp::frames(py, &answer);
        }
        let (db, client) = home.both();
        let done = guarded(db, || client.answer(&words).map(|answer| resp::frames(py, answer)));
        done.map_err(|failure| failure.raise(py))?
    }

    /// `frames` of several commands, in one list.
    fn frames_many<'py>(&self, py: Python<'py>, commands: &Object<'py>) -> PyResult<Bound<'py, PyList>> {
        let given = commands::Given::of(commands)?;
        let objects = given.objects();
        let batch = given.batch(&objects)?;
        let run = |client: &mut Client| {
            let mut all = Vec::new();
            for words in batch.iter() {
                all.extend_from_slice(client.answer(words)?);
            }
            Ok(all)
        };
        let answer = self.run(py, |_| false, run)?;
        resp::frames(py, &answer)
    }

    /// RESP in, RESP out: whole requests, answered as a server would. Messages of channels are in the answer, too; without a request
    /// it is those that wait.
    fn resp<'py>(&self, py: Python<'py>, request: &Bound<'py, PyBytes>) -> PyResult<Bound<'py, PyBytes>> {
        let bytes = request.as_bytes();
        let answer = self.run(py, |_| false, |client| client.resp(bytes).map(<[u8]>::to_vec))?;
        Ok(PyBytes::new(py, &answer))
    }

    /// The next message of the channels that this client listens to, as RESP3 pushes it; None when the time, in milliseconds, is over.
    /// -1 waits for ever.
    #[pyo3(signature = (timeout_ms = -1), text_signature = "($self, timeout_ms=-1)")]
    fn message<'py>(&self, py: Python<'py>, timeout_ms: i64) -> PyResult<Option<Object<'py>>> {
        let mut held = self.hold(py)?;
        let Some(home) = held.as_mut() else { return Err(errors::closed(py, "client")) };
        let (db, client) = home.both();
        let reply = crate::streams::pull(py, db, timeout_ms, |ms| client.message(ms))?;
        reply.map(|reply| reply::element(py, &reply, self.decode)).transpose()
    }

    /// A descriptor that is readable while a message waits; None if this client listens to nothing. Neither read nor closed by others.
    fn message_fd(&self, py: Python<'_>) -> PyResult<Option<i32>> {
        self.run(py, |_| true, |client| client.message_fd())
    }

    /// Wakes the call of this client that waits, from any thread: it raises InterruptedError.
    fn interrupt(&self) {
        self.interrupter.interrupt();
    }

    /// Ends the connection. A call of another thread that waits is ended. The second call does nothing.
    fn close(&self, py: Python<'_>) {
        py.detach(|| {
            loop {
                if let Some(mut held) = self.home.try_lock_for(AGAIN) {
                    *held = None;
                    return;
                }
                self.interrupter.interrupt();
            }
        });
    }

    /// Whether it was closed.
    #[getter]
    fn closed(&self) -> bool {
        self.home.try_lock().is_some_and(|held| held.is_none())
    }
}
