//! What DUMP answers and RESTORE takes: the byte of a value's form, the value, the version of the format in two bytes and
//! a checksum in eight, low bytes first.

use super::decode::from_slice;
use super::encode::{Encoder, kind_of, version_of};
use super::error::{Error, Problem};
use super::{NEWEST_VERSION, Value, ValueRef};
use crate::base::crc64::crc64;
use crate::types::limits::Limits;

/// The bytes behind the value.
const FOOTER: usize = 10;

/// The dump of a value.
pub(crate) fn write(value: ValueRef<'_>, compress: bool) -> Vec<u8> {
    let mut encoder = Encoder::new(vec![kind_of(value)], compress);
    // A vector takes everything.
    let _ = encoder.value(value);
    let mut dump = encoder.into_inner();
    dump.extend_from_slice(&version_of(value).to_le_bytes());
    let crc = crc64(&dump);
    dump.extend_from_slice(&crc.to_le_bytes());
    dump
}

/// The part of a dump that is the value with the byte of its form, if version and checksum are right.
pub(crate) fn verify(dump: &[u8]) -> Result<&[u8], Error> {
    let size = dump.len() as u64;
    let Some((body, footer)) = dump.split_last_chunk::<FOOTER>() else {
        return Err(Error::new(size, Problem::Truncated));
    };
    let [low, high, crc @ ..] = *footer;
    let version = u16::from_le_bytes([low, high]);
    if version > NEWEST_VERSION {
        return Err(Error::new(body.len() as u64, Problem::Version(version.into())));
    }
    let (summed, _) = dump.split_at(dump.len().saturating_sub(crc.len()));
    let (is, should) = (u64::from_le_bytes(crc), crc64(summed));
    if is != should {
        return Err(Error::new(summed.len() as u64, Problem::Checksum(is, should)));
    }
    Ok(body)
}

/// The value of what [`verify`] answered. What is behind it is ignored, as Redis does.
pub(crate) fn read(body: &[u8], limits: &Limits) -> Result<Value, Error> {
    let Some((&form, rest)) = body.split_first() else { return Err(Error::new(0, Problem::Truncated)) };
    from_slice(rest, 1, form, limits)
}
