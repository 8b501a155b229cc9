//! Snapshot files: an RDB file from the walk of a snapshot. The way back is `load.rs`.
//!
//! A file is written beside its place under another name, synced, renamed and made durable in its directory: a crash
//! leaves the old file or the new one. Nothing is encoded or written while a lock on keys is held: entries are copied under
//! it, a few at a time, and large strings only pinned.

use std::ffi::OsString;
use std::io::{self, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};

use crate::base::error::{Error, ErrorKind, Result};
use crate::keyspace::raw::{Entry, StrRef, ValueRef};
use crate::keyspace::save::{Kept, Saving};
use crate::keyspace::space::Keyspace;
use crate::persist::storage::{Storage, StorageFile, write_all};
use crate::rdb;
use crate::rdb::file::{MAGIC, Writer};
use crate::reply::sink::Block;
use crate::types::object::Object;

/// Entries given out under one hold of a lock, and the bytes after which no further one is.
const STEP: usize = 8;
const STEP_BYTES: usize = 1 << 10;
/// Bytes that go to the file at once.
const PIECE: usize = 1 << 20;

/// How the names of files begin that are not whole yet.
const TEMP: &str = "temp-";

/// How a file is written.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Format {
    /// `rdbcompression`.
    pub(crate) compress: bool,
    /// `rdbchecksum`.
    pub(crate) checksum: bool,
    /// Keys are told with their LFU counter; otherwise with nothing.
    pub(crate) lfu: bool,
}

/// What stands before the keys.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Head<'h> {
    /// Names and texts.
    pub(crate) aux: &'h [(&'h str, String)],
    /// Libraries of functions.
    pub(crate) functions: &'h [Vec<u8>],
    /// A random number, for the name that the file has until it is whole.
    pub(crate) unique: u64,
}

/// What was written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Written {
    /// Keys.
    pub(crate) keys: u64,
    /// Bytes of the file.
    pub(crate) bytes: u64,
    /// Most bytes that waited for the file at a time, as copies of entries that were about to change.
    pub(crate) peak: u64,
}

/// Called now and then with the keys done and all keys; false ends the snapshot.
pub(crate) type Progress<'p> = &'p mut dyn FnMut(u64, u64) -> bool;

/// Memory that goes to a file in pieces, when it is told to.
struct Pieces {
    file: Box<dyn StorageFile>,
    buf: Vec<u8>,
}

impl Write for Pieces {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.buf.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if !self.buf.is_empty() {
            write_all(&mut *self.file, &self.buf).map_err(|(_, e)| e)?;
            self.buf.clear();
        }
        Ok(())
    }
}

/// A file on its way to being written.
struct Out {
    writer: Writer<Pieces>,
    format: Format,
    db: Option<u32>,
    keys: u64,
}

impl Out {
    fn entry(&mut self, db: u32, entry: &Entry) -> io::Result<()> {
        self.key(db, entry.key(), value_of(entry), entry.expire_at(), entry.lru())
    }

    fn key(
        &mut self,
        db: u32,
        name: &[u8],
        value: rdb::ValueRef<'_>,
        expire_at: Option<i64>,
        lru: u32,
    ) -> io::Result<()> {
        if self.db != Some(db) {
            self.writer.select_db(u64::from(db))?;
            self.db = Some(db);
        }
        let freq = self.format.lfu.then(|| lru.to_le_bytes()[0]);
        self.writer.key(name, value, expire_at, None, freq)?;
        self.keys = self.keys.saturating_add(1);
        Ok(())
    }
}

/// Entries copied under a lock, to be encoded without it. Names and short values lie in one buffer, so that nothing is
/// allocated where others allocate at this moment.
#[derive(Default)]
struct Copies {
    bytes: Vec<u8>,
    entries: Vec<Copied>,
}

struct Copied {
    db: u32,
    name: Range<usize>,
    value: Value,
    expire_at: Option<i64>,
    lru: u32,
}

enum Value {
    Int(i64),
    Text(Range<usize>),
    Block(Block),
    Object(Box<Object>),
}

