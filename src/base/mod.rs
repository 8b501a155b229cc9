//! Layer 0: numbers, clock, randomness, errors, glob. Knows nothing of the layers above.
//!
//! Start reading at `num.rs` (how Redis parses and prints numbers) and `error.rs` (the API's error type).

pub(crate) mod bell;
pub(crate) mod clock;
pub(crate) mod crc64;
pub(crate) mod error;
pub(crate) mod glob;
pub(crate) mod latency;
pub(crate) mod log;
pub(crate) mod longdouble;
pub(crate) mod lzf;
pub(crate) mod num;
pub(crate) mod place;
pub(crate) mod rng;
pub(crate) mod seat;
pub(crate) mod words;
