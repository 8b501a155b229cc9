//! One element of a listpack and its bytes: a head, for strings the text, and the length of both again,
//! written so that it can be read from its right end.
//!
//! | head | what it holds |
//! |---|---|
//! | `0xxxxxxx` | an integer from 0 to 127 |
//! | `10nnnnnn` | a string of up to 63 bytes |
//! | `110xxxxx` + 1 byte | a signed integer of 13 bits, high byte first |
//! | `1110nnnn` + 1 byte | a string of up to 4095 bytes, high byte of the length first |
//! | `f0` + 4 bytes | a longer string, length in little endian |
//! | `f1` `f2` `f3` `f4` + 2, 3, 4, 8 bytes | a signed integer in little endian |

use crate::base::num::{parse_i64, write_i64};

/// What ends a listpack, in the place of a head.
pub(super) const END: u8 = 0xff;

/// An element as it is stored: texts that are integers in canonical form are integers, others are bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Item<'a> {
    /// An integer, which stands for its decimal text.
    Int(i64),
    /// A text. Where it is stored it becomes an integer if it is one; read from a listpack that somebody else
    /// wrote it may be the text of an integer.
    Bytes(&'a [u8]),
}

impl<'a> Item<'a> {
    /// The item for a text: an integer if it is one in canonical form.
    #[inline]
    pub(crate) fn parse(text: &'a [u8]) -> Self {
        parse_i64(text).map_or(Self::Bytes(text), Self::Int)
    }

    /// Hands the text to `f`, without a heap allocation.
    #[inline]
    pub(crate) fn with_bytes<R>(self, f: impl FnOnce(&[u8]) -> R) -> R {
        match self {
            Self::Int(v) => f(write_i64(&mut [0; 20], v)),
            Self::Bytes(text) => f(text),
        }
    }

    /// Appends head and text, without the length behind them that only a listpack needs; answers how many bytes a
    /// listpack takes for the item.
    #[inline]
    pub(crate) fn write(self, out: &mut Vec<u8>) -> usize {
        let entry = Entry::new(self);
        out.extend_from_slice(entry.head.get());
        out.extend_from_slice(entry.text);
        entry.len()
    }

    /// Reads what [`Item::write`] wrote at the beginning of `b`: the item, and how many bytes it takes.
    #[inline]
    pub(crate) fn read(b: &'a [u8]) -> Option<(Self, usize)> {
        decode(b)
    }

    /// How many bytes the item at the beginning of `b` takes, which [`Item::write`] wrote.
    #[inline]
    pub(crate) fn written_len(b: &[u8]) -> usize {
        span(b)
    }

    /// The text in a vector of its own.
    pub(crate) fn to_vec(self) -> Vec<u8> {
        self.with_bytes(<[u8]>::to_vec)
    }

    /// Whether this is the text `other`.
    #[inline]
    pub(crate) fn eq_bytes(self, other: &[u8]) -> bool {
        match self {
            Self::Int(v) => parse_i64(other) == Some(v),
            Self::Bytes(text) => text == other,
        }
    }

    /// The number of bytes of the text.
    #[inline]
    pub(crate) fn len(self) -> usize {
        self.with_bytes(<[u8]>::len)
    }
}

/// Reads the item at the beginning of `b` and the number of bytes of its head and text; `None` if that is no
/// item or not a whole one.
#[inline]
pub(super) fn decode(b: &[u8]) -> Option<(Item<'_>, usize)> {
    let (&head, rest) = b.split_first()?;
    Some(match head {
        0..=0x7f => (Item::Int(i64::from(head)), 1),
        0x80..=0xbf => {
            let n = usize::from(head & 0x3f);
            (Item::Bytes(rest.get(..n)?), 1 + n)
        }
        0xc0..=0xdf => {
            let raw = u16::from_be_bytes([head & 0x1f, *rest.first()?]);
            (Item::Int(i64::from((raw << 3).cast_signed() >> 3)), 2)
        }
        0xe0..=0xef => {
            let (&low, text) = rest.split_first()?;
            let n = usize::from(u16::from_be_bytes([head & 0xf, low]));
            (Item::Bytes(text.get(..n)?), 2 + n)
        }
        0xf0 => {
            let (n, text) = rest.split_first_chunk::<4>()?;
            let n = usize::try_from(u32::from_le_bytes(*n)).ok()?;
            (Item::Bytes(text.get(..n)?), 5 + n)
        }
        0xf1 => (Item::Int(i64::from(i16::from_le_bytes(*rest.first_chunk()?))), 3),
        0xf2 => {
            let [a, b, c] = *rest.first_chunk()?;
            (Item::Int(i64::from(i32::from_le_bytes([0, a, b, c]) >> 8)), 4)
        }
        0xf3 => (Item::Int(i64::from(i32::from_le_bytes(*rest.first_chunk()?))), 5),
        0xf4 => (Item::Int(i64::from_le_bytes(*rest.first_chunk()?)), 9),
        _ => return None,
    })
}

