//! Strings as arrays of bits: single bits, counts and positions, whole strings combined, integers of any width.
//!
//! Start reading at `bit.rs`.

mod bit;
mod count;
mod field;
mod operation;

use super::ctx::Ctx;
use super::error::CmdError;
use super::spec::CommandSpec;
use super::string::edit::longest;

/// The rows of this family, one slice a file.
pub(crate) const SPECS: &[&[CommandSpec]] = &[bit::SPECS, count::SPECS, operation::SPECS, field::SPECS];

/// A bit offset that is none, or lies behind the longest string allowed.
const BAD_OFFSET: CmdError = CmdError::Text("ERR bit offset is not an integer or out of range");

/// A bit offset that was given as a number, if it is within the longest string allowed.
fn offset(ctx: &Ctx<'_>, bit: i64) -> Result<u64, CmdError> {
    let bit = u64::try_from(bit).map_err(|_| BAD_OFFSET)?;
    if bit >> 3 < longest(ctx) as u64 { Ok(bit) } else { Err(BAD_OFFSET) }
}
