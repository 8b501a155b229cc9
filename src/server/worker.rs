//! A thread of a server: it waits for its sockets, runs what came, makes what that wrote durable once for all of them, and
//! only then answers.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use mio::{Events, Interest, Poll, Registry, Token, Waker};
use parking_lot::Mutex;
use slab::Slab;
use socket2::{SockRef, TcpKeepalive};

use super::Shared;
use super::address::Bound;
use super::conn::{Conn, Home, Limits, Stands, Stream};
use super::load::{Advice, Load};
use crate::base::bell::Bell;
use crate::base::clock::monotonic_us;
use crate::base::log::Level;
use crate::client::{Door, Peer, State};

const WAKER: Token = Token(usize::MAX);
/// Listening sockets count down from here.
const LISTENERS: usize = usize::MAX - 1;
/// Bytes read at once.
const PART: usize = 64 << 10;
/// Connections accepted between two looks at the others.
const ACCEPTS: usize = 256;
/// How often connections are looked at that nothing happens to.
const TICK_US: u64 = 1_000_000;

thread_local! {
    /// The post that is this thread's.
    static MINE: Cell<usize> = const { Cell::new(0) };
}

/// What other threads leave for a worker.
#[derive(Default)]
struct Inbox {
    fresh: Vec<(Stream, Peer)>,
    /// Connections that another worker gives away.
    moved: Vec<Conn>,
    /// Connections whose bell rang.
    rung: Vec<usize>,
}

impl Inbox {
    fn is_empty(&self) -> bool {
        self.fresh.is_empty() && self.moved.is_empty() && self.rung.is_empty()
    }
}

/// Where they leave it.
pub(super) struct Post {
    inbox: Mutex<Inbox>,
    waker: Waker,
}

impl Post {
    pub(super) fn new(poll: &Poll) -> io::Result<Self> {
        Ok(Self { inbox: Mutex::default(), waker: Waker::new(poll.registry(), WAKER)? })
    }

    /// Has the worker look.
    pub(super) fn wake(&self) {
        // It fails only if the poll is gone, and its worker with it.
        let _ = self.waker.wake();
    }

    /// Drops what its worker did not take.
    pub(super) fn empty(&self) {
        let left = std::mem::take(&mut *self.inbox.lock());
        drop(left);
    }

    /// The bell of a connection rang.
    pub(super) fn ring(&self, token: usize) {
        self.leave(|inbox| inbox.rung.push(token));
    }

    fn leave(&self, put: impl FnOnce(&mut Inbox)) {
        let first = {
            let mut inbox = self.inbox.lock();
            let first = inbox.is_empty();
            put(&mut inbox);
            first
        };
        // The worker itself looks before it waits.
        if first && MINE.get() != std::ptr::from_ref(self).addr() {
            self.wake();
        }
    }
}

/// See the module.
pub(super) struct Worker {
    poll: Poll,
    shared: Arc<Shared>,
    post: Arc<Post>,
    listeners: Vec<Bound>,
    conns: Slab<Conn>,
    /// Connections that have something to do.
    list: Vec<usize>,
    /// When calls that wait shall be looked at.
    timers: BTreeSet<(u64, usize)>,
    scratch: Vec<u8>,
    index: usize,
    load: Load,
    next_tick: u64,
    /// Which worker gets the next connection.
    turn: usize,
    /// Connections wait that could not be accepted, for want of descriptors perhaps: tried again at the next tick.
    stalled: bool,
}

impl Worker {
    pub(super) fn new(
        index: usize,
        poll: Poll,
        shared: Arc<Shared>,
        mut listeners: Vec<Bound>,
    ) -> io::Result<Self> {
        for (i, listener) in listeners.iter_mut().enumerate() {
            let token = Token(LISTENERS - i);
            match listener {
                Bound::Tcp(listener, _) => poll.registry().register(listener, token, Interest::READABLE)?,
                Bound::Unix(listener, _) => poll.registry().register(listener, token, Interest::READABLE)?,
            }
        }
        let post = Arc::clone(&shared.posts[index]);
        let now = monotonic_us();
        let load = Load::new(now, shared.system);
        Ok(Self {
            poll,
            shared,
            post,
            listeners,
            conns: Slab::new(),
            list: Vec::new(),
            timers: BTreeSet::new(),
            scratch: vec![0; PART],
            index,
            load,
            next_tick: now + TICK_US,
            turn: 0,
            stalled: false,
        })
    }

    /// Until the server ends.
    pub(super) fn run(mut self) {
        MINE.set(Arc::as_ptr(&self.post).addr());
        // A panic in a command poisons the database, which ends every connection; the host goes on.
        let shared = Arc::clone(&self.shared);
        if catch_unwind(AssertUnwindSafe(|| self.rounds())).is_err() {
            shared.engine.poison();
            shared.end();
        }
    }

