//! `Client`: one connection, with the state that Redis's commands know.

use std::time::Duration;

use lodger::{Client, ErrorKind, Interrupter};
use pyo3::exceptions::PyBaseException;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList, PyTuple};
use smallvec::SmallVec;

use crate::commands::{self, Objects, Words, words_of};
use crate::errors::{self, Class};
use crate::handle::Handle;
use crate::pool::{detached, detached_for, guarded};
use crate::raw::Home;
use crate::reply;
use crate::resp::{self, Style};

/// Commands up to which a pipeline of short ones is short.
const SHORT_STACK: usize = 256;

type Object<'py> = Bound<'py, PyAny>;

/// One connection to the database: selected database, MULTI, WATCH, subscriptions, protocol. One thread at a time.
#[pyclass(module = "lodger._lodger", name = "Client", frozen, weakref)]
pub(crate) struct PyClient {
    handle: Handle<Client>,
    interrupter: Interrupter,
    decode: bool,
}

impl PyClient {
    pub(crate) fn new(home: Home<Client>, decode: bool) -> Self {
        let interrupter = home.value().interrupter();
        Self { handle: Handle::new(home, "client"), interrupter, decode }
    }

    /// Runs a call, with the interpreter given up unless it is `quick`.
    fn run<R: Send>(
        &self,
        py: Python<'_>,
        quick: impl FnOnce(&Client) -> bool,
        call: impl FnOnce(&mut Client) -> lodger::Result<R> + Send,
    ) -> PyResult<R> {
        self.handle.with(py, |home| {
            if !quick(home.value()) {
                return detached(py, home, call);
            }
            let (db, client) = home.both();
            guarded(db, || call(client)).map_err(|failure| failure.raise(py))
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

    /// What redis-py does with a command: a first word with spaces is several, the answer has the shape that the selected protocol has
    /// on the wire, and an error is raised. Messages that come before the answer are dropped. With `only_short`, NotImplemented
    /// if the call may have to wait or takes long.
    #[pyo3(signature = (args, style, only_short = false))]
    fn call<'py>(
        &self,
        py: Python<'py>,
        args: &Bound<'py, PyTuple>,
        style: &Style,
        only_short: bool,
    ) -> PyResult<Object<'py>> {
        let objects: Objects<'_, 'py> = args.iter_borrowed().collect();
        let mut words = Words::new();
        commands::split(&mut words, &objects)?;
        let reply = self.handle.with(py, |home| {
            if home.value().is_quick(&words) {
                let (db, client) = home.both();
                let done = guarded(db, || client.answer(&words).map(|answer| resp::last(py, answer, style)));
                return done.map_err(|failure| failure.raise(py))?;
            }
            if only_short {
                return Ok(py.NotImplemented().into_bound(py));
            }
            let answer = detached(py, home, |client| client.answer(&words).map(<[u8]>::to_vec))?;
            resp::last(py, &answer, style)
        })?;
        if reply.is_instance_of::<PyBaseException>() {
            return Err(PyErr::from_value(reply));
        }
        Ok(reply)
    }

    /// `call` for the commands of a pipeline, pairs of which the first is the words; with `atomic` between MULTI and EXEC. All
    /// answers in a list, those of MULTI and EXEC, too; an error is an exception object.
    #[pyo3(signature = (stack, style, atomic = false, only_short = false))]
    fn call_stack<'py>(
        &self,
        py: Python<'py>,
        stack: &Bound<'py, PyList>,
        style: &Style,
        atomic: bool,
        only_short: bool,
    ) -> PyResult<Object<'py>> {
        let given = commands::Given::of_stack(stack)?;
        let objects = given.objects();
        let batch = given.batch_split(&objects, atomic)?;
        // Those that were run, and what ended the client in their midst.
        let run = |client: &mut Client| {
            let (mut all, mut count) = (Vec::new(), 0_usize);
            for words in batch.iter() {
                match client.answer(words) {
                    Ok(answer) => all.extend_from_slice(answer),
                    Err(error) if count > 0 && error.kind() == ErrorKind::Closed => {
                        return Ok((all, Some(error)));
                    }
                    Err(error) => return Err(error),
                }
                count += 1;
            }
            Ok((all, None))
        };
        let all_short = |client: &Client| {
            let ends = usize::from(atomic);
            let inner = || batch.iter().skip(ends).take(stack.len());
            stack.len() <= SHORT_STACK && inner().all(|words| client.is_quick(words))
        };
        self.handle.with(py, |home| {
            let (answer, end) = if all_short(home.value()) {
                let (db, client) = home.both();
                guarded(db, || run(client)).map_err(|failure| failure.raise(py))?
            } else if only_short {
                return Ok(py.NotImplemented().into_bound(py));
            } else {
                detached(py, home, run)?
            };
            match end {
                // Who takes it for one that ran nothing runs it again.
                Some(error) => Err(errors::new(py, Class::Interrupted, error.message().to_owned())),
                None => resp::all(py, &answer, style).map(Bound::into_any),
            }
        })
    }

    /// RESP in, RESP out: whole requests, answered as a server would. Messages of channels are in the answer, too; without a request
    /// it is those that wait. TimeoutError if a command waits longer than a number of milliseconds; -1 is for ever. With
    /// `only_short`, NotImplemented if a command may have to wait or takes long.
    #[pyo3(
        signature = (request, timeout_ms = -1, only_short = false),
        text_signature = "($self, request, timeout_ms=-1, only_short=False)"
    )]
    fn resp<'py>(
        &self,
        py: Python<'py>,
        request: &Bound<'py, PyBytes>,
        timeout_ms: i64,
        only_short: bool,
    ) -> PyResult<Object<'py>> {
        let bytes = request.as_bytes();
        let call = |client: &mut Client| client.resp(bytes).map(<[u8]>::to_vec);
        self.handle.with(py, |home| {
            if is_short(home.value(), bytes) {
                let (db, client) = home.both();
                let done =
                    guarded(db, || client.resp(bytes).map(|answer| PyBytes::new(py, answer).into_any()));
                return done.map_err(|failure| failure.raise(py));
            }
            if only_short {
                return Ok(py.NotImplemented().into_bound(py));
            }
            let answer = match u64::try_from(timeout_ms) {
                Ok(ms) => detached_for(py, home, Duration::from_millis(ms), call)?,
                Err(_) => detached(py, home, call)?,
            };
            Ok(PyBytes::new(py, &answer).into_any())
        })
    }

    /// The next message of the channels that this client listens to, as RESP3 pushes it; None when the time, in milliseconds, is over.
    /// -1 waits for ever.
    #[pyo3(signature = (timeout_ms = -1), text_signature = "($self, timeout_ms=-1)")]
    fn message<'py>(&self, py: Python<'py>, timeout_ms: i64) -> PyResult<Option<Object<'py>>> {
        let is_ended = || self.handle.is_ended();
        let reply = self.handle.with(py, |home| {
            let (db, client) = home.both();
            crate::streams::pull(py, db, timeout_ms, is_ended, |ms| client.message(ms))
        })?;
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
        self.handle.close(py, || self.interrupter.interrupt());
    }

    /// Whether it was closed.
    #[getter]
    fn closed(&self) -> bool {
        self.handle.is_closed()
    }
}

