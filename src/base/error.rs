//! The error type of the public API. Errors that a command answers are `cmd::CmdError`.

use std::fmt;
use std::path::Path;

/// What went wrong, as the C ABI's negative statuses see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// An argument is out of range, or a config directive is unknown or bad.
    Arg,
    /// A typed call's command answered an error, such as WRONGTYPE.
    Command,
    /// The operating system failed a file operation.
    Io,
    /// A file holds bytes that cannot be what it claims to be.
    Corrupt,
    /// `maxmemory` is reached and nothing can be evicted, or the system is out of memory.
    NoMemory,
    /// The database or client was closed.
    Closed,
    /// The file or feature is valid but this version cannot handle it.
    Unsupported,
    /// A bug in lodger: the database only closes now.
    Panic,
    /// The handle was created before `fork()` and is used in the child.
    Forked,
    /// Another process, or another handle of this one, has the directory open.
    Locked,
    /// Two threads used one client at the same time.
    Busy,
    /// A reader of the change feed missed changes: they are in no file, or it was too slow for its queue.
    Lagged,
    /// The call was woken by `Client::interrupt`.
    Interrupted,
}

/// An error of the public API: a kind to branch on and a message that names the thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    kind: ErrorKind,
    message: Box<str>,
}

/// The result type of the public API.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// Makes an error of a kind with its message.
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into().into_boxed_str() }
    }

    /// An I/O error, naming what was tried and on which file.
    pub(crate) fn io(what: &str, path: &Path, e: &std::io::Error) -> Self {
        Self::new(ErrorKind::Io, format!("{what} {}: {e}", path.display()))
    }

    /// What went wrong, for branching.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// The message, naming the file, directive or argument.
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}
