//! `lodger_feed`: the changes of a database, in order.

use std::cell::UnsafeCell;
use std::ffi::{CString, OsStr, c_char, c_void};
use std::os::unix::ffi::OsStrExt as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use super::client::Held;
use super::db::lodger_db;
use super::error::{c_text, give, give_null, lodger_error};
use super::guard::guard;
use super::ptr;
use super::reply::lodger_reply;
use super::status::{
    self, LODGER_ERR_BUSY, LODGER_ERR_FORKED, LODGER_ERR_NULL, LODGER_ERR_PANIC, LODGER_NIL, LODGER_OK,
    LODGER_TIMEOUT, lodger_status,
};
use crate::{Error, ErrorKind, Feed, FeedInterrupter, FeedOptions};

/// For lodger_feed_new: begins with the first change after the call.
pub const LODGER_FEED_NOW: u64 = u64::MAX;
/// For lodger_feed_new: begins with the oldest change that is in the append-only file.
pub const LODGER_FEED_OLDEST: u64 = 0;
/// For lodger_feed_new: gives only changes that are on disk, which no power cut takes back.
pub const LODGER_FEED_DURABLE: u32 = 1;

/// A feed, and the flag that keeps a second thread out.
pub struct lodger_feed {
    busy: AtomicBool,
    inner: UnsafeCell<Inner>,
    interrupter: FeedInterrupter,
    offset: AtomicU64,
}

struct Inner {
    feed: Feed,
    /// Of the last call that failed.
    error: CString,
}

// SAFETY: the inside is reached only through `busy`; the rest is Sync itself.
unsafe impl Sync for lodger_feed {}

/// Runs `f` on a feed that no other thread uses: the guard of every call on one. A panic poisons the database.
///
/// # Safety
/// `f` is NULL or a live feed.
unsafe fn with(
    f: *const lodger_feed,
    run: impl FnOnce(&mut Feed) -> Result<lodger_status, Error>,
) -> lodger_status {
    // SAFETY: as the caller promises.
    let Ok(handle) = (unsafe { ptr::shared(f) }) else { return LODGER_ERR_NULL };
    if handle.busy.swap(true, Ordering::Acquire) {
        return if handle.interrupter.crossed_fork() { LODGER_ERR_FORKED } else { LODGER_ERR_BUSY };
    }
    let _held = Held(&handle.busy);
    // SAFETY: `busy` was false and is true now, so this thread alone uses the inside until `_held` is dropped.
    let inner = unsafe { &mut *handle.inner.get() };
    match catch_unwind(AssertUnwindSafe(|| run(&mut inner.feed))) {
        Ok(Ok(status)) => {
            handle.offset.store(inner.feed.offset(), Ordering::Relaxed);
            status
        }
        Ok(Err(error)) => {
            inner.error = c_text(error.message());
            status::of(&error)
        }
        Err(_) => panicked(handle),
    }
}

/// After a panic the database only closes.
#[cold]
fn panicked(handle: &lodger_feed) -> lodger_status {
    handle.interrupter.poison();
    LODGER_ERR_PANIC
}

