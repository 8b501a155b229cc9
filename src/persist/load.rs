//! Snapshot files back into keys, on every core.
//!
//! One thread reads the file, checks its sum and finds where values end; others build them and hand them on. What waits
//! between them is bounded in bytes, and a long string is never held twice. A file that is damaged is read a second time
//! by one thread alone, so that the error is the first one in the file's order, whichever thread met one.

use std::collections::VecDeque;
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use parking_lot::{Condvar, Mutex};

use crate::base::error::{Error, ErrorKind, Result};
use crate::base::num;
use crate::persist::storage::{Storage, StorageFile};
use crate::rdb::error::{Error as Damage, Problem};
use crate::rdb::file::{Event, Reader, build};
use crate::rdb::{self, Value};
use crate::types::limits::Limits;

/// Smaller files are not worth threads.
const PARALLEL_FROM: u64 = 1 << 20;
/// Bytes of values that are handed to a thread at once.
const BATCH: usize = 128 << 10;
/// Bytes that may wait or be worked on, besides one batch.
const IN_FLIGHT: usize = 8 << 20;
/// The reading thread builds longer strings itself.
const LONG: u64 = 1 << 20;
/// Keys between two calls that tell the progress.
const STEP: u64 = 256;

/// What was read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Loaded {
    /// Keys.
    pub(crate) keys: u64,
    /// Libraries of functions, which nobody here runs, but which are not lost.
    pub(crate) functions: Vec<Vec<u8>>,
    /// Keys that had expired, and were passed over.
    pub(crate) expired: u64,
    /// The offset behind the end.
    pub(crate) end: u64,
    /// When the file was made, in Unix seconds, if it says so.
    pub(crate) made_s: Option<i64>,
}

/// How a file is read.
#[derive(Clone, Copy)]
pub(crate) struct How<'h> {
    /// Thresholds between encodings.
    pub(crate) limits: &'h Limits,
    /// The checksum counts.
    pub(crate) verify: bool,
    /// Keys that had expired then are passed over.
    pub(crate) now: Option<i64>,
    /// Threads that build values; with one, or none, everything happens on the caller's.
    pub(crate) workers: usize,
}

/// A key of a file.
pub(crate) struct Item<'i> {
    /// Its logical database.
    pub(crate) db: u64,
    /// Its name.
    pub(crate) name: &'i [u8],
    /// When it expires, in Unix milliseconds.
    pub(crate) expire_at: Option<i64>,
    /// How many seconds it was not used.
    pub(crate) idle: Option<u64>,
    /// How often it was used, as LFU counts.
    pub(crate) freq: Option<u8>,
    /// Its value.
    pub(crate) value: Value,
}

/// Where the keys go.
pub(crate) struct Into<'t> {
    /// Takes one; called by several threads at a time.
    pub(crate) take: &'t (dyn Fn(Item<'_>) -> Result<()> + Sync),
    /// Forgets all that were taken: the file is read again from its beginning.
    pub(crate) forget: &'t dyn Fn(),
    /// Told what the file says of itself.
    pub(crate) aux: &'t dyn Fn(&[u8], &[u8]),
    /// Is told how many keys a database is about to get.
    pub(crate) expect: &'t dyn Fn(u64, u64),
    /// Told now and then how many bytes were read.
    pub(crate) progress: &'t dyn Fn(u64),
}

/// A file as the standard library reads.
struct Input(Box<dyn StorageFile>);

impl io::Read for Input {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.0.read(buf)
    }
}

/// An error of reading, with the name of the file.
fn damaged(path: &Path, e: &Damage) -> Error {
    let kind = match e.problem {
        Problem::Io(_) => ErrorKind::Io,
        Problem::NoMemory(_) => ErrorKind::NoMemory,
        Problem::Version(_) | Problem::Module(_) => ErrorKind::Unsupported,
        _ => ErrorKind::Corrupt,
    };
    Error::new(kind, format!("{}: {e}", path.display()))
}

