//! A disk in memory that can fail or freeze at any operation, and that shows what a power cut would leave.
//!
//! Included by `tests/crash.rs` and by the unit tests of `src/persist`: whoever includes it has the storage
//! traits in scope.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};

use super::{Metadata, Storage, StorageFile, StorageLock};

/// What a disk writes as a whole.
const SECTOR: usize = 512;

/// What happens at the chosen operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// It fails with EIO, once; a write that fails has written half before.
    Fail,
    /// The power goes: it may be half done, and everything from there on fails.
    Freeze,
    /// From here on the disk is full: one write is short, and this many tries to write or to make a file fail; then it
    /// has room again.
    #[allow(dead_code, reason = "each of the including tests uses its part")]
    Full(u64),
}

/// What the disk looks like after the power came back.
#[allow(dead_code, reason = "each of the including tests uses its part")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Crash {
    /// Everything that was written is there, because only the process died; what was not synced is as
    /// little safe from the next power cut as before.
    KeepAll,
    /// Only what was synced is there.
    LoseUnsynced,
    /// Of what was not synced a part is there, chosen by the seed: names up to some point, of each file's
    /// changes those up to some point, the last of them torn or its place filled with zeros; or any of the sectors
    /// that changed, in any order, the others as they were before.
    Torn(u64),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Node {
    Dir,
    File(usize),
}

#[derive(Clone, Debug)]
enum Change {
    Write(Vec<u8>),
    Truncate(usize),
}

#[derive(Clone, Debug, Default)]
struct Content {
    live: Vec<u8>,
    durable: Vec<u8>,
    /// Changes since the last sync.
    pending: Vec<Change>,
    /// Bytes that a failed sync gave up: readable now, never written to disk, however often one syncs.
    given_up: BTreeSet<usize>,
}

impl Content {
    fn apply(to: &mut Vec<u8>, change: &Change) {
        match change {
            Change::Write(data) => to.extend_from_slice(data),
            Change::Truncate(len) => to.truncate(*len),
        }
    }

    fn change(&mut self, change: Change) {
        let before = self.live.len();
        Self::apply(&mut self.live, &change);
        match change {
            Change::Truncate(len) => self.given_up.retain(|&i| i < len),
            Change::Write(_) => self.given_up.retain(|&i| i < before),
        }
        self.pending.push(change);
    }

    fn sync(&mut self) {
        self.durable.resize(self.live.len(), 0);
        for (i, byte) in self.live.iter().enumerate() {
            if !self.given_up.contains(&i) {
                self.durable[i] = *byte;
            }
        }
        self.pending.clear();
    }

    fn sync_fails(&mut self) {
        let same = self.durable.iter().zip(&self.live).take_while(|(d, l)| d == l).count();
        self.given_up.extend(same..self.live.len());
        self.pending.clear();
    }

    fn cut_power(&self, random: Option<&mut Random>) -> Vec<u8> {
        let mut out = self.durable.clone();
        let Some(random) = random.filter(|_| !self.pending.is_empty()) else { return out };
        // In order, torn at any byte, or sector by sector in any order.
        let only_writes = self.pending.iter().all(|change| matches!(change, Change::Write(_)));
        if only_writes && random.below(2) == 0 {
            return self.sectors(random);
        }
        let kept = random.below(self.pending.len() + 1);
        for change in &self.pending[..kept] {
            Self::apply(&mut out, change);
        }
        if let Some(Change::Write(data)) = self.pending.get(kept) {
            let part = random.below(data.len() + 1);
            out.extend_from_slice(&data[..part]);
            if random.below(3) == 0 {
                out.resize(out.len() + random.below(data.len() - part + 1), 0);
            }
        }
        out
    }

    /// Any of the sectors that changed came to the disk; the others are as they were, or zeros.
    fn sectors(&self, random: &mut Random) -> Vec<u8> {
        let mut out = self.durable.clone();
        let odds = 1 + random.below(4);
        for start in (self.durable.len() / SECTOR * SECTOR..self.live.len()).step_by(SECTOR) {
            let end = (start + SECTOR).min(self.live.len());
            if random.below(odds + 1) > 0 {
                out.resize(out.len().max(end), 0);
                let kept = (start..end).filter(|i| !self.given_up.contains(i));
                kept.for_each(|i| out[i] = self.live[i]);
            }
        }
        out
    }
}

/// A change of names, durable when its directory is synced.
#[derive(Clone, Debug)]
enum Naming {
    Make(PathBuf, Node),
    Rename(PathBuf, PathBuf),
    Remove(PathBuf),
}