/// Makes a reader of the journal: every change of every database, in the order in which they happened, without gaps.
///
/// from: LODGER_FEED_NOW; LODGER_FEED_OLDEST; or an offset, of a change or of lodger_feed_offset, behind which to begin, also
/// one from before the database was opened anew. flags: 0 or LODGER_FEED_DURABLE. max_bytes: what waits for a slow reader at most in a
/// database without an append-only file, which can be read from now on only; 0 for 16 MiB. Elsewhere changes wait in the file.
/// out: the feed; free it with lodger_feed_free. It keeps the database's memory, so the two may be freed in any order. err:
/// NULL or receives the error.
///
/// LODGER_ERR_LAGGED: a rewrite of the append-only file has taken away what is behind the offset; the error names the oldest
/// offset that is left. LODGER_ERR_ARG: the offset is none of this database, or a flag is unknown. LODGER_ERR_UNSUPPORTED: the
/// database has no append-only file, and from is not LODGER_FEED_NOW or a flag is given. LODGER_ERR_NULL, LODGER_ERR_IO (files,
/// or no descriptor is left), LODGER_ERR_CLOSED, LODGER_ERR_FORKED, LODGER_ERR_PANIC. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lodger_feed_new(
    db: *mut lodger_db,
    from: u64,
    flags: u32,
    max_bytes: usize,
    out: *mut *mut lodger_feed,
    err: *mut *mut lodger_error,
) -> lodger_status {
    guard(LODGER_ERR_PANIC, || {
        // SAFETY: NULL or writable.
        unsafe { ptr::put(err, std::ptr::null_mut()) };
        // SAFETY: NULL or writable.
        if !unsafe { ptr::put(out, std::ptr::null_mut()) } {
            // SAFETY: NULL or writable.
            return unsafe { give_null(err, "out is NULL") };
        }
        // SAFETY: NULL or a live handle.
        let Ok(handle) = (unsafe { ptr::shared(db.cast_const()) }) else {
            // SAFETY: NULL or writable.
            return unsafe { give_null(err, "db is NULL") };
        };
        let options = match from {
            LODGER_FEED_NOW => FeedOptions::now(),
            LODGER_FEED_OLDEST => FeedOptions::oldest(),
            offset => FeedOptions::after(offset),
        };
        let made = choose(options, flags, max_bytes).and_then(|options| handle.db.feed(options));
        // SAFETY: `out` was checked above, `err` is NULL or writable.
        unsafe { hand_over(made, out, err) }
    })
}

/// Writes a copy of everything, as lodger_backup does, and makes a feed of exactly the changes that the copy lacks: whoever opens
/// the copy, and runs the words of each change in it, has what this database has.
///
/// rdb_path, progress, ctx: as for lodger_backup. flags, max_bytes, out, err: as for lodger_feed_new. LODGER_INTERRUPTED:
/// progress cancelled the copy. LODGER_ERR_ARG (there is a file that is no snapshot, or a flag is unknown), LODGER_ERR_BUSY
/// (another copy or snapshot is being written), LODGER_ERR_UNSUPPORTED, LODGER_ERR_NULL, LODGER_ERR_IO, LODGER_ERR_LOCKED,
/// LODGER_ERR_CLOSED, LODGER_ERR_FORKED, LODGER_ERR_PANIC. Any thread; it takes as long as the writing does.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lodger_feed_copy(
    db: *mut lodger_db,
    rdb_path: *const c_char,
    flags: u32,
    max_bytes: usize,
    progress: Option<extern "C" fn(ctx: *mut c_void, keys_done: u64, keys_total: u64) -> i32>,
    ctx: *mut c_void,
    out: *mut *mut lodger_feed,
    err: *mut *mut lodger_error,
) -> lodger_status {
    guard(LODGER_ERR_PANIC, || {
        // SAFETY: NULL or writable.
        unsafe { ptr::put(err, std::ptr::null_mut()) };
        // SAFETY: NULL or writable.
        let wanted = unsafe { ptr::put(out, std::ptr::null_mut()) };
        if !wanted || rdb_path.is_null() {
            // SAFETY: NULL or writable.
            return unsafe { give_null(err, if wanted { "rdb_path is NULL" } else { "out is NULL" }) };
        }
        // SAFETY: NULL or a live handle.
        let Ok(handle) = (unsafe { ptr::shared(db.cast_const()) }) else {
            // SAFETY: NULL or writable.
            return unsafe { give_null(err, "db is NULL") };
        };
        // SAFETY: not NULL, and NUL-terminated as the caller promises.
        let path = OsStr::from_bytes(unsafe { ptr::text(rdb_path) });
        let goes_on = |done, all| progress.is_none_or(|call| call(ctx, done, all) == 0);
        let made = choose(FeedOptions::now(), flags, max_bytes)
            .and_then(|options| handle.db.copy_and_feed(path, options, goes_on));
        // SAFETY: `out` was checked above, `err` is NULL or writable.
        unsafe { hand_over(made, out, err) }
    })
}

fn choose(options: FeedOptions, flags: u32, max_bytes: usize) -> Result<FeedOptions, Error> {
    if flags & !LODGER_FEED_DURABLE != 0 {
        return Err(Error::new(ErrorKind::Arg, format!("flags {flags} has bits that mean nothing")));
    }
    let options = if flags == 0 { options } else { options.durable() };
    Ok(if max_bytes == 0 { options } else { options.max_bytes(max_bytes) })
}

