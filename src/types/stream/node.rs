//! A node: the entries that Redis keeps in one listpack, in a denser form of our own.
//!
//! Redis's listpack begins with how many entries are valid and how many deleted, the names of the first entry's
//! fields, and a 0. Each entry has flags, the differences of its ID's halves to those of the first one, the number
//! and names of its fields unless they are the first entry's, values, and how many elements these are. Here the
//! same facts take about a third less:
//!
//! | bytes | what |
//! |---|---|
//! | in front | number of fields, then length and text of each name |
//! | of each entry | flags; milliseconds after the first entry's, if any; number of the ID (of the same millisecond: its distance), unless 0; number of fields if they are its own; names (ditto) and values as items; length of all that, to be read from its right end |
//!
//! Numbers are in groups of seven bits. The size of Redis's listpack is kept up to date, because nodes end where
//! Redis's end: approximate trimming and XINFO show it.

use super::id::Id;
use crate::types::listpack::{Item, Listpack};

/// The entry is deleted; its place stays.
const DELETED: u8 = 1;
/// Its fields are those of the first entry.
const SAME: u8 = 2;
/// It is of the same millisecond as the first entry.
const SAME_MS: u8 = 4;
/// The number of its ID, or the distance of it, is 0.
const NO_SEQ: u8 = 8;
/// What of the flags a listpack has too.
const SHARED: u8 = DELETED | SAME;

/// The header and the end of a listpack.
const FRAME: usize = 7;

/// Where a node ends: no listpack is larger.
pub(super) const MAX_BYTES: usize = 1 << 30;

/// See the module.
#[derive(Debug, Clone)]
pub(super) struct Node {
    /// The ID of the entry that it began with, deleted or not.
    pub(super) master: Id,
    bytes: Vec<u8>,
    /// The size of the listpack, but for its first two elements.
    listpack: u32,
    /// Where the first entry is that is not deleted.
    front: u32,
    live: u32,
    deleted: u32,
}

/// An entry of a stream.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Entry<'a> {
    /// Its ID.
    pub(crate) id: Id,
    /// How many fields it has.
    pub(crate) len: usize,
    /// The names, if they are not among the values.
    names: Option<&'a [u8]>,
    values: &'a [u8],
}

/// An entry as it lies there.
pub(super) struct Raw<'a> {
    /// What it says.
    pub(super) entry: Entry<'a>,
    /// Whether it counts.
    pub(super) deleted: bool,
    /// Where the next one is.
    pub(super) next: usize,
}

impl<'a> Entry<'a> {
    /// Fields and values in their order.
    #[inline]
    pub(crate) fn pairs(&self) -> impl Iterator<Item = (Item<'a>, Item<'a>)> + use<'a> {
        let Self { len, mut names, mut values, .. } = *self;
        (0..len).map_while(move |_| {
            let name = match &mut names {
                Some(names) => Item::Bytes(take_text(names)?),
                None => take_item(&mut values)?,
            };
            Some((name, take_item(&mut values)?))
        })
    }
}

impl Node {
    /// One whose first entry will have this ID and these fields (each followed by its value), with room for `room`
    /// bytes.
    pub(super) fn new(master: Id, pairs: &[&[u8]], room: usize) -> Self {
        let mut bytes = Vec::with_capacity(room);
        let mut listpack = FRAME + int_len(signed(pairs.len() / 2)) + int_len(0);
        put_varint(&mut bytes, (pairs.len() / 2) as u64);
        for name in pairs.iter().step_by(2) {
            put_varint(&mut bytes, name.len() as u64);
            bytes.extend_from_slice(name);
            listpack += Listpack::encoded_len(Item::Bytes(name));
        }
        let front = small(bytes.len());
        Self { master, bytes, listpack: small(listpack), front, live: 0, deleted: 0 }
    }

    /// Adds an entry with an ID above all others.
    pub(super) fn push(&mut self, id: Id, pairs: &[&[u8]]) {
        let same = self.has_fields(pairs);
        self.put(id, pairs, same);
    }

    /// [`Node::push`] where it is known whether the fields are the same as the first entry's; then their names in
    /// `pairs` do not matter.
    pub(super) fn put(&mut self, id: Id, pairs: &[&[u8]], same: bool) {
        let size: usize = pairs.iter().map(|word| word.len() + 5).sum();
        self.reserve(size + 40);
        let start = self.bytes.len();
        let ms = id.ms.wrapping_sub(self.master.ms);
        let distance = id.seq.wrapping_sub(self.master.seq);
        let seq = if ms == 0 { distance } else { id.seq };
        let flag = |set: bool, flag: u8| if set { flag } else { 0 };
        self.bytes.push(flag(same, SAME) | flag(ms == 0, SAME_MS) | flag(seq == 0, NO_SEQ));
        if ms != 0 {
            put_varint(&mut self.bytes, ms);
        }
        if seq != 0 {
            put_varint(&mut self.bytes, seq);
        }
        let count = pairs.len() / 2;
        let mut listpack = 2 + int_len(ms.cast_signed()) + int_len(distance.cast_signed());
        if same {
            listpack += int_len(signed(count + 3));
        } else {
            put_varint(&mut self.bytes, count as u64);
            listpack += int_len(signed(count)) + int_len(signed(2 * count + 4));
        }
        for word in pairs.iter().skip(usize::from(same)).step_by(1 + usize::from(same)) {
            listpack += Item::Bytes(word).write(&mut self.bytes);
        }
        let len = self.bytes.len() - start;
        put_back(&mut self.bytes, len);
        self.listpack = self.listpack.saturating_add(small(listpack));
        self.live += 1;
    }

