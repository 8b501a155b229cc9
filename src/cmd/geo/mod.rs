//! Geo: sorted sets of places.

use super::spec::CommandSpec;

/// The rows of this family, one slice a file.
pub(crate) const SPECS: &[&[CommandSpec]] = &[];