impl Copies {
    fn bytes(&mut self, bytes: &[u8]) -> Range<usize> {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(bytes);
        start..self.bytes.len()
    }

    fn push(&mut self, db: u32, entry: &Entry) {
        let name = self.bytes(entry.key());
        let value = match entry.value() {
            ValueRef::Str(StrRef::Int(i)) => Value::Int(i),
            ValueRef::Str(StrRef::Bytes(text)) => Value::Text(self.bytes(text)),
            ValueRef::Str(StrRef::Block(block)) => Value::Block(Block::clone(block)),
            ValueRef::Object(object) => Value::Object(Box::new(object.clone())),
        };
        self.entries.push(Copied { db, name, value, expire_at: entry.expire_at(), lru: entry.lru() });
    }

    /// Encodes what was copied, and forgets it.
    fn write(&mut self, out: &mut Out) -> io::Result<()> {
        let part = |range: &Range<usize>| self.bytes.get(range.clone()).unwrap_or_default();
        let mut outcome = Ok(());
        for Copied { db, name, value, expire_at, lru } in self.entries.drain(..) {
            let value = match &value {
                Value::Int(i) => rdb::ValueRef::Int(*i),
                Value::Text(text) => rdb::ValueRef::Text(part(text)),
                Value::Block(block) => rdb::ValueRef::Text(block),
                Value::Object(object) => rdb::ValueRef::Object(object),
            };
            if outcome.is_ok() {
                outcome = out.key(db, part(&name), value, expire_at, lru);
            }
        }
        self.bytes.clear();
        outcome
    }
}

/// The value of an entry as it is written.
pub(crate) fn value_of(entry: &Entry) -> rdb::ValueRef<'_> {
    match entry.value() {
        ValueRef::Str(StrRef::Int(i)) => rdb::ValueRef::Int(i),
        ValueRef::Str(StrRef::Bytes(text)) => rdb::ValueRef::Text(text),
        ValueRef::Str(StrRef::Block(block)) => rdb::ValueRef::Text(block),
        ValueRef::Object(object) => rdb::ValueRef::Object(object),
    }
}

/// Where a file is written before it takes its name: a name that nobody else has, neither another snapshot at the same
/// place nor a file of somebody's. `unique` is random.
fn temp_of(path: &Path, unique: u64) -> PathBuf {
    let mut name = OsString::from(format!("{TEMP}{unique:016x}-"));
    name.push(path.file_name().unwrap_or_default());
    path.with_file_name(name)
}

/// Removes what a process that was killed left half written of the snapshot `path`. Nobody else writes it: its lock, or
/// that of its directory, is held.
pub(crate) fn remove_temps(storage: &dyn Storage, path: &Path) {
    let named = path.file_name().unwrap_or_default().as_encoded_bytes();
    let is_temp = |name: &OsString| {
        let Some(rest) = name.as_encoded_bytes().strip_prefix(TEMP.as_bytes()) else { return false };
        let Some((unique, rest)) = rest.split_at_checked(16) else { return false };
        unique.iter().all(u8::is_ascii_hexdigit) && rest.strip_prefix(b"-") == Some(named)
    };
    // They are in nobody's way: the next time may have more luck.
    for name in storage.list(dir_of(path)).unwrap_or_default().iter().filter(|name| is_temp(name)) {
        let _ = storage.remove(&path.with_file_name(name));
    }
}

fn dir_of(path: &Path) -> &Path {
    path.parent().unwrap_or_else(|| Path::new(""))
}

/// A file may only replace one that is a snapshot, too, or nothing.
pub(crate) fn check_target(storage: &dyn Storage, path: &Path) -> Result<()> {
    let failed = |e: io::Error| Error::io("cannot look at", path, &e);
    let Some(meta) = storage.metadata(path).map_err(failed)? else { return Ok(()) };
    if meta.is_dir {
        return Err(Error::new(ErrorKind::Arg, format!("{} is a directory", path.display())));
    }
    let mut head = [0; MAGIC.len()];
    let mut file = storage.open_read(path).map_err(failed)?;
    let mut have = 0;
    while have < head.len() {
        match file.read(head.get_mut(have..).unwrap_or_default()) {
            Ok(0) => break,
            Ok(n) => have = have.saturating_add(n),
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(failed(e)),
        }
    }
    if head != *MAGIC {
        let text = format!("{} exists and is not a snapshot: it is not overwritten", path.display());
        return Err(Error::new(ErrorKind::Arg, text));
    }
    Ok(())
}

