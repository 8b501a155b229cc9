//! String values: what LCS computes, and long values that grow in place.

pub(crate) mod block;
pub(crate) mod lcs;
mod raw;
