//! Typed calls of hashes, lists, sets and sorted sets. Shapes only; the work is `Client`'s.

use std::ffi::c_void;

use super::client::{Inner, lodger_client, with};
use super::ptr;
use super::status::{LODGER_ERR_NULL, LODGER_NIL, LODGER_OK, lodger_status};

type Status = Result<lodger_status, lodger_status>;

/// Bytes as C gives them.
type Word = (*const c_void, usize);

/// The words of a call.
///
/// # Safety
/// Each is NULL or readable for as long as the result is used.
#[inline(always)]
unsafe fn read<'a, const N: usize>(words: [Word; N]) -> Result<[&'a [u8]; N], lodger_status> {
    let mut read: [&[u8]; N] = [&[]; N];
    for (to, (p, len)) in read.iter_mut().zip(words) {
        // SAFETY: NULL or readable, as the caller promises.
        *to = unsafe { ptr::bytes(p, len) }?;
    }
    Ok(read)
}

/// A call that gives a number, or nothing: checks the out-pointer, which is set to zero, and reads the words.
///
/// # Safety
/// `c` is NULL or a live client, the words are NULL or readable, `out` is NULL or writable.
#[inline(always)]
unsafe fn number<T: Default, const N: usize>(
    c: *mut lodger_client,
    words: [Word; N],
    out: *mut T,
    call: impl FnOnce(&mut Inner, [&[u8]; N]) -> crate::Result<Option<T>>,
) -> lodger_status {
    // SAFETY: NULL or writable.
    let wanted = unsafe { ptr::put(out, T::default()) };
    let run = |inner: &mut Inner| -> Status {
        if !wanted {
            return Err(LODGER_ERR_NULL);
        }
        // SAFETY: NULL or readable.
        let words = unsafe { read(words) }?;
        match call(inner, words) {
            Ok(None) => Ok(LODGER_NIL),
            Ok(Some(value)) => {
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
/// As for [`number`], with two out-pointers.
#[inline(always)]
unsafe fn bytes<const N: usize>(
    c: *mut lodger_client,
    words: [Word; N],
    (out, out_len): (*mut *const c_void, *mut usize),
    call: impl for<'i> FnOnce(&'i mut Inner, [&[u8]; N]) -> crate::Result<Option<&'i [u8]>>,
) -> lodger_status {
    // SAFETY: NULL or writable.
    let wanted = unsafe { ptr::put(out, std::ptr::null()) & ptr::put(out_len, 0) };
    let run = |inner: &mut Inner| -> Status {
        if !wanted {
            return Err(LODGER_ERR_NULL);
        }
        // SAFETY: NULL or readable.
        let words = unsafe { read(words) }?;
        let error = match call(inner, words) {
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

/// HSET of one field: stores a value in the hash of a key, which is made if it is absent. *added: 1 if the field is
/// new, otherwise 0. An expiry of the field goes.
///
/// LODGER_ERR_NULL, LODGER_ERR_ARG (longer than proto-max-bulk-len), LODGER_ERR_COMMAND (the key holds a value of
/// another type), LODGER_ERR_NOMEM (maxmemory), LODGER_ERR_IO (the append-only file refuses, or under appendfsync
/// always the change may not be durable), LODGER_ERR_CLOSED, LODGER_ERR_PANIC, LODGER_ERR_FORKED, LODGER_ERR_BUSY.
/// The client's thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lodger_hset(
    c: *mut lodger_client,
    key: *const c_void,
    key_len: usize,
    field: *const c_void,
    field_len: usize,
    value: *const c_void,
    len: usize,
    added: *mut i64,
) -> lodger_status {
    // SAFETY: passed on from the caller.
    unsafe {
        number(c, [(key, key_len), (field, field_len), (value, len)], added, |inner, [key, field, value]| {
            inner.client.hset(key, field, value).map(|new| Some(i64::from(new)))
        })
    }
}

/// HGET: the value of a field. *value, *len: the bytes, NUL-terminated, borrowed from c until the next call on it.
/// LODGER_NIL: no such key or field.
///
/// LODGER_ERR_NULL, LODGER_ERR_ARG (longer than proto-max-bulk-len), LODGER_ERR_COMMAND (the key holds a value of
/// another type), LODGER_ERR_CLOSED, LODGER_ERR_PANIC, LODGER_ERR_FORKED, LODGER_ERR_BUSY. The client's thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lodger_hget(
    c: *mut lodger_client,
    key: *const c_void,
    key_len: usize,
    field: *const c_void,
    field_len: usize,
    value: *mut *const c_void,
    len: *mut usize,
) -> lodger_status {
    // SAFETY: passed on from the caller.
    unsafe {
        bytes(c, [(key, key_len), (field, field_len)], (value, len), |inner, [key, field]| {
            inner.client.hget(key, field)
        })
    }
}

/// HDEL of one field; the key goes with its last field. *removed: 1, or 0 if there was no such field.
///
/// LODGER_ERR_NULL, LODGER_ERR_ARG (longer than proto-max-bulk-len), LODGER_ERR_COMMAND (the key holds a value of
/// another type), LODGER_ERR_IO (the append-only file refuses, or under appendfsync always the change may not be
/// durable), LODGER_ERR_CLOSED, LODGER_ERR_PANIC, LODGER_ERR_FORKED, LODGER_ERR_BUSY. The client's thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lodger_hdel(
    c: *mut lodger_client,
    key: *const c_void,
    key_len: usize,
    field: *const c_void,
    field_len: usize,
    removed: *mut i64,
) -> lodger_status {
    // SAFETY: passed on from the caller.
    unsafe {
        number(c, [(key, key_len), (field, field_len)], removed, |inner, [key, field]| {
            inner.client.hdel(key, field).map(|gone| Some(i64::from(gone)))
        })
    }
}

/// HLEN. *fields: how many fields the hash has, 0 without a key. LODGER_ERR_NULL, LODGER_ERR_ARG (longer than
/// proto-max-bulk-len), LODGER_ERR_COMMAND (the key holds a value of another type), LODGER_ERR_CLOSED, LODGER_ERR_PANIC,
/// LODGER_ERR_FORKED, LODGER_ERR_BUSY. The client's thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lodger_hlen(
    c: *mut lodger_client,
    key: *const c_void,
    key_len: usize,
    fields: *mut i64,
) -> lodger_status {
    // SAFETY: passed on from the caller.
    unsafe { number(c, [(key, key_len)], fields, |inner, [key]| inner.client.hlen(key).map(Some)) }
}

/// HINCRBY: adds to the integer of a field, which counts as 0 if it is absent. *value: the sum. LODGER_ERR_COMMAND
/// also if the value is no integer or the sum overflows. Other statuses as lodger_hset.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lodger_hincrby(
    c: *mut lodger_client,
    key: *const c_void,
    key_len: usize,
    field: *const c_void,
    field_len: usize,
    by: i64,
    value: *mut i64,
) -> lodger_status {
    // SAFETY: passed on from the caller.
    unsafe {
        number(c, [(key, key_len), (field, field_len)], value, |inner, [key, field]| {
            inner.client.hincr_by(key, field, by).map(Some)
        })
    }
}

/// LPUSH of one element: it becomes the first of the list of a key, which is made if it is absent. *length: how many
/// elements there are then. Statuses as lodger_hset.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lodger_lpush(
    c: *mut lodger_client,
    key: *const c_void,
    key_len: usize,
    value: *const c_void,
    len: usize,
    length: *mut i64,
) -> lodger_status {
    // SAFETY: passed on from the caller.
    unsafe {
        number(c, [(key, key_len), (value, len)], length, |inner, [key, value]| {
            inner.client.lpush(key, value).map(Some)
        })
    }
}

