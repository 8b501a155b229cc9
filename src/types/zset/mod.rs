//! Sorted sets: members ordered by a score, and by their bytes where scores are equal. A small one is a listpack
//! (`small.rs`), a large one a hash and a counted tree over the same records (`large.rs`, `tree.rs`).
//!
//! Everything that names a part of the order (ranks, scores, bytes) is turned into ranks first, and ranks are what
//! is iterated and removed: a few steps in the tree, a walk in a listpack.

mod large;
pub(crate) mod saved;
mod small;
mod tree;

use std::ops::Range;

use large::Large;

use super::arena::malloc_cost;
use super::limits::Limits;
use super::listpack::{Item, Listpack};
use super::packed::PackedScores;

/// A member and its score.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Element<'a> {
    /// The member.
    pub(crate) member: Item<'a>,
    /// The score; never NaN.
    pub(crate) score: f64,
}

/// One end of a range of scores.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct ScoreBound {
    /// The score.
    pub(crate) value: f64,
    /// Whether elements with this very score are outside.
    pub(crate) exclusive: bool,
}

/// A range of scores.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct ScoreRange {
    /// The lower end.
    pub(crate) min: ScoreBound,
    /// The upper end.
    pub(crate) max: ScoreBound,
}

/// One end of a range of members.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LexBound<'a> {
    /// Before all members.
    First,
    /// A member that is inside.
    Inclusive(&'a [u8]),
    /// A member that is outside.
    Exclusive(&'a [u8]),
    /// Behind all members.
    Last,
}

/// A range of members that have one score.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LexRange<'a> {
    /// The lower end.
    pub(crate) min: LexBound<'a>,
    /// The upper end.
    pub(crate) max: LexBound<'a>,
}

impl ScoreRange {
    /// Every score.
    #[cfg(test)]
    pub(crate) const ALL: Self = Self {
        min: ScoreBound { value: f64::NEG_INFINITY, exclusive: false },
        max: ScoreBound { value: f64::INFINITY, exclusive: false },
    };

    #[inline]
    fn is_below(&self, score: f64) -> bool {
        score < self.min.value || self.min.exclusive && score == self.min.value
    }

    #[inline]
    fn is_upto(&self, score: f64) -> bool {
        score < self.max.value || !self.max.exclusive && score == self.max.value
    }
}

impl LexRange<'_> {
    fn is_below(&self, member: &[u8]) -> bool {
        match self.min {
            LexBound::First => false,
            LexBound::Inclusive(bound) => member < bound,
            LexBound::Exclusive(bound) => member <= bound,
            LexBound::Last => true,
        }
    }

    fn is_upto(&self, member: &[u8]) -> bool {
        match self.max {
            LexBound::First => false,
            LexBound::Inclusive(bound) => member <= bound,
            LexBound::Exclusive(bound) => member < bound,
            LexBound::Last => true,
        }
    }
}

/// See the module.
#[derive(Debug, Clone)]
pub(crate) struct Zset(Body);

#[derive(Debug, Clone)]
enum Body {
    Small(Listpack),
    Large(Box<Large>),
}

use Body::{Large as LargeBody, Small};

impl Zset {
    /// An empty one.
    pub(crate) fn new() -> Self {
        Self(Small(Listpack::new()))
    }

