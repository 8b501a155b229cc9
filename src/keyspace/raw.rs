//! One heap block per key: header, optional expiry, value or a pointer to it, key.
//!
//! ```text
//! 0      u32   bits 0-7 flags, bits 8-31 LRU clock or LFU counter (changed by readers: atomic)
//! 4      u16   key length (0 and a u64 below when the key is long)
//! 6      u16   length of a value stored in place
//! 8      i64   expiry, Unix ms          only with HAS_EXPIRE
//! ..     u64   key length               only with LONG_KEY
//! ..     8     integer, shared block or boxed object  only with REPR_INT, REPR_BLOCK, REPR_OBJECT
//! ..     key bytes, then the value's bytes with REPR_INLINE
//! ```
//!
//! A 16-byte key with a 64-byte value takes 88 bytes of its database's own heap (`slab`). The slot's pointer
//! carries "has an expiry" in its lowest bit and "is a hash with fields that have one" in the next, so that expiry
//! and eviction can pass over keys without reading them. Measured by `benches/engine.rs` against `Box<Key>` + `Vec<u8>` values (ARCHITECTURE.md, "Entry").
#![allow(unsafe_code, reason = "the layout above is built by hand; ENGINEERING: files named raw.rs")]

use std::num::NonZero;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicU32, Ordering};

use super::slab::{self, Place};
use crate::reply::sink::Block;
use crate::types::object::Object;
use crate::types::raw::prefetch;

const HEADER: usize = 8;
const REPR_MASK: u32 = 0b11;
const REPR_INT: u32 = 0;
const REPR_INLINE: u32 = 1;
const REPR_BLOCK: u32 = 2;
const REPR_OBJECT: u32 = 3;
/// OBJECT ENCODING says `raw` however short the value is: it was changed in place once.
const RAW: u32 = 1 << 2;
const LONG_KEY: u32 = 1 << 3;
const HAS_EXPIRE: u32 = 1 << 4;
/// Which snapshots have it: see `save.rs`.
const PHASE: u32 = 1 << 5;
const FLAG_BITS: u32 = 8;

/// The pointer's bit for "has an expiry".
const EXPIRES: usize = 1 << 0;
/// The pointer's bit for "has fields that expire".
const FIELDS_EXPIRE: usize = 1 << 1;
/// All bits of a pointer that say something of their own: blocks are aligned to 8.
const TAGS: usize = EXPIRES | FIELDS_EXPIRE;

/// Values up to this length live in the entry; longer ones are shared blocks.
pub(crate) const INLINE_MAX: usize = 1024;
/// Keys of this length and above carry their length in a word of its own.
const LONG_KEY_FROM: usize = u16::MAX as usize;
/// A key with its value and expiry. Owns one heap block; as large as a pointer.
pub(crate) struct Entry(NonNull<u8>);

// SAFETY: the block is owned by this entry alone; the only part that changes through `&Entry` is the header's
// first word, which is accessed atomically. A `Block` inside is Send + Sync itself.
unsafe impl Send for Entry {}
// SAFETY: as above.
unsafe impl Sync for Entry {}

