//! Sorted sets as they are saved: the listpack of a small one, and how to make one from a listpack or member by member.

use super::large::{Large, score_of};
use super::tree::{Entry, Tree};
use super::{Body, Zset, fits, small};
use crate::types::limits::Limits;
use crate::types::listpack::{Item, Listpack};
use crate::types::packed::PackedScores;

impl Zset {
    /// The listpack that a small one is.
    pub(crate) fn listpack(&self) -> Option<&Listpack> {
        match &self.0 {
            Body::Small(pack) => Some(pack),
            Body::Large(_) => None,
        }
    }

    /// The set of a listpack of different members in their order, each followed by its score.
    pub(crate) fn from_listpack(pack: Listpack) -> Self {
        Self(Body::Small(pack))
    }
}

/// Takes members in any order; fastest if it is the right one or the reverse of it.
pub(crate) struct Loader {
    map: PackedScores,
    entries: Vec<Entry>,
    longest: usize,
}

impl Loader {
    /// `expected` members may come.
    pub(crate) fn new(limits: &Limits, expected: usize) -> Self {
        let map = PackedScores::with_capacity(limits.seed(), expected);
        Self { map, entries: Vec::with_capacity(expected), longest: 0 }
    }

    /// Adds a member; false if it is there already. The score is not NaN.
    pub(crate) fn add(&mut self, member: &[u8], score: f64) -> bool {
        if self.map.contains(member) {
            return false;
        }
        let handle = self.map.insert_new(member, &score.to_le_bytes());
        self.entries.push(Entry { score, handle });
        self.longest = self.longest.max(member.len());
        true
    }

    /// The set.
    pub(crate) fn finish(self, limits: &Limits) -> Zset {
        let Self { map, mut entries, longest } = self;
        entries.sort_unstable_by(|a, b| {
            let by_score = { a.score }.partial_cmp(&{ b.score });
            let by_member = || map.record(a.handle).key().cmp(map.record(b.handle).key());
            by_score.unwrap_or(std::cmp::Ordering::Equal).then_with(by_member)
        });
        let mut pack = Listpack::new();
        for (index, entry) in entries.iter().enumerate() {
            if !(index < limits.zset_max_listpack_entries() && fits(&pack, longest, limits)) {
                let tree = Tree::build(entries.len(), entries.into_iter());
                return Zset(Body::Large(Box::new(Large { map, tree })));
            }
            let record = map.record(entry.handle);
            small::push(&mut pack, Item::Bytes(record.key()), score_of(record.payload()));
        }
        Zset(Body::Small(pack))
    }
}
