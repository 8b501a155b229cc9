//! One connection: its socket, what came and was not run, what was answered and not sent.

use std::io::{self, Read as _, Write as _};
use std::os::fd::AsRawFd as _;
use std::sync::Arc;

use mio::event::Source;
use mio::{Interest, Registry, Token};
use parking_lot::Mutex;

use super::worker::Post;
use crate::client::{Door, State};
use crate::engine::server_config::OutputLimit;

/// Answers above this wait for the client to read before more of its requests run.
const ENOUGH: usize = 4 << 20;
/// Requests of a client that has not said the password are kept up to here while its answers wait; then they stay in the
/// socket.
const STRANGER_AHEAD: usize = 1 << 20;
/// Buffers up to this size are kept.
const KEEP: usize = 64 << 10;
/// A connection that said something within this time does something.
const RECENT_US: u64 = 1_000_000;

pub(super) enum Stream {
    Tcp(mio::net::TcpStream),
    Unix(mio::net::UnixStream),
}

impl Stream {
    fn source(&mut self) -> &mut dyn Source {
        match self {
            Self::Tcp(stream) => stream,
            Self::Unix(stream) => stream,
        }
    }

    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Tcp(stream) => stream.read(into),
            Self::Unix(stream) => stream.read(into),
        }
    }

    pub(super) fn write(&mut self, from: &[u8]) -> io::Result<usize> {
        match self {
            Self::Tcp(stream) => stream.write(from),
            Self::Unix(stream) => stream.write(from),
        }
    }

    pub(super) fn fd(&self) -> i32 {
        match self {
            Self::Tcp(stream) => stream.as_raw_fd(),
            Self::Unix(stream) => stream.as_raw_fd(),
        }
    }
}

/// Where a connection lives: the worker, and its number there. Bells ring there.
pub(super) struct Home(Mutex<(Arc<Post>, usize)>);

impl Home {
    /// With a worker that has not given it a number yet.
    pub(super) fn new(post: Arc<Post>) -> Self {
        Self(Mutex::new((post, usize::MAX)))
    }

    pub(super) fn move_to(&self, post: &Arc<Post>, token: usize) {
        *self.0.lock() = (Arc::clone(post), token);
    }

    /// Has its worker look at it.
    pub(super) fn ring(&self) {
        let home = self.0.lock();
        home.0.ring(home.1);
    }
}

/// What limits a connection; read once a round.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    pub(super) normal: OutputLimit,
    pub(super) pubsub: OutputLimit,
    pub(super) query: usize,
    /// Microseconds without a request; 0 is for ever.
    pub(super) idle_us: u64,
}

/// See the module.
pub(super) struct Conn {
    stream: Stream,
    pub(super) door: Door,
    pub(super) home: Arc<Home>,
    input: Vec<u8>,
    /// How much of it is done with.
    used: usize,
    out: Vec<u8>,
    sent: usize,
    /// There may be more to read than was read.
    readable: bool,
    /// The client has hung up, which is told once: what it sent before, and the end, are still to be read.
    hung_up: bool,
    /// Whole requests are kept: for room, or until a call has waited.
    held: bool,
    /// The client sends nothing more, or is not to be read from.
    ended: bool,
    /// Its last request.
    active_us: u64,
    /// Since when more waits for it than the soft limit allows.
    soft_since: Option<u64>,
    /// The poll tells when there is room to write. Not otherwise: a Unix socket tells of room for each answer that the client
    /// reads, which would wake the thread for nothing.
    writes: bool,
    /// Its place in the list of timers.
    pub(super) timer: Option<u64>,
    /// It is in the list of this round.
    pub(super) listed: bool,
}

/// How a connection stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stands {
    /// Something will happen that tells.
    Quiet,
    /// It has more to do now.
    Busy,
    /// It is to be dropped; why, if not because its client wanted it.
    Done(Option<&'static str>),
}

impl Conn {
    pub(super) fn new(stream: Stream, door: Door, home: Arc<Home>, now_us: u64) -> Self {
        Self {
            stream,
            door,
            home,
            input: Vec::new(),
            used: 0,
            out: Vec::new(),
            sent: 0,
            readable: true,
            hung_up: false,
            held: false,
            ended: false,
            active_us: now_us,
            soft_since: None,
            writes: false,
            timer: None,
            listed: false,
        }
    }

