//! Layer 1: values as Redis saves them, in RDB files and in what DUMP answers: bytes to values and back, nothing else.
//!
//! What lives here: lengths and strings (`source.rs`), every type of value that Redis 2.6 to 8.0 and Valkey 8 write
//! (`decode.rs`, `stream.rs`, the flat forms of old in `legacy.rs`), the forms that redis-server 7.0 reads (`encode.rs`),
//! what stands around values in a file (`file.rs`) and in a dump (`dump.rs`), and how to find where a value ends without
//! building it (`skip.rs`). What does not: files, keys, locks, commands.
//!
//! Whatever comes in is hostile. Every length is held against what is left of the input before memory is taken,
//! listpacks and their forerunners are gone through entry by entry, and an error says what is wrong and at which byte.
//! Start reading at `decode.rs`.
#![cfg_attr(not(test), deny(clippy::indexing_slicing, clippy::arithmetic_side_effects))]

mod decode;
pub(crate) mod dump;
mod encode;
pub(crate) mod error;
#[cfg_attr(not(test), allow(dead_code, reason = "snapshots come with it"))]
pub(crate) mod file;
mod legacy;
mod skip;
mod source;
mod stream;
#[cfg(test)]
mod tests;

use crate::types::object::Object;

/// The version of the format that is written: redis-server 7.0 reads it.
pub(crate) const VERSION: u16 = 10;

/// The version that is named where fields of a hash expire, and the newest that is read: Redis 8.0's.
pub(crate) const NEWEST_VERSION: u16 = 12;

/// What byte stands in front of a value of which form.
pub(crate) mod kind {
    /// A string.
    pub(crate) const STRING: u8 = 0;
    /// A list, element by element.
    pub(crate) const LIST: u8 = 1;
    /// A set, member by member.
    pub(crate) const SET: u8 = 2;
    /// A sorted set, scores as text.
    pub(crate) const ZSET: u8 = 3;
    /// A hash, field by field.
    pub(crate) const HASH: u8 = 4;
    /// A sorted set, scores as doubles.
    pub(crate) const ZSET_2: u8 = 5;
    /// A module's value before Redis 4.0.
    pub(crate) const MODULE: u8 = 6;
    /// A module's value.
    pub(crate) const MODULE_2: u8 = 7;
    /// A hash as one zipmap.
    pub(crate) const HASH_ZIPMAP: u8 = 9;
    /// A list as one ziplist.
    pub(crate) const LIST_ZIPLIST: u8 = 10;
    /// A set as one intset.
    pub(crate) const SET_INTSET: u8 = 11;
    /// A sorted set as one ziplist.
    pub(crate) const ZSET_ZIPLIST: u8 = 12;
    /// A hash as one ziplist.
    pub(crate) const HASH_ZIPLIST: u8 = 13;
    /// A list as ziplists.
    pub(crate) const LIST_QUICKLIST: u8 = 14;
    /// A stream.
    pub(crate) const STREAM: u8 = 15;
    /// A hash as one listpack.
    pub(crate) const HASH_LISTPACK: u8 = 16;
    /// A sorted set as one listpack.
    pub(crate) const ZSET_LISTPACK: u8 = 17;
    /// A list as listpacks and single elements.
    pub(crate) const LIST_QUICKLIST_2: u8 = 18;
    /// A stream that knows what was deleted and how far groups read.
    pub(crate) const STREAM_2: u8 = 19;
    /// A set as one listpack.
    pub(crate) const SET_LISTPACK: u8 = 20;
    /// A stream that knows also when consumers were active.
    pub(crate) const STREAM_3: u8 = 21;
    /// A hash whose fields expire, as a release candidate of Redis 7.4 wrote it.
    pub(crate) const HASH_METADATA_PRE_GA: u8 = 22;
    /// The same as one listpack.
    pub(crate) const HASH_LISTPACK_EX_PRE_GA: u8 = 23;
    /// A hash whose fields expire.
    pub(crate) const HASH_METADATA: u8 = 24;
    /// The same as one listpack.
    pub(crate) const HASH_LISTPACK_EX: u8 = 25;
}

/// A value that was read.
#[derive(Debug)]
pub(crate) enum Value {
    /// A string that is an integer in canonical form.
    Int(i64),
    /// Any other string.
    Text(Vec<u8>),
    /// A value of another type.
    Object(Object),
}

/// A value to be written.
#[derive(Debug, Clone, Copy)]
pub(crate) enum ValueRef<'v> {
    /// A string that is an integer.
    Int(i64),
    /// Any other string.
    Text(&'v [u8]),
    /// A value of another type.
    Object(&'v Object),
}
