//! Who listens to channels, and takes the messages when it likes.

use std::collections::HashSet;
use std::os::fd::RawFd;
use std::sync::Arc;

use crate::base::error::{Error, ErrorKind, Result};
use crate::engine::Engine;
pub use crate::pubsub::hub::Listen;
use crate::pubsub::mailbox::{Mailbox, Message, Nothing};
use crate::reply::sink::Protocol;
use crate::reply::tree::{Reply, TreeSink};

/// Listens to channels. Messages wait in a queue until [`Subscriber::next`] takes them; what comes while it is full is
/// dropped and counted, and whoever publishes never waits. One thread at a time; [`Subscriber::interrupter`] is for others.
///
/// ```
/// let db = lodger::Db::open(":memory:")?;
/// let mut news = db.subscriber(1000)?;
/// news.add("news", lodger::Listen::Channel)?;
/// db.client()?.command(&["PUBLISH", "news", "hello"])?;
/// let message = news.next(-1)?.expect("it was published");
/// assert_eq!(message.at(2).and_then(|m| m.as_str()), Some("hello"));
/// # Ok::<(), lodger::Error>(())
/// ```
pub struct Subscriber {
    engine: Arc<Engine>,
    mailbox: Arc<Mailbox>,
    names: HashSet<(Listen, Vec<u8>)>,
}

impl Subscriber {
    pub(super) fn new(engine: Arc<Engine>, max_queued: usize) -> Self {
        let mailbox = engine.hub.mailbox(max_queued);
        Self { engine, mailbox, names: HashSet::new() }
    }

    /// Listens to `name` from now on; false if it does already.
    pub fn add(&mut self, name: impl AsRef<[u8]>, listen: Listen) -> Result<bool> {
        self.engine.check_command()?;
        let name = name.as_ref();
        let new = self.engine.hub.listen(listen, name, &self.mailbox);
        if new {
            self.names.insert((listen, name.to_vec()));
        }
        Ok(new)
    }

    /// Listens to `name` no longer; false if it did not. What came before can still be taken.
    pub fn remove(&mut self, name: impl AsRef<[u8]>, listen: Listen) -> Result<bool> {
        self.engine.check_command()?;
        let name = name.as_ref();
        self.names.remove(&(listen, name.to_vec()));
        Ok(self.engine.hub.leave(listen, name, &self.mailbox))
    }

    /// The oldest message, as RESP3 pushes it: `message`, channel and payload; `pmessage`, pattern, channel and payload; or
    /// `smessage`, channel and payload. Waits at most `timeout_ms` milliseconds for one, for ever if that is negative; `None` if
    /// there is none by then. After the database was closed, and the queue emptied, an error of kind [`ErrorKind::Closed`]; of
    /// kind [`ErrorKind::Interrupted`] when [`SubscriberInterrupter::interrupt`] ended the wait.
    pub fn next(&mut self, timeout_ms: i64) -> Result<Option<Reply>> {
        take(&self.engine, &self.mailbox, timeout_ms)
    }

    /// A handle that wakes a waiting [`Subscriber::next`] from any thread.
    pub fn interrupter(&self) -> SubscriberInterrupter {
        SubscriberInterrupter { engine: Arc::clone(&self.engine), mailbox: Arc::clone(&self.mailbox) }
    }

    /// A descriptor that is readable while a message waits or after the database was closed, for poll, epoll and their like. It
    /// is the subscriber's: it is neither read nor closed by others.
    pub fn fd(&self) -> Result<RawFd> {
        self.mailbox.fd().map_err(|e| Error::new(ErrorKind::Io, format!("cannot make a descriptor: {e}")))
    }

    /// Messages that came while the queue was full.
    pub fn dropped(&self) -> u64 {
        self.mailbox.dropped()
    }
}

/// Wakes a subscriber's waiting call from any thread.
#[derive(Clone)]
pub struct SubscriberInterrupter {
    engine: Arc<Engine>,
    mailbox: Arc<Mailbox>,
}

impl SubscriberInterrupter {
    /// Ends the [`Subscriber::next`] that waits with [`ErrorKind::Interrupted`]; does nothing when none does.
    pub fn interrupt(&self) {
        if !self.crossed_fork() {
            self.mailbox.interrupt();
        }
    }

    /// After a panic nothing but closing is safe.
    #[cfg(feature = "capi")]
    pub(crate) fn poison(&self) {
        self.engine.poison();
    }

    /// Whether this process is a child of the one that opened the database.
    pub(crate) fn crossed_fork(&self) -> bool {
        self.engine.crossed_fork()
    }

    /// [`Subscriber::fd`], for any thread; none in a child.
    #[cfg(feature = "capi")]
    pub(crate) fn fd(&self) -> Option<RawFd> {
        if self.crossed_fork() { None } else { self.mailbox.fd().ok() }
    }

    /// [`Subscriber::dropped`], for any thread.
    #[cfg(feature = "capi")]
    pub(crate) fn dropped(&self) -> u64 {
        self.mailbox.dropped()
    }
}

/// The oldest message of a queue: [`Subscriber::next`].
pub(super) fn take(engine: &Engine, mailbox: &Mailbox, timeout_ms: i64) -> Result<Option<Reply>> {
    // Not after close: what came before is still given out.
    if engine.crossed_fork() {
        engine.check_command()?;
    }
    match mailbox.next(timeout_ms) {
        Ok(message) => Ok(Some(tree(&message))),
        Err(Nothing::TimeOver) => Ok(None),
        Err(Nothing::Interrupted) => Err(Error::new(ErrorKind::Interrupted, "the call was interrupted")),
        Err(Nothing::Ended) => Err(match engine.check_command() {
            Err(error) => error,
            Ok(()) => Error::new(ErrorKind::Closed, "the database is closed"),
        }),
    }
}

/// A message as RESP3 shows it.
fn tree(message: &Message) -> Reply {
    let mut reply = Reply::nil();
    let mut sink = TreeSink::new(Protocol::Resp3, &mut reply);
    message.write(&mut sink);
    sink.finish();
    reply
}

impl Drop for Subscriber {
    fn drop(&mut self) {
        // Locks may have been held by threads that a child does not have.
        if !self.engine.crossed_fork() {
            let leave =
                |(listen, name): &(Listen, Vec<u8>)| _ = self.engine.hub.leave(*listen, name, &self.mailbox);
            self.names.iter().for_each(leave);
        }
    }
}
