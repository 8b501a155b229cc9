//! A map of byte strings for large sets, hashes and sorted sets: records in an [`Arena`], indexed by a [`Dict`]. A
//! look-up waits for memory at the dict's control bytes, its slot, and the record; an element costs its bytes and
//! about ten more.
//!
//! A record is `[varint key length][key][payload]` where all payloads are of `N` bytes, and with `N` =
//! [`VARIABLE`] `[varint key length * 2 + flag][varint value length][key][value][expiry]`, where the flag tells of
//! the expiry: 8 bytes at the end, so that setting one moves nothing.

use std::hash::{BuildHasher, Hasher};

use ahash::RandomState;

use super::arena::{Arena, Handle};
use super::dict::Dict;
use crate::base::rng::Rng;

/// The payload size of a [`PackedHash`]: each record has its own.
pub(crate) const VARIABLE: usize = usize::MAX;
/// Bytes of an expiry.
const EXPIRY: usize = 8;
/// Bytes of the longest varint.
const VARINT_MAX: usize = 10;

/// Members without a payload.
pub(crate) type PackedSet = PackedMap<0>;
/// Members with 8 bytes, which are a score.
pub(crate) type PackedScores = PackedMap<8>;
/// Fields with a value of any length, and perhaps an expiry.
pub(crate) type PackedHash = PackedMap<VARIABLE>;

/// Where the parts of a record are.
#[derive(Clone, Copy)]
struct Shape {
    key_at: usize,
    value_at: usize,
    value_end: usize,
    expires: bool,
}

impl Shape {
    fn total(self) -> usize {
        self.value_end + if self.expires { EXPIRY } else { 0 }
    }
}

/// A record, as it lies in memory.
#[derive(Clone, Copy)]
pub(crate) struct Record<'m> {
    bytes: &'m [u8],
    shape: Shape,
}

impl<'m> Record<'m> {
    /// The key: a member or field.
    #[inline]
    pub(crate) fn key(&self) -> &'m [u8] {
        &self.bytes[self.shape.key_at..self.shape.value_at]
    }

    /// The payload: nothing, the 8 bytes, or the value.
    #[inline]
    pub(crate) fn payload(&self) -> &'m [u8] {
        &self.bytes[self.shape.value_at..self.shape.value_end]
    }

    /// The expiry that was set.
    #[inline]
    pub(crate) fn expiry(&self) -> Option<i64> {
        if !self.shape.expires {
            return None;
        }
        let bytes = self.bytes.get(self.shape.value_end..)?.first_chunk::<EXPIRY>()?;
        Some(i64::from_le_bytes(*bytes))
    }
}

/// Reads a varint, seven bits a byte, the lowest first; answers it and its length.
#[inline]
fn varint(bytes: &[u8]) -> (usize, usize) {
    match bytes.first() {
        Some(&b) if b < 128 => (b.into(), 1),
        _ => long_varint(bytes),
    }
}

#[cold]
fn long_varint(bytes: &[u8]) -> (usize, usize) {
    let (mut value, mut shift) = (0, 0);
    for (i, &b) in bytes.iter().enumerate().take(VARINT_MAX) {
        value |= usize::from(b & 127) << shift;
        if b < 128 {
            return (value, i + 1);
        }
        shift += 7;
    }
    (value, VARINT_MAX)
}

fn varint_len(value: usize) -> usize {
    (value.max(1).ilog2() / 7 + 1) as usize
}

/// Writes a varint; answers what follows it.
fn put_varint(mut out: &mut [u8], mut value: usize) -> &mut [u8] {
    while let [first, rest @ ..] = out {
        #[expect(clippy::cast_possible_truncation, reason = "seven bits")]
        let low = (value & 127) as u8;
        value >>= 7;
        *first = if value == 0 { low } else { low | 128 };
        out = rest;
        if value == 0 {
            break;
        }
    }
    out
}

/// The records and the hash of their keys: apart from the index, which asks for them while it changes.
#[derive(Clone)]
struct Records<const N: usize> {
    arena: Arena,
    hasher: RandomState,
}

impl<const N: usize> Records<N> {
    #[inline]
    fn hash(&self, key: &[u8]) -> u64 {
        // Not `hash_one`, which would mix the length in twice.
        let mut hasher = self.hasher.build_hasher();
        hasher.write(key);
        hasher.finish()
    }

    #[inline]
    fn shape(bytes: &[u8]) -> Shape {
        let (head, at) = varint(bytes);
        if N == VARIABLE {
            let (value, more) = varint(&bytes[at..]);
            let key_at = at + more;
            let value_at = key_at + (head >> 1);
            Shape { key_at, value_at, value_end: value_at + value, expires: head & 1 == 1 }
        } else {
            Shape { key_at: at, value_at: at + head, value_end: at + head + N, expires: false }
        }
    }

