//! The Rust API: an open database and its clients. Every other door goes through these two.
//!
//! Start reading at [`Client::command`]; the typed calls are in `typed.rs`.

mod door;
mod feed;
mod guest;
mod subscriber;
mod typed;
mod values;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;

pub(crate) use door::{Door, Peer, State};
pub use feed::{Feed, FeedInterrupter, FeedOptions};
pub use subscriber::{Listen, Subscriber, SubscriberInterrupter};

use crate::base::error::{Error, ErrorKind, Result};
use crate::cmd::host::Host as _;
use crate::cmd::session::{Card, Session};
use crate::engine::{Engine, LogFn, Options};
use crate::proto::decode::{Decoder, ProtocolError};
use crate::proto::encode::RespSink;
use crate::reply::sink::{Block, ReplySink as _};
use crate::reply::tree::{Reply, TreeSink};

/// An open database: shared by any number of threads, cheap to clone. When the last clone is dropped the
/// database is closed; [`Db::close`] does so at once and tells of errors.
#[derive(Clone)]
pub struct Db {
    owner: Arc<Owner>,
}

/// Closes the database when the last handle goes.
struct Owner {
    engine: Arc<Engine>,
}

impl Drop for Owner {
    fn drop(&mut self) {
        // Nobody is left to be told; `Db::close` is for those who want to know.
        let _ = self.engine.close();
    }
}

impl Db {
    pub(crate) fn new(engine: Arc<Engine>) -> Self {
        Self { owner: Arc::new(Owner { engine }) }
    }

    /// Opens a location with default options: see [`Options::open`].
    pub fn open(location: impl AsRef<Path>) -> Result<Self> {
        Options::new().open(location)
    }

    /// A new client. Each is used by one thread at a time.
    pub fn client(&self) -> Result<Client> {
        self.engine().check_command()?;
        let engine = Arc::clone(&self.owner.engine);
        let session = engine.enter();
        Ok(Client::new(engine, session))
    }

    /// Who listens to channels: see [`Subscriber`]. At most `max_queued` messages wait for it.
    pub fn subscriber(&self, max_queued: usize) -> Result<Subscriber> {
        self.engine().check_command()?;
        Ok(Subscriber::new(Arc::clone(&self.owner.engine), max_queued))
    }

    /// A reader of the journal, which gets every change in order: see [`Feed`].
    pub fn feed(&self, options: FeedOptions) -> Result<Feed> {
        Feed::new(Arc::clone(&self.owner.engine), options)
    }

    /// A copy as [`Db::backup`] makes it, and a reader of exactly the changes that it lacks. Where the feed begins is not taken from
    /// `options`.
    pub fn copy_and_feed(
        &self,
        path: impl AsRef<Path>,
        options: FeedOptions,
        mut progress: impl FnMut(u64, u64) -> bool,
    ) -> Result<Feed> {
        Feed::with_copy(Arc::clone(&self.owner.engine), options, path.as_ref(), &mut progress)
    }

    /// The offset before the oldest change that a feed can still give: what a rewrite of the append-only file has left.
    pub fn oldest_change(&self) -> Result<u64> {
        self.engine().feed_oldest()
    }

    /// Returns when everything acknowledged so far is on disk, whatever `appendfsync` says.
    pub fn sync(&self) -> Result<()> {
        self.engine().sync()
    }

    /// Writes a copy of everything, as of one moment and while writers go on, to a file in Redis's RDB format. `progress`
    /// is called now and then with the keys done and all keys; when it answers false the copy is cancelled, which is
    /// an error of kind [`ErrorKind::Interrupted`]. A file that is there and is no snapshot is not overwritten; one
    /// copy at a time ([`ErrorKind::Busy`]). Answers the number of keys.
    pub fn backup(&self, path: impl AsRef<Path>, mut progress: impl FnMut(u64, u64) -> bool) -> Result<u64> {
        self.engine().backup(path.as_ref(), &mut progress)
    }

    /// Closes the database for all handles and clients: wakes waiting calls, writes and syncs. Later calls
    /// answer [`ErrorKind::Closed`].
    pub fn close(&self) -> Result<()> {
        self.engine().close()
    }

    /// CONFIG RESETSTAT, without counting as a call.
    #[doc(hidden)]
    pub fn reset_stats(&self) {
        use crate::cmd::host::Host as _;
        self.engine().reset_stats();
    }

    /// [`Db::close`] of a program that is nothing but a server: if a client's SHUTDOWN ended that, a location that is a snapshot
    /// file is not saved again; SHUTDOWN has saved it, or was told not to.
    pub fn close_as_shut_down(&self) -> Result<()> {
        self.engine().close_as_shut_down()
    }

    /// Sets, or with `None` removes, the receiver of log lines.
    pub fn set_log(&self, log: Option<LogFn>) {
        self.engine().set_log(log);
        self.engine().tell_early();
    }

    pub(crate) fn engine(&self) -> &Engine {
        &self.owner.engine
    }

    pub(crate) fn shared_engine(&self) -> &Arc<Engine> {
        &self.owner.engine
    }
}

