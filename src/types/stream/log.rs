//! The entries of a stream, and what is known of those that went.

use super::id::Id;
use super::node::{Entry, MAX_BYTES, Node};
use super::nodes::{Nodes, Pos};

/// When a node is full.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NodeLimits {
    /// `stream-node-max-bytes`, 0 for no limit.
    pub(crate) bytes: usize,
    /// `stream-node-max-entries`, 0 for no limit.
    pub(crate) entries: i64,
}

/// What a stream is cut down to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keep {
    /// This many entries, the newest.
    Newest(u64),
    /// Those from an ID on.
    From(Id),
}

/// See the module.
#[derive(Debug, Clone, Default)]
pub(crate) struct Log {
    pub(super) nodes: Nodes,
    pub(super) len: u64,
    /// The greatest ID that an entry ever had.
    pub(crate) last_id: Id,
    /// The greatest ID that was deleted.
    pub(crate) max_deleted: Id,
    /// How many entries were ever added.
    pub(crate) added: u64,
}

impl Log {
    /// Entries.
    #[inline]
    pub(crate) fn len(&self) -> u64 {
        self.len
    }

    /// Bytes on the heap.
    pub(super) fn heap_bytes(&self) -> usize {
        self.nodes.heap_bytes()
    }

    /// How many nodes hold the entries.
    pub(crate) fn node_count(&self) -> usize {
        self.nodes.len()
    }

    /// The ID of the first entry.
    pub(crate) fn first_id(&self) -> Option<Id> {
        let pos = self.nodes.first()?;
        match self.nodes.get(pos)?.first_id() {
            Some(id) => Some(id),
            // Trimming may have left nothing of it: see [`Log::trim`].
            None => self.nodes.get(self.nodes.next(pos)?)?.first_id(),
        }
    }

    /// Adds an entry; its ID must be above [`Log::last_id`]. `pairs` has each field with its value.
    pub(crate) fn append(&mut self, id: Id, pairs: &[&[u8]], limits: NodeLimits) {
        let size = pairs.iter().fold(0usize, |sum, word| sum.saturating_add(word.len()));
        if self.len == 0
            && let Some(spent) = self.nodes.first()
            && self.nodes.get(spent).is_some_and(|node| node.last_id() >= id)
        {
            // XSETID went back behind deleted entries.
            self.nodes.remove(spent);
        }
        let last = self.nodes.last();
        let full = last.and_then(|pos| self.nodes.get(pos)).is_none_or(|node| {
            let bytes = node.listpack_len().saturating_add(size);
            let max = if limits.bytes == 0 { MAX_BYTES } else { limits.bytes.min(MAX_BYTES) };
            let entries = i64::try_from(node.entries()).unwrap_or(i64::MAX);
            bytes >= max || (limits.entries > 0 && entries >= limits.entries)
        });
        match last {
            Some(pos) if !full => {
                self.nodes.edit(pos, |node| node.push(id, pairs));
            }
            last => {
                let room = last.and_then(|pos| {
                    self.nodes.edit(pos, |node| {
                        node.seal();
                        node.end()
                    })
                });
                // The next node will be about as large.
                let mut node = Node::new(id, pairs, room.unwrap_or(0));
                node.push(id, pairs);
                self.nodes.push(node);
            }
        }
        self.len += 1;
        self.added = self.added.wrapping_add(1);
        self.last_id = id;
    }

    /// Whether there is an entry of this ID.
    pub(crate) fn contains(&self, id: Id) -> bool {
        self.get(id).is_some()
    }

