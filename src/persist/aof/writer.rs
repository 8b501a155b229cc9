//! The writing end of the append-only file: the journal's first reader.
//!
//! Appenders encode into a queue under one short lock; whoever writes takes the whole queue out and does its
//! I/O without that lock. A sync runs beside writes, on a handle of its own, so that a slow disk does not make
//! memory fill up. Lock order: `group`, `io`, `rewriting`, `sync`, `queue`; no I/O happens under `group` and `queue`.
//!
//! The first failed fsync is the last one that is tried: nobody can say what is on disk after it, and a second one would
//! claim success for pages the system has already given up. So is the first failed write, with one exception: when the
//! disk is full and the file could be cut back to what was whole, what is not written is kept, new writes are refused, and
//! whoever comes to write tries again, until there is room ([`Health`]).

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU8, AtomicU64, Ordering};

use parking_lot::{Condvar, Mutex, MutexGuard};

use super::UNSYNCED_FILE;
use super::files::Files;
use super::follow::Followers;
use super::health::{Health, Trouble, is_want_of_room};
use super::manifest::Manifest;
use super::queue::Queue;
use super::rewrite::{Increment, Rewriting};
use super::unit::{self, HEAD};
use crate::base::clock::Clock;
use crate::base::error::{Error, ErrorKind, Result};
use crate::base::latency::Monitor;
use crate::persist::storage::{Storage, StorageFile, StorageLock, write_all};

/// Callers help writing when this much waits in memory, and wait for their turn when it is twice as much.
const BACK_PRESSURE: u64 = 64 << 20;
/// How many chunks a caller writes who helps: a bounded delay for each, more than each one appends.
const HELP: usize = 4;

/// When appended bytes are forced to disk: `appendfsync`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FsyncPolicy {
    /// Before a command is acknowledged.
    Always,
    /// Once a second, in the background.
    EverySec,
    /// When the operating system likes.
    No,
}

/// What INFO tells about the append-only file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AofInfo {
    /// The bytes of all files.
    pub(crate) current_size: u64,
    /// The bytes of all files after the last rewrite, or when the database was opened.
    pub(crate) base_size: u64,
    /// Bytes in memory that are not yet written.
    pub(crate) pending_bytes: u64,
    /// How often a caller had to wait for the disk because too much waited in memory.
    pub(crate) delayed_fsync: u64,
}

/// The file, and what is needed to write to it.
pub(super) struct Io {
    pub(super) file: Box<dyn StorageFile>,
    pub(super) path: PathBuf,
    /// The length of the file.
    pub(super) len: u64,
    /// What is being written, and afterwards the chunks to use again; how many of them are written.
    batch: Vec<Vec<u8>>,
    done: usize,
    /// A rewrite cut behind the batch.
    cut: bool,
    /// Held until [`AofWriter::close`].
    locks: Vec<Box<dyn StorageLock>>,
    closed: bool,
}

/// The same file once more, for syncing.
pub(super) struct Synced {
    pub(super) file: Box<dyn StorageFile>,
    pub(super) path: PathBuf,
}

/// What a writer begins with.
pub(super) struct Start {
    /// The directory.
    pub(super) files: Files,
    /// As it is on disk.
    pub(super) manifest: Manifest,
    /// The file to append to.
    pub(super) increment: Increment,
    /// The sequence number of the increment.
    pub(super) seq: u64,
    /// The bytes of all files.
    pub(super) total: u64,
    pub(super) policy: FsyncPolicy,
    pub(super) clock: Clock,
    /// Is told what took long.
    pub(super) monitor: Arc<Monitor>,
    /// `aof-timestamp-enabled`.
    pub(super) timestamps: bool,
    /// Held until [`AofWriter::close`].
    pub(super) locks: Vec<Box<dyn StorageLock>>,
}

