//! The order of a large sorted set: a counted B+tree (Bayer and McCreight 1972; Comer 1979) of scores and handles.
//! Each child of an inner node comes with its first entry and its number of entries, so that a place is found by
//! order or by rank in a walk from the root. What handles stand for is the caller's business: order is told by
//! predicates that are true for a beginning of the sequence, and false for the rest.
//!
//! A node that becomes full gives entries to a neighbour, or splits; one that falls below [`MIN`] takes some from a
//! neighbour, or joins it. Only the root may have less.

use std::ops::Range;

use smallvec::SmallVec;

use crate::types::arena::{Handle, malloc_cost};

/// A node with so many entries or children is relieved at once.
const FULL: usize = 64;
/// The least that a node has, unless it is the root.
const MIN: usize = FULL * 3 / 8;
/// A neighbour takes over entries if it has room for so many.
const ROOM: usize = FULL / 4;
/// Two neighbours that have so many together become one node: it has room for some inserts then.
const JOIN: usize = FULL * 7 / 8;
/// Entries of a leaf that is built from a sorted sequence.
const BUILD: usize = FULL * 7 / 8;

/// An element: its score, and the handle of its record. Of 12 bytes.
#[derive(Clone, Copy, Debug)]
#[repr(C, packed(4))]
pub(super) struct Entry {
    /// The score; never NaN.
    pub(super) score: f64,
    /// The record.
    pub(super) handle: Handle,
}

/// A subtree. What it holds has room for [`FULL`] from the beginning.
#[derive(Debug)]
enum Node {
    Leaf(Vec<Entry>),
    Inner(Box<Inner>),
}

/// Children, each with its first entry and its number of entries.
#[derive(Debug)]
struct Inner {
    firsts: Vec<Entry>,
    counts: Vec<u32>,
    nodes: Vec<Node>,
}

/// The bytes of a leaf on the heap.
const LEAF_COST: usize = malloc_cost(FULL * size_of::<Entry>());
/// The bytes of an inner node on the heap.
const INNER_COST: usize = malloc_cost(size_of::<Inner>())
    + malloc_cost(FULL * size_of::<Entry>())
    + malloc_cost(FULL * size_of::<u32>())
    + malloc_cost(FULL * size_of::<Node>());

/// Which way a walk from the root goes to an entry that is there.
trait Seek {
    /// The child to descend into.
    fn child(&mut self, inner: &Inner) -> usize;
    /// The place in the leaf.
    fn slot(&mut self, leaf: &[Entry]) -> usize;
}

/// To the last entry of a beginning of the sequence.
struct Last<P>(P);

impl<P: FnMut(&Entry) -> bool> Seek for Last<P> {
    #[inline]
    fn child(&mut self, inner: &Inner) -> usize {
        self.slot(&inner.firsts)
    }

    #[inline]
    fn slot(&mut self, leaf: &[Entry]) -> usize {
        leaf.partition_point(&mut self.0).saturating_sub(1)
    }
}

/// To the entry of a rank.
struct Rank(usize);

impl Seek for Rank {
    #[inline]
    fn child(&mut self, inner: &Inner) -> usize {
        inner.child_of(&mut self.0)
    }

    #[inline]
    fn slot(&mut self, _leaf: &[Entry]) -> usize {
        self.0
    }
}

impl Node {
    fn leaf() -> Self {
        Self::Leaf(Vec::with_capacity(FULL))
    }

    fn inner() -> Inner {
        Inner {
            firsts: Vec::with_capacity(FULL),
            counts: Vec::with_capacity(FULL),
            nodes: Vec::with_capacity(FULL),
        }
    }

    /// Entries of a leaf, children of an inner node.
    fn len(&self) -> usize {
        match self {
            Self::Leaf(entries) => entries.len(),
            Self::Inner(inner) => inner.nodes.len(),
        }
    }

    fn first(&self) -> Option<Entry> {
        match self {
            Self::Leaf(entries) => entries.first().copied(),
            Self::Inner(inner) => inner.firsts.first().copied(),
        }
    }

    /// All entries of the subtree.
    fn count(&self) -> u32 {
        match self {
            #[expect(clippy::cast_possible_truncation, reason = "at most FULL")]
            Self::Leaf(entries) => entries.len() as u32,
            Self::Inner(inner) => inner.counts.iter().sum(),
        }
    }

