//! A client as commands see it: what it selected and how it wants replies, and the card that others may read.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU8, AtomicU32, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use parking_lot::Mutex;

use super::calls::{Counter, Counters, Outcome};
use super::effect::Command;
use super::histogram::Histograms;
use super::pubsub::listening::Listening;
use super::waiting::{Answer, Waiter};
use crate::base::bell::Bell;
use crate::base::rng::Rng;
use crate::base::seat::Seat;
pub(crate) use crate::base::seat::Unblock;
use crate::pubsub::mailbox::Mailbox;
use crate::reply::sink::Protocol;

/// What CLIENT REPLY asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum ReplyMode {
    /// Every command is answered.
    #[default]
    On,
    /// None is.
    Off,
    /// The command that asked, and the next one, are not answered.
    SkipNext,
    /// This command is not answered, the next one is.
    Skip,
}

/// What a command does that would wait for data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Waits {
    /// It waits.
    #[default]
    Yes,
    /// It answers as if the time were over: inside of a transaction.
    No,
    /// It says so: it waits already, and another client's thread looks whether there is something now.
    Already,
}

/// Commands between MULTI and EXEC.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    /// In their order, checked for name and arity.
    pub(crate) commands: Vec<Command>,
    /// One was refused, so that EXEC refuses all.
    pub(crate) refused: bool,
}

/// What WATCH watches.
#[derive(Debug, Default)]
pub(crate) struct Watched {
    /// One of the keys was changed; set by whoever does.
    pub(crate) changed: Arc<AtomicBool>,
    /// Database and key, and whether its time had come already.
    pub(crate) keys: Vec<(usize, Vec<u8>, bool)>,
}

/// The state of one client, used by one thread at a time.
pub(crate) struct Session {
    /// Selected logical database.
    pub(crate) db: usize,
    /// Selected protocol.
    pub(crate) protocol: Protocol,
    /// What is answered.
    pub(crate) reply: ReplyMode,
    /// CLIENT NO-TOUCH: reading leaves LRU and LFU alone.
    pub(crate) no_touch: bool,
    /// Randomness of SPOP-like commands and of the LFU counter.
    pub(crate) rng: Rng,
    /// What other clients and INFO may read.
    pub(crate) card: Arc<Card>,
    /// Commands come from the append-only file: no limits, no journal, no expiry.
    pub(crate) replaying: bool,
    /// After MULTI.
    pub(crate) queue: Option<Box<Queue>>,
    /// After WATCH.
    pub(crate) watched: Option<Box<Watched>>,
    /// What commands do that would wait.
    pub(crate) waits: Waits,
    /// The call that waits, between its handler and its sleep; of a client that parks, until it is answered.
    pub(crate) waiter: Option<Arc<Waiter>>,
    /// Microseconds that the call that runs has slept: they are no work.
    pub(crate) slept_us: u64,
    /// What each command was called for.
    pub(crate) counters: Counters,
    /// How the call that runs ended, if not well.
    pub(crate) outcome: Outcome,
    /// Its call that stands still, if it parks.
    pub(crate) postponed: Option<Box<Postponed>>,
    /// Its thread does not sleep in a call that waits: it comes back for the answer.
    pub(crate) parks: bool,
    /// It has said the password, or needs none.
    pub(crate) known: bool,
    /// QUIT: it wants to be left.
    pub(crate) leaving: bool,
    /// After MONITOR.
    pub(crate) monitors: bool,
    /// After SUBSCRIBE and its like.
    pub(crate) listening: Option<Box<Listening>>,
    /// After CLIENT TRACKING.
    pub(crate) tracking: Option<Box<Tracking>>,
    /// The replies of several commands go out as one stream of bytes, in which pushed messages have their place.
    pub(crate) streams: bool,
    /// While EXEC runs: what goes to the journal as one transaction, with the database.
    pub(crate) effects: Option<Vec<(usize, Command)>>,
}

