//! Layer 0: what values are made of. One folder per type of value; data structures only: no locks, no replies, no
//! keys. What a value has to know of its database (thresholds, the seed of hashes) comes in [`limits::Limits`].
//!
//! Start reading at `object.rs`.

pub(crate) mod hash;
pub(crate) mod limits;
pub(crate) mod list;
#[allow(dead_code, reason = "the small encodings of the collection types are built on it")]
pub(crate) mod listpack;
pub(crate) mod object;
pub(crate) mod set;
pub(crate) mod stream;
pub(crate) mod string;
pub(crate) mod zset;
