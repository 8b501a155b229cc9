//! The one background thread of a database: the coarse clock, expiry, eviction, the append-only file's turn,
//! and freeing what was handed to it. It runs from open to close and not a moment longer.

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, PoisonError};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

use parking_lot::Mutex;

use super::Engine;
use super::evict::Walk;
use crate::base::clock::monotonic_us;
use crate::base::error::{Error, ErrorKind, Result};
use crate::base::log::Level;
use crate::cmd::host::Stats;
use crate::keyspace::raw::Entry;
use crate::keyspace::space::Compaction;
use crate::keyspace::table::Table;
use crate::persist::aof::{AofWriter, Trouble};

/// Entries freed between two looks at the clock.
const FREE_STEP: usize = 1 << 12;
/// Memory is given back to the system when the keys take so many bytes less than they did, and a quarter less.
const TRIM_FROM: u64 = 8 << 20;
/// How long nothing must have changed before.
const CALM_US: u64 = 200_000;

/// How long nothing is moved after a walk over all entries, at least.
const COMPACT_REST_US: u64 = 1_000_000;
/// Turns after which entries are moved although more and more go.
const PATIENCE: u32 = 20;

/// When the next turn is due: at once, because this one left work that does not wait; soon, because memory grows and
/// more is to be made ready; when `hz` says.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Pace {
    Now,
    Soon,
    Usual,
}

/// How soon that is.
const SOON: Duration = Duration::from_millis(10);

/// Moving entries out of nearly empty parts of their heap.
#[derive(Default)]
struct Compacting {
    /// Under way.
    walk: Option<Compaction>,
    /// Microseconds that this walk took so far.
    spent_us: u64,
    /// When the next one may begin: moving never takes more than a part of the time.
    rest_until_us: u64,
    /// What a walk would have won when it was last looked at, and for how many turns that was worth one.
    idle: usize,
    turns: u32,
}

/// What is known about how memory was used since it was last given back.
#[derive(Default)]
struct Calm {
    /// The most bytes that keys took.
    high: u64,
    /// Bytes and changes as last seen, and since when they are the same.
    seen: (u64, u64),
    since_us: u64,
}

/// What the thread remembers from turn to turn.
#[derive(Default)]
struct Memo {
    walk: Walk,
    calm: Calm,
    compacting: Compacting,
    /// When expiry and moving had their slices.
    cycled_us: u64,
}

#[derive(Default)]
struct State {
    stop: bool,
    entries: Vec<Entry>,
    tables: Vec<Table>,
}

