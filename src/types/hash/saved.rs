//! Hashes as they are saved: the listpack of a small one, and how to make one from a listpack or field by field.

use super::pack::Pack;
use super::table::Table;
use super::{Hash, Repr};
use crate::types::limits::Limits;
use crate::types::listpack::Listpack;

/// What a hash is saved from.
pub(crate) enum Form<'h> {
    /// A listpack of field, value pairs.
    Pairs(&'h Listpack),
    /// A listpack of field, value, expiry triples, in the order of the expiries; 0 is none, and comes last.
    Triples(&'h Listpack),
    /// Its fields.
    Fields,
}

impl Hash {
    /// What it is saved from.
    pub(crate) fn form(&self) -> Form<'_> {
        match &self.0 {
            Repr::Pairs(pack) => Form::Pairs(pack.listpack()),
            Repr::Triples(pack) => Form::Triples(pack.listpack()),
            Repr::Table(_) => Form::Fields,
        }
    }

    /// The hash of a listpack of pairs with different fields.
    pub(crate) fn from_pairs(pack: Listpack) -> Self {
        Self(Repr::Pairs(Pack::from_listpack(pack)))
    }

    /// The hash of a listpack of triples with different fields, as [`Form::Triples`] has them.
    pub(crate) fn from_triples(pack: Listpack) -> Self {
        Self(Repr::Triples(Pack::from_listpack(pack)))
    }

    /// A large one without fields and with room for `expected`.
    pub(crate) fn large(limits: &Limits, expected: usize) -> Self {
        Self(Repr::Table(Box::new(Table::new(limits.seed(), expected, std::iter::empty()))))
    }
}
