//! Snapshots: SAVE, BGSAVE, save points, backups. One walk at a time, that of a rewrite (`rewrite.rs`) included; the walk
//! and the file are `persist::snapshot`'s.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU8, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::thread::JoinHandle;
use std::time::Duration;

use parking_lot::{Mutex, MutexGuard};

use super::{CLOSED, Engine};
use crate::base::clock::monotonic_us;
use crate::base::error::{Error, ErrorKind, Result};
use crate::base::log::Level;
use crate::cmd::error::CmdError;
use crate::cmd::host::Begun;
use crate::cmd::server::REDIS_VERSION;
use crate::keyspace::space::Keyspace;
use crate::persist::snapshot::{self, Format, Head, Progress, Written};
use crate::persist::storage::{Storage, StorageLock};

/// What writers may leave for a snapshot before they wait for it.
const BACK_PRESSURE: usize = 32 << 20;

/// How long somebody who waits for a walk to end sleeps between two looks whether he still wants to.
const LOOK: Duration = Duration::from_millis(20);

/// What the background snapshot is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Work {
    /// BGSAVE, or a save point.
    Save = 1,
    /// A rewrite of the append-only file.
    Rewrite = 2,
}

/// Where snapshots go, and how the last ones went.
pub(super) struct Saves {
    /// The files.
    pub(super) storage: Arc<dyn Storage>,
    /// Keeps others away from a location that is a snapshot file.
    pub(super) lock: Mutex<Option<Box<dyn StorageLock>>>,
    /// Where SAVE and BGSAVE write; `None` in memory.
    pub(super) target: Mutex<Option<PathBuf>>,
    /// The location is the snapshot file itself.
    pub(super) is_location: bool,
    /// SHUTDOWN has saved, or shall not: a program that is nothing but a server leaves it at that.
    pub(super) settled: AtomicBool,
    /// Held while a snapshot is taken.
    pub(super) running: Mutex<()>,
    /// Numbers snapshots.
    epoch: AtomicU32,
    /// A snapshot is being taken: writers look whether they have to wait.
    active: AtomicBool,
    /// What is at work in the background: a [`Work`], or 0.
    background: AtomicU8,
    /// BGSAVE SCHEDULE: begins when the rewrite has ended.
    pub(super) scheduled: AtomicBool,
    /// The snapshot shall end.
    pub(super) cancel: AtomicBool,
    thread: Mutex<Option<JoinHandle<()>>>,
    me: Mutex<Weak<Engine>>,
    waiting: Mutex<Option<Arc<crate::keyspace::save::Saving>>>,
    /// Keys that the running snapshot has given out.
    keys_done: AtomicU64,
    /// Libraries of functions that a file had.
    pub(super) functions: Mutex<Vec<Vec<u8>>>,
    /// Changes at the last successful snapshot's cut.
    pub(super) changes_saved: AtomicU64,
    /// Unix seconds of the last successful snapshot.
    pub(super) last_save: AtomicI64,
    /// How the last background snapshot ended.
    pub(super) last_ok: AtomicBool,
    /// Microseconds that the last background snapshot took, and when the running one began.
    pub(super) last_took_us: AtomicI64,
    pub(super) began_us: AtomicU64,
    /// Of the last one: bytes of copies that waited at most.
    pub(super) last_peak: AtomicU64,
    /// Snapshots that ended well.
    pub(super) count: AtomicU64,
    /// Writes are refused because the last background snapshot failed.
    refusing: AtomicBool,
}

