//! The listpack: a sequence of strings and integers in one block, byte for byte as Redis keeps and saves it.
//! Six bytes in front hold the size and the number of entries, the byte `ff` ends it. `item.rs` has the entries.
//!
//! Entries are addressed by the offset of their first byte. An edit leaves the offsets in front of it as they
//! are and makes those behind it void.

mod item;
#[cfg(test)]
mod tests;

use crate::base::num::parse_i64;
pub(crate) use item::Item;
use item::{END, Entry, back_size, decode, ends_with_back, read_back, span};

/// The bytes in front of the first entry: the size of the whole in 32 bits, the number of entries in 16.
const HEADER: usize = 6;

/// The size of a listpack without entries.
const EMPTY: usize = HEADER + 1;

/// What the header says of 65535 entries and more: count them yourself.
const UNKNOWN: u16 = u16::MAX;

/// No listpack should grow beyond this; see [`Listpack::has_room`].
const MAX_BYTES: usize = 1 << 30;

/// From this size on a pack grows by more than it needs.
const GENEROUS: usize = 256;

/// The offset of an entry.
pub(crate) type Pos = usize;

/// The sequence. It always holds valid bytes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Listpack(Vec<u8>);

impl Listpack {
    /// One without entries.
    pub(crate) fn new() -> Self {
        Self::with_capacity(EMPTY)
    }

    /// One without entries and with room for `bytes` bytes in all.
    pub(crate) fn with_capacity(bytes: usize) -> Self {
        let mut pack = Vec::with_capacity(round(bytes.max(EMPTY)));
        pack.extend_from_slice(&[0, 0, 0, 0, 0, 0, END]);
        let mut pack = Self(pack);
        pack.write_header(Some(0));
        pack
    }

    /// Takes over bytes that came from outside; `None` unless every length in them is right. An integer may be
    /// stored as a text or longer than it need be: nobody here depends on that.
    pub(crate) fn from_bytes(bytes: Vec<u8>) -> Option<Self> {
        let (header, rest) = bytes.split_first_chunk::<HEADER>()?;
        let [a, b, c, d, counted @ ..] = *header;
        if usize::try_from(u32::from_le_bytes([a, b, c, d])) != Ok(bytes.len()) {
            return None;
        }
        let (END, mut rest) = rest.split_last().map(|(end, rest)| (*end, rest))? else {
            return None;
        };
        let mut count = 0usize;
        while !rest.is_empty() {
            let (_, n) = decode(rest)?;
            let back = rest.get(n..)?;
            if !ends_with_back(back, n) {
                return None;
            }
            rest = back.get(back_size(n)..)?;
            count += 1;
        }
        let counted = u16::from_le_bytes(counted);
        if counted != UNKNOWN && usize::from(counted) != count {
            return None;
        }
        let mut pack = Self(bytes);
        pack.write_header(Some(count));
        Some(pack)
    }

    /// The whole as it is saved.
    #[inline]
    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The size of the whole.
    #[inline]
    pub(crate) fn byte_len(&self) -> usize {
        self.0.len()
    }

    /// The size of the block it lies in, for the accounting of memory.
    #[inline]
    pub(crate) fn capacity(&self) -> usize {
        self.0.capacity()
    }

    /// Whether `bytes` more bytes of entries keep it below 1 GiB. Callers that have no lower limit of their own
    /// must ask: the header has 32 bits for the size.
    #[inline]
    pub(crate) fn has_room(&self, bytes: usize) -> bool {
        bytes <= MAX_BYTES.saturating_sub(self.0.len())
    }

    /// The bytes that the entry of an item takes.
    #[inline]
    pub(crate) fn encoded_len(item: Item<'_>) -> usize {
        Entry::new(item).len()
    }

