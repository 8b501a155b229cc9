//! Why bytes are no value.

use std::{fmt, io};

/// What is wrong, and where.
#[derive(Debug)]
pub(crate) struct Error {
    /// What.
    pub(crate) problem: Problem,
    /// The offset of the byte, from the beginning of the input.
    pub(crate) at: u64,
}

/// What can be wrong.
#[derive(Debug)]
pub(crate) enum Problem {
    /// The input ends where more has to follow.
    Truncated,
    /// What is said here cannot be.
    Bad(&'static str),
    /// A value of several elements has none. In a file Redis passes over such a key.
    Empty,
    /// No value has a form of this number.
    UnknownType(u8),
    /// Only this module can read what follows.
    Module(String),
    /// A file of a newer version than is known.
    Version(u32),
    /// The input is no RDB file.
    NoRdb,
    /// The checksum at the end: the one that is there, and the one that should be.
    Checksum(u64, u64),
    /// The system gave no memory for a value of so many bytes.
    NoMemory(usize),
    /// Reading failed.
    Io(io::Error),
}

impl Error {
    /// An error at an offset.
    #[cold]
    pub(super) fn new(at: u64, problem: Problem) -> Self {
        Self { problem, at }
    }

    /// [`Problem::Bad`] at an offset.
    #[cold]
    pub(super) fn bad(at: u64, what: &'static str) -> Self {
        Self::new(at, Problem::Bad(what))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = self.at;
        match &self.problem {
            Problem::Truncated => write!(f, "the data ends early, at byte {at}"),
            Problem::Bad(what) => write!(f, "{what} at byte {at}"),
            Problem::Empty => write!(f, "a value without elements at byte {at}"),
            Problem::UnknownType(kind) => write!(f, "unknown type of value {kind} at byte {at}"),
            Problem::Module(name) => {
                write!(f, "data of the module \"{name}\" at byte {at}, which is not supported")
            }
            Problem::Version(version) => write!(f, "RDB version {version} is newer than this library knows"),
            Problem::NoRdb => write!(f, "not an RDB file"),
            Problem::Checksum(is, should) => {
                write!(f, "checksum {is:016x} at byte {at}, but the data has {should:016x}")
            }
            Problem::NoMemory(len) => write!(f, "no memory for a value of {len} bytes at byte {at}"),
            Problem::Io(e) => write!(f, "reading at byte {at}: {e}"),
        }
    }
}