/// A copy must not take the place of what an open database lives in.
pub(crate) fn check_free(storage: &dyn Storage, path: &Path) -> Result<()> {
    let name = path.file_name().unwrap_or_default();
    let bytes = name.as_encoded_bytes();
    if bytes.ends_with(b".base.rdb") || bytes.ends_with(b".lock") {
        let text = format!("{} is a name of files that databases live in", path.display());
        return Err(Error::new(ErrorKind::Arg, text));
    }
    let lock = lock_of(path);
    if !matches!(storage.metadata(&lock), Ok(Some(_))) {
        return Ok(());
    }
    match storage.lock(&lock) {
        Err(e) if e.kind() == io::ErrorKind::WouldBlock => {
            Err(Error::new(ErrorKind::Locked, format!("{} is the file of an open database", path.display())))
        }
        _ => Ok(()),
    }
}

/// The lock of a location that is a snapshot file.
pub(crate) fn lock_of(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".lock");
    path.with_file_name(name)
}

/// Writes the snapshot `saving` of `space` to `path`. Whatever happens, the snapshot has ended when this returns.
pub(crate) fn write(
    space: &Keyspace,
    saving: &Saving,
    storage: &dyn Storage,
    path: &Path,
    format: Format,
    head: Head<'_>,
    progress: Progress<'_>,
) -> Result<Written> {
    let temp = temp_of(path, head.unique);
    let failed = |e: &io::Error| Error::io("cannot write", &temp, e);
    let begun = storage.create(&temp).and_then(|file| {
        let pieces = Pieces { file, buf: Vec::with_capacity(PIECE + (PIECE >> 2)) };
        let mut writer = Writer::new(pieces, format.compress, format.checksum)?;
        for (name, text) in head.aux {
            writer.aux(name.as_bytes(), text.as_bytes())?;
        }
        for code in head.functions {
            writer.function(code)?;
        }
        // How many keys there will be, before the first of them: whoever loads makes room for them.
        for (db, (keys, expiring)) in (0..).zip(saving.databases()).filter(|(_, (keys, _))| *keys > 0) {
            writer.select_db(db)?;
            writer.resize(*keys, *expiring)?;
        }
        Ok(Out { writer, format, db: None, keys: 0 })
    });
    let (out, mut error) = match begun {
        Ok(out) => (Some(out), None),
        Err(e) => (None, Some(failed(&e))),
    };
    let mut walk = Walk { space, saving, out, copies: Copies::default(), peak: 0 };
    match walk.run(progress) {
        Ok(true) => {}
        Ok(false) => {
            error.get_or_insert_with(|| Error::new(ErrorKind::Interrupted, "the snapshot was cancelled"));
        }
        Err(e) => {
            error.get_or_insert_with(|| failed(&e));
        }
    }
    let peak = walk.peak;
    let done = match (walk.out, error) {
        (Some(out), None) => finish(storage, path, &temp, out),
        (_, error) => Err(error.unwrap_or_else(|| Error::new(ErrorKind::Io, "the snapshot was not written"))),
    };
    match done {
        Ok((keys, bytes)) => Ok(Written { keys, bytes, peak }),
        Err(error) => {
            // What is left of it names nothing; a later snapshot writes it anew.
            let _ = storage.remove(&temp);
            Err(error)
        }
    }
}

fn finish(storage: &dyn Storage, path: &Path, temp: &Path, out: Out) -> Result<(u64, u64)> {
    let failed = |e: &io::Error| Error::io("cannot write", temp, e);
    let keys = out.keys;
    let mut pieces = out.writer.finish().map_err(|e| failed(&e))?;
    pieces.flush().map_err(|e| failed(&e))?;
    pieces.file.sync().map_err(|e| Error::io("cannot sync", temp, &e))?;
    drop(pieces);
    let bytes = storage.metadata(temp).ok().flatten().map_or(0, |meta| meta.len);
    storage.rename(temp, path).map_err(|e| Error::io("cannot replace", path, &e))?;
    storage.sync_dir(dir_of(path)).map_err(|e| Error::io("cannot sync the directory of", path, &e))?;
    Ok((keys, bytes))
}

