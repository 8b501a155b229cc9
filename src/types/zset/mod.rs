//! Sorted sets: members ordered by a score.

/// See the module.
#[derive(Debug, Clone, Default)]
pub(crate) struct Zset;

impl Zset {
    /// Whether nothing is in it: then its key goes.
    pub(crate) fn is_empty(&self) -> bool {
        true
    }

    /// Elements.
    pub(crate) fn len(&self) -> usize {
        0
    }

    /// Bytes that it has on the heap, besides itself. In constant time.
    pub(crate) fn heap_bytes(&self) -> usize {
        0
    }

    /// The name of its encoding, as OBJECT ENCODING tells it.
    pub(crate) fn encoding(&self) -> &'static str {
        "listpack"
    }
}
