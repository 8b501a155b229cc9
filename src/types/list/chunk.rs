//! A chunk: a run of elements in one block, or one large element on its own.

use std::sync::Arc;

use smallvec::SmallVec;

use crate::base::num::parse_i64;
use crate::types::arena::malloc_cost;
use crate::types::limits::Limits;
use crate::types::listpack::{Item, Listpack};

/// More than the entry of a text has besides the text.
const ENTRY_OVERHEAD: usize = 11;

/// What a new listpack has besides its entries, rounded up.
const PACK_OVERHEAD: usize = 8;

/// `list-max-listpack-size` of one chunk by elements: its bytes.
const COUNTED_BYTES: usize = 8 << 10;

/// The most elements of a chunk, so that its header always tells how many there are.
pub(super) const MOST_ELEMENTS: usize = 1 << 15;

/// How full a chunk may get.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fill {
    /// Bytes of the listpack.
    bytes: usize,
    /// Elements.
    count: usize,
    /// From this length on an element stands alone.
    alone: usize,
}

impl Fill {
    /// As `list-max-listpack-size` says: positive is a number of elements, -1 to -5 are 4 to 64 KiB.
    pub(crate) fn of(limits: &Limits) -> Self {
        Self::new(limits.list_max_listpack_size(), limits.list_packed_threshold())
    }

    /// Whether a text has to stand alone.
    pub(super) fn is_alone(&self, text: &[u8]) -> bool {
        text.len() >= self.alone
    }

    /// The same of plain numbers.
    pub(super) fn new(size: i64, threshold: usize) -> Self {
        let (bytes, count) = match size {
            0.. => {
                (COUNTED_BYTES, usize::try_from(size).map_or(MOST_ELEMENTS, |n| n.clamp(1, MOST_ELEMENTS)))
            }
            -4..=-1 => (2048 << size.unsigned_abs(), MOST_ELEMENTS),
            _ => (64 << 10, MOST_ELEMENTS),
        };
        Self { bytes, count, alone: threshold.min(bytes - PACK_OVERHEAD - ENTRY_OVERHEAD + 1) }
    }
}

/// Fewer elements are not worth looking for a common beginning, nor is a shorter one.
const PREFIX_ELEMENTS: usize = 16;
const PREFIX_BYTES: usize = 4;

/// An element, borrowed from its list.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Element<'a> {
    /// One of many in a chunk.
    Packed(Item<'a>),
    /// One of many that begin alike: the beginning and the rest.
    Prefixed(&'a [u8], Item<'a>),
    /// A large one, which can be kept without a copy.
    Plain(&'a Arc<Vec<u8>>),
}

impl Element<'_> {
    /// Hands the text to `f`.
    #[inline]
    pub(crate) fn with_bytes<R>(self, f: impl FnOnce(&[u8]) -> R) -> R {
        match self {
            Self::Packed(item) => item.with_bytes(f),
            Self::Prefixed(prefix, rest) => {
                let mut text: SmallVec<[u8; 128]> = SmallVec::from_slice(prefix);
                rest.with_bytes(|rest| text.extend_from_slice(rest));
                f(&text)
            }
            Self::Plain(block) => f(block),
        }
    }

    /// The text in a vector of its own.
    #[cfg(test)]
    pub(crate) fn to_vec(self) -> Vec<u8> {
        self.with_bytes(<[u8]>::to_vec)
    }
}

/// A text that elements are compared with.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Needle<'a> {
    text: &'a [u8],
    int: Option<i64>,
}

impl<'a> Needle<'a> {
    /// The needle of a text.
    pub(crate) fn new(text: &'a [u8]) -> Self {
        Self { text, int: parse_i64(text) }
    }

    /// Whether an element has this text.
    #[inline]
    pub(crate) fn matches(&self, element: Element<'_>) -> bool {
        match element {
            Element::Packed(Item::Int(v)) => self.int == Some(v),
            Element::Packed(Item::Bytes(text)) => text == self.text,
            Element::Prefixed(prefix, rest) => {
                self.text.strip_prefix(prefix).is_some_and(|text| rest.eq_bytes(text))
            }
            Element::Plain(block) => block.as_slice() == self.text,
        }
    }
}

/// Chunks that an edit adds behind the one it was made in.
pub(super) type More = SmallVec<[Chunk; 2]>;