/// The walk of one snapshot.
struct Walk<'w> {
    space: &'w Keyspace,
    saving: &'w Saving,
    /// `None` when there is nothing to write to any more: the walk goes on, because it has to come to its end.
    out: Option<Out>,
    copies: Copies,
    peak: u64,
}

impl Walk<'_> {
    /// Walks all keys. False: it was cancelled.
    fn run(&mut self, progress: Progress<'_>) -> io::Result<bool> {
        let mut outcome = Ok(true);
        let all = self.saving.keys();
        let mut calls = 0u32;
        for shard in 0..self.space.shards() {
            while self.step(shard, &mut outcome) {
                calls = calls.wrapping_add(1);
                if calls.is_multiple_of(256) && matches!(outcome, Ok(true)) {
                    let done = self.out.as_ref().map_or(0, |out| out.keys);
                    if !progress(done.min(all), all) {
                        (outcome, self.out) = (Ok(false), None);
                    }
                }
            }
        }
        self.space.end_save();
        let kept = self.saving.take();
        self.take(kept, &mut outcome);
        if matches!(outcome, Ok(true)) && !progress(all, all) {
            return Ok(false);
        }
        outcome
    }

    /// One hold of a shard's lock, and what it leaves to do. False at the shard's end.
    fn step(&mut self, shard: usize, outcome: &mut io::Result<bool>) -> bool {
        // Copied under the lock, encoded without it: compression takes longer by far.
        let copies = &mut self.copies;
        let (wanted, mut bytes) = (self.out.is_some(), 0usize);
        let more = self.space.save_step(self.saving, shard, STEP, &mut |db, entry| {
            if wanted {
                copies.push(db, entry);
                bytes = entry.cost().saturating_add(bytes);
            }
            bytes < STEP_BYTES
        });
        if let Some(out) = &mut self.out
            && let Err(e) = self.copies.write(out)
        {
            self.fail(e, outcome);
        }
        if self.saving.waiting() > 0 || self.saving.has_tables() {
            self.peak = self.peak.max(self.saving.waiting() as u64);
            let kept = self.saving.take();
            self.take(kept, outcome);
        }
        self.flush(PIECE, outcome);
        more
    }

    /// Writes what writers left, and frees it.
    fn take(&mut self, kept: Kept, outcome: &mut io::Result<bool>) {
        for (db, entry) in kept.entries {
            self.entry(db, &entry, outcome);
            self.flush(PIECE, outcome);
        }
        for mut table in kept.tables {
            while !table.is_saved(self.saving.epoch()) {
                let (out, mut error) = (&mut self.out, None);
                table.save_step(self.saving, STEP, &mut |db, entry| {
                    if let Some(out) = out
                        && let Err(e) = out.entry(db, entry)
                    {
                        error = Some(e);
                    }
                    true
                });
                if let Some(e) = error {
                    self.fail(e, outcome);
                }
                self.flush(PIECE, outcome);
            }
        }
    }

    fn entry(&mut self, db: u32, entry: &Entry, outcome: &mut io::Result<bool>) {
        if let Some(out) = &mut self.out
            && let Err(e) = out.entry(db, entry)
        {
            self.fail(e, outcome);
        }
    }

    /// Hands memory to the file when there is so much.
    fn flush(&mut self, from: usize, outcome: &mut io::Result<bool>) {
        let Some(out) = &mut self.out else { return };
        let pieces = out.writer.out_mut();
        if pieces.buf.len() >= from
            && let Err(e) = pieces.flush()
        {
            self.fail(e, outcome);
        }
    }

    fn fail(&mut self, error: io::Error, outcome: &mut io::Result<bool>) {
        self.out = None;
        if outcome.is_ok() {
            *outcome = Err(error);
        }
    }
}