    /// The entry of an ID.
    pub(crate) fn get(&self, id: Id) -> Option<Entry<'_>> {
        let node = self.nodes.get(self.nodes.find(id)?)?;
        node.at(node.find(id)?).map(|raw| raw.entry)
    }

    /// Deletes the entry of an ID; whether there was one.
    pub(crate) fn delete(&mut self, id: Id) -> bool {
        let Some(pos) = self.nodes.find(id) else { return false };
        let found = self.nodes.get(pos).and_then(|node| Some((node.find(id)?, node.live())));
        match found {
            None => return false,
            Some((_, 1)) => self.nodes.remove(pos),
            Some((at, _)) => {
                self.nodes.edit(pos, |node| node.delete(at));
            }
        }
        self.len -= 1;
        self.max_deleted = self.max_deleted.max(id);
        true
    }

    /// Cuts entries off the front, and says how many. `approximate` takes whole nodes only, and no more than `limit`
    /// entries unless that is 0.
    ///
    /// Where the last entry of the first node was deleted before, and lies behind the cut, the node stays with nothing
    /// but deleted entries, as in Redis.
    pub(crate) fn trim(&mut self, keep: Keep, approximate: bool, limit: u64) -> u64 {
        let mut gone = 0;
        while let Some(pos) = self.nodes.first() {
            let Some(node) = self.nodes.get(pos) else { break };
            let live = node.live() as u64;
            let whole = match keep {
                Keep::Newest(n) if self.len <= n => break,
                Keep::Newest(n) => self.len - live >= n,
                Keep::From(id) if node.master >= id => break,
                Keep::From(id) => node.last_id() < id,
            };
            if limit > 0 && gone + live > limit {
                break;
            }
            if whole {
                self.nodes.remove(pos);
                self.len -= live;
                gone += live;
                continue;
            }
            if !approximate {
                let cut = self.trim_node(pos, keep);
                self.len -= cut;
                gone += cut;
                if self.is_in_the_way(pos, keep) {
                    self.nodes.remove(pos);
                    continue;
                }
            }
            break;
        }
        gone
    }

    /// Whether the first node is spent, and more is to be cut off behind it: XSETID went back behind deleted entries.
    fn is_in_the_way(&self, first: Pos, keep: Keep) -> bool {
        let spent = self.nodes.get(first).is_some_and(|node| node.live() == 0);
        let next = self.nodes.next(first).and_then(|pos| self.nodes.get(pos)).and_then(Node::first_id);
        spent && matches!((keep, next), (Keep::From(id), Some(next)) if next < id)
    }

    /// Cuts entries off the front of the first node.
    fn trim_node(&mut self, pos: Pos, keep: Keep) -> u64 {
        let len = self.len;
        let cut = self.nodes.edit(pos, |node| {
            let mut cut = 0;
            while let Some(first) = node.first_id() {
                let go = match keep {
                    Keep::Newest(n) => len - cut > n,
                    Keep::From(id) => first < id,
                };
                if !go {
                    break;
                }
                node.delete(node.front());
                cut += 1;
            }
            cut
        });
        cut.unwrap_or(0)
    }

    /// The entries from an ID to another, both included.
    pub(crate) fn range(&self, from: Id, to: Id) -> Range<'_> {
        let none = Range { nodes: &self.nodes, pos: None, node: None, at: 0, to };
        if from > to {
            return none;
        }
        let Some(pos) = self.nodes.find(from).or_else(|| self.nodes.first()) else { return none };
        let Some(node) = self.nodes.get(pos) else { return none };
        let mut at = node.front();
        while let Some(raw) = node.at(at).filter(|raw| raw.deleted || raw.entry.id < from) {
            at = raw.next;
        }
        Range { nodes: &self.nodes, pos: Some(pos), node: Some(node), at, to }
    }

    /// The same from the last to the first.
    pub(crate) fn range_back(&self, from: Id, to: Id) -> RangeBack<'_> {
        let pos = if from > to { None } else { self.nodes.find(to) };
        let node = pos.and_then(|pos| self.nodes.get(pos));
        let mut at = node.map_or(0, Node::end);
        // The end may lie within the node.
        while let Some((node, before)) = node.and_then(|node| Some((node, node.before(at)?))) {
            if node.at(before).is_none_or(|raw| !raw.deleted && raw.entry.id <= to) {
                break;
            }
            at = before;
        }
        RangeBack { nodes: &self.nodes, pos, node, at, from }
    }

    /// Whether an entry may be missing from `from` on, because one was deleted there and not at the beginning.
    pub(crate) fn has_holes(&self, from: Id) -> bool {
        from <= self.max_deleted && self.first_id().is_some_and(|first| first <= self.max_deleted)
    }

    /// How many entries were ever added up to an ID, this one included, if that can be told.
    pub(crate) fn rank(&self, id: Id) -> Option<i64> {
        let added = self.added.cast_signed();
        if added == 0 || self.len == 0 && id <= self.last_id || id == self.last_id {
            return Some(added);
        }
        if id > self.last_id {
            return None;
        }
        let first = self.first_id().filter(|first| self.max_deleted < *first)?;
        let gone = added.wrapping_sub(self.len.cast_signed());
        match id.cmp(&first) {
            std::cmp::Ordering::Less => Some(gone),
            std::cmp::Ordering::Equal => Some(gone.wrapping_add(1)),
            std::cmp::Ordering::Greater => None,
        }
    }

    /// The last entry.
    pub(crate) fn last(&self) -> Option<Entry<'_>> {
        self.range_back(Id::MIN, Id::MAX).next()
    }

    /// The nodes that Redis's radix tree of them has: one for each place where the keys part, each run of bytes on
    /// the way there, and each end. Of long streams only the first nodes are looked at.
    pub(crate) fn radix_nodes(&self) -> usize {
        /// More would take too long for a number that nobody needs.
        const LOOKED_AT: usize = 4096;
        let key = |pos: &Pos| {
            let master = self.nodes.get(*pos).map_or(Id::MIN, |node| node.master);
            (u128::from(master.ms) << 64 | u128::from(master.seq)).to_be_bytes()
        };
        let all = std::iter::successors(self.nodes.first(), |pos| self.nodes.next(*pos));
        let keys: Vec<[u8; 16]> = all.take(LOOKED_AT).map(|pos| key(&pos)).collect();
        if keys.is_empty() {
            return 1;
        }
        let nodes = radix_nodes(&keys);
        nodes * self.nodes.len() / keys.len()
    }
}