/// See the module.
#[derive(Debug, Clone)]
pub(super) enum Chunk {
    /// Some elements.
    Packed(Listpack),
    /// Some elements that begin alike; it becomes packed again before it changes.
    Prefixed(Box<Prefixed>),
    /// One element.
    Plain(Arc<Vec<u8>>),
}

/// Texts that begin alike.
#[derive(Debug, Clone)]
pub(super) struct Prefixed {
    /// How all of them begin.
    pub(super) prefix: Box<[u8]>,
    /// What follows in each.
    pub(super) rests: Listpack,
}

impl Prefixed {
    /// The elements of a pack, if it pays.
    fn new(pack: &Listpack) -> Option<Self> {
        if pack.len() < PREFIX_ELEMENTS {
            return None;
        }
        let mut items = pack.iter();
        let Some(Item::Bytes(mut prefix)) = items.next() else { return None };
        for item in items {
            let Item::Bytes(text) = item else { return None };
            let same = prefix.iter().zip(text).take_while(|(a, b)| a == b).count();
            if same < PREFIX_BYTES {
                return None;
            }
            prefix = &prefix[..same];
        }
        let saved = prefix.len() * pack.len();
        let mut rests = Listpack::with_capacity(pack.byte_len().saturating_sub(saved));
        for item in pack.iter() {
            let Item::Bytes(text) = item else { return None };
            rests.push_back(Item::Bytes(&text[prefix.len()..]));
        }
        rests.shrink();
        Some(Self { prefix: prefix.into(), rests })
    }

    /// The pack that it was made of.
    pub(super) fn unpacked(&self) -> Listpack {
        let bytes = self.rests.byte_len() + (self.prefix.len() + ENTRY_OVERHEAD) * self.rests.len();
        let mut pack = Listpack::with_capacity(bytes);
        for rest in self.rests.iter() {
            Element::Prefixed(&self.prefix, rest).with_bytes(|text| pack.push_back(Item::Bytes(text)));
        }
        pack.shrink();
        pack
    }
}

impl Chunk {
    /// Without elements.
    pub(super) fn new() -> Self {
        Self::Packed(Listpack::new())
    }

    /// With one element.
    pub(super) fn one(text: &[u8], fill: Fill) -> Self {
        if text.len() >= fill.alone {
            return Self::Plain(Arc::new(text.to_vec()));
        }
        let mut pack = Listpack::with_capacity(text.len() + PACK_OVERHEAD);
        pack.push_back(Item::Bytes(text));
        Self::Packed(pack)
    }

