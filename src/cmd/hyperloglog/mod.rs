//! HyperLogLog: strings that estimate how many different elements were added.

use super::spec::CommandSpec;

/// The rows of this family, one slice a file.
pub(crate) const SPECS: &[&[CommandSpec]] = &[];
