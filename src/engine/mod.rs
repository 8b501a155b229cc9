//! Layer 3: a database. Dispatch with its locks, the journal's hook, directives, INFO, the background thread.
//!
//! What lives here: everything that ties commands to the world. What does not: commands, sockets.
//! Start reading at `dispatch.rs`, then `open.rs`.

pub(crate) mod config;
mod cron;
mod dispatch;
mod events;
mod evict;
pub(crate) mod feed;
mod host;
mod hot;
mod info;
mod load;
mod observers;
mod open;
mod pause;
mod reload;
mod rewrite;
mod save;
pub(crate) mod server_config;
mod stray;
mod tracking;
mod transaction;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, AtomicU64, AtomicUsize, Ordering};

use parking_lot::{Mutex, RwLock};

use crate::base::bell::Bell;
use crate::base::clock::{Clock, monotonic_us};
use crate::base::error::{Error, ErrorKind, Result};
use crate::base::latency::Monitor;
use crate::base::log::Level;
use crate::base::rng::Rng;
use crate::cmd::calls::Sums;
use crate::cmd::histogram::Histograms;
use crate::cmd::host::{Host as _, Stats};
use crate::cmd::server::slowlog::SlowLog;
use crate::cmd::session::{Card, Peer, Session};
use crate::keyspace::evict::{Evictor, Policy};
use crate::keyspace::space::Keyspace;
use crate::keyspace::usage::Usage;
use crate::persist::aof::AofWriter;
use crate::pubsub::hub::Hub;
use crate::pubsub::mailbox::Mailbox;
use crate::sys::fork::ForkGuard;
use crate::types::limits::Limits;

use config::Settings;
pub use config::config_lines;
use cron::Cron;
use load::Loading;
use observers::Observers;
pub use open::Options;
use rewrite::Rewrites;
use save::Saves;

/// Receives log lines: how serious, and the text.
pub type LogFn = Arc<dyn Fn(Level, &str) + Send + Sync>;

/// Log lines kept for the first receiver.
const EARLY_LINES: usize = 64;
/// The database was closed.
const CLOSED: u32 = 1;
/// A panic unwound through a command: only closing works.
const POISONED: u32 = 2;
/// The data set is being loaded anew: most commands are refused.
const LOADING: u32 = 4;
/// What clients are told then.
const LOADING_REPLY: &str = "LOADING Redis is loading the dataset in memory";

/// One open database.
pub(crate) struct Engine {
    /// What waits to be freed in the background lives in the keyspace's heap: dropped before `space`.
    cron: Cron,
    /// Snapshots; what waits for one lives in the keyspace's heap, too.
    saves: Saves,
    rewrites: Rewrites,
    /// How far loading is.
    loading: Loading,
    /// All keys.
    pub(crate) space: Keyspace,
    /// Its clock.
    pub(crate) clock: Clock,
    /// LRU and LFU.
    pub(crate) usage: Usage,
    /// Thresholds between the encodings of values.
    pub(crate) limits: Limits,
    /// Counters.
    pub(crate) stats: Stats,
    pub(crate) settings: RwLock<Settings>,
    /// Held by CONFIG SET, so that directives take effect in the order in which they were set.
    setting: Mutex<()>,
    hot: Hot,
    aof: Option<AofWriter>,
    feeds: feed::Feeds,
    state: AtomicU32,
    fork: ForkGuard,
    cards: Mutex<BTreeMap<u64, Arc<Card>>>,
    /// Counters of clients that are gone.
    retired: Retired,
    next_id: AtomicU64,
    rng: Mutex<Rng>,
    evictor: Mutex<Evictor>,
    observers: Observers,
    /// Clients that cache.
    trackers: tracking::Trackers,
    /// Channels and who listens.
    pub(crate) hub: Hub,
    log: RwLock<Option<LogFn>>,
    /// Calls that took long.
    slowlog: SlowLog,
    /// What took longer than `latency-monitor-threshold`.
    pub(crate) latency: Arc<Monitor>,
    /// How long calls took.
    histograms: Arc<Histograms>,
    /// Queues of clients that said MONITOR.
    monitors: RwLock<Vec<(u64, Arc<Mailbox>)>>,
    /// Whether there are any.
    monitored: AtomicBool,
    pause: pause::Pause,
    /// When the log was last told of a client that speaks HTTP.
    stray_us: AtomicU64,
    /// Memory behind the buffers of connections.
    buffers: AtomicUsize,
    /// Ends whoever serves clients over sockets.
    pub(crate) ends_server: RwLock<Vec<Bell>>,
    /// Lines from before the first receiver was set, who gets them: open logs before anybody can set one.
    early: Mutex<Option<Vec<(Level, String)>>>,
    started_us: u64,
    startup_bytes: AtomicU64,
    run_id: String,
}

/// Directives that every command looks at.
struct Hot {
    maxmemory: AtomicU64,
    policy: AtomicU8,
    max_bulk: AtomicUsize,
    lazy_server_del: AtomicBool,
    lazy_user_del: AtomicBool,
    lazy_user_flush: AtomicBool,
    /// What is in the pool of candidates for eviction was picked under another policy.
    pool_is_old: AtomicBool,
}

