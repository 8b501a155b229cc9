//! Following: reading the increments while they are written. The journal's second reader, of which there may be several.
//!
//! A place in the journal is one number: the sequence number of an increment, and how many bytes of it lie before the place. So
//! it is the same after the database was opened anew, it rises, and nothing has to be kept for it. A rewrite takes the increments
//! before its cut away, and the places in them with them; only the end of the last of those is known still, because the manifest says of
//! an increment where it goes on (`follows`).
//!
//! Of two changes that are ever given out no two have the same place, also where a power cut took the first back: then what
//! comes after the next open stands in another increment ([`super::FOLLOWED_FILE`]).
//!
//! A follower holds no one up, and nothing waits for it in memory: increments that it has not come to are open for it, so that
//! they can still be read when a rewrite has removed them. It reads what is written, and has what waits written when it has
//! read everything else. Under `always`, and for whoever asks for that, it reads what is on disk, so that it never knows of a
//! change that a power cut takes back.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering, fence};
use std::sync::{Arc, Weak};

use parking_lot::Mutex;
use smallvec::SmallVec;

use super::FOLLOWED_FILE;
use super::manifest::AofFile;
use super::record::{Parser, Step};
use super::replay::Source;
use super::rewrite::Rewriting;
use super::writer::{AofWriter, FsyncPolicy};
use crate::base::error::{Error, ErrorKind, Result};
use crate::base::num;
use crate::persist::storage::{Storage, StorageFile};
use crate::pubsub::change::Change;
use crate::pubsub::signal::Signal;

/// How many bits of a place say where in an increment it is: 1 TiB.
const POS_BITS: u32 = 40;
/// How many say which increment: a place is a positive number for everybody.
const SEQ_BITS: u32 = 23;
/// How much is read at once, about.
const BATCH: usize = 64 << 10;

/// Where to begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum From {
    /// With what is changed from now on.
    Now,
    /// With the oldest change that is there.
    Oldest,
    /// Behind the change of this offset.
    Offset(u64),
    /// With what was changed after the last [`AofWriter::cut`]; no other was made since.
    Cut,
}

/// The place as a number, if it is one.
pub(super) fn pack(seq: u64, pos: u64) -> Option<u64> {
    (seq < 1 << SEQ_BITS && pos < 1 << POS_BITS).then_some(seq << POS_BITS | pos)
}

fn offset(seq: u64, pos: u64) -> Result<u64> {
    pack(seq, pos).ok_or_else(|| {
        let text =
            format!("the append-only file has outgrown offsets: increment {seq}, byte {pos}; rewrite it");
        Error::new(ErrorKind::Unsupported, text)
    })
}

/// Where an increment goes on: at the end of the one before it, which has this length, or at its own beginning.
pub(super) fn goes_on(last: Option<(&AofFile, u64)>, seq: u64) -> Option<u64> {
    last.and_then(|(last, len)| end_of(last, len)).or_else(|| pack(seq, 0))
}

/// The end of an increment of this length; of an empty one, where that went on.
fn end_of(file: &AofFile, len: u64) -> Option<u64> {
    let start = pack(file.seq, 0);
    if len > 0 { pack(file.seq, len) } else { file.follows.or(start) }
}

/// Whether the change behind `place` is the first of `file`, the oldest one.
fn leads_to(place: u64, file: &AofFile) -> bool {
    let start = pack(file.seq, 0).is_some_and(|start| place < start);
    start && file.follows.is_some_and(|follows| follows <= place)
}

fn gone(asked: u64, oldest: u64) -> Error {
    let text = format!(
        "the changes behind offset {asked} are not in the append-only file any more, it was rewritten; \
         the oldest offset is {oldest}"
    );
    Error::new(ErrorKind::Lagged, text)
}

/// An increment that was begun.
struct Next {
    seq: u64,
    path: PathBuf,
    file: Result<Box<dyn StorageFile>>,
}

