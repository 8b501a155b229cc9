//! The append-only file: a directory as Redis 7 makes it, with a manifest, a base and increments.
//!
//! [`AofDir::open`] locks the directory, replays it and returns the [`AofWriter`] for what comes next.
//! `manifest.rs` names the files, `record.rs` and `replay.rs` read them, `queue.rs` and `writer.rs` write
//! them. What a command means is none of this module's business.

use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::base::clock::Clock;
use crate::base::error::{Error, ErrorKind, Result};
use crate::base::latency::Monitor;
use crate::base::log::Level;
use crate::persist::storage::{Storage, StorageLock, read_file, write_all};

mod files;
mod follow;
mod health;
mod manifest;
mod queue;
mod record;
mod replay;
mod rewrite;
mod undo;
mod unit;
mod writer;

use files::{Files, Unreplaced};
pub(crate) use follow::{Follower, From};
pub(crate) use health::Trouble;
use manifest::{AofFile, FileType, Manifest};
pub(crate) use replay::BaseLoaded;
use replay::{Apply, Base, Known, Place};
use rewrite::Increment;
use writer::Start;
pub(crate) use writer::{AofWriter, FsyncPolicy};

/// The file that stands for "this directory is in use".
const LOCK_FILE: &str = "lodger.lock";
/// Stands beside the files after a failed fsync: what the last of them reads as is then not what is on disk,
/// and no later fsync would write it. The next open copies the file before it builds on it.
///
/// When the disk fails so thoroughly that this file cannot be made either, the failure says so and the next
/// open trusts what it reads. The other ways cost more than they save: a file that stands from open to close
/// would have the whole log copied after every killed process, and cutting the log back to its last fsync would
/// drop what was acknowledged under `everysec` and `no`.
const UNSYNCED_FILE: &str = "lodger.unsynced";
/// Stands beside the files while somebody is given changes that may not be on disk yet. If it stands at open, a crash may
/// have taken back changes whose offsets are known to somebody; those that come must not get the same offsets, so they go to
/// an increment of their own.
const FOLLOWED_FILE: &str = "lodger.followed";
/// How the names of increments and bases end.
const INCR: &str = "incr.aof";
const BASE: &str = "base.rdb";
/// Far more than any manifest.
const MAX_MANIFEST: usize = 1 << 20;

/// Names and choices, from the configuration.
#[derive(Debug, Clone)]
pub(crate) struct OpenOptions {
    /// `appendfilename`: how the names of the files begin.
    pub(crate) appendfilename: OsString,
    /// `appenddirname`: the directory for the files, inside of the location.
    pub(crate) appenddirname: OsString,
    /// `appendfsync`.
    pub(crate) policy: FsyncPolicy,
    /// `aof-load-truncated`: a torn tail is cut off; otherwise it is an error.
    pub(crate) load_truncated: bool,
    /// `aof-timestamp-enabled`: annotations say when what follows was written.
    pub(crate) timestamps: bool,
    /// `aof-load-until`: the Unix time in seconds of the last effects that are loaded.
    pub(crate) until: Option<i64>,
    /// Tells the time of annotations.
    pub(crate) clock: Clock,
    /// Is told what took long.
    pub(crate) monitor: Arc<Monitor>,
}

impl Default for OpenOptions {
    fn default() -> Self {
        Self {
            appendfilename: "appendonly.aof".into(),
            appenddirname: "appendonlydir".into(),
            policy: FsyncPolicy::EverySec,
            load_truncated: true,
            timestamps: false,
            until: None,
            clock: Clock::default(),
            monitor: Arc::default(),
        }
    }
}

/// The torn tail of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cut {
    /// The file.
    pub(crate) path: PathBuf,
    /// The length that is left.
    pub(crate) offset: u64,
    /// How many bytes went.
    pub(crate) bytes: u64,
    /// The unit that this cuts through: where it begins, and where what belongs to it does.
    pub(crate) unit: Option<(u64, u64)>,
}

impl Cut {
    /// The length of the file afterwards.
    fn left(&self) -> u64 {
        self.offset
    }
}

/// What was found at open.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Loaded {
    /// How many commands were replayed.
    pub(crate) commands: u64,
    /// What was cut off the last file.
    pub(crate) truncated: Option<Cut>,
}

/// Where log lines go.
type Log<'a> = &'a dyn Fn(Level, &str);

/// An append-only file on its way to being open.
pub(crate) struct AofDir<'a> {
    options: &'a OpenOptions,
    files: Files,
    locks: Vec<Box<dyn StorageLock>>,
    log: Log<'a>,
}