/// Appends the journal to the last increment of the append-only file. Shared by all threads.
pub(crate) struct AofWriter {
    /// Made after a failed fsync; see [`super::UNSYNCED_FILE`].
    marker: PathBuf,
    storage: Arc<dyn Storage>,
    pub(super) queue: Mutex<Queue>,
    pub(super) io: Mutex<Io>,
    pub(super) rewriting: Mutex<Rewriting>,
    pub(super) sync: Mutex<Synced>,
    /// The sequence number of the file that is written.
    pub(super) seq: AtomicU64,
    /// Who reads the files while they are written.
    pub(super) followers: Followers,
    /// True while one caller writes and syncs for all.
    group: Mutex<bool>,
    turn: Condvar,
    /// The length of the file that is written and on disk, so far as is known.
    pub(super) written_len: AtomicU64,
    pub(super) durable_len: AtomicU64,
    /// The ends of what is appended, written, and on disk; bytes of records since the writer began.
    appended: AtomicU64,
    written: AtomicU64,
    durable: AtomicU64,
    policy: AtomicU8,
    health: Health,
    last_sync_ms: AtomicI64,
    delayed_fsync: AtomicU64,
    /// The bytes of all files, now and after the last rewrite.
    pub(super) current_size: AtomicU64,
    pub(super) base_size: AtomicU64,
    clock: Clock,
    /// Is told what took long.
    pub(super) monitor: Arc<Monitor>,
    timestamps: AtomicBool,
}

/// The records of one transaction, appended in one piece.
pub(crate) struct Transaction<'a> {
    queue: &'a mut Queue,
    begun: bool,
}

impl Transaction<'_> {
    /// Appends one effect of the transaction.
    pub(crate) fn push(&mut self, db: u32, argv: &[&[u8]]) {
        if !self.begun {
            self.queue.select(db);
            self.queue.record(&[b"MULTI"]);
            self.begun = true;
        }
        self.queue.push(db, argv);
    }
}

impl AofWriter {
    /// A writer that goes on where the files end.
    pub(super) fn new(start: Start) -> Self {
        let Increment { path, file, sync, len, .. } = start.increment;
        Self {
            marker: path.with_file_name(UNSYNCED_FILE),
            storage: Arc::clone(&start.files.storage),
            queue: Mutex::default(),
            io: Mutex::new(Io {
                file,
                path: path.clone(),
                len,
                batch: Vec::new(),
                done: 0,
                cut: false,
                locks: start.locks,
                closed: false,
            }),
            rewriting: Mutex::new(Rewriting::new(start.files, start.manifest)),
            sync: Mutex::new(Synced { file: sync, path }),
            seq: AtomicU64::new(start.seq),
            followers: Followers::default(),
            group: Mutex::new(false),
            turn: Condvar::new(),
            written_len: AtomicU64::new(len),
            durable_len: AtomicU64::new(0),
            appended: AtomicU64::new(0),
            written: AtomicU64::new(0),
            durable: AtomicU64::new(0),
            policy: AtomicU8::new(start.policy as u8),
            health: Health::default(),
            last_sync_ms: AtomicI64::new(i64::MIN),
            delayed_fsync: AtomicU64::new(0),
            current_size: AtomicU64::new(start.total),
            base_size: AtomicU64::new(start.total),
            clock: start.clock,
            monitor: start.monitor,
            timestamps: AtomicBool::new(start.timestamps),
        }
    }