impl Saves {
    /// None was taken yet.
    pub(super) fn new(storage: Arc<dyn Storage>, target: Option<PathBuf>, now_s: i64) -> Self {
        Self {
            storage,
            lock: Mutex::new(None),
            is_location: false,
            settled: AtomicBool::new(false),
            target: Mutex::new(target),
            running: Mutex::new(()),
            epoch: AtomicU32::new(0),
            active: AtomicBool::new(false),
            background: AtomicU8::new(0),
            scheduled: AtomicBool::new(false),
            cancel: AtomicBool::new(false),
            thread: Mutex::new(None),
            me: Mutex::new(Weak::new()),
            waiting: Mutex::new(None),
            keys_done: AtomicU64::new(0),
            functions: Mutex::default(),
            changes_saved: AtomicU64::new(0),
            last_save: AtomicI64::new(now_s),
            last_ok: AtomicBool::new(true),
            last_took_us: AtomicI64::new(-1),
            began_us: AtomicU64::new(0),
            last_peak: AtomicU64::new(0),
            count: AtomicU64::new(0),
            refusing: AtomicBool::new(false),
        }
    }

    /// Lets background snapshots find their database.
    pub(super) fn know(&self, engine: &Arc<Engine>) {
        *self.me.lock() = Arc::downgrade(engine);
    }

    /// Whether `stop-writes-on-bgsave-error` refuses writes now.
    #[inline]
    pub(super) fn stops_writes(&self) -> bool {
        self.refusing.load(Ordering::Relaxed)
    }

    /// Whether this is at work in the background.
    pub(super) fn at_work(&self, work: Work) -> bool {
        self.background.load(Ordering::Acquire) == work as u8
    }

    /// Whether nothing is at work in the background.
    pub(super) fn idle(&self) -> bool {
        self.background.load(Ordering::Acquire) == 0
    }
}

const REWRITING: &str = "the append-only file is being rewritten";
const REWRITING_REPLY: &str = "ERR Another child process is active (AOF?): can't BGSAVE right now. Use BGSAVE SCHEDULE in \
                               order to schedule a BGSAVE whenever possible.";

/// What writes answer while snapshots fail.
pub(super) const MISCONF: CmdError = CmdError::Text(
    "MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to disk. Commands that may \
     modify the data set are disabled, because this instance is configured to report errors during writes if RDB \
     snapshotting fails (stop-writes-on-bgsave-error option). Please check the Redis logs for details about the RDB error.",
);

/// Why there is nothing to save to.
fn nowhere() -> Error {
    Error::new(
        ErrorKind::Unsupported,
        "a database in memory has no file to save to; use a backup with a path",
    )
}

/// Something else that is to be as of the moment of a snapshot.
#[derive(Clone, Copy)]
pub(super) struct Cut<'c> {
    /// Called when nobody can change keys.
    pub(super) call: &'c dyn Fn(),
    /// The snapshot is the base of an append-only file.
    pub(super) base: bool,
}

fn busy() -> Error {
    Error::new(ErrorKind::Busy, "a snapshot is being taken already")
}

impl Engine {
    /// Before a call that may change keys: waits while a running snapshot has too many copies to write.
    #[inline(always)]
    pub(crate) fn pace(&self) {
        if self.saves.active.load(Ordering::Relaxed) {
            self.pace_slowly();
        }
    }

    /// The same for typed calls, with the refusal of failing snapshots.
    #[inline(always)]
    pub(crate) fn may_change(&self) -> Result<()> {
        self.pace();
        if self.saves.stops_writes() {
            return Err(self.refused(Error::new(ErrorKind::Io, String::from_utf8_lossy(&MISCONF.text()))));
        }
        Ok(())
    }

    #[cold]
    fn pace_slowly(&self) {
        let saving = self.saves.waiting.lock().clone();
        if let Some(saving) = saving {
            // Bounded: the walk takes what waits at each of its steps.
            saving.wait_below(BACK_PRESSURE, Duration::from_secs(1));
        }
    }

