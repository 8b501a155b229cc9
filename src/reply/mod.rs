//! Layer 0: what a command answers. Handlers write into a [`sink::ReplySink`]; the tree sink keeps the answer
//! for C and Rust, the discard sink drops it. The RESP encoders live in `proto`.
//!
//! Start reading at `sink.rs`.

pub(crate) mod discard;
pub(crate) mod record;
pub(crate) mod sink;
pub(crate) mod tree;
