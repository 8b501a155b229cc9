//! Going back to a moment (`aof-load-until`): what was written after it is set aside, not removed.

use std::ffi::{OsStr, OsString};
use std::io;
use std::path::Path;

use super::Cut;
use super::files::{Files, Unreplaced};
use super::manifest::Manifest;
use crate::base::error::{Error, ErrorKind, Result};
use crate::base::log::Level;
use crate::persist::storage::{Storage, write_all};

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
        let failed = |e: io::Error| Error::io("cannot cut", &cut.path, &e);
        let mut file = storage.open_append(&cut.path).map_err(failed)?;
        file.truncate(cut.offset).map_err(failed)?;
        file.sync().map_err(failed)?;
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
    let failed = |e: io::Error| Error::io("cannot copy", &cut.path, &e);
    let mut from = storage.open_read(&cut.path).map_err(failed)?;
    let mut out = storage.create(to).map_err(failed)?;
    let mut skip = cut.offset;
    let mut buf = vec![0; 1 << 20];
    loop {
        let n = match from.read(&mut buf) {
            Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
            n => n.map_err(failed)?,
        };
        if n == 0 {
            break;
        }
        let before = usize::try_from(skip).unwrap_or(usize::MAX).min(n);
        skip = skip.saturating_sub(before as u64);
        let tail = buf.get(before..n).unwrap_or_default();
        write_all(&mut *out, tail).map_err(|(_, e)| failed(e))?;
    }
    out.sync().map_err(failed)
}