/// RPUSH of one element: it becomes the last of the list of a key, which is made if it is absent. *length: how many
/// elements there are then. Statuses as lodger_hset.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lodger_rpush(
    c: *mut lodger_client,
    key: *const c_void,
    key_len: usize,
    value: *const c_void,
    len: usize,
    length: *mut i64,
) -> lodger_status {
    // SAFETY: passed on from the caller.
    unsafe {
        number(c, [(key, key_len), (value, len)], length, |inner, [key, value]| {
            inner.client.rpush(key, value).map(Some)
        })
    }
}

/// LPOP: the first element of a list, which is removed; the key goes with its last element. *value, *len: the bytes,
/// borrowed from c until the next call on it; NUL-terminated below 64 KiB. LODGER_NIL: no such key. Other statuses
/// as lodger_hdel.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lodger_lpop(
    c: *mut lodger_client,
    key: *const c_void,
    key_len: usize,
    value: *mut *const c_void,
    len: *mut usize,
) -> lodger_status {
    // SAFETY: passed on from the caller.
    unsafe { bytes(c, [(key, key_len)], (value, len), |inner, [key]| inner.client.lpop(key)) }
}

/// RPOP: the last element of a list, which is removed; the key goes with its last element. *value, *len: the bytes,
/// borrowed from c until the next call on it; NUL-terminated below 64 KiB. LODGER_NIL: no such key. Other statuses
/// as lodger_hdel.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lodger_rpop(
    c: *mut lodger_client,
    key: *const c_void,
    key_len: usize,
    value: *mut *const c_void,
    len: *mut usize,
) -> lodger_status {
    // SAFETY: passed on from the caller.
    unsafe { bytes(c, [(key, key_len)], (value, len), |inner, [key]| inner.client.rpop(key)) }
}

