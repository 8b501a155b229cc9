//! Layer 0: the values, one folder per type. Data structures only: no locks, no replies, no keys.
//!
//! What large sets, hashes and sorted sets share lies beside the folders: [`packed`], a map of byte strings, made of
//! [`arena`], the records' memory, and [`dict`], the index over them.

#[cfg_attr(not(test), expect(dead_code, reason = "the values that are made of it follow"))]
pub(crate) mod arena;
#[cfg_attr(not(test), expect(dead_code, reason = "the values that are made of it follow"))]
pub(crate) mod dict;
#[cfg_attr(not(test), expect(dead_code, reason = "the values that are made of it follow"))]
pub(crate) mod packed;
pub(crate) mod string;

/// The seed of a random test: `SEED` of the environment, or `otherwise`; printed, so that a failure names it.
#[cfg(test)]
pub(crate) fn test_seed(otherwise: u64) -> u64 {
    let seed = std::env::var("SEED").ok().and_then(|s| s.parse().ok()).unwrap_or(otherwise);
    println!("SEED={seed}");
    seed
}
