//! Keys of any type: deleting, expiring, renaming, copying, walking, looking at how they are stored.
//!
//! What the value holds is no business of this family; the few places that must tell types apart are
//! [`type_name`] here and `encoding` in `object.rs`. Start reading at `del.rs`.

pub(crate) mod copy;
pub(crate) mod del;
pub(crate) mod dump;
pub(crate) mod exists;
pub(crate) mod expire;
pub(crate) mod object;
pub(crate) mod rename;
pub(crate) mod scan;
pub(crate) mod sort;
pub(crate) mod ttl;
pub(crate) mod wait;

use super::spec::CommandSpec;
use crate::keyspace::raw::{Entry, ValueRef};

/// The rows of this family, one slice a file.
pub(crate) const SPECS: &[&[CommandSpec]] = &[
    del::SPECS,
    exists::SPECS,
    expire::SPECS,
    ttl::SPECS,
    rename::SPECS,
    copy::SPECS,
    scan::SPECS,
    object::SPECS,
    sort::SPECS,
    dump::SPECS,
    wait::SPECS,
];

/// The type of a value, as TYPE answers it.
pub(crate) fn type_name(entry: &Entry) -> &'static str {
    match entry.value() {
        ValueRef::Str(_) => "string",
        ValueRef::Object(object) => object.type_name(),
    }
}
