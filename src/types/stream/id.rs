//! IDs of entries: a time in milliseconds, and a number among those of the same one.

use crate::base::num;

/// Longer texts are no IDs.
const MAX_TEXT: usize = 127;

/// The ID of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub(crate) struct Id {
    /// Milliseconds.
    pub(crate) ms: u64,
    /// Which one of that millisecond.
    pub(crate) seq: u64,
}

impl Id {
    /// 0-0, which no entry has.
    pub(crate) const MIN: Self = Self { ms: 0, seq: 0 };
    /// The last one there is.
    pub(crate) const MAX: Self = Self { ms: u64::MAX, seq: u64::MAX };

    /// `ms-seq`.
    pub(crate) const fn new(ms: u64, seq: u64) -> Self {
        Self { ms, seq }
    }

    /// The one behind it.
    #[inline]
    pub(crate) fn next(self) -> Option<Self> {
        match self.seq.checked_add(1) {
            Some(seq) => Some(Self { seq, ..self }),
            None => self.ms.checked_add(1).map(|ms| Self { ms, seq: 0 }),
        }
    }

    /// The one in front of it.
    #[inline]
    pub(crate) fn prev(self) -> Option<Self> {
        match self.seq.checked_sub(1) {
            Some(seq) => Some(Self { seq, ..self }),
            None => self.ms.checked_sub(1).map(|ms| Self { ms, seq: u64::MAX }),
        }
    }

    /// The ID of a text: `ms-seq`, or `ms`, which has `missing` as its number.
    pub(crate) fn parse(text: &[u8], missing: u64) -> Option<Self> {
        let (ms, seq) = halves(text)?;
        let seq = seq.map_or(Some(missing), parse_half)?;
        Some(Self { ms: parse_half(ms)?, seq })
    }

    /// The ID of an end of a range, which may be `-` for the first and `+` for the last one there is.
    pub(crate) fn parse_end(text: &[u8], missing: u64) -> Option<Self> {
        match text {
            b"-" => Some(Self::MIN),
            b"+" => Some(Self::MAX),
            _ => Self::parse(text, missing),
        }
    }

    /// The ID of a new entry; `ms-*` leaves the number (`None`) to the stream.
    pub(crate) fn parse_new(text: &[u8]) -> Option<(u64, Option<u64>)> {
        let (ms, seq) = halves(text)?;
        let seq = match seq {
            Some(b"*") => None,
            Some(seq) => Some(parse_half(seq)?),
            None => Some(0),
        };
        Some((parse_half(ms)?, seq))
    }

    /// As text.
    #[inline]
    pub(crate) fn text(self) -> IdText {
        let mut text = IdText { bytes: [0; 41], len: 0 };
        let mut buf = [0; 20];
        text.push(num::write_u64(&mut buf, self.ms));
        text.push(b"-");
        text.push(num::write_u64(&mut buf, self.seq));
        text
    }
}

/// The two halves of a text. As in Redis it ends at the first NUL.
fn halves(text: &[u8]) -> Option<(&[u8], Option<&[u8]>)> {
    if text.len() > MAX_TEXT {
        return None;
    }
    let text = memchr::memchr(0, text).map_or(text, |end| &text[..end]);
    Some(match memchr::memchr(b'-', text) {
        Some(at) => (&text[..at], Some(&text[at + 1..])),
        None => (text, None),
    })
}

/// A half as Redis reads it: a plain number, or what C's `strtoull` makes of the text.
fn parse_half(text: &[u8]) -> Option<u64> {
    match num::parse_i64(text) {
        Some(plain) => u64::try_from(plain).ok(),
        None => {
            let start = text.iter().position(|b| !matches!(b, b' ' | b'\t'..=b'\r'))?;
            num::parse_cursor(&text[start..])
        }
    }
}

/// An ID as text.
#[derive(Debug, Clone, Copy)]
pub(crate) struct IdText {
    bytes: [u8; 41],
    len: usize,
}

impl IdText {
    #[inline]
    fn push(&mut self, part: &[u8]) {
        self.bytes[self.len..][..part.len()].copy_from_slice(part);
        self.len += part.len();
    }
}

impl std::ops::Deref for IdText {
    type Target = [u8];
    #[inline]
    fn deref(&self) -> &[u8] {
        &self.bytes[..self.len]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts() {
        let id = |text: &str| Id::parse(text.as_bytes(), 7);
        assert_eq!(id("5-3"), Some(Id::new(5, 3)));
        assert_eq!(id("5"), Some(Id::new(5, 7)));
        assert_eq!(id("05-+1"), Some(Id::new(5, 1)));
        assert_eq!(id("1--05"), Some(Id::new(1, u64::MAX - 4)));
        assert_eq!(id(" 5-\t1"), Some(Id::new(5, 1)));
        for bad in [
            "",
            "-",
            "+",
            "5-",
            "-5",
            "5-3-1",
            "5-x",
            "5 ",
            " ",
            "5- ",
            "5--1",
            "18446744073709551616",
            "1-*",
        ] {
            assert_eq!(id(bad), None, "{bad}");
        }
        assert_eq!(Id::parse_end(b"+", 0), Some(Id::MAX));
        assert_eq!(Id::parse_new(b"5-*"), Some((5, None)));
        assert_eq!(&*Id::MAX.text(), b"18446744073709551615-18446744073709551615");
        assert_eq!(&*Id::MIN.text(), b"0-0");
    }

    #[test]
    fn neighbours() {
        assert_eq!(Id::MAX.next(), None);
        assert_eq!(Id::MIN.prev(), None);
        assert_eq!(Id::new(1, u64::MAX).next(), Some(Id::new(2, 0)));
        assert_eq!(Id::new(2, 0).prev(), Some(Id::new(1, u64::MAX)));
    }
}
