//! What is pulled from: messages of channels, and changes of the journal.

use std::time::Instant;

use lodger::{FeedInterrupter, FeedOptions, Listen, SubscriberInterrupter};
use pyo3::prelude::*;
use pyo3::types::{PyInt, PyList, PyTuple};

use crate::errors::{self, Class};
use crate::handle::Handle;
use crate::options::bad;
use crate::pool::guarded;
use crate::raw::Home;
use crate::word::Word;
use crate::{reply, signals};

type Object<'py> = Bound<'py, PyAny>;

/// Takes what `next` gives, which waits as many milliseconds as it is told, for ever with a negative number. The interpreter is given up for
/// a wait; the main thread looks for signals meanwhile, whose handlers may end it.
pub(crate) fn pull<T: Send>(
    py: Python<'_>,
    db: &lodger::Db,
    timeout_ms: i64,
    is_ended: impl Fn() -> bool,
    mut next: impl FnMut(i64) -> lodger::Result<Option<T>> + Send,
) -> PyResult<Option<T>> {
    let mut step = |ms: i64| guarded(db, || next(ms));
    // What is there already costs no change of threads.
    let there = step(0).map_err(|failure| failure.raise(py))?;
    if there.is_some() || timeout_ms == 0 {
        return Ok(there);
    }
    if !signals::is_main(py) {
        return py.detach(|| step(timeout_ms)).map_err(|failure| failure.raise(py));
    }
    let every = i64::try_from(signals::EVERY.as_millis()).unwrap_or(50);
    let start = Instant::now();
    loop {
        let left = match timeout_ms {
            ..0 => every,
            _ => timeout_ms.saturating_sub(i64::try_from(start.elapsed().as_millis()).unwrap_or(i64::MAX)),
        };
        if left <= 0 {
            return Ok(None);
        }
        let got = py.detach(|| step(left.min(every))).map_err(|failure| failure.raise(py))?;
        if got.is_some() {
            return Ok(got);
        }
        signals::check(py)?;
        if is_ended() {
            return Err(errors::new(py, Class::Interrupted, "it was closed while it waited".to_owned()));
        }
    }
}

/// Who listens to channels.
#[pyclass(module = "lodger._lodger", frozen, weakref)]
pub(crate) struct Subscriber {
    handle: Handle<lodger::Subscriber>,
    interrupter: SubscriberInterrupter,
    fd: i32,
    decode: bool,
}

impl Subscriber {
    pub(crate) fn new(subscriber: lodger::Subscriber, db: lodger::Db, decode: bool) -> lodger::Result<Self> {
        let (interrupter, fd) = (subscriber.interrupter(), subscriber.fd()?);
        let handle = Handle::new(Home::new(subscriber, db), "subscription");
        Ok(Self { handle, interrupter, fd, decode })
    }

    fn change(
        &self,
        py: Python<'_>,
        name: &Object<'_>,
        kind: &str,
        change: impl FnOnce(&mut lodger::Subscriber, &[u8], Listen) -> lodger::Result<bool>,
    ) -> PyResult<bool> {
        let listen = match kind {
            "channel" => Listen::Channel,
            "pattern" => Listen::Pattern,
            "shard" => Listen::Shard,
            _ => return Err(bad(py, "what is listened to is a channel, a pattern or a shard channel")),
        };
        let name = Word::of(name)?;
        self.handle.with(py, |home| {
            let (db, subscriber) = home.both();
            guarded(db, || change(subscriber, name.as_ref(), listen)).map_err(|failure| failure.raise(py))
        })
    }
}

#[pymethods]
impl Subscriber {
    /// Listens to a channel, pattern or shard channel from now on; False if it does already.
    fn add(&self, py: Python<'_>, name: &Object<'_>, kind: &str) -> PyResult<bool> {
        self.change(py, name, kind, |subscriber, name, listen| subscriber.add(name, listen))
    }

    /// Listens to it no longer; False if it did not.
    fn remove(&self, py: Python<'_>, name: &Object<'_>, kind: &str) -> PyResult<bool> {
        self.change(py, name, kind, |subscriber, name, listen| subscriber.remove(name, listen))
    }

