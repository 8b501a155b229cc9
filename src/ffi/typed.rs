//! Typed calls: no parsing and no allocation on the way. Shapes only; the work is `Client`'s.

use std::ffi::c_void;

use super::client::{FEW, Inner, lodger_client, with, words};
use super::ptr;
use super::status::{LODGER_ERR_NULL, LODGER_NIL, LODGER_OK, lodger_status};

type Status = Result<lodger_status, lodger_status>;

/// A call that gives one integer: checks the out-pointer, reads the key, hands the integer over.
///
/// # Safety
/// `c` is NULL or a live client, `key` is NULL or readable, `out` is NULL or writable.
#[inline(always)]
unsafe fn integer(
    c: *mut lodger_client,
    key: *const c_void,
    key_len: usize,
    out: *mut i64,
    call: impl FnOnce(&mut Inner, &[u8]) -> crate::Result<i64>,
) -> lodger_status {
    // SAFETY: NULL or writable.
    let wanted = unsafe { ptr::put(out, 0) };
    let run = |inner: &mut Inner| -> Status {
        if !wanted {
            return Err(LODGER_ERR_NULL);
        }
        // SAFETY: NULL or readable.
        let key = unsafe { ptr::bytes(key, key_len) }?;
        match call(inner, key) {
            Ok(value) => {
                // SAFETY: checked above.
                unsafe { ptr::put(out, value) };
                Ok(LODGER_OK)
            }
            Err(error) => Ok(inner.fail(&error)),
        }
    };
    // SAFETY: NULL or a live client.
    unsafe { with(c, run) }
}

/// A call that gives a value, borrowed from the client.
///
/// # Safety
/// As for [`integer`], with two out-pointers.
#[inline(always)]
unsafe fn value(
    c: *mut lodger_client,
    key: *const c_void,
    key_len: usize,
    out: *mut *const c_void,
    out_len: *mut usize,
    call: impl for<'i> FnOnce(&'i mut Inner, &[u8]) -> crate::Result<Option<&'i [u8]>>,
) -> lodger_status {
    // SAFETY: NULL or writable.
    let wanted = unsafe { ptr::put(out, std::ptr::null()) & ptr::put(out_len, 0) };
    let run = |inner: &mut Inner| -> Status {
        if !wanted {
            return Err(LODGER_ERR_NULL);
        }
        // SAFETY: NULL or readable.
        let key = unsafe { ptr::bytes(key, key_len) }?;
        let error = match call(inner, key) {
            Ok(None) => return Ok(LODGER_NIL),
            Ok(Some(bytes)) => {
                // SAFETY: checked above.
                unsafe { ptr::put(out_len, bytes.len()) };
                // SAFETY: checked above.
                unsafe { ptr::put(out, bytes.as_ptr().cast()) };
                return Ok(LODGER_OK);
            }
            Err(error) => error,
        };
        Ok(inner.fail(&error))
    };
    // SAFETY: NULL or a live client.
    unsafe { with(c, run) }
}

/// A call that stores a value.
///
/// # Safety
/// As for [`integer`], with a value to read.
#[inline(always)]
unsafe fn store(
    c: *mut lodger_client,
    key: *const c_void,
    key_len: usize,
    value: *const c_void,
    len: usize,
    call: impl FnOnce(&mut Inner, &[u8], &[u8]) -> crate::Result<()>,
) -> lodger_status {
    let run = |inner: &mut Inner| -> Status {
        // SAFETY: NULL or readable.
        let (key, value) = unsafe { (ptr::bytes(key, key_len)?, ptr::bytes(value, len)?) };
        match call(inner, key, value) {
            Ok(()) => Ok(LODGER_OK),
            Err(error) => Ok(inner.fail(&error)),
        }
    };
    // SAFETY: NULL or a live client.
    unsafe { with(c, run) }
}

/// GET: the value of a key.
///
/// *value, *len: the bytes, borrowed from c until the next call on it; NUL-terminated below 64 KiB, and from there
/// on shared with the database without a copy (a writer that comes meanwhile copies first). LODGER_NIL: no such
/// key. LODGER_ERR_NULL, LODGER_ERR_ARG (key longer than proto-max-bulk-len), LODGER_ERR_COMMAND (the key holds no
/// string), LODGER_ERR_CLOSED, LODGER_ERR_PANIC, LODGER_ERR_FORKED, LODGER_ERR_BUSY. The client's thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lodger_get(
    c: *mut lodger_client,
    key: *const c_void,
    key_len: usize,
    value: *mut *const c_void,
    len: *mut usize,
) -> lodger_status {
    // SAFETY: passed on from the caller.
    unsafe { self::value(c, key, key_len, value, len, |inner, key| inner.client.get_for::<true>(key)) }
}