/// LLEN. *length: how many elements the list has, 0 without a key. Statuses as lodger_hlen.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lodger_llen(
    c: *mut lodger_client,
    key: *const c_void,
    key_len: usize,
    length: *mut i64,
) -> lodger_status {
    // SAFETY: passed on from the caller.
    unsafe { number(c, [(key, key_len)], length, |inner, [key]| inner.client.llen(key).map(Some)) }
}

/// SADD of one member to the set of a key, which is made if it is absent. *added: 1 if the member is new, otherwise
/// 0. Statuses as lodger_hset.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lodger_sadd(
    c: *mut lodger_client,
    key: *const c_void,
    key_len: usize,
    member: *const c_void,
    member_len: usize,
    added: *mut i64,
) -> lodger_status {
    // SAFETY: passed on from the caller.
    unsafe {
        number(c, [(key, key_len), (member, member_len)], added, |inner, [key, member]| {
            inner.client.sadd(key, member).map(|new| Some(i64::from(new)))
        })
    }
}

/// SREM of one member; the key goes with its last member. *removed: 1, or 0 if it was not there. Statuses as
/// lodger_hdel.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lodger_srem(
    c: *mut lodger_client,
    key: *const c_void,
    key_len: usize,
    member: *const c_void,
    member_len: usize,
    removed: *mut i64,
) -> lodger_status {
    // SAFETY: passed on from the caller.
    unsafe {
        number(c, [(key, key_len), (member, member_len)], removed, |inner, [key, member]| {
            inner.client.srem(key, member).map(|gone| Some(i64::from(gone)))
        })
    }
}

/// SISMEMBER. *found: 1 if the member is in the set, otherwise 0. Statuses as lodger_hlen.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lodger_sismember(
    c: *mut lodger_client,
    key: *const c_void,
    key_len: usize,
    member: *const c_void,
    member_len: usize,
    found: *mut i64,
) -> lodger_status {
    // SAFETY: passed on from the caller.
    unsafe {
        number(c, [(key, key_len), (member, member_len)], found, |inner, [key, member]| {
            inner.client.sismember(key, member).map(|there| Some(i64::from(there)))
        })
    }
}

