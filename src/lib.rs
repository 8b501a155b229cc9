//! lodger: Redis's data model as a library.
pub(crate) mod base;