/// GETDEL: the value of a key, which is removed. Outputs and statuses as lodger_get; also LODGER_ERR_IO.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lodger_getdel(
    c: *mut lodger_client,
    key: *const c_void,
    key_len: usize,
    value: *mut *const c_void,
    len: *mut usize,
) -> lodger_status {
    // SAFETY: passed on from the caller.
    unsafe { self::value(c, key, key_len, value, len, |inner, key| inner.client.getdel(key)) }
}

/// SET: stores a value under a key, whatever was there, and removes an expiry.
///
/// LODGER_ERR_NULL, LODGER_ERR_ARG (longer than proto-max-bulk-len), LODGER_ERR_NOMEM (maxmemory, or the system has no
/// memory for it), LODGER_ERR_IO (the append-only file refuses, or under appendfsync always the value may not be
/// durable), LODGER_ERR_CLOSED, LODGER_ERR_PANIC, LODGER_ERR_FORKED, LODGER_ERR_BUSY. The client's thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lodger_set(
    c: *mut lodger_client,
    key: *const c_void,
    key_len: usize,
    value: *const c_void,
    len: usize,
) -> lodger_status {
    // SAFETY: passed on from the caller.
    unsafe {
        store(c, key, key_len, value, len, |inner, key, value| inner.client.set_for::<true>(key, value))
    }
}

/// SET with PX: stores a value that expires after ttl_ms milliseconds. Statuses as lodger_set; a ttl_ms of 0 or
/// less, or one that overflows, is LODGER_ERR_COMMAND.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lodger_set_px(
    c: *mut lodger_client,
    key: *const c_void,
    key_len: usize,
    value: *const c_void,
    len: usize,
    ttl_ms: i64,
) -> lodger_status {
    // SAFETY: passed on from the caller.
    unsafe { store(c, key, key_len, value, len, |inner, key, value| inner.client.set_px(key, value, ttl_ms)) }
}

/// DEL: removes a key. *removed: 1, or 0 if there was none. LODGER_ERR_NULL, LODGER_ERR_ARG, LODGER_ERR_IO,
/// LODGER_ERR_CLOSED, LODGER_ERR_PANIC, LODGER_ERR_FORKED, LODGER_ERR_BUSY. The client's thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lodger_del(
    c: *mut lodger_client,
    key: *const c_void,
    key_len: usize,
    removed: *mut i64,
) -> lodger_status {
    // SAFETY: passed on from the caller.
    unsafe { integer(c, key, key_len, removed, |inner, key| inner.client.del(key).map(i64::from)) }
}

/// EXISTS: *found is 1 if there is such a key, otherwise 0. Statuses as lodger_get, without LODGER_NIL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lodger_exists(
    c: *mut lodger_client,
    key: *const c_void,
    key_len: usize,
    found: *mut i64,
) -> lodger_status {
    // SAFETY: passed on from the caller.
    unsafe { integer(c, key, key_len, found, |inner, key| inner.client.exists(key).map(i64::from)) }
}

/// INCRBY: adds to the integer of a key, which counts as 0 if it is absent. *value: the sum. LODGER_ERR_COMMAND: the
/// value is no integer, or the sum overflows. Other statuses as lodger_set.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lodger_incrby(
    c: *mut lodger_client,
    key: *const c_void,
    key_len: usize,
    by: i64,
    value: *mut i64,
) -> lodger_status {
    // SAFETY: passed on from the caller.
    unsafe { integer(c, key, key_len, value, |inner, key| inner.client.incr_by(key, by)) }
}

/// PEXPIRE: lets a key expire after ttl_ms milliseconds; 0 or less removes it now. *set: 1, or 0 if there is no such
/// key. LODGER_ERR_COMMAND: the time overflows. Other statuses as lodger_del.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lodger_pexpire(
    c: *mut lodger_client,
    key: *const c_void,
    key_len: usize,
    ttl_ms: i64,
    set: *mut i64,
) -> lodger_status {
    // SAFETY: passed on from the caller.
    unsafe { integer(c, key, key_len, set, |inner, key| inner.client.pexpire(key, ttl_ms).map(i64::from)) }
}

/// PTTL: *ttl_ms is the time to live in milliseconds, -1 without an expiry, -2 without a key. Statuses as
/// lodger_exists.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lodger_pttl(
    c: *mut lodger_client,
    key: *const c_void,
    key_len: usize,
    ttl_ms: *mut i64,
) -> lodger_status {
    // SAFETY: passed on from the caller.
    unsafe { integer(c, key, key_len, ttl_ms, |inner, key| inner.client.pttl(key)) }
}