    /// Elements.
    #[inline]
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Packed(pack) => pack.len(),
            Self::Prefixed(prefixed) => prefixed.rests.len(),
            Self::Plain(_) => 1,
        }
    }

    /// Whether there are none.
    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        matches!(self, Self::Packed(pack) if pack.is_empty())
    }

    /// Bytes on the heap.
    #[inline]
    pub(super) fn heap_bytes(&self) -> usize {
        match self {
            Self::Packed(pack) => malloc_cost(pack.capacity()),
            Self::Prefixed(prefixed) => {
                malloc_cost(size_of::<Prefixed>())
                    + malloc_cost(prefixed.prefix.len())
                    + malloc_cost(prefixed.rests.capacity())
            }
            Self::Plain(block) => malloc_cost(ARC_BYTES) + malloc_cost(block.capacity()),
        }
    }

    /// Makes it small: it is in the middle of a list now, and not likely to change soon.
    pub(super) fn settle(&mut self) {
        let Self::Packed(pack) = self else { return };
        match Prefixed::new(pack) {
            Some(prefixed) => *self = Self::Prefixed(Box::new(prefixed)),
            None => pack.shrink(),
        }
    }

    /// Makes it ready to be changed. Its elements need no more room than they had before.
    fn unsettle(&mut self) {
        if let Self::Prefixed(prefixed) = self {
            *self = Self::Packed(prefixed.unpacked());
        }
    }

    /// Adds an element at one end, if there is room for it.
    #[inline]
    pub(super) fn push(&mut self, front: bool, text: &[u8], fill: Fill) -> bool {
        let Self::Packed(pack) = self else { return false };
        if !fits(pack, text, fill) {
            return false;
        }
        if front {
            pack.push_front(Item::Bytes(text));
        } else {
            pack.push_back(Item::Bytes(text));
        }
        true
    }

    /// Adds an element at one end, if there are others, and room for it in the memory that is there.
    #[inline]
    pub(super) fn push_in_place(&mut self, front: bool, text: &[u8], fill: Fill) -> bool {
        let Self::Packed(pack) = self else { return false };
        !pack.is_empty() && fits(pack, text, fill) && pack.push_in_place(front, Item::Bytes(text))
    }

    /// Takes an element from one end, if there are others and no memory is given back by that.
    #[inline]
    pub(super) fn pop_in_place(&mut self, front: bool, take: &mut dyn FnMut(Element<'_>)) -> bool {
        let Self::Packed(pack) = self else { return false };
        pack.pop_in_place(front, |item| take(Element::Packed(item)))
    }

    /// The element at `at`, which is there.
    pub(super) fn get(&self, at: usize) -> Option<Element<'_>> {
        match self {
            Self::Packed(pack) => Some(Element::Packed(pack.get(pack.seek(index(at))?))),
            Self::Prefixed(prefixed) => {
                let rest = prefixed.rests.get(prefixed.rests.seek(index(at))?);
                Some(Element::Prefixed(&prefixed.prefix, rest))
            }
            Self::Plain(block) => (at == 0).then_some(Element::Plain(block)),
        }
    }

    /// Replaces the element at `at`. Answers the chunks that have to follow this one.
    pub(super) fn set(&mut self, at: usize, text: &[u8], fill: Fill) -> More {
        if self.len() <= 1 {
            *self = Self::one(text, fill);
            return More::new();
        }
        self.unsettle();
        let Self::Packed(pack) = self else { return More::new() };
        let Some(pos) = pack.seek(index(at)) else { return More::new() };
        let rest = pack.byte_len() - pack.entry_len(pos);
        if text.len() < fill.alone && rest + text.len() + ENTRY_OVERHEAD <= fill.bytes {
            pack.replace(pos, Item::Bytes(text));
            return More::new();
        }
        pack.remove(pos);
        self.insert(at, text, fill)
    }

    /// Adds an element in front of the one at `at`, or at the end. Answers the chunks that have to follow this one.
    pub(super) fn insert(&mut self, at: usize, text: &[u8], fill: Fill) -> More {
        self.unsettle();
        if let Self::Packed(pack) = self
            && fits(pack, text, fill)
        {
            let pos = pack.seek(index(at)).unwrap_or(pack.end());
            pack.insert_before(pos, Item::Bytes(text));
            return More::new();
        }
        let mut more = More::new();
        let mut tail = self.split(at);
        if self.is_empty() {
            *self = Self::one(text, fill);
        } else {
            let pushed = !tail.is_empty() && tail.push(true, text, fill) || self.push(false, text, fill);
            if !pushed {
                more.push(Self::one(text, fill));
            }
        }
        if !tail.is_empty() {
            more.push(tail);
        }
        more
    }

    /// Cuts off the elements from `at` on.
    fn split(&mut self, at: usize) -> Self {
        match self {
            Self::Packed(pack) => match pack.seek(index(at)) {
                Some(pos) => Self::Packed(pack.split_off(pos)),
                None => Self::new(),
            },
            _ if at == 0 => std::mem::replace(self, Self::new()),
            _ => Self::new(),
        }
    }

    /// Whether this is so empty that it should join a neighbour, if they fit in one.
    pub(super) fn is_sparse(&self, fill: Fill) -> bool {
        match self {
            Self::Packed(pack) => pack.byte_len() < fill.bytes / 4 && pack.len() <= fill.count / 4,
            Self::Prefixed(_) | Self::Plain(_) => false,
        }
    }

    /// Takes over the elements of the chunk behind this one, if they fit.
    pub(super) fn join(&mut self, next: &Self, fill: Fill) -> bool {
        match (self, next) {
            (Self::Packed(pack), Self::Packed(other))
                if pack.byte_len() + other.byte_len() <= fill.bytes
                    && pack.len() + other.len() <= fill.count =>
            {
                pack.append(other);
                pack.shrink();
                true
            }
            _ => false,
        }
    }

    /// Takes `n` elements, fewer than there are, from one end, in the order from there, and hands each to `take`.
    pub(super) fn take(&mut self, front: bool, n: usize, take: &mut dyn FnMut(Element<'_>)) {
        self.unsettle();
        let Self::Packed(pack) = self else { return };
        if front {
            pack.iter().take(n).for_each(|item| take(Element::Packed(item)));
            if let Some(pos) = pack.first() {
                pack.remove_n(pos, n);
            }
            return;
        }
        let mut pos = pack.end();
        for _ in 0..n {
            let Some(prev) = pack.prev(pos) else { break };
            pos = prev;
            take(Element::Packed(pack.get(pos)));
        }
        pack.remove_n(pos, n);
    }

    /// Hands every element to `take`, from one end to the other.
    pub(super) fn visit(&self, front: bool, take: &mut dyn FnMut(Element<'_>)) {
        match self {
            Self::Packed(pack) if front => pack.iter().for_each(|item| take(Element::Packed(item))),
            Self::Packed(pack) => pack.iter().rev().for_each(|item| take(Element::Packed(item))),
            Self::Prefixed(prefixed) => {
                let mut take = |rest| take(Element::Prefixed(&prefixed.prefix, rest));
                if front {
                    prefixed.rests.iter().for_each(&mut take);
                } else {
                    prefixed.rests.iter().rev().for_each(&mut take);
                }
            }
            Self::Plain(block) => take(Element::Plain(block)),
        }
    }

    /// Checks that it is no fuller than it may be.
    #[cfg(test)]
    pub(super) fn check(&self, fill: Fill) {
        let mut this = self.clone();
        this.unsettle();
        if let Self::Packed(pack) = &this {
            assert!(
                pack.len() <= fill.count && pack.byte_len() <= fill.bytes,
                "{} {fill:?}",
                pack.byte_len()
            );
        }
    }

    /// Removes up to `limit` elements with the text of `needle`, from one end on, and answers how many.
    pub(super) fn remove(&mut self, front: bool, needle: Needle<'_>, limit: usize) -> usize {
        if let Self::Prefixed(prefixed) = self {
            let matches = |rest| needle.matches(Element::Prefixed(&prefixed.prefix, rest));
            if limit == 0 || !prefixed.rests.iter().any(matches) {
                return 0;
            }
            self.unsettle();
        }
        let pack = match self {
            Self::Packed(pack) => pack,
            Self::Prefixed(_) => return 0,
            Self::Plain(block) => {
                let found = limit > 0 && needle.matches(Element::Plain(block));
                if found {
                    *self = Self::new();
                }
                return usize::from(found);
            }
        };
        if front { remove_forward(pack, needle, limit) } else { remove_backward(pack, needle, limit) }
    }
}

/// The reference counts and the vector of an `Arc<Vec<u8>>`.
const ARC_BYTES: usize = 40;

/// Whether a text finds room in a pack.
#[inline]
fn fits(pack: &Listpack, text: &[u8], fill: Fill) -> bool {
    pack.byte_len() + text.len() + ENTRY_OVERHEAD <= fill.bytes
        && text.len() < fill.alone
        && pack.len() < fill.count
}

/// An index for [`Listpack::seek`].
#[inline]
fn index(at: usize) -> i64 {
    i64::try_from(at).unwrap_or(i64::MAX)
}

/// [`Chunk::remove`] from the front. Runs of matches go in one piece.
fn remove_forward(pack: &mut Listpack, needle: Needle<'_>, limit: usize) -> usize {
    let (mut removed, mut from) = (0, pack.first().unwrap_or(pack.end()));
    while removed < limit {
        let Some(pos) = pack.find(from, needle.text, 0) else { break };
        let run = pack.iter_from(pos).take(limit - removed);
        let run = run.take_while(|item| needle.matches(Element::Packed(*item))).count();
        from = pack.remove_n(pos, run);
        removed += run;
    }
    removed
}

/// [`Chunk::remove`] from the back.
fn remove_backward(pack: &mut Listpack, needle: Needle<'_>, limit: usize) -> usize {
    let (mut removed, mut pos) = (0, pack.end());
    while removed < limit {
        let Some(prev) = pack.prev(pos) else { break };
        pos = prev;
        let mut run = 0;
        if needle.matches(Element::Packed(pack.get(pos))) {
            run = 1;
            while removed + run < limit
                && let Some(prev) = pack.prev(pos)
                && needle.matches(Element::Packed(pack.get(prev)))
            {
                (pos, run) = (prev, run + 1);
            }
            pack.remove_n(pos, run);
        }
        removed += run;
    }
    removed
}