impl Next {
    fn open(storage: &dyn Storage, seq: u64, path: PathBuf) -> Self {
        let file = storage.open_read(&path).map_err(|e| Error::io("cannot read", &path, &e));
        Self { seq, path, file }
    }
}

/// What others do for a follower.
struct Ahead {
    signal: Arc<Signal>,
    /// The increments behind the one that it reads, open: a rewrite may remove them before it comes to them.
    files: Mutex<VecDeque<Next>>,
}

/// All followers.
#[derive(Default)]
pub(super) struct Followers {
    /// One waits for what is appended, or for what is on disk.
    appended: AtomicBool,
    synced: AtomicBool,
    all: Mutex<Vec<Weak<Ahead>>>,
    /// The file stands that says that there are some.
    marked: Mutex<bool>,
}

impl Followers {
    /// Whether [`Followers::tell`] is to be called for what was just appended.
    #[inline]
    pub(super) fn wait_for_appended(&self) -> bool {
        self.appended.load(Ordering::Relaxed)
    }

    /// More is on disk.
    pub(super) fn synced(&self) {
        fence(Ordering::SeqCst);
        if self.synced.load(Ordering::Relaxed) {
            self.tell();
        }
    }

    /// Wakes all.
    #[cold]
    pub(super) fn tell(&self) {
        self.appended.store(false, Ordering::SeqCst);
        self.synced.store(false, Ordering::SeqCst);
        self.all.lock().iter().filter_map(Weak::upgrade).for_each(|ahead| ahead.signal.set());
    }

    /// The writer goes on in another increment.
    pub(super) fn switched(&self, storage: &dyn Storage, seq: u64, path: &Path) {
        // Whoever comes meanwhile waits for the locks that the caller holds; others must not wait for the files.
        let all: Vec<Arc<Ahead>> = self.all.lock().iter().filter_map(Weak::upgrade).collect();
        for ahead in all {
            ahead.files.lock().push_back(Next::open(storage, seq, path.to_path_buf()));
        }
    }

    fn add(&self, signal: &Arc<Signal>, files: VecDeque<Next>) -> Arc<Ahead> {
        let ahead = Arc::new(Ahead { signal: Arc::clone(signal), files: Mutex::new(files) });
        let mut all = self.all.lock();
        all.retain(|ahead| ahead.strong_count() > 0);
        all.push(Arc::downgrade(&ahead));
        ahead
    }
}

/// One who reads along; see the module.
pub(crate) struct Follower {
    /// Only what is on disk.
    durable: bool,
    /// The increment that is read.
    seq: u64,
    path: PathBuf,
    source: Source,
    ahead: Arc<Ahead>,
    parser: Parser,
    db: u32,
    /// The changes of a MULTI that has not met its EXEC.
    step: Option<Vec<Change>>,
    /// Where to go on behind the last whole step.
    place: u64,
    /// Why there is nothing more.
    ended: Option<Error>,
}

impl AofWriter {
    /// Begins to read along; `signal` is set when [`Follower::arm`] was called and there is more.
    pub(crate) fn follow(&self, from: From, durable: bool, signal: &Arc<Signal>) -> Result<Follower> {
        self.check()?;
        if !durable {
            self.mark_followed()?;
        }
        if durable || self.policy() == FsyncPolicy::Always {
            self.harden()?;
        }
        let mut follower = match from {
            From::Now => self.follow_from_now(signal)?,
            From::Oldest => self.follow_in(signal, |_, oldest| (oldest.seq, 0))?,
            From::Cut => self.follow_from_cut(signal)?,
            From::Offset(asked) => {
                let wanted = (asked >> POS_BITS, asked & ((1 << POS_BITS) - 1));
                let at = |rewriting: &Rewriting, oldest: &AofFile| {
                    let there = rewriting.manifest.incr.iter().any(|file| file.seq == wanted.0);
                    if !there && leads_to(asked, oldest) { (oldest.seq, 0) } else { wanted }
                };
                let mut follower = self.follow_in(signal, at)?;
                if pack(follower.seq, 0) != Some(follower.place) {
                    follower.skip_to(wanted.1, asked, self)?;
                }
                follower
            }
        };
        follower.durable = durable;
        Ok(follower)
    }

