//! The directory of an append-only file: its names, and its manifest on disk.

use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::manifest::{AofFile, Manifest, file_name};
use crate::base::error::{Error, Result};
use crate::persist::storage::{Storage, write_all};

/// How the names of files begin that are not whole yet.
const TEMP: &str = "temp-";

/// Where the files are.
pub(super) struct Files {
    pub(super) storage: Arc<dyn Storage>,
    /// Where the manifest and the files are.
    pub(super) dir: PathBuf,
    pub(super) manifest_path: PathBuf,
    /// `appendfilename`.
    pub(super) prefix: OsString,
}

/// Why the manifest was not replaced.
pub(super) enum Unreplaced {
    /// The old one stands.
    Stands(Error),
    /// A crash from here on may leave the old one or the new one.
    Unsure(Error),
}

impl Unreplaced {
    /// The error alone.
    pub(super) fn into_error(self) -> Error {
        match self {
            Self::Stands(e) | Self::Unsure(e) => e,
        }
    }
}

impl Files {
    /// The files in `dir` whose names begin with `prefix`.
    pub(super) fn new(storage: Arc<dyn Storage>, dir: PathBuf, prefix: OsString) -> Self {
        let mut manifest = prefix.clone();
        manifest.push(".manifest");
        Self { storage, manifest_path: dir.join(manifest), dir, prefix }
    }

    /// Where a file is written before it takes its name.
    pub(super) fn temp(&self, path: &Path) -> PathBuf {
        let mut temp = OsString::from(TEMP);
        temp.push(path.file_name().unwrap_or_default());
        self.dir.join(temp)
    }

    /// Removes what a process that was killed left half written. Files of others are left alone.
    pub(super) fn remove_temps(&self) -> Result<()> {
        let prefix = self.prefix.as_encoded_bytes();
        let list = self.storage.list(&self.dir).map_err(|e| Error::io("cannot list", &self.dir, &e))?;
        for name in list {
            let Some(rest) = name.as_encoded_bytes().strip_prefix(TEMP.as_bytes()) else { continue };
            // A base has a random number before its name.
            let named = match rest.split_at_checked(17) {
                Some((unique, named)) if unique.ends_with(b"-") => named,
                _ => rest,
            };
            if rest.starts_with(prefix) || named.starts_with(prefix) {
                // It is in nobody's way: the next try may have more luck.
                let _ = self.storage.remove(&self.dir.join(&name));
            }
        }
        Ok(())
    }

    /// Removes files that a rewrite replaced; those that stay although they should not.
    pub(super) fn remove_history(&self, manifest: &Manifest) -> Vec<(AofFile, io::Error)> {
        let gone = |file: &AofFile| match self.storage.remove(&self.dir.join(&file.name)) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => Some((file.clone(), e)),
            _ => None,
        };
        manifest.history.iter().filter_map(gone).collect()
    }

    /// Replaces the manifest so that a crash leaves the old one or the new one.
    pub(super) fn replace(&self, manifest: &Manifest) -> std::result::Result<(), Unreplaced> {
        let path = &self.manifest_path;
        let temp = self.temp(path);
        let failed = |e: io::Error| Unreplaced::Stands(Error::io("cannot write", &temp, &e));
        let mut file = self.storage.create(&temp).map_err(failed)?;
        write_all(&mut *file, &manifest.print()).map_err(|(_, e)| failed(e))?;
        file.sync().map_err(failed)?;
        let unsure = |e: io::Error| Unreplaced::Unsure(Error::io("cannot replace", path, &e));
        self.storage.rename(&temp, path).map_err(unsure)?;
        self.sync_dir().map_err(Unreplaced::Unsure)
    }

    /// Makes names durable.
    pub(super) fn sync_dir(&self) -> Result<()> {
        self.storage.sync_dir(&self.dir).map_err(|e| Error::io("cannot sync", &self.dir, &e))
    }

    /// The first name from `seq` on that `manifest` does not give to a file and that no file with anything in it has:
    /// it may be somebody's data.
    pub(super) fn free_name(&self, manifest: &Manifest, seq: u64, suffix: &str) -> Result<(u64, OsString)> {
        let mut seq = seq;
        loop {
            let name = file_name(&self.prefix, seq, suffix);
            if self.is_free(manifest, &name)? {
                return Ok((seq, name));
            }
            seq = seq.saturating_add(1);
        }
    }

    fn is_free(&self, manifest: &Manifest, name: &OsStr) -> Result<bool> {
        if manifest.files().any(|f| f.name == name) {
            return Ok(false);
        }
        let path = self.dir.join(name);
        let meta = self.storage.metadata(&path).map_err(|e| super::unreadable(&path, &e))?;
        Ok(meta.is_none_or(|meta| !meta.is_dir && meta.len == 0))
    }
}