impl Naming {
    fn apply(&self, names: &mut BTreeMap<PathBuf, Node>) {
        match self {
            Naming::Make(path, node) => {
                names.insert(path.clone(), *node);
            }
            Naming::Rename(from, to) => {
                if let Some(node) = names.remove(from) {
                    names.insert(to.clone(), node);
                }
            }
            Naming::Remove(path) => {
                names.remove(path);
            }
        }
    }

    fn dir(&self) -> &Path {
        match self {
            Naming::Make(path, _) | Naming::Rename(path, _) | Naming::Remove(path) => parent(path),
        }
    }
}

#[derive(Clone, Default)]
struct Disk {
    names: BTreeMap<PathBuf, Node>,
    durable_names: BTreeMap<PathBuf, Node>,
    pending_names: Vec<Naming>,
    files: Vec<Content>,
    locks: BTreeSet<PathBuf>,
    ops: u64,
    syncs: u64,
    trouble: Option<(u64, Trouble)>,
    /// A failing write was short; its continuation fails for good.
    short: bool,
    /// How many tries fail until there is room again.
    full: u64,
    /// How many bytes all files may have together.
    capacity: Option<usize>,
    frozen: bool,
    log: Vec<String>,
}

enum Turn {
    Go,
    Fail,
    Freeze,
}

impl Disk {
    fn count(&mut self, what: &str, path: &Path) -> io::Result<Turn> {
        self.alive()?;
        self.ops += 1;
        self.log.push(format!("{} {what} {}", self.ops, path.display()));
        match self.trouble {
            Some((at, Trouble::Full(tries))) if at == self.ops => {
                (self.full, self.short) = (tries, false);
                Ok(Turn::Go)
            }
            Some((at, trouble)) if at == self.ops => {
                self.frozen = trouble == Trouble::Freeze;
                Ok(if self.frozen { Turn::Freeze } else { Turn::Fail })
            }
            _ => Ok(Turn::Go),
        }
    }

    fn alive(&self) -> io::Result<()> {
        if self.frozen { Err(eio()) } else { Ok(()) }
    }

    /// How many of so many bytes there is room for.
    fn room_for(&mut self, len: usize) -> io::Result<usize> {
        if self.full > 0 {
            if !std::mem::replace(&mut self.short, true) && len > 1 {
                return Ok(len / 2);
            }
            self.full -= 1;
            self.short = false;
            return Err(enospc());
        }
        let Some(capacity) = self.capacity else { return Ok(len) };
        match capacity.saturating_sub(self.used()).min(len) {
            0 if len > 0 => Err(enospc()),
            room => Ok(room),
        }
    }

    /// The bytes of all files.
    fn used(&self) -> usize {
        let size = |node: &Node| if let Node::File(id) = node { self.files[*id].live.len() } else { 0 };
        self.names.values().map(size).sum()
    }

    /// Counts a change of names and makes it, unless it fails.
    fn name(&mut self, what: &str, path: &Path, naming: Naming) -> io::Result<()> {
        let turn = self.count(what, path)?;
        if matches!(turn, Turn::Go) && matches!(naming, Naming::Make(..)) && self.full > 0 {
            self.room_for(0)?;
        }
        if !matches!(turn, Turn::Fail) {
            naming.apply(&mut self.names);
            self.pending_names.push(naming);
        }
        if matches!(turn, Turn::Go) { Ok(()) } else { Err(eio()) }
    }

    /// What is left: all that was synced, and with `random` a part of the rest.
    fn cut_power(self, mut random: Option<Random>) -> Self {
        let mut names = self.durable_names;
        let kept = random.as_mut().map_or(0, |r| r.below(self.pending_names.len() + 1));
        for naming in &self.pending_names[..kept] {
            naming.apply(&mut names);
        }
        // What is in a directory whose own name was lost is lost with it.
        let all = names.clone();
        names.retain(|path, _| {
            path.ancestors()
                .skip(1)
                .all(|dir| matches!(dir.to_str(), Some("" | "/")) || all.contains_key(dir))
        });
        let files = self.files.iter().map(|f| {
            let bytes = f.cut_power(random.as_mut());
            Content { live: bytes.clone(), durable: bytes, ..Content::default() }
        });
        Disk { files: files.collect(), durable_names: names.clone(), names, ..Disk::default() }
    }

    fn node(&self, path: &Path) -> Option<Node> {
        match path.to_str() {
            Some("" | "." | "/") => Some(Node::Dir),
            _ => self.names.get(path).copied(),
        }
    }

    fn file(&self, path: &Path) -> io::Result<Option<usize>> {
        match (self.node(path), self.node(parent(path))) {
            (Some(Node::File(id)), _) => Ok(Some(id)),
            (Some(Node::Dir), _) => Err(ErrorKind::IsADirectory.into()),
            (None, Some(Node::Dir)) => Ok(None),
            (None, _) => Err(ErrorKind::NotFound.into()),
        }
    }
}

