//! A rewrite: a new base takes the place of the old one and of all increments up to a cut.
//!
//! 1. [`AofWriter::begin_rewrite`] makes an empty increment, durable but named by no manifest.
//! 2. [`AofWriter::cut`], while no effect can be appended, marks the queue. The snapshot that becomes the base is cut
//!    at the same moment.
//! 3. Whoever writes the queue and comes to the mark syncs the file before it, adds the new increment to the manifest, and
//!    goes on in it: only the last file that a manifest names is ever not whole.
//! 4. [`AofWriter::end_rewrite`], when the base is durable: a manifest of the base and the new increment, which calls the
//!    files before them history. They are removed when it is durable.
//!
//! A crash finds the old files or the new ones, and both say the same. When one cannot know which manifest a crash
//! would leave, nothing is removed; in step 3, where the two would go on differently, nothing more is written.

use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::atomic::Ordering;

use super::files::{Files, Unreplaced};
use super::follow;
use super::manifest::{AofFile, FileType, Manifest};
use super::replay::{Apply, Base, Known, Place, replay_file};
use super::writer::{AofWriter, Io, Synced};
use super::{BASE, INCR};
use crate::base::error::{Error, ErrorKind, Result};
use crate::persist::storage::StorageFile;

/// A file to append to.
pub(super) struct Increment {
    /// In the manifest.
    pub(super) name: OsString,
    pub(super) path: PathBuf,
    pub(super) file: Box<dyn StorageFile>,
    /// The same file once more, for syncing.
    pub(super) sync: Box<dyn StorageFile>,
    pub(super) len: u64,
}

/// The files as they are, and the rewrite under way.
pub(super) struct Rewriting {
    pub(super) files: Files,
    /// As it is on disk, or will be after the next replacement: both say the same.
    pub(super) manifest: Manifest,
    /// What comes after the mark goes here.
    next: Option<(u64, Increment)>,
    /// How the mark was passed: the bytes of all files before it.
    passed: Option<Result<u64>>,
    /// The base of the rewrite.
    base: Option<AofFile>,
    /// Where the last mark was, as an offset of the change feed.
    pub(super) mark: Option<u64>,
}

impl Rewriting {
    /// None under way.
    pub(super) fn new(files: Files, manifest: Manifest) -> Self {
        Self { files, manifest, next: None, passed: None, base: None, mark: None }
    }
}

impl AofWriter {
    /// Prepares a rewrite; the path of its base, to be written and made durable before [`AofWriter::end_rewrite`]. One at
    /// a time.
    pub(crate) fn begin_rewrite(&self) -> Result<PathBuf> {
        // The mark of one that was given up may still be ahead; it must not be taken for the one to come.
        self.flush(&mut self.io.lock(), usize::MAX)?;
        let mut rewriting = self.rewriting.lock();
        let Rewriting { files, manifest, next, passed, base, .. } = &mut *rewriting;
        // One that was given up before its cut left its increment.
        let (seq, name) = match next.take() {
            Some((seq, unused)) => (seq, unused.name),
            None => {
                let last = manifest.incr.last().map_or(0, |file| file.seq);
                files.free_name(manifest, last.saturating_add(1), INCR)?
            }
        };
        let path = files.dir.join(&name);
        let failed = |e| Error::io("cannot create", &path, &e);
        let mut file = files.storage.create(&path).map_err(failed)?;
        file.sync().map_err(failed)?;
        let sync = files.storage.open_append(&path).map_err(failed)?;
        files.sync_dir()?;
        let last = manifest.base.as_ref().map_or(0, |file| file.seq);
        let newest = base.as_ref().map_or(last, |unused| unused.seq.max(last));
        let (base_seq, base_name) = files.free_name(manifest, newest.saturating_add(1), BASE)?;
        let base_path = files.dir.join(&base_name);
        *base = Some(AofFile { name: base_name, seq: base_seq, kind: FileType::Base, follows: None });
        *next = Some((seq, Increment { name, path, file, sync, len: 0 }));
        *passed = None;
        Ok(base_path)
    }

    /// Hands everything that is in the files, as at open, to `apply` and `base`. Nobody writes or rewrites meanwhile.
    pub(crate) fn replay(&self, known: Known<'_>, apply: Apply<'_>, base: Base<'_>) -> Result<u64> {
        self.sync()?;
        let rewriting = self.rewriting.lock();
        let Rewriting { files, manifest, .. } = &*rewriting;
        let mut commands = 0_u64;
        for file in manifest.data_files() {
            let is_base = file.kind == FileType::Base;
            let place = Place { base: is_base, last: false, ours: false, load_truncated: false, until: None };
            let path = files.dir.join(&file.name);
            let got = replay_file(&*files.storage, &path, place, known, apply, base)?;
            commands = commands.saturating_add(got.commands);
        }
        Ok(commands)
    }

