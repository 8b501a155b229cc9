//! Where bytes come from, and the two things that everything is made of: lengths and strings.
//!
//! | first byte | length |
//! |---|---|
//! | `00nnnnnn` | 6 bits |
//! | `01nnnnnn` + 1 byte | 14 bits, high byte first |
//! | `80` + 4 bytes, `81` + 8 bytes | 32 and 64 bits, high byte first |
//! | `c0` `c1` `c2` + 1, 2, 4 bytes | no length: a string that is a signed integer, low byte first |
//! | `c3` | no length: a string that is compressed; its length then, its length before, its bytes |

use std::io::{ErrorKind, Read};

use super::error::{Error, Problem};
use crate::base::crc64::Crc64;
use crate::base::lzf;
use crate::base::num::push_i64;

/// Bytes in their order.
pub(crate) trait Source {
    /// The next `n` bytes.
    fn take(&mut self, n: usize) -> Result<&[u8], Error>;

    /// Appends the next `n` bytes to `out`.
    fn take_into(&mut self, n: usize, out: &mut Vec<u8>) -> Result<(), Error>;

    /// Passes over the next `n` bytes.
    fn pass(&mut self, n: u64) -> Result<(), Error>;

    /// The offset of the next byte.
    fn offset(&self) -> u64;

    /// How many bytes are left, at most.
    fn left(&self) -> u64;

    /// The next byte.
    #[inline]
    fn byte(&mut self) -> Result<u8, Error> {
        self.array().map(|[byte]| byte)
    }

    /// The next few bytes.
    #[inline]
    fn array<const N: usize>(&mut self) -> Result<[u8; N], Error> {
        let at = self.offset();
        self.take(N)?.first_chunk().copied().ok_or(Error::new(at, Problem::Truncated))
    }

    /// A length or the mark of a special string.
    #[inline]
    fn prefix(&mut self) -> Result<Prefix, Error> {
        let at = self.offset();
        let first = self.byte()?;
        Ok(match first {
            0..=0x3f => Prefix::Len(u64::from(first)),
            0x40..=0x7f => Prefix::Len(u64::from(u16::from_be_bytes([first & 0x3f, self.byte()?]))),
            0x80 => Prefix::Len(u64::from(u32::from_be_bytes(self.array()?))),
            0x81 => Prefix::Len(u64::from_be_bytes(self.array()?)),
            0xc0 => Prefix::Int(i64::from(i8::from_le_bytes(self.array()?))),
            0xc1 => Prefix::Int(i64::from(i16::from_le_bytes(self.array()?))),
            0xc2 => Prefix::Int(i64::from(i32::from_le_bytes(self.array()?))),
            0xc3 => Prefix::Packed,
            _ => return Err(Error::bad(at, "unknown form of a length")),
        })
    }

    /// A number in the form of a length.
    #[inline]
    fn number(&mut self) -> Result<u64, Error> {
        let at = self.offset();
        match self.prefix()? {
            Prefix::Len(n) => Ok(n),
            _ => Err(Error::bad(at, "a string where a length has to be")),
        }
    }

    /// How many elements follow that take at least `least` bytes each.
    fn count(&mut self, least: u64) -> Result<usize, Error> {
        let at = self.offset();
        let n = self.number()?;
        match usize::try_from(n) {
            Ok(count) if n.checked_mul(least).is_some_and(|bytes| bytes <= self.left()) => Ok(count),
            _ => Err(Error::new(at, Problem::Truncated)),
        }
    }

    /// A length of bytes that follow, if that many are left.
    #[inline]
    fn within(&self, at: u64, n: u64) -> Result<usize, Error> {
        match usize::try_from(n) {
            Ok(len) if n <= self.left() => Ok(len),
            _ => Err(Error::new(at, Problem::Truncated)),
        }
    }

    /// A string, in place of what `out` held.
    #[inline]
    fn string(&mut self, out: &mut Vec<u8>) -> Result<(), Error> {
        out.clear();
        let at = self.offset();
        match self.prefix()? {
            Prefix::Len(n) => {
                let n = self.within(at, n)?;
                self.take_into(n, out)
            }
            Prefix::Int(v) => {
                push_i64(out, v);
                Ok(())
            }
            Prefix::Packed => self.packed(at, out),
        }
    }

    /// What follows the mark of a compressed string.
    fn packed(&mut self, at: u64, out: &mut Vec<u8>) -> Result<(), Error> {
        let packed = self.number()?;
        let len = self.number()?;
        let packed = self.within(at, packed)?;
        let len = usize::try_from(len).map_err(|_| Error::bad(at, "a compressed string that is damaged"))?;
        let done = lzf::decompress(self.take(packed)?, len, out);
        done.ok_or(Error::bad(at, "a compressed string that is damaged"))
    }
}

/// What a string begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Prefix {
    /// A length.
    Len(u64),
    /// The string is this integer.
    Int(i64),
    /// The string is compressed.
    Packed,
}

/// Bytes that are there as a whole.
#[derive(Debug, Clone)]
pub(crate) struct FromSlice<'a> {
    rest: &'a [u8],
    offset: u64,
}

impl<'a> FromSlice<'a> {
    /// Reads `bytes`; `offset` is what errors call the first one.
    pub(crate) fn new(bytes: &'a [u8], offset: u64) -> Self {
        Self { rest: bytes, offset }
    }

    #[inline]
    fn cut(&mut self, n: usize) -> Result<&'a [u8], Error> {
        let Some((cut, rest)) = self.rest.split_at_checked(n) else {
            return Err(Error::new(self.offset, Problem::Truncated));
        };
        self.rest = rest;
        self.offset = self.offset.saturating_add(n as u64);
        Ok(cut)
    }
}

