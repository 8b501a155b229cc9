//! `lodger_db`.

use std::cell::Cell;
use std::ffi::{OsStr, c_char, c_void};
use std::os::unix::ffi::OsStrExt as _;
use std::sync::Arc;

use parking_lot::{Mutex, ReentrantMutex};

use super::error::{c_text, give, give_null, lodger_error};
use super::guard::{guard, keep_quiet};
use super::ptr;
use super::status::{LODGER_ERR_PANIC, LODGER_OK, lodger_status};
use crate::{Db, Error, ErrorKind, Level, Options};

/// An open database.
pub struct lodger_db {
    pub(super) db: Db,
    log: Mutex<Option<Arc<LogTarget>>>,
}

/// A C callback with its context.
struct LogTarget {
    call: LogCall,
    ctx: *mut c_void,
    /// Whether it still takes lines; held during a call, so that the end of it waits for a line that is on its way.
    /// Reentrant for a callback that removes itself.
    live: ReentrantMutex<Cell<bool>>,
}

type LogCall = extern "C" fn(ctx: *mut c_void, level: i32, msg: *const c_char);

// SAFETY: lodger_set_log makes the caller promise that function and context may be used from any thread.
unsafe impl Send for LogTarget {}
// SAFETY: as above.
unsafe impl Sync for LogTarget {}

impl LogTarget {
    fn line(&self, level: Level, text: &str) {
        let text = c_text(text);
        let live = self.live.lock();
        if live.get() {
            (self.call)(self.ctx, level as i32, text.as_ptr());
        }
    }
}

impl lodger_db {
    /// Puts another receiver in the place of the one that is there, which is not called any more after this.
    fn receive_log(&self, target: Option<Arc<LogTarget>>) {
        let mut current = self.log.lock();
        let old = std::mem::replace(&mut *current, target.clone());
        let log = target.map(|t| Arc::new(move |level: Level, text: &str| t.line(level, text)) as Arc<_>);
        self.db.engine().set_log(log);
        drop(current);
        self.db.engine().tell_early();
        if let Some(old) = old {
            old.live.lock().set(false);
        }
    }
}

/// Opens a database.
///
/// location: NULL, "" or ":memory:" for memory only; otherwise a directory, created when missing, that is kept as
/// a Redis 7 multi-part append-only directory; or a path that ends in .rdb: one snapshot file in Redis's format, loaded
/// now if it is there, written by SAVE, BGSAVE and save points, and when the database is closed.
/// config: NULL, or text as in a redis.conf, one directive a line ("appendfsync always\nmaxmemory 1gb\n").
/// out: the database; free it with lodger_close. err: NULL or receives the error; free it with lodger_error_free.
///
/// LODGER_ERR_ARG: an unknown or bad directive (the message names the line), or a location that is a file.
/// LODGER_ERR_LOCKED: it is open already, here or in another process. LODGER_ERR_IO: no permission, no space, ...
/// LODGER_ERR_CORRUPT: a damaged file; the message names it and the offset. LODGER_ERR_UNSUPPORTED: a file of a
/// kind this version does not read. Nothing already stored is changed by a failed open. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lodger_open(
    location: *const c_char,
    config: *const c_char,
    out: *mut *mut lodger_db,
    err: *mut *mut lodger_error,
) -> lodger_status {
    keep_quiet();
    guard(LODGER_ERR_PANIC, || {
        // SAFETY: out-pointers are NULL or writable; strings are NULL or NUL-terminated.
        unsafe {
            ptr::put(err, std::ptr::null_mut());
            if !ptr::put(out, std::ptr::null_mut()) {
                return give_null(err, "out is NULL");
            }
            match open(ptr::text(location), ptr::text(config)) {
                Ok(db) => {
                    ptr::put(out, Box::into_raw(Box::new(lodger_db { db, log: Mutex::new(None) })));
                    LODGER_OK
                }
                Err(error) => give(err, &error),
            }
        }
    })
}

fn open(location: &[u8], config: &[u8]) -> crate::Result<Db> {
    let config = std::str::from_utf8(config).map_err(|e| {
        Error::new(ErrorKind::Arg, format!("config: not UTF-8 from byte {}", e.valid_up_to()))
    })?;
    Options::new().config(config).open(OsStr::from_bytes(location))
}

/// Closes a database: wakes waiting calls, writes and syncs everything acknowledged, gives the directory free, and
/// frees the handle whatever the result. NULL is fine. Clients stay valid handles that answer LODGER_ERR_CLOSED
/// and are still to be freed. err: NULL or receives the error.
///
/// LODGER_ERR_IO: the last write or sync failed, or the disk is full and what waited in memory is lost.
/// LODGER_ERR_FORKED: this is a child of the process that opened it; nothing was done and nothing freed. Any thread,
/// once; no other call may use db at the same time.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lodger_close(db: *mut lodger_db, err: *mut *mut lodger_error) -> lodger_status {
    guard(LODGER_ERR_PANIC, || {
        // SAFETY: NULL or writable.
        unsafe { ptr::put(err, std::ptr::null_mut()) };
        // SAFETY: NULL or a live handle.
        let Ok(handle) = (unsafe { ptr::shared(db) }) else { return LODGER_OK };
        let result = handle.db.close();
        if !handle.db.engine().crossed_fork() {
            handle.receive_log(None);
            // SAFETY: made by lodger_open; the caller does not use it again.
            drop(unsafe { Box::from_raw(db) });
        }
        match result {
            Ok(()) => LODGER_OK,
            // SAFETY: NULL or writable.
            Err(error) => unsafe { give(err, &error) },
        }
    })
}

