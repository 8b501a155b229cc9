//! The sparse encoding: runs of equal registers, while most are zero.
//!
//! ```text
//! 00llllll            l + 1 zeros
//! 01llllll llllllll   l + 1 zeros
//! 1vvvvvll            l + 1 times v + 1
//! ```
//!
//! Which runs a register is raised by, and which neighbours are joined afterwards, decides about the bytes, so that
//! it is done exactly as Redis does it.

use smallvec::SmallVec;

use super::{Corrupt, HEADER, REGISTERS, dense, make_dense};
use crate::base::num;
use crate::types::string::block::NoMemory;

/// The longest run of zeros that one byte tells.
const SHORT_ZEROS: usize = 64;
/// The longest run of another value.
const LONGEST_RUN: usize = 4;
/// The largest value that a run can have.
const MAX_VALUE: u8 = 32;
/// Runs that are looked at for equal neighbours, from the one before a change on.
const JOIN_WITHIN: usize = 5;

/// A run as it is written.
#[derive(Debug, Clone, Copy)]
struct Run {
    /// 0 for zeros.
    count: u8,
    len: usize,
    /// Bytes that it takes.
    bytes: usize,
}

/// The run at the beginning of these bytes; a missing second byte counts as zero.
fn read(bytes: &[u8]) -> Option<Run> {
    let (first, second) = (*bytes.first()?, bytes.get(1).copied().unwrap_or(0));
    Some(match first >> 6 {
        0 => Run { count: 0, len: usize::from(first & 0x3f) + 1, bytes: 1 },
        1 => Run { count: 0, len: (usize::from(first & 0x3f) << 8 | usize::from(second)) + 1, bytes: 2 },
        _ => Run { count: (first >> 2 & 0x1f) + 1, len: usize::from(first & 3) + 1, bytes: 1 },
    })
}

/// Appends a run of zeros, if it is one.
pub(super) fn push_zeros(out: &mut impl Extend<u8>, len: usize) {
    let Some(less) = len.checked_sub(1) else { return };
    let [low, high, ..] = less.to_le_bytes();
    if len > SHORT_ZEROS {
        out.extend([0x40 | high, low]);
    } else {
        out.extend([low]);
    }
}

/// The byte of a run of 1 to 4 times `count`, which is 1 to 32.
fn value_byte(count: u8, len: usize) -> u8 {
    0x80 | (count - 1) << 2 | (len - 1).to_le_bytes()[0]
}

/// Hands each run to `take`: where it begins, its length, its value. Ends with an error at the run that goes too far,
/// or when there are too few; what was handed out lies within the registers.
pub(super) fn for_each(value: &[u8], mut take: impl FnMut(usize, usize, u8)) -> Result<(), Corrupt> {
    let (mut at, mut from) = (HEADER, 0);
    while let Some(run) = value.get(at..).and_then(read) {
        if from + run.len > REGISTERS {
            return Err(Corrupt);
        }
        take(from, run.len, run.count);
        at += run.bytes;
        from += run.len;
    }
    if from == REGISTERS && at == value.len() { Ok(()) } else { Err(Corrupt) }
}

/// The runs of a value as PFDEBUG DECODE shows them.
pub(crate) fn describe(value: &[u8]) -> Result<Vec<u8>, NoMemory> {
    const LONGEST: usize = b"Z:16384 ".len();
    let mut text = Vec::new();
    let mut at = HEADER;
    while let Some(run) = value.get(at..).and_then(read) {
        text.try_reserve(LONGEST).map_err(|_| NoMemory)?;
        if !text.is_empty() {
            text.push(b' ');
        }
        let name: &[u8] = match run {
            Run { count: 0, bytes: 1, .. } => b"z:",
            Run { count: 0, .. } => b"Z:",
            Run { .. } => b"v:",
        };
        text.extend_from_slice(name);
        if run.count > 0 {
            num::push_u64(&mut text, run.count.into());
            text.push(b',');
        }
        num::push_u64(&mut text, run.len as u64);
        at += run.bytes;
    }
    Ok(text)
}

/// Raises a register to `count`, if it is less; the value becomes dense if it would have more than `max` bytes, or
/// if its runs cannot tell the count. Whether anything changed.
pub(super) fn raise(value: &mut Vec<u8>, index: usize, count: u8, max: usize) -> Result<bool, Corrupt> {
    if count > MAX_VALUE {
        return promote(value, index, count);
    }
    let (mut at, mut from, mut before) = (HEADER, 0, HEADER);
    let run = loop {
        let run = value.get(at..).and_then(read).ok_or(Corrupt)?;
        if index < from + run.len {
            break run;
        }
        before = at;
        at += run.bytes;
        from += run.len;
    };
    if at + run.bytes > value.len() {
        return Err(Corrupt);
    }
    if run.count >= count {
        return Ok(false);
    }
    let (head, tail) = (index - from, run.len - 1 - (index - from));
    let mut split = SmallVec::<[u8; 8]>::new();
    if run.count == 0 {
        push_zeros(&mut split, head);
        split.push(value_byte(count, 1));
        push_zeros(&mut split, tail);
    } else {
        split.extend((head > 0).then(|| value_byte(run.count, head)));
        split.push(value_byte(count, 1));
        split.extend((tail > 0).then(|| value_byte(run.count, tail)));
    }
    if split.len() > run.bytes && value.len() - run.bytes + split.len() > max {
        return promote(value, index, count);
    }
    value.splice(at..at + run.bytes, split);
    join(value, before);
    Ok(true)
}

fn promote(value: &mut Vec<u8>, index: usize, count: u8) -> Result<bool, Corrupt> {
    make_dense(value)?;
    Ok(dense::raise(value, index, count))
}

/// Joins equal neighbours, from the run at `at` on.
fn join(value: &mut Vec<u8>, mut at: usize) {
    for _ in 0..JOIN_WITHIN {
        let Some(run) = value.get(at..).and_then(read) else { return };
        let next = value.get(at + run.bytes..).and_then(read);
        match next {
            Some(next) if run.count > 0 && next.count == run.count && run.len + next.len <= LONGEST_RUN => {
                value[at + 1] = value_byte(run.count, run.len + next.len);
                value.remove(at);
            }
            _ => at += run.bytes,
        }
    }
}
