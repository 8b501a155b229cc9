//! The file seam: every file the library touches is reached through [`Storage`], so that tests can fail,
//! freeze or lose any single operation, and so that a program can keep its data somewhere else.
#![expect(clippy::disallowed_methods, reason = "this module is where files are reached")]

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read, Seek as _, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// What a path names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Metadata {
    /// True for a directory, false for a file.
    pub is_dir: bool,
    /// The length of a file in bytes; of no meaning for a directory.
    pub len: u64,
}

/// An open file. Reading starts at the beginning, writing always appends.
pub trait StorageFile: Send {
    /// Reads on from where the last read ended; 0 is the end of the file.
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize>;

    /// Goes on reading so many bytes further on, which are there. What this has to begin with reads them.
    fn skip(&mut self, bytes: u64) -> io::Result<()> {
        let mut buf = vec![0; usize::try_from(bytes).unwrap_or(usize::MAX).min(1 << 20)];
        let mut left = bytes;
        while left > 0 {
            let wanted = usize::try_from(left).unwrap_or(usize::MAX).min(buf.len());
            match self.read(buf.get_mut(..wanted).unwrap_or_default()) {
                Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
                Ok(n) => left = left.saturating_sub(n as u64),
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(e) => return Err(e),
            }
        }
        Ok(())
    }

    /// Appends a prefix of `data` and says how long it was, as `write(2)` does.
    fn write(&mut self, data: &[u8]) -> io::Result<usize>;

    /// Returns once everything written so far, and the file's length, survives a power cut.
    fn sync(&mut self) -> io::Result<()>;

    /// Cuts the file to `len` bytes.
    fn truncate(&mut self, len: u64) -> io::Result<()>;
}

/// Links that are followed one after the other before it is taken for a circle.
const LINKS: usize = 40;

/// A lock that is held until it is dropped.
pub trait StorageLock: Send {}

/// Where a database keeps its files. Paths are the ones the caller of the library gave, with names below
/// them; errors are the operating system's.
pub trait Storage: Send + Sync {
    /// What `path` names, or `None` when there is nothing. What is neither a file nor a directory is an error
    /// of kind [`ErrorKind::InvalidData`], here and where files are opened.
    fn metadata(&self, path: &Path) -> io::Result<Option<Metadata>>;

    /// Where the links lead that `path` names, so that a file has one lock whatever it is called by; `path` itself if it
    /// names no link.
    fn resolve(&self, path: &Path) -> io::Result<PathBuf> {
        Ok(path.to_owned())
    }

    /// The names in a directory, in any order.
    fn list(&self, dir: &Path) -> io::Result<Vec<OsString>>;

    /// Makes one directory; its parent exists.
    fn create_dir(&self, path: &Path) -> io::Result<()>;

    /// Opens an existing file for reading.
    fn open_read(&self, path: &Path) -> io::Result<Box<dyn StorageFile>>;

    /// Opens a file for appending; makes it when it is missing.
    fn open_append(&self, path: &Path) -> io::Result<Box<dyn StorageFile>>;

    /// Opens a file for writing, new or emptied.
    fn create(&self, path: &Path) -> io::Result<Box<dyn StorageFile>>;

    /// Renames a file, replacing what was there.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Removes a file.
    fn remove(&self, path: &Path) -> io::Result<()>;

    /// Returns once the names made, renamed and removed in `dir` survive a power cut.
    fn sync_dir(&self, dir: &Path) -> io::Result<()>;

    /// Takes the lock that `path` stands for, without waiting: [`ErrorKind::WouldBlock`] when anybody holds
    /// it, in this process or another. The file is made when it is missing and stays when the lock ends.
    fn lock(&self, path: &Path) -> io::Result<Box<dyn StorageLock>>;
}

/// The operating system's files. Looks at what a path names before it opens it, because opening a named pipe
/// waits for its other end.
#[derive(Debug, Clone, Copy, Default)]
pub struct FileSystem;

impl Storage for FileSystem {
    fn metadata(&self, path: &Path) -> io::Result<Option<Metadata>> {
        match fs::metadata(path) {
            Ok(m) if m.is_dir() || m.is_file() => Ok(Some(Metadata { is_dir: m.is_dir(), len: m.len() })),
            Ok(_) => Err(io::Error::new(ErrorKind::InvalidData, "neither a file nor a directory")),
            Err(e) if e.kind() == ErrorKind::NotFound => Ok(None),
            Err(e) => Err(e),
        }
    }

    fn resolve(&self, path: &Path) -> io::Result<PathBuf> {
        let mut at = path.to_owned();
        for _ in 0..LINKS {
            // No link, or nothing at all.
            let Ok(target) = fs::read_link(&at) else { return Ok(at) };
            at = at.parent().unwrap_or_else(|| Path::new("")).join(target);
        }
        Err(io::Error::new(ErrorKind::InvalidInput, "too many links"))
    }

    fn list(&self, dir: &Path) -> io::Result<Vec<OsString>> {
        let dir = if dir.as_os_str().is_empty() { Path::new(".") } else { dir };
        fs::read_dir(dir)?.map(|entry| Ok(entry?.file_name())).collect()
    }

    fn create_dir(&self, path: &Path) -> io::Result<()> {
        fs::create_dir(path)
    }

    fn open_read(&self, path: &Path) -> io::Result<Box<dyn StorageFile>> {
        self.metadata(path)?;
        Ok(Box::new(OsFile(File::open(path)?)))
    }

    fn open_append(&self, path: &Path) -> io::Result<Box<dyn StorageFile>> {
        self.metadata(path)?;
        Ok(Box::new(OsFile(OpenOptions::new().append(true).create(true).open(path)?)))
    }