    /// Moves what is there from `at` on to the front of a node of the same kind, which has room.
    fn give_back(&mut self, at: usize, to: &mut Self) {
        match (self, to) {
            (Self::Leaf(from), Self::Leaf(to)) => drop(to.splice(..0, from.drain(at..))),
            (Self::Inner(from), Self::Inner(to)) => {
                drop(to.firsts.splice(..0, from.firsts.drain(at..)));
                drop(to.counts.splice(..0, from.counts.drain(at..)));
                drop(to.nodes.splice(..0, from.nodes.drain(at..)));
            }
            _ => unreachable!("neighbours are of one level"),
        }
    }

    /// Moves the first `n` to the end of a node of the same kind, which has room.
    fn give_front(&mut self, n: usize, to: &mut Self) {
        match (self, to) {
            (Self::Leaf(from), Self::Leaf(to)) => to.extend(from.drain(..n)),
            (Self::Inner(from), Self::Inner(to)) => {
                to.firsts.extend(from.firsts.drain(..n));
                to.counts.extend(from.counts.drain(..n));
                to.nodes.extend(from.nodes.drain(..n));
            }
            _ => unreachable!("neighbours are of one level"),
        }
    }

    /// The upper half as a node of its own.
    fn split(&mut self) -> Self {
        let mut upper = match self {
            Self::Leaf(_) => Self::leaf(),
            Self::Inner(_) => Self::Inner(Box::new(Self::inner())),
        };
        self.give_back(self.len() / 2, &mut upper);
        upper
    }
}

impl Inner {
    fn push(&mut self, node: Node) {
        self.insert(self.nodes.len(), node);
    }

    fn insert(&mut self, at: usize, node: Node) {
        let Some(first) = node.first() else { return };
        self.firsts.insert(at, first);
        self.counts.insert(at, node.count());
        self.nodes.insert(at, node);
    }

    /// Tells of a child anew after it changed.
    fn refresh(&mut self, at: usize) {
        if let Some(first) = self.nodes[at].first() {
            self.firsts[at] = first;
        }
        self.counts[at] = self.nodes[at].count();
    }

    /// The child with the entry of a rank, which becomes the rank inside of the child. Past the end it is the last.
    #[inline]
    fn child_of(&self, rank: &mut usize) -> usize {
        let last = self.counts.len() - 1;
        for (at, &count) in self.counts[..last].iter().enumerate() {
            match rank.checked_sub(count as usize) {
                None => return at,
                Some(rest) => *rank = rest,
            }
        }
        last
    }

    /// Makes room in a child that is full; what it cost in new nodes is added.
    fn relieve(&mut self, at: usize, shape: &mut Shape) {
        let room = |node: Option<&Node>| node.map_or(0, |node| FULL - 1 - node.len());
        if at > 0 && room(self.nodes.get(at - 1)) >= ROOM {
            // What grows at its end leaves full nodes behind.
            let all = room(self.nodes.get(at - 1));
            let n = if at + 1 == self.nodes.len() { all } else { all.div_ceil(2) };
            let [left, node] = &mut self.nodes[at - 1..=at] else { return };
            node.give_front(n.min(FULL - MIN), left);
            self.refresh(at - 1);
            self.refresh(at);
        } else if room(self.nodes.get(at + 1)) >= ROOM && at + 1 < self.nodes.len() {
            let n = room(self.nodes.get(at + 1)).div_ceil(2);
            let [node, right] = &mut self.nodes[at..=at + 1] else { return };
            node.give_back(FULL - n, right);
            self.refresh(at);
            self.refresh(at + 1);
        } else {
            let upper = self.nodes[at].split();
            shape.count(&upper);
            self.refresh(at);
            self.insert(at + 1, upper);
        }
    }

    /// Fills up a child that has too little, from a neighbour or by joining one.
    fn fill(&mut self, at: usize, shape: &mut Shape) {
        if self.nodes.len() < 2 {
            return;
        }
        let left = at.saturating_sub(1);
        let [a, b] = &mut self.nodes[left..=left + 1] else { return };
        let (n, m) = (a.len(), b.len());
        if n + m <= JOIN {
            b.give_front(m, a);
            shape.forget(b);
            self.nodes.remove(left + 1);
            self.firsts.remove(left + 1);
            self.counts.remove(left + 1);
        } else if n < m {
            b.give_front((m - n) / 2, a);
            self.refresh(left + 1);
        } else {
            a.give_back(n - (n - m) / 2, b);
            self.refresh(left + 1);
        }
        self.refresh(left);
    }
}

/// How many nodes there are.
#[derive(Clone, Copy, Debug, Default)]
struct Shape {
    leaves: usize,
    inners: usize,
}

impl Shape {
    fn count(&mut self, node: &Node) {
        match node {
            Node::Leaf(_) => self.leaves += 1,
            Node::Inner(_) => self.inners += 1,
        }
    }