    /// The queue, annotated with the time if it is to be.
    #[inline]
    fn stamped(&self) -> MutexGuard<'_, Queue> {
        let mut queue = self.queue.lock();
        if self.timestamps.load(Ordering::Relaxed) {
            queue.stamp(self.clock.now_ms() / 1000);
        }
        queue
    }

    /// Changes `aof-timestamp-enabled` from now on.
    pub(crate) fn set_timestamps(&self, on: bool) {
        self.timestamps.store(on, Ordering::Relaxed);
    }

    /// Appends one effect in memory and returns its end, to be given to [`AofWriter::commit`] when the locks
    /// that order the effect are released. After a failure it does nothing, and `commit` tells; while the disk is full it
    /// waits in memory.
    pub(crate) fn append(&self, db: u32, argv: &[&[u8]]) -> u64 {
        let mut queue = self.stamped();
        queue.push(db, argv);
        self.appended(queue)
    }

    /// The end of what was appended just now; nothing is ever durable up to there if it was not taken in.
    #[inline]
    fn appended(&self, queue: MutexGuard<'_, Queue>) -> u64 {
        self.appended.store(queue.end(), Ordering::Relaxed);
        if !queue.stopped() {
            let end = queue.end();
            // Under the lock of the queue: see `Follower::arm`.
            if self.followers.wait_for_appended() {
                drop(queue);
                self.followers.tell();
            }
            return end;
        }
        let starved = queue.starved();
        drop(queue);
        if starved {
            self.starve();
        }
        u64::MAX
    }

    /// A change that could not be taken in is a failure of the file: what follows would replay without it.
    #[cold]
    fn starve(&self) {
        self.fail(Error::new(
            ErrorKind::Io,
            "the system has no memory for the append-only file's next record",
        ));
    }

    /// Appends what `fill` pushes as one MULTI/EXEC block, which replay takes as a whole or not at all, and
    /// with no other caller's effects inside. `fill` runs under the append lock: it only pushes.
    pub(crate) fn transaction(&self, fill: impl FnOnce(&mut Transaction<'_>)) -> u64 {
        let mut queue = self.stamped();
        let mut tx = Transaction { queue: &mut queue, begun: false };
        fill(&mut tx);
        if tx.begun {
            queue.record(&[b"EXEC"]);
        }
        self.appended(queue)
    }

    /// Makes what was appended up to `lsn` as safe as the policy promises. `Always`: returns when it is on
    /// disk. Otherwise at once, unless so much waits in memory that the caller has to help writing it.
    pub(crate) fn commit(&self, lsn: u64) -> Result<()> {
        if self.policy() == FsyncPolicy::Always {
            return self.make_durable(lsn);
        }
        // While the disk is full it waits in memory, as it does otherwise.
        if self.refuses() && self.failed() && self.durable.load(Ordering::Acquire) < lsn {
            return Err(self.why());
        }
        if lsn.saturating_sub(self.written.load(Ordering::Relaxed)) > BACK_PRESSURE {
            return self.help(lsn);
        }
        Ok(())
    }

    #[cold]
    fn help(&self, lsn: u64) -> Result<()> {
        if lsn == u64::MAX {
            // It was not taken in, because the writer is closing.
            return Err(closed());
        }
        let pending = lsn.saturating_sub(self.written.load(Ordering::Relaxed));
        let io =
            if pending > BACK_PRESSURE.saturating_mul(2) { Some(self.io.lock()) } else { self.io.try_lock() };
        let Some(mut io) = io else { return Ok(()) };
        self.delayed_fsync.fetch_add(1, Ordering::Relaxed);
        self.flush(&mut io, HELP)
    }

    /// Returns when everything appended so far is on disk, under any policy.
    pub(crate) fn sync(&self) -> Result<()> {
        self.check()?;
        self.make_durable(self.appended.load(Ordering::Relaxed))
    }

    /// The background thread's part, about every 100 ms: writes what waits, and under `EverySec` forces it
    /// to disk when a second has passed since the last time. Failures show in [`AofWriter::trouble`].
    pub(crate) fn tick(&self, now_ms: i64) {
        if self.failed() {
            return;
        }
        let appended = self.appended.load(Ordering::Relaxed);
        let policy = self.policy();
        if policy == FsyncPolicy::Always {
            if appended > self.durable.load(Ordering::Acquire) {
                let _ = self.make_durable(appended);
            }
            return;
        }
        if appended == self.written.load(Ordering::Relaxed) {
            self.queue.lock().trim();
        } else if let Some(mut io) = self.io.try_lock() {
            // Otherwise somebody is writing at this moment.
            let _ = self.flush(&mut io, usize::MAX);
        }
        let last = self.last_sync_ms.load(Ordering::Relaxed);
        let due = now_ms < last || now_ms.saturating_sub(last) >= 1000;
        let unsynced = self.written.load(Ordering::Relaxed) > self.durable.load(Ordering::Relaxed);
        if policy == FsyncPolicy::EverySec && due && unsynced {
            self.last_sync_ms.store(now_ms, Ordering::Relaxed);
            let _ = self.sync_file();
        }
    }

    /// Writes and syncs everything and releases the directory; later calls answer `ErrorKind::Closed`. The
    /// second close does nothing. The locks are released whatever happens.
    pub(crate) fn close(&self) -> Result<()> {
        let mut io = self.io.lock();
        if io.closed {
            return Ok(());
        }
        io.closed = true;
        self.queue.lock().seal();
        let written = self.flush(&mut io, usize::MAX).map_err(|e| self.lost().unwrap_or(e));
        drop(io);
        // On a full disk, too: what was written before is acknowledged.
        let done = self.sync_file().and(written);
        if done.is_ok() {
            self.unmark_followed();
        }
        self.fail(closed());
        self.io.lock().locks.clear();
        done
    }

    /// What close answers when the disk is full.
    fn lost(&self) -> Option<Error> {
        let Some(Trouble::Full(why)) = self.health.trouble() else { return None };
        let bytes = self.info().pending_bytes;
        Some(Error::new(why.kind(), format!("{}; {bytes} bytes of changes are lost", why.message())))
    }

    /// Changes `appendfsync` from now on.
    pub(crate) fn set_policy(&self, policy: FsyncPolicy) {
        self.policy.store(policy as u8, Ordering::Relaxed);
        // What they may read has changed.
        self.followers.tell();
    }

    /// Whether each change waits until it is on disk.
    pub(crate) fn waits_for_disk(&self) -> bool {
        self.policy() == FsyncPolicy::Always
    }

    /// What `appendfsync` is.
    pub(crate) fn policy(&self) -> FsyncPolicy {
        match self.policy.load(Ordering::Relaxed) {
            p if p == FsyncPolicy::Always as u8 => FsyncPolicy::Always,
            p if p == FsyncPolicy::EverySec as u8 => FsyncPolicy::EverySec,
            _ => FsyncPolicy::No,
        }
    }

    /// True when no write is to be begun, because the file has failed or the disk is full: one relaxed load, for the
    /// hot path.
    #[inline]
    pub(crate) fn refuses(&self) -> bool {
        self.health.refuses()
    }

    /// What a write is told after [`AofWriter::refuses`]; nothing if there is room again.
    #[cold]
    pub(crate) fn refusal(&self) -> Option<Error> {
        self.health.refusal()
    }

    /// Why, when [`AofWriter::refuses`].
    pub(crate) fn trouble(&self) -> Option<Trouble> {
        self.health.trouble()
    }

    /// True when nothing can be appended any more.
    #[inline]
    pub(super) fn failed(&self) -> bool {
        self.health.has_failed()
    }

    /// Why, when nothing can be appended any more.
    pub(super) fn failure(&self) -> Option<Error> {
        self.health.failure()
    }

    /// Whether what is appended waits for room on the disk.
    pub(super) fn is_full(&self) -> bool {
        self.health.is_full()
    }

    /// Numbers for INFO.
    pub(crate) fn info(&self) -> AofInfo {
        let written = self.written.load(Ordering::Relaxed);
        let appended = self.appended.load(Ordering::Relaxed).max(written);
        AofInfo {
            current_size: self.current_size.load(Ordering::Relaxed),
            base_size: self.base_size.load(Ordering::Relaxed),
            pending_bytes: appended.saturating_sub(written),
            delayed_fsync: self.delayed_fsync.load(Ordering::Relaxed),
        }
    }

    /// Group commit: one caller writes and syncs for all who wait.
    fn make_durable(&self, lsn: u64) -> Result<()> {
        let mut led = self.group.lock();
        let mut waited = false;
        loop {
            if self.durable.load(Ordering::Acquire) >= lsn {
                return Ok(());
            }
            self.check()?;
            if lsn == u64::MAX {
                return Err(closed());
            }
            if waited && let Some(full) = self.refusal() {
                // Whoever it waited for has just tried.
                return Err(full);
            }
            if !*led {
                break;
            }
            self.turn.wait(&mut led);
            waited = true;
        }
        *led = true;
        drop(led);
        let _lead = Lead(self);
        let written = self.flush(&mut self.io.lock(), usize::MAX);
        // On a full disk, too: it may have taken this much.
        self.sync_file()?;
        if self.durable.load(Ordering::Acquire) >= lsn { Ok(()) } else { written }
    }

    /// Writes what waits, at most `limit` chunks of it. Where a rewrite cut, goes on in another file.
    pub(super) fn flush(&self, io: &mut Io, limit: usize) -> Result<()> {
        self.flush_until(io, limit, false)
    }

    /// Writes all that waits; what comes behind says anew which database it is for.
    pub(super) fn flush_for_reader(&self, io: &mut Io) -> Result<()> {
        self.flush_until(io, usize::MAX, true)
    }

    fn flush_until(&self, io: &mut Io, limit: usize, forget_db: bool) -> Result<()> {
        self.check()?;
        let _bomb = FailOnPanic(self);
        // Writes are taken again when everything has found room, not when something has.
        let limit = if self.is_full() { usize::MAX } else { limit };
        if io.done < io.batch.len() || io.cut {
            self.write_batch(io)?;
        }
        loop {
            let mut queue = self.queue.lock();
            let cut = queue.take(&mut io.batch, limit);
            if forget_db {
                queue.forget_db();
            }
            drop(queue);
            (io.done, io.cut) = (0, cut);
            self.write_batch(io)?;
            if !cut {
                break;
            }
        }
        if self.health.empty() {
            self.followers.tell();
        }
        Ok(())
    }

    /// Writes what is left of the batch, then goes on in another file if a rewrite cut there.
    fn write_batch(&self, io: &mut Io) -> Result<()> {
        self.write_timed(io)?;
        if std::mem::take(&mut io.cut) { self.switch(io) } else { Ok(()) }
    }

    /// [`AofWriter::write`], which others may have to wait for.
    fn write_timed(&self, io: &mut Io) -> Result<()> {
        let since = self.monitor.begin();
        let done = self.write(io);
        if since.is_some() {
            let beside = if self.sync.is_locked() { "aof-write-pending-fsync" } else { "aof-write-alone" };
            self.monitor.end("aof-write", since);
            self.monitor.end(beside, since);
        }
        done
    }

    /// Writes what is left of the batch: each chunk as a unit, unless it lies in one sector. A file begins with one.
    fn write(&self, io: &mut Io) -> Result<()> {
        let Io { file, path, len, batch, done, .. } = io;
        for chunk in batch.iter_mut().skip(*done) {
            let records = (chunk.len() as u64).saturating_sub(HEAD as u64);
            let bytes = if *len == 0 || unit::crosses(*len, records) {
                // Once: a disk that keeps sectors of the first try and of the next one has to have the same in both.
                if !chunk.starts_with(unit::MARK) {
                    unit::seal(chunk, self.durable_len.load(Ordering::Relaxed));
                }
                chunk.as_slice()
            } else {
                chunk.get(HEAD..).unwrap_or_default()
            };
            if let Err((_, e)) = write_all(&mut **file, bytes) {
                // If this fails too, the next open finds a torn tail and cuts it.
                let cut = file.truncate(*len);
                let why = Error::io("cannot write to", path, &e);
                if cut.is_ok() && is_want_of_room(&e) {
                    self.health.fill(why);
                } else {
                    self.fail(why);
                }
                return Err(self.why());
            }
            *done = done.saturating_add(1);
            let out = bytes.len() as u64;
            *len = len.saturating_add(out);
            self.current_size.fetch_add(out, Ordering::Relaxed);
            self.written_len.store(*len, Ordering::Release);
            self.written.fetch_add(records, Ordering::Release);
        }
        Ok(())
    }

    /// Forces to disk what was written.
    fn sync_file(&self) -> Result<()> {
        self.sync_held(&mut self.sync.lock())
    }

    /// The same for who has the file already.
    pub(super) fn sync_held(&self, synced: &mut Synced) -> Result<()> {
        self.check()?;
        let _bomb = FailOnPanic(self);
        let written = self.written.load(Ordering::Acquire);
        let len = self.written_len.load(Ordering::Relaxed);
        if written > self.durable.load(Ordering::Relaxed) {
            self.force(synced)?;
            self.durable_len.store(len, Ordering::Release);
            self.durable.store(written, Ordering::Release);
            self.followers.synced();
        }
        Ok(())
    }

    /// One fsync.
    fn force(&self, synced: &mut Synced) -> Result<()> {
        // Under another policy nobody waits for it.
        let since = self.monitor.begin().filter(|_| self.policy() == FsyncPolicy::Always);
        let done = synced.file.sync();
        self.monitor.end("aof-fsync-always", since);
        let Err(e) = done else { return Ok(()) };
        // The marker matters only as long as the system runs, so it need not be durable itself.
        let mut why = Error::io("cannot sync", &synced.path, &e);
        if let Err(e) = self.storage.create(&self.marker) {
            let text = format!("{}; {}", why.message(), Error::io("cannot create", &self.marker, &e));
            why = Error::new(ErrorKind::Io, text);
        }
        self.fail(why);
        Err(self.why())
    }

    /// What the file held when it was opened may not be on disk; afterwards it is.
    pub(super) fn harden(&self) -> Result<()> {
        let mut synced = self.sync.lock();
        let len = self.written_len.load(Ordering::Acquire);
        if len <= self.durable_len.load(Ordering::Relaxed) {
            return Ok(());
        }
        self.check()?;
        let _bomb = FailOnPanic(self);
        self.force(&mut synced)?;
        self.durable_len.store(len, Ordering::Release);
        Ok(())
    }

    /// A file beside those of the journal.
    pub(super) fn beside(&self, name: &str) -> PathBuf {
        self.marker.with_file_name(name)
    }

    /// Where the files are.
    pub(super) fn storage(&self) -> &dyn Storage {
        &*self.storage
    }

    /// Whether something that was appended is not written yet.
    pub(super) fn has_unwritten(&self) -> bool {
        let queue = self.queue.lock();
        !queue.stopped() && queue.end() > self.written.load(Ordering::Relaxed)
    }

    /// An error if the file has failed; that the disk is full is for those to find out who write.
    pub(super) fn check(&self) -> Result<()> {
        if self.failed() { Err(self.why()) } else { Ok(()) }
    }

    pub(super) fn why(&self) -> Error {
        self.refusal().unwrap_or_else(|| Error::new(ErrorKind::Io, "the append-only file failed"))
    }

    /// Nothing is written from here on; the first reason stays.
    pub(crate) fn fail(&self, why: Error) {
        self.health.fail(why);
        self.queue.lock().stop();
        self.followers.tell();
    }
}

fn closed() -> Error {
    Error::new(ErrorKind::Closed, "the database is closed")
}

/// The turn of the caller who writes and syncs for all; its end wakes the others.
struct Lead<'a>(&'a AofWriter);

impl Drop for Lead<'_> {
    fn drop(&mut self) {
        *self.0.group.lock() = false;
        self.0.turn.notify_all();
    }
}

/// A panic in a user's storage leaves the file in an unknown state.
struct FailOnPanic<'a>(&'a AofWriter);

impl Drop for FailOnPanic<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.fail(Error::new(
                ErrorKind::Panic,
                "the storage panicked while writing the append-only file",
            ));
        }
    }
}

#[cfg(test)]
#[path = "writer_tests.rs"]
mod tests;