    #[inline]
    fn record(&self, handle: Handle) -> Record<'_> {
        let bytes = self.arena.head(handle);
        let shape = Self::shape(bytes);
        Record { bytes: &bytes[..shape.total()], shape }
    }

    #[inline]
    fn hash_of(&self, handle: Handle) -> u64 {
        self.hash(self.record(handle).key())
    }

    #[inline]
    fn holds(&self, handle: Handle, key: &[u8]) -> bool {
        let bytes = self.arena.head(handle);
        let Shape { key_at, value_at, .. } = Self::shape(bytes);
        value_at - key_at == key.len() && bytes[key_at..value_at] == *key
    }

    fn length(key: &[u8], payload: &[u8], expires: bool) -> usize {
        let heads = if N == VARIABLE {
            varint_len(key.len() << 1) + varint_len(payload.len()) + if expires { EXPIRY } else { 0 }
        } else {
            varint_len(key.len())
        };
        heads + key.len() + payload.len()
    }

    /// Writes a record of [`Records::length`] bytes.
    fn write(&mut self, handle: Handle, key: &[u8], payload: &[u8], expiry: Option<i64>) {
        let mut out = self.arena.head_mut(handle);
        if N == VARIABLE {
            out = put_varint(out, key.len() << 1 | usize::from(expiry.is_some()));
            out = put_varint(out, payload.len());
        } else {
            out = put_varint(out, key.len());
        }
        let (at_key, out) = out.split_at_mut(key.len());
        at_key.copy_from_slice(key);
        let (at_payload, out) = out.split_at_mut(payload.len());
        at_payload.copy_from_slice(payload);
        if let Some(at) = expiry {
            out[..EXPIRY].copy_from_slice(&at.to_le_bytes());
        }
    }
}

/// See the module. A handle stays good until its key is removed, or its record replaced by one of another size.
#[derive(Clone)]
pub(crate) struct PackedMap<const N: usize> {
    dict: Dict,
    records: Records<N>,
}

impl<const N: usize> PackedMap<N> {
    /// An empty map that hashes by `seed`, which nobody outside may know.
    #[cfg(test)]
    pub(crate) fn new(seed: u64) -> Self {
        Self::with_capacity(seed, 0)
    }

    /// A map prepared for a number of keys; only as a hint: little is allocated by it.
    pub(crate) fn with_capacity(seed: u64, expected: usize) -> Self {
        let mut rng = Rng::new(seed);
        let mut next = || rng.next_u64();
        let hasher = RandomState::with_seeds(next(), next(), next(), next());
        let records = Records { arena: Arena::default(), hasher };
        Self { dict: Dict::with_capacity(expected), records }
    }

