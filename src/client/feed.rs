//! Who reads the journal: every change, in order.

use std::collections::VecDeque;
use std::os::fd::RawFd;
use std::path::Path;
use std::sync::Arc;

use smallvec::SmallVec;

use super::Client;
use crate::base::clock::monotonic_us;
use crate::base::error::{Error, ErrorKind, Result};
use crate::engine::Engine;
use crate::engine::feed::{Origin, changed_keys};
use crate::persist::aof::From;
use crate::pubsub::change::Change;
use crate::pubsub::signal::{Signal, Woken};
#[cfg(feature = "capi")]
use crate::reply::sink::{Protocol, ReplySink as _};
use crate::reply::tree::Reply;
#[cfg(feature = "capi")]
use crate::reply::tree::TreeSink;

/// What waits at most for a reader in a database without an append-only file.
const MOST_BYTES: usize = 16 << 20;

/// Where a [`Feed`] begins, and what it gives.
#[derive(Debug, Clone, Copy)]
pub struct FeedOptions {
    from: From,
    durable: bool,
    most_bytes: usize,
}

impl FeedOptions {
    const fn new(from: From) -> Self {
        Self { from, durable: false, most_bytes: MOST_BYTES }
    }

    /// With the first change after the call.
    pub const fn now() -> Self {
        Self::new(From::Now)
    }

    /// With the oldest change that is in the append-only file: what came before it is in the base file.
    pub const fn oldest() -> Self {
        Self::new(From::Oldest)
    }

    /// Behind the change whose [`Change::offset`] this is, or where a feed's [`Feed::offset`] was this, also before the database
    /// was opened anew.
    pub const fn after(offset: u64) -> Self {
        Self::new(From::Offset(offset))
    }

    /// Only changes that are on disk, which no power cut takes back. With `appendfsync always` that is so anyway; with
    /// `everysec` they come up to a second later, with `no` not before [`Db::sync`](crate::Db::sync).
    pub const fn durable(mut self) -> Self {
        self.durable = true;
        self
    }

    /// How many bytes of changes wait for the reader in a database without an append-only file, 16 MiB unless said; a single one
    /// may be larger. Elsewhere they wait in the file.
    pub const fn max_bytes(mut self, bytes: usize) -> Self {
        self.most_bytes = bytes;
        self
    }
}

fn signal() -> Result<Arc<Signal>> {
    let failed = |e| Error::new(ErrorKind::Io, format!("cannot make a descriptor: {e}"));
    Signal::new().map(Arc::new).map_err(failed)
}

/// Reads the journal: the commands that make the changes of all databases, in the order in which they happened, without
/// gaps. What a slow reader has not read waits in the append-only file, or, where there is none, in a bounded queue; where changes were
/// lost to it, it is told so by an error of kind [`ErrorKind::Lagged`]. One thread at a time; [`Feed::interrupter`] is for others.
///
/// ```
/// let db = lodger::Db::open(":memory:")?;
/// let mut feed = db.feed(lodger::FeedOptions::now())?;
/// db.client()?.command(&["SET", "greeting", "hello"])?;
/// let change = feed.next(-1)?.expect("it waits for ever");
/// assert_eq!(change.args().collect::<Vec<_>>(), [&b"SET"[..], b"greeting", b"hello"]);
/// assert_eq!(change.keys().next(), Some(&b"greeting"[..]));
/// # Ok::<(), lodger::Error>(())
/// ```
pub struct Feed {
    engine: Arc<Engine>,
    signal: Arc<Signal>,
    origin: Option<Origin>,
    pending: VecDeque<Change>,
    offset: u64,
    /// Looks at values.
    looker: Option<Client>,
}

impl Feed {
    pub(super) fn new(engine: Arc<Engine>, options: FeedOptions) -> Result<Self> {
        engine.check()?;
        let signal = signal()?;
        let origin = engine.feed(options.from, options.durable, options.most_bytes, &signal)?;
        Ok(Self::with(engine, signal, origin))
    }

    /// One that begins where a copy ends.
    pub(super) fn with_copy(
        engine: Arc<Engine>,
        options: FeedOptions,
        path: &Path,
        progress: &mut dyn FnMut(u64, u64) -> bool,
    ) -> Result<Self> {
        engine.check()?;
        let signal = signal()?;
        let origin = engine.copy_and_feed(path, progress, options.durable, options.most_bytes, &signal)?;
        Ok(Self::with(engine, signal, origin))
    }

    fn with(engine: Arc<Engine>, signal: Arc<Signal>, origin: Origin) -> Self {
        let offset = match &origin {
            Origin::File(follower) => follower.place(),
            Origin::Queue(_, before) => *before,
        };
        let feed =
            Self { engine, signal, origin: Some(origin), pending: VecDeque::new(), offset, looker: None };
        feed.settle();
        feed
    }

    /// The next change. Waits at most `timeout_ms` milliseconds for it, for ever if that is negative; `None` if there is none by
    /// then. Errors: of kind [`ErrorKind::Lagged`] where changes are missing (a queue goes on behind them, a file does not, unless keys
    /// were replaced by DEBUG RELOAD); [`ErrorKind::Closed`] after the database was closed and all changes are
    /// read; [`ErrorKind::Interrupted`] when [`FeedInterrupter::interrupt`] ended the wait; [`ErrorKind::Io`],
    /// [`ErrorKind::Corrupt`].
    pub fn next(&mut self, timeout_ms: i64) -> Result<Option<Change>> {
        if self.engine.crossed_fork() {
            self.engine.check()?;
        }
        let got = self.pull(timeout_ms);
        if self.pending.is_empty() {
            self.settle();
        }
        got
    }