/// The disk; clones share it.
#[derive(Clone, Default)]
pub(crate) struct SimStorage(Arc<Mutex<Disk>>);

#[allow(dead_code, reason = "each of the including tests uses its part")]
impl SimStorage {
    /// An empty disk without trouble.
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Trouble at the `n`-th operation from the beginning, counted from 1.
    pub(crate) fn trouble_at(&self, n: u64, trouble: Trouble) {
        self.disk().trouble = Some((n, trouble));
    }

    /// The files may have this many bytes more than they have now, all together; `None`: as many as they like.
    pub(crate) fn leave_room(&self, bytes: Option<usize>) {
        let mut disk = self.disk();
        let used = disk.used();
        disk.capacity = bytes.map(|bytes| used + bytes);
    }

    /// How many writes, syncs, truncations and changes of names there were.
    pub(crate) fn ops(&self) -> u64 {
        self.disk().ops
    }

    /// How many syncs of files there were.
    pub(crate) fn syncs(&self) -> u64 {
        self.disk().syncs
    }

    /// Every operation, for messages.
    pub(crate) fn log(&self) -> String {
        self.disk().log.join("\n")
    }

    /// The disk as it is found after the power came back; locks are gone.
    pub(crate) fn after(&self, crash: Crash) -> Self {
        let disk = self.disk().clone();
        let old = Disk {
            locks: BTreeSet::new(),
            ops: 0,
            syncs: 0,
            trouble: None,
            short: false,
            full: 0,
            capacity: None,
            frozen: false,
            ..disk
        };
        let Crash::Torn(seed) = crash else {
            return Self(Arc::new(Mutex::new(if crash == Crash::KeepAll {
                old
            } else {
                old.cut_power(None)
            })));
        };
        Self(Arc::new(Mutex::new(old.cut_power(Some(Random(seed))))))
    }

    /// The bytes of a file as a process sees them.
    pub(crate) fn read(&self, path: impl AsRef<Path>) -> Option<Vec<u8>> {
        let disk = self.disk();
        match disk.node(path.as_ref()) {
            Some(Node::File(id)) => Some(disk.files[id].live.clone()),
            _ => None,
        }
    }

    /// Puts a file there, with its directories, all of it durable.
    pub(crate) fn put(&self, path: impl AsRef<Path>, bytes: impl AsRef<[u8]>) {
        let mut disk = self.disk();
        let bytes = bytes.as_ref().to_vec();
        let id = disk.files.len();
        disk.files.push(Content { live: bytes.clone(), durable: bytes, ..Content::default() });
        let mut made = vec![(path.as_ref().to_path_buf(), Node::File(id))];
        made.extend(path.as_ref().ancestors().skip(1).map(|dir| (dir.to_path_buf(), Node::Dir)));
        disk.names.extend(made.iter().cloned());
        disk.durable_names.extend(made);
    }

    fn disk(&self) -> MutexGuard<'_, Disk> {
        self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    fn handle(&self, id: usize, path: &Path) -> Box<dyn StorageFile> {
        Box::new(SimFile { storage: self.clone(), id, path: path.to_path_buf(), pos: 0 })
    }
}

impl Storage for SimStorage {
    fn metadata(&self, path: &Path) -> io::Result<Option<Metadata>> {
        let disk = self.disk();
        disk.alive()?;
        Ok(disk.node(path).map(|node| match node {
            Node::Dir => Metadata { is_dir: true, len: 0 },
            Node::File(id) => Metadata { is_dir: false, len: disk.files[id].live.len() as u64 },
        }))
    }

    fn list(&self, dir: &Path) -> io::Result<Vec<OsString>> {
        let disk = self.disk();
        disk.alive()?;
        Ok(disk
            .names
            .keys()
            .filter(|p| parent(p) == dir)
            .filter_map(|p| Some(p.file_name()?.into()))
            .collect())
    }

    fn create_dir(&self, path: &Path) -> io::Result<()> {
        let mut disk = self.disk();
        match (disk.node(path), disk.node(parent(path))) {
            (None, Some(Node::Dir)) => disk.name("mkdir", path, Naming::Make(path.into(), Node::Dir)),
            (Some(_), _) => Err(ErrorKind::AlreadyExists.into()),
            _ => Err(ErrorKind::NotFound.into()),
        }
    }

    fn open_read(&self, path: &Path) -> io::Result<Box<dyn StorageFile>> {
        let disk = self.disk();
        disk.alive()?;
        let id = disk.file(path)?.ok_or(ErrorKind::NotFound)?;
        drop(disk);
        Ok(self.handle(id, path))
    }

