//! Snapshots: SAVE, BGSAVE, save points, backups. One at a time; the walk and the file are `persist::snapshot`'s.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::thread::JoinHandle;

use parking_lot::Mutex;

use super::{CLOSED, Engine};
use crate::base::clock::monotonic_us;
use crate::base::error::{Error, ErrorKind, Result};
use crate::base::log::Level;
use crate::cmd::error::CmdError;
use crate::cmd::server::REDIS_VERSION;
use crate::keyspace::space::Keyspace;
use crate::persist::snapshot::{self, Format, Head, Progress, Written};
use crate::persist::storage::{Storage, StorageLock};

/// What writers may leave for a snapshot before they wait for it.
const BACK_PRESSURE: usize = 32 << 20;

/// Where snapshots go, and how the last ones went.
pub(super) struct Saves {
    /// The files.
    storage: Arc<dyn Storage>,
    /// Keeps others away from a location that is a snapshot file.
    pub(super) lock: Mutex<Option<Box<dyn StorageLock>>>,
    /// Where SAVE and BGSAVE write; `None` in memory.
    pub(super) target: Mutex<Option<PathBuf>>,
    /// The location is the snapshot file itself.
    pub(super) is_location: bool,
    /// Held while a snapshot is taken.
    running: Mutex<()>,
    /// Numbers snapshots.
    epoch: AtomicU32,
    /// A snapshot is being taken: writers look whether they have to wait.
    active: AtomicBool,
    /// BGSAVE, or a save point, is at work.
    background: AtomicBool,
    /// The snapshot shall end.
    cancel: AtomicBool,
    thread: Mutex<Option<JoinHandle<()>>>,
    me: Mutex<Weak<Engine>>,
    waiting: Mutex<Option<Arc<crate::keyspace::save::Saving>>>,
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
            target: Mutex::new(target),
            running: Mutex::new(()),
            epoch: AtomicU32::new(0),
            active: AtomicBool::new(false),
            background: AtomicBool::new(false),
            cancel: AtomicBool::new(false),
            thread: Mutex::new(None),
            me: Mutex::new(Weak::new()),
            waiting: Mutex::new(None),
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

    /// Whether a background snapshot is at work.
    pub(super) fn in_background(&self) -> bool {
        self.background.load(Ordering::Acquire)
    }
}

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
        let Some(saving) = saving else { return };
        // Bounded: the walk takes what waits at each of its steps.
        let mut turns = 0;
        while saving.waiting() > BACK_PRESSURE && self.saves.active.load(Ordering::Relaxed) && turns < 10_000
        {
            std::thread::sleep(std::time::Duration::from_micros(100));
            turns += 1;
        }
    }

    /// Takes a snapshot into `path`. Refused while another one is taken.
    fn snapshot(&self, path: &Path, progress: Progress<'_>) -> Result<(Written, u64)> {
        let storage = &self.saves.storage;
        let running = self.saves.running.try_lock().ok_or_else(busy)?;
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
        drop(view);
        *self.saves.waiting.lock() = Some(Arc::clone(&saving));
        self.saves.active.store(true, Ordering::Relaxed);
        let aux = [
            ("redis-ver", REDIS_VERSION.to_owned()),
            ("redis-bits", usize::BITS.to_string()),
            ("ctime", (self.clock.now_ms() / 1000).to_string()),
            ("used-mem", self.used_memory().to_string()),
            ("aof-base", "0".to_owned()),
        ];
        let functions = self.saves.functions.lock().clone();
        let unique =
            self.rng.lock().next_u64() ^ monotonic_us().rotate_left(32) ^ u64::from(std::process::id());
        let head = Head { aux: &aux, functions: &functions, unique };
        let written = snapshot::write(&self.space, &saving, &**storage, path, format, head, progress);
        self.saves.active.store(false, Ordering::Relaxed);
        *self.saves.waiting.lock() = None;
        drop(running);
        written.map(|written| (written, changes))
    }

    fn target(&self) -> Result<PathBuf> {
        self.saves.target.lock().clone().ok_or_else(nowhere)
    }

    /// SAVE: on the caller's thread.
    pub(crate) fn save(&self) -> Result<()> {
        let path = self.target()?;
        let (written, changes) = self.snapshot(&path, &mut |_, _| true)?;
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

    fn saved(&self, path: &Path, written: Written, changes: u64) {
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

    /// BGSAVE: on a thread that lives as long as the snapshot takes.
    pub(crate) fn save_in_background(&self) -> Result<()> {
        let path = self.target()?;
        if self.state.load(Ordering::Acquire) & CLOSED != 0 {
            return Err(Error::new(ErrorKind::Closed, "the database is closed"));
        }
        if self.saves.background.swap(true, Ordering::AcqRel) {
            return Err(busy());
        }
        let me = self.saves.me.lock().clone();
        let run = move || {
            let Some(engine) = me.upgrade() else { return };
            let work = std::panic::AssertUnwindSafe(|| engine.background(&path));
            if std::panic::catch_unwind(work).is_err() {
                engine.poison();
            }
            engine.saves.background.store(false, Ordering::Release);
        };
        self.saves.began_us.store(monotonic_us(), Ordering::Relaxed);
        let thread = std::thread::Builder::new().name("lodger-save".to_owned()).spawn(run);
        match thread {
            Ok(thread) => {
                // The one before it has ended: `background` was false.
                let before = self.saves.thread.lock().replace(thread);
                if let Some(before) = before {
                    let _ = before.join();
                }
                Ok(())
            }
            Err(e) => {
                self.saves.background.store(false, Ordering::Release);
                Err(Error::new(ErrorKind::Io, format!("cannot start a thread for the snapshot: {e}")))
            }
        }
    }

    fn background(&self, path: &Path) {
        let start = monotonic_us();
        let done = self.snapshot(path, &mut |_, _| !self.saves.cancel.load(Ordering::Relaxed));
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
        self.check()?;
        if path.as_os_str().is_empty() {
            return Err(Error::new(ErrorKind::Arg, "the path of the copy is empty"));
        }
        let absolute = std::path::absolute(path).map_err(|e| Error::io("cannot resolve", path, &e))?;
        snapshot::check_free(&*self.saves.storage, &absolute)?;
        self.snapshot(&absolute, progress).map(|(written, _)| written.keys)
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
        if self.saves.in_background() || self.saves.target.lock().is_none() {
            return;
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
            if let Err(error) = self.save_in_background() {
                self.log_line(Level::Warning, &format!("background saving failed: {}", error.message()));
            }
        }
    }
}

/// An error of a snapshot as a command answers it.
pub(super) fn refusal(error: &Error) -> CmdError {
    match error.kind() {
        ErrorKind::Busy => CmdError::Text("ERR Background save already in progress"),
        _ => CmdError::Bytes(format!("ERR {}", error.message()).into_bytes()),
    }
}
