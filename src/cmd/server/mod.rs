//! Being filled.

use super::spec::CommandSpec;

/// The rows of this family, one slice a file.
pub(crate) const SPECS: &[&[CommandSpec]] = &[];
/// tmp
pub(crate) const REDIS_VERSION: &str = "7.0.15";