/// A client: selected database, protocol and name. One thread at a time; make one per thread.
pub struct Client {
    engine: Arc<Engine>,
    session: Session,
    sink: RespSink,
    answer: Vec<u8>,
    /// The value of the last typed call and a NUL, if it was copied.
    value: Vec<u8>,
    /// The value of the last typed call, if it is shared.
    pin: Option<Block>,
    many: typed::Many,
    /// Something borrowed from the last call takes memory worth giving back when the next one begins.
    held: bool,
}

/// Buffers up to this size are kept for the calls to come.
const KEEP: usize = 1 << 20;

impl Drop for Client {
    fn drop(&mut self) {
        if !self.engine.crossed_fork() {
            self.engine.depart(&mut self.session);
        }
    }
}

/// Wakes a client's waiting call from any thread.
#[derive(Clone)]
pub struct Interrupter {
    card: Arc<Card>,
    engine: Arc<Engine>,
}

impl Interrupter {
    /// Whether this process is a child of the one that opened the database.
    pub(crate) fn crossed_fork(&self) -> bool {
        self.engine.crossed_fork()
    }

    /// Ends the call that waits with [`ErrorKind::Interrupted`]; does nothing when none does.
    pub fn interrupt(&self) {
        self.card.interrupt();
    }
}

impl Client {
    fn new(engine: Arc<Engine>, session: Session) -> Self {
        let sink = RespSink::new(session.protocol);
        Self {
            engine,
            session,
            sink,
            answer: Vec::new(),
            value: Vec::new(),
            pin: None,
            many: typed::Many::default(),
            held: false,
        }
    }

    /// The start of every call: refuses it, or ends what the last one lent.
    #[inline(always)]
    fn begin(&mut self) -> Result<()> {
        self.engine.check()?;
        if self.held {
            self.release();
        }
        Ok(())
    }

    /// The start of every typed call: it cannot be queued.
    #[inline(always)]
    fn begin_typed(&mut self) -> Result<()> {
        if self.session.queue.is_some() {
            return Err(in_multi());
        }
        self.begin()
    }

    /// Gives back values that were lent without a copy, and buffers that grew large.
    #[cold]
    fn release(&mut self) {
        self.release_values();
        if self.answer.capacity() > KEEP {
            self.answer = Vec::new();
        }
        self.sink.shrink(KEEP);
    }

    fn release_values(&mut self) {
        self.held = false;
        self.pin = None;
        self.many.release();
    }

    /// A handle that wakes this client's waiting call from any thread.
    pub fn interrupter(&self) -> Interrupter {
        Interrupter { card: Arc::clone(&self.session.card), engine: Arc::clone(&self.engine) }
    }

    pub(crate) fn engine(&self) -> &Arc<Engine> {
        &self.engine
    }

    /// Runs any command. What Redis answers as an error is a reply of kind error; `Err` is a failure of the
    /// database itself.
    pub fn command<A: AsRef<[u8]>>(&mut self, argv: &[A]) -> Result<Reply> {
        let words: smallvec::SmallVec<[&[u8]; 8]> = argv.iter().map(AsRef::as_ref).collect();
        let mut reply = Reply::nil();
        self.command_words(&words, &mut reply)?;
        Ok(reply)
    }

    /// [`Client::command`] for words that are slices already, and a reply that is written where it stays.
    pub(crate) fn command_words(&mut self, argv: &[&[u8]], reply: &mut Reply) -> Result<()> {
        self.engine.check_command()?;
        if self.held {
            self.release();
        }
        if argv.is_empty() {
            return Err(Error::new(ErrorKind::Arg, "a command needs at least its name"));
        }
        room_for(&self.engine, argv, 3)?;
        let mut sink = TreeSink::new(self.session.protocol, reply);
        self.session.streams = false;
        let lsn = self.engine.execute(&mut self.session, argv, &mut sink)?;
        sink.finish();
        self.engine.commit(lsn)
    }

    /// What came through the channels that this client listens to, after a command such as SUBSCRIBE: see
    /// [`Subscriber::next`]; and, after CLIENT TRACKING in RESP3, which keys are out of date. A client that listens to nothing does not wait; [`Interrupter::interrupt`] ends a wait.
    ///
    /// For programs that speak Redis's commands; [`Subscriber`] does the same without them. A queue that is full, by the
    /// directive `client-output-buffer-limit` for `pubsub`, drops what comes.
    pub fn message(&mut self, timeout_ms: i64) -> Result<Option<Reply>> {
        match self.session.card.mailbox.get() {
            Some(mailbox) => {
                let timeout_ms = if self.expects() { timeout_ms } else { 0 };
                subscriber::take(&self.engine, mailbox, timeout_ms)
            }
            None => self.engine.check_command().map(|()| None),
        }
    }

    /// Whether messages may come.
    fn expects(&self) -> bool {
        let Session { card, listening, tracking, .. } = &self.session;
        listening.is_some() || tracking.is_some() || card.tracks.told_for.load(Ordering::Relaxed)
    }

