//! The flat forms of small values before listpacks, which old files hold: ziplist, zipmap, intset. Each is gone through
//! byte by byte; `None` is the answer to anything that is not whole.
//!
//! A ziplist is its size and the offset of its last entry (32 bits each), the number of entries (16 bits, all ones:
//! count them), the entries, `ff`. An entry is the size of the one before (one byte, or `fe` and four), a head, a text:
//!
//! | head | what it holds |
//! |---|---|
//! | `00nnnnnn`, `01nnnnnn` + 1 byte | a string of 6 or 14 bits length, high byte first |
//! | `80` + 4 bytes | a string of 32 bits length, high byte first |
//! | `c0` `d0` `e0` `f0` `fe` | an integer of 2, 4, 8, 3, 1 bytes, low byte first |
//! | `f1` to `fd` | the integers from 0 to 12 |

use crate::types::listpack::{Item, Listpack};

/// Takes a few bytes off the front.
fn cut<const N: usize>(b: &mut &[u8]) -> Option<[u8; N]> {
    let (head, rest) = b.split_first_chunk()?;
    *b = rest;
    Some(*head)
}

/// Takes `n` bytes off the front.
fn text<'a>(b: &mut &'a [u8], n: usize) -> Option<&'a [u8]> {
    let (text, rest) = b.split_at_checked(n)?;
    *b = rest;
    Some(text)
}

/// Takes a length of 32 bits off the front.
fn length(b: &mut &[u8], from: fn([u8; 4]) -> u32) -> Option<usize> {
    usize::try_from(from(cut(b)?)).ok()
}

/// The number of elements that a header tells, if it does; all ones say that it does not.
fn told(count: u16) -> Option<usize> {
    (count != u16::MAX).then_some(usize::from(count))
}

/// An entry of a ziplist off the front of `b`, and the size that it gives of the one before.
fn ziplist_entry<'a>(b: &mut &'a [u8]) -> Option<(usize, Item<'a>)> {
    let [first] = cut(b)?;
    let before = match first {
        0xff => return None,
        0xfe => length(b, u32::from_le_bytes)?,
        n => usize::from(n),
    };
    let [head] = cut(b)?;
    let item = match head {
        0..=0x3f => Item::Bytes(text(b, usize::from(head))?),
        0x40..=0x7f => {
            let [low] = cut(b)?;
            Item::Bytes(text(b, usize::from(u16::from_be_bytes([head & 0x3f, low])))?)
        }
        0x80 => {
            let n = length(b, u32::from_be_bytes)?;
            Item::Bytes(text(b, n)?)
        }
        0xc0 => Item::Int(i64::from(i16::from_le_bytes(cut(b)?))),
        0xd0 => Item::Int(i64::from(i32::from_le_bytes(cut(b)?))),
        0xe0 => Item::Int(i64::from_le_bytes(cut(b)?)),
        0xf0 => {
            let [x, y, z] = cut(b)?;
            Item::Int(i64::from(i32::from_le_bytes([0, x, y, z]) >> 8))
        }
        0xfe => Item::Int(i64::from(i8::from_le_bytes(cut(b)?))),
        0xf1..=0xfd => Item::Int(i64::from(head & 0xf).saturating_sub(1)),
        _ => return None,
    };
    Some((before, item))
}

/// The listpack of a ziplist.
pub(super) fn ziplist(bytes: &[u8]) -> Option<Listpack> {
    let mut rest = bytes;
    let size = length(&mut rest, u32::from_le_bytes)?;
    let tail = length(&mut rest, u32::from_le_bytes)?;
    let count = told(u16::from_le_bytes(cut(&mut rest)?));
    let (0xff, mut rest) = rest.split_last().map(|(end, rest)| (*end, rest))? else { return None };
    if size != bytes.len() {
        return None;
    }
    let mut pack = Listpack::with_capacity(bytes.len());
    let (mut before, mut found, mut last) = (0, 0usize, 10);
    while !rest.is_empty() {
        // The end is still there.
        last = bytes.len().checked_sub(rest.len())?.checked_sub(1)?;
        let left = rest.len();
        let (told_before, item) = ziplist_entry(&mut rest)?;
        if told_before != before || !pack.has_room(Listpack::encoded_len(item)) {
            return None;
        }
        before = left.checked_sub(rest.len())?;
        pack.push_back(item);
        found = found.checked_add(1)?;
    }
    (tail == last && count.is_none_or(|count| count == found)).then_some(pack)
}

/// The listpack of a zipmap: a byte (the number of pairs, or from 254 on: count them), pairs, `ff`. Key and value have
/// their length in front, one byte or `fe` and four, and a value after that a byte that says how much of the space
/// behind it is not used.
pub(super) fn zipmap(bytes: &[u8]) -> Option<Listpack> {
    let mut rest = bytes;
    let [count] = cut(&mut rest)?;
    let (0xff, mut rest) = rest.split_last().map(|(end, rest)| (*end, rest))? else { return None };
    let size = |rest: &mut &[u8]| match cut(rest)? {
        [0xff] => None,
        [0xfe] => length(rest, u32::from_le_bytes),
        [n] => Some(usize::from(n)),
    };
    let mut pack = Listpack::with_capacity(bytes.len());
    let mut found = 0usize;
    while !rest.is_empty() {
        let key = size(&mut rest)?;
        let key = text(&mut rest, key)?;
        let value = size(&mut rest)?;
        let [free] = cut(&mut rest)?;
        let value = text(&mut rest, value)?;
        text(&mut rest, usize::from(free))?;
        let (key, value) = (Item::Bytes(key), Item::Bytes(value));
        if !pack.has_room(Listpack::encoded_len(key).checked_add(Listpack::encoded_len(value))?) {
            return None;
        }
        pack.push_back(key);
        pack.push_back(value);
        found = found.checked_add(1)?;
    }
    (count >= 254 || usize::from(count) == found).then_some(pack)
}

/// The members of an intset, in rising order: their size in bytes and their number (32 bits each), then they.
pub(super) fn intset(bytes: &[u8]) -> Option<Vec<i64>> {
    let mut rest = bytes;
    let width = length(&mut rest, u32::from_le_bytes)?;
    let count = length(&mut rest, u32::from_le_bytes)?;
    if !matches!(width, 2 | 4 | 8) || count.checked_mul(width)? != rest.len() {
        return None;
    }
    let members: Vec<i64> = rest
        .chunks_exact(width)
        .filter_map(|member| match width {
            2 => Some(i64::from(i16::from_le_bytes(*member.first_chunk()?))),
            4 => Some(i64::from(i32::from_le_bytes(*member.first_chunk()?))),
            _ => Some(i64::from_le_bytes(*member.first_chunk()?)),
        })
        .collect();
    members.is_sorted_by(|a, b| a < b).then_some(members)
}
