//! Taking the end off a file: a torn tail, or what was written after a moment (`aof-load-until`), which is set aside.

use std::ffi::{OsStr, OsString};
use std::io;
use std::ops::Range;
use std::path::Path;

use super::Cut;
use super::files::{Files, Unreplaced};
use super::manifest::Manifest;
use crate::base::error::{Error, ErrorKind, Result};
use crate::base::log::Level;
use crate::persist::storage::{Storage, StorageFile, write_all};

/// A moment means nothing in files that tell no times.
pub(super) fn check(until: i64, dated: bool, dir: &Path) -> Result<()> {
    if dated {
        return Ok(());
    }
    let text = format!(
        "{}: aof-load-until {until}: the append-only file tells no times; aof-timestamp-enabled was off when it was written",
        dir.display()
    );
    Err(Error::new(ErrorKind::Arg, text))
}

/// Takes what is behind `cut`, in the increment `name` and all after it, out of the append-only file. The manifest goes
/// first: a crash leaves all of it, the increments up to `name`, or these cut short.
pub(super) fn undo(
    files: &Files,
    manifest: &mut Manifest,
    name: &OsStr,
    cut: &Cut,
    until: i64,
    log: super::Log<'_>,
) -> Result<()> {
    let storage = &*files.storage;
    let keep = manifest.incr.iter().position(|file| file.name == name).map_or(0, |at| at.saturating_add(1));
    let dropped: Vec<OsString> = manifest.incr.drain(keep..).map(|file| file.name).collect();
    if !dropped.is_empty() {
        files.replace(manifest).map_err(Unreplaced::into_error)?;
    }
    let mut aside = Vec::new();
    for name in &dropped {
        let from = files.dir.join(name);
        let to = files.dir.join(free(files, name, until)?);
        storage.rename(&from, &to).map_err(|e| Error::io("cannot set aside", &from, &e))?;
        aside.push(to);
    }
    if cut.bytes > 0 {
        let to = files.dir.join(free(files, name, until)?);
        copy_tail(storage, cut, &to)?;
        aside.insert(0, to);
    }
    files.sync_dir()?;
    if cut.bytes > 0 {
        cut_off(files, cut)?;
    }
    let names: Vec<String> = aside.iter().map(|path| path.display().to_string()).collect();
    log(
        Level::Warning,
        &format!("loaded up to {until}: what was written after it is set aside in {}", names.join(", ")),
    );
    Ok(())
}

/// A name for what was in `name` after `until` that nothing has.
fn free(files: &Files, name: &OsStr, until: i64) -> Result<OsString> {
    let mut n = 0u32;
    loop {
        let mut free = name.to_owned();
        free.push(format!(".after-{until}"));
        if n > 0 {
            free.push(format!(".{n}"));
        }
        if !super::exists(&*files.storage, &files.dir.join(&free))? {
            return Ok(free);
        }
        n = n.saturating_add(1);
    }
}

fn copy_tail(storage: &dyn Storage, cut: &Cut, to: &Path) -> Result<()> {
    let mut out = storage.create(to).map_err(|e| Error::io("cannot create", to, &e))?;
    copy(storage, &cut.path, cut.offset..u64::MAX, &mut *out)?;
    out.sync().map_err(|e| Error::io("cannot sync", to, &e))
}

/// Shortens a file. A unit that is cut through is one no more: its annotation becomes one that says nothing, so that what
/// stands behind it stays where it is, and for that the file is written anew.
pub(super) fn cut_off(files: &Files, cut: &Cut) -> Result<()> {
    let (storage, path) = (&*files.storage, &cut.path);
    let failed = |e: io::Error| Error::io("cannot cut", path, &e);
    let Some((start, bytes)) = cut.unit else {
        let mut file = storage.open_append(path).map_err(failed)?;
        file.truncate(cut.offset).map_err(failed)?;
        return file.sync().map_err(failed);
    };
    let temp = files.temp(path);
    let mut out = storage.create(&temp).map_err(failed)?;
    copy(storage, path, 0..start, &mut *out)?;
    let nothing = bytes.saturating_sub(start).saturating_sub(3);
    let blank = " ".repeat(usize::try_from(nothing).unwrap_or(0));
    write_all(&mut *out, format!("#{blank}\r\n").as_bytes()).map_err(|(_, e)| failed(e))?;
    copy(storage, path, bytes..cut.offset, &mut *out)?;
    out.sync().map_err(failed)?;
    storage.rename(&temp, path).map_err(failed)?;
    files.sync_dir()
}

/// Copies a part of a file, as far as there is any.
fn copy(storage: &dyn Storage, from: &Path, part: Range<u64>, to: &mut dyn StorageFile) -> Result<()> {
    let failed = |e: io::Error| Error::io("cannot copy", from, &e);
    let mut file = storage.open_read(from).map_err(failed)?;
    let mut buf = vec![0; 1 << 20];
    let mut at = 0u64;
    while at < part.end {
        let n = match file.read(&mut buf) {
            Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
            n => n.map_err(failed)?,
        };
        if n == 0 {
            break;
        }
        let within = |offset: u64| usize::try_from(offset.saturating_sub(at)).unwrap_or(usize::MAX).min(n);
        let wanted = buf.get(within(part.start)..within(part.end)).unwrap_or_default();
        write_all(to, wanted).map_err(|(_, e)| failed(e))?;
        at = at.saturating_add(n as u64);
    }
    Ok(())
}