impl<'a> AofDir<'a> {
    /// Opens `location`, Redis's `dir`: makes it when it is missing, keeps everybody else out, hands every
    /// command to `replay` and an RDB file as base to `base`, cuts off a torn tail, and returns the writer and what was found. `known` tells the
    /// names of commands.
    ///
    /// If `location` itself holds a manifest, it is the directory with the files.
    pub(crate) fn open(
        storage: Arc<dyn Storage>,
        location: &Path,
        options: &'a OpenOptions,
        log: Log<'a>,
        known: Known<'_>,
        replay: Apply<'_>,
        base: Base<'_>,
    ) -> Result<(AofWriter, Loaded)> {
        check_name("appendfilename", &options.appendfilename)?;
        check_name("appenddirname", &options.appenddirname)?;
        make_dir(&*storage, location)?;
        let mut locks = vec![lock(&*storage, location, location)?];
        let mut manifest_name = options.appendfilename.clone();
        manifest_name.push(".manifest");
        let in_place = exists(&*storage, &location.join(&manifest_name))?;
        let dir = if in_place { location.to_path_buf() } else { location.join(&options.appenddirname) };
        if !in_place {
            make_dir(&*storage, &dir)?;
            // The same files could be opened as a location of their own.
            locks.push(lock(&*storage, &dir, location)?);
        }
        let files = Files::new(storage, dir, options.appendfilename.clone());
        AofDir { options, files, locks, log }.load(location, known, replay, base)
    }

    fn load(
        self,
        location: &Path,
        known: Known<'_>,
        replay: Apply<'_>,
        base: Base<'_>,
    ) -> Result<(AofWriter, Loaded)> {
        let found = exists(&*self.files.storage, &self.files.manifest_path)?;
        let mut manifest = Manifest::default();
        if found {
            let path = &self.files.manifest_path;
            let text =
                read_file(&*self.files.storage, path, MAX_MANIFEST).map_err(|e| unreadable(path, &e))?;
            manifest = Manifest::parse(path, &text)?;
        }
        if manifest.incr.is_empty() {
            self.refuse_orphans(location, &manifest, found)?;
        }
        self.check_files(&manifest)?;
        let mut loaded = Loaded::default();
        let mut sizes: Vec<u64> = Vec::new();
        let last = manifest.data_files().count();
        let (mut dated, mut undo) = (false, None);
        for (i, file) in manifest.data_files().enumerate() {
            let place = Place {
                base: file.kind == FileType::Base,
                last: i.saturating_add(1) == last,
                ours: file.kind == FileType::Incr && file.follows.is_some(),
                load_truncated: self.options.load_truncated,
                until: self.options.until,
            };
            let path = self.files.dir.join(&file.name);
            let got = replay::replay_file(&*self.files.storage, &path, place, known, replay, base)?;
            loaded.commands = loaded.commands.saturating_add(got.commands);
            dated |= got.dated;
            sizes.push(got.later.as_ref().or(got.torn.as_ref()).map_or(got.len, Cut::left));
            loaded.truncated = got.torn.or(loaded.truncated);
            if let Some(cut) = got.later {
                undo = Some((file.name.clone(), cut));
                break;
            }
        }
        let highest = manifest.incr.last().map_or(0, |file| file.seq);
        let undone = undo.is_some();
        if let Some(until) = self.options.until {
            undo::check(until, dated, &self.files.dir)?;
            if let Some((name, cut)) = undo {
                undo::undo(&self.files, &mut manifest, &name, &cut, until, self.log)?;
            }
        }
        if let Some(cut) = &loaded.truncated {
            self.cut(cut)?;
        }
        if !found {
            self.sync_ancestors(location)?;
        }
        self.copy_unsynced(&manifest)?;
        if loaded.commands > 0 {
            let text = format!("{}: {} commands replayed", self.files.dir.display(), loaded.commands);
            (self.log)(Level::Notice, &text);
        }
        self.files.remove_temps()?;
        Ok((self.writer(manifest, found, &sizes, highest, undone)?, loaded))
    }

    /// Makes the names of the new directories durable, also those that an earlier attempt made and could not
    /// make durable. Once there is a manifest this has been done.
    fn sync_ancestors(&self, location: &Path) -> Result<()> {
        for dir in location.ancestors() {
            match self.files.storage.sync_dir(dir) {
                // Not a directory of ours; it cannot even be opened.
                Err(e) if dir != location && e.kind() == io::ErrorKind::PermissionDenied => {}
                Err(e) => return Err(Error::io("cannot sync", dir, &e)),
                Ok(()) => {}
            }
        }
        Ok(())
    }