/// # Safety
/// `out` and `err` are NULL or writable.
unsafe fn hand_over(
    made: Result<Feed, Error>,
    out: *mut *mut lodger_feed,
    err: *mut *mut lodger_error,
) -> lodger_status {
    match made {
        Ok(feed) => {
            let interrupter = feed.interrupter();
            let offset = AtomicU64::new(feed.offset());
            let inner = UnsafeCell::new(Inner { feed, error: CString::default() });
            let feed = lodger_feed { busy: AtomicBool::new(false), inner, interrupter, offset };
            // SAFETY: as the caller promises.
            unsafe { ptr::put(out, Box::into_raw(Box::new(feed))) };
            LODGER_OK
        }
        // SAFETY: as the caller promises.
        Err(error) => unsafe { give(err, &error) },
    }
}

/// The offset before the oldest change that a feed can still give; what came before is in the base of the append-only
/// file.
///
/// oldest: receives it. LODGER_ERR_NULL, LODGER_ERR_UNSUPPORTED (the database has no append-only file), LODGER_ERR_CLOSED,
/// LODGER_ERR_FORKED, LODGER_ERR_PANIC. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lodger_feed_oldest(db: *mut lodger_db, oldest: *mut u64) -> lodger_status {
    guard(LODGER_ERR_PANIC, || {
        // SAFETY: NULL or writable.
        if !unsafe { ptr::put(oldest, 0) } {
            return LODGER_ERR_NULL;
        }
        // SAFETY: NULL or a live handle.
        let Ok(handle) = (unsafe { ptr::shared(db.cast_const()) }) else { return LODGER_ERR_NULL };
        match handle.db.oldest_change() {
            Ok(offset) => {
                // SAFETY: checked above.
                unsafe { ptr::put(oldest, offset) };
                LODGER_OK
            }
            Err(error) => status::of(&error),
        }
    })
}

/// Takes the next change.
///
/// timeout_ms: how long to wait for one; 0 does not, a negative number waits for ever. out: the change, owned by the caller:
/// free it with lodger_reply_free. It is an array of five: the offset, to be stored with what was made of the change, and given to
/// lodger_feed_new to go on behind it; the number of the database; how many more changes belong to the same step, such as a
/// MULTI and EXEC (0: this is its last; the others have the offset before the step, so that one that was dealt with in part comes
/// again); the words of the command, an array; and the keys that it changes, an array, empty where that is a whole database.
///
/// LODGER_TIMEOUT: none came in time. LODGER_INTERRUPTED: lodger_feed_interrupt ended the wait. LODGER_ERR_LAGGED: changes were
/// lost here, lodger_feed_error tells how many; of a queue the next call goes on behind them, of a file a new feed is needed.
/// LODGER_ERR_CLOSED: the database is closed, and all changes are taken. LODGER_ERR_IO, LODGER_ERR_CORRUPT: the file cannot be read.
/// LODGER_ERR_NULL, LODGER_ERR_UNSUPPORTED (an increment of 1 TiB), LODGER_ERR_PANIC, LODGER_ERR_FORKED, LODGER_ERR_BUSY. The
/// feed's thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lodger_feed_next(
    f: *mut lodger_feed,
    timeout_ms: i64,
    out: *mut *mut lodger_reply,
) -> lodger_status {
    // SAFETY: NULL or writable.
    if !unsafe { ptr::put(out, std::ptr::null_mut()) } {
        return LODGER_ERR_NULL;
    }
    let run = |feed: &mut Feed| {
        let Some(change) = feed.next(timeout_ms)? else { return Ok(LODGER_TIMEOUT) };
        // SAFETY: checked above.
        unsafe { ptr::put(out, Box::into_raw(Box::new(lodger_reply(change.into_reply())))) };
        Ok(LODGER_OK)
    };
    // SAFETY: NULL or a live feed.
    unsafe { with(f, run) }
}

