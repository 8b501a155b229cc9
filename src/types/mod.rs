//! Layer 0: the values, one folder per type. Data structures only: no locks, no replies, no keys.

pub(crate) mod string;
