//! Strings: the algorithms that need more than a slice of bytes.

pub(crate) mod lcs;
