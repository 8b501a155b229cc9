//! Statuses and versions.

use std::ffi::c_char;

use crate::{Error, ErrorKind};

/// What a call came to: 0 is success, a positive status is success with nothing to give, a negative status is a
/// failure.
pub type lodger_status = i32;

/// Changes only when something is removed or renamed; the same number as in the SONAME.
pub const LODGER_ABI_VERSION: u32 = 0;

/// Done.
pub const LODGER_OK: lodger_status = 0;
/// Done: the key or value is absent.
pub const LODGER_NIL: lodger_status = 1;
/// Done: the time was up.
pub const LODGER_TIMEOUT: lodger_status = 2;
/// The waiting call was woken by lodger_client_interrupt, lodger_subscriber_interrupt, lodger_feed_interrupt or by closing.
pub const LODGER_INTERRUPTED: lodger_status = 3;
/// A required pointer was NULL.
pub const LODGER_ERR_NULL: lodger_status = -1;
/// An argument is out of range: a bad length, an unknown config directive, a malformed request.
pub const LODGER_ERR_ARG: lodger_status = -2;
/// Typed call: the command answered an error; its text is in lodger_client_error.
pub const LODGER_ERR_COMMAND: lodger_status = -3;
/// The operating system failed a file operation.
pub const LODGER_ERR_IO: lodger_status = -4;
/// A file holds what it cannot hold.
pub const LODGER_ERR_CORRUPT: lodger_status = -5;
/// maxmemory is reached and nothing may be evicted, or the system has no memory.
pub const LODGER_ERR_NOMEM: lodger_status = -6;
/// The database was closed.
pub const LODGER_ERR_CLOSED: lodger_status = -7;
/// Valid, but not supported by this version.
pub const LODGER_ERR_UNSUPPORTED: lodger_status = -8;
/// A bug in lodger; the database only closes now.
pub const LODGER_ERR_PANIC: lodger_status = -9;
/// The handle crossed fork().
pub const LODGER_ERR_FORKED: lodger_status = -10;
/// Another handle or process has this directory open.
pub const LODGER_ERR_LOCKED: lodger_status = -11;
/// One client, subscriber or feed, two threads at once.
pub const LODGER_ERR_BUSY: lodger_status = -12;
/// A feed missed changes: they are in no file any more, or it was too slow for its queue.
pub const LODGER_ERR_LAGGED: lodger_status = -13;

/// Level of a log line: for debugging.
pub const LODGER_LOG_DEBUG: i32 = 0;
/// Level of a log line: of little interest.
pub const LODGER_LOG_VERBOSE: i32 = 1;
/// Level of a log line: what an operator should know.
pub const LODGER_LOG_NOTICE: i32 = 2;
/// Level of a log line: something went wrong.
pub const LODGER_LOG_WARNING: i32 = 3;

const NAMES: &[(lodger_status, &std::ffi::CStr)] = &[
    (LODGER_OK, c"LODGER_OK"),
    (LODGER_NIL, c"LODGER_NIL"),
    (LODGER_TIMEOUT, c"LODGER_TIMEOUT"),
    (LODGER_INTERRUPTED, c"LODGER_INTERRUPTED"),
    (LODGER_ERR_NULL, c"LODGER_ERR_NULL"),
    (LODGER_ERR_ARG, c"LODGER_ERR_ARG"),
    (LODGER_ERR_COMMAND, c"LODGER_ERR_COMMAND"),
    (LODGER_ERR_IO, c"LODGER_ERR_IO"),
    (LODGER_ERR_CORRUPT, c"LODGER_ERR_CORRUPT"),
    (LODGER_ERR_NOMEM, c"LODGER_ERR_NOMEM"),
    (LODGER_ERR_CLOSED, c"LODGER_ERR_CLOSED"),
    (LODGER_ERR_UNSUPPORTED, c"LODGER_ERR_UNSUPPORTED"),
    (LODGER_ERR_PANIC, c"LODGER_ERR_PANIC"),
    (LODGER_ERR_FORKED, c"LODGER_ERR_FORKED"),
    (LODGER_ERR_LOCKED, c"LODGER_ERR_LOCKED"),
    (LODGER_ERR_BUSY, c"LODGER_ERR_BUSY"),
    (LODGER_ERR_LAGGED, c"LODGER_ERR_LAGGED"),
];

/// The ABI version of the library that runs: compare it with LODGER_ABI_VERSION of the header that was compiled.
/// Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn lodger_abi_version() -> u32 {
    LODGER_ABI_VERSION
}

/// The version of the library that runs, such as "0.1.0". Static: valid for ever, not to be freed. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn lodger_version() -> *const c_char {
    concat!(env!("CARGO_PKG_VERSION"), "\0").as_ptr().cast()
}

/// The name of a status, such as "LODGER_ERR_IO"; "LODGER_UNKNOWN" for a number that is none. Static: valid for
/// ever, not to be freed. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn lodger_status_name(s: lodger_status) -> *const c_char {
    NAMES.iter().find(|n| n.0 == s).map_or(c"LODGER_UNKNOWN", |n| n.1).as_ptr()
}

/// The status of an error.
pub(super) fn of(error: &Error) -> lodger_status {
    match error.kind() {
        ErrorKind::Arg => LODGER_ERR_ARG,
        ErrorKind::Command => LODGER_ERR_COMMAND,
        ErrorKind::Io => LODGER_ERR_IO,
        ErrorKind::Corrupt => LODGER_ERR_CORRUPT,
        ErrorKind::NoMemory => LODGER_ERR_NOMEM,
        ErrorKind::Closed => LODGER_ERR_CLOSED,
        ErrorKind::Unsupported => LODGER_ERR_UNSUPPORTED,
        ErrorKind::Panic => LODGER_ERR_PANIC,
        ErrorKind::Forked => LODGER_ERR_FORKED,
        ErrorKind::Locked => LODGER_ERR_LOCKED,
        ErrorKind::Busy => LODGER_ERR_BUSY,
        ErrorKind::Lagged => LODGER_ERR_LAGGED,
        ErrorKind::Interrupted => LODGER_INTERRUPTED,
    }
}
