//! Layer 0: what values are made of. One folder per type of value, and the structures they share; data structures
//! only: no locks, no replies, no keys. What a value has to know of its database (thresholds, the seed of hashes) comes
//! in [`limits::Limits`].
//!
//! Start reading at `object.rs`.

pub(crate) mod arena;
pub(crate) mod bitmap;
pub(crate) mod dict;
pub(crate) mod geo;
pub(crate) mod hash;
pub(crate) mod hll;
pub(crate) mod limits;
pub(crate) mod list;
pub(crate) mod listpack;
pub(crate) mod object;
pub(crate) mod packed;
pub(crate) mod raw;
pub(crate) mod set;
pub(crate) mod stream;
pub(crate) mod string;
pub(crate) mod zset;

/// The seed of a random test: `SEED` of the environment, or `otherwise`; printed, so that a failure names it.
#[cfg(test)]
pub(crate) fn test_seed(otherwise: u64) -> u64 {
    let seed = std::env::var("SEED").ok().and_then(|s| s.parse().ok()).unwrap_or(otherwise);
    println!("SEED={seed}");
    seed
}
