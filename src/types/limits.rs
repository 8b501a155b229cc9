//! What a value has to know of its database: the thresholds between encodings, as CONFIG sets them, and the seed of
//! hashes.

use std::sync::atomic::{AtomicI64, AtomicU64, AtomicUsize, Ordering};

/// Thresholds and seed of one database. Each is read on its own: no two belong together.
pub(crate) struct Limits {
    /// Seeds the hash functions of large values.
    seed: AtomicU64,
    list_max_listpack_size: AtomicI64,
    list_packed_threshold: AtomicUsize,
    hash_max_listpack_entries: AtomicUsize,
    hash_max_listpack_value: AtomicUsize,
    set_max_intset_entries: AtomicUsize,
    zset_max_listpack_entries: AtomicUsize,
    zset_max_listpack_value: AtomicUsize,
    hll_sparse_max_bytes: AtomicUsize,
    stream_node_max_bytes: AtomicUsize,
    stream_node_max_entries: AtomicI64,
}

/// A reader and a setter of each.
macro_rules! limits {
    ($($(#[$doc:meta])* $field:ident $set:ident $kind:ty;)*) => {
        impl Limits {
            $(
                $(#[$doc])*
                #[inline]
                pub(crate) fn $field(&self) -> $kind {
                    self.$field.load(Ordering::Relaxed)
                }

                /// Sets it; values that exist stay as they are until they change.
                pub(crate) fn $set(&self, to: $kind) {
                    self.$field.store(to, Ordering::Relaxed);
                }
            )*
        }
    };
}

limits! {
    /// Seeds the hash functions of large values.
    seed set_seed u64;
    /// `list-max-listpack-size`: elements of a chunk if positive, otherwise a class of bytes: -1 4 KiB to -5 64 KiB.
    list_max_listpack_size set_list_max_listpack_size i64;
    /// Elements of lists of this length and more stand alone: DEBUG QUICKLIST-PACKED-THRESHOLD.
    list_packed_threshold set_list_packed_threshold usize;
    /// `hash-max-listpack-entries`.
    hash_max_listpack_entries set_hash_max_listpack_entries usize;
    /// `hash-max-listpack-value`.
    hash_max_listpack_value set_hash_max_listpack_value usize;
    /// `set-max-intset-entries`.
    set_max_intset_entries set_set_max_intset_entries usize;
    /// `zset-max-listpack-entries`.
    zset_max_listpack_entries set_zset_max_listpack_entries usize;
    /// `zset-max-listpack-value`.
    zset_max_listpack_value set_zset_max_listpack_value usize;
    /// `hll-sparse-max-bytes`.
    hll_sparse_max_bytes set_hll_sparse_max_bytes usize;
    /// `stream-node-max-bytes`, 0 for no limit.
    stream_node_max_bytes set_stream_node_max_bytes usize;
    /// `stream-node-max-entries`, 0 for no limit.
    stream_node_max_entries set_stream_node_max_entries i64;
}

impl Default for Limits {
    /// Redis's.
    fn default() -> Self {
        Self {
            seed: AtomicU64::new(0),
            list_max_listpack_size: AtomicI64::new(-2),
            list_packed_threshold: AtomicUsize::new(1 << 30),
            hash_max_listpack_entries: AtomicUsize::new(512),
            hash_max_listpack_value: AtomicUsize::new(64),
            set_max_intset_entries: AtomicUsize::new(512),
            zset_max_listpack_entries: AtomicUsize::new(128),
            zset_max_listpack_value: AtomicUsize::new(64),
            hll_sparse_max_bytes: AtomicUsize::new(3000),
            stream_node_max_bytes: AtomicUsize::new(4096),
            stream_node_max_entries: AtomicI64::new(100),
        }
    }
}