    /// Opens the file to append to: the last increment, as Redis does, or the first one. One that is
    /// continued needs no change of the manifest, so opening often leaves nothing behind. When changes were taken back
    /// that somebody may know, the next one: `highest` is the highest number that there was.
    fn writer(
        self,
        mut manifest: Manifest,
        found: bool,
        sizes: &[u64],
        highest: u64,
        undone: bool,
    ) -> Result<AofWriter> {
        let followed = self.files.dir.join(FOLLOWED_FILE);
        let marked = exists(&*self.files.storage, &followed)?;
        let anew = marked || undone;
        let last = manifest.incr.last().cloned();
        let len = if last.is_some() { sizes.last().copied().unwrap_or(0) } else { 0 };
        if let Some(last) = last.as_ref().filter(|_| anew) {
            // Only the last file may be less than whole.
            let path = self.files.dir.join(&last.name);
            let synced = self.files.storage.open_append(&path).and_then(|mut file| file.sync());
            synced.map_err(|e| Error::io("cannot sync", &path, &e))?;
        }
        let known = last.as_ref().filter(|_| !anew).map(|f| (f.seq, f.name.clone()));
        let fresh = known.is_none();
        let (seq, name) = match known {
            Some(known) => known,
            None => {
                let (seq, name) = self.files.free_name(&manifest, highest.saturating_add(1), INCR)?;
                let follows = follow::goes_on(last.as_ref().map(|last| (last, len)), seq);
                manifest.incr.push(AofFile { name: name.clone(), seq, kind: FileType::Incr, follows });
                (seq, name)
            }
        };
        let path = self.files.dir.join(&name);
        let mut file = match fresh {
            true => self.files.storage.create(&path).map_err(|e| Error::io("cannot create", &path, &e))?,
            false => {
                self.files.storage.open_append(&path).map_err(|e| Error::io("cannot open", &path, &e))?
            }
        };
        if fresh {
            file.sync().map_err(|e| Error::io("cannot sync", &path, &e))?;
        }
        let stays = self.files.remove_history(&manifest);
        for (file, e) in &stays {
            (self.log)(Level::Warning, &format!("cannot remove {}: {e}", file.name.display()));
        }
        if fresh || !found || stays.len() < manifest.history.len() {
            manifest.history = stays.into_iter().map(|(file, _)| file).collect();
            self.files.replace(&manifest).map_err(Unreplaced::into_error)?;
        } else {
            // The process that made these files may have died before it could make their names durable.
            self.files.sync_dir()?;
        }
        let sync = self.files.storage.open_append(&path).map_err(|e| Error::io("cannot open", &path, &e))?;
        if marked {
            self.files.storage.remove(&followed).map_err(|e| Error::io("cannot remove", &followed, &e))?;
        }
        let len = if fresh { 0 } else { len };
        let total = sizes.iter().fold(0, |sum: u64, n| sum.saturating_add(*n));
        Ok(AofWriter::new(Start {
            files: self.files,
            manifest,
            increment: Increment { name, path, file, sync, len },
            seq,
            total,
            policy: self.options.policy,
            clock: self.options.clock.clone(),
            monitor: Arc::clone(&self.options.monitor),
            timestamps: self.options.timestamps,
            locks: self.locks,
        }))
    }

    /// A manifest must name its files, and they must be there and be files: opening a pipe would wait.
    fn check_files(&self, manifest: &Manifest) -> Result<()> {
        for file in manifest.data_files() {
            let path = self.files.dir.join(&file.name);
            if !exists(&*self.files.storage, &path)? {
                let manifest = self.files.manifest_path.display();
                let text = format!("{manifest} names {}, which does not exist", path.display());
                return Err(Error::new(ErrorKind::Corrupt, text));
            }
        }
        Ok(())
    }

    /// Nobody can say what data files are that the manifest does not name; starting without them would hide
    /// the data in them.
    fn refuse_orphans(&self, location: &Path, manifest: &Manifest, found: bool) -> Result<()> {
        let prefix = self.options.appendfilename.as_encoded_bytes();
        let list = self
            .files
            .storage
            .list(&self.files.dir)
            .map_err(|e| Error::io("cannot list", &self.files.dir, &e))?;
        for name in list {
            let Some(rest) = name.as_encoded_bytes().strip_prefix(prefix) else { continue };
            let data = [&b".incr.aof"[..], b".base.aof", b".base.rdb"].iter().any(|end| rest.ends_with(end));
            if manifest.files().any(|f| f.name == name) {
                continue;
            }
            let path = self.files.dir.join(&name);
            let meta = self.files.storage.metadata(&path).map_err(|e| unreadable(&path, &e))?;
            if data && meta.is_some_and(|m| m.len > 0) {
                let how = if found { "does not name it" } else { "is missing" };
                let manifest = self.files.manifest_path.display();
                let text = format!("{} holds data, but its manifest {manifest} {how}", path.display());
                return Err(Error::new(ErrorKind::Corrupt, text));
            }
        }
        let single = location.join(&self.options.appendfilename);
        if !found && exists(&*self.files.storage, &single)? {
            let text = format!(
                "{} is an append-only file of Redis 6 or older; start a redis-server 7 on this directory once, \
                 it turns the file into a multi-part one",
                single.display()
            );
            return Err(Error::new(ErrorKind::Unsupported, text));
        }
        Ok(())
    }