    /// The number of entries. From 65535 on they are counted.
    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.count().unwrap_or_else(|| self.count_between(HEADER, self.end()))
    }

    /// Whether it has no entries.
    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.0.len() == EMPTY
    }

    /// The offset behind the last entry.
    #[inline]
    pub(crate) fn end(&self) -> Pos {
        self.0.len() - 1
    }

    /// The first entry.
    #[inline]
    pub(crate) fn first(&self) -> Option<Pos> {
        (!self.is_empty()).then_some(HEADER)
    }

    /// The last entry.
    #[inline]
    pub(crate) fn last(&self) -> Option<Pos> {
        self.prev(self.end())
    }

    /// The entry behind the one at `pos`.
    #[inline]
    pub(crate) fn next(&self, pos: Pos) -> Option<Pos> {
        let next = pos + self.entry_len(pos);
        (next < self.end()).then_some(next)
    }

    /// The entry in front of the one at `pos`, which may be the end.
    #[inline]
    pub(crate) fn prev(&self, pos: Pos) -> Option<Pos> {
        (pos > HEADER).then(|| before(&self.0, pos))
    }

    /// The entry at `index`, from the end if it is negative: -1 is the last one.
    pub(crate) fn seek(&self, index: i64) -> Option<Pos> {
        let mut backwards = index < 0;
        let mut steps = if backwards { !index } else { index }.unsigned_abs();
        if let Some(count) = self.count() {
            let last = (count as u64).checked_sub(1)?;
            let rest = last.checked_sub(steps)?;
            if rest < steps {
                backwards = !backwards;
                steps = rest;
            }
        }
        let mut at = if backwards { self.last() } else { self.first() }?;
        for _ in 0..steps {
            at = if backwards { self.prev(at) } else { self.next(at) }?;
        }
        Some(at)
    }

    /// The item of the entry at `pos`.
    #[inline]
    pub(crate) fn get(&self, pos: Pos) -> Item<'_> {
        let item = decode(&self.0[pos..]);
        debug_assert!(item.is_some(), "no entry at {pos}");
        item.map_or(Item::Bytes(&[]), |(item, _)| item)
    }

    /// The size of the whole entry at `pos`.
    #[inline]
    pub(crate) fn entry_len(&self, pos: Pos) -> usize {
        entry_len(&self.0[pos..])
    }

    /// Adds an entry at the end.
    #[inline]
    pub(crate) fn push_back(&mut self, item: Item<'_>) {
        self.insert_before(self.end(), item);
    }

    /// Adds an entry at the beginning.
    pub(crate) fn push_front(&mut self, item: Item<'_>) {
        self.insert_before(HEADER, item);
    }

    /// Adds an entry at one end, if its memory stays as it is by that.
    #[inline]
    pub(crate) fn push_in_place(&mut self, front: bool, item: Item<'_>) -> bool {
        let entry = Entry::new(item);
        let fits = entry.len() <= self.0.capacity() - self.0.len();
        if fits {
            self.splice(if front { HEADER } else { self.end() }, 0, &entry);
            self.write_header(self.count().map(|n| n + 1));
        }
        fits
    }

    /// Removes the entry at one end after handing it to `take`, if there are more and its memory stays as it is by that.
    #[inline]
    pub(crate) fn pop_in_place(&mut self, front: bool, take: impl FnOnce(Item<'_>)) -> bool {
        let Some(pos) = (if front { self.first() } else { self.last() }) else { return false };
        let (size, len) = (self.entry_len(pos), self.0.len());
        if len - size == EMPTY || len - size < self.0.capacity() / 2 {
            return false;
        }
        take(self.get(pos));
        if front {
            self.0.copy_within(pos + size..len, pos);
        }
        self.0.truncate(len - size);
        self.0[len - size - 1] = END;
        self.write_header(self.count().map(|n| n.saturating_sub(1)));
        true
    }

    /// Adds an entry in front of the one at `pos` (which may be the end), and says where it is.
    pub(crate) fn insert_before(&mut self, pos: Pos, item: Item<'_>) -> Pos {
        self.splice(pos, 0, &Entry::new(item));
        self.write_header(self.count().map(|n| n + 1));
        pos
    }

    /// Adds an entry behind the one at `pos`, and says where it is.
    pub(crate) fn insert_after(&mut self, pos: Pos, item: Item<'_>) -> Pos {
        self.insert_before(pos + self.entry_len(pos), item)
    }

    /// Replaces the entry at `pos`, where the new one is then too.
    pub(crate) fn replace(&mut self, pos: Pos, item: Item<'_>) -> Pos {
        self.splice(pos, self.entry_len(pos), &Entry::new(item));
        self.write_header(self.count());
        self.give_back();
        pos
    }

    /// Replaces the entry at `pos` by one of its size; false if the new one has another.
    #[inline]
    pub(crate) fn overwrite(&mut self, pos: Pos, item: Item<'_>) -> bool {
        let (entry, old) = (Entry::new(item), self.entry_len(pos));
        let fits = entry.len() == old;
        if fits {
            entry.write_to(&mut self.0[pos..pos + old]);
        }
        fits
    }

    /// Removes the entry at `pos`; the next one, or the end, is there now.
    pub(crate) fn remove(&mut self, pos: Pos) -> Pos {
        self.remove_n(pos, 1)
    }

    /// Removes `n` entries from the one at `pos` on, or all that there are; the next one, or the end, is there
    /// now.
    pub(crate) fn remove_n(&mut self, pos: Pos, n: usize) -> Pos {
        let end = self.end();
        let (mut to, mut removed) = (pos, 0);
        while removed < n && to < end {
            to += self.entry_len(to);
            removed += 1;
        }
        self.0.drain(pos..to);
        self.write_header(self.count().map(|count| count.saturating_sub(removed)));
        self.give_back();
        pos
    }

    /// Adds all entries of another listpack at the end.
    pub(crate) fn append(&mut self, other: &Self) {
        let entries = &other.0[HEADER..];
        self.reserve(entries.len() - 1);
        self.0.pop();
        self.0.extend_from_slice(entries);
        self.write_header(self.count().zip(other.count()).map(|(a, b)| a + b));
    }

    /// Cuts off the entries from the one at `pos` (which may be the end) on.
    pub(crate) fn split_off(&mut self, pos: Pos) -> Self {
        let end = self.end();
        let (front, back) = match self.count() {
            Some(all) if pos - HEADER < end - pos => {
                let front = self.count_between(HEADER, pos);
                (front, all.saturating_sub(front))
            }
            Some(all) => {
                let back = self.count_between(pos, end);
                (all.saturating_sub(back), back)
            }
            None => (self.count_between(HEADER, pos), self.count_between(pos, end)),
        };
        let entries = &self.0[pos..];
        let mut tail = Self::with_capacity(HEADER + entries.len());
        tail.0.pop();
        tail.0.extend_from_slice(entries);
        tail.write_header(Some(back));
        self.0.truncate(pos);
        self.0.push(END);
        self.write_header(Some(front));
        self.give_back();
        tail
    }

    /// Gives back the memory it does not need, for packs that stay as they are.
    pub(crate) fn shrink(&mut self) {
        self.0.shrink_to(round(self.0.len()));
    }

    /// All items, from both ends.
    #[inline]
    pub(crate) fn iter(&self) -> Iter<'_> {
        self.iter_from(HEADER)
    }

    /// The items from the one at `pos` (which may be the end) on.
    #[inline]
    pub(crate) fn iter_from(&self, pos: Pos) -> Iter<'_> {
        Iter { bytes: &self.0, front: pos, back: self.end() }
    }

    /// The first entry with the text `needle` among the one at `from` (which may be the end) and those that
    /// follow with `skip` entries between them.
    pub(crate) fn find(&self, from: Pos, needle: &[u8], skip: usize) -> Option<Pos> {
        let int = parse_i64(needle);
        let end = self.end();
        let mut rest = self.0.get(from..end)?;
        loop {
            let (&head, behind) = rest.split_first()?;
            let (found, size) = if head & 0xc0 == 0x80 {
                // Most entries are short texts, and names of fields mostly differ in the last byte, which is cheaper to
                // see than to call memcmp.
                let n = usize::from(head & 0x3f);
                let text = if n == needle.len() { behind.get(..n)? } else { &[] };
                (n == needle.len() && text.last() == needle.last() && text == needle, n + 2)
            } else {
                let (item, n) = decode(rest)?;
                let found = match item {
                    Item::Bytes(text) => text == needle,
                    Item::Int(v) => int == Some(v),
                };
                (found, n + back_size(n))
            };
            if found {
                return Some(end - rest.len());
            }
            rest = rest.get(size..)?;
            for _ in 0..skip {
                rest = rest.get(entry_len(rest)..)?;
            }
        }
    }

    /// The number of entries, if the header has it.
    #[inline]
    fn count(&self) -> Option<usize> {
        let count = u16::from_le_bytes([self.0[4], self.0[5]]);
        (count != UNKNOWN).then_some(usize::from(count))
    }

    /// Counts the entries between two offsets.
    fn count_between(&self, from: Pos, to: Pos) -> usize {
        let (mut at, mut count) = (from, 0);
        while at < to {
            at += self.entry_len(at);
            count += 1;
        }
        count
    }

    /// Writes the size and the number of entries (`None`: nobody knows) into the header.
    #[inline]
    fn write_header(&mut self, count: Option<usize>) {
        let size = u32::try_from(self.0.len()).unwrap_or(u32::MAX);
        let count = count.and_then(|n| u16::try_from(n).ok()).unwrap_or(UNKNOWN);
        self.0[..4].copy_from_slice(&size.to_le_bytes());
        self.0[4..HEADER].copy_from_slice(&count.to_le_bytes());
    }

    /// Puts an entry in the place of `old` bytes at `at`. The header is left as it was.
    fn splice(&mut self, at: Pos, old: usize, entry: &Entry<'_>) {
        let new = entry.len();
        let len = self.0.len();
        if new > old {
            self.reserve(new - old);
            self.0.resize(len + (new - old), END);
        }
        if new != old && at + old + 1 < len {
            self.0.copy_within(at + old..len, at + new);
        }
        if new < old {
            self.0.truncate(len - old + new);
            self.0[len - old + new - 1] = END;
        }
        entry.write_to(&mut self.0[at..at + new]);
    }

    /// Makes room for `more` bytes. There are many packs and most are small, so small ones get what they need
    /// in the steps of the allocators, and large ones an eighth more than they need.
    #[inline]
    fn reserve(&mut self, more: usize) {
        let len = self.0.len();
        let need = len.saturating_add(more);
        if need > self.0.capacity() {
            let target = if need < GENEROUS { need } else { need.saturating_add(need / 8) };
            self.0.reserve_exact(round(target) - len);
        }
    }

    /// Gives memory back after a removal if more than half of it is unused.
    #[inline]
    fn give_back(&mut self) {
        let len = self.0.len();
        if len < self.0.capacity() / 2 {
            self.0.shrink_to(round(len + len / 8));
        }
    }
}