#[derive(Default)]
struct Retired {
    clients: AtomicU64,
    commands: AtomicU64,
    changes: AtomicU64,
    hits: AtomicU64,
    misses: AtomicU64,
    calls: Mutex<BTreeMap<crate::cmd::Number, Sums>>,
}

impl Engine {
    /// Why the database takes no calls, if it does not.
    #[inline]
    pub(crate) fn check(&self) -> Result<()> {
        if self.fork.crossed() || self.state.load(Ordering::Acquire) != 0 {
            return Err(self.refusal());
        }
        Ok(())
    }

    #[cold]
    fn refusal(&self) -> Error {
        if self.fork.crossed() {
            return Error::new(
                ErrorKind::Forked,
                "the database was opened before fork(); open it in the child",
            );
        }
        if self.state.load(Ordering::Acquire) & POISONED != 0 {
            return Error::new(
                ErrorKind::Panic,
                "a bug in lodger stopped an earlier call; the database can only be closed",
            );
        }
        if self.state.load(Ordering::Acquire) & CLOSED == 0 {
            return Error::new(ErrorKind::Busy, LOADING_REPLY);
        }
        Error::new(ErrorKind::Closed, "the database is closed")
    }

    /// [`Engine::check`] for commands: whether they may run while the data set is loaded is for their row to say.
    #[inline]
    pub(crate) fn check_command(&self) -> Result<()> {
        if self.fork.crossed() || self.state.load(Ordering::Acquire) & !LOADING != 0 {
            return Err(self.refusal());
        }
        Ok(())
    }

    /// Whether the data set is being loaded anew.
    #[inline]
    fn reloading(&self) -> bool {
        self.state.load(Ordering::Acquire) & LOADING != 0
    }

    /// Whether this process is a child of the one that opened the database.
    pub(crate) fn crossed_fork(&self) -> bool {
        self.fork.crossed()
    }

    /// After a panic nothing but closing is safe.
    pub(crate) fn poison(&self) {
        self.state.fetch_or(POISONED, Ordering::AcqRel);
        self.wake_all();
        self.feeds.close();
    }

    /// Wakes the calls that wait, after the state has changed.
    fn wake_all(&self) {
        for card in self.cards.lock().values() {
            // Taken so that a call between its look at the state and its wait is not missed.
            drop(card.seat.wait.lock());
            card.seat.rouse();
        }
        self.hub.close();
    }

    /// Refuses after a panic.
    #[inline]
    pub(crate) fn check_poison(&self) -> Result<()> {
        if self.poisoned() { Err(self.refusal()) } else { Ok(()) }
    }

    /// Whether [`Engine::poison`] was called.
    pub(crate) fn poisoned(&self) -> bool {
        self.state.load(Ordering::Acquire) & POISONED != 0
    }

    /// A new client's state, listed until [`Engine::leave`].
    pub(crate) fn enter(&self) -> Session {
        self.enter_as(None, None)
    }

    /// The same for one whose thread serves others beside, and who may come over a socket.
    pub(crate) fn enter_as(&self, bell: Option<Bell>, peer: Option<Peer>) -> Session {
        self.enter_with(bell, |_| peer)
    }

    /// A new client of this process that is ended as a connection is; its address has its id.
    pub(crate) fn enter_connected(&self) -> Session {
        let peer = |id| Peer { addr: format!("local:{id}"), laddr: "local:0".to_owned(), fd: -1 };
        self.enter_with(None, |id| Some(peer(id)))
    }

    fn enter_with(&self, bell: Option<Bell>, peer: impl FnOnce(u64) -> Option<Peer>) -> Session {
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        let card = Arc::new(Card::new(id, self.clock.now_ms(), bell, peer(id)));
        self.cards.lock().insert(id, Arc::clone(&card));
        let seed = self.rng.lock().next_u64();
        Session::new(card, seed, Arc::clone(&self.histograms))
    }

    /// Takes a client off the list; its counters stay.
    pub(crate) fn depart(&self, session: &mut Session) {
        self.abandon(session);
        if session.monitors {
            self.end_monitor(session.card.id);
        }
        if let Some(listening) = session.listening.take() {
            listening.end(&self.hub, &session.card);
        }
        self.unwatch_keys(session);
        Self::end_tracking(self, session);
        self.pause.forget(session.card.id);
        self.leave(&session.card);
    }

    fn leave(&self, card: &Card) {
        self.cards.lock().remove(&card.id);
        self.retired.clients.fetch_add(1, Ordering::Relaxed);
        self.retired.commands.fetch_add(card.commands.load(Ordering::Relaxed), Ordering::Relaxed);
        self.retired.changes.fetch_add(card.changes.load(Ordering::Relaxed), Ordering::Relaxed);
        self.retired.hits.fetch_add(card.hits.load(Ordering::Relaxed), Ordering::Relaxed);
        self.retired.misses.fetch_add(card.misses.load(Ordering::Relaxed), Ordering::Relaxed);
        crate::cmd::calls::sum(card, &mut self.retired.calls.lock());
    }