    fn cut(&self, cut: &Cut) -> Result<()> {
        let (log, Cut { path, offset, bytes, .. }) = (self.log, cut);
        log(
            Level::Warning,
            &format!("{}: a torn tail: cutting {bytes} bytes at offset {offset}", path.display()),
        );
        undo::cut_off(&self.files, cut)
    }

    /// After a failed fsync: writes the last increment anew, so that all of it is on disk.
    fn copy_unsynced(&self, manifest: &Manifest) -> Result<()> {
        let marker = self.files.dir.join(UNSYNCED_FILE);
        if !exists(&*self.files.storage, &marker)? {
            return Ok(());
        }
        if let Some(last) = manifest.incr.last() {
            let path = self.files.dir.join(&last.name);
            (self.log)(Level::Warning, &format!("{}: copying it after a failed fsync", path.display()));
            let failed = |e: io::Error| Error::io("cannot copy", &path, &e);
            let temp = self.files.temp(&path);
            let mut from = self.files.storage.open_read(&path).map_err(failed)?;
            let mut to = self.files.storage.create(&temp).map_err(failed)?;
            let mut buf = vec![0; 1 << 20];
            loop {
                let n = match from.read(&mut buf) {
                    Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
                    n => n.map_err(failed)?,
                };
                let Some(data @ [_, ..]) = buf.get(..n) else { break };
                write_all(&mut *to, data).map_err(|(_, e)| failed(e))?;
            }
            to.sync().map_err(failed)?;
            self.files.storage.rename(&temp, &path).map_err(failed)?;
            self.files.sync_dir()?;
        }
        self.files.storage.remove(&marker).map_err(|e| Error::io("cannot remove", &marker, &e))
    }
}

fn check_name(what: &str, name: &OsStr) -> Result<()> {
    let bytes = name.as_encoded_bytes();
    let path = bytes.contains(&b'/') || bytes.contains(&0) || name == "." || name == "..";
    if bytes.is_empty() || path || bytes.len() > 200 {
        return Err(Error::new(ErrorKind::Arg, format!("{what} {name:?} is not the name of a file")));
    }
    Ok(())
}

fn exists(storage: &dyn Storage, path: &Path) -> Result<bool> {
    match storage.metadata(path) {
        Ok(meta) => Ok(meta.is_some()),
        Err(e) => Err(unreadable(path, &e)),
    }
}

/// A thing that cannot be one of our files is damage, not trouble of the disk.
fn unreadable(path: &Path, e: &io::Error) -> Error {
    let error = Error::io("cannot read", path, e);
    match e.kind() {
        io::ErrorKind::InvalidData => Error::new(ErrorKind::Corrupt, error.message()),
        _ => error,
    }
}

/// Makes a directory with its parents.
fn make_dir(storage: &dyn Storage, dir: &Path) -> Result<()> {
    match storage.metadata(dir) {
        Ok(Some(m)) if m.is_dir => return Ok(()),
        Ok(Some(_)) => {
            let text = format!("{} is a file, not a directory", dir.display());
            return Err(Error::new(ErrorKind::Arg, text));
        }
        Ok(None) => {}
        Err(e) if e.kind() == io::ErrorKind::NotADirectory => {
            let text = format!("{}: a part of the path is a file, not a directory", dir.display());
            return Err(Error::new(ErrorKind::Arg, text));
        }
        Err(e) => return Err(Error::io("cannot read", dir, &e)),
    }
    let parent = match dir.parent() {
        Some(p) if !p.as_os_str().is_empty() => p,
        _ => Path::new("."),
    };
    make_dir(storage, parent)?;
    match storage.create_dir(dir) {
        Err(e) if e.kind() != io::ErrorKind::AlreadyExists => Err(Error::io("cannot create", dir, &e)),
        _ => Ok(()),
    }
}

fn lock(storage: &dyn Storage, dir: &Path, location: &Path) -> Result<Box<dyn StorageLock>> {
    let path = dir.join(LOCK_FILE);
    storage.lock(&path).map_err(|e| match e.kind() {
        io::ErrorKind::WouldBlock => {
            let text =
                format!("{} is open in another process or another handle of this one", location.display());
            Error::new(ErrorKind::Locked, text)
        }
        _ => Error::io("cannot lock", &path, &e),
    })
}

#[cfg(test)]
mod open_tests;