/// What others may know of a client; written by its own thread only, except the interrupt.
pub(crate) struct Card {
    /// CLIENT ID.
    pub(crate) id: u64,
    /// Unix milliseconds of its creation.
    pub(crate) created_ms: i64,
    /// Unix milliseconds of its last command, as exact as the background thread's clock.
    pub(crate) active_ms: AtomicI64,
    /// Selected logical database.
    pub(crate) db: AtomicUsize,
    /// Speaks RESP3.
    pub(crate) resp3: AtomicBool,
    /// CLIENT NO-EVICT.
    pub(crate) no_evict: AtomicBool,
    /// CLIENT NO-TOUCH.
    pub(crate) no_touch: AtomicBool,
    /// Commands queued after MULTI; -1 without it.
    pub(crate) multi: AtomicI64,
    /// Keys that are watched.
    pub(crate) watching: AtomicUsize,
    /// Channels, patterns and shard channels that it listens to.
    pub(crate) listens: [AtomicUsize; 3],
    /// Names that the client gave.
    pub(crate) names: Mutex<Names>,
    /// The last command; a container with its subcommand as `client|list`.
    pub(crate) last_command: AtomicU32,
    /// Commands executed.
    pub(crate) commands: AtomicU64,
    /// What each command was called for.
    pub(crate) counters: Mutex<Vec<Arc<Counter>>>,
    /// The same of typed calls, by their index in [`TYPED`].
    pub(crate) typed_calls: [AtomicU64; TYPED.len()],
    /// Changes it made.
    pub(crate) changes: AtomicU64,
    /// Reads that found their key.
    pub(crate) hits: AtomicU64,
    /// Reads that did not.
    pub(crate) misses: AtomicU64,
    /// The typed call that came last, as its index in [`TYPED`] plus one; 0 if `last_command` did.
    pub(crate) typed: AtomicU8,
    /// Where its call that waits sleeps.
    pub(crate) seat: Seat<Answer>,
    /// CLIENT KILL: its connection is to end.
    pub(crate) killed: AtomicBool,
    /// After MONITOR.
    pub(crate) monitors: AtomicBool,
    /// Where its messages wait, once there may be some.
    pub(crate) mailbox: OnceLock<Arc<Mailbox>>,
    /// CLIENT TRACKING.
    pub(crate) tracks: Tracks,
    /// What its connection keeps.
    pub(crate) buffers: Buffers,
    /// Where it comes from, if over a socket.
    pub(crate) peer: Option<Peer>,
}

/// Bytes of a client's connection.
#[derive(Debug, Default)]
pub(crate) struct Buffers {
    /// Memory behind them all.
    pub(crate) memory: AtomicUsize,
    /// What came and was not run.
    pub(crate) unread: AtomicUsize,
    /// What was answered and not sent.
    pub(crate) unsent: AtomicUsize,
}

/// Both ends of a client's connection.
#[derive(Debug, Clone)]
pub(crate) struct Peer {
    /// Its own address.
    pub(crate) addr: String,
    /// The address it came to.
    pub(crate) laddr: String,
    /// Its descriptor here.
    pub(crate) fd: i32,
}

/// What CLIENT TRACKING asked for.
#[derive(Debug, Default)]
pub(crate) struct Tracking {
    /// By prefix, not by what was read.
    pub(crate) bcast: bool,
    /// Only what is read after CLIENT CACHING YES.
    pub(crate) optin: bool,
    /// Not what is read after CLIENT CACHING NO.
    pub(crate) optout: bool,
    /// CLIENT CACHING was called, for the command behind it.
    pub(crate) caching: bool,
    /// Of a client with `bcast`.
    pub(crate) prefixes: BTreeSet<Vec<u8>>,
}

impl Tracking {
    /// Whether what is read now is remembered.
    pub(crate) fn remembers(&self) -> bool {
        !(self.bcast || self.optin && !self.caching || self.optout && self.caching)
    }
}

/// What those who change keys look at.
#[derive(Debug, Default)]
pub(crate) struct Tracks {
    /// It does.
    pub(crate) on: AtomicBool,
    /// By prefix.
    pub(crate) bcast: AtomicBool,
    /// It is not told of what it changes itself.
    pub(crate) noloop: AtomicBool,
    /// The client that is told instead, or 0.
    pub(crate) redirect: AtomicU64,
    /// That was gone when it was to be told.
    pub(crate) broken: AtomicBool,
    /// Another client has it told instead.
    pub(crate) told_for: AtomicBool,
}

/// What CLIENT PAUSE holds up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Paused {
    /// What writes, or may be told to others.
    Writes,
    All,
}

/// A call that stands still.
pub(crate) struct Postponed {
    /// The whole of it.
    pub(crate) argv: Vec<Vec<u8>>,
    /// Until this time of the monotonic clock, or CLIENT UNPAUSE.
    pub(crate) end_us: u64,
}

/// The commands that typed calls stand for.
pub(crate) const TYPED: &[&str] = &[
    "get",
    "set",
    "psetex",
    "del",
    "exists",
    "incrby",
    "pexpire",
    "pttl",
    "mget",
    "append",
    "strlen",
    "getdel",
    "hset",
    "hget",
    "hdel",
    "hlen",
    "hincrby",
    "lpush",
    "rpush",
    "lpop",
    "rpop",
    "llen",
    "sadd",
    "srem",
    "sismember",
    "scard",
    "zadd",
    "zrem",
    "zscore",
    "zincrby",
    "zcard",
    "zrank",
    "publish",
];

/// CLIENT SETNAME and SETINFO.
#[derive(Debug, Clone, Default)]
pub(crate) struct Names {
    /// CLIENT SETNAME.
    pub(crate) name: Vec<u8>,
    /// CLIENT SETINFO LIB-NAME.
    pub(crate) lib_name: Vec<u8>,
    /// CLIENT SETINFO LIB-VER.
    pub(crate) lib_version: Vec<u8>,
}