    pub(super) fn register(&mut self, registry: &Registry, token: Token) -> io::Result<()> {
        registry.register(self.stream.source(), token, Interest::READABLE)?;
        self.writes = false;
        // The poll tells of changes only, and what there is now may have been told elsewhere.
        self.readable = true;
        Ok(())
    }

    /// After [`Conn::send`]: is told of room to write if there is more to send, and of none otherwise.
    pub(super) fn arm(&mut self, registry: &Registry, token: Token) -> io::Result<()> {
        let writes = self.pending() > 0;
        if writes == self.writes {
            return Ok(());
        }
        self.writes = writes;
        let also = if writes { Interest::READABLE | Interest::WRITABLE } else { Interest::READABLE };
        registry.reregister(self.stream.source(), token, also)
    }

    pub(super) fn deregister(&mut self, registry: &Registry) -> io::Result<()> {
        registry.deregister(self.stream.source())
    }

    /// Whether it may go to another worker: it stands between two requests.
    pub(super) fn moves(&self) -> bool {
        self.door.state() == State::Open
            && self.pending() == 0
            && self.timer.is_none()
            && !(self.listed || self.held || self.ended || self.hung_up)
    }

    /// Whether it said something a moment ago.
    pub(super) fn was_active(&self, now_us: u64) -> bool {
        now_us.saturating_sub(self.active_us) < RECENT_US
    }

    /// The socket has something to read, or its end.
    pub(super) fn note_readable(&mut self, hung_up: bool) {
        self.readable = true;
        self.hung_up |= hung_up;
    }

    fn pending(&self) -> usize {
        self.out.len().saturating_sub(self.sent)
    }

    /// Bytes that came and wait.
    fn kept(&self) -> usize {
        self.input.len().saturating_sub(self.used)
    }

    /// Whether more may be read. While its call waits, or its answers do, a client may send on: many send all they have before
    /// they read, and would wait for ever. Half of what it may send is kept; the rest stays in the socket.
    fn may_read(&self, limits: &Limits) -> bool {
        let ahead = if self.door.is_known() { limits.query / 2 } else { STRANGER_AHEAD };
        self.takes() || self.kept() <= ahead
    }

    /// Whether requests may run now.
    fn takes(&self) -> bool {
        self.door.state() == State::Open && self.pending() <= ENOUGH
    }

    /// Reads a part of what came and runs it; what was kept before first.
    pub(super) fn work(&mut self, scratch: &mut [u8], limits: &Limits, now_us: u64) {
        self.door.look(&mut self.out, self.sent.saturating_add(ENOUGH));
        if self.held {
            self.run_kept();
        }
        if !self.readable || self.ended || self.door.state() == State::Closing {
            return;
        }
        if !self.may_read(limits) {
            return;
        }
        match self.stream.read(scratch) {
            Ok(0) => self.ended = true,
            Ok(n) => {
                // A short read has emptied the socket; what comes later is told of.
                self.readable = n == scratch.len() || self.hung_up;
                self.active_us = now_us;
                self.took(scratch.get(..n).unwrap_or_default());
            }
            Err(e) if e.kind() == io::ErrorKind::WouldBlock => self.readable = false,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => self.ended = true,
        }
    }

    fn took(&mut self, bytes: &[u8]) {
        if self.kept() == 0 && self.takes() {
            let (done, held) = self.door.feed(bytes, &mut self.out, self.sent.saturating_add(ENOUGH));
            self.held = held;
            let rest = bytes.get(done..).unwrap_or_default();
            if rest.is_empty() || self.door.state() == State::Closing {
                return;
            }
            return self.keep(rest);
        }
        self.keep(bytes);
        self.held = true;
        self.run_kept();
    }

    fn keep(&mut self, bytes: &[u8]) {
        if self.input.try_reserve(bytes.len()).is_err() {
            self.ended = true;
            (self.input, self.used) = (Vec::new(), 0);
            return;
        }
        self.input.extend_from_slice(bytes);
    }

