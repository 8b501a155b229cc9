//! Layer 1: the keys. A power of two of shards, each behind its own lock; in a shard, per logical database, an
//! extendible directory of small tables; in a table's slot, one block per key, from the
//! database's own heap.
//!
//! What lives here: entries, tables, shards and their locks, SCAN's walk, sampling, memory accounting, expiry
//! and eviction candidates, snapshots' walk. What does not: commands, replies, the journal.
//!
//! Start reading at `space.rs`, then `table.rs` and `raw.rs`.

pub(crate) mod aside;
pub(crate) mod evict;
pub(crate) mod lfu;
pub(crate) mod raw;
pub(crate) mod save;
pub(crate) mod shard;
pub(crate) mod slab;
pub(crate) mod space;
pub(crate) mod table;
pub(crate) mod usage;

/// Whether a key that expires at `at` is gone at `now`, both in Unix milliseconds: as in Redis it lives through
/// the millisecond that is named.
pub(crate) fn due(at: i64, now: i64) -> bool {
    now > at
}