    /// The cut: what is appended from here on comes after the base. The caller sees to it that nobody appends meanwhile.
    pub(crate) fn cut(&self) {
        self.queue.lock().mark();
    }

    /// The mark was met and everything before it written.
    pub(super) fn switch(&self, io: &mut Io) -> Result<()> {
        let mut rewriting = self.rewriting.lock();
        rewriting.mark = follow::pack(self.seq.load(Ordering::Relaxed), io.len);
        let Some((seq, next)) = rewriting.next.take() else { return Ok(()) };
        let mut sync = self.sync.lock();
        self.sync_held(&mut sync)?;
        let mut manifest = rewriting.manifest.clone();
        let follows = follow::goes_on(manifest.incr.last().map(|last| (last, io.len)), seq);
        manifest.incr.push(AofFile { name: next.name, seq, kind: FileType::Incr, follows });
        let since = self.monitor.begin();
        let replaced = rewriting.files.replace(&manifest);
        self.monitor.end("aof-rename", since);
        match replaced {
            Ok(()) => {
                rewriting.manifest = manifest;
                rewriting.mark = follow::pack(seq, 0);
                self.followers.switched(&*rewriting.files.storage, seq, &next.path);
                rewriting.passed = Some(Ok(self.current_size.load(Ordering::Relaxed)));
                (io.file, io.path, io.len) = (next.file, next.path.clone(), 0);
                *sync = Synced { file: next.sync, path: next.path };
                // In this order: see `Follower::limit`.
                self.seq.store(seq, Ordering::Release);
                self.written_len.store(0, Ordering::Release);
                self.durable_len.store(0, Ordering::Release);
                Ok(())
            }
            Err(Unreplaced::Stands(e)) => {
                // The old file goes on, and the rewrite has failed.
                let _ = rewriting.files.storage.remove(&next.path);
                rewriting.passed = Some(Err(e));
                Ok(())
            }
            Err(Unreplaced::Unsure(e)) => {
                rewriting.passed = Some(Err(e.clone()));
                self.fail(e);
                Err(self.why())
            }
        }
    }

    /// Puts the new base, of `len` bytes and durable, in the place of what was before the cut. What could not be removed
    /// of that is told. On failure the files are as good as before.
    pub(crate) fn end_rewrite(&self, len: u64) -> Result<Vec<String>> {
        let flushed = self.flush(&mut self.io.lock(), usize::MAX);
        let mut rewriting = self.rewriting.lock();
        let Rewriting { files, manifest, passed, base, .. } = &mut *rewriting;
        let passed = passed.take();
        let not_begun = || Err(Error::new(ErrorKind::Io, "the rewrite was not begun"));
        // On a full disk the mark is still ahead; what comes behind it goes into another file all the same.
        let before = flushed.and_then(|()| passed.unwrap_or_else(not_begun));
        let made = base.clone().map(|base| (files.dir.join(&base.name), base));
        let (path, file) = made.ok_or_else(|| Error::new(ErrorKind::Io, "the rewrite was not begun"))?;
        let before = before.inspect_err(|_| drop(files.storage.remove(&path)))?;
        let mut new = manifest.clone();
        let last = new.incr.pop();
        let replaced = new.base.take().into_iter().chain(new.incr.drain(..));
        new.history.extend(replaced.map(|file| AofFile { kind: FileType::History, ..file }));
        new.base = Some(file);
        new.incr.extend(last);
        let since = self.monitor.begin();
        let done = files.replace(&new);
        self.monitor.end("aof-rename", since);
        match done {
            Ok(()) => {}
            Err(Unreplaced::Stands(e)) => {
                let _ = files.storage.remove(&path);
                return Err(e);
            }
            Err(Unreplaced::Unsure(e)) => {
                *manifest = new;
                return Err(e);
            }
        }
        *base = None;
        let growth = len.wrapping_sub(before);
        let size = self.current_size.fetch_add(growth, Ordering::Relaxed).wrapping_add(growth);
        self.base_size.store(size, Ordering::Relaxed);
        let stays = files.remove_history(&new);
        let mut told: Vec<String> =
            stays.iter().map(|(file, e)| format!("cannot remove {}: {e}", file.name.display())).collect();
        let mut clean = new.clone();
        clean.history = stays.into_iter().map(|(file, _)| file).collect();
        // If it is not replaced now, the next open removes them from it.
        *manifest = match files.replace(&clean) {
            Ok(()) => clean,
            Err(e) => {
                told.push(e.into_error().message().to_owned());
                new
            }
        };
        Ok(told)
    }
}

#[cfg(test)]
#[path = "rewrite_tests.rs"]
mod tests;
