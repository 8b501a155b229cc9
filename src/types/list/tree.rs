//! The chunks in the middle of a list: a B+tree that counts, so that the chunk of an index is found in O(log n).
//! Chunks that come in at one end fill its nodes, so that a queue's nodes are full.

use smallvec::SmallVec;

use super::chunk::{Chunk, Fill, More};
use crate::types::arena::malloc_cost;

/// The most children of a node.
const MOST: usize = 32;

/// Children for which a node has room: one edit adds up to two.
const ROOM: usize = MOST + 2;

/// A chunk with its number of elements, so that looking for one touches no other chunk.
#[derive(Debug, Clone)]
struct Slot {
    len: usize,
    chunk: Chunk,
}

impl Slot {
    fn new(chunk: Chunk) -> Self {
        Self { len: chunk.len(), chunk }
    }
}

/// Children of a node; a vector of [`ROOM`] places.
#[derive(Debug)]
enum Kids {
    Leaf(Vec<Slot>),
    Inner(Vec<Node>),
}

/// A node with the number of elements below it.
#[derive(Debug, Clone)]
struct Node {
    len: usize,
    kids: Kids,
}

impl Clone for Kids {
    /// With the room of the original, which is counted.
    fn clone(&self) -> Self {
        match self {
            Self::Leaf(slots) => Self::Leaf(room(slots.iter().cloned())),
            Self::Inner(nodes) => Self::Inner(room(nodes.iter().cloned())),
        }
    }
}

/// What is counted of a tree besides its elements.
#[derive(Debug, Clone, Default)]
struct Tally {
    /// Bytes of the chunks.
    chunks: usize,
    /// Nodes with chunks.
    leaves: usize,
    /// Nodes with nodes.
    inners: usize,
}

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Tree {
    root: Option<Node>,
    tally: Tally,
}

impl Clone for Tree {
    fn clone(&self) -> Self {
        let mut copy = Self { root: self.root.clone(), tally: self.tally.clone() };
        // Copies have no room to grow.
        copy.tally.chunks = copy.walk_from(0).map(Chunk::heap_bytes).sum();
        copy
    }
}

/// A vector of children.
fn room<T>(from: impl Iterator<Item = T>) -> Vec<T> {
    let mut kids = Vec::with_capacity(ROOM);
    kids.extend(from);
    kids
}

impl Tree {
    /// Elements.
    pub(super) fn len(&self) -> usize {
        self.root.as_ref().map_or(0, |root| root.len)
    }

    /// Bytes on the heap.
    pub(super) fn heap_bytes(&self) -> usize {
        self.tally.chunks
            + self.tally.leaves * malloc_cost(ROOM * size_of::<Slot>())
            + self.tally.inners * malloc_cost(ROOM * size_of::<Node>())
    }

    /// Adds a chunk at one end.
    pub(super) fn push(&mut self, front: bool, mut chunk: Chunk) {
        chunk.settle();
        self.tally.chunks += chunk.heap_bytes();
        let slot = Slot::new(chunk);
        match &mut self.root {
            None => self.root = Some(Node::leaf(slot, &mut self.tally)),
            Some(root) => {
                if let Some(sibling) = root.push(front, slot, &mut self.tally) {
                    self.grow(front, sibling);
                }
            }
        }
    }

    /// Takes the chunk at one end.
    pub(super) fn pop(&mut self, front: bool) -> Option<Chunk> {
        let chunk = self.root.as_mut()?.pop(front, &mut self.tally)?;
        self.tally.chunks -= chunk.heap_bytes();
        self.collapse();
        Some(chunk)
    }

    /// The chunk with the element at `index`, which is there, and the element's place in it.
    pub(super) fn find(&self, mut index: usize) -> Option<(&Chunk, usize)> {
        let mut node = self.root.as_ref()?;
        loop {
            match &node.kids {
                Kids::Leaf(slots) => {
                    let at = place(slots, |slot| slot.len, &mut index);
                    return slots.get(at).map(|slot| (&slot.chunk, index));
                }
                Kids::Inner(nodes) => node = nodes.get(place(nodes, |node| node.len, &mut index))?,
            }
        }
    }

    /// Changes the chunk with the element at `index` by `change`, which gets the element's place in it and answers the
    /// chunks that have to follow.
    pub(super) fn edit(&mut self, index: usize, change: &mut dyn FnMut(&mut Chunk, usize) -> More) {
        let Some(root) = &mut self.root else { return };
        if let Some(sibling) = root.edit(index, change, &mut self.tally) {
            self.grow(false, sibling);
        }
        self.collapse();
    }

