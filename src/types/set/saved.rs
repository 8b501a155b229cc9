//! Sets as they are saved: the integers of an intset, or member by member.

use super::{Repr, Set};
use crate::types::limits::Limits;
use crate::types::packed::PackedSet;

impl Set {
    /// The members in ascending order, if it is an intset.
    pub(crate) fn ints(&self) -> Option<impl Iterator<Item = i64> + Clone> {
        match &self.0 {
            Repr::Ints(ints) => Some((0..ints.len()).filter_map(|index| ints.get(index))),
            _ => None,
        }
    }

    /// A large one without members and with room for `expected`.
    pub(crate) fn large(limits: &Limits, expected: usize) -> Self {
        Self(Repr::Table(Box::new(PackedSet::with_capacity(limits.seed(), expected))))
    }
}