/// Reads the snapshot at `path` and hands its keys to `into`. The error names the file and the offset of the first damage.
pub(crate) fn load(storage: &dyn Storage, path: &Path, how: How<'_>, into: &Into<'_>) -> Result<Loaded> {
    let failed = |e: io::Error| Error::io("cannot read", path, &e);
    let len = storage.metadata(path).map_err(failed)?.map_or(0, |meta| meta.len);
    let open = || -> Result<Reader<Input>> {
        let file = storage.open_read(path).map_err(failed)?;
        Reader::new(Input(file), len, how.verify).map_err(|e| damaged(path, &e))
    };
    if how.workers > 1 && len >= PARALLEL_FROM {
        match on_threads(path, &mut open()?, how, into) {
            Ok(loaded) => return Ok(loaded),
            Err(_) => (into.forget)(),
        }
    }
    alone(path, &mut open()?, how, into)
}

/// Everything on the caller's thread.
fn alone(path: &Path, reader: &mut Reader<Input>, how: How<'_>, into: &Into<'_>) -> Result<Loaded> {
    let mut keys = 0_u64;
    let mut each = |reader: &mut Reader<Input>, found: Found<'_>| {
        if found.at.is_multiple_of(STEP) {
            (into.progress)(reader.offset());
        }
        keys = keys.saturating_add(u64::from(value_here(path, reader, &found, how, into)?));
        Ok(())
    };
    let mut loaded = read(path, reader, how, into, &mut each)?;
    loaded.keys = keys;
    (into.progress)(loaded.end);
    Ok(loaded)
}

/// A key whose value comes next.
struct Found<'f> {
    /// Its number in the file.
    at: u64,
    db: u64,
    key: &'f rdb::file::Key,
}

/// Builds the value that comes next and hands the key on; false if it has no elements, and is passed over as in Redis.
fn value_here(
    path: &Path,
    reader: &mut Reader<Input>,
    found: &Found<'_>,
    how: How<'_>,
    into: &Into<'_>,
) -> Result<bool> {
    let Found { db, key, .. } = *found;
    let at = reader.offset();
    match reader.value(key.form, how.limits) {
        Ok(value) => {
            let (expire_at, idle, freq) = (key.expire_at, key.idle, key.freq);
            let item = Item { db, name: &key.name, expire_at, idle, freq, value };
            (into.take)(item).map_err(|e| match e.kind() {
                ErrorKind::Corrupt => Error::new(e.kind(), format!("{}, at byte {at}", e.message())),
                _ => e,
            })?;
            Ok(true)
        }
        Err(e) if matches!(e.problem, Problem::Empty) => Ok(false),
        Err(e) => Err(damaged(path, &e)),
    }
}

