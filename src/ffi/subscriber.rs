//! `lodger_subscriber`: messages of channels, pulled.

use std::cell::UnsafeCell;
use std::ffi::c_void;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};

use super::client::Held;
use super::db::lodger_db;
use super::guard::guard;
use super::ptr;
use super::reply::lodger_reply;
use super::status::{
    self, LODGER_ERR_ARG, LODGER_ERR_BUSY, LODGER_ERR_FORKED, LODGER_ERR_NULL, LODGER_ERR_PANIC, LODGER_OK,
    LODGER_TIMEOUT, lodger_status,
};
use crate::{Listen, Subscriber, SubscriberInterrupter};

/// To listen to all channels whose names match a glob pattern, as PSUBSCRIBE does.
pub const LODGER_SUB_PATTERN: u32 = 1;
/// To listen to a shard channel, as SSUBSCRIBE does.
pub const LODGER_SUB_SHARD: u32 = 2;

/// A subscriber, and the flag that keeps a second thread out.
pub struct lodger_subscriber {
    busy: AtomicBool,
    inner: UnsafeCell<Subscriber>,
    interrupter: SubscriberInterrupter,
}

// SAFETY: the inside is reached only through `busy`; the rest is Sync itself.
unsafe impl Sync for lodger_subscriber {}

/// Runs `f` on a subscriber that no other thread uses: the guard of every call on one. A panic poisons the database.
///
/// # Safety
/// `s` is NULL or a live subscriber.
pub(super) unsafe fn with(
    s: *const lodger_subscriber,
    f: impl FnOnce(&mut Subscriber) -> Result<lodger_status, lodger_status>,
) -> lodger_status {
    // SAFETY: as the caller promises.
    let Ok(handle) = (unsafe { ptr::shared(s) }) else { return LODGER_ERR_NULL };
    if handle.busy.swap(true, Ordering::Acquire) {
        return if handle.interrupter.crossed_fork() { LODGER_ERR_FORKED } else { LODGER_ERR_BUSY };
    }
    let _held = Held(&handle.busy);
    // SAFETY: `busy` was false and is true now, so this thread alone uses the inside until `_held` is dropped.
    let inner = unsafe { &mut *handle.inner.get() };
    match catch_unwind(AssertUnwindSafe(|| f(inner))) {
        Ok(Ok(status) | Err(status)) => status,
        Err(_) => panicked(handle),
    }
}

/// After a panic the database only closes.
#[cold]
fn panicked(handle: &lodger_subscriber) -> lodger_status {
    handle.interrupter.poison();
    LODGER_ERR_PANIC
}

fn listen(flags: u32) -> Result<Listen, lodger_status> {
    match flags {
        0 => Ok(Listen::Channel),
        LODGER_SUB_PATTERN => Ok(Listen::Pattern),
        LODGER_SUB_SHARD => Ok(Listen::Shard),
        _ => Err(LODGER_ERR_ARG),
    }
}

/// Runs `change` with a name and what it is the name of.
///
/// # Safety
/// `s` is NULL or a live subscriber, `channel` is NULL or readable for `len` bytes.
unsafe fn change<'a>(
    s: *const lodger_subscriber,
    channel: *const c_void,
    len: usize,
    flags: u32,
    change: impl FnOnce(&mut Subscriber, &'a [u8], Listen) -> crate::Result<bool>,
) -> lodger_status {
    let run = |subscriber: &mut Subscriber| {
        // SAFETY: as the caller promises.
        let name = unsafe { ptr::bytes(channel, len) }?;
        change(subscriber, name, listen(flags)?).map(|_| LODGER_OK).map_err(|error| status::of(&error))
    };
    // SAFETY: as the caller promises.
    unsafe { with(s, run) }
}

/// Makes a subscriber, which listens to nothing yet.
///
/// max_queued: how many messages wait for it at most; what comes while so many do is dropped and counted.
/// out: the subscriber; free it with lodger_subscriber_free. It keeps the database's memory, so the two may be freed in
/// any order. LODGER_ERR_CLOSED, LODGER_ERR_FORKED, LODGER_ERR_PANIC: the database takes none. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lodger_subscriber_new(
    db: *mut lodger_db,
    max_queued: usize,
    out: *mut *mut lodger_subscriber,
) -> lodger_status {
    guard(LODGER_ERR_PANIC, || {
        // SAFETY: NULL or writable.
        if !unsafe { ptr::put(out, std::ptr::null_mut()) } {
            return LODGER_ERR_NULL;
        }
        // SAFETY: NULL or a live handle.
        let Ok(handle) = (unsafe { ptr::shared(db.cast_const()) }) else { return LODGER_ERR_NULL };
        match handle.db.subscriber(max_queued) {
            Ok(subscriber) => {
                let interrupter = subscriber.interrupter();
                let inner = UnsafeCell::new(subscriber);
                let subscriber = lodger_subscriber { busy: AtomicBool::new(false), inner, interrupter };
                // SAFETY: checked above.
                unsafe { ptr::put(out, Box::into_raw(Box::new(subscriber))) };
                LODGER_OK
            }
            Err(error) => status::of(&error),
        }
    })
}

