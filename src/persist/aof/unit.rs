//! Units: pieces of the file that can be told to be whole.
//!
//! After a power cut a disk may hold a later part of what was written and not an earlier one, where zeros are then, or
//! what was there before. In the middle of a value nobody would notice. So what is written in one piece and does not lie
//! in one sector of the disk begins with an annotation, which Redis passes over:
//!
//! `#LODGER:LLLLLLLLLL:DDDDDDDDDDDD:CCCCCCCCCCCCCCCC\r\n`, in hexadecimal digits: the bytes that follow and belong to it,
//! the length of the file that was on disk when it was written, and the CRC-64 of these two and the bytes.
//!
//! A unit at the end of the last file that is short, or has a sector of zeros, is what a crash left, and is cut off. If a
//! later unit says that it had been on disk, or if it has other bytes than were written, it is damage. What stands in no unit was written by another server, or in one sector; a file of ours
//! begins with a unit, so that zeros in it are known to be a hole.

use std::fmt::Write as _;

use crate::base::crc64::Crc64;

/// The length of the annotation.
pub(super) const HEAD: usize = 50;
/// What disks write as a whole.
const SECTOR: u64 = 512;
const SECTOR_LEN: usize = 512;
/// How the annotation begins.
pub(super) const MARK: &[u8] = b"#LODGER:";

/// What the annotation says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Head {
    /// The bytes behind it.
    pub(super) len: u64,
    /// The length of the file that was on disk.
    pub(super) durable: u64,
    crc: u64,
}

/// Whether so many bytes from an offset on lie in more than one sector.
pub(super) fn crosses(offset: u64, len: u64) -> bool {
    let last = offset.saturating_add(len.saturating_sub(1));
    offset / SECTOR != last / SECTOR
}

fn crc(fields: &[u8], bytes: &[u8]) -> u64 {
    let mut crc = Crc64::new();
    crc.update(fields);
    crc.update(bytes);
    crc.value()
}

/// Writes the annotation into the first [`HEAD`] bytes of `chunk`, for the rest of it.
pub(super) fn seal(chunk: &mut [u8], durable: u64) {
    let Some((head, bytes)) = chunk.split_at_mut_checked(HEAD) else { return };
    let mut text = String::with_capacity(HEAD);
    // Writing to a String cannot fail.
    let _ = write!(text, "#LODGER:{:010x}:{durable:012x}", bytes.len());
    let crc = crc(text.as_bytes(), bytes);
    let _ = write!(text, ":{crc:016x}\r\n");
    if text.len() == HEAD {
        head.copy_from_slice(text.as_bytes());
    }
}

impl Head {
    /// Reads an annotation; `None` if it is another one.
    pub(super) fn parse(line: &[u8]) -> Option<Self> {
        let fields = line.get(..HEAD)?.strip_prefix(MARK)?.strip_suffix(b"\r\n")?;
        let mut numbers = fields.split(|b| *b == b':').map(|digits| {
            let lower = digits.iter().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
            let text = std::str::from_utf8(digits).ok().filter(|_| lower)?;
            u64::from_str_radix(text, 16).ok()
        });
        let head = Self { len: numbers.next()??, durable: numbers.next()??, crc: numbers.next()?? };
        numbers.next().is_none().then_some(head)
    }

    /// Whether `line`, which this was read from, and the bytes behind it are as they were written.
    pub(super) fn fits(&self, line: &[u8], bytes: &[u8]) -> bool {
        let fields = line.get(..HEAD - 19).unwrap_or_default();
        bytes.len() as u64 == self.len && crc(fields, bytes) == self.crc
    }
}

/// Whether there are nothing but zeros in what one sector has of `bytes`, which begin at `offset` of the file: a place
/// where nothing came to the disk; or whether they end in one.
pub(super) fn has_hole(offset: u64, bytes: &[u8]) -> bool {
    let next = offset.div_ceil(SECTOR).saturating_mul(SECTOR);
    let first = usize::try_from(next.saturating_sub(offset)).unwrap_or(usize::MAX);
    let whole = bytes.get(first..).unwrap_or_default().chunks(SECTOR_LEN);
    let (rest, zero) = (bytes.get(..first).unwrap_or(bytes), |part: &[u8]| part.iter().all(|b| *b == 0));
    // A file may have grown before its data came: commands end in a line's end, not in a zero.
    whole.chain([rest]).any(|part| !part.is_empty() && zero(part)) || bytes.last() == Some(&0)
}

/// Whether a later unit in `rest` says that more than `offset` bytes were on disk when it was written.
pub(super) fn was_durable(offset: u64, rest: &[u8]) -> bool {
    // Bytes made to look like a great many units must not cost a great deal more than their number.
    let mut budget = rest.len().saturating_mul(4);
    for at in memchr::memmem::find_iter(rest, MARK) {
        let Some((line, behind)) = rest.get(at..).and_then(|unit| unit.split_at_checked(HEAD)) else { break };
        let Some(head) = Head::parse(line).filter(|head| head.durable > offset) else { continue };
        let bytes = usize::try_from(head.len).ok().and_then(|len| behind.get(..len));
        let Some(bytes) = bytes else { continue };
        match budget.checked_sub(bytes.len()) {
            Some(left) => budget = left,
            None => return false,
        }
        if head.fits(line, bytes) {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unit(bytes: &[u8], durable: u64) -> Vec<u8> {
        let mut chunk = vec![b' '; HEAD];
        chunk.extend_from_slice(bytes);
        seal(&mut chunk, durable);
        chunk
    }

    #[test]
    fn a_unit_tells_every_change_of_a_byte() {
        let whole = unit(b"*1\r\n$1\r\nA\r\n", 77);
        let (line, bytes) = whole.split_at(HEAD);
        let head = Head::parse(line).unwrap();
        assert_eq!((head.len, head.durable), (11, 77));
        assert!(head.fits(line, bytes));
        for i in 0..whole.len() {
            for bit in 0..8 {
                let mut other = whole.clone();
                other[i] ^= 1 << bit;
                let (line, bytes) = other.split_at(HEAD);
                assert!(!Head::parse(line).is_some_and(|head| head.fits(line, bytes)), "byte {i}, bit {bit}");
            }
        }
        assert_eq!(Head::parse(b"#TS:1700000000\r\n"), None);
    }

    #[test]
    fn sectors_and_holes() {
        assert!(!crosses(0, 512) && crosses(0, 513) && crosses(511, 2) && !crosses(1024, 0));
        let mut bytes = vec![b'x'; 2000];
        assert!(!has_hole(100, &bytes));
        bytes[512 - 100..1024 - 100].fill(0);
        assert!(has_hole(100, &bytes));
        assert!(!has_hole(101, &bytes));
        assert!(has_hole(0, &[0; 20]) && !has_hole(0, b"\0\0x") && !has_hole(0, b""));
    }

    #[test]
    fn a_later_unit_knows_what_was_on_disk() {
        let rest = [b"*1\r\n$1\r\nA\r\n".to_vec(), unit(b"B", 40), b"junk".to_vec(), unit(b"C", 90)].concat();
        assert!(was_durable(10, &rest) && was_durable(89, &rest));
        assert!(!was_durable(90, &rest));
        assert!(!was_durable(40, &rest[..rest.len() - 1]));
    }
}