/// Returns when everything acknowledged so far is on disk, whatever appendfsync says. A database in memory has
/// nothing to do. err: NULL or receives the error. LODGER_ERR_IO: it is not on disk, and writes are refused: while the
/// disk is full until there is room, after any other failure until the database is reopened; the text tells which.
/// LODGER_ERR_CLOSED does not occur on a live handle. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lodger_sync(db: *mut lodger_db, err: *mut *mut lodger_error) -> lodger_status {
    guard(LODGER_ERR_PANIC, || {
        // SAFETY: NULL or writable.
        unsafe { ptr::put(err, std::ptr::null_mut()) };
        // SAFETY: NULL or a live handle.
        match unsafe { ptr::shared(db) }.map(|handle| handle.db.sync()) {
            Ok(Ok(())) => LODGER_OK,
            // SAFETY: NULL or writable.
            Ok(Err(error)) => unsafe { give(err, &error) },
            // SAFETY: NULL or writable.
            Err(_) => unsafe { give_null(err, "db is NULL") },
        }
    })
}

/// Writes a copy of everything, as of one moment and while writers go on, to a file in Redis's RDB format.
///
/// rdb_path: the file, written under another name beside it and renamed when it is whole and on disk. A file that is
/// there and is no snapshot is not overwritten: LODGER_ERR_ARG; nor is the file of an open database: LODGER_ERR_LOCKED. progress: NULL, or called now and then on this thread
/// with ctx, the keys done and all keys; non-zero cancels: LODGER_INTERRUPTED, and what was there before stays.
/// err: NULL or receives the error. LODGER_ERR_NULL, LODGER_ERR_IO (the file cannot be written, such as on a full
/// disk), LODGER_ERR_BUSY (another copy or snapshot is being written), LODGER_ERR_CLOSED, LODGER_ERR_PANIC,
/// LODGER_ERR_FORKED. Any thread; it takes as long as the writing does.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lodger_backup(
    db: *mut lodger_db,
    rdb_path: *const c_char,
    progress: Option<extern "C" fn(ctx: *mut c_void, keys_done: u64, keys_total: u64) -> i32>,
    ctx: *mut c_void,
    err: *mut *mut lodger_error,
) -> lodger_status {
    guard(LODGER_ERR_PANIC, || {
        // SAFETY: NULL or writable.
        unsafe { ptr::put(err, std::ptr::null_mut()) };
        if rdb_path.is_null() {
            // SAFETY: NULL or writable.
            return unsafe { give_null(err, "rdb_path is NULL") };
        }
        // SAFETY: NULL or a live handle.
        let Ok(handle) = (unsafe { ptr::shared(db) }) else {
            // SAFETY: NULL or writable.
            return unsafe { give_null(err, "db is NULL") };
        };
        // SAFETY: not NULL, and NUL-terminated as the caller promises.
        let path = OsStr::from_bytes(unsafe { ptr::text(rdb_path) });
        let copied =
            handle.db.backup(path, |done, all| progress.is_none_or(|call| call(ctx, done, all) == 0));
        match copied {
            Ok(_) => LODGER_OK,
            // SAFETY: NULL or writable.
            Err(error) => unsafe { give(err, &error) },
        }
    })
}

/// Sets the function that receives log lines, or removes it with NULL. The first one is called at once with the
/// lines that opening logged, such as that of a torn file.
///
/// fn: called by any thread, also by the database's own, but by one at a time, with ctx, one of LODGER_LOG_*, and a
/// text that is valid during the call. It must not call lodger with the same database, except this function.
/// When this returns the function that was set before is not running and is not called again, so what its ctx
/// points to may be freed; the same holds when lodger_close returns. NULL for db does nothing. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lodger_set_log(
    db: *mut lodger_db,
    r#fn: Option<extern "C" fn(ctx: *mut c_void, level: i32, msg: *const c_char)>,
    ctx: *mut c_void,
) {
    guard((), || {
        // SAFETY: NULL or a live handle.
        let Ok(handle) = (unsafe { ptr::shared(db) }) else { return };
        if handle.db.engine().crossed_fork() {
            return;
        }
        let live = ReentrantMutex::new(Cell::new(true));
        handle.receive_log(r#fn.map(|call| Arc::new(LogTarget { call, ctx, live })));
    });
}