    /// Makes room, in steps of a quarter.
    fn reserve(&mut self, more: usize) {
        let need = self.bytes.len() + more;
        if need > self.bytes.capacity() {
            let target = (need + need / 4).next_multiple_of(16) + 8;
            self.bytes.reserve_exact(target - self.bytes.len());
        }
    }

    /// Gives back the room that it does not need: nothing will be added any more.
    pub(super) fn seal(&mut self) {
        self.bytes.shrink_to_fit();
    }

    /// The bytes of its block.
    #[inline]
    pub(super) fn capacity(&self) -> usize {
        self.bytes.capacity()
    }

    /// The size of Redis's listpack.
    #[inline]
    pub(super) fn listpack_len(&self) -> usize {
        self.listpack as usize + int_len(i64::from(self.live)) + int_len(i64::from(self.deleted))
    }

    /// Entries that are not deleted.
    #[inline]
    pub(super) fn live(&self) -> usize {
        self.live as usize
    }

    /// All entries.
    #[inline]
    pub(super) fn entries(&self) -> usize {
        self.live as usize + self.deleted as usize
    }

    /// Where the first entry is that is not deleted.
    #[inline]
    pub(super) fn front(&self) -> usize {
        self.front as usize
    }

    /// Where the last entry ends.
    #[inline]
    pub(super) fn end(&self) -> usize {
        self.bytes.len()
    }

    /// The ID of the first entry that is not deleted.
    pub(super) fn first_id(&self) -> Option<Id> {
        self.at(self.front()).map(|raw| raw.entry.id)
    }

    /// The ID of the last entry, deleted or not.
    pub(super) fn last_id(&self) -> Id {
        if self.live == 0 && self.deleted == 0 {
            return self.master;
        }
        // Not by `before`, which stops at the first one that is not deleted.
        let (len, size) = read_back(&self.bytes[..self.end()]);
        let at = self.end().checked_sub(len + size);
        at.and_then(|at| self.at(at)).map_or(self.master, |raw| raw.entry.id)
    }