    /// RESP in, RESP out: one or more whole requests, answered as a server would. The answer is borrowed until
    /// the next call. Messages of channels that the client listens to are in it as well, in their place; without a request
    /// it is those that wait. An incomplete request is an error and nothing is executed.
    pub fn resp(&mut self, request: &[u8]) -> Result<&[u8]> {
        self.check_connected()?;
        if self.held {
            self.release_values();
        }
        let max_bulk = self.engine.max_bulk();
        self.answer.clear();
        self.sink.clear();
        self.held = self.answer.capacity() > KEEP;
        whole(request, max_bulk)?;
        self.session.streams = true;
        let (lsn, done) = self.pipeline(request, max_bulk);
        if let Some(mailbox) = self.session.card.mailbox.get() {
            mailbox.drain(usize::MAX, &mut self.sink);
        }
        // What was executed is made durable also when the call fails.
        self.engine.commit(lsn)?;
        done?;
        self.finish_answer()
    }

    /// Executes whole requests. Answers the journal position to wait for, and whether the call goes on.
    fn pipeline(&mut self, request: &[u8], max_bulk: usize) -> (u64, Result<()>) {
        let mut decoder = Decoder::new(max_bulk);
        let (mut rest, mut lsn) = (request, 0);
        loop {
            self.sink.set_protocol(self.session.protocol);
            let step = match decoder.next_request(rest) {
                Ok(step) => step,
                Err(error) => {
                    self.sink.error(error.message().as_ref());
                    return (lsn, Ok(()));
                }
            };
            let Some(argv) = step.request else { return (lsn, Ok(())) };
            let run = |()| self.engine.execute(&mut self.session, &argv, &mut self.sink);
            match room_for(&self.engine, &argv, 3).and_then(run) {
                Ok(at) => lsn = lsn.max(at),
                // A word too long, by a limit that came down after the requests were looked at.
                Err(error) if error.kind() == ErrorKind::Arg => {
                    self.sink.error(ProtocolError::BulkLength.message().as_ref());
                    return (lsn, Ok(()));
                }
                // The call of a connection that is killed while it waits has no answer.
                Err(error) if error.kind() == ErrorKind::Interrupted && self.is_killed() => {
                    return (lsn, Err(guest::ended()));
                }
                Err(error) => {
                    if let Err(error) = answer_failure(&mut self.sink, error) {
                        return (lsn, Err(error));
                    }
                }
            }
            rest = rest.get(step.consumed..).unwrap_or_default();
        }
    }
}

#[cold]
fn in_multi() -> Error {
    Error::new(
        ErrorKind::Arg,
        "after MULTI only commands that are given as words can be queued; this is a typed call",
    )
}

/// Words from this size on are tried for before they are stored.
const PROBE_FROM: usize = 1 << 20;

/// Whether the system has memory for copies of large words: one for the keyspace and, of a durable database, as many
/// as `durable` says in all. What fails on the way, under locks, would be worse than a refusal.
#[inline]
fn room_for(engine: &Engine, words: &[&[u8]], durable: usize) -> Result<()> {
    // A power of two: all of the lengths are below it if this is.
    let all = words.iter().fold(0, |all, word| all | word.len());
    if all < PROBE_FROM { Ok(()) } else { probe(engine, words, durable) }
}

#[cold]
fn probe(engine: &Engine, words: &[&[u8]], durable: usize) -> Result<()> {
    // Words that nobody will copy are refused for their length.
    engine.check_lengths(words)?;
    let total = words.iter().fold(0, |sum: usize, word| sum.saturating_add(word.len()));
    let mut room: Vec<u8> = Vec::new();
    let found = room.try_reserve_exact(total.saturating_mul(if engine.journaling() { durable } else { 1 }));
    // Looked at, or the compiler leaves the whole allocation out.
    std::hint::black_box(&room);
    found.map_err(|_| Error::new(ErrorKind::NoMemory, format!("the system has no memory for {total} bytes")))
}

/// Whether `request` ends where a request does, or at a protocol error, which has its own answer.
fn whole(request: &[u8], max_bulk: usize) -> Result<()> {
    let mut decoder = Decoder::new(max_bulk);
    let mut rest = request;
    loop {
        let Ok(step) = decoder.next_request(rest) else { return Ok(()) };
        rest = rest.get(step.consumed..).unwrap_or_default();
        if step.request.is_none() {
            break;
        }
    }
    if rest.is_empty() {
        return Ok(());
    }
    let at = request.len() - rest.len();
    Err(Error::new(ErrorKind::Arg, format!("the request that begins at byte {at} is incomplete")))
}

/// Failures that a pipeline survives are answered as Redis answers them; the others end the call.
fn answer_failure(sink: &mut RespSink, error: Error) -> Result<()> {
    match error.kind() {
        ErrorKind::Io => {
            let text = format!("MISCONF Errors writing to the AOF file: {}", error.message());
            sink.error(text.as_bytes());
            Ok(())
        }
        ErrorKind::NoMemory => {
            sink.error(format!("ERR {}", error.message()).as_bytes());
            Ok(())
        }
        ErrorKind::Interrupted => {
            sink.error(b"ERR interrupted");
            Ok(())
        }
        _ => Err(error),
    }
}

#[cfg(test)]
mod tests;