    /// Changes since the database was opened, by clients that are there and clients that are gone.
    fn changes(&self) -> u64 {
        let cards = self.cards.lock();
        let open = cards.values().map(|card| card.changes.load(Ordering::Relaxed)).sum::<u64>();
        open + self.retired.changes.load(Ordering::Relaxed)
    }

    /// Sets or removes the log callback.
    pub(crate) fn set_log(&self, log: Option<LogFn>) {
        *self.log.write() = log;
    }

    /// Hands the first receiver the lines from before it was set.
    pub(crate) fn tell_early(&self) {
        let early = self.early.lock().take();
        early.iter().flatten().for_each(|(level, line)| self.log_line(*level, line));
    }

    /// Hands a line to the log callback, if `loglevel` lets it pass. Never called under a shard lock.
    pub(crate) fn log_line(&self, level: Level, line: &str) {
        if level < self.settings.read().loglevel {
            return;
        }
        let log = self.log.read().clone();
        match log {
            Some(log) => log(level, line),
            None => {
                if let Some(early) = &mut *self.early.lock()
                    && early.len() < EARLY_LINES
                {
                    early.push((level, line.to_owned()));
                }
            }
        }
    }

    /// Everything acknowledged so far is on disk when this returns.
    pub(crate) fn sync(&self) -> Result<()> {
        self.check()?;
        self.aof.as_ref().map_or(Ok(()), AofWriter::sync)
    }

    /// Makes directives take effect.
    fn apply(&self, settings: &Settings) {
        self.hot.maxmemory.store(settings.maxmemory, Ordering::Relaxed);
        let before = self.hot.policy.swap(settings.maxmemory_policy as u8, Ordering::Relaxed);
        self.hot.lazy_server_del.store(settings.lazyfree_server_del, Ordering::Relaxed);
        self.hot.lazy_user_del.store(settings.lazyfree_user_del, Ordering::Relaxed);
        self.hot.lazy_user_flush.store(settings.lazyfree_user_flush, Ordering::Relaxed);
        let max_bulk = usize::try_from(settings.proto_max_bulk_len).unwrap_or(usize::MAX);
        self.hot.max_bulk.store(max_bulk, Ordering::Relaxed);
        self.usage.lfu.store(settings.maxmemory_policy.lfu(), Ordering::Relaxed);
        let small = |n: i64| u32::try_from(n).unwrap_or(u32::MAX);
        self.usage.decay_minutes.store(small(settings.lfu_decay_time), Ordering::Relaxed);
        self.usage.log_factor.store(small(settings.lfu_log_factor), Ordering::Relaxed);
        if before != settings.maxmemory_policy as u8 {
            // Not here: whoever holds the pool waits for shards, which the caller may hold.
            self.hot.pool_is_old.store(true, Ordering::Relaxed);
        }
        let limit = |n: i64| usize::try_from(n).unwrap_or(0);
        self.limits.set_list_max_listpack_size(settings.list_max_listpack_size);
        self.limits.set_hash_max_listpack_entries(limit(settings.hash_max_listpack_entries));
        self.limits.set_hash_max_listpack_value(limit(settings.hash_max_listpack_value));
        self.limits.set_set_max_intset_entries(limit(settings.set_max_intset_entries));
        self.limits.set_zset_max_listpack_entries(limit(settings.zset_max_listpack_entries));
        self.limits.set_zset_max_listpack_value(limit(settings.zset_max_listpack_value));
        self.limits.set_hll_sparse_max_bytes(limit(settings.hll_sparse_max_bytes));
        self.limits.set_stream_node_max_bytes(limit(settings.stream_node_max_bytes));
        self.limits.set_stream_node_max_entries(settings.stream_node_max_entries);
        if let Some(aof) = &self.aof {
            aof.set_policy(settings.appendfsync);
            aof.set_timestamps(settings.aof_timestamps);
        }
        self.space.set_notified(settings.notify.bits());
        let unread = usize::try_from(settings.client_output.pubsub.hard).ok().filter(|bytes| *bytes > 0);
        self.hub.set_limit(unread.unwrap_or(usize::MAX));
        self.cron.set_hz(settings.hz);
        self.trackers.set_most(limit(settings.tracking_table_max_keys));
        self.histograms.set_tracking(settings.latency_tracking);
        self.latency.set_threshold(u64::try_from(settings.latency_monitor_threshold).unwrap_or(0));
        let slow = settings.slowlog_log_slower_than;
        self.slowlog.set(slow, limit(settings.slowlog_max_len), self.latency.threshold());
    }

    fn policy(&self) -> Policy {
        let n = usize::from(self.hot.policy.load(Ordering::Relaxed));
        Policy::NAMES.get(n).map_or(Policy::NoEviction, |p| p.1)
    }

    /// Microseconds since open.
    fn uptime(&self) -> u64 {
        monotonic_us().saturating_sub(self.started_us)
    }
}
