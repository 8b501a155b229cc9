//! Lists: sequences that grow and shrink at both ends. A small list is one chunk (`chunk.rs`), a longer one has a chunk
//! for each end, where pushes and pops happen, and a counted tree (`tree.rs`) of those between. How full chunks get
//! is the caller's to say, by a [`Fill`], with every change. A chunk of texts that begin alike, such as keys of other
//! values, keeps their common beginning once while it rests in the tree.
//!
//! Whatever finds an element by its index takes O(log n); pushes and pops O(1), and once for a chunk O(log n).

mod chunk;
mod iter;
pub(crate) mod saved;
#[cfg(test)]
mod tests;
mod tree;

use crate::types::arena::malloc_cost;
use chunk::{Chunk, More};
pub(crate) use chunk::{Element, Fill, Needle};
pub(crate) use iter::{Iter, IterBack};
use tree::Tree;

/// The two ends of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// The first element's.
    Left,
    /// The last element's.
    Right,
}

/// See the module.
#[derive(Debug, Clone)]
pub(crate) struct List(Repr);

#[derive(Debug, Clone)]
enum Repr {
    One(Chunk),
    Many(Box<Many>),
}

/// More than one chunk. The outer two are never empty.
#[derive(Debug, Clone)]
struct Many {
    len: usize,
    head: Chunk,
    middle: Tree,
    tail: Chunk,
}

impl Default for List {
    fn default() -> Self {
        Self::new()
    }
}

impl List {
    /// One without elements.
    pub(crate) fn new() -> Self {
        Self(Repr::One(Chunk::new()))
    }

