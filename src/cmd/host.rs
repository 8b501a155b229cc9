//! What commands ask of the engine above them: INFO, CONFIG, the list of clients, the background thread.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::time::Duration;

use parking_lot::Mutex;

use super::error::CmdError;
use super::histogram::Histograms;
use super::server::slowlog::SlowLog;
use super::session::{Card, Paused, Session, Tracking, Unblock};
use super::waiting::Waiting;
use crate::base::clock::Clock;
use crate::base::latency::Monitor;
use crate::keyspace::raw::Entry;
use crate::keyspace::space::{Keyspace, View};
use crate::keyspace::table::Table;
use crate::keyspace::usage::Usage;
use crate::pubsub::hub::Hub;
use crate::pubsub::mailbox::Mailbox;
use crate::types::limits::Limits;

/// Counters and switches that commands, the background thread and INFO share.
#[derive(Default)]
pub(crate) struct Stats {
    /// Keys removed because their time came.
    pub(crate) expired_keys: AtomicU64,
    /// Fields of hashes removed because their time came.
    pub(crate) expired_fields: AtomicU64,
    /// Keys removed for `maxmemory`.
    pub(crate) evicted_keys: AtomicU64,
    /// Error replies, by their code.
    pub(crate) errors: Mutex<BTreeMap<String, u64>>,
    /// Values waiting to be freed in the background.
    pub(crate) lazyfree_pending: AtomicU64,
    /// Values freed in the background.
    pub(crate) lazyfreed: AtomicU64,
    /// The largest `used_memory` seen.
    pub(crate) peak_memory: AtomicU64,
    /// DEBUG SET-ACTIVE-EXPIRE 0 was called.
    pub(crate) no_active_expire: AtomicBool,
    /// DEBUG PAUSE-CRON 1 was called.
    pub(crate) cron_paused: AtomicBool,
}

/// What the memory of a database goes to, in bytes.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct MemoryUse {
    /// All that is counted.
    pub(crate) total: u64,
    /// The append-only file's buffers.
    pub(crate) aof_buffer: u64,
    /// Clients.
    pub(crate) clients: u64,
    /// What an empty database costs.
    pub(crate) startup: u64,
    /// Resident memory of the whole process, 0 where it cannot be told.
    pub(crate) rss: u64,
}

/// How work in the background was begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Begun {
    /// It is under way.
    Started,
    /// It begins when what is under way has ended.
    Scheduled,
}

/// What DEBUG RELOAD is to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Reload {
    /// A key that is there twice is no error: the file's value counts, the later one if the file has two.
    pub(crate) merge: bool,
    /// What was there before goes.
    pub(crate) flush: bool,
    /// The file is written first.
    pub(crate) save: bool,
}