    fn rounds(&mut self) {
        let mut events = Events::with_capacity(1024);
        while !self.shared.stop.load(Ordering::Acquire) {
            let before = monotonic_us();
            let timeout = self.timeout(before);
            match self.poll.poll(&mut events, timeout) {
                Ok(()) => {}
                Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
                Err(e) => {
                    self.shared.engine.log_line(Level::Warning, &format!("cannot poll sockets: {e}"));
                    return self.shared.end();
                }
            }
            let now = monotonic_us();
            if timeout != Some(Duration::ZERO) {
                self.load.slept(now.saturating_sub(before));
            }
            let mut accepts = false;
            for event in &events {
                let token = event.token();
                if token == WAKER {
                } else if token.0 > LISTENERS - self.listeners.len() {
                    accepts = true;
                } else if let Some(conn) = self.conns.get_mut(token.0) {
                    let hung_up = event.is_read_closed() || event.is_error();
                    if event.is_readable() || hung_up {
                        conn.note_readable(hung_up);
                    }
                    list(&mut self.list, token.0, conn);
                }
            }
            if accepts {
                self.accept();
            }
            self.round(now);
        }
        // What was answered is sent as far as it goes at once.
        let limits = self.limits();
        let now = monotonic_us();
        for (_, conn) in &mut self.conns {
            let _ = conn.send(&limits, now);
        }
    }

    fn timeout(&self, now: u64) -> Option<Duration> {
        if !self.list.is_empty() {
            return Some(Duration::ZERO);
        }
        let tick = (self.stalled || !self.conns.is_empty()).then_some(self.next_tick);
        let timer = self.timers.first().map(|(at, _)| *at);
        let at = tick.into_iter().chain(timer).min()?;
        // A little more, so that the time has come when it is looked at.
        Some(Duration::from_micros(at.saturating_sub(now).saturating_add(50)))
    }

    fn limits(&self) -> Limits {
        let settings = self.shared.engine.settings.read();
        Limits {
            normal: settings.client_output.normal,
            pubsub: settings.client_output.pubsub,
            query: usize::try_from(settings.client_query_buffer_limit).unwrap_or(usize::MAX),
            idle_us: u64::try_from(settings.timeout).unwrap_or(0).saturating_mul(1_000_000),
        }
    }

    /// Runs what came, makes it durable, and answers.
    fn round(&mut self, mut now: u64) {
        let limits = self.limits();
        while let Some(&(at, token)) = self.timers.first()
            && at <= now
        {
            self.timers.pop_first();
            if let Some(conn) = self.conns.get_mut(token) {
                conn.timer = None;
                list(&mut self.list, token, conn);
            }
        }
        let (mut lsn, mut from) = (0, 0);
        loop {
            self.take_post();
            let Some(&token) = self.list.get(from) else { break };
            from += 1;
            if let Some(conn) = self.conns.get_mut(token) {
                conn.listed = false;
                conn.work(&mut self.scratch, &limits, now);
                lsn = lsn.max(conn.door.take_lsn());
            }
            // Those whose bells ring meanwhile have their turn in this round, but nobody has it without end.
            if from > self.conns.len().saturating_mul(4) {
                break;
            }
        }
        let durable = self.shared.engine.commit(lsn);
        now = monotonic_us();
        let mut done: Vec<usize> = self.list.drain(..from).collect();
        done.sort_unstable();
        done.dedup();
        for token in done {
            let Some(conn) = self.conns.get_mut(token) else { continue };
            if durable.is_err() {
                // What it wrote is perhaps not safe, so it must not be told that it is.
                self.drop_conn(token, Some("the append-only file cannot be written"));
                continue;
            }
            match conn.send(&limits, now) {
                Stands::Done(why) => {
                    self.drop_conn(token, why);
                    continue;
                }
                Stands::Busy => list(&mut self.list, token, conn),
                Stands::Quiet => {}
            }
            if conn.arm(self.poll.registry(), Token(token)).is_err() {
                self.drop_conn(token, Some("its socket cannot be polled"));
                continue;
            }
            let end = match conn.door.state() {
                State::Waiting(end) if end != u64::MAX => Some(end),
                _ => None,
            };
            if conn.timer != end {
                if let Some(old) = conn.timer {
                    self.timers.remove(&(old, token));
                }
                conn.timer = end;
                self.timers.extend(end.map(|end| (end, token)));
            }
        }
        match self.advice(now) {
            Advice::Stay => {}
            Advice::Spread => self.spread(now),
            Advice::Gather => self.gather(),
        }
        if now >= self.next_tick {
            self.next_tick = now + TICK_US;
            if std::mem::take(&mut self.stalled) {
                self.rearm();
            }
            let late: Vec<_> = self
                .conns
                .iter_mut()
                .filter_map(|(token, conn)| Some((token, conn.tick(&limits, now)?)))
                .collect();
            for (token, why) in late {
                self.drop_conn(token, Some(why));
            }
        }
    }

