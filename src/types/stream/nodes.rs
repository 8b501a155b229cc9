//! The nodes of a stream in the order of their IDs: a deque of chunks of nodes, so that neither growing nor removing
//! from the middle moves more than a chunk and a few pointers.

use std::collections::VecDeque;

use super::id::Id;
use super::node::Node;
use crate::types::arena::malloc_cost;

/// Nodes of a full chunk.
const CHUNK: usize = 64;

/// Where a node is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pos {
    chunk: usize,
    at: usize,
}

/// See the module. No chunk is empty.
#[derive(Debug, Clone, Default)]
pub(super) struct Nodes {
    chunks: VecDeque<Vec<Node>>,
    len: usize,
    /// Bytes of the nodes' blocks and of the chunks.
    heap: usize,
}

fn chunk_cost(chunk: &Vec<Node>) -> usize {
    malloc_cost(chunk.capacity() * size_of::<Node>())
}

fn node_cost(node: &Node) -> usize {
    malloc_cost(node.capacity())
}

impl Nodes {
    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Bytes on the heap.
    pub(super) fn heap_bytes(&self) -> usize {
        self.heap + malloc_cost(self.chunks.capacity() * size_of::<Vec<Node>>())
    }

    /// The node there.
    #[inline]
    pub(super) fn get(&self, pos: Pos) -> Option<&Node> {
        self.chunks.get(pos.chunk)?.get(pos.at)
    }

    /// The first one.
    pub(super) fn first(&self) -> Option<Pos> {
        (self.len > 0).then_some(Pos { chunk: 0, at: 0 })
    }

    /// The last one.
    #[inline]
    pub(super) fn last(&self) -> Option<Pos> {
        let chunk = self.chunks.len().checked_sub(1)?;
        Some(Pos { chunk, at: self.chunks[chunk].len().checked_sub(1)? })
    }

    /// The one behind.
    #[inline]
    pub(super) fn next(&self, pos: Pos) -> Option<Pos> {
        if pos.at + 1 < self.chunks.get(pos.chunk)?.len() {
            return Some(Pos { at: pos.at + 1, ..pos });
        }
        (pos.chunk + 1 < self.chunks.len()).then_some(Pos { chunk: pos.chunk + 1, at: 0 })
    }

    /// The one in front.
    #[inline]
    pub(super) fn prev(&self, pos: Pos) -> Option<Pos> {
        if let Some(at) = pos.at.checked_sub(1) {
            return Some(Pos { at, ..pos });
        }
        let chunk = pos.chunk.checked_sub(1)?;
        Some(Pos { chunk, at: self.chunks.get(chunk)?.len().checked_sub(1)? })
    }

    /// The last node that begins at or before an ID.
    pub(super) fn find(&self, id: Id) -> Option<Pos> {
        let chunk = self.chunks.partition_point(|chunk| chunk.first().is_some_and(|node| node.master <= id));
        let chunk = chunk.checked_sub(1)?;
        let at = self.chunks[chunk].partition_point(|node| node.master <= id).checked_sub(1)?;
        Some(Pos { chunk, at })
    }

    /// Adds one at the end.
    pub(super) fn push(&mut self, node: Node) {
        if self.chunks.back().is_none_or(|chunk| chunk.len() >= CHUNK) {
            if self.chunks.capacity() == 0 {
                self.chunks.reserve_exact(1);
            }
            self.chunks.push_back(Vec::new());
        }
        let Some(chunk) = self.chunks.back_mut() else { return };
        if chunk.len() == chunk.capacity() {
            self.heap -= chunk_cost(chunk);
            chunk.reserve_exact(chunk.len().clamp(1, CHUNK));
            self.heap += chunk_cost(chunk);
        }
        self.heap += node_cost(&node);
        self.len += 1;
        chunk.push(node);
    }

    /// Changes one.
    pub(super) fn edit<R>(&mut self, pos: Pos, change: impl FnOnce(&mut Node) -> R) -> Option<R> {
        let node = self.chunks.get_mut(pos.chunk)?.get_mut(pos.at)?;
        let before = node_cost(node);
        let done = change(node);
        self.heap = self.heap - before + node_cost(node);
        Some(done)
    }

    /// Removes one. A chunk that its neighbour has room for goes there.
    pub(super) fn remove(&mut self, pos: Pos) {
        let Some(chunk) = self.chunks.get_mut(pos.chunk).filter(|chunk| pos.at < chunk.len()) else { return };
        self.heap -= node_cost(&chunk.remove(pos.at));
        self.len -= 1;
        let left = chunk.len();
        let roomy = |n: &Vec<Node>| n.len() + left <= CHUNK / 2;
        if left == 0 {
            self.drop_chunk(pos.chunk);
        } else if self.chunks.get(pos.chunk + 1).is_some_and(roomy) {
            let Some(mut rest) = self.drop_chunk(pos.chunk + 1) else { return };
            let chunk = &mut self.chunks[pos.chunk];
            self.heap -= chunk_cost(chunk);
            chunk.append(&mut rest);
            self.heap += chunk_cost(chunk);
        }
        if self.chunks.capacity() > 4 * self.chunks.len() + 4 {
            self.chunks.shrink_to(2 * self.chunks.len());
        }
    }

    /// What must be true of sizes.
    #[cfg(test)]
    pub(super) fn check(&self) {
        let heap =
            self.chunks.iter().map(|chunk| chunk_cost(chunk) + chunk.iter().map(node_cost).sum::<usize>());
        assert_eq!(self.heap, heap.sum::<usize>());
        assert!(self.chunks.iter().all(|chunk| !chunk.is_empty() && chunk.len() <= CHUNK));
        assert!(self.chunks.iter().flatten().is_sorted_by_key(|node| node.master));
    }

    fn drop_chunk(&mut self, at: usize) -> Option<Vec<Node>> {
        let chunk = self.chunks.remove(at)?;
        self.heap -= chunk_cost(&chunk);
        Some(chunk)
    }
}