/// The engine, as commands see it.
pub(crate) trait Host {
    /// The clock of this database.
    fn clock(&self) -> &Clock;
    /// All keys; only for calls that lock one shard at a time themselves.
    fn space(&self) -> &Keyspace;
    /// LRU clock and LFU settings.
    fn usage(&self) -> &Usage;
    /// Thresholds between the encodings of values.
    fn limits(&self) -> &Limits;
    /// Shared counters.
    fn stats(&self) -> &Stats;
    /// Whether effects are journaled.
    fn journaling(&self) -> bool;
    /// `proto-max-bulk-len`.
    fn max_bulk(&self) -> usize;
    /// `lazyfree-lazy-user-del`.
    fn lazy_user_del(&self) -> bool;
    /// `lazyfree-lazy-user-flush`.
    fn lazy_user_flush(&self) -> bool;
    /// The text of INFO for these sections, in lower case; none means the default ones.
    fn info(&self, sections: &[String], view: &View<'_>) -> String;
    /// Directives whose name matches one of the patterns, with their values; each once.
    fn config_get(&self, patterns: &[&[u8]]) -> Vec<(&'static str, String)>;
    /// Sets directives, all or none. `locked`: the caller holds shards, so nothing may be evicted at once.
    fn config_set(&self, pairs: &[(&[u8], &[u8])], locked: bool) -> Result<(), CmdError>;
    /// Writes the configuration file back.
    fn config_rewrite(&self) -> Result<(), CmdError>;
    /// CONFIG RESETSTAT.
    fn reset_stats(&self);
    /// The cards of all clients but those killed, by rising id.
    fn clients(&self) -> Vec<Arc<Card>>;
    /// Memory by purpose.
    fn memory(&self) -> MemoryUse;
    /// Gives free memory back to the system.
    fn purge(&self);
    /// Frees whole tables in the background.
    fn free_tables(&self, tables: Vec<Table>);
    /// Frees entries in the background.
    fn free_entries(&self, entries: Vec<Entry>);
    /// CLIENT PAUSE, for so many milliseconds.
    fn pause(&self, which: Paused, ms: u64);
    /// CLIENT UNPAUSE.
    fn unpause(&self);
    /// Sleeps, unless the client is interrupted or the database closes.
    fn sleep(&self, session: &Session, duration: Duration) -> Result<(), CmdError>;
    /// Adds a key of the selected database, whose lock is held, to what the client watches; `gone` if its time has come.
    fn watch(&self, session: &mut Session, key: &[u8], gone: bool);
    /// Forgets what the client watches.
    fn unwatch(&self, session: &mut Session);
    /// Keys of a database that somebody watches or waits for.
    fn observed(&self, db: usize) -> Vec<Vec<u8>>;
    /// Puts the client, whose keys' locks are held, behind those who wait for the same.
    fn enlist(&self, session: &mut Session, waiting: Waiting);
    /// Ends the call of a client that waits for data. Whether one does.
    fn unblock(&self, id: u64, how: Unblock) -> bool;
    /// SHUTDOWN: ends whoever serves clients over sockets; saved before if there are save points, or as told. `force`: also
    /// if that fails.
    fn shut_down(&self, save: Option<bool>, force: bool) -> Result<(), CmdError>;
    /// Calls that took long.
    fn slowlog(&self) -> &SlowLog;
    /// What took longer than `latency-monitor-threshold`.
    fn latency(&self) -> &Monitor;
    /// How long the calls of each command took.
    fn histograms(&self) -> &Histograms;
    /// Tells of every command from now on, in this queue of a client.
    fn monitor(&self, id: u64, mailbox: &Arc<Mailbox>);
    /// The opposite.
    fn end_monitor(&self, id: u64);
    /// Channels and who listens.
    fn hub(&self) -> &Hub;
    /// A queue for what a client listens to.
    fn mailbox(&self, card: &Card) -> Arc<Mailbox>;
    /// CLIENT TRACKING ON, with all that was asked for; `redirect` is the client that is told instead, or 0.
    fn track(&self, session: &mut Session, how: Tracking, redirect: u64, noloop: bool);
    /// CLIENT TRACKING OFF.
    fn end_tracking(&self, session: &mut Session);
    /// Whether there is a client of this id.
    fn is_client(&self, id: u64) -> bool;
    /// All keys of a database are gone: whoever caches some is told.
    fn flushed(&self);
    /// Whether these words let a client in: `None` if nobody needs any.
    fn admits(&self, user: &[u8], password: &[u8]) -> Option<bool>;
    /// Runs another command for this client, with locks and a journal entry of its own; for handlers whose plan
    /// is [`super::spec::Plan::None`]. Answers the journal position to wait for.
    fn call(&self, session: &mut Session, argv: &[&[u8]]) -> Result<u64, CmdError>;
    /// SAVE.
    fn save(&self) -> Result<(), CmdError>;
    /// BGSAVE.
    fn save_in_background(&self, schedule: bool) -> Result<Begun, CmdError>;
    /// DEBUG RELOAD.
    fn reload(&self, how: Reload) -> Result<(), CmdError>;
    /// DEBUG LOADAOF.
    fn load_aof(&self) -> Result<(), CmdError>;
    /// DEBUG SET-SKIP-CHECKSUM-VALIDATION.
    fn skip_checksum(&self, skip: bool);
    /// BGREWRITEAOF.
    fn rewrite_in_background(&self) -> Result<Begun, CmdError>;
    /// Makes everything that was acknowledged durable; false if there is no append-only file.
    fn sync(&self) -> Result<bool, CmdError>;
    /// Unix seconds of the last successful snapshot.
    fn last_save(&self) -> i64;
    /// Hands a line to the log callback at notice level.
    fn log(&self, line: &str);
}
