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

/// How a register is to be raised: these runs in the place of a run.
pub(crate) struct Change {
    /// Where the run is.
    at: usize,
    /// Its bytes.
    old: usize,
    /// What comes in its place.
    new: [u8; MOST_SPLIT],
    len: usize,
    /// Where the run before it is, from which on neighbours are joined.
    before: usize,
}

/// The bytes of three runs at most, of which the one in the middle has a byte.
const MOST_SPLIT: usize = 5;

/// What is to be done to raise a register.
pub(crate) enum Raise {
    /// Nothing: it is not less.
    Nothing,
    /// This.
    Change(Change),
    /// The value becomes dense.
    Promote,
}

impl Change {
    /// How long a value of `len` bytes becomes, before neighbours are joined.
    pub(crate) fn len_of(&self, len: usize) -> usize {
        len - self.old + self.len
    }

    /// Makes the change in a value that was of `len` bytes and has at least as many as before and as it gets now.
    /// Answers how long it is then.
    pub(crate) fn make(&self, value: &mut [u8], len: usize) -> usize {
        let Self { at, old, before, .. } = *self;
        value.copy_within(at + old..len, at + self.len);
        value[at..at + self.len].copy_from_slice(&self.new[..self.len]);
        join(&mut value[..self.len_of(len)], before)
    }

    fn push(&mut self, bytes: &[u8]) {
        self.new[self.len..self.len + bytes.len()].copy_from_slice(bytes);
        self.len += bytes.len();
    }

    fn push_run(&mut self, count: u8, len: usize) {
        match len.checked_sub(1) {
            None => {}
            Some(_) if count > 0 => self.push(&[value_byte(count, len)]),
            Some(less) => {
                let [low, high, ..] = less.to_le_bytes();
                if len > SHORT_ZEROS { self.push(&[0x40 | high, low]) } else { self.push(&[low]) }
            }
        }
    }
}

/// Where the run with a register is, where the one before it, and which of the run's registers it is.
fn seek(value: &[u8], index: usize) -> Option<(usize, usize, usize)> {
    let mut rest = value.get(HEADER..)?;
    let (mut left, mut last) = (index, 0);
    loop {
        // As in `read`, which does not know that of most runs only the length is wanted.
        let (&first, behind) = rest.split_first()?;
        let (len, bytes) = if first & 0x80 != 0 {
            (usize::from(first & 3) + 1, 1)
        } else if first & 0x40 != 0 {
            ((usize::from(first & 0x3f) << 8 | usize::from(behind.first().copied().unwrap_or(0))) + 1, 2)
        } else {
            (usize::from(first) + 1, 1)
        };
        if left < len {
            let at = value.len() - rest.len();
            return Some((at, at - last, left));
        }
        (left, last) = (left - len, bytes);
        rest = rest.get(bytes..)?;
    }
}

/// What is to be done to raise a register to `count`; the value becomes dense if it would have more than `max` bytes,
/// or if its runs cannot tell the count.
pub(crate) fn plan(value: &[u8], index: usize, count: u8, max: usize) -> Result<Raise, Corrupt> {
    if count > MAX_VALUE {
        return Ok(Raise::Promote);
    }
    let (at, before, left) = seek(value, index).ok_or(Corrupt)?;
    let run = value.get(at..).and_then(read).ok_or(Corrupt)?;
    if at + run.bytes > value.len() {
        return Err(Corrupt);
    }
    if run.count >= count {
        return Ok(Raise::Nothing);
    }
    let mut change = Change { at, old: run.bytes, new: [0; MOST_SPLIT], len: 0, before };
    change.push_run(run.count, left);
    change.push_run(count, 1);
    change.push_run(run.count, run.len - 1 - left);
    if change.len > run.bytes && change.len_of(value.len()) > max {
        return Ok(Raise::Promote);
    }
    Ok(Raise::Change(change))
}

/// Raises a register to `count`, if it is less: see [`plan`]. Whether anything changed.
pub(super) fn raise(value: &mut Vec<u8>, index: usize, count: u8, max: usize) -> Result<bool, Corrupt> {
    let change = match plan(value, index, count, max)? {
        Raise::Nothing => return Ok(false),
        Raise::Promote => {
            make_dense(value)?;
            return Ok(dense::raise(value, index, count));
        }
        Raise::Change(change) => change,
    };
    let old = value.len();
    value.resize(old.max(change.len_of(old)), 0);
    let len = change.make(value, old);
    value.truncate(len);
    Ok(true)
}

/// Joins equal neighbours, from the run at `at` on. Answers how many bytes are left.
fn join(value: &mut [u8], mut at: usize) -> usize {
    let mut len = value.len();
    for _ in 0..JOIN_WITHIN {
        let Some(run) = value.get(at..len).and_then(read) else { break };
        let next = value.get(at + run.bytes..len).and_then(read);
        match next {
            Some(next) if run.count > 0 && next.count == run.count && run.len + next.len <= LONGEST_RUN => {
                value[at + 1] = value_byte(run.count, run.len + next.len);
                value.copy_within(at + 1..len, at);
                len -= 1;
            }
            _ => at += run.bytes,
        }
    }
    len
}