/// What a key holds now. That may be more than the change that named it made of it; then a later change tells of it, too.
///
/// db, key: of which database, and which key. out: an array of two, owned by the caller: free it with lodger_reply_free. The value as
/// DUMP gives it, for RESTORE, and the time of its expiry in Unix milliseconds, or -1. LODGER_NIL: there is no such key.
/// LODGER_ERR_NULL, LODGER_ERR_ARG, LODGER_ERR_COMMAND (there is no such database), LODGER_ERR_NOMEM, LODGER_ERR_CLOSED,
/// LODGER_ERR_PANIC, LODGER_ERR_FORKED, LODGER_ERR_BUSY. The feed's thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lodger_feed_value(
    f: *mut lodger_feed,
    db: u32,
    key: *const c_void,
    len: usize,
    out: *mut *mut lodger_reply,
) -> lodger_status {
    // SAFETY: NULL or writable.
    if !unsafe { ptr::put(out, std::ptr::null_mut()) } {
        return LODGER_ERR_NULL;
    }
    // SAFETY: NULL or readable for `len` bytes.
    let key = match unsafe { ptr::bytes(key, len) } {
        Ok(key) => key,
        Err(status) => return status,
    };
    let run = |feed: &mut Feed| {
        let Some(value) = feed.value(db, key)? else { return Ok(LODGER_NIL) };
        // SAFETY: checked above.
        unsafe { ptr::put(out, Box::into_raw(Box::new(lodger_reply(value)))) };
        Ok(LODGER_OK)
    };
    // SAFETY: NULL or a live feed.
    unsafe { with(f, run) }
}

/// Where a reader goes on that has dealt with everything that lodger_feed_next has given: to be stored, and given to
/// lodger_feed_new. 0 for NULL. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lodger_feed_offset(f: *const lodger_feed) -> u64 {
    // SAFETY: NULL or a live feed.
    guard(0, || unsafe { ptr::shared(f) }.map_or(0, |handle| handle.offset.load(Ordering::Relaxed)))
}

/// What the last call on a feed that failed had to say: never NULL, empty if none failed. Borrowed until the next call on
/// it. The feed's thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lodger_feed_error(f: *const lodger_feed) -> *const c_char {
    guard(c"".as_ptr(), || {
        // SAFETY: NULL or a live feed.
        let Ok(handle) = (unsafe { ptr::shared(f) }) else { return c"".as_ptr() };
        if handle.busy.swap(true, Ordering::Acquire) {
            return c"".as_ptr();
        }
        let _held = Held(&handle.busy);
        // SAFETY: as in `with`.
        unsafe { &*handle.inner.get() }.error.as_ptr()
    })
}

/// A descriptor that is readable while lodger_feed_next has something to give or to tell, also that the database was closed: for
/// poll, epoll, libuv, asyncio. It is the feed's: neither read nor closed by others, and gone when the feed is freed. -1: f is
/// NULL, or this is a forked child. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lodger_feed_fd(f: *const lodger_feed) -> i32 {
    guard(-1, || {
        // SAFETY: NULL or a live feed.
        let Ok(handle) = (unsafe { ptr::shared(f) }) else { return -1 };
        handle.interrupter.fd().unwrap_or(-1)
    })
}

/// Wakes a lodger_feed_next that waits: it returns LODGER_INTERRUPTED. Without one nothing happens. NULL is fine. Any thread,
/// while the feed is alive.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lodger_feed_interrupt(f: *mut lodger_feed) {
    guard((), || {
        // SAFETY: NULL or a live feed.
        if let Ok(handle) = unsafe { ptr::shared(f.cast_const()) } {
            handle.interrupter.interrupt();
        }
    });
}

/// Frees a feed; NULL is fine. Its descriptor is closed. Any thread, once, while no call uses it. In a forked child nothing is
/// freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lodger_feed_free(f: *mut lodger_feed) {
    guard((), || {
        // SAFETY: NULL or a live feed.
        let Ok(handle) = (unsafe { ptr::shared(f.cast_const()) }) else { return };
        if !handle.interrupter.crossed_fork() {
            // SAFETY: made by lodger_feed_new; the caller does not use it again.
            drop(unsafe { Box::from_raw(f) });
        }
    });
}

const _: () = {
    const fn send<T: Send>() {}
    const fn shared<T: Send + Sync>() {}
    send::<Feed>();
    shared::<FeedInterrupter>();
};