    fn forget(&mut self, node: &Node) {
        match node {
            Node::Leaf(_) => self.leaves -= 1,
            Node::Inner(_) => self.inners -= 1,
        }
    }
}

/// See the module.
#[derive(Debug)]
pub(super) struct Tree {
    root: Node,
    len: usize,
    shape: Shape,
}

impl Clone for Tree {
    fn clone(&self) -> Self {
        Self::build(self.len, self.iter(0..self.len, false))
    }
}

impl Tree {
    /// One without entries.
    pub(super) fn new() -> Self {
        Self { root: Node::leaf(), len: 0, shape: Shape { leaves: 1, inners: 0 } }
    }

    /// One of `len` entries that come in their order.
    pub(super) fn build(len: usize, mut entries: impl Iterator<Item = Entry>) -> Self {
        let mut shape = Shape::default();
        let mut level: Vec<Node> = shares(len)
            .map(|n| {
                let mut leaf = Vec::with_capacity(FULL);
                leaf.extend(entries.by_ref().take(n));
                Node::Leaf(leaf)
            })
            .collect();
        loop {
            level.iter().for_each(|node| shape.count(node));
            if level.len() <= 1 {
                break;
            }
            let mut below = level.into_iter();
            level = shares(below.len())
                .map(|n| {
                    let mut inner = Node::inner();
                    below.by_ref().take(n).for_each(|node| inner.push(node));
                    Node::Inner(Box::new(inner))
                })
                .collect();
        }
        match level.pop() {
            Some(root) => Self { len: root.count() as usize, root, shape },
            None => Self::new(),
        }
    }

    /// Entries.
    #[inline]
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Bytes on the heap.
    pub(super) fn heap_bytes(&self) -> usize {
        self.shape.leaves * LEAF_COST + self.shape.inners * INNER_COST
    }

    /// How many entries a predicate is true for, which is so for the first ones and for no other.
    #[inline]
    pub(super) fn rank(&self, mut before: impl FnMut(&Entry) -> bool) -> usize {
        let (mut node, mut rank) = (&self.root, 0);
        loop {
            match node {
                Node::Leaf(entries) => return rank + entries.partition_point(&mut before),
                Node::Inner(inner) => {
                    let at = inner.firsts.partition_point(&mut before).saturating_sub(1);
                    rank += inner.counts[..at].iter().sum::<u32>() as usize;
                    node = &inner.nodes[at];
                }
            }
        }
    }

    /// The entry of a rank.
    #[cfg(test)]
    pub(super) fn get(&self, rank: usize) -> Option<Entry> {
        self.iter(rank..rank.saturating_add(1), false).next()
    }

    /// The entries of some ranks, from the last one to the first if `reverse` says so.
    pub(super) fn iter(&self, ranks: Range<usize>, reverse: bool) -> Iter<'_> {
        let end = ranks.end.min(self.len);
        let left = end.saturating_sub(ranks.start);
        let mut iter = Iter { path: SmallVec::new(), leaf: &[], left, reverse };
        if left > 0 {
            let mut rank = if reverse { end - 1 } else { ranks.start };
            let mut node = &self.root;
            while let Node::Inner(inner) = node {
                let at = inner.child_of(&mut rank);
                iter.path.push((inner, at));
                node = &inner.nodes[at];
            }
            if let Node::Leaf(entries) = node {
                iter.leaf = if reverse { &entries[..=rank] } else { &entries[rank..] };
            }
        }
        iter
    }

    /// Puts an entry behind those that a predicate is true for.
    pub(super) fn insert(&mut self, entry: Entry, mut before: impl FnMut(&Entry) -> bool) {
        insert(&mut self.root, entry, &mut before, &mut self.shape);
        self.len += 1;
        if self.root.len() == FULL {
            let root = std::mem::replace(&mut self.root, Node::Leaf(Vec::new()));
            let mut inner = Node::inner();
            inner.push(root);
            inner.relieve(0, &mut self.shape);
            self.root = Node::Inner(Box::new(inner));
            self.shape.inners += 1;
        }
    }

    /// Removes the last entry that a predicate is true for.
    pub(super) fn remove(&mut self, upto: impl FnMut(&Entry) -> bool) {
        self.remove_run(&mut Last(upto), 1);
    }

    /// Removes the entries of some ranks, a leaf at a time.
    pub(super) fn remove_ranks(&mut self, ranks: Range<usize>) {
        let mut left = ranks.end.min(self.len).saturating_sub(ranks.start);
        while left > 0 {
            left -= self.remove_run(&mut Rank(ranks.start), left);
        }
    }

    fn remove_run(&mut self, seek: &mut impl Seek, most: usize) -> usize {
        let removed = remove(&mut self.root, seek, most, &mut self.shape);
        self.len -= removed;
        while let Node::Inner(inner) = &mut self.root
            && inner.nodes.len() == 1
            && let Some(only) = inner.nodes.pop()
        {
            self.root = only;
            self.shape.inners -= 1;
        }
        removed
    }

    /// Changes the score of the last entry that a predicate is true for if `fits` says that it stays between its
    /// neighbours, and they are in its leaf; false if not.
    pub(super) fn rescore(
        &mut self,
        score: f64,
        mut upto: impl FnMut(&Entry) -> bool,
        fits: impl FnOnce(&Entry, &Entry) -> bool,
    ) -> bool {
        let mut node = &mut self.root;
        while let Node::Inner(inner) = node {
            let at = inner.firsts.partition_point(&mut upto).saturating_sub(1);
            node = &mut inner.nodes[at];
        }
        let Node::Leaf(entries) = node else { return false };
        let at = entries.partition_point(&mut upto);
        match at.checked_sub(2).and_then(|before| entries.get_mut(before..=at)) {
            Some([before, entry, after]) if fits(before, after) => entry.score = score,
            _ => return false,
        }
        true
    }
}