    fn pull(&mut self, timeout_ms: i64) -> Result<Option<Change>> {
        let end = match u64::try_from(timeout_ms) {
            Ok(0) => 0,
            Ok(ms) => monotonic_us().saturating_add(ms.saturating_mul(1000)),
            Err(_) => u64::MAX,
        };
        self.signal.begin();
        let mut closed = false;
        loop {
            if let Some(error) = self.signal.take_broken() {
                return Err(error);
            }
            if let Some(change) = self.pending.pop_front() {
                self.offset = change.offset();
                return Ok(Some(change));
            }
            if let Some(origin) = &mut self.origin
                && self.engine.feed_take(origin, &mut self.pending)?
            {
                continue;
            }
            if closed {
                return Err(self.engine.feed_ended());
            }
            self.settle();
            match self.signal.wait(end) {
                Woken::Set => {}
                // What was changed last may have come since it was looked for.
                Woken::Closed => closed = true,
                Woken::TimeOver => return Ok(None),
                Woken::Interrupted => {
                    return Err(Error::new(ErrorKind::Interrupted, "the call was interrupted"));
                }
            }
        }
    }

    /// Sets the signal if there is something to take; has it set when something comes otherwise.
    fn settle(&self) {
        self.signal.clear();
        if self.origin.as_ref().is_some_and(|origin| self.engine.feed_arm(origin)) {
            self.signal.set();
        }
    }

    /// Where a reader goes on that has dealt with everything that [`Feed::next`] has given: the offset of the last change, or
    /// where the feed began.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// What a key holds now, which may be more than the change that named it made of it; a later change tells of that, too. An array of
    /// the value as DUMP gives it, for RESTORE, and the time of its expiry in Unix milliseconds, or -1. `None` if there is no such key.
    pub fn value(&mut self, db: u32, key: impl AsRef<[u8]>) -> Result<Option<Reply>> {
        let mut looker = match self.looker.take() {
            Some(looker) => looker,
            None => {
                self.engine.check_command()?;
                Client::new(Arc::clone(&self.engine), self.engine.enter())
            }
        };
        let (number, key) = (db.to_string(), key.as_ref());
        let commands: [&[&[u8]]; 4] =
            [&[b"SELECT", number.as_bytes()], &[b"MULTI"], &[b"DUMP", key], &[b"PEXPIRETIME", key]];
        for command in commands {
            looker.command(command)?.into_result()?;
        }
        let both = looker.command(&["EXEC"])?.into_result()?;
        // One that failed in the middle is not used again.
        self.looker = Some(looker);
        Ok(both.at(0).is_some_and(|value| !value.is_nil()).then_some(both))
    }

    /// A handle that wakes a waiting [`Feed::next`] from any thread.
    pub fn interrupter(&self) -> FeedInterrupter {
        FeedInterrupter { engine: Arc::clone(&self.engine), signal: Arc::clone(&self.signal) }
    }

    /// A descriptor that is readable while [`Feed::next`] has something to give or to tell, for poll, epoll and their like. It is
    /// the feed's: it is neither read nor closed by others.
    pub fn fd(&self) -> RawFd {
        self.signal.fd()
    }
}

impl Drop for Feed {
    fn drop(&mut self) {
        self.origin = None;
        // Locks may have been held by threads that a child does not have.
        if !self.engine.crossed_fork() {
            self.engine.end_feed();
        }
    }
}

impl Change {
    /// The keys that the command changes. None where it changes a whole database, as FLUSHALL and SWAPDB do.
    pub fn keys(&self) -> impl ExactSizeIterator<Item = &[u8]> {
        let argv: SmallVec<[&[u8]; 16]> = self.args().collect();
        let keys: SmallVec<[&[u8]; 8]> =
            changed_keys(&argv).into_iter().map(|at| argv.get(at).copied().unwrap_or_default()).collect();
        keys.into_iter()
    }

    /// As C sees it.
    #[cfg(feature = "capi")]
    pub(crate) fn into_reply(self) -> Reply {
        let mut reply = Reply::nil();
        let mut sink = TreeSink::new(Protocol::Resp3, &mut reply);
        sink.array(5);
        sink.int(i64::try_from(self.offset()).unwrap_or(i64::MAX));
        sink.int(i64::from(self.db()));
        sink.int(i64::from(self.remaining()));
        sink.array(self.args().len());
        self.args().for_each(|arg| sink.bulk(arg));
        let keys = self.keys();
        sink.array(keys.len());
        keys.for_each(|key| sink.bulk(key));
        sink.finish();
        reply
    }
}

/// Wakes a feed's waiting call from any thread.
#[derive(Clone)]
pub struct FeedInterrupter {
    engine: Arc<Engine>,
    signal: Arc<Signal>,
}

impl FeedInterrupter {
    /// Ends the [`Feed::next`] that waits with [`ErrorKind::Interrupted`]; does nothing when none does.
    pub fn interrupt(&self) {
        if !self.crossed_fork() {
            self.signal.interrupt();
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

    /// [`Feed::fd`], for any thread; none in a child.
    #[cfg(feature = "capi")]
    pub(crate) fn fd(&self) -> Option<RawFd> {
        if self.crossed_fork() { None } else { Some(self.signal.fd()) }
    }
}