    fn open_append(&self, path: &Path) -> io::Result<Box<dyn StorageFile>> {
        let mut disk = self.disk();
        disk.alive()?;
        let id = match disk.file(path)? {
            Some(id) => id,
            None => {
                let id = disk.files.len();
                disk.files.push(Content::default());
                disk.name("create", path, Naming::Make(path.into(), Node::File(id)))?;
                id
            }
        };
        drop(disk);
        Ok(self.handle(id, path))
    }

    fn create(&self, path: &Path) -> io::Result<Box<dyn StorageFile>> {
        let mut file = self.open_append(path)?;
        if self.read(path).is_some_and(|bytes| !bytes.is_empty()) {
            file.truncate(0)?;
        }
        Ok(file)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut disk = self.disk();
        disk.file(from)?.ok_or(ErrorKind::NotFound)?;
        assert_eq!(parent(from), parent(to), "a rename across directories");
        disk.name("rename", to, Naming::Rename(from.into(), to.into()))
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        let mut disk = self.disk();
        disk.file(path)?.ok_or(ErrorKind::NotFound)?;
        disk.name("remove", path, Naming::Remove(path.into()))
    }

    fn sync_dir(&self, dir: &Path) -> io::Result<()> {
        let mut disk = self.disk();
        let Turn::Go = disk.count("sync_dir", dir)? else { return Err(eio()) };
        let pending = std::mem::take(&mut disk.pending_names);
        for naming in pending {
            if naming.dir() == dir {
                naming.apply(&mut disk.durable_names);
            } else {
                disk.pending_names.push(naming);
            }
        }
        Ok(())
    }

    fn lock(&self, path: &Path) -> io::Result<Box<dyn StorageLock>> {
        let mut disk = self.disk();
        disk.alive()?;
        disk.file(path)?;
        if !disk.locks.insert(path.into()) {
            return Err(ErrorKind::WouldBlock.into());
        }
        Ok(Box::new(SimLock(self.clone(), path.into())))
    }
}

struct SimLock(SimStorage, PathBuf);

impl StorageLock for SimLock {}

impl Drop for SimLock {
    fn drop(&mut self) {
        self.0.disk().locks.remove(&self.1);
    }
}

struct SimFile {
    storage: SimStorage,
    id: usize,
    path: PathBuf,
    pos: usize,
}

impl StorageFile for SimFile {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let disk = self.storage.disk();
        disk.alive()?;
        let rest = disk.files[self.id].live.get(self.pos..).unwrap_or_default();
        let n = rest.len().min(buf.len());
        buf[..n].copy_from_slice(&rest[..n]);
        self.pos += n;
        Ok(n)
    }

    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        let mut disk = self.storage.disk();
        let turn = disk.count("write", &self.path)?;
        // A failing write is short first, and the attempt to continue it fails.
        let (len, done) = match turn {
            Turn::Fail if data.len() > 1 && !disk.short => {
                let next = disk.ops + 1;
                disk.short = true;
                disk.trouble = Some((next, Trouble::Fail));
                (data.len() / 2, Ok(data.len() / 2))
            }
            Turn::Fail => (0, Err(eio())),
            Turn::Freeze => (data.len(), Err(eio())),
            Turn::Go => {
                let len = disk.room_for(data.len())?;
                (len, Ok(len))
            }
        };
        if len > 0 {
            disk.files[self.id].change(Change::Write(data[..len].to_vec()));
        }
        done
    }

    fn sync(&mut self) -> io::Result<()> {
        let mut disk = self.storage.disk();
        disk.syncs += 1;
        match disk.count("sync", &self.path)? {
            Turn::Go => {
                disk.files[self.id].sync();
                return Ok(());
            }
            Turn::Fail => disk.files[self.id].sync_fails(),
            Turn::Freeze => {}
        }
        Err(eio())
    }

    fn truncate(&mut self, len: u64) -> io::Result<()> {
        let mut disk = self.storage.disk();
        let turn = disk.count("truncate", &self.path)?;
        if !matches!(turn, Turn::Fail) {
            let len = usize::try_from(len).map_err(|_| eio())?;
            disk.files[self.id].change(Change::Truncate(len));
        }
        if matches!(turn, Turn::Go) { Ok(()) } else { Err(eio()) }
    }
}

fn parent(path: &Path) -> &Path {
    path.parent().unwrap_or(Path::new("/"))
}

fn eio() -> io::Error {
    io::Error::from_raw_os_error(5)
}

fn enospc() -> io::Error {
    io::Error::from_raw_os_error(28)
}

/// splitmix64.
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % n as u64).unwrap_or(0)
    }
}