impl Source for FromSlice<'_> {
    #[inline]
    fn take(&mut self, n: usize) -> Result<&[u8], Error> {
        self.cut(n)
    }

    #[inline]
    fn take_into(&mut self, n: usize, out: &mut Vec<u8>) -> Result<(), Error> {
        let at = self.offset;
        let cut = self.cut(n)?;
        out.try_reserve(n).map_err(|_| Error::new(at, Problem::NoMemory(n)))?;
        out.extend_from_slice(cut);
        Ok(())
    }

    fn pass(&mut self, n: u64) -> Result<(), Error> {
        let n = self.within(self.offset, n)?;
        self.cut(n).map(drop)
    }

    #[inline]
    fn offset(&self) -> u64 {
        self.offset
    }

    #[inline]
    fn left(&self) -> u64 {
        self.rest.len() as u64
    }
}

/// What is asked of a reader at once.
const STEP: usize = 256 << 10;

/// Strings up to this length get their memory before their bytes are there.
const TRUSTED: usize = 64 << 20;

/// Bytes that a reader gives piece by piece, with their checksum.
pub(crate) struct FromReader<R> {
    reader: R,
    buf: Vec<u8>,
    /// What of the buffer was given out, and what of that is in the checksum.
    pos: usize,
    summed: usize,
    /// The offset of the buffer's first byte, and the end of the input.
    start: u64,
    end: u64,
    crc: Crc64,
    /// Whether the reader said that nothing more comes.
    done: bool,
}

impl<R: Read> FromReader<R> {
    /// Reads what `reader` gives, which is at most `len` bytes.
    pub(crate) fn new(reader: R, len: u64) -> Self {
        Self {
            reader,
            buf: Vec::new(),
            pos: 0,
            summed: 0,
            start: 0,
            end: len,
            crc: Crc64::new(),
            done: false,
        }
    }

    /// The checksum of all bytes given out so far.
    pub(crate) fn checksum(&mut self) -> u64 {
        self.sum();
        self.crc.value()
    }

    /// Up to `n` bytes of those that come next. An error shows when they are taken.
    pub(crate) fn peek(&mut self, n: usize) -> &[u8] {
        if self.available().len() < n {
            let _ = self.fill(n);
        }
        let here = self.available();
        here.get(..n).unwrap_or(here)
    }

    /// What was read and not given out, and the reader.
    pub(crate) fn into_rest(mut self) -> (Vec<u8>, R) {
        self.buf.drain(..self.pos);
        (self.buf, self.reader)
    }

    fn sum(&mut self) {
        self.crc.update(self.buf.get(self.summed..self.pos).unwrap_or_default());
        self.summed = self.pos;
    }

    #[inline]
    fn available(&self) -> &[u8] {
        self.buf.get(self.pos..).unwrap_or_default()
    }

    /// Reads until `n` bytes are there, or to the end; whether they are.
    fn fill(&mut self, n: usize) -> Result<bool, Error> {
        if self.pos > 0 {
            self.sum();
            self.buf.drain(..self.pos);
            self.start = self.start.saturating_add(self.pos as u64);
            (self.pos, self.summed) = (0, 0);
        }
        while self.buf.len() < n && !self.done {
            self.read_some(STEP)?;
        }
        Ok(self.buf.len() >= n)
    }

    /// Reads up to `most` bytes more into the buffer.
    fn read_some(&mut self, most: usize) -> Result<(), Error> {
        let at = self.start.saturating_add(self.buf.len() as u64);
        self.buf.try_reserve(most).map_err(|_| Error::new(at, Problem::NoMemory(most)))?;
        match self.reader.by_ref().take(most as u64).read_to_end(&mut self.buf) {
            Ok(n) => self.done = n < most,
            Err(e) if e.kind() == ErrorKind::Interrupted => {}
            Err(e) => return Err(Error::new(at, Problem::Io(e))),
        }
        Ok(())
    }

    #[cold]
    fn missing(&self) -> Error {
        Error::new(self.start.saturating_add(self.buf.len() as u64), Problem::Truncated)
    }
}

impl<R: Read> Source for FromReader<R> {
    #[inline]
    fn take(&mut self, n: usize) -> Result<&[u8], Error> {
        if self.available().len() < n && !self.fill(n)? {
            return Err(self.missing());
        }
        let from = self.pos;
        self.pos = from.saturating_add(n);
        Ok(self.buf.get(from..self.pos).unwrap_or_default())
    }

    fn take_into(&mut self, n: usize, out: &mut Vec<u8>) -> Result<(), Error> {
        let mut left = n;
        let at = self.offset();
        let no_memory = |_| Error::new(at, Problem::NoMemory(n));
        // The length was held against what is left, but for an input without a known end that says little.
        out.try_reserve_exact(n.min(TRUSTED)).map_err(no_memory)?;
        loop {
            // A long string does not pass through a buffer of its length.
            let here = self.available().len().min(left);
            out.try_reserve(here).map_err(no_memory)?;
            out.extend_from_slice(self.take(here)?);
            left = left.saturating_sub(here);
            if left == 0 {
                return Ok(());
            }
            if !self.fill(1)? {
                return Err(self.missing());
            }
        }
    }

    fn pass(&mut self, n: u64) -> Result<(), Error> {
        let mut left = n;
        while left > 0 {
            if self.available().is_empty() && !self.fill(1)? {
                return Err(self.missing());
            }
            let here = self.available().len().min(usize::try_from(left).unwrap_or(usize::MAX));
            self.take(here)?;
            left = left.saturating_sub(here as u64);
        }
        Ok(())
    }

    #[inline]
    fn offset(&self) -> u64 {
        self.start.saturating_add(self.pos as u64)
    }

    #[inline]
    fn left(&self) -> u64 {
        self.end.saturating_sub(self.offset())
    }
}