/// APPEND: appends to the value of a key, which is made if it is absent. *new_len: the length after it. Statuses as
/// lodger_set; LODGER_ERR_COMMAND: the key holds no string, or the value would be longer than
/// proto-max-bulk-len.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lodger_append(
    c: *mut lodger_client,
    key: *const c_void,
    key_len: usize,
    value: *const c_void,
    len: usize,
    new_len: *mut i64,
) -> lodger_status {
    // SAFETY: NULL or writable.
    let wanted = unsafe { ptr::put(new_len, 0) };
    let run = |inner: &mut Inner| -> Status {
        if !wanted {
            return Err(LODGER_ERR_NULL);
        }
        // SAFETY: NULL or readable.
        let (key, tail) = unsafe { (ptr::bytes(key, key_len)?, ptr::bytes(value, len)?) };
        match inner.client.append(key, tail) {
            Ok(total) => {
                // SAFETY: checked above.
                unsafe { ptr::put(new_len, total) };
                Ok(LODGER_OK)
            }
            Err(error) => Ok(inner.fail(&error)),
        }
    };
    // SAFETY: NULL or a live client.
    unsafe { with(c, run) }
}

/// STRLEN: *len is the length of the value in bytes, 0 without a key. Statuses as lodger_exists;
/// LODGER_ERR_COMMAND: the key holds no string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lodger_strlen(
    c: *mut lodger_client,
    key: *const c_void,
    key_len: usize,
    len: *mut i64,
) -> lodger_status {
    // SAFETY: passed on from the caller.
    unsafe { integer(c, key, key_len, len, |inner, key| inner.client.strlen(key)) }
}

/// MGET: the values of n keys, all as of one moment.
///
/// keys, key_lens: n each. values, lens: room for n each; a value is NULL where its key is absent (or holds no
/// string), otherwise borrowed from c until the next call on it. On failure all are NULL and 0. n may be 0.
/// LODGER_ERR_NULL, LODGER_ERR_ARG, LODGER_ERR_CLOSED, LODGER_ERR_PANIC, LODGER_ERR_FORKED, LODGER_ERR_BUSY. The
/// client's thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lodger_mget(
    c: *mut lodger_client,
    n: usize,
    keys: *const *const c_void,
    key_lens: *const usize,
    values: *mut *const c_void,
    lens: *mut usize,
) -> lodger_status {
    // SAFETY: NULL, or room for n that only this call uses.
    let room = unsafe { (ptr::array_of(values, n, std::ptr::null()), ptr::array_of(lens, n, 0)) };
    let run = |inner: &mut Inner| -> Status {
        if n == 0 {
            return Ok(LODGER_OK);
        }
        let (values, lens) = (room.0?, room.1?);
        let (mut few, mut many) = ([&[][..]; FEW], Vec::new());
        // SAFETY: NULL, or n readable keys.
        let keys = unsafe { words(n, keys, key_lens, &mut few, &mut many) }?;
        let done = inner.client.mget(keys, |i, found| {
            if let Some(bytes) = found {
                (values[i], lens[i]) = (bytes.as_ptr().cast(), bytes.len());
            }
        });
        match done {
            Ok(()) => Ok(LODGER_OK),
            Err(error) => Ok(inner.fail(&error)),
        }
    };
    // SAFETY: NULL or a live client.
    unsafe { with(c, run) }
}

/// PUBLISH: sends a message to all who listen to a channel.
///
/// *receivers: how many do, each pattern counted. LODGER_ERR_NULL, LODGER_ERR_ARG, LODGER_ERR_NOMEM, LODGER_ERR_CLOSED,
/// LODGER_ERR_PANIC, LODGER_ERR_FORKED, LODGER_ERR_BUSY. The client's thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lodger_publish(
    c: *mut lodger_client,
    channel: *const c_void,
    channel_len: usize,
    message: *const c_void,
    len: usize,
    receivers: *mut i64,
) -> lodger_status {
    // SAFETY: NULL or writable.
    let wanted = unsafe { ptr::put(receivers, 0) };
    let call = |inner: &mut Inner| -> Status {
        if !wanted {
            return Err(LODGER_ERR_NULL);
        }
        // SAFETY: NULL or readable.
        let (channel, message) = unsafe { (ptr::bytes(channel, channel_len)?, ptr::bytes(message, len)?) };
        match inner.client.publish(channel, message) {
            Ok(heard) => {
                // SAFETY: checked above.
                unsafe { ptr::put(receivers, heard) };
                Ok(LODGER_OK)
            }
            Err(error) => Ok(inner.fail(&error)),
        }
    };
    // SAFETY: NULL or a live client.
    unsafe { with(c, call) }
}
