//! Layer 2: the files of a database.
//!
//! Here live the file seam (`storage.rs`), the append-only file (`aof/`) and snapshot files
//! (`snapshot.rs` writes them, `load.rs` reads them). Nothing here knows a command:
//! replay hands argument vectors to a closure, and the journal is written as the argument vectors it is
//! given. Start reading at `aof/mod.rs`.
#![cfg_attr(not(test), deny(clippy::indexing_slicing, clippy::arithmetic_side_effects))]

pub(crate) mod aof;
pub(crate) mod load;
pub(crate) mod snapshot;
pub(crate) mod storage;
#[cfg(test)]
mod testing;