#[cfg(test)]
impl Log {
    /// What must be true of the nodes.
    pub(super) fn check(&self) {
        let all = std::iter::successors(self.nodes.first(), |pos| self.nodes.next(*pos));
        let nodes: Vec<&Node> = all.filter_map(|pos| self.nodes.get(pos)).collect();
        assert_eq!(nodes.len(), self.nodes.len());
        assert_eq!(nodes.iter().map(|node| node.live() as u64).sum::<u64>(), self.len);
        for (i, node) in nodes.into_iter().enumerate() {
            assert!(node.live() > 0 || i == 0);
            assert_eq!(node.listpack_len(), node.to_listpack().byte_len());
        }
        self.nodes.check();
    }
}

/// The nodes of a radix tree of keys that are all different and sorted.
fn radix_nodes(keys: &[[u8; 16]]) -> usize {
    let shared = |pair: &[[u8; 16]]| pair[0].iter().zip(&pair[1]).take_while(|(a, b)| a == b).count();
    // Between neighbours the tree parts at the depth of what they share; the open ones are on a stack.
    let mut open: Vec<usize> = Vec::new();
    let mut total = 0;
    let mut before: Option<usize> = None;
    let run =
        |depth: usize, above: Option<usize>| usize::from(above.map_or(depth > 0, |above| depth > above + 1));
    let mut close = |open: &mut Vec<usize>, down_to: Option<usize>| {
        while let Some(&depth) = open.last().filter(|depth| down_to.is_none_or(|to| **depth > to)) {
            open.pop();
            let above = match (open.last().copied(), down_to) {
                (Some(below), Some(to)) => Some(below.max(to)),
                (below, to) => below.or(to),
            };
            total += 1 + run(depth, above);
        }
    };
    let mut ends = 0;
    for pair in keys.windows(2) {
        let depth = shared(pair);
        let parent = before.map_or(depth, |before| before.max(depth));
        ends += 1 + run(16, Some(parent));
        close(&mut open, Some(depth));
        if open.last() != Some(&depth) {
            open.push(depth);
        }
        before = Some(depth);
    }
    ends += 1 + run(16, before);
    close(&mut open, None);
    total + ends
}

