//! The timeout of commands that wait.

use super::error::CmdError;
use crate::base::num;

/// Milliseconds of a timeout in seconds, 0 for ever. What is less than a millisecond counts as one, so that it is not
/// for ever. As in Redis a time that overflows is called negative.
pub(crate) fn parse(text: &[u8]) -> Result<u64, CmdError> {
    let seconds =
        num::parse_f64_lossy(text).ok_or(CmdError::Text("ERR timeout is not a float or out of range"))?;
    let millis = (seconds * 1000.0).ceil();
    if millis < 0.0 || millis >= i64::MAX as f64 {
        return Err(CmdError::Text("ERR timeout is negative"));
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "in the range of an i64")]
    Ok(millis as u64)
}