    /// Whether nothing is in it: then its key goes.
    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        match &self.0 {
            Small(pack) => pack.is_empty(),
            LargeBody(large) => large.tree.len() == 0,
        }
    }

    /// Elements.
    #[inline]
    pub(crate) fn len(&self) -> usize {
        match &self.0 {
            Small(pack) => pack.len() / 2,
            LargeBody(large) => large.tree.len(),
        }
    }

    /// Bytes that it has on the heap, besides itself. In constant time.
    pub(crate) fn heap_bytes(&self) -> usize {
        match &self.0 {
            Small(pack) => malloc_cost(pack.capacity()),
            LargeBody(large) => {
                malloc_cost(size_of::<Large>()) + large.map.heap_bytes() + large.tree.heap_bytes()
            }
        }
    }

    /// The name of its encoding, as OBJECT ENCODING tells it.
    pub(crate) fn encoding(&self) -> &'static str {
        match &self.0 {
            Small(_) => "listpack",
            LargeBody(_) => "skiplist",
        }
    }

    /// The score of a member.
    #[inline]
    pub(crate) fn score(&self, member: &[u8]) -> Option<f64> {
        match &self.0 {
            Small(pack) => small::find(pack, member).map(|(_, score)| score),
            LargeBody(large) => large.find(member).map(|(_, score)| score),
        }
    }

    /// Adds a member or changes its score: `decide` is given the score it has and tells the new one, or `None` to
    /// leave everything as it is. Answers the old score. A new score is not NaN.
    pub(crate) fn update(
        &mut self,
        member: &[u8],
        limits: &Limits,
        decide: impl FnOnce(Option<f64>) -> Option<f64>,
    ) -> Option<f64> {
        match &mut self.0 {
            Small(pack) => {
                let found = small::find(pack, member);
                let old = found.map(|(_, score)| score);
                let Some(new) = decide(old).filter(|new| Some(*new) != old) else { return old };
                debug_assert!(!new.is_nan());
                if let Some((at, _)) = found {
                    small::remove(pack, at, 1);
                } else if !fits(pack, member.len(), limits) {
                    self.grow(limits.seed()).insert(member, new);
                    return old;
                }
                small::insert(pack, member, new);
                old
            }
            LargeBody(large) => {
                let found = large.find(member);
                let old = found.map(|(_, score)| score);
                let Some(new) = decide(old).filter(|new| Some(*new) != old) else { return old };
                debug_assert!(!new.is_nan());
                match found {
                    Some((handle, old)) => large.rescore(handle, old, new),
                    None => large.insert(member, new),
                }
                old
            }
        }
    }

    /// Gives a member a score; true if it is new. The score is not NaN.
    #[cfg(test)]
    pub(crate) fn add(&mut self, member: &[u8], score: f64, limits: &Limits) -> bool {
        self.update(member, limits, |_| Some(score)).is_none()
    }

    /// Removes a member; false if it is not there.
    pub(crate) fn remove(&mut self, member: &[u8]) -> bool {
        match &mut self.0 {
            Small(pack) => {
                let Some((at, _)) = small::find(pack, member) else { return false };
                small::remove(pack, at, 1);
            }
            LargeBody(large) => {
                let Some((handle, score)) = large.find(member) else { return false };
                large.remove(handle, score);
            }
        }
        true
    }

    /// Removes the elements of some ranks.
    pub(crate) fn remove_ranks(&mut self, ranks: Range<usize>) {
        match &mut self.0 {
            Small(pack) => {
                let index = i64::try_from(ranks.start.saturating_mul(2)).unwrap_or(i64::MAX);
                if let Some(at) = pack.seek(index) {
                    small::remove(pack, at, ranks.len());
                }
            }
            LargeBody(large) => large.remove_ranks(ranks),
        }
    }

    /// The rank of a member, from 0 on, and its score.
    pub(crate) fn rank(&self, member: &[u8]) -> Option<(usize, f64)> {
        match &self.0 {
            Small(pack) => small::rank(pack, member),
            LargeBody(large) => {
                let (_, score) = large.find(member)?;
                Some((large.rank(score, member), score))
            }
        }
    }

    /// The ranks of the elements with scores of a range.
    pub(crate) fn score_ranks(&self, range: &ScoreRange) -> Range<usize> {
        let (start, end) = match &self.0 {
            Small(pack) => return small::score_ranks(pack, range),
            LargeBody(large) => {
                (large.tree.rank(|e| range.is_below(e.score)), large.tree.rank(|e| range.is_upto(e.score)))
            }
        };
        start..end.max(start)
    }

    /// The ranks of the members of a range, which is looked for from the end if `reverse` says so. If scores differ
    /// the members are in no order, and the answer is what Redis finds in a small set.
    pub(crate) fn lex_ranks(&self, range: &LexRange<'_>, reverse: bool) -> Range<usize> {
        match &self.0 {
            Small(pack) => small::lex_ranks(pack, range, reverse),
            LargeBody(large) => {
                let start = large.tree.rank(|e| range.is_below(large.map.record(e.handle).key()));
                let end = large.tree.rank(|e| range.is_upto(large.map.record(e.handle).key()));
                start..end.max(start)
            }
        }
    }

    /// The elements of some ranks, the last one first if `reverse` says so.
    pub(crate) fn iter_ranks(&self, ranks: Range<usize>, reverse: bool) -> Iter<'_> {
        let len = self.len();
        let (start, end) = (ranks.start.min(len), ranks.end.min(len));
        let walk = match &self.0 {
            Small(pack) => {
                let mut pairs = small::pairs(pack);
                // There is no way to skip but to walk.
                let skipped = if reverse { len - end } else { start };
                for _ in 0..skipped {
                    let _ = if reverse { pairs.next_back() } else { pairs.next() };
                }
                Walk::Small { pairs, left: end.saturating_sub(start), reverse }
            }
            LargeBody(large) => {
                Walk::Large { map: &large.map, entries: large.tree.iter(start..end, reverse) }
            }
        };
        Iter(walk)
    }

    /// All elements, the last one first if `reverse` says so.
    pub(crate) fn iter(&self, reverse: bool) -> Iter<'_> {
        self.iter_ranks(0..usize::MAX, reverse)
    }

    /// A step of SCAN: hands elements to `take` and answers the next cursor, 0 at the end. A small set is handed out
    /// whole.
    pub(crate) fn scan(&self, cursor: u64, count: usize, mut take: impl FnMut(Element<'_>)) -> u64 {
        match &self.0 {
            Small(pack) => {
                small::pairs(pack).for_each(take);
                0
            }
            LargeBody(large) => large.map.scan(cursor, count, |record| {
                take(Element { member: Item::Bytes(record.key()), score: large::score_of(record.payload()) });
            }),
        }
    }

    /// Whether it is a small one, whose scores are texts.
    pub(crate) fn is_small(&self) -> bool {
        matches!(self.0, Small(_))
    }

    /// The integer that a small set stores for a score, if it does.
    pub(crate) fn stored_whole(score: f64) -> Option<i64> {
        small::whole(score)
    }

    /// A set of elements that come in their order.
    pub(crate) fn from_sorted<'e>(
        elements: impl Iterator<Item = Element<'e>> + Clone,
        limits: &Limits,
    ) -> Self {
        let (len, longest) = elements.clone().fold((0, 0), |(len, longest): (usize, usize), element| {
            (len + 1, longest.max(element.member.len()))
        });
        if is_small(len, longest, limits) {
            let mut pack = Listpack::new();
            elements.for_each(|element| small::push(&mut pack, element.member, element.score));
            return Self(Small(pack));
        }
        Self(LargeBody(Box::new(Large::from_sorted(limits.seed(), len, elements))))
    }

    /// [`Zset::from_sorted`] as if the elements were added one by one, from the last one on if `reverse` says so, to an
    /// empty set that may become small: a score of -0 becomes 0 in a listpack, and stays so when a long member makes the
    /// set large.
    pub(crate) fn added<'e>(
        elements: impl Iterator<Item = Element<'e>> + Clone,
        reverse: bool,
        limits: &Limits,
    ) -> Self {
        let may = elements.clone().count() <= limits.zset_max_listpack_entries();
        let long =
            |(_, element): &(usize, Element<'_>)| element.member.len() > limits.zset_max_listpack_value();
        let mut long = elements.clone().enumerate().filter(long).map(|(at, _)| at);
        let turn = if reverse { long.last() } else { long.next() };
        let small = move |at| may && turn.is_none_or(|turn| if reverse { at > turn } else { at < turn });
        let added = elements.enumerate().map(move |(at, element)| {
            if small(at) && element.score == 0.0 { Element { score: 0.0, ..element } } else { element }
        });
        Self::from_sorted(added, limits)
    }

    /// Turns a small one into a large one.
    fn grow(&mut self, seed: u64) -> &mut Large {
        if let Small(pack) = &self.0 {
            let large = Large::from_sorted(seed, pack.len() / 2, small::pairs(pack));
            self.0 = LargeBody(Box::new(large));
        }
        match &mut self.0 {
            LargeBody(large) => large,
            Small(_) => unreachable!("it was made large"),
        }
    }
}

