//! Sets: different members, without order.

/// See the module.
#[derive(Debug, Clone, Default)]
pub(crate) struct Set;

impl Set {
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

    /// The members.
    pub(crate) fn iter(&self) -> impl Iterator<Item = crate::types::listpack::Item<'_>> {
        std::iter::empty()
    }

    /// The name of its encoding, as OBJECT ENCODING tells it.
    pub(crate) fn encoding(&self) -> &'static str {
        "hashtable"
    }
}