/// Goes through a file. `each` has to take the value of every key that counts.
fn read(
    path: &Path,
    reader: &mut Reader<Input>,
    how: How<'_>,
    into: &Into<'_>,
    each: &mut dyn FnMut(&mut Reader<Input>, Found<'_>) -> Result<()>,
) -> Result<Loaded> {
    let (mut loaded, mut db, mut at, mut claimed) = (Loaded::default(), 0, 0_u64, 0_u64);
    loop {
        match reader.next().map_err(|e| damaged(path, &e))? {
            Event::End => {
                loaded.end = reader.offset();
                return Ok(loaded);
            }
            Event::SelectDb(n) => db = n,
            Event::Key(key) => {
                let due = |now| key.expire_at.is_some_and(|at| crate::keyspace::due(at, now));
                if how.now.is_some_and(due) {
                    reader.skip(key.form).map_err(|e| damaged(path, &e))?;
                    loaded.expired = loaded.expired.saturating_add(1);
                } else {
                    each(reader, Found { at, db, key: &key })?;
                    at = at.saturating_add(1);
                }
                reader.reuse(key.name);
            }
            Event::Function(code) => loaded.functions.push(code),
            Event::Aux(name, text) => {
                if name == b"ctime" {
                    loaded.made_s = num::parse_i64(&text);
                }
                (into.aux)(&name, &text);
            }
            // What the numbers claim is believed as far as the file can hold it, for all databases together: room for a
            // key is a few bytes.
            Event::Resize(keys, _) => {
                let keys = keys.min((reader.left() / 8).saturating_sub(claimed));
                claimed = claimed.saturating_add(keys);
                (into.expect)(db, keys);
            }
            Event::SlotInfo(..) => {}
        }
    }
}

/// A key and its value in the bytes of a batch: the name, then the value.
struct Part {
    db: u64,
    form: u8,
    freq: Option<u8>,
    name: usize,
    value: usize,
    /// The offset of the value in the file.
    at: u64,
    expire_at: Option<i64>,
    idle: Option<u64>,
}

/// Keys on their way to a thread.
#[derive(Default)]
struct Batch {
    bytes: Vec<u8>,
    parts: Vec<Part>,
}

impl Batch {
    fn cost(&self) -> usize {
        self.bytes.capacity().saturating_add(self.parts.len().saturating_mul(size_of::<Part>()))
    }

    /// Takes a key, and the bytes of its value out of the file.
    fn take(&mut self, reader: &mut Reader<Input>, found: &Found<'_>) -> std::result::Result<(), Damage> {
        let Found { db, key, .. } = *found;
        self.bytes.extend_from_slice(&key.name);
        let before = self.bytes.len();
        let at = reader.capture(key.form, &mut self.bytes)?;
        let value = self.bytes.len().saturating_sub(before);
        let (form, freq, name) = (key.form, key.freq, key.name.len());
        self.parts.push(Part { db, form, freq, name, value, at, expire_at: key.expire_at, idle: key.idle });
        Ok(())
    }

    /// Builds the values and hands the keys on; `None` if there was an error.
    fn build(&self, limits: &Limits, into: &Into<'_>) -> Option<u64> {
        build_all(&self.bytes, &self.parts, limits, into.take)
    }
}

fn build_all(
    bytes: &[u8],
    parts: &[Part],
    limits: &Limits,
    take: &(dyn Fn(Item<'_>) -> Result<()> + Sync),
) -> Option<u64> {
    let (mut rest, mut keys) = (bytes, 0_u64);
    for part in parts {
        let (name, behind) = rest.split_at_checked(part.name)?;
        let (value, behind) = behind.split_at_checked(part.value)?;
        rest = behind;
        let value = match build(value, part.at, part.form, limits) {
            Ok(value) => value,
            Err(e) if matches!(e.problem, Problem::Empty) => continue,
            Err(_) => return None,
        };
        let Part { db, expire_at, idle, freq, .. } = *part;
        take(Item { db, name, expire_at, idle, freq, value }).ok()?;
        keys = keys.saturating_add(1);
    }
    Some(keys)
}

/// What waits to be built.
#[derive(Default)]
struct Queue {
    state: Mutex<State>,
    /// There is a batch, or none will come.
    ready: Condvar,
    /// A batch is done.
    room: Condvar,
    failed: AtomicBool,
    keys: AtomicU64,
}

#[derive(Default)]
struct State {
    batches: VecDeque<Batch>,
    /// Of batches that wait or are worked on.
    bytes: usize,
    closed: bool,
}

/// A batch that is worked on; its bytes are free again when this is dropped, also by a panic.
struct Taken<'q> {
    queue: &'q Queue,
    batch: Batch,
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.queue.failed.store(true, Ordering::Relaxed);
        }
        let mut state = self.queue.state.lock();
        state.bytes = state.bytes.saturating_sub(self.batch.cost());
        self.queue.room.notify_one();
    }
}

impl Queue {
    fn failed(&self) -> bool {
        self.failed.load(Ordering::Relaxed)
    }