    /// From here on changes are given out that may not be on disk: see [`FOLLOWED_FILE`].
    fn mark_followed(&self) -> Result<()> {
        let path = self.beside(FOLLOWED_FILE);
        let mut followed = self.followers.marked.lock();
        if !*followed {
            // What an earlier process left unsynced is given out, too.
            self.harden()?;
            let failed = |e| Error::io("cannot create", &path, &e);
            self.storage().create(&path).map_err(failed)?.sync().map_err(failed)?;
            self.storage().sync_dir(path.parent().unwrap_or(Path::new("."))).map_err(failed)?;
            *followed = true;
        }
        Ok(())
    }

    /// All that was given out is on disk, and nothing comes any more.
    pub(super) fn unmark_followed(&self) {
        if *self.followers.marked.lock() {
            // If it stays, the next open begins an increment.
            let _ = self.storage().remove(&self.beside(FOLLOWED_FILE));
        }
    }

    /// The oldest place that can be read from.
    pub(crate) fn oldest_place(&self) -> Result<u64> {
        let rewriting = self.rewriting.lock();
        let oldest = oldest(&rewriting)?;
        Ok(oldest.follows.unwrap_or(offset(oldest.seq, 0)?))
    }

    fn follow_from_now(&self, signal: &Arc<Signal>) -> Result<Follower> {
        let mut io = self.io.lock();
        // Which database follows must be said anew, because who begins here has not read it.
        self.flush_for_reader(&mut io)?;
        // No other file takes its place while it is held, so this one is not removed before it is open.
        let (seq, pos) = (self.seq.load(Ordering::Acquire), io.len);
        let place = offset(seq, pos)?;
        let storage = self.storage();
        let failed = |e| Error::io("cannot read", &io.path, &e);
        let mut source = Source::new(storage.open_read(&io.path).map_err(failed)?, pos);
        source.begin_at(pos).map_err(failed)?;
        let ahead = self.followers.add(signal, VecDeque::new());
        Ok(Follower::new(seq, io.path.clone(), source, ahead, place))
    }

    fn follow_from_cut(&self, signal: &Arc<Signal>) -> Result<Follower> {
        self.flush(&mut self.io.lock(), usize::MAX)?;
        let none = || Error::new(ErrorKind::Unsupported, "the append-only file has outgrown offsets");
        let mark = self.rewriting.lock().mark.ok_or_else(none)?;
        let pos = mark & ((1 << POS_BITS) - 1);
        let mut follower = self.follow_in(signal, |_, _| (mark >> POS_BITS, pos))?;
        // What comes behind says which database it is for.
        follower.source.begin_at(pos).map_err(|e| Error::io("cannot read", &follower.path, &e))?;
        Ok(follower)
    }

    /// A follower at the beginning of an increment, and that at the place for which it was chosen.
    fn follow_in(
        &self,
        signal: &Arc<Signal>,
        choose: impl FnOnce(&Rewriting, &AofFile) -> (u64, u64),
    ) -> Result<Follower> {
        // While it is held nothing is removed, and no other increment begun.
        let rewriting = self.rewriting.lock();
        let oldest = oldest(&rewriting)?;
        let (seq, pos) = choose(&rewriting, oldest);
        if !rewriting.manifest.incr.iter().any(|file| file.seq == seq) {
            let asked = seq << POS_BITS | pos;
            let first = offset(oldest.seq, 0)?;
            return Err(if asked < first {
                gone(asked, oldest.follows.unwrap_or(first))
            } else {
                none(asked)
            });
        }
        let place = offset(seq, pos)?;
        let wanted = rewriting.manifest.incr.iter().filter(|file| file.seq >= seq);
        let path = |file: &AofFile| rewriting.files.dir.join(&file.name);
        let mut files: VecDeque<Next> =
            wanted.map(|file| Next::open(self.storage(), file.seq, path(file))).collect();
        let Some(Next { path, file, .. }) = files.pop_front() else { return Err(none(place)) };
        let source = Source::new(file?, 0);
        let ahead = self.followers.add(signal, files);
        Ok(Follower::new(seq, path, source, ahead, place))
    }
}