/// Listens to a channel from now on, in addition to others; once is enough.
///
/// channel, len: its name. flags: 0, or LODGER_SUB_PATTERN for all channels that match, or LODGER_SUB_SHARD for a shard
/// channel. LODGER_ERR_ARG: other flags, or a length that is out of range. LODGER_ERR_NULL, LODGER_ERR_CLOSED,
/// LODGER_ERR_PANIC, LODGER_ERR_FORKED, LODGER_ERR_BUSY. The subscriber's thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lodger_subscriber_add(
    s: *mut lodger_subscriber,
    channel: *const c_void,
    len: usize,
    flags: u32,
) -> lodger_status {
    // SAFETY: as the caller promises.
    unsafe { change(s, channel, len, flags, Subscriber::add) }
}

/// Listens to a channel no longer; LODGER_OK also if it did not listen to it. What came through it before can still be
/// taken. Arguments and statuses as lodger_subscriber_add. The subscriber's thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lodger_subscriber_remove(
    s: *mut lodger_subscriber,
    channel: *const c_void,
    len: usize,
    flags: u32,
) -> lodger_status {
    // SAFETY: as the caller promises.
    unsafe { change(s, channel, len, flags, Subscriber::remove) }
}

/// A descriptor that is readable while a message waits, or after the database was closed: for poll, epoll, libuv,
/// asyncio. It is the subscriber's: neither read nor closed by others, and gone when the subscriber is freed. -1: the
/// system has none left, or s is NULL, or this is a forked child. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lodger_subscriber_fd(s: *const lodger_subscriber) -> i32 {
    guard(-1, || {
        // SAFETY: NULL or a live subscriber.
        let Ok(handle) = (unsafe { ptr::shared(s) }) else { return -1 };
        handle.interrupter.fd().unwrap_or(-1)
    })
}

/// Takes the oldest message.
///
/// timeout_ms: how long to wait for one; 0 does not, a negative number waits for ever. out: the message, owned by the
/// caller: free it with lodger_reply_free. It is of kind LODGER_REPLY_PUSH, as in RESP3: "message", channel and payload;
/// "pmessage", pattern, channel and payload; or "smessage", channel and payload.
///
/// LODGER_TIMEOUT: none came in time. LODGER_INTERRUPTED: lodger_subscriber_interrupt ended the wait. LODGER_ERR_CLOSED: the
/// database is closed, and what had come before is taken. LODGER_ERR_NULL, LODGER_ERR_PANIC, LODGER_ERR_FORKED,
/// LODGER_ERR_BUSY. The subscriber's thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lodger_subscriber_next(
    s: *mut lodger_subscriber,
    timeout_ms: i64,
    out: *mut *mut lodger_reply,
) -> lodger_status {
    // SAFETY: NULL or writable.
    let wanted = unsafe { ptr::put(out, std::ptr::null_mut()) };
    let run = |subscriber: &mut Subscriber| {
        if !wanted {
            return Err(LODGER_ERR_NULL);
        }
        match subscriber.next(timeout_ms) {
            Ok(Some(message)) => {
                // SAFETY: checked above.
                unsafe { ptr::put(out, Box::into_raw(Box::new(lodger_reply(message)))) };
                Ok(LODGER_OK)
            }
            Ok(None) => Ok(LODGER_TIMEOUT),
            Err(error) => Ok(status::of(&error)),
        }
    };
    // SAFETY: NULL or a live subscriber.
    unsafe { with(s, run) }
}

/// How many messages were dropped because max_queued others waited; 0 for NULL. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lodger_subscriber_dropped(s: *const lodger_subscriber) -> u64 {
    // SAFETY: NULL or a live subscriber.
    guard(0, || unsafe { ptr::shared(s) }.map_or(0, |handle| handle.interrupter.dropped()))
}

/// Wakes a lodger_subscriber_next that waits: it returns LODGER_INTERRUPTED. Without one nothing happens. NULL is fine. Any
/// thread, while the subscriber is alive.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lodger_subscriber_interrupt(s: *mut lodger_subscriber) {
    guard((), || {
        // SAFETY: NULL or a live subscriber.
        if let Ok(handle) = unsafe { ptr::shared(s.cast_const()) } {
            handle.interrupter.interrupt();
        }
    });
}

/// Frees a subscriber; NULL is fine. Its descriptor is closed. Any thread, once, while no call uses it. In a forked child
/// nothing is freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lodger_subscriber_free(s: *mut lodger_subscriber) {
    guard((), || {
        // SAFETY: NULL or a live subscriber.
        let Ok(handle) = (unsafe { ptr::shared(s.cast_const()) }) else { return };
        if !handle.interrupter.crossed_fork() {
            // SAFETY: made by lodger_subscriber_new; the caller does not use it again.
            drop(unsafe { Box::from_raw(s) });
        }
    });
}

const _: () = {
    const fn send<T: Send>() {}
    const fn shared<T: Send + Sync>() {}
    send::<Subscriber>();
    shared::<SubscriberInterrupter>();
};