/// SCARD. *members: how many members the set has, 0 without a key. Statuses as lodger_hlen.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lodger_scard(
    c: *mut lodger_client,
    key: *const c_void,
    key_len: usize,
    members: *mut i64,
) -> lodger_status {
    // SAFETY: passed on from the caller.
    unsafe { number(c, [(key, key_len)], members, |inner, [key]| inner.client.scard(key).map(Some)) }
}

/// ZADD of one member to the sorted set of a key, which is made if it is absent; a member that is there gets the new
/// score. *added: 1 if the member is new, otherwise 0. LODGER_ERR_COMMAND also if the score is not a number. Other
/// statuses as lodger_hset.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lodger_zadd(
    c: *mut lodger_client,
    key: *const c_void,
    key_len: usize,
    score: f64,
    member: *const c_void,
    member_len: usize,
    added: *mut i64,
) -> lodger_status {
    // SAFETY: passed on from the caller.
    unsafe {
        number(c, [(key, key_len), (member, member_len)], added, |inner, [key, member]| {
            inner.client.zadd(key, score, member).map(|new| Some(i64::from(new)))
        })
    }
}

/// ZREM of one member; the key goes with its last member. *removed: 1, or 0 if it was not there. Statuses as
/// lodger_hdel.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lodger_zrem(
    c: *mut lodger_client,
    key: *const c_void,
    key_len: usize,
    member: *const c_void,
    member_len: usize,
    removed: *mut i64,
) -> lodger_status {
    // SAFETY: passed on from the caller.
    unsafe {
        number(c, [(key, key_len), (member, member_len)], removed, |inner, [key, member]| {
            inner.client.zrem(key, member).map(|gone| Some(i64::from(gone)))
        })
    }
}

/// ZSCORE. *score: the score of a member. LODGER_NIL: no such key or member. Other statuses as lodger_hlen.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lodger_zscore(
    c: *mut lodger_client,
    key: *const c_void,
    key_len: usize,
    member: *const c_void,
    member_len: usize,
    score: *mut f64,
) -> lodger_status {
    // SAFETY: passed on from the caller.
    unsafe {
        number(c, [(key, key_len), (member, member_len)], score, |inner, [key, member]| {
            inner.client.zscore(key, member)
        })
    }
}

/// ZINCRBY: adds to the score of a member, which counts as 0 if it is absent. *score: the sum. LODGER_ERR_COMMAND
/// also if by or the sum is not a number. Other statuses as lodger_hset.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lodger_zincrby(
    c: *mut lodger_client,
    key: *const c_void,
    key_len: usize,
    by: f64,
    member: *const c_void,
    member_len: usize,
    score: *mut f64,
) -> lodger_status {
    // SAFETY: passed on from the caller.
    unsafe {
        number(c, [(key, key_len), (member, member_len)], score, |inner, [key, member]| {
            inner.client.zincr_by(key, by, member).map(Some)
        })
    }
}

/// ZCARD. *members: how many members the sorted set has, 0 without a key. Statuses as lodger_hlen.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lodger_zcard(
    c: *mut lodger_client,
    key: *const c_void,
    key_len: usize,
    members: *mut i64,
) -> lodger_status {
    // SAFETY: passed on from the caller.
    unsafe { number(c, [(key, key_len)], members, |inner, [key]| inner.client.zcard(key).map(Some)) }
}

/// ZRANK. *rank: the place of a member in the order of rising scores; the first is 0. LODGER_NIL: no such key or
/// member. Other statuses as lodger_hlen.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lodger_zrank(
    c: *mut lodger_client,
    key: *const c_void,
    key_len: usize,
    member: *const c_void,
    member_len: usize,
    rank: *mut i64,
) -> lodger_status {
    // SAFETY: passed on from the caller.
    unsafe {
        number(c, [(key, key_len), (member, member_len)], rank, |inner, [key, member]| {
            inner.client.zrank(key, member)
        })
    }
}