    /// Waits for a walk in the background to end, as long as `wanted` says so; others are refused while one runs.
    pub(super) fn turn_to_walk(&self, wanted: &mut dyn FnMut() -> bool) -> Result<MutexGuard<'_, ()>> {
        loop {
            if self.saves.at_work(Work::Save) {
                return Err(busy());
            }
            if let Some(turn) = self.saves.running.try_lock_for(LOOK) {
                return Ok(turn);
            }
            if !wanted() || self.state.load(Ordering::Acquire) & CLOSED != 0 {
                return Err(Error::new(ErrorKind::Interrupted, "the snapshot was cancelled"));
            }
        }
    }

    /// The same for work in the background, which waits for copies that somebody takes; `None` at close.
    pub(super) fn background_turn(&self) -> Option<MutexGuard<'_, ()>> {
        while !self.saves.cancel.load(Ordering::Relaxed) {
            if let Some(turn) = self.saves.running.try_lock_for(LOOK) {
                return Some(turn);
            }
        }
        None
    }

    /// Takes a snapshot into `path`; whoever calls has the turn to walk.
    pub(super) fn snapshot(
        &self,
        path: &Path,
        cut: Option<Cut<'_>>,
        progress: Progress<'_>,
    ) -> Result<(Written, u64)> {
        let storage = &self.saves.storage;
        snapshot::check_target(&**storage, path)?;
        let settings = self.settings.read();
        let format = Format {
            compress: settings.rdbcompression,
            checksum: settings.rdbchecksum,
            lfu: settings.maxmemory_policy.lfu(),
        };
        drop(settings);
        let epoch = self.saves.epoch.fetch_add(1, Ordering::Relaxed).wrapping_add(1).max(1);
        let mut view = self.space.lock_all(true);
        let saving = Keyspace::begin_save(&mut view, epoch);
        let changes = self.changes();
        if let Some(cut) = cut {
            (cut.call)();
        }
        drop(view);
        *self.saves.waiting.lock() = Some(Arc::clone(&saving));
        self.saves.active.store(true, Ordering::Relaxed);
        let aux = [
            ("redis-ver", REDIS_VERSION.to_owned()),
            ("redis-bits", usize::BITS.to_string()),
            ("ctime", (self.clock.now_ms() / 1000).to_string()),
            ("used-mem", self.used_memory().to_string()),
            ("aof-base", u8::from(cut.is_some_and(|cut| cut.base)).to_string()),
        ];
        let functions = self.saves.functions.lock().clone();
        let unique =
            self.rng.lock().next_u64() ^ monotonic_us().rotate_left(32) ^ u64::from(std::process::id());
        let head = Head { aux: &aux, functions: &functions, unique };
        let mut told = |done: u64, all: u64| {
            self.saves.keys_done.store(done, Ordering::Relaxed);
            progress(done, all)
        };
        let written = snapshot::write(&self.space, &saving, &**storage, path, format, head, &mut told);
        self.saves.keys_done.store(0, Ordering::Relaxed);
        self.saves.active.store(false, Ordering::Relaxed);
        *self.saves.waiting.lock() = None;
        written.map(|written| (written, changes))
    }

    /// Of the running snapshot: keys given out, all of them, and bytes of copies that wait to be written.
    pub(super) fn save_progress(&self) -> (u64, u64, u64) {
        let saving = self.saves.waiting.lock().clone();
        let done = self.saves.keys_done.load(Ordering::Relaxed);
        saving.map_or((0, 0, 0), |saving| (done, saving.keys(), saving.waiting() as u64))
    }

    pub(super) fn target(&self) -> Result<PathBuf> {
        self.saves.target.lock().clone().ok_or_else(nowhere)
    }

    /// SAVE: on the caller's thread.
    pub(crate) fn save(&self) -> Result<()> {
        let path = self.target()?;
        let turn = self.turn_to_walk(&mut || true)?;
        let (written, changes) = self.snapshot(&path, None, &mut |_, _| true)?;
        drop(turn);
        self.saved(&path, written, changes);
        Ok(())
    }

    /// What a location that is a snapshot file gets when it is closed, unless nothing has changed.
    pub(super) fn save_at_close(&self) -> Result<()> {
        let path = self.target()?;
        let there = self.saves.storage.metadata(&path).ok().flatten().is_some();
        if there && self.changes_unsaved() == 0 {
            return Ok(());
        }
        self.save()
    }

    /// Ends whoever serves clients over sockets: see `Host::shut_down`.
    pub(crate) fn end_server(&self, save: Option<bool>, force: bool) -> std::result::Result<(), CmdError> {
        let ends = self.ends_server.read().clone();
        if ends.is_empty() {
            let text = "ERR SHUTDOWN ends a server, and nobody serves this database; its host closes it";
            return Err(CmdError::Text(text));
        }
        self.log_line(Level::Warning, "User requested shutdown...");
        let wanted = save.unwrap_or_else(|| !self.settings.read().save.is_empty());
        if wanted && self.saves.target.lock().is_some() {
            self.stop_saving();
            if let Err(error) = Self::save(self) {
                self.log_line(Level::Warning, &format!("cannot save the DB: {}", error.message()));
                if !force {
                    return Err(CmdError::Text("ERR Errors trying to SHUTDOWN. Check logs."));
                }
            }
        }
        self.saves.settled.store(true, Ordering::Relaxed);
        ends.iter().for_each(|end| end());
        Ok(())
    }

    pub(super) fn saved(&self, path: &Path, written: Written, changes: u64) {
        let saves = &self.saves;
        saves.changes_saved.store(changes, Ordering::Relaxed);
        saves.last_save.store(self.clock.now_ms() / 1000, Ordering::Relaxed);
        saves.last_peak.store(written.peak, Ordering::Relaxed);
        saves.count.fetch_add(1, Ordering::Relaxed);
        saves.last_ok.store(true, Ordering::Relaxed);
        saves.refusing.store(false, Ordering::Relaxed);
        let line =
            format!("DB saved on disk: {} keys, {} bytes in {}", written.keys, written.bytes, path.display());
        self.log_line(Level::Notice, &line);
    }

    /// BGSAVE: on a thread that lives as long as the snapshot takes. While the append-only file is rewritten it is
    /// refused, or begins afterwards.
    pub(crate) fn save_in_background(&self, schedule: bool) -> Result<Begun> {
        let path = self.target()?;
        if self.saves.at_work(Work::Save) {
            return Err(busy());
        }
        if self.saves.at_work(Work::Rewrite) {
            if schedule {
                self.saves.scheduled.store(true, Ordering::Relaxed);
                return Ok(Begun::Scheduled);
            }
            return Err(Error::new(ErrorKind::Busy, REWRITING));
        }
        self.saves.began_us.store(monotonic_us(), Ordering::Relaxed);
        self.start(Work::Save, move |engine| engine.background(&path)).map(|()| Begun::Started)
    }

    /// Does something on a thread of its own. One thing at a time.
    pub(super) fn start(&self, work: Work, job: impl FnOnce(&Self) + Send + 'static) -> Result<()> {
        self.check()?;
        let begun =
            self.saves.background.compare_exchange(0, work as u8, Ordering::AcqRel, Ordering::Acquire);
        if begun.is_err() {
            return Err(busy());
        }
        let me = self.saves.me.lock().clone();
        let run = move || {
            let Some(engine) = me.upgrade() else { return };
            if std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| job(&engine))).is_err() {
                engine.poison();
            }
            engine.saves.background.store(0, Ordering::Release);
        };
        let name = if work == Work::Save { "lodger-save" } else { "lodger-rewrite" };
        match std::thread::Builder::new().name(name.to_owned()).spawn(run) {
            Ok(thread) => {
                // The one before it has ended: nothing was at work.
                let before = self.saves.thread.lock().replace(thread);
                if let Some(before) = before {
                    let _ = before.join();
                }
                Ok(())
            }
            Err(e) => {
                self.saves.background.store(0, Ordering::Release);
                Err(Error::new(ErrorKind::Io, format!("cannot start a thread for the snapshot: {e}")))
            }
        }
    }

    fn background(&self, path: &Path) {
        let start = monotonic_us();
        let Some(turn) = self.background_turn() else { return };
        let done = self.snapshot(path, None, &mut |_, _| !self.saves.cancel.load(Ordering::Relaxed));
        drop(turn);
        let took = i64::try_from(monotonic_us().saturating_sub(start)).unwrap_or(i64::MAX);
        self.saves.last_took_us.store(took, Ordering::Relaxed);
        self.saves.last_ok.store(done.is_ok(), Ordering::Relaxed);
        match done {
            Ok((written, changes)) => self.saved(path, written, changes),
            Err(error) => {
                self.log_line(Level::Warning, &format!("background saving failed: {}", error.message()));
                self.judge();
            }
        }
    }

    /// Decides whether writes are refused: snapshots are wanted, the last one failed, and the directive says so.
    pub(super) fn judge(&self) {
        let settings = self.settings.read();
        let refuse =
            settings.stop_writes && !settings.save.is_empty() && !self.saves.last_ok.load(Ordering::Relaxed);
        self.saves.refusing.store(refuse, Ordering::Relaxed);
    }

    /// A copy of everything as of one moment, in a file of its own.
    pub(crate) fn backup(&self, path: &Path, progress: Progress<'_>) -> Result<u64> {
        self.copy(path, None, progress, |written| Ok(written.keys))
    }

    /// The same, and what is to be as of that moment; `then` is called before another snapshot or rewrite can begin.
    pub(super) fn copy<R>(
        &self,
        path: &Path,
        cut: Option<Cut<'_>>,
        progress: Progress<'_>,
        then: impl FnOnce(Written) -> Result<R>,
    ) -> Result<R> {
        self.check()?;
        if path.as_os_str().is_empty() {
            return Err(Error::new(ErrorKind::Arg, "the path of the copy is empty"));
        }
        let absolute = std::path::absolute(path).map_err(|e| Error::io("cannot resolve", path, &e))?;
        snapshot::check_free(&*self.saves.storage, &absolute)?;
        let _turn = self.turn_to_walk(&mut || progress(0, 0))?;
        let (written, _) = self.snapshot(&absolute, cut, progress)?;
        then(written)
    }

    /// Ends a running background snapshot; part of closing.
    pub(super) fn stop_saving(&self) {
        self.saves.cancel.store(true, Ordering::Relaxed);
        let thread = self.saves.thread.lock().take();
        if let Some(thread) = thread {
            let _ = thread.join();
        }
    }

    /// Changes since the last successful snapshot.
    pub(super) fn changes_unsaved(&self) -> u64 {
        self.changes().saturating_sub(self.saves.changes_saved.load(Ordering::Relaxed))
    }

    /// The background thread's part: a save point that is due begins a background snapshot.
    pub(super) fn save_if_due(&self) {
        if !self.saves.idle() || self.saves.target.lock().is_none() {
            return;
        }
        if self.saves.scheduled.swap(false, Ordering::Relaxed) {
            return self.save_now();
        }
        let points = self.settings.read().save.clone();
        if points.is_empty() {
            return;
        }
        let now = self.clock.now_ms() / 1000;
        let (changes, since) = (self.changes_unsaved(), now - self.saves.last_save.load(Ordering::Relaxed));
        let due = points.iter().any(|&(seconds, least)| since > seconds && changes >= least);
        // After a failure, as in Redis, the next try waits a little.
        let failed = !self.saves.last_ok.load(Ordering::Relaxed);
        let rests =
            failed && monotonic_us().saturating_sub(self.saves.began_us.load(Ordering::Relaxed)) < 5_000_000;
        if due && !rests {
            let text = format!("{changes} changes in {since} seconds: saving in the background");
            self.log_line(Level::Notice, &text);
            self.save_now();
        }
    }

    fn save_now(&self) {
        if let Err(error) = self.save_in_background(false) {
            self.log_line(Level::Warning, &format!("background saving failed: {}", error.message()));
        }
    }
}

/// An error of a snapshot as a command answers it.
pub(super) fn refusal(error: &Error) -> CmdError {
    match error.kind() {
        ErrorKind::Busy if error.message() == REWRITING => CmdError::Text(REWRITING_REPLY),
        ErrorKind::Busy => CmdError::Text("ERR Background save already in progress"),
        _ => CmdError::Bytes(format!("ERR {}", error.message()).into_bytes()),
    }
}