fn oldest(rewriting: &Rewriting) -> Result<&AofFile> {
    let none = || Error::new(ErrorKind::Io, "the append-only file has no increment");
    rewriting.manifest.incr.first().ok_or_else(none)
}

fn none(asked: u64) -> Error {
    let text = format!(
        "{asked} is no offset of this database's changes; if it was one, a power cut has taken the change back"
    );
    Error::new(ErrorKind::Arg, text)
}

impl Follower {
    fn new(seq: u64, path: PathBuf, source: Source, ahead: Arc<Ahead>, place: u64) -> Self {
        let parser = Parser::default();
        Self { durable: false, seq, path, source, ahead, parser, db: 0, step: None, place, ended: None }
    }

    /// Where to go on behind what was taken.
    pub(crate) fn place(&self) -> u64 {
        self.place
    }

    fn reads_disk(&self, aof: &AofWriter) -> bool {
        self.durable || aof.policy() == FsyncPolicy::Always
    }

    /// Up to where the file is to be read, and whether that is all of it. The length is looked at before the number: a
    /// switch stores them in the other order, so that a length with this number is this file's.
    fn limit(&self, aof: &AofWriter) -> (u64, bool) {
        let len = if self.reads_disk(aof) { &aof.durable_len } else { &aof.written_len };
        let len = len.load(Ordering::Acquire);
        if aof.seq.load(Ordering::Acquire) == self.seq { (len, false) } else { (u64::MAX, true) }
    }

    /// Passes over what lies before a place, which must be one.
    fn skip_to(&mut self, pos: u64, asked: u64, aof: &AofWriter) -> Result<()> {
        let mut out = VecDeque::new();
        while self.source.offset < pos {
            self.source.len = self.limit(aof).0;
            if self.record(&mut out)?.is_none() {
                return Err(none(asked));
            }
            out.clear();
        }
        if self.source.offset != pos || self.step.is_some() {
            return Err(none(asked));
        }
        self.place = asked;
        Ok(())
    }

    /// Moves what there is to `out`, some of it if there is much; false if there is nothing.
    pub(crate) fn take(&mut self, aof: &AofWriter, out: &mut VecDeque<Change>) -> Result<bool> {
        if let Some(error) = &self.ended {
            return Err(error.clone());
        }
        let mut written_out = false;
        loop {
            let (limit, whole) = self.limit(aof);
            self.source.len = limit;
            let mut read = 0_usize;
            while read < BATCH
                && let Some(n) = self.record(out).inspect_err(|e| self.ended = Some(e.clone()))?
            {
                read = read.saturating_add(n);
            }
            if !out.is_empty() {
                return Ok(true);
            }
            if read >= BATCH {
                continue;
            }
            if whole {
                if !self.source.bytes().is_empty() || self.step.is_some() {
                    return Err(self.end(self.damaged("it ends inside of a record")));
                }
                if let Err(error) = self.advance() {
                    return Err(self.end(error));
                }
                continue;
            }
            if written_out || self.reads_disk(aof) || aof.is_full() || !aof.has_unwritten() {
                return match aof.failure() {
                    Some(error) if error.kind() != ErrorKind::Closed => Err(error),
                    _ => Ok(false),
                };
            }
            written_out = true;
            // A failure is told in the next round; of a full disk, and of room on it again, the signal tells.
            let _ = aof.flush(&mut aof.io.lock(), usize::MAX);
        }
    }

    fn end(&mut self, error: Error) -> Error {
        self.ended = Some(error.clone());
        error
    }