    fn run_kept(&mut self) {
        if !self.takes() {
            return;
        }
        let rest = self.input.get(self.used..).unwrap_or_default();
        let (done, held) = self.door.feed(rest, &mut self.out, self.sent.saturating_add(ENOUGH));
        self.held = held;
        self.used = self.used.saturating_add(done);
        if self.kept() == 0 {
            self.input.clear();
            self.input.shrink_to(KEEP);
            self.used = 0;
        } else if self.used >= self.kept() {
            // No byte moves more often than once, on average.
            self.input.drain(..self.used);
            self.used = 0;
        }
    }

    /// Sends what was answered, and tells how the connection stands.
    pub(super) fn send(&mut self, limits: &Limits, now_us: u64) -> Stands {
        while self.pending() > 0 {
            match self.stream.write(self.out.get(self.sent..).unwrap_or_default()) {
                Ok(0) => return Stands::Done(None),
                Ok(n) => self.sent = self.sent.saturating_add(n),
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => break,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => return Stands::Done(None),
            }
        }
        if self.pending() == 0 {
            self.out.clear();
            self.out.shrink_to(KEEP);
            self.sent = 0;
        } else if self.sent >= self.pending() {
            // As with what came: a large answer goes out in many parts.
            self.out.drain(..self.sent);
            self.sent = 0;
        }
        self.note_buffers();
        let state = self.door.state();
        // Who was killed is not waited for: perhaps it was, because it does not read.
        if self.door.is_killed() {
            return Stands::Done(Some("it was killed"));
        }
        if (state == State::Closing && self.pending() == 0)
            || (self.ended && (state != State::Open || (self.pending() == 0 && !self.held)))
        {
            return Stands::Done(None);
        }
        if let Some(why) = self.breaks(limits, now_us) {
            return Stands::Done(Some(why));
        }
        let (queued, _) = self.door.queued();
        let room = self.pending() <= ENOUGH;
        let reads = self.readable && !self.ended && self.may_read(limits);
        let kept = self.held && self.takes();
        if state != State::Closing && (reads || kept || (queued > 0 && room)) {
            Stands::Busy
        } else {
            Stands::Quiet
        }
    }

    /// Which limit it is above.
    fn breaks(&mut self, limits: &Limits, now_us: u64) -> Option<&'static str> {
        if self.kept() > limits.query {
            return Some("its query buffer is full");
        }
        let (queued, lost) = self.door.queued();
        if lost > 0 {
            return Some("it does not read its messages");
        }
        let limit = if self.door.listens() { limits.pubsub } else { limits.normal };
        let size = |bytes: i64| usize::try_from(bytes).ok().filter(|bytes| *bytes > 0).unwrap_or(usize::MAX);
        let waits = self.pending().saturating_add(queued);
        if waits > size(limit.hard) {
            return Some("it does not read its answers");
        }
        if waits <= size(limit.soft) {
            self.soft_since = None;
            return None;
        }
        let since = *self.soft_since.get_or_insert(now_us);
        let seconds = u64::try_from(limit.seconds).unwrap_or(0);
        (now_us.saturating_sub(since) > seconds.saturating_mul(1_000_000))
            .then_some("it reads its answers too slowly")
    }

    fn note_buffers(&self) {
        let memory = self.input.capacity().saturating_add(self.out.capacity());
        self.door.note_buffers(memory, self.kept(), self.pending());
    }

    /// Gives buffers back that are empty.
    fn rest(&mut self) {
        if self.kept() == 0 {
            (self.input, self.used) = (Vec::new(), 0);
        }
        if self.pending() == 0 {
            (self.out, self.sent) = (Vec::new(), 0);
        }
        self.door.rest();
        self.note_buffers();
    }

    /// Now and then, for connections that nothing happens to.
    pub(super) fn tick(&mut self, limits: &Limits, now_us: u64) -> Option<&'static str> {
        if !self.was_active(now_us) {
            self.rest();
        }
        let idle = limits.idle_us > 0
            && now_us.saturating_sub(self.active_us) > limits.idle_us
            && !self.door.listens()
            && !matches!(self.door.state(), State::Waiting(_));
        if idle { Some("it is idle") } else { self.breaks(limits, now_us) }
    }
}
