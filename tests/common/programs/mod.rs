//! Random programs, a file a family of commands. Everything follows from the generator's seed; keys are few and the
//! family's own, so that commands meet each other's leavings.

pub(crate) mod bitmap;
pub(crate) mod geo;
pub(crate) mod hash;
pub(crate) mod hash_expiry;
pub(crate) mod hyperloglog;
pub(crate) mod list;
pub(crate) mod newer;
pub(crate) mod set;
pub(crate) mod sort;
pub(crate) mod stream;
pub(crate) mod zset;

use super::oracle::Which;
use super::program::{Argv, Compare, Rng};

/// A family: its name, the server to compare with, and what makes its commands.
pub(crate) struct Family {
    /// As the test is named.
    pub(crate) name: &'static str,
    /// The reference.
    pub(crate) which: Which,
    /// One command.
    pub(crate) command: fn(&mut Rng) -> Argv,
}

/// How a family compares the replies to a command; `None` if the command is not its own.
type Comparing = fn(&[Vec<u8>]) -> Option<Compare>;

/// Every family's way to compare.
const COMPARING: &[Comparing] = &[
    hash::comparison,
    list::comparison,
    set::comparison,
    sort::comparison,
    stream::comparison,
    zset::comparison,
];

/// How the replies to a command are compared, if a family says so.
pub(crate) fn comparison(argv: &[Vec<u8>]) -> Option<Compare> {
    COMPARING.iter().find_map(|compare| compare(argv))
}