    /// Changes chunk after chunk from one end on, until `change` answers that it is done.
    pub(super) fn sweep(&mut self, front: bool, fill: Fill, change: &mut dyn FnMut(&mut Chunk) -> bool) {
        let Some(root) = &mut self.root else { return };
        root.sweep(front, fill, change, &mut self.tally);
        self.collapse();
    }

    /// The chunks from the one with the element at `index` on.
    pub(super) fn walk_from(&self, mut index: usize) -> Walk<'_> {
        let mut walk = Walk { nodes: SmallVec::new(), slots: [].iter() };
        let mut next = self.root.as_ref().filter(|root| index < root.len);
        while let Some(node) = next {
            match &node.kids {
                Kids::Leaf(slots) => {
                    let at = place(slots, |slot| slot.len, &mut index);
                    walk.slots = slots[at.min(slots.len())..].iter();
                    next = None;
                }
                Kids::Inner(nodes) => {
                    let at = place(nodes, |node| node.len, &mut index);
                    let mut rest = nodes[at.min(nodes.len())..].iter();
                    next = rest.next();
                    walk.nodes.push(rest);
                }
            }
        }
        walk
    }

    /// The chunks from the last to the first.
    pub(super) fn walk_back(&self) -> WalkBack<'_> {
        let mut walk = WalkBack { nodes: SmallVec::new(), slots: [].iter() };
        if let Some(root) = &self.root {
            walk.enter(root);
        }
        walk
    }

    /// A level more: the root was split.
    fn grow(&mut self, front: bool, sibling: Node) {
        let Some(root) = self.root.take() else { return };
        self.tally.inners += 1;
        let len = root.len + sibling.len;
        let kids = if front { [sibling, root] } else { [root, sibling] };
        self.root = Some(Node { len, kids: Kids::Inner(room(kids.into_iter())) });
    }

    /// Fewer levels: a root with one child is not needed, nor one without.
    fn collapse(&mut self) {
        while let Some(Node { kids: Kids::Inner(nodes), .. }) = &mut self.root
            && nodes.len() <= 1
        {
            self.root = nodes.pop();
            self.tally.inners -= 1;
        }
        if let Some(Node { kids: Kids::Leaf(slots), .. }) = &self.root
            && slots.is_empty()
        {
            self.root = None;
            self.tally.leaves -= 1;
        }
    }

    /// Checks all counts.
    #[cfg(test)]
    pub(super) fn check(&self, fill: Fill) {
        let mut tally = Tally::default();
        if let Some(root) = &self.root {
            assert!(root.len > 0);
            root.check(&mut tally, fill);
        }
        assert_eq!(
            (tally.chunks, tally.leaves, tally.inners),
            (self.tally.chunks, self.tally.leaves, self.tally.inners)
        );
    }
}

/// The place of the child that has the element at `index`, which becomes the index within the child.
#[inline]
fn place<T>(kids: &[T], len: impl Fn(&T) -> usize, index: &mut usize) -> usize {
    for (at, kid) in kids.iter().enumerate() {
        let len = len(kid);
        if *index < len {
            return at;
        }
        *index -= len;
    }
    kids.len()
}

impl Node {
    /// A leaf with one chunk.
    fn leaf(slot: Slot, tally: &mut Tally) -> Self {
        tally.leaves += 1;
        Self { len: slot.len, kids: Kids::Leaf(room(std::iter::once(slot))) }
    }

    /// Children.
    fn kids(&self) -> usize {
        match &self.kids {
            Kids::Leaf(slots) => slots.len(),
            Kids::Inner(nodes) => nodes.len(),
        }
    }

    /// Adds a chunk at one end, or answers a sibling with it: then this node is full and stays as it was.
    fn push(&mut self, front: bool, slot: Slot, tally: &mut Tally) -> Option<Self> {
        let len = slot.len;
        match &mut self.kids {
            Kids::Leaf(slots) if slots.len() >= MOST => return Some(Self::leaf(slot, tally)),
            Kids::Leaf(slots) => slots.insert(if front { 0 } else { slots.len() }, slot),
            Kids::Inner(nodes) => {
                let end = if front { nodes.first_mut() } else { nodes.last_mut() };
                if let Some(sibling) = end.and_then(|node| node.push(front, slot, tally)) {
                    if nodes.len() >= MOST {
                        tally.inners += 1;
                        return Some(Self { len, kids: Kids::Inner(room(std::iter::once(sibling))) });
                    }
                    nodes.insert(if front { 0 } else { nodes.len() }, sibling);
                }
            }
        }
        self.len += len;
        None
    }