/// The number of bytes of the head and text at the beginning of `b`, which is a valid entry.
#[inline]
pub(super) fn span(b: &[u8]) -> usize {
    match *b {
        [head @ 0x80..=0xbf, ..] => 1 + usize::from(head & 0x3f),
        [0xc0..=0xdf, ..] => 2,
        [head @ 0xe0..=0xef, low, ..] => 2 + usize::from(u16::from_be_bytes([head & 0xf, low])),
        [0xf0, a, b, c, d, ..] => usize::try_from(u32::from_le_bytes([a, b, c, d])).map_or(5, |n| 5 + n),
        [0xf1, ..] => 3,
        [0xf2, ..] => 4,
        [0xf3, ..] => 5,
        [0xf4, ..] => 9,
        _ => 1,
    }
}

/// How many bytes hold the length `n` of a head and text. Redis writes 16383 and 2097151 and so on with a byte
/// more than they need, and so must we.
#[inline]
pub(super) fn back_size(n: usize) -> usize {
    match n {
        0..=127 => 1,
        128..=0x3ffe => 2,
        0x3fff..=0x1f_fffe => 3,
        0x1f_ffff..=0xfff_fffe => 4,
        _ => 5,
    }
}

/// The length of head and text of the entry that `b` ends with, and in how many bytes it is written: seven bits
/// a byte from the right, the last of them has its top bit clear.
#[inline]
pub(super) fn read_back(b: &[u8]) -> (usize, usize) {
    let (mut n, mut size) = (0, 0);
    for byte in b.iter().rev().take(5) {
        n |= usize::from(byte & 0x7f) << (7 * size);
        size += 1;
        if byte & 0x80 == 0 {
            break;
        }
    }
    (n, size)
}

/// An entry ready to be written.
pub(super) struct Entry<'a> {
    head: Short<9>,
    text: &'a [u8],
    back: Short<5>,
}

/// A few bytes.
struct Short<const N: usize> {
    bytes: [u8; N],
    len: usize,
}

impl<const N: usize> Short<N> {
    /// One byte and the rest, which must fit.
    #[inline]
    fn new(first: u8, rest: &[u8]) -> Self {
        let mut bytes = [0; N];
        bytes[0] = first;
        bytes[1..=rest.len()].copy_from_slice(rest);
        Self { bytes, len: 1 + rest.len() }
    }

    /// What is in it.
    #[inline]
    fn get(&self) -> &[u8] {
        &self.bytes[..self.len]
    }
}

impl Short<5> {
    /// The length `n` as it stands at the end of an entry.
    #[inline]
    pub(super) fn back(n: usize) -> Self {
        let mut bytes = [0; 5];
        let len = back_size(n);
        for (i, byte) in bytes[..len].iter_mut().rev().enumerate() {
            *byte = ((n as u64 >> (7 * i)) & 0x7f) as u8 | 0x80;
        }
        bytes[0] &= 0x7f;
        Self { bytes, len }
    }
}

/// Whether `b` begins with the length `n` as it stands at the end of an entry.
#[inline]
pub(super) fn ends_with_back(b: &[u8], n: usize) -> bool {
    b.starts_with(Short::back(n).get())
}

impl<'a> Entry<'a> {
    /// The entry for an item; bytes that are an integer become one.
    #[inline]
    pub(super) fn new(item: Item<'a>) -> Self {
        let (head, text): (_, &[u8]) = match item {
            Item::Int(v) => (int_head(v), &[]),
            Item::Bytes(text) => match parse_i64(text) {
                Some(v) => (int_head(v), &[]),
                None => (text_head(text.len()), text),
            },
        };
        let back = Short::back(head.len + text.len());
        Self { head, text, back }
    }

    /// The number of its bytes.
    #[inline]
    pub(super) fn len(&self) -> usize {
        self.head.len + self.text.len() + self.back.len
    }

    /// Writes its bytes to a place of its length.
    #[inline]
    pub(super) fn write_to(&self, place: &mut [u8]) {
        // Most texts are short and have a byte in front and one behind.
        if let (1, 1, [head, text @ .., back]) = (self.head.len, self.back.len, &mut *place) {
            (*head, *back) = (self.head.bytes[0], self.back.bytes[0]);
            return text.copy_from_slice(self.text);
        }
        let mut place = place;
        for part in [self.head.get(), self.text, self.back.get()] {
            let (here, rest) = place.split_at_mut(part.len());
            here.copy_from_slice(part);
            place = rest;
        }
    }
}

/// The head of an integer, the shortest there is.
#[inline]
fn int_head(v: i64) -> Short<9> {
    let [a, b, c, d, ..] = v.to_le_bytes();
    match v {
        0..=127 => Short::new(a, &[]),
        -0x1000..=0xfff => Short::new(0xc0 | b & 0x1f, &[a]),
        -0x8000..=0x7fff => Short::new(0xf1, &[a, b]),
        -0x80_0000..=0x7f_ffff => Short::new(0xf2, &[a, b, c]),
        -0x8000_0000..=0x7fff_ffff => Short::new(0xf3, &[a, b, c, d]),
        _ => Short::new(0xf4, &v.to_le_bytes()),
    }
}

/// The head of a text of `n` bytes.
#[inline]
fn text_head(n: usize) -> Short<9> {
    // No caller stores a text of 4 GiB: arguments end at 512 MiB.
    let n = u32::try_from(n).unwrap_or(u32::MAX);
    let [a, b, ..] = n.to_le_bytes();
    match n {
        0..=63 => Short::new(0x80 | a, &[]),
        64..=0xfff => Short::new(0xe0 | b, &[a]),
        _ => Short::new(0xf0, &n.to_le_bytes()),
    }
}