    fn create(&self, path: &Path) -> io::Result<Box<dyn StorageFile>> {
        self.metadata(path)?;
        Ok(Box::new(OsFile(File::create(path)?)))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    fn sync_dir(&self, dir: &Path) -> io::Result<()> {
        let dir = if dir.as_os_str().is_empty() { Path::new(".") } else { dir };
        match File::open(dir)?.sync_all() {
            // Some file systems have no such operation on directories; they say so with EINVAL.
            Err(e) if matches!(e.kind(), ErrorKind::InvalidInput | ErrorKind::Unsupported) => Ok(()),
            done => done,
        }
    }

    fn lock(&self, path: &Path) -> io::Result<Box<dyn StorageLock>> {
        self.metadata(path)?;
        let file = OpenOptions::new().write(true).create(true).truncate(false).open(path)?;
        file.try_lock()?;
        Ok(Box::new(OsLock { file, owner: std::process::id() }))
    }
}

struct OsFile(File);

impl StorageFile for OsFile {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.0.read(buf)
    }

    fn skip(&mut self, bytes: u64) -> io::Result<()> {
        let bytes = i64::try_from(bytes).map_err(io::Error::other)?;
        self.0.seek(SeekFrom::Current(bytes)).map(drop)
    }

    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        self.0.write(data)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.0.sync_data()
    }

    fn truncate(&mut self, len: u64) -> io::Result<()> {
        self.0.set_len(len)?;
        // A file that was made is written from where the last write ended, not from its end.
        self.0.seek(SeekFrom::End(0)).map(drop)
    }
}

struct OsLock {
    file: File,
    owner: u32,
}

impl StorageLock for OsLock {}

impl Drop for OsLock {
    /// Unlocks by hand: closing would not be enough while a forked child still has a copy of the descriptor.
    /// And that child must not unlock what its parent holds.
    fn drop(&mut self) {
        if self.owner == std::process::id() {
            let _ = self.file.unlock();
        }
    }
}

/// Appends all of `data`; on failure says how much of it went out.
pub(crate) fn write_all(file: &mut dyn StorageFile, data: &[u8]) -> Result<(), (usize, io::Error)> {
    let mut rest = data;
    while !rest.is_empty() {
        match file.write(rest).map(|n| (n, rest.split_at_checked(n))) {
            Ok((1.., Some((_, after)))) => rest = after,
            Ok(_) => return Err((data.len().saturating_sub(rest.len()), ErrorKind::WriteZero.into())),
            Err(e) if e.kind() == ErrorKind::Interrupted => {}
            Err(e) => return Err((data.len().saturating_sub(rest.len()), e)),
        }
    }
    Ok(())
}

/// Reads a whole file of at most `limit` bytes.
pub(crate) fn read_file(storage: &dyn Storage, path: &Path, limit: usize) -> io::Result<Vec<u8>> {
    let mut file = storage.open_read(path)?;
    let mut out = Vec::new();
    let mut chunk = [0; 4096];
    loop {
        match file.read(&mut chunk) {
            Ok(0) => return Ok(out),
            Ok(n) => out.extend_from_slice(chunk.get(..n).unwrap_or_default()),
            Err(e) if e.kind() == ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
        if out.len() > limit {
            return Err(io::Error::new(ErrorKind::InvalidData, format!("longer than {limit} bytes")));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_keeps_everybody_else_out_until_it_is_dropped() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lock");
        let held = FileSystem.lock(&path).unwrap();
        assert_eq!(FileSystem.lock(&path).err().map(|e| e.kind()), Some(ErrorKind::WouldBlock));
        drop(held);
        FileSystem.lock(&path).unwrap();
    }

    #[test]
    fn files_append_truncate_and_read_back() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("f");
        for open in [FileSystem::open_append, FileSystem::create] {
            let mut f = open(&FileSystem, &path).unwrap();
            f.truncate(0).unwrap();
            write_all(&mut *f, b"hello").unwrap();
            f.truncate(2).unwrap();
            write_all(&mut *f, b"!").unwrap();
            f.sync().unwrap();
            FileSystem.sync_dir(dir.path()).unwrap();
            assert_eq!(read_file(&FileSystem, &path, 100).unwrap(), b"he!");
        }
        assert_eq!(read_file(&FileSystem, &path, 2).unwrap_err().kind(), ErrorKind::InvalidData);
        let is = Some(Metadata { is_dir: false, len: 3 });
        assert_eq!(FileSystem.metadata(&path).unwrap(), is);
        assert_eq!(FileSystem.metadata(&dir.path().join("none")).unwrap(), None);
        assert_eq!(FileSystem.list(dir.path()).unwrap(), [OsString::from("f")]);
    }

    struct Stingy(Vec<u8>, usize);
    impl StorageFile for Stingy {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Ok(0)
        }
        fn write(&mut self, data: &[u8]) -> io::Result<usize> {
            let n = data.len().min(2).min(self.1);
            if n == 0 {
                return Err(ErrorKind::StorageFull.into());
            }
            self.1 -= n;
            self.0.extend_from_slice(&data[..n]);
            Ok(n)
        }
        fn sync(&mut self) -> io::Result<()> {
            Ok(())
        }
        fn truncate(&mut self, _: u64) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn short_writes_are_continued_and_a_failure_says_how_far_it_came() {
        let mut f = Stingy(Vec::new(), 5);
        write_all(&mut f, b"abc").unwrap();
        let (n, e) = write_all(&mut f, b"defg").unwrap_err();
        assert_eq!((n, e.kind(), &f.0[..]), (2, ErrorKind::StorageFull, &b"abcde"[..]));
    }
}