    /// Takes the chunk at one end.
    fn pop(&mut self, front: bool, tally: &mut Tally) -> Option<Chunk> {
        let slot = match &mut self.kids {
            Kids::Leaf(slots) if front => (!slots.is_empty()).then(|| slots.remove(0))?,
            Kids::Leaf(slots) => slots.pop()?,
            Kids::Inner(nodes) => {
                let at = if front { 0 } else { nodes.len().checked_sub(1)? };
                let node = nodes.get_mut(at)?;
                let before = node.len;
                let chunk = node.pop(front, tally)?;
                self.len -= before - node.len;
                if node.kids() == 0 {
                    tally.forget(&nodes.remove(at));
                }
                return Some(chunk);
            }
        };
        self.len -= slot.len;
        Some(slot.chunk)
    }

    /// See [`Tree::edit`]; answers a sibling behind this node if it had to be split.
    fn edit(
        &mut self,
        mut index: usize,
        change: &mut dyn FnMut(&mut Chunk, usize) -> More,
        tally: &mut Tally,
    ) -> Option<Self> {
        match &mut self.kids {
            Kids::Leaf(slots) => {
                let at = place(slots, |slot| slot.len, &mut index);
                let slot = slots.get_mut(at)?;
                let bytes = slot.chunk.heap_bytes();
                let more = change(&mut slot.chunk, index);
                let len = slot.chunk.len();
                self.len = self.len - slot.len + len;
                slot.len = len;
                tally.chunks = tally.chunks - bytes + slot.chunk.heap_bytes();
                for (n, chunk) in more.into_iter().enumerate() {
                    tally.chunks += chunk.heap_bytes();
                    let slot = Slot::new(chunk);
                    self.len += slot.len;
                    slots.insert(at + 1 + n, slot);
                }
            }
            Kids::Inner(nodes) => {
                let at = place(nodes, |node| node.len, &mut index);
                let node = nodes.get_mut(at)?;
                let len = node.len;
                let sibling = node.edit(index, change, tally);
                self.len = self.len - len + node.len;
                if let Some(sibling) = sibling {
                    self.len += sibling.len;
                    nodes.insert(at + 1, sibling);
                }
            }
        }
        self.split(tally)
    }

    /// Cuts a node with too many children in half and answers the second.
    fn split(&mut self, tally: &mut Tally) -> Option<Self> {
        let (len, kids) = match &mut self.kids {
            Kids::Leaf(slots) if slots.len() > MOST => {
                tally.leaves += 1;
                let tail = room(slots.drain(MOST / 2..));
                (tail.iter().map(|slot| slot.len).sum(), Kids::Leaf(tail))
            }
            Kids::Inner(nodes) if nodes.len() > MOST => {
                tally.inners += 1;
                let tail = room(nodes.drain(MOST / 2..));
                (tail.iter().map(|node| node.len).sum(), Kids::Inner(tail))
            }
            _ => return None,
        };
        self.len -= len;
        Some(Self { len, kids })
    }

    /// See [`Tree::sweep`]; answers whether to go on.
    fn sweep(
        &mut self,
        front: bool,
        fill: Fill,
        change: &mut dyn FnMut(&mut Chunk) -> bool,
        tally: &mut Tally,
    ) -> bool {
        let (before, mut going) = (self.len, true);
        match &mut self.kids {
            Kids::Leaf(slots) => {
                let mut step = |slot: &mut Slot| {
                    let bytes = slot.chunk.heap_bytes();
                    going = change(&mut slot.chunk);
                    let len = slot.chunk.len();
                    self.len = self.len - slot.len + len;
                    slot.len = len;
                    tally.chunks = tally.chunks - bytes + slot.chunk.heap_bytes();
                    going
                };
                if front {
                    let _ = slots.iter_mut().all(&mut step);
                } else {
                    let _ = slots.iter_mut().rev().all(&mut step);
                }
                if self.len != before {
                    close_gaps(slots, fill, tally);
                }
            }
            Kids::Inner(nodes) => {
                let mut step = |node: &mut Self| {
                    let len = node.len;
                    going = node.sweep(front, fill, change, tally);
                    self.len = self.len - len + node.len;
                    going
                };
                if front {
                    let _ = nodes.iter_mut().all(&mut step);
                } else {
                    let _ = nodes.iter_mut().rev().all(&mut step);
                }
                if self.len != before {
                    merge(nodes, tally);
                }
            }
        }
        going
    }

    /// Takes over the children of the node behind this one, if there is room for all.
    fn join(&mut self, next: &mut Self) -> bool {
        if self.kids() + next.kids() > MOST {
            return false;
        }
        match (&mut self.kids, &mut next.kids) {
            (Kids::Leaf(slots), Kids::Leaf(more)) => slots.append(more),
            (Kids::Inner(nodes), Kids::Inner(more)) => nodes.append(more),
            _ => return false,
        }
        self.len += next.len;
        true
    }

