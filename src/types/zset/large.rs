//! A large sorted set: a hash from members to scores, and a tree over the same records in their order.

use std::ops::Range;

use super::Element;
use super::tree::{Entry, Tree};
use crate::types::arena::Handle;
use crate::types::packed::PackedScores;

/// See the module.
#[derive(Clone)]
pub(super) struct Large {
    pub(super) map: PackedScores,
    pub(super) tree: Tree,
}

impl std::fmt::Debug for Large {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Large").field("len", &self.tree.len()).finish_non_exhaustive()
    }
}

/// Whether an entry stands before a member with this score.
#[inline]
fn before(map: &PackedScores, entry: &Entry, score: f64, member: &[u8]) -> bool {
    entry.score < score || { entry.score } == score && map.record(entry.handle).key() < member
}

/// The same, or is it.
#[inline]
fn upto(map: &PackedScores, entry: &Entry, score: f64, member: &[u8]) -> bool {
    entry.score < score || { entry.score } == score && map.record(entry.handle).key() <= member
}

/// The score in a record.
#[inline]
pub(super) fn score_of(payload: &[u8]) -> f64 {
    payload.first_chunk().map_or(0.0, |bytes| f64::from_le_bytes(*bytes))
}

impl Large {
    /// One of `len` elements that come in their order.
    pub(super) fn from_sorted<'e>(
        seed: u64,
        len: usize,
        elements: impl Iterator<Item = Element<'e>>,
    ) -> Self {
        let mut map = PackedScores::with_capacity(seed, len);
        let entries = elements.map(|Element { member, score }| {
            let handle = member.with_bytes(|member| map.insert_new(member, &score.to_le_bytes()));
            Entry { score, handle }
        });
        let tree = Tree::build(len, entries);
        Self { map, tree }
    }

    /// The tree over all records of a map.
    pub(super) fn over(map: PackedScores) -> Self {
        let entry = |handle| Entry { score: score_of(map.record(handle).payload()), handle };
        let mut entries: Vec<Entry> = map.handles().map(entry).collect();
        entries.sort_unstable_by(|a, b| {
            let by_score = { a.score }.total_cmp(&{ b.score });
            // Both zeros are one score.
            if { a.score } == b.score {
                map.record(a.handle).key().cmp(map.record(b.handle).key())
            } else {
                by_score
            }
        });
        let tree = Tree::build(entries.len(), entries.into_iter());
        Self { map, tree }
    }

    /// A member's record and score.
    #[inline]
    pub(super) fn find(&self, member: &[u8]) -> Option<(Handle, f64)> {
        let handle = self.map.handle_of(member)?;
        Some((handle, score_of(self.map.record(handle).payload())))
    }

    /// Adds a member that is not there.
    pub(super) fn insert(&mut self, member: &[u8], score: f64) {
        let Self { map, tree } = self;
        let handle = map.insert_new(member, &score.to_le_bytes());
        tree.insert(Entry { score, handle }, |e| before(map, e, score, member));
    }

    /// Changes a score.
    pub(super) fn rescore(&mut self, handle: Handle, old: f64, new: f64) {
        let Self { map, tree } = self;
        let member = map.record(handle).key();
        let fits = |a: &Entry, b: &Entry| before(map, a, new, member) && !upto(map, b, new, member);
        if !tree.rescore(new, |e| upto(map, e, old, member), fits) {
            tree.remove(|e| upto(map, e, old, member));
            tree.insert(Entry { score: new, handle }, |e| before(map, e, new, member));
        }
        map.payload_mut(handle).copy_from_slice(&new.to_le_bytes());
    }

    /// Removes a member with its score.
    pub(super) fn remove(&mut self, handle: Handle, score: f64) {
        let Self { map, tree } = self;
        let member = map.record(handle).key();
        tree.remove(|e| upto(map, e, score, member));
        map.remove_handle(handle);
    }

    /// Removes members by their ranks.
    pub(super) fn remove_ranks(&mut self, ranks: Range<usize>) {
        let handles: Vec<Handle> = self.tree.iter(ranks.clone(), false).map(|e| e.handle).collect();
        self.tree.remove_ranks(ranks);
        if self.tree.len() == 0 {
            self.map.clear();
            return;
        }
        for handle in handles {
            self.map.remove_handle(handle);
        }
    }

    /// The rank of a member with its score.
    pub(super) fn rank(&self, score: f64, member: &[u8]) -> usize {
        self.tree.rank(|e| before(&self.map, e, score, member))
    }
}