    /// Whether nothing is in it: then its key goes.
    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        matches!(&self.0, Repr::One(chunk) if chunk.is_empty())
    }

    /// Elements.
    #[inline]
    pub(crate) fn len(&self) -> usize {
        match &self.0 {
            Repr::One(chunk) => chunk.len(),
            Repr::Many(many) => many.len,
        }
    }

    /// Bytes that it has on the heap, besides itself. In constant time.
    #[inline]
    pub(crate) fn heap_bytes(&self) -> usize {
        match &self.0 {
            Repr::One(chunk) => chunk.heap_bytes(),
            Repr::Many(many) => {
                malloc_cost(size_of::<Many>())
                    + many.head.heap_bytes()
                    + many.middle.heap_bytes()
                    + many.tail.heap_bytes()
            }
        }
    }

    /// The name of its encoding, as OBJECT ENCODING tells it.
    pub(crate) fn encoding(&self) -> &'static str {
        "quicklist"
    }

    /// Adds an element at one end.
    #[inline]
    pub(crate) fn push(&mut self, end: End, text: &[u8], fill: Fill) {
        let front = end == End::Left;
        match &mut self.0 {
            Repr::One(chunk) => {
                if !chunk.push(front, text, fill) {
                    self.push_chunk(front, Chunk::one(text, fill));
                }
            }
            Repr::Many(many) => {
                let Many { len, head, middle, tail } = &mut **many;
                *len += 1;
                let end = if front { head } else { tail };
                if !end.push(front, text, fill) {
                    middle.push(front, std::mem::replace(end, Chunk::one(text, fill)));
                }
            }
        }
    }

    /// The chunk at one end.
    #[inline]
    fn end_mut(&mut self, front: bool) -> &mut Chunk {
        match &mut self.0 {
            Repr::One(chunk) => chunk,
            Repr::Many(many) => {
                let Many { head, tail, .. } = &mut **many;
                if front { head } else { tail }
            }
        }
    }

    /// [`List::push`] to a list that has elements, if its memory stays as it is by that.
    #[inline]
    pub(crate) fn push_in_place(&mut self, end: End, text: &[u8], fill: Fill) -> bool {
        let front = end == End::Left;
        let done = self.end_mut(front).push_in_place(front, text, fill);
        if let (true, Repr::Many(many)) = (done, &mut self.0) {
            many.len += 1;
        }
        done
    }

    /// [`List::take`] of one element of several, if the memory of the list stays as it is by that.
    #[inline]
    pub(crate) fn pop_in_place(&mut self, end: End, take: &mut dyn FnMut(Element<'_>)) -> bool {
        let front = end == End::Left;
        let done = self.end_mut(front).pop_in_place(front, take);
        if let (true, Repr::Many(many)) = (done, &mut self.0) {
            many.len -= 1;
        }
        done
    }

    /// Makes a chunk the outermost at one end.
    fn push_chunk(&mut self, front: bool, chunk: Chunk) {
        match &mut self.0 {
            Repr::One(only) if only.is_empty() => *only = chunk,
            Repr::One(only) => {
                let (len, only) = (only.len() + chunk.len(), std::mem::replace(only, Chunk::new()));
                let (head, tail) = if front { (chunk, only) } else { (only, chunk) };
                self.0 = Repr::Many(Box::new(Many { len, head, middle: Tree::default(), tail }));
            }
            Repr::Many(many) => {
                many.len += chunk.len();
                let end = if front { &mut many.head } else { &mut many.tail };
                many.middle.push(front, std::mem::replace(end, chunk));
            }
        }
    }

    /// The element at `index`.
    pub(crate) fn get(&self, index: usize) -> Option<Element<'_>> {
        let (chunk, at) = self.find(index)?;
        chunk.get(at)
    }

    /// The element at one end.
    #[inline]
    pub(crate) fn peek(&self, end: End) -> Option<Element<'_>> {
        let chunk = match (&self.0, end) {
            (Repr::One(chunk), _) => chunk,
            (Repr::Many(many), End::Left) => &many.head,
            (Repr::Many(many), End::Right) => &many.tail,
        };
        chunk.get(if end == End::Left { 0 } else { chunk.len().checked_sub(1)? })
    }

    /// The chunk with the element at `index`, and the element's place in it.
    fn find(&self, index: usize) -> Option<(&Chunk, usize)> {
        let many = match &self.0 {
            Repr::One(chunk) => return (index < chunk.len()).then_some((chunk, index)),
            Repr::Many(many) => many,
        };
        let Some(inner) = index.checked_sub(many.head.len()) else { return Some((&many.head, index)) };
        match inner.checked_sub(many.middle.len()) {
            None => many.middle.find(inner),
            Some(at) => (at < many.tail.len()).then_some((&many.tail, at)),
        }
    }

    /// Replaces the element at `index`, if it is there.
    pub(crate) fn set(&mut self, index: usize, text: &[u8], fill: Fill) -> bool {
        let there = index < self.len();
        if there {
            self.edit(index, &mut |chunk, at| chunk.set(at, text, fill));
        }
        there
    }

    /// Adds an element in front of the one at `index`, or at the end.
    pub(crate) fn insert(&mut self, index: usize, text: &[u8], fill: Fill) {
        if index >= self.len() {
            return self.push(End::Right, text, fill);
        }
        if let Repr::Many(many) = &mut self.0 {
            many.len += 1;
        }
        self.edit(index, &mut |chunk, at| chunk.insert(at, text, fill));
    }

    /// Changes the chunk with the element at `index`, which is there. [`Many::len`] is the caller's to correct.
    fn edit(&mut self, index: usize, change: &mut dyn FnMut(&mut Chunk, usize) -> More) {
        let many = match &mut self.0 {
            Repr::One(chunk) => {
                for chunk in change(chunk, index) {
                    self.push_chunk(false, chunk);
                }
                return;
            }
            Repr::Many(many) => many,
        };
        let Some(inner) = index.checked_sub(many.head.len()) else {
            for chunk in change(&mut many.head, index).into_iter().rev() {
                many.middle.push(true, chunk);
            }
            return;
        };
        match inner.checked_sub(many.middle.len()) {
            None => many.middle.edit(inner, change),
            Some(at) => {
                for chunk in change(&mut many.tail, at) {
                    many.middle.push(false, std::mem::replace(&mut many.tail, chunk));
                }
            }
        }
    }

    /// Takes up to `n` elements from one end, in the order from there, and hands each to `take`. Answers how many.
    pub(crate) fn take(&mut self, end: End, n: usize, take: &mut dyn FnMut(Element<'_>)) -> usize {
        self.take_chunks(end == End::Left, n, Some(take))
    }

    /// Removes up to `n` elements from one end and answers how many.
    pub(crate) fn cut(&mut self, end: End, n: usize) -> usize {
        self.take_chunks(end == End::Left, n, None)
    }

    fn take_chunks(&mut self, front: bool, n: usize, mut take: Option<&mut dyn FnMut(Element<'_>)>) -> usize {
        let all = self.len();
        let n = n.min(all);
        let mut left = n;
        while left > 0 {
            let chunk = self.end_mut(front);
            let len = chunk.len();
            if left < len {
                match &mut take {
                    Some(take) => chunk.take(front, left, *take),
                    None => chunk.take(front, left, &mut |_| {}),
                }
                if let Repr::Many(many) = &mut self.0 {
                    many.len -= left;
                }
                break;
            }
            if let Some(take) = &mut take {
                chunk.visit(front, *take);
            }
            self.drop_end(front);
            left -= len;
        }
        n
    }

    /// Drops the chunk at one end.
    fn drop_end(&mut self, front: bool) {
        let many = match &mut self.0 {
            Repr::One(chunk) => return *chunk = Chunk::new(),
            Repr::Many(many) => many,
        };
        let (end, other) =
            if front { (&mut many.head, &mut many.tail) } else { (&mut many.tail, &mut many.head) };
        many.len -= end.len();
        match many.middle.pop(front) {
            Some(next) => *end = next,
            None => self.0 = Repr::One(std::mem::replace(other, Chunk::new())),
        }
    }

    /// Removes up to `limit` elements with the text of `needle`, from one end on, and answers how many.
    pub(crate) fn remove(&mut self, end: End, needle: Needle<'_>, limit: usize, fill: Fill) -> usize {
        let front = end == End::Left;
        let mut removed = 0;
        let mut step = |chunk: &mut Chunk| {
            removed += chunk.remove(front, needle, limit - removed);
            removed < limit
        };
        match &mut self.0 {
            Repr::One(chunk) => {
                step(chunk);
                return removed;
            }
            Repr::Many(many) => {
                let Many { head, middle, tail, .. } = &mut **many;
                let (first, last) = if front { (head, tail) } else { (tail, head) };
                if step(first) {
                    middle.sweep(front, fill, &mut step);
                }
                // At the limit this changes nothing.
                step(last);
                many.len -= removed;
            }
        }
        if removed > 0 {
            self.mend(true, fill);
            self.mend(false, fill);
        }
        removed
    }

    /// After a removal: an end must not be empty, and a sparse one joins its neighbour.
    fn mend(&mut self, front: bool, fill: Fill) {
        let Repr::Many(many) = &mut self.0 else { return };
        let end = if front { &many.head } else { &many.tail };
        if end.is_empty() {
            return self.drop_end(front);
        }
        if !end.is_sparse(fill) {
            return;
        }
        let Many { head, middle, tail, .. } = &mut **many;
        let (end, other) = if front { (head, tail) } else { (tail, head) };
        let inner = middle.pop(front);
        let alone = inner.is_none();
        let mut next = inner.unwrap_or_else(|| std::mem::replace(other, Chunk::new()));
        let joined = if front { end.join(&next, fill) } else { next.join(end, fill) };
        match (joined, alone) {
            (true, true) => {
                let whole = if front { std::mem::replace(end, Chunk::new()) } else { next };
                self.0 = Repr::One(whole);
            }
            (true, false) => {
                if !front {
                    *end = next;
                }
            }
            (false, true) => *other = next,
            (false, false) => middle.push(front, next),
        }
    }

    /// The elements from first to last.
    pub(crate) fn iter(&self) -> Iter<'_> {
        self.iter_from(0)
    }

    /// The elements from the one at `index` on.
    pub(crate) fn iter_from(&self, index: usize) -> Iter<'_> {
        Iter::new(self, index)
    }

    /// The elements from last to first.
    pub(crate) fn iter_back(&self) -> IterBack<'_> {
        IterBack::new(self)
    }
}