    fn drop_conn(&mut self, token: usize, why: Option<&str>) {
        if let Some(conn) = self.conns.try_remove(token) {
            if let Some(at) = conn.timer {
                self.timers.remove(&(at, token));
            }
            if let Some(why) = why {
                let line = format!("closing client {}: {why}", conn.door.id());
                self.shared.engine.log_line(Level::Verbose, &line);
            }
            drop(conn);
            self.shared.connected.fetch_sub(1, Ordering::Relaxed);
        }
    }

    /// New connections, and those whose bells rang.
    fn take_post(&mut self) {
        let Inbox { fresh, moved, rung } = {
            let mut inbox = self.post.inbox.lock();
            if inbox.is_empty() {
                return;
            }
            std::mem::take(&mut *inbox)
        };
        for token in rung {
            if let Some(conn) = self.conns.get_mut(token) {
                list(&mut self.list, token, conn);
            }
        }
        for (stream, peer) in fresh {
            let home = Arc::new(Home::new(Arc::clone(&self.post)));
            let bell: Bell = {
                let home = Arc::clone(&home);
                Arc::new(move || home.ring())
            };
            let engine = &self.shared.engine;
            let known = engine.settings.read().requirepass.is_empty();
            let door = Door::new(Arc::clone(engine), bell, peer, known);
            self.adopt(Conn::new(stream, door, home, monotonic_us()));
        }
        moved.into_iter().for_each(|conn| self.adopt(conn));
    }

    /// A connection of this worker from now on.
    fn adopt(&mut self, mut conn: Conn) {
        let entry = self.conns.vacant_entry();
        let token = entry.key();
        if let Err(e) = conn.register(self.poll.registry(), Token(token)) {
            self.shared.connected.fetch_sub(1, Ordering::Relaxed);
            return self.shared.engine.log_line(Level::Warning, &format!("cannot poll a socket: {e}"));
        }
        // Whatever was told elsewhere before is looked at now.
        conn.home.move_to(&self.post, token);
        list(&mut self.list, token, entry.insert(conn));
    }

    fn advice(&mut self, now: u64) -> Advice {
        #[cfg(test)]
        if self.shared.restless.load(Ordering::Relaxed) {
            return if now.is_multiple_of(2) { Advice::Spread } else { Advice::Gather };
        }
        let shared = &self.shared;
        self.load.advice(now, self.index > 0, |busy| {
            shared.busy[self.index].store(busy, Ordering::Relaxed);
            shared.busy.iter().map(|busy| busy.load(Ordering::Relaxed)).sum()
        })
    }

    /// Gives half of the connections that do something to a thread that had none.
    fn spread(&mut self, now: u64) {
        let shared = Arc::clone(&self.shared);
        let active = shared.active.load(Ordering::Relaxed);
        let Some(next) = shared.posts.get(active) else { return };
        let moves = |conn: &Conn| conn.moves() && conn.was_active(now);
        let busy: Vec<usize> =
            self.conns.iter().filter(|(_, conn)| moves(conn)).map(|(token, _)| token).collect();
        if busy.len() > 1
            && shared
                .active
                .compare_exchange(active, active + 1, Ordering::Relaxed, Ordering::Relaxed)
                .is_ok()
        {
            busy.into_iter().step_by(2).for_each(|token| self.give(token, next));
        }
    }

    /// Gives all connections to the first thread, if this is the last one that gets new ones.
    fn gather(&mut self) {
        let shared = Arc::clone(&self.shared);
        let active = shared.active.load(Ordering::Relaxed);
        let last = self.index + 1 >= active && self.index > 0;
        if !last {
            return;
        }
        if self.index + 1 == active {
            // Another thread may need one more just now: then the next time.
            let less = self.index;
            let _ = shared.active.compare_exchange(active, less, Ordering::Relaxed, Ordering::Relaxed);
        }
        let all: Vec<usize> =
            self.conns.iter().filter(|(_, conn)| conn.moves()).map(|(token, _)| token).collect();
        all.into_iter().for_each(|token| self.give(token, &shared.posts[0]));
        shared.busy[self.index].store(0, Ordering::Relaxed);
    }

    fn give(&mut self, token: usize, to: &Post) {
        let Some(mut conn) = self.conns.try_remove(token) else { return };
        if let Err(e) = conn.deregister(self.poll.registry()) {
            self.shared.connected.fetch_sub(1, Ordering::Relaxed);
            return self.shared.engine.log_line(Level::Warning, &format!("cannot move a socket: {e}"));
        }
        #[cfg(test)]
        self.shared.moves.fetch_add(1, Ordering::Relaxed);
        to.leave(|inbox| inbox.moved.push(conn));
    }