    /// Keys.
    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.dict.len()
    }

    /// Whether there are no keys.
    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.dict.len() == 0
    }

    /// All bytes that the map holds beside itself, with the allocator's share.
    pub(crate) fn heap_bytes(&self) -> usize {
        self.dict.heap_bytes() + self.records.arena.heap_bytes()
    }

    /// The handle of a key's record.
    #[inline]
    pub(crate) fn handle_of(&self, key: &[u8]) -> Option<Handle> {
        self.dict.find(self.records.hash(key), |h| self.records.holds(h, key))
    }

    /// The record of a handle.
    #[inline]
    pub(crate) fn record(&self, handle: Handle) -> Record<'_> {
        self.records.record(handle)
    }

    /// The record of a key.
    #[inline]
    pub(crate) fn get(&self, key: &[u8]) -> Option<Record<'_>> {
        self.handle_of(key).map(|h| self.record(h))
    }

    /// Whether a key is there.
    #[inline]
    pub(crate) fn contains(&self, key: &[u8]) -> bool {
        self.handle_of(key).is_some()
    }

    /// The payload of a record, to change its bytes but not its length.
    #[inline]
    pub(crate) fn payload_mut(&mut self, handle: Handle) -> &mut [u8] {
        let bytes = self.records.arena.head_mut(handle);
        let shape = Records::<N>::shape(bytes);
        &mut bytes[shape.value_at..shape.value_end]
    }

    /// Sets the payload of a key, without an expiry; true if the key is new. The payload has the map's size.
    pub(crate) fn insert(&mut self, key: &[u8], payload: &[u8]) -> bool {
        self.put(key, payload, None)
    }

    /// Adds a key that is not there; answers its handle.
    pub(crate) fn insert_new(&mut self, key: &[u8], payload: &[u8]) -> Handle {
        let Self { dict, records } = self;
        let handle = records.arena.alloc(Records::<N>::length(key, payload, false));
        records.write(handle, key, payload, None);
        dict.insert(records.hash(key), handle, |h| records.hash_of(h));
        handle
    }

    fn put(&mut self, key: &[u8], payload: &[u8], expiry: Option<i64>) -> bool {
        debug_assert!(N == VARIABLE || payload.len() == N, "the payload has the map's size");
        let Self { dict, records } = self;
        let hash = records.hash(key);
        let len = Records::<N>::length(key, payload, expiry.is_some());
        let Some(old) = dict.find(hash, |h| records.holds(h, key)) else {
            let handle = records.arena.alloc(len);
            records.write(handle, key, payload, expiry);
            dict.insert(hash, handle, |h| records.hash_of(h));
            return true;
        };
        if N != VARIABLE {
            self.payload_mut(old).copy_from_slice(payload);
            return false;
        }
        let old_len = records.record(old).bytes.len();
        if Arena::fits_in_place(old_len, len) {
            records.write(old, key, payload, expiry);
            return false;
        }
        let handle = records.arena.alloc(len);
        records.write(handle, key, payload, expiry);
        dict.replace(hash, |h| h == old, handle);
        records.arena.free(old, old_len);
        false
    }

    /// Removes a key; false if it is not there.
    pub(crate) fn remove(&mut self, key: &[u8]) -> bool {
        let Self { dict, records } = self;
        let hash = records.hash(key);
        let removed = dict.remove(hash, |h| records.holds(h, key), |h| records.hash_of(h));
        self.drop_record(removed)
    }

    /// Removes the key of a record.
    pub(crate) fn remove_handle(&mut self, handle: Handle) -> bool {
        let Self { dict, records } = self;
        let removed = dict.remove(records.hash_of(handle), |h| h == handle, |h| records.hash_of(h));
        self.drop_record(removed)
    }

    fn drop_record(&mut self, handle: Option<Handle>) -> bool {
        let Some(handle) = handle else { return false };
        let len = self.record(handle).bytes.len();
        self.records.arena.free(handle, len);
        true
    }

    /// Removes everything.
    pub(crate) fn clear(&mut self) {
        self.dict.clear();
        self.records.arena = Arena::default();
    }

    /// Every handle, in no order.
    pub(crate) fn handles(&self) -> impl Iterator<Item = Handle> {
        self.dict.iter()
    }

    /// Every record, in no order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Record<'_>> {
        self.dict.iter().map(|h| self.record(h))
    }

    /// A step of SCAN: see [`Dict::scan`].
    pub(crate) fn scan<'m>(&'m self, cursor: u64, count: usize, mut take: impl FnMut(Record<'m>)) -> u64 {
        self.dict.scan(cursor, count, |h| self.records.hash_of(h), |h| take(self.record(h)))
    }

    /// The handle of any record, each with the same probability.
    pub(crate) fn random(&self, rng: &mut Rng) -> Option<Handle> {
        self.dict.random(rng)
    }
}

impl PackedHash {
    /// [`PackedMap::insert`] with an expiry, or without.
    pub(crate) fn insert_with(&mut self, key: &[u8], value: &[u8], expiry: Option<i64>) -> bool {
        self.put(key, value, expiry)
    }

    /// Sets or takes away the expiry of a key; false if it is not there. The value is not moved if it need not be.
    pub(crate) fn set_expiry(&mut self, key: &[u8], expiry: Option<i64>) -> bool {
        let Self { dict, records } = self;
        let hash = records.hash(key);
        let Some(old) = dict.find(hash, |h| records.holds(h, key)) else { return false };
        let Shape { value_end, expires, .. } = records.record(old).shape;
        let (old_len, len) = (
            value_end + if expires { EXPIRY } else { 0 },
            value_end + if expiry.is_some() { EXPIRY } else { 0 },
        );
        let mut handle = old;
        if !Arena::fits_in_place(old_len, len) {
            handle = records.arena.alloc(len);
            records.arena.copy(old, handle, value_end);
            dict.replace(hash, |h| h == old, handle);
            records.arena.free(old, old_len);
        }
        let bytes = records.arena.get_mut(handle, len);
        // The flag is the lowest bit of the first byte, whose other bits stay.
        bytes[0] = bytes[0] & !1 | u8::from(expiry.is_some());
        if let Some(at) = expiry {
            bytes[value_end..].copy_from_slice(&at.to_le_bytes());
        }
        true
    }
}

#[cfg(test)]
#[path = "packed_tests.rs"]
mod tests;