/// Whether all requests are sure to be short; without one it is only taken what waits.
fn is_short(client: &Client, mut requests: &[u8]) -> bool {
    for _ in 0..SHORT_STACK {
        if requests.is_empty() {
            return true;
        }
        let Some(words) = request(&mut requests) else { return false };
        if !client.is_quick(&words) {
            return false;
        }
    }
    false
}

/// The words of the next request; `None` if it is not an array of strings.
fn request<'a>(rest: &mut &'a [u8]) -> Option<SmallVec<[&'a [u8]; 6]>> {
    let count = header(rest, b'*')?;
    // The vector grows with what is there.
    let mut words = SmallVec::new();
    for _ in 0..count {
        let len = header(rest, b'$')?;
        words.push(rest.get(..len)?);
        *rest = rest.get(len.checked_add(2)?..)?;
    }
    Some(words)
}

/// The number in a line that begins with `kind`.
fn header(rest: &mut &[u8], kind: u8) -> Option<usize> {
    let end = rest.iter().take(20).position(|b| *b == b'\r')?;
    let (line, after) = (rest.get(..end)?, rest.get(end + 2..)?);
    let (first, digits) = line.split_first()?;
    *rest = after;
    if *first == kind { std::str::from_utf8(digits).ok()?.parse().ok() } else { None }
}