    fn accept(&mut self) {
        let mut accepted = Vec::new();
        let mut again = false;
        for listener in &self.listeners {
            match accept_from(listener, &self.shared, &mut accepted) {
                Accepted::All => {}
                Accepted::Some => again = true,
                Accepted::Failed => self.stalled = true,
            }
        }
        let active = self.shared.active.load(Ordering::Relaxed);
        for (stream, peer) in accepted {
            self.turn = (self.turn + 1) % active;
            self.shared.posts[self.turn].leave(|inbox| inbox.fresh.push((stream, peer)));
        }
        if again {
            self.rearm();
        }
    }

    /// Has the poll tell of connections that wait, which it told of before.
    fn rearm(&mut self) {
        for (i, listener) in self.listeners.iter_mut().enumerate() {
            let _ = rearm(self.poll.registry(), listener, Token(LISTENERS - i));
        }
    }
}

fn list(list: &mut Vec<usize>, token: usize, conn: &mut Conn) {
    if !std::mem::replace(&mut conn.listed, true) {
        list.push(token);
    }
}

fn rearm(registry: &Registry, listener: &mut Bound, token: Token) -> io::Result<()> {
    match listener {
        Bound::Tcp(listener, _) => registry.reregister(listener, token, Interest::READABLE),
        Bound::Unix(listener, _) => registry.reregister(listener, token, Interest::READABLE),
    }
}

/// Which of the connections that wait were taken.
enum Accepted {
    All,
    Some,
    /// The system refused one.
    Failed,
}

/// Takes the connections that wait.
fn accept_from(listener: &Bound, shared: &Shared, accepted: &mut Vec<(Stream, Peer)>) -> Accepted {
    for _ in 0..ACCEPTS {
        let taken = match listener {
            Bound::Tcp(listener, own) => listener.accept().map(|(stream, addr)| {
                let laddr = stream.local_addr().unwrap_or(*own).to_string();
                (Stream::Tcp(stream), Some(addr), addr.to_string(), laddr)
            }),
            Bound::Unix(listener, path) => listener.accept().map(|(stream, _)| {
                let name = format!("{}:0", path.display());
                (Stream::Unix(stream), None, name.clone(), name)
            }),
        };
        let (mut stream, ip, addr, laddr) = match taken {
            Ok(taken) => taken,
            Err(e) if e.kind() == io::ErrorKind::WouldBlock => return Accepted::All,
            Err(e) if matches!(e.kind(), io::ErrorKind::Interrupted | io::ErrorKind::ConnectionAborted) => {
                continue;
            }
            Err(e) => {
                shared.engine.log_line(Level::Warning, &format!("cannot accept a connection: {e}"));
                return Accepted::Failed;
            }
        };
        if let Some(refusal) = refusal(shared, ip.map(|addr: SocketAddr| addr.ip())) {
            // If there is no room for it in the socket of a client that has sent nothing yet, it is not there any more.
            let _ = stream.write(refusal.as_bytes());
            continue;
        }
        if let Stream::Tcp(tcp) = &stream {
            let keepalive = shared.engine.settings.read().tcp_keepalive;
            tune(tcp, keepalive);
        }
        let peer = Peer { addr, laddr, fd: stream.fd() };
        shared.connected.fetch_add(1, Ordering::Relaxed);
        accepted.push((stream, peer));
    }
    Accepted::Some
}

/// Why a connection is not taken.
fn refusal(shared: &Shared, ip: Option<IpAddr>) -> Option<&'static str> {
    let settings = shared.engine.settings.read();
    let most = usize::try_from(settings.maxclients).unwrap_or(usize::MAX);
    if shared.connected.load(Ordering::Relaxed) >= most {
        return Some("-ERR max number of clients reached\r\n");
    }
    let far = ip.is_some_and(|ip| !ip.to_canonical().is_loopback());
    if far && settings.protected_mode && settings.requirepass.is_empty() {
        return Some(
            "-DENIED this server is in protected mode: it has no password, and takes connections from this machine \
             only. Set the directive requirepass, or protected-mode to no, to have it reached from elsewhere.\r\n",
        );
    }
    None
}

fn tune(tcp: &mio::net::TcpStream, keepalive: i64) {
    // A socket that takes neither works as well, a little worse.
    let _ = tcp.set_nodelay(true);
    if let Some(seconds) = u64::try_from(keepalive).ok().filter(|seconds| *seconds > 0) {
        let probe = Duration::from_secs((seconds / 3).max(1));
        let params = TcpKeepalive::new().with_time(Duration::from_secs(seconds)).with_interval(probe);
        let _ = SockRef::from(tcp).set_tcp_keepalive(&params.with_retries(3));
    }
}