/// Whether one more member leaves a set small.
fn fits(pack: &Listpack, member: usize, limits: &Limits) -> bool {
    member <= limits.zset_max_listpack_value()
        && pack.len() / 2 < limits.zset_max_listpack_entries()
        && pack.has_room(member.saturating_add(64))
}

/// Whether a set that is made at once is a small one.
fn is_small(len: usize, longest: usize, limits: &Limits) -> bool {
    longest <= limits.zset_max_listpack_value()
        && len <= limits.zset_max_listpack_entries()
        && longest.saturating_add(64).saturating_mul(len) < 1 << 30
}

/// Collects members in any order, to become a sorted set at once: for results of whole sets.
pub(crate) struct Builder {
    map: PackedScores,
    longest: usize,
}

impl Builder {
    /// An empty one; `expected` elements may come.
    pub(crate) fn new(limits: &Limits, expected: usize) -> Self {
        Self { map: PackedScores::with_capacity(limits.seed(), expected), longest: 0 }
    }

    /// Adds a member, or combines its score so far with this one.
    pub(crate) fn add(&mut self, member: &[u8], score: f64, combine: impl FnOnce(f64, f64) -> f64) {
        match self.map.handle_of(member) {
            Some(handle) => {
                let payload = self.map.payload_mut(handle);
                let both = combine(large::score_of(payload), score);
                payload.copy_from_slice(&both.to_le_bytes());
            }
            None => {
                self.map.insert_new(member, &score.to_le_bytes());
                self.longest = self.longest.max(member.len());
            }
        }
    }

