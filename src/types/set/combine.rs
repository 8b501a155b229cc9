//! Intersection, union and difference of sets. Each gives members that belong to one of the sets; where a set of its
//! own is wanted, it has the encoding that Redis's way of building it leaves.

use super::{Repr, Set};
use crate::types::limits::Limits;
use crate::types::listpack::Item;

/// A set that may be missing, which is as good as empty.
pub(crate) type Maybe<'s> = Option<&'s Set>;

/// Gives the members that are in all of the sets, at most `most` of them. The smallest set is walked, and each of its
/// members looked up in the others until one has it not.
pub(crate) fn intersect<'s>(sets: &[Maybe<'s>], most: usize, give: impl FnMut(Item<'s>)) {
    let mut present: Vec<&Set> = sets.iter().copied().flatten().collect();
    if present.len() < sets.len() {
        return;
    }
    present.sort_by_key(|set| set.len());
    present.dedup_by(|a, b| std::ptr::eq(*a, *b));
    let Some((smallest, others)) = present.split_first() else { return };
    let everywhere = |member: &Item<'_>| others.iter().all(|other| other.contains_item(*member));
    smallest.iter().filter(everywhere).take(most).for_each(give);
}

/// Gives the members that are in any of the sets, each once. The largest set is given as it is, the others without
/// what was given.
pub(crate) fn unite<'s>(sets: &[Maybe<'s>], limits: &Limits, mut give: impl FnMut(Item<'s>)) {
    let Some((largest, others)) = split_largest(sets) else { return };
    largest.iter().for_each(&mut give);
    let mut seen = Set::new();
    for (i, other) in others.iter().enumerate() {
        let last = i + 1 == others.len();
        for member in other.iter().filter(|member| !largest.contains_item(*member)) {
            let fresh = match (i, last) {
                (0, true) => true,
                (_, true) => !seen.contains_item(member),
                _ => seen.add_item(member, limits),
            };
            if fresh {
                give(member);
            }
        }
    }
}

/// The largest set and the other ones, each set once.
fn split_largest<'s>(sets: &[Maybe<'s>]) -> Option<(&'s Set, Vec<&'s Set>)> {
    let mut others: Vec<&Set> = sets.iter().copied().flatten().collect();
    let at = others.iter().enumerate().max_by_key(|(_, set)| set.len())?.0;
    let largest = others.swap_remove(at);
    others.retain(|other| !std::ptr::eq(*other, largest));
    Some((largest, others))
}

/// Whether each member of the first set should be looked up in the others, rather than each member of the others in
/// the first. Redis's rule: the former wins unless it looks at twice as many members.
fn looks_up(first: &Set, others: &[&Set]) -> bool {
    let all: usize = others.iter().map(|other| other.len()).sum();
    first.len().saturating_mul(others.len() + 1) / 2 <= all + first.len()
}

/// Gives the members of the first set that are in none of the others. Whether members were taken away from a copy of
/// the first set, as far as the encoding of the result can tell.
pub(crate) fn subtract<'s>(sets: &[Maybe<'s>], limits: &Limits, mut give: impl FnMut(Item<'s>)) -> bool {
    let Some((Some(first), others)) = sets.split_first() else { return false };
    let mut others: Vec<&Set> = others.iter().copied().flatten().collect();
    if others.iter().any(|other| std::ptr::eq(*other, *first)) {
        return false;
    }
    if looks_up(first, &others) {
        // The largest one is the likeliest to have it.
        others.sort_by_key(|other| std::cmp::Reverse(other.len()));
        let nowhere = |member: &Item<'_>| !others.iter().any(|other| other.contains_item(*member));
        first.iter().filter(nowhere).for_each(give);
        return false;
    }
    let mut gone = Set::new();
    for member in others.iter().flat_map(|other| other.iter()) {
        if first.contains_item(member) {
            gone.add_item(member, limits);
            if gone.len() == first.len() {
                return true;
            }
        }
    }
    first.iter().filter(|member| !gone.contains_item(*member)).for_each(&mut give);
    true
}

impl Set {
    /// The intersection, as a set.
    pub(crate) fn intersection(sets: &[Maybe<'_>], limits: &Limits) -> Self {
        if let Some(copy) = copy_of_only(sets, limits) {
            return copy;
        }
        let mut set = Self::new();
        intersect(sets, usize::MAX, |member| {
            set.add_item(member, limits);
        });
        set
    }

    /// The union, as a set.
    pub(crate) fn union(sets: &[Maybe<'_>], limits: &Limits) -> Self {
        let Some((largest, others)) = split_largest(sets) else { return Self::new() };
        let mut set = largest.copied(limits);
        for member in others.iter().flat_map(|other| other.iter()) {
            set.add_item(member, limits);
        }
        set
    }

    /// The difference, as a set.
    pub(crate) fn difference(sets: &[Maybe<'_>], limits: &Limits) -> Self {
        if let Some(copy) = copy_of_only(sets, limits) {
            return copy;
        }
        let mut members = Vec::new();
        let copied = subtract(sets, limits, |member| members.push(member));
        let mut set = match sets.first() {
            Some(Some(first)) if copied && !first.makes_ints(limits) => Self::unordered(),
            _ => Self::new(),
        };
        members.into_iter().for_each(|member| {
            set.add_item(member, limits);
        });
        set
    }

    /// Whether its members, added to a new set one by one, make an intset.
    fn makes_ints(&self, limits: &Limits) -> bool {
        let few = self.len() <= limits.set_max_intset_entries();
        let whole = |member: Item<'_>| match member {
            Item::Int(_) => true,
            Item::Bytes(text) => crate::base::num::parse_i64(text).is_some(),
        };
        few && (matches!(self.0, Repr::Ints(_)) || self.iter().all(whole))
    }

    /// A copy, with the encoding of a new set.
    fn copied(&self, limits: &Limits) -> Self {
        match &self.0 {
            Repr::Table(table) if table.len() > limits.set_max_intset_entries() => self.clone(),
            _ => Self::of(self.iter(), limits),
        }
    }
}

/// A copy of the set that is the only one named.
fn copy_of_only(sets: &[Maybe<'_>], limits: &Limits) -> Option<Set> {
    match sets {
        [Some(only)] => Some(only.copied(limits)),
        _ => None,
    }
}