    #[cfg(test)]
    fn check(&self, tally: &mut Tally, fill: Fill) -> usize {
        assert!((1..=MOST).contains(&self.kids()));
        let (len, depth) = match &self.kids {
            Kids::Leaf(slots) => {
                tally.leaves += 1;
                assert_eq!(slots.capacity(), ROOM);
                for slot in slots {
                    assert!(slot.len > 0 && slot.len == slot.chunk.len());
                    slot.chunk.check(fill);
                    tally.chunks += slot.chunk.heap_bytes();
                }
                (slots.iter().map(|slot| slot.len).sum::<usize>(), 0)
            }
            Kids::Inner(nodes) => {
                tally.inners += 1;
                assert_eq!(nodes.capacity(), ROOM);
                let depths: Vec<_> = nodes.iter().map(|node| node.check(tally, fill)).collect();
                assert!(depths.iter().all(|depth| *depth == depths[0]));
                (nodes.iter().map(|node| node.len).sum(), depths[0] + 1)
            }
        };
        assert_eq!(len, self.len);
        depth
    }
}

impl Tally {
    /// A node was emptied.
    fn forget(&mut self, node: &Node) {
        match node.kids {
            Kids::Leaf(_) => self.leaves -= 1,
            Kids::Inner(_) => self.inners -= 1,
        }
    }
}

/// Removes empty chunks and joins sparse ones with the chunk behind them, or in front.
fn close_gaps(slots: &mut Vec<Slot>, fill: Fill, tally: &mut Tally) {
    slots.retain(|slot| {
        if slot.len == 0 {
            tally.chunks -= slot.chunk.heap_bytes();
        }
        slot.len > 0
    });
    slots.dedup_by(|next, slot| {
        let (bytes, gone) = (slot.chunk.heap_bytes(), next.chunk.heap_bytes());
        let sparse = slot.chunk.is_sparse(fill) || next.chunk.is_sparse(fill);
        if !sparse || !slot.chunk.join(&next.chunk, fill) {
            return false;
        }
        slot.len += next.len;
        tally.chunks = tally.chunks - bytes - gone + slot.chunk.heap_bytes();
        true
    });
}

/// Removes empty nodes and merges those that fit in one.
fn merge(nodes: &mut Vec<Node>, tally: &mut Tally) {
    nodes.retain(|node| {
        if node.kids() == 0 {
            tally.forget(node);
        }
        node.kids() > 0
    });
    nodes.dedup_by(|next, node| {
        let joined = node.join(next);
        if joined {
            tally.forget(next);
        }
        joined
    });
}

/// Chunks in order.
#[derive(Debug, Clone)]
pub(super) struct Walk<'a> {
    nodes: SmallVec<[std::slice::Iter<'a, Node>; 4]>,
    slots: std::slice::Iter<'a, Slot>,
}

impl<'a> Iterator for Walk<'a> {
    type Item = &'a Chunk;

    fn next(&mut self) -> Option<&'a Chunk> {
        loop {
            if let Some(slot) = self.slots.next() {
                return Some(&slot.chunk);
            }
            let mut next = self.nodes.last_mut()?.next();
            if next.is_none() {
                self.nodes.pop();
            }
            while let Some(node) = next {
                next = None;
                match &node.kids {
                    Kids::Leaf(slots) => self.slots = slots.iter(),
                    Kids::Inner(nodes) => {
                        let mut nodes = nodes.iter();
                        next = nodes.next();
                        self.nodes.push(nodes);
                    }
                }
            }
        }
    }
}

/// Chunks in reverse order.
#[derive(Debug, Clone)]
pub(super) struct WalkBack<'a> {
    nodes: SmallVec<[std::slice::Iter<'a, Node>; 4]>,
    slots: std::slice::Iter<'a, Slot>,
}

impl<'a> WalkBack<'a> {
    /// Goes down to the last leaf below a node.
    fn enter(&mut self, mut node: &'a Node) {
        loop {
            match &node.kids {
                Kids::Leaf(slots) => {
                    self.slots = slots.iter();
                    return;
                }
                Kids::Inner(nodes) => {
                    let mut nodes = nodes.iter();
                    let last = nodes.next_back();
                    self.nodes.push(nodes);
                    match last {
                        Some(last) => node = last,
                        None => return,
                    }
                }
            }
        }
    }
}

impl<'a> Iterator for WalkBack<'a> {
    type Item = &'a Chunk;

    fn next(&mut self) -> Option<&'a Chunk> {
        loop {
            if let Some(slot) = self.slots.next_back() {
                return Some(&slot.chunk);
            }
            match self.nodes.last_mut()?.next_back() {
                Some(node) => self.enter(node),
                None => drop(self.nodes.pop()),
            }
        }
    }
}