    /// The oldest message as a list of its kind, pattern if any, channel and payload; None when the time, in milliseconds, is over.
    fn next<'py>(&self, py: Python<'py>, timeout_ms: i64) -> PyResult<Option<Object<'py>>> {
        let is_ended = || self.handle.is_ended();
        let message = self.handle.with(py, |home| {
            let (db, subscriber) = home.both();
            pull(py, db, timeout_ms, is_ended, |ms| subscriber.next(ms))
        })?;
        message.map(|message| reply::element(py, &message, self.decode)).transpose()
    }

    /// Messages that came while the queue was full.
    fn dropped(&self, py: Python<'_>) -> PyResult<u64> {
        self.handle.with(py, |home| Ok(home.value().dropped()))
    }

    /// A descriptor that is readable while a message waits; neither read nor closed by others.
    fn fileno(&self) -> i32 {
        self.fd
    }

    /// Wakes a `next` that waits, from any thread.
    fn interrupt(&self) {
        self.interrupter.interrupt();
    }

    /// Listens to nothing any more. The second call does nothing.
    fn close(&self, py: Python<'_>) {
        self.handle.close(py, || self.interrupter.interrupt());
    }
}

/// Where a feed begins.
pub(crate) fn feed_options(start: &Object<'_>, durable: bool, max_bytes: usize) -> PyResult<FeedOptions> {
    let py = start.py();
    let options = if start.is_instance_of::<PyInt>() {
        FeedOptions::after(start.extract::<u64>().map_err(|_| bad(py, "an offset is never negative"))?)
    } else {
        match start.extract::<String>().as_deref() {
            Ok("now") => FeedOptions::now(),
            Ok("oldest") => FeedOptions::oldest(),
            _ => return Err(bad(py, "a feed starts 'now', at the 'oldest' change, or behind an offset")),
        }
    };
    Ok(if durable { options.durable() } else { options }.max_bytes(max_bytes))
}

/// A reader of every change, in order.
#[pyclass(module = "lodger._lodger", frozen, weakref)]
pub(crate) struct Feed {
    handle: Handle<lodger::Feed>,
    interrupter: FeedInterrupter,
    fd: i32,
    decode: bool,
}

impl Feed {
    pub(crate) fn new(feed: lodger::Feed, db: lodger::Db, decode: bool) -> Self {
        let (interrupter, fd) = (feed.interrupter(), feed.fd());
        Self { handle: Handle::new(Home::new(feed, db), "feed"), interrupter, fd, decode }
    }

    fn shown<'py>(&self, py: Python<'py>, change: &lodger::Change) -> PyResult<Bound<'py, PyTuple>> {
        let (args, keys) = (PyList::empty(py), PyList::empty(py));
        for arg in change.args() {
            args.append(reply::text(py, arg, self.decode)?)?;
        }
        for key in change.keys() {
            keys.append(reply::text(py, key, self.decode)?)?;
        }
        (change.offset(), change.db(), change.remaining(), args, keys).into_pyobject(py)
    }
}

#[pymethods]
impl Feed {
    /// The next change as a tuple of its offset, database, how many more belong to the same step, words and keys; None when the
    /// time, in milliseconds, is over.
    fn next<'py>(&self, py: Python<'py>, timeout_ms: i64) -> PyResult<Option<Bound<'py, PyTuple>>> {
        let is_ended = || self.handle.is_ended();
        let change = self.handle.with(py, |home| {
            let (db, feed) = home.both();
            pull(py, db, timeout_ms, is_ended, |ms| feed.next(ms))
        })?;
        change.map(|change| self.shown(py, &change)).transpose()
    }

    /// Where a reader goes on that has dealt with all that was given.
    fn offset(&self, py: Python<'_>) -> PyResult<u64> {
        self.handle.with(py, |home| Ok(home.value().offset()))
    }

    /// What a key holds now: the value as DUMP gives it, and its expiry in Unix milliseconds or -1; None without a key.
    fn value<'py>(&self, py: Python<'py>, db: u32, key: &Object<'py>) -> PyResult<Option<Object<'py>>> {
        let key = Word::of(key)?;
        let value = self.handle.with(py, |home| {
            let (owner, feed) = home.both();
            py.detach(|| guarded(owner, || feed.value(db, key.as_ref()))).map_err(|failure| failure.raise(py))
        })?;
        value.map(|value| reply::element(py, &value, false)).transpose()
    }

    /// A descriptor that is readable while a change waits; neither read nor closed by others.
    fn fileno(&self) -> i32 {
        self.fd
    }

    /// Wakes a `next` that waits, from any thread.
    fn interrupt(&self) {
        self.interrupter.interrupt();
    }

    /// Reads no more. The second call does nothing.
    fn close(&self, py: Python<'_>) {
        self.handle.close(py, || self.interrupter.interrupt());
    }
}