    /// Takes members out again.
    pub(crate) fn remove_all<'e>(&mut self, members: impl Iterator<Item = Element<'e>>) {
        for Element { member, .. } in members {
            if self.map.is_empty() {
                break;
            }
            member.with_bytes(|member| self.map.remove(member));
        }
        self.longest = self.map.iter().map(|record| record.key().len()).max().unwrap_or(0);
    }

    /// The set to be looked through.
    pub(crate) fn sorted(self) -> Zset {
        Zset(LargeBody(Box::new(Large::over(self.map))))
    }

    /// The set to be kept: a small one if it can be.
    pub(crate) fn finish(self, limits: &Limits) -> Zset {
        let small = is_small(self.map.len(), self.longest, limits);
        let zset = self.sorted();
        if small { Zset::from_sorted(zset.iter(false), limits) } else { zset }
    }
}

/// See [`Zset::iter_ranks`].
#[derive(Clone)]
pub(crate) struct Iter<'a>(Walk<'a>);

#[derive(Clone)]
enum Walk<'a> {
    Small { pairs: small::Pairs<'a>, left: usize, reverse: bool },
    Large { map: &'a PackedScores, entries: tree::Iter<'a> },
}

impl<'a> Iterator for Iter<'a> {
    type Item = Element<'a>;

    #[inline]
    fn next(&mut self) -> Option<Element<'a>> {
        match &mut self.0 {
            Walk::Small { pairs, left, reverse } => {
                *left = left.checked_sub(1)?;
                if *reverse { pairs.next_back() } else { pairs.next() }
            }
            Walk::Large { map, entries } => {
                let entry = entries.next()?;
                Some(Element { member: Item::Bytes(map.record(entry.handle).key()), score: entry.score })
            }
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = match &self.0 {
            Walk::Small { left, .. } => *left,
            Walk::Large { entries, .. } => entries.len(),
        };
        (left, Some(left))
    }
}

impl ExactSizeIterator for Iter<'_> {}

#[cfg(test)]
#[path = "zset_tests.rs"]
mod tests;