    /// Waits for room. False if there is no sense in going on.
    fn push(&self, batch: Batch) -> bool {
        let cost = batch.cost();
        let mut state = self.state.lock();
        while state.bytes > 0 && state.bytes.saturating_add(cost) > IN_FLIGHT && !self.failed() {
            self.room.wait(&mut state);
        }
        state.bytes = state.bytes.saturating_add(cost);
        state.batches.push_back(batch);
        self.ready.notify_one();
        !self.failed()
    }

    fn pop(&self) -> Option<Taken<'_>> {
        let mut state = self.state.lock();
        loop {
            if let Some(batch) = state.batches.pop_front() {
                return Some(Taken { queue: self, batch });
            }
            if state.closed {
                return None;
            }
            self.ready.wait(&mut state);
        }
    }

    fn close(&self) {
        self.state.lock().closed = true;
        self.ready.notify_all();
    }

    /// A thread that builds, until nothing more comes.
    fn work(&self, limits: &Limits, take: &(dyn Fn(Item<'_>) -> Result<()> + Sync)) {
        while let Some(taken) = self.pop() {
            if self.failed() {
                continue;
            }
            match build_all(&taken.batch.bytes, &taken.batch.parts, limits, take) {
                Some(keys) => {
                    self.keys.fetch_add(keys, Ordering::Relaxed);
                }
                None => self.failed.store(true, Ordering::Relaxed),
            }
        }
    }
}

/// Closes a queue also when the reading thread panics: the others would wait for ever.
struct Closing<'q>(&'q Queue);

impl Drop for Closing<'_> {
    fn drop(&mut self) {
        self.0.close();
    }
}

/// Any error at all, of which only that it was one is told.
fn on_threads(path: &Path, reader: &mut Reader<Input>, how: How<'_>, into: &Into<'_>) -> Result<Loaded> {
    let queue = Queue::default();
    let (limits, take) = (how.limits, into.take);
    let stopped = || Error::new(ErrorKind::Corrupt, "a value could not be built");
    let loaded = std::thread::scope(|scope| {
        let closing = Closing(&queue);
        for n in 0..how.workers {
            let thread = std::thread::Builder::new().name("lodger-load".to_owned());
            let spawned = thread.spawn_scoped(scope, || queue.work(limits, take));
            if n == 0 {
                // With some of the threads it goes on.
                spawned.map_err(|e| Error::io("cannot start a thread for", path, &e))?;
            }
        }
        let mut batch = Batch::default();
        let mut each = |reader: &mut Reader<Input>, found: Found<'_>| {
            if reader.is_long(found.key.form, LONG) {
                let keys = u64::from(value_here(path, reader, &found, how, into)?);
                queue.keys.fetch_add(keys, Ordering::Relaxed);
                return Ok(());
            }
            batch.take(reader, &found).map_err(|e| damaged(path, &e))?;
            if batch.bytes.len() < BATCH {
                return Ok(());
            }
            let next = Batch {
                bytes: Vec::with_capacity(BATCH.saturating_add(BATCH >> 2)),
                parts: Vec::with_capacity(batch.parts.len().min(BATCH >> 3)),
            };
            (into.progress)(reader.offset());
            if queue.push(std::mem::replace(&mut batch, next)) { Ok(()) } else { Err(stopped()) }
        };
        let read = read(path, reader, how, into, &mut each).inspect_err(|_| {
            queue.failed.store(true, Ordering::Relaxed);
        });
        if read.is_ok() {
            let last = batch.build(limits, into).ok_or_else(stopped)?;
            queue.keys.fetch_add(last, Ordering::Relaxed);
        }
        drop(closing);
        read
    });
    let mut loaded = loaded?;
    if queue.failed() {
        return Err(stopped());
    }
    loaded.keys = queue.keys.load(Ordering::Relaxed);
    (into.progress)(loaded.end);
    Ok(loaded)
}

#[cfg(test)]
#[path = "load_tests.rs"]
mod tests;
