//! Layer 0: what values are made of. One folder per type of value, and the structures they share; data structures
//! only: no locks, no replies, no keys. What a value has to know of its database (thresholds, the seed of hashes) comes
//! in [`limits::Limits`].
//!
//! Start reading at `object.rs`.

pub(crate) mod arena;
pub(crate) mod dict;
pub(crate) mod hash;
pub(crate) mod limits;
pub(crate) mod list;
pub(crate) mod listpack;
pub(crate) mod object;
pub(crate) mod packed;
pub(crate) mod set;
pub(crate) mod stream;
pub(crate) mod string;
pub(crate) mod zset;