    /// Has the signal set when there is more. Whether there is already.
    pub(crate) fn arm(&self, aof: &AofWriter) -> bool {
        let disk = self.reads_disk(aof);
        let waiting = if disk { &aof.followers.synced } else { &aof.followers.appended };
        waiting.store(true, Ordering::SeqCst);
        // What is appended is appended under the lock of the queue, before the flag is looked at: either this sees it, or who
        // appends sees the flag. What is synced has a fence like this one.
        fence(Ordering::SeqCst);
        let (limit, whole) = self.limit(aof);
        let failed = aof.failure().is_some_and(|error| error.kind() != ErrorKind::Closed);
        whole
            || limit > self.source.offset
            || failed
            || self.ended.is_some()
            || (!disk && !aof.is_full() && aof.has_unwritten())
    }

    fn damaged(&self, why: &str) -> Error {
        let text = format!("{}: damaged at offset {}: {why}", self.path.display(), self.source.offset);
        Error::new(ErrorKind::Corrupt, text)
    }

    /// Reads one record, which is so many bytes; `None` at the limit.
    fn record(&mut self, out: &mut VecDeque<Change>) -> Result<Option<usize>> {
        loop {
            match self.parser.step(self.source.bytes()) {
                Ok(Step::Partial(need)) => {
                    let more =
                        self.source.fill(need).map_err(|e| Error::io("cannot read", &self.path, &e))?;
                    if !more {
                        return Ok(None);
                    }
                }
                Ok(Step::Annotation(n)) => {
                    self.parser.reset();
                    self.source.consume(n);
                    return Ok(Some(n));
                }
                Ok(Step::Command(n)) => {
                    let met = self.command();
                    self.parser.reset();
                    self.source.consume(n);
                    self.hand_out(met, out)?;
                    return Ok(Some(n));
                }
                Err(bad) => return Err(self.damaged(&format!("expected {}", bad.why))),
            }
        }
    }

    /// The command that was read.
    fn command(&self) -> Met {
        let bytes = self.source.bytes();
        let argv: SmallVec<[&[u8]; 16]> =
            self.parser.args().iter().map(|range| bytes.get(range.clone()).unwrap_or_default()).collect();
        match argv.as_slice() {
            [name] if name.eq_ignore_ascii_case(b"MULTI") => Met::Multi,
            [name] if name.eq_ignore_ascii_case(b"EXEC") => Met::Exec,
            [name, db] if name.eq_ignore_ascii_case(b"SELECT") => {
                Met::Select(num::parse_i64(db).and_then(|db| u32::try_from(db).ok()))
            }
            argv => Met::Change(Change::new(self.db, argv)),
        }
    }

    fn hand_out(&mut self, met: Met, out: &mut VecDeque<Change>) -> Result<()> {
        let mut done = match (met, &mut self.step) {
            (Met::Select(Some(db)), _) => {
                self.db = db;
                return Ok(());
            }
            (Met::Multi, step @ None) => {
                *step = Some(Vec::new());
                return Ok(());
            }
            (Met::Exec, Some(step)) => std::mem::take(step),
            (Met::Change(change), Some(step)) => {
                step.push(change);
                return Ok(());
            }
            (Met::Change(change), None) => vec![change],
            _ => return Err(self.damaged("no command that can stand here")),
        };
        self.step = None;
        let after = offset(self.seq, self.source.offset)?;
        Change::place(&mut done, self.place, after);
        self.place = after;
        out.extend(done);
        Ok(())
    }

    /// Goes on in the next increment.
    fn advance(&mut self) -> Result<()> {
        let next = self.ahead.files.lock().pop_front();
        let Some(Next { seq, path, file }) = next else {
            return Err(self.damaged("nothing follows it"));
        };
        self.source = Source::new(file?, 0);
        (self.seq, self.path, self.db) = (seq, path, 0);
        self.parser.reset();
        self.place = offset(seq, 0)?;
        Ok(())
    }
}

/// What a record is.
enum Met {
    Multi,
    Exec,
    Select(Option<u32>),
    Change(Change),
}