/// Entries in their order.
#[derive(Debug, Clone)]
pub(crate) struct Range<'a> {
    nodes: &'a Nodes,
    pos: Option<Pos>,
    node: Option<&'a Node>,
    at: usize,
    to: Id,
}

impl<'a> Range<'a> {
    /// How many are left, at most `limit`. Nodes that lie in the range as a whole are not looked into.
    pub(crate) fn count_up_to(&self, limit: u64) -> u64 {
        let mut here = self.clone();
        let mut count = 0;
        while let (Some(pos), Some(node)) = (here.pos, here.node)
            && count < limit
        {
            let whole = here.at == node.front()
                && match self.nodes.next(pos).and_then(|next| self.nodes.get(next)) {
                    Some(next) => next.master <= self.to,
                    None => self.to == Id::MAX,
                };
            if whole {
                count += node.live() as u64;
                here.step();
            } else if here.next().is_some() {
                count += 1;
            } else {
                break;
            }
        }
        count.min(limit)
    }

    /// To the next node.
    fn step(&mut self) {
        self.pos = self.pos.and_then(|pos| self.nodes.next(pos));
        self.node = self.pos.and_then(|pos| self.nodes.get(pos));
        self.at = self.node.map_or(0, Node::front);
    }
}

impl<'a> Iterator for Range<'a> {
    type Item = Entry<'a>;

    #[inline]
    fn next(&mut self) -> Option<Entry<'a>> {
        while let Some(node) = self.node {
            let Some(raw) = node.at(self.at) else {
                self.step();
                continue;
            };
            self.at = raw.next;
            if raw.deleted {
                continue;
            }
            if raw.entry.id <= self.to {
                return Some(raw.entry);
            }
            (self.pos, self.node) = (None, None);
        }
        None
    }
}

/// Entries from the last to the first.
#[derive(Debug, Clone)]
pub(crate) struct RangeBack<'a> {
    nodes: &'a Nodes,
    pos: Option<Pos>,
    node: Option<&'a Node>,
    /// Where the next entry ends.
    at: usize,
    from: Id,
}

impl RangeBack<'_> {
    /// How many are left, at most `limit`. Nodes that lie in the range as a whole are not looked into.
    pub(crate) fn count_up_to(&self, limit: u64) -> u64 {
        let mut here = self.clone();
        let mut count = 0;
        while let Some(node) = here.node
            && count < limit
        {
            if here.at == node.end() && node.master >= self.from {
                count += node.live() as u64;
                here.step();
            } else if here.next().is_some() {
                count += 1;
            } else {
                break;
            }
        }
        count.min(limit)
    }

    /// To the node in front.
    fn step(&mut self) {
        self.pos = self.pos.and_then(|pos| self.nodes.prev(pos));
        self.node = self.pos.and_then(|pos| self.nodes.get(pos));
        self.at = self.node.map_or(0, Node::end);
    }
}

impl<'a> Iterator for RangeBack<'a> {
    type Item = Entry<'a>;

    #[inline]
    fn next(&mut self) -> Option<Entry<'a>> {
        while let Some(node) = self.node {
            let Some((before, raw)) = node.before(self.at).and_then(|at| Some((at, node.at(at)?))) else {
                self.step();
                continue;
            };
            self.at = before;
            if raw.deleted {
                continue;
            }
            if raw.entry.id >= self.from {
                return Some(raw.entry);
            }
            (self.pos, self.node) = (None, None);
        }
        None
    }
}