/// The next size that allocators have a block of: multiples of 16 less a word, at least 24.
#[inline]
fn round(bytes: usize) -> usize {
    (bytes.saturating_add(7) / 16 * 16 + 8).max(24)
}

/// The size of the whole entry at the beginning of `b`.
#[inline]
fn entry_len(b: &[u8]) -> usize {
    match *b {
        // Nearly all: a small number or a short text, with a byte in front and one behind.
        [0..=0x7f, ..] => 2,
        [head @ 0x80..=0xbf, ..] => usize::from(head & 0x3f) + 2,
        _ => {
            let n = span(b);
            n + back_size(n)
        }
    }
}

/// The offset of the entry that ends at `pos`, which is not the first one.
#[inline]
fn before(bytes: &[u8], pos: Pos) -> Pos {
    let (n, size) = read_back(&bytes[HEADER..pos]);
    pos.saturating_sub(n + size).max(HEADER)
}

/// The items of a listpack, from both ends.
#[derive(Clone, Debug)]
pub(crate) struct Iter<'a> {
    bytes: &'a [u8],
    front: Pos,
    back: Pos,
}

impl Iter<'_> {
    /// Where the next item from the front is, or the end.
    #[inline]
    pub(crate) fn pos(&self) -> Pos {
        self.front
    }
}

impl<'a> Iterator for Iter<'a> {
    type Item = Item<'a>;

    #[inline]
    fn next(&mut self) -> Option<Item<'a>> {
        let (item, n) = decode(self.bytes.get(self.front..self.back)?)?;
        self.front += n + back_size(n);
        Some(item)
    }
}

impl DoubleEndedIterator for Iter<'_> {
    #[inline]
    fn next_back(&mut self) -> Option<Self::Item> {
        if self.front >= self.back {
            return None;
        }
        self.back = before(self.bytes, self.back);
        decode(&self.bytes[self.back..]).map(|(item, _)| item)
    }
}