/// The value of a string key, borrowed.
#[derive(Clone, Copy)]
pub(crate) enum StrRef<'a> {
    /// A 64-bit integer.
    Int(i64),
    /// Bytes in the entry.
    Bytes(&'a [u8]),
    /// A shared block.
    Block(&'a Block),
}

/// The value of a key, borrowed.
#[derive(Clone, Copy)]
pub(crate) enum ValueRef<'a> {
    /// A string.
    Str(StrRef<'a>),
    /// A value of any other type.
    Object(&'a Object),
}

/// A value to store.
pub(crate) enum NewValue<'a> {
    /// A 64-bit integer.
    Int(i64),
    /// Bytes, copied in place if they are few and into a block otherwise.
    Bytes(&'a [u8]),
    /// A block, kept by reference.
    Block(Block),
    /// A value of another type.
    Object(Box<Object>),
}

/// Bytes a boxed object costs.
fn object_cost(object: &Object) -> usize {
    slab::malloc_cost(size_of::<Object>()) + object.heap_bytes()
}

/// Bytes a shared block costs.
fn block_cost(block: &Block) -> usize {
    // The reference counts and the vector's three words, then its buffer.
    slab::malloc_cost(40) + slab::malloc_cost(block.capacity())
}

struct Shape {
    flags: u32,
    key_len: usize,
    value_len: usize,
}

/// Where the payload is: behind header, expiry and long key length.
#[inline]
fn payload_at(flags: u32) -> usize {
    HEADER + usize::from(flags & HAS_EXPIRE != 0) * 8 + usize::from(flags & LONG_KEY != 0) * 8
}

/// Where the key is: behind the payload, if there is one.
#[inline]
fn key_at(flags: u32) -> usize {
    payload_at(flags) + usize::from(flags & REPR_MASK != REPR_INLINE) * 8
}

/// Whether two keys of one length are equal. Most keys are short, and a call costs more than they do.
#[inline(always)]
fn same(a: &[u8], b: &[u8]) -> bool {
    let word = |bytes: &[u8; 8]| u64::from_ne_bytes(*bytes);
    if a.len() <= 16
        && let (Some(a0), Some(b0)) = (a.first_chunk(), b.first_chunk())
        && let (Some(a1), Some(b1)) = (a.last_chunk(), b.last_chunk())
    {
        return word(a0) == word(b0) && word(a1) == word(b1);
    }
    a == b
}

impl Shape {
    fn payload(&self) -> usize {
        payload_at(self.flags)
    }

    fn key(&self) -> usize {
        key_at(self.flags)
    }

    fn size(&self) -> usize {
        self.key() + self.key_len + if self.flags & REPR_MASK == REPR_INLINE { self.value_len } else { 0 }
    }
}

impl Entry {
    /// A new key, allocated at `place`: the heap there must outlive the entry. `lru` is the 24-bit clock or
    /// counter; `raw` asks for the encoding name of a changed string.
    pub(crate) fn new(
        place: Place<'_>,
        key: &[u8],
        value: NewValue<'_>,
        raw: bool,
        expire: Option<i64>,
        lru: u32,
    ) -> Self {
        let mut flags = if raw { RAW } else { 0 };
        flags |= if key.len() >= LONG_KEY_FROM { LONG_KEY } else { 0 };
        flags |= if expire.is_some() { HAS_EXPIRE } else { 0 };
        let value = match value {
            NewValue::Bytes(b) if b.len() > INLINE_MAX => NewValue::Block(Block::new(b.to_vec())),
            other => other,
        };
        let (repr, value_len) = match &value {
            NewValue::Int(_) => (REPR_INT, 0),
            NewValue::Bytes(b) => (REPR_INLINE, b.len()),
            NewValue::Block(_) => (REPR_BLOCK, 0),
            NewValue::Object(_) => (REPR_OBJECT, 0),
        };
        let shape = Shape { flags: flags | repr, key_len: key.len(), value_len };
        let mut entry = Self::allocate(place, &shape, lru, expire);
        let fields_expire = matches!(&value, NewValue::Object(object) if object.earliest().is_some());
        entry.write(shape.key(), key);
        match value {
            NewValue::Int(i) => entry.write(shape.payload(), &i.to_ne_bytes()),
            NewValue::Bytes(b) => entry.write(shape.key() + key.len(), b),
            NewValue::Block(block) => {
                // SAFETY: the payload is 8 bytes, aligned to 8, in a block of ours, and holds nothing yet.
                unsafe { entry.at(shape.payload()).cast::<Block>().write(block) };
            }
            NewValue::Object(object) => {
                // SAFETY: as above; a box of a sized type is one pointer.
                unsafe { entry.at(shape.payload()).cast::<Box<Object>>().write(object) };
            }
        }
        entry.mark_fields_expire(fields_expire);
        entry
    }

    /// Allocates the block and writes header, expiry and long key length.
    fn allocate(place: Place<'_>, shape: &Shape, lru: u32, expire: Option<i64>) -> Self {
        let p = place.alloc(shape.size());
        let tag = if expire.is_some() { EXPIRES } else { 0 };
        let mut entry = Self(p.map_addr(|a| a | tag));
        let word = shape.flags | (lru << FLAG_BITS);
        entry.write(0, &word.to_ne_bytes());
        let short = if shape.flags & LONG_KEY != 0 { 0 } else { u16::try_from(shape.key_len).unwrap_or(0) };
        entry.write(4, &short.to_ne_bytes());
        entry.write(6, &u16::try_from(shape.value_len).unwrap_or(0).to_ne_bytes());
        let mut next = HEADER;
        if let Some(at) = expire {
            entry.write(next, &at.to_ne_bytes());
            next += 8;
        }
        if shape.flags & LONG_KEY != 0 {
            entry.write(next, &(shape.key_len as u64).to_ne_bytes());
        }
        entry
    }

    #[inline]
    fn base(&self) -> *mut u8 {
        self.0.as_ptr().map_addr(|a| a & !TAGS)
    }

    fn block(&self) -> NonNull<u8> {
        // SAFETY: the block's address is not null.
        unsafe { NonNull::new_unchecked(self.base()) }
    }

    /// Where the block came from, for one that takes its place.
    fn home(&self) -> Place<'_> {
        // SAFETY: the block was allocated for this shape's size, or one of the same usable size, and lives as
        // long as `self`.
        unsafe { slab::home(self.block(), self.shape().size()) }
    }

    #[inline]
    fn at(&self, offset: usize) -> *mut u8 {
        // SAFETY: every caller passes an offset that its shape puts inside the block.
        unsafe { self.base().add(offset) }
    }

    #[inline]
    fn write(&mut self, offset: usize, bytes: &[u8]) {
        // SAFETY: callers write what the shape of this block has room for; `bytes` never overlaps the block.
        unsafe { self.at(offset).copy_from_nonoverlapping(bytes.as_ptr(), bytes.len()) };
    }

    #[inline]
    fn bytes(&self, offset: usize, len: usize) -> &[u8] {
        // SAFETY: the range was written by `allocate`/`write` and lives as long as the entry.
        unsafe { std::slice::from_raw_parts(self.at(offset), len) }
    }

    #[inline]
    fn word(&self) -> &AtomicU32 {
        // SAFETY: the first four bytes of the block, aligned to 8, are only ever accessed as this atomic once
        // the entry is shared.
        unsafe { AtomicU32::from_ptr(self.base().cast::<u32>()) }
    }

    #[inline]
    fn short(&self, offset: usize) -> usize {
        // SAFETY: header bytes 4-5 and 6-7, aligned to 2, initialised by `allocate`.
        usize::from(unsafe { self.at(offset).cast::<u16>().read() })
    }

    #[inline]
    fn long(&self, offset: usize) -> u64 {
        // SAFETY: an initialised 8-byte field of the block, aligned to 8.
        unsafe { self.at(offset).cast::<u64>().read() }
    }

    #[inline]
    fn shape(&self) -> Shape {
        let flags = self.word().load(Ordering::Relaxed) & 0xff;
        let mut shape = Shape { flags, key_len: self.short(4), value_len: self.short(6) };
        if flags & LONG_KEY != 0 {
            let offset = if flags & HAS_EXPIRE != 0 { HEADER + 8 } else { HEADER };
            #[expect(clippy::cast_possible_truncation, reason = "was a usize when it was written")]
            let len = self.long(offset) as usize;
            shape.key_len = len;
        }
        shape
    }

    /// Asks for the memory of header, key and short value.
    #[inline]
    pub(crate) fn prefetch(&self) {
        prefetch(self.base().addr());
        prefetch(self.base().addr() + 64);
    }

    /// Whether this is the entry of `key`. What comes behind the first cache line is asked for meanwhile.
    #[inline]
    pub(crate) fn is(&self, key: &[u8]) -> bool {
        prefetch(self.base().addr() + 64);
        let flags = self.word().load(Ordering::Relaxed);
        if flags & LONG_KEY != 0 {
            return self.key() == key;
        }
        self.short(4) == key.len() && same(self.bytes(key_at(flags), key.len()), key)
    }

    /// The key.
    #[inline]
    pub(crate) fn key(&self) -> &[u8] {
        let shape = self.shape();
        self.bytes(shape.key(), shape.key_len)
    }

    /// The value.
    #[inline]
    pub(crate) fn value(&self) -> ValueRef<'_> {
        match self.string() {
            Some(string) => ValueRef::Str(string),
            None => self.object().map_or_else(|| unreachable!("no string, so an object"), ValueRef::Object),
        }
    }

    /// The value, if it is a string.
    #[inline]
    pub(crate) fn string(&self) -> Option<StrRef<'_>> {
        let shape = self.shape();
        match shape.flags & REPR_MASK {
            REPR_INLINE => Some(StrRef::Bytes(self.bytes(shape.key() + shape.key_len, shape.value_len))),
            REPR_BLOCK => {
                // SAFETY: with REPR_BLOCK the payload holds a live Block, aligned to 8.
                Some(StrRef::Block(unsafe { &*self.at(shape.payload()).cast::<Block>() }))
            }
            REPR_INT => Some(StrRef::Int(self.long(shape.payload()).cast_signed())),
            _ => None,
        }
    }

    /// The value, if it is no string.
    #[inline]
    pub(crate) fn object(&self) -> Option<&Object> {
        let flags = self.word().load(Ordering::Relaxed);
        if flags & REPR_MASK != REPR_OBJECT {
            return None;
        }
        // SAFETY: with REPR_OBJECT the payload holds a live box, aligned to 8.
        Some(unsafe { &*self.at(payload_at(flags)).cast::<Box<Object>>() })
    }

    /// The same, to change it.
    #[inline]
    pub(crate) fn object_mut(&mut self) -> Option<&mut Object> {
        let flags = self.word().load(Ordering::Relaxed);
        if flags & REPR_MASK != REPR_OBJECT {
            return None;
        }
        // SAFETY: with REPR_OBJECT the payload holds a live box, and `&mut self` makes the access exclusive.
        Some(unsafe { &mut *self.at(payload_at(flags)).cast::<Box<Object>>() })
    }

    /// Whether the string was changed in place, so that its encoding's name is `raw`.
    pub(crate) fn is_raw(&self) -> bool {
        self.word().load(Ordering::Relaxed) & RAW != 0
    }

    /// Its phase: see `save.rs`.
    #[inline]
    pub(super) fn phase(&self) -> bool {
        self.word().load(Ordering::Relaxed) & PHASE != 0
    }

    /// Sets its phase. Only under an exclusive lock: readers change the clock in the same word.
    #[inline]
    pub(super) fn set_phase(&self, phase: bool) {
        let word = self.word();
        if phase {
            word.fetch_or(PHASE, Ordering::Relaxed);
        } else {
            word.fetch_and(!PHASE, Ordering::Relaxed);
        }
    }

    /// Whether the key has an expiry; reads the pointer only.
    #[inline]
    pub(crate) fn has_expire(&self) -> bool {
        self.0.as_ptr().addr() & EXPIRES != 0
    }

    /// Whether the value is a hash with fields that have an expiry; reads the pointer only.
    #[inline]
    pub(crate) fn fields_expire(&self) -> bool {
        self.0.as_ptr().addr() & FIELDS_EXPIRE != 0
    }

    /// Notes whether the value has such fields, after it has changed.
    #[inline]
    pub(crate) fn mark_fields_expire(&mut self, they_do: bool) {
        let tag = if they_do { FIELDS_EXPIRE } else { 0 };
        // A block's address is not null, whatever its tags.
        self.0 = self.0.map_addr(|a| NonZero::new(a.get() & !FIELDS_EXPIRE | tag).unwrap_or(a));
    }

    /// When something of it expires: the key, or the first of its fields.
    pub(crate) fn earliest(&self) -> Option<i64> {
        let fields = if self.fields_expire() { self.object().and_then(Object::earliest) } else { None };
        match (self.expire_at(), fields) {
            (Some(key), Some(field)) => Some(key.min(field)),
            (key, field) => key.or(field),
        }
    }

    /// The expiry in Unix milliseconds.
    #[inline]
    pub(crate) fn expire_at(&self) -> Option<i64> {
        self.has_expire().then(|| self.long(HEADER).cast_signed())
    }

    /// The 24-bit LRU clock or LFU counter.
    #[inline]
    pub(crate) fn lru(&self) -> u32 {
        self.word().load(Ordering::Relaxed) >> FLAG_BITS
    }

    /// Sets it; readers may race, one of them wins.
    pub(crate) fn set_lru(&self, lru: u32) {
        let flags = self.word().load(Ordering::Relaxed) & 0xff;
        self.word().store(flags | (lru << FLAG_BITS), Ordering::Relaxed);
    }

    /// Bytes the key costs: its block, and a shared block with the allocator's share.
    #[inline]
    pub(crate) fn cost(&self) -> usize {
        self.cost_and_object().0
    }

    /// [`Entry::cost`] and [`Entry::object`].
    #[inline]
    pub(crate) fn cost_and_object(&self) -> (usize, Option<&Object>) {
        let own = slab::cost(self.shape().size());
        match self.value() {
            ValueRef::Str(StrRef::Block(block)) => (own + block_cost(block), None),
            ValueRef::Object(object) => (own + object_cost(object), Some(object)),
            ValueRef::Str(_) => (own, None),
        }
    }

    /// Replaces value and `raw` mark in place, if that changes nothing else of the block, not its cost either;
    /// otherwise answers false and does nothing.
    #[inline(always)]
    pub(crate) fn overwrite(&mut self, value: &NewValue<'_>, raw: bool) -> bool {
        let flags = self.word().load(Ordering::Relaxed);
        let wanted = REPR_INLINE | if raw { RAW } else { 0 };
        match value {
            NewValue::Bytes(b)
                if flags & (REPR_MASK | RAW | LONG_KEY) == wanted && b.len() == self.short(6) =>
            {
                self.write(key_at(flags) + self.short(4), b);
                true
            }
            _ => self.overwrite_other(value, raw),
        }
    }

    #[inline(never)]
    fn overwrite_other(&mut self, value: &NewValue<'_>, raw: bool) -> bool {
        let shape = self.shape();
        match (shape.flags & REPR_MASK, value) {
            (REPR_INT, NewValue::Int(i)) => self.write(shape.payload(), &i.to_ne_bytes()),
            (REPR_INLINE, NewValue::Bytes(b)) => {
                if b.len() > INLINE_MAX
                    || slab::usable(shape.size()) != slab::usable(shape.size() - shape.value_len + b.len())
                {
                    return false;
                }
                self.write(shape.key() + shape.key_len, b);
                self.write(6, &u16::try_from(b.len()).unwrap_or(0).to_ne_bytes());
            }
            _ => return false,
        }
        if (shape.flags & RAW != 0) != raw {
            // Nobody else changes the clock: `&mut self`.
            self.word().fetch_xor(RAW, Ordering::Relaxed);
        }
        true
    }

    /// Replaces the value and the `raw` mark; key, expiry and clock stay. Returns what was displaced if it is
    /// worth dropping after the locks are released.
    pub(crate) fn set_value(&mut self, value: NewValue<'_>, raw: bool) -> Option<Entry> {
        if self.overwrite(&value, raw) {
            return None;
        }
        let fresh = Entry::new(self.home(), self.key(), value, raw, self.expire_at(), self.lru());
        let old = std::mem::replace(self, fresh);
        matches!(old.value(), ValueRef::Str(StrRef::Block(_)) | ValueRef::Object(_)).then_some(old)
    }

    /// The bytes of a string that nobody else holds, to change them in place; marks the value `raw`.
    #[inline]
    pub(crate) fn bytes_mut(&mut self) -> Option<&mut [u8]> {
        let shape = self.shape();
        if shape.flags & REPR_MASK != REPR_INLINE {
            return Block::get_mut(self.block_mut()?).map(Vec::as_mut_slice);
        }
        self.mark_raw(shape.flags);
        // SAFETY: with REPR_INLINE these bytes are the value, written by `allocate`'s callers, and `&mut self` makes the
        // access exclusive.
        Some(unsafe { std::slice::from_raw_parts_mut(self.at(shape.key() + shape.key_len), shape.value_len) })
    }

    /// Makes a short value that stays short longer, by zeros, or shorter; marks it `raw`. False if it is no such value.
    pub(crate) fn resize(&mut self, len: usize) -> bool {
        let shape = self.shape();
        if shape.flags & REPR_MASK != REPR_INLINE || len > INLINE_MAX {
            return false;
        }
        let (at, old) = (shape.key() + shape.key_len, shape.value_len);
        if slab::usable(shape.size()) == slab::usable(at + len) {
            self.write(at + old, &[0; INLINE_MAX][..len.saturating_sub(old)]);
            self.write(6, &u16::try_from(len).unwrap_or(0).to_ne_bytes());
            self.mark_raw(shape.flags);
        } else {
            let mut value = [0; INLINE_MAX];
            let kept = old.min(len);
            value[..kept].copy_from_slice(self.bytes(at, kept));
            self.set_value(NewValue::Bytes(&value[..len]), true);
        }
        true
    }

    /// Notes that the value was changed in place. Nobody else changes the clock meanwhile: `&mut self`.
    #[inline]
    fn mark_raw(&mut self, flags: u32) {
        if flags & RAW == 0 {
            self.word().fetch_or(RAW, Ordering::Relaxed);
        }
    }

    /// The shared block of a long value, to change it in place; marks the value `raw`.
    #[inline]
    pub(crate) fn block_mut(&mut self) -> Option<&mut Block> {
        let shape = self.shape();
        if shape.flags & REPR_MASK != REPR_BLOCK {
            return None;
        }
        self.mark_raw(shape.flags);
        // SAFETY: with REPR_BLOCK the payload holds a live Block, and `&mut self` makes the access exclusive.
        Some(unsafe { &mut *self.at(shape.payload()).cast::<Block>() })
    }

    /// Sets, changes or (with `None`) removes the expiry.
    pub(crate) fn set_expire(&mut self, expire: Option<i64>) {
        match (self.has_expire(), expire) {
            (false, None) => {}
            (true, Some(at)) => self.write(HEADER, &at.to_ne_bytes()),
            _ => {
                let (raw, lru) = (self.is_raw(), self.lru());
                *self = match self.take_value() {
                    Some(value) => Entry::new(self.home(), self.key(), value, raw, expire, lru),
                    None => Entry::new(self.home(), self.key(), self.inline(), raw, expire, lru),
                };
            }
        }
    }

    /// Bytes in place, as a value to store.
    fn inline(&self) -> NewValue<'_> {
        match self.string() {
            Some(StrRef::Bytes(bytes)) => NewValue::Bytes(bytes),
            _ => unreachable!("every other value can be taken"),
        }
    }

    /// Takes a value that is not in place out of the entry, which holds 0 then; `None` for bytes in place.
    fn take_value(&mut self) -> Option<NewValue<'static>> {
        let shape = self.shape();
        let payload = self.at(shape.payload());
        let value = match shape.flags & REPR_MASK {
            REPR_INLINE => return None,
            REPR_BLOCK => {
                // SAFETY: with REPR_BLOCK the payload holds a live Block; below it is given up.
                NewValue::Block(unsafe { payload.cast::<Block>().read() })
            }
            REPR_OBJECT => {
                // SAFETY: with REPR_OBJECT the payload holds a live box; below it is given up.
                NewValue::Object(unsafe { payload.cast::<Box<Object>>().read() })
            }
            _ => NewValue::Int(self.long(shape.payload()).cast_signed()),
        };
        self.write(shape.payload(), &0i64.to_ne_bytes());
        // An integer's payload has the same size and place. Nobody else changes the clock: `&mut self`.
        self.word().fetch_and(!REPR_MASK, Ordering::Relaxed);
        Some(value)
    }

    /// Moves the block, if it lies in a part of the heap that is nearly empty.
    pub(crate) fn compact(&mut self) {
        // SAFETY: allocated by `allocate` for this shape, as `drop` has it, and `&mut self`: nobody looks at it. What
        // the bytes own moves with them.
        if let Some(moved) = unsafe { slab::relocate(self.block(), self.shape().size()) } {
            let tag = self.0.addr().get() & TAGS;
            self.0 = moved.map_addr(|a| a | tag);
        }
    }

    /// A copy of value and expiry under another key.
    pub(crate) fn with_key(&self, key: &[u8]) -> Entry {
        let value = match self.value() {
            ValueRef::Str(StrRef::Int(i)) => NewValue::Int(i),
            ValueRef::Str(StrRef::Bytes(b)) => NewValue::Bytes(b),
            ValueRef::Str(StrRef::Block(block)) => NewValue::Block(Block::clone(block)),
            ValueRef::Object(object) => NewValue::Object(Box::new(object.clone())),
        };
        Entry::new(self.home(), key, value, self.is_raw(), self.expire_at(), self.lru())
    }

    /// The value and expiry moved under another key.
    pub(crate) fn into_key(mut self, key: &[u8]) -> Entry {
        let (raw, expire, lru) = (self.is_raw(), self.expire_at(), self.lru());
        match self.take_value() {
            Some(value) => Entry::new(self.home(), key, value, raw, expire, lru),
            None => Entry::new(self.home(), key, self.inline(), raw, expire, lru),
        }
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        let shape = self.shape();
        match shape.flags & REPR_MASK {
            REPR_BLOCK => {
                // SAFETY: the payload holds a live Block that nobody uses after this.
                unsafe { self.at(shape.payload()).cast::<Block>().drop_in_place() };
            }
            REPR_OBJECT => {
                // SAFETY: the payload holds a live box that nobody uses after this.
                unsafe { self.at(shape.payload()).cast::<Box<Object>>().drop_in_place() };
            }
            _ => {}
        }
        // SAFETY: allocated by `allocate` for the same shape: in-place changes keep its usable size, every other
        // change builds a new entry.
        unsafe { slab::free(self.block(), shape.size()) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::rng::Rng;
    use crate::keyspace::slab::Heap;

    fn text(entry: &Entry) -> Vec<u8> {
        match entry.string().unwrap() {
            StrRef::Int(i) => i.to_string().into_bytes(),
            StrRef::Bytes(b) => b.to_vec(),
            StrRef::Block(b) => b.to_vec(),
        }
    }

    #[test]
    fn an_entry_is_a_pointer() {
        assert_eq!(size_of::<Option<Entry>>(), 8);
        let heap = Heap::new();
        let entry = Entry::new(heap.place(0), &[b'k'; 16], NewValue::Bytes(&[b'v'; 64]), false, None, 0);
        assert_eq!(entry.cost(), 88);
    }

    #[test]
    fn keeps_what_a_naive_twin_keeps() {
        let heap = Heap::new();
        let mut rng = Rng::new(7);
        let mut size = |max: u64| usize::try_from(rng.below(max)).unwrap();
        let rounds = if cfg!(miri) { 3 } else { 400 };
        for round in 0..rounds {
            let key_len = if round % 50 == 0 { LONG_KEY_FROM + size(9) } else { size(70) };
            let key = vec![b'k'; key_len];
            let mut entry = Entry::new(heap.place(round), &key, NewValue::Int(1), false, None, 5);
            let (mut value, mut raw, mut expire, mut lru) = (b"1".to_vec(), false, None, 5);
            for _ in 0..30 {
                match size(8) {
                    7 => {
                        let len = size(INLINE_MAX as u64 + 9);
                        let is_short = matches!(entry.string(), Some(StrRef::Bytes(_)));
                        assert_eq!(entry.resize(len), is_short && len <= INLINE_MAX);
                        if is_short && len <= INLINE_MAX {
                            value.resize(len, 0);
                            raw = true;
                        }
                        if let Some(bytes) = entry.bytes_mut() {
                            bytes.reverse();
                            value.reverse();
                            raw = true;
                        }
                    }
                    0 => {
                        let i = i64::try_from(size(1 << 40)).unwrap() - 1000;
                        entry.set_value(NewValue::Int(i), false);
                        (value, raw) = (i.to_string().into_bytes(), false);
                    }
                    1 | 2 => {
                        value = vec![b'a' + u8::try_from(size(26)).unwrap(); size(2 * INLINE_MAX as u64)];
                        raw = size(2) == 0;
                        entry.set_value(NewValue::Bytes(&value), raw);
                    }
                    3 => {
                        expire = (size(2) == 0).then(|| i64::try_from(size(1 << 40)).unwrap());
                        entry.set_expire(expire);
                    }
                    4 => {
                        lru = u32::try_from(size(1 << 24)).unwrap();
                        entry.set_lru(lru);
                    }
                    5 => entry = entry.with_key(&key),
                    _ => {
                        if let Some(block) = entry.block_mut() {
                            let pinned = (size(2) == 0).then(|| Block::clone(block));
                            Block::make_mut(block).push(b'!');
                            assert!(pinned.is_none_or(|p| *p == value));
                            value.push(b'!');
                            raw = true;
                        }
                    }
                }
                assert_eq!(entry.key(), key);
                assert_eq!(text(&entry), value);
                assert_eq!((entry.is_raw(), entry.expire_at(), entry.lru()), (raw, expire, lru));
            }
        }
    }
}