impl Card {
    /// The card of a new client.
    pub(crate) fn new(id: u64, created_ms: i64, bell: Option<Bell>, peer: Option<Peer>) -> Self {
        Self {
            id,
            created_ms,
            active_ms: AtomicI64::new(created_ms),
            db: AtomicUsize::new(0),
            resp3: AtomicBool::new(false),
            no_evict: AtomicBool::new(false),
            no_touch: AtomicBool::new(false),
            multi: AtomicI64::new(-1),
            watching: AtomicUsize::new(0),
            listens: Default::default(),
            names: Mutex::new(Names::default()),
            last_command: AtomicU32::new(0),
            commands: AtomicU64::new(0),
            changes: AtomicU64::new(0),
            hits: AtomicU64::new(0),
            misses: AtomicU64::new(0),
            typed: AtomicU8::new(0),
            seat: Seat::new(bell),
            counters: Mutex::default(),
            typed_calls: [const { AtomicU64::new(0) }; TYPED.len()],
            killed: AtomicBool::new(false),
            monitors: AtomicBool::new(false),
            mailbox: OnceLock::new(),
            tracks: Tracks::default(),
            buffers: Buffers::default(),
            peer,
        }
    }

    /// The last command, and its subcommand or nothing.
    pub(crate) fn last(&self) -> (&'static str, &'static str) {
        match usize::from(self.typed.load(Ordering::Relaxed)).checked_sub(1).and_then(|i| TYPED.get(i)) {
            Some(name) => (name, ""),
            None => super::names_of(self.last_command.load(Ordering::Relaxed)),
        }
    }

    /// Wakes a call that waits; without one nothing happens.
    pub(crate) fn interrupt(&self) {
        self.seat.interrupt();
        if let Some(mailbox) = self.mailbox.get() {
            mailbox.interrupt();
        }
    }

    /// Whether it listens to channels.
    pub(crate) fn listening(&self) -> bool {
        self.listens.iter().any(|count| count.load(Ordering::Relaxed) > 0)
    }

    /// What its thread is told by, if that serves others beside.
    pub(crate) fn bell(&self) -> Option<Bell> {
        self.seat.bell()
    }

    /// Ends its connection, or, if it has none, its call that waits.
    pub(crate) fn kill(&self) {
        self.killed.store(self.peer.is_some(), Ordering::Release);
        self.interrupt();
        // Who looks at a descriptor of its own has to look now.
        if self.peer.is_some()
            && self.bell().is_none()
            && let Some(mailbox) = self.mailbox.get()
        {
            mailbox.close();
        }
    }

    /// Whether its connection is ended, or about to be.
    pub(crate) fn is_killed(&self) -> bool {
        self.killed.load(Ordering::Acquire)
    }

    /// Adds one to a counter that only its client's thread writes: no locked instruction.
    #[inline]
    pub(crate) fn count(counter: &AtomicU64) {
        Self::add(counter, 1);
    }

    /// Adds to such a counter.
    #[inline]
    pub(crate) fn add(counter: &AtomicU64, n: u64) {
        counter.store(counter.load(Ordering::Relaxed).wrapping_add(n), Ordering::Relaxed);
    }
}

impl Session {
    /// A new client's state; its times are counted in these histograms.
    pub(crate) fn new(card: Arc<Card>, seed: u64, histograms: Arc<Histograms>) -> Self {
        Self {
            db: 0,
            protocol: Protocol::Resp2,
            reply: ReplyMode::On,
            no_touch: false,
            rng: Rng::new(seed),
            card,
            replaying: false,
            queue: None,
            watched: None,
            waits: Waits::Yes,
            waiter: None,
            slept_us: 0,
            postponed: None,
            counters: Counters::new(histograms),
            outcome: Outcome::Done,
            parks: false,
            known: true,
            leaving: false,
            monitors: false,
            listening: None,
            tracking: None,
            streams: false,
            effects: None,
        }
    }

    /// Selects a logical database.
    pub(crate) fn select(&mut self, db: usize) {
        self.db = db;
        self.card.db.store(db, Ordering::Relaxed);
    }

    /// Selects a protocol.
    pub(crate) fn speak(&mut self, protocol: Protocol) {
        self.protocol = protocol;
        self.card.resp3.store(protocol == Protocol::Resp3, Ordering::Relaxed);
    }

    /// Whether it listens to something and speaks RESP2: every message to it could be taken for a reply.
    #[inline]
    pub(crate) fn only_listens(&self) -> bool {
        self.protocol == Protocol::Resp2 && self.listening.as_ref().is_some_and(|l| !l.is_empty())
    }

    /// What RESET undoes: database, protocol, name, reply mode, flags.
    pub(crate) fn reset(&mut self) {
        self.select(0);
        self.speak(Protocol::Resp2);
        self.reply = ReplyMode::On;
        self.no_touch = false;
        self.card.no_touch.store(false, Ordering::Relaxed);
        self.card.no_evict.store(false, Ordering::Relaxed);
        self.card.names.lock().name.clear();
    }
}