/// The thread, and what others tell it.
pub(super) struct Cron {
    /// Of the standard library: parking_lot keeps those who wait in one table of the process, which a child may
    /// inherit locked, and this thread waits all the time.
    state: std::sync::Mutex<State>,
    wake: std::sync::Condvar,
    hz: AtomicI64,
    now_ms: AtomicI64,
    /// From start to stop; before and after, whoever hands something over frees it himself.
    running: AtomicBool,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Cron {
    /// Not running yet.
    pub(super) fn new(now_ms: i64) -> Self {
        Self {
            state: std::sync::Mutex::default(),
            wake: std::sync::Condvar::new(),
            hz: AtomicI64::new(10),
            now_ms: AtomicI64::new(now_ms),
            running: AtomicBool::new(false),
            thread: Mutex::new(None),
        }
    }

    /// Starts the thread.
    pub(super) fn start(engine: &Arc<Engine>) -> Result<()> {
        let shared = Arc::clone(engine);
        let thread = Builder::new()
            .name("lodger".to_owned())
            .stack_size(256 << 10)
            .spawn(move || run(&shared))
            .map_err(|e| Error::new(ErrorKind::Io, format!("cannot start the background thread: {e}")))?;
        *engine.cron.thread.lock() = Some(thread);
        engine.cron.running.store(true, Ordering::Release);
        Ok(())
    }

    /// What others told the thread. Nobody panics while he holds it, and if so what is there is whole.
    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends the thread and waits for it.
    pub(super) fn stop(&self) {
        self.running.store(false, Ordering::Release);
        self.state().stop = true;
        self.wake.notify_all();
        let thread = self.thread.lock().take();
        if let Some(thread) = thread {
            // A panic in the thread has poisoned the database already.
            let _ = thread.join();
        }
    }

    /// Turns a second.
    pub(super) fn set_hz(&self, hz: i64) {
        self.hz.store(hz.clamp(1, 500), Ordering::Relaxed);
    }

    /// Unix milliseconds as of the last turn.
    pub(super) fn now_ms(&self) -> i64 {
        self.now_ms.load(Ordering::Relaxed)
    }

    /// Frees entries in the background.
    pub(super) fn free_entries(&self, entries: Vec<Entry>, stats: &Stats) {
        if entries.is_empty() || !self.running.load(Ordering::Acquire) {
            return;
        }
        stats.lazyfree_pending.fetch_add(entries.len() as u64, Ordering::Relaxed);
        self.state().entries.extend(entries);
        self.wake.notify_all();
    }

    /// Frees whole tables in the background.
    pub(super) fn free_tables(&self, tables: Vec<Table>, stats: &Stats) {
        if tables.is_empty() || !self.running.load(Ordering::Acquire) {
            return;
        }
        let keys = tables.iter().map(Table::len).sum::<usize>();
        stats.lazyfree_pending.fetch_add(keys as u64, Ordering::Relaxed);
        self.state().tables.extend(tables);
        self.wake.notify_all();
    }

    /// Ends the sleep before the next turn, if it sleeps.
    pub(super) fn nudge(&self) {
        self.wake.notify_all();
    }

    /// Sleeps until the next turn is due or there is something to free; what there is.
    fn wait(&self, pace: Pace) -> State {
        let mut state = self.state();
        if pace != Pace::Now && !state.stop && state.entries.is_empty() && state.tables.is_empty() {
            // At least ten turns a second, whatever `hz` says: the append-only file waits for them.
            let hz = u64::try_from(self.hz.load(Ordering::Relaxed)).unwrap_or(1).max(10);
            let usual = Duration::from_micros(1_000_000 / hz);
            let interval = if pace == Pace::Soon { usual.min(SOON) } else { usual };
            let woken = self.wake.wait_timeout(state, interval);
            state = woken.unwrap_or_else(PoisonError::into_inner).0;
        }
        State {
            stop: state.stop,
            entries: std::mem::take(&mut state.entries),
            tables: std::mem::take(&mut state.tables),
        }
    }
}

fn run(engine: &Arc<Engine>) {
    let mut memo = Memo::default();
    let (mut pace, mut told) = (Pace::Usual, None);
    loop {
        let state = engine.cron.wait(pace);
        let turn = || engine.turn(state.entries, state.tables, &mut memo);
        let turn = std::panic::AssertUnwindSafe(turn);
        match std::panic::catch_unwind(turn) {
            Ok(next) => pace = next,
            Err(_) => engine.poison(),
        }
        engine.tell_trouble(&mut told);
        if state.stop {
            return;
        }
    }
}

impl Engine {
    /// Logs when writes begin to be refused because of the append-only file, and when they go on.
    fn tell_trouble(&self, told: &mut Option<Trouble>) {
        let trouble = self.aof.as_ref().and_then(AofWriter::trouble);
        let line = match (&trouble, &told) {
            (None, None) | (Some(Trouble::Full(_)), Some(_)) | (_, Some(Trouble::Failed(_))) => return,
            (Some(Trouble::Full(e)), None) => {
                format!("writes are refused until there is room: {}", e.message())
            }
            (Some(Trouble::Failed(e)), _) => {
                format!("writes are refused until the database is reopened: {}", e.message())
            }
            (None, Some(_)) => "there is room again: writes go on".to_owned(),
        };
        let level = if trouble.is_some() { Level::Warning } else { Level::Notice };
        *told = trouble;
        self.log_line(level, &line);
    }