    /// The entry at an offset; `None` at the end.
    #[inline]
    pub(super) fn at(&self, at: usize) -> Option<Raw<'_>> {
        let all = self.bytes.as_slice();
        let mut rest = all.get(at..)?;
        let (&flags, tail) = rest.split_first()?;
        rest = tail;
        let ms = if flags & SAME_MS == 0 { take_varint(&mut rest)? } else { 0 };
        let mut seq = if flags & NO_SEQ == 0 { take_varint(&mut rest)? } else { 0 };
        if ms == 0 {
            seq = seq.wrapping_add(self.master.seq);
        }
        let (len, names) = if flags & SAME == 0 {
            (usize::try_from(take_varint(&mut rest)?).ok()?, None)
        } else {
            let mut names = all;
            (usize::try_from(take_varint(&mut names)?).ok()?, Some(names))
        };
        let values = rest;
        for _ in 0..if names.is_some() { len } else { 2 * len } {
            rest = rest.get(Item::written_len(rest)..)?;
        }
        let end = all.len() - rest.len();
        let id = Id::new(self.master.ms.wrapping_add(ms), seq);
        let entry = Entry { id, len, names, values: &values[..values.len() - rest.len()] };
        Some(Raw { entry, deleted: flags & DELETED != 0, next: end + back_len(end - at) })
    }

    /// Where the entry begins that ends at `end`; `None` in front of the first one that is not deleted.
    #[inline]
    pub(super) fn before(&self, end: usize) -> Option<usize> {
        if end <= self.front() {
            return None;
        }
        let (len, size) = read_back(&self.bytes[..end]);
        end.checked_sub(len + size)
    }

    /// Where the entry of an ID is, if it is not deleted.
    pub(super) fn find(&self, id: Id) -> Option<usize> {
        let mut at = self.front();
        while let Some(raw) = self.at(at) {
            // XSETID allows for IDs below those of deleted entries, which stand between the others then.
            if !raw.deleted && raw.entry.id >= id {
                return (raw.entry.id == id).then_some(at);
            }
            at = raw.next;
        }
        None
    }

    /// Deletes the entry at an offset, which is not deleted.
    pub(super) fn delete(&mut self, at: usize) {
        self.bytes[at] |= DELETED;
        self.live -= 1;
        self.deleted += 1;
        if at == self.front() {
            let mut front = at;
            while let Some(raw) = self.at(front).filter(|raw| raw.deleted) {
                front = raw.next;
            }
            self.front = small(front);
        }
    }

    fn has_fields(&self, pairs: &[&[u8]]) -> bool {
        let mut names = self.bytes.as_slice();
        take_varint(&mut names) == Some((pairs.len() / 2) as u64)
            && pairs.iter().step_by(2).all(|name| take_text(&mut names) == Some(name))
    }

    /// Redis's listpack of the node.
    pub(crate) fn to_listpack(&self) -> Listpack {
        let mut pack = Listpack::with_capacity(self.listpack_len());
        let int = |v: usize| Item::Int(signed(v));
        let mut names = self.bytes.as_slice();
        let count = usize::try_from(take_varint(&mut names).unwrap_or(0)).unwrap_or(0);
        [self.live as usize, self.deleted as usize, count].iter().for_each(|n| pack.push_back(int(*n)));
        for _ in 0..count {
            pack.push_back(Item::Bytes(take_text(&mut names).unwrap_or_default()));
        }
        pack.push_back(int(0));
        let mut at = self.bytes.len() - names.len();
        while let Some(raw) = self.at(at) {
            let Entry { id, len, names, mut values } = raw.entry;
            pack.push_back(Item::Int(i64::from(self.bytes[at] & SHARED)));
            pack.push_back(Item::Int(id.ms.wrapping_sub(self.master.ms).cast_signed()));
            pack.push_back(Item::Int(id.seq.wrapping_sub(self.master.seq).cast_signed()));
            let own = names.is_none();
            if own {
                pack.push_back(int(len));
            }
            while let Some(item) = take_item(&mut values) {
                pack.push_back(item);
            }
            pack.push_back(int(if own { 2 * len + 4 } else { len + 3 }));
            at = raw.next;
        }
        pack
    }
}

/// A length as an integer of a listpack.
fn signed(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

/// A size within a node, which ends far below 4 GiB.
fn small(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

/// The bytes that an integer takes in a listpack.
#[inline]
fn int_len(v: i64) -> usize {
    match v {
        0..=127 => 2,
        -0x1000..=0xfff => 3,
        -0x8000..=0x7fff => 4,
        -0x80_0000..=0x7f_ffff => 5,
        -0x8000_0000..=0x7fff_ffff => 6,
        _ => 10,
    }
}

/// Appends a number in groups of seven bits, the low ones first.
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "masked to seven bits")]
fn put_varint(out: &mut Vec<u8>, mut n: u64) {
    while n > 0x7f {
        out.push(n as u8 & 0x7f | 0x80);
        n >>= 7;
    }
    out.push(n as u8);
}

/// Takes such a number off the front.
#[inline]
fn take_varint(b: &mut &[u8]) -> Option<u64> {
    let (mut n, mut shift) = (0, 0);
    loop {
        let (&byte, rest) = b.split_first()?;
        *b = rest;
        n |= u64::from(byte & 0x7f).checked_shl(shift)?;
        if byte < 0x80 {
            return Some(n);
        }
        shift += 7;
    }
}

/// Takes a text with its length in front of it.
#[inline]
fn take_text<'a>(b: &mut &'a [u8]) -> Option<&'a [u8]> {
    let len = usize::try_from(take_varint(b)?).ok()?;
    let (text, rest) = b.split_at_checked(len)?;
    *b = rest;
    Some(text)
}

/// Takes an item.
#[inline]
fn take_item<'a>(b: &mut &'a [u8]) -> Option<Item<'a>> {
    let (item, len) = Item::read(b)?;
    *b = b.get(len..)?;
    Some(item)
}

/// How many bytes a length takes that is read from its right end.
#[inline]
fn back_len(n: usize) -> usize {
    match n {
        0..0x80 => 1,
        0x80..0x4000 => 2,
        0x4000..0x20_0000 => 3,
        0x20_0000..0x1000_0000 => 4,
        _ => 5,
    }
}

/// Appends such a length: the low bits last, each byte but the first says that there is more on its left.
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "masked to seven bits")]
fn put_back(out: &mut Vec<u8>, n: usize) {
    let len = back_len(n);
    for i in (0..len).rev() {
        let more = if i + 1 < len { 0x80 } else { 0 };
        out.push((n >> (7 * i)) as u8 & 0x7f | more);
    }
}

/// The length that `b` ends with, and how many bytes it takes.
#[inline]
fn read_back(b: &[u8]) -> (usize, usize) {
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