/// `n` in equal shares of at most [`BUILD`].
fn shares(n: usize) -> impl Iterator<Item = usize> {
    let parts = n.div_ceil(BUILD);
    (0..parts).map(move |i| n / parts + usize::from(i < n % parts))
}

fn insert(node: &mut Node, entry: Entry, before: &mut impl FnMut(&Entry) -> bool, shape: &mut Shape) {
    match node {
        Node::Leaf(entries) => entries.insert(entries.partition_point(before), entry),
        Node::Inner(inner) => {
            let found = inner.firsts.partition_point(&mut *before);
            let at = found.saturating_sub(1);
            insert(&mut inner.nodes[at], entry, before, shape);
            inner.counts[at] += 1;
            if found == 0 {
                inner.firsts[at] = entry;
            }
            if inner.nodes[at].len() == FULL {
                inner.relieve(at, shape);
            }
        }
    }
}

/// Removes entries from one leaf, at most so many, from where the walk leads on; answers how many.
fn remove(node: &mut Node, seek: &mut impl Seek, most: usize, shape: &mut Shape) -> usize {
    match node {
        Node::Leaf(entries) => {
            let at = seek.slot(entries);
            if at >= entries.len() {
                return 0;
            }
            let n = most.min(entries.len() - at);
            entries.drain(at..at + n);
            n
        }
        Node::Inner(inner) => {
            let at = seek.child(inner);
            let n = remove(&mut inner.nodes[at], seek, most, shape);
            if inner.nodes[at].len() < MIN {
                inner.fill(at, shape);
            } else {
                #[expect(clippy::cast_possible_truncation, reason = "at most FULL")]
                let gone = n as u32;
                inner.counts[at] -= gone;
                if let Some(first) = inner.nodes[at].first() {
                    inner.firsts[at] = first;
                }
            }
            n
        }
    }
}

/// See [`Tree::iter`].
#[derive(Clone, Debug)]
pub(super) struct Iter<'t> {
    /// The inner nodes above the leaf, and which child of each it is under.
    path: SmallVec<[(&'t Inner, usize); 6]>,
    /// What is left of the leaf.
    leaf: &'t [Entry],
    left: usize,
    reverse: bool,
}

impl Iter<'_> {
    /// Goes on to the next leaf.
    #[cold]
    fn turn(&mut self) {
        let next = |at: usize| if self.reverse { at.checked_sub(1) } else { Some(at + 1) };
        while let Some((inner, at)) = self.path.pop() {
            let Some((at, mut node)) = next(at).and_then(|at| Some((at, inner.nodes.get(at)?))) else {
                continue;
            };
            self.path.push((inner, at));
            while let Node::Inner(inner) = node {
                let at = if self.reverse { inner.nodes.len() - 1 } else { 0 };
                self.path.push((inner, at));
                node = &inner.nodes[at];
            }
            if let Node::Leaf(entries) = node {
                self.leaf = entries;
            }
            return;
        }
        self.left = 0;
    }
}

impl Iterator for Iter<'_> {
    type Item = Entry;

    #[inline]
    fn next(&mut self) -> Option<Entry> {
        self.left = self.left.checked_sub(1)?;
        if self.leaf.is_empty() {
            self.turn();
        }
        let (entry, rest) = if self.reverse { self.leaf.split_last()? } else { self.leaf.split_first()? };
        self.leaf = rest;
        Some(*entry)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl ExactSizeIterator for Iter<'_> {}

#[cfg(test)]
#[path = "tree_tests.rs"]
mod tests;