    /// One turn of the background thread. When the next one is due.
    fn turn(&self, entries: Vec<Entry>, tables: Vec<Table>, memo: &mut Memo) -> Pace {
        let mut more = false;
        let now = self.clock.now_ms();
        self.cron.now_ms.store(now, Ordering::Relaxed);
        self.usage.tick(now);
        if let Some(aof) = &self.aof {
            aof.tick(now);
        }
        if self.poisoned() || self.reloading() {
            // What was acknowledged still goes to the disk; the keys are not to be touched.
            return Pace::Usual;
        }
        if !self.stats.cron_paused.load(Ordering::Relaxed) {
            let (effort, hz) = {
                let settings = self.settings.read();
                (settings.active_expire_effort, settings.hz)
            };
            let interval = 1_000_000 / u64::try_from(hz).unwrap_or(10).max(1);
            let start = monotonic_us();
            // Turns may come sooner than that for other reasons.
            let due = start.saturating_sub(memo.cycled_us) >= interval / 10 * 9;
            if due {
                memo.cycled_us = start;
            }
            if due && !self.stats.no_active_expire.load(Ordering::Relaxed) {
                // A quarter of the interval, and a bit more for each step of effort.
                let percent = u64::try_from(25 + 2 * (effort - 1)).unwrap_or(25);
                let since = self.latency.begin();
                self.expire_cycle(&mut memo.walk, interval * percent / 100);
                self.latency.end("expire-cycle", since);
            }
            more = self.evict_more(interval / 4);
            self.rewrite_if_due();
            self.save_if_due();
            if due {
                self.compact(&mut memo.compacting, interval / 4);
            }
        }
        self.free(entries, tables);
        let grows = self.space.prepare();
        self.trim_when_calm(&mut memo.calm);
        let used = self.used_memory();
        self.stats.peak_memory.fetch_max(used, Ordering::Relaxed);
        match (more, grows) {
            (true, _) => Pace::Now,
            (false, true) => Pace::Soon,
            _ => Pace::Usual,
        }
    }

    /// Frees what was handed over; in between the append-only file gets its turns.
    fn free(&self, entries: Vec<Entry>, tables: Vec<Table>) {
        let freed = |n: u64| {
            self.stats.lazyfree_pending.fetch_sub(n, Ordering::Relaxed);
            self.stats.lazyfreed.fetch_add(n, Ordering::Relaxed);
        };
        let count = entries.len() as u64;
        drop(entries);
        freed(count);
        let mut since = 0;
        for table in tables {
            let count = table.len();
            drop(table);
            freed(count as u64);
            since += count;
            if since >= FREE_STEP {
                since = 0;
                if let Some(aof) = &self.aof {
                    aof.tick(self.clock.now_ms());
                }
            }
        }
    }

    /// One slice of moving entries together, if many chunks of their heap are nearly empty.
    fn compact(&self, compacting: &mut Compacting, budget_us: u64) {
        let start = monotonic_us();
        let Compacting { walk, spent_us, rest_until_us, idle, turns } = compacting;
        if walk.is_none() {
            let (sparse, now_idle) = self.space.sparse();
            let growing = std::mem::replace(idle, now_idle) < now_idle;
            *turns = if sparse { *turns + 1 } else { 0 };
            // While keys are being deleted most of what would be moved goes itself soon.
            if !sparse || start < *rest_until_us || (growing && *turns < PATIENCE) {
                return;
            }
            *spent_us = 0;
        }
        let under_way = walk.get_or_insert_default();
        let mut more = true;
        let mut spent = 0;
        while more && spent < budget_us {
            more = self.space.compact_step(under_way);
            spent = monotonic_us().saturating_sub(start);
        }
        *spent_us += spent;
        if !more {
            (*walk, *turns) = (None, 0);
            *rest_until_us = start + spent + (*spent_us * 4).max(COMPACT_REST_US);
        }
    }

    /// Gives memory back to the system once much less is used than was, and only when nobody writes: the
    /// allocator stops everybody who allocates for as long as it looks for free pages.
    fn trim_when_calm(&self, calm: &mut Calm) {
        let used = self.space.used_bytes() + self.buffer_bytes();
        calm.high = calm.high.max(used);
        let fallen = calm.high - used;
        if fallen < TRIM_FROM || fallen < calm.high / 4 {
            return;
        }
        let (seen, now) = ((used, self.changes()), monotonic_us());
        if calm.seen != seen {
            (calm.seen, calm.since_us) = (seen, now);
        } else if now.saturating_sub(calm.since_us) >= CALM_US {
            crate::sys::memory::trim();
            calm.high = used;
        }
    }
}
