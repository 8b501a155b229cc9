//! Members by chance: each has the same probability, every time.

use std::collections::HashSet;

use super::{Place, Repr, Set};
use crate::base::rng::Rng;
use crate::types::limits::Limits;
use crate::types::listpack::Item;

/// With more than one member in so many wanted, a list of all is drawn from.
const SPARSE: usize = 3;
/// With fewer than one member in so many (and one) left, those that stay become a set of their own, as in Redis:
/// it gets the encoding of a new one.
const REBUILD: usize = 5;

/// A number below `n`, which is not 0.
#[inline]
fn below(rng: &mut Rng, n: usize) -> usize {
    #[expect(clippy::cast_possible_truncation, reason = "below a usize")]
    let drawn = rng.below(n as u64) as usize;
    drawn
}

/// Puts `n` of the places by chance in front, in an order by chance.
fn shuffle_front(places: &mut [Place], n: usize, rng: &mut Rng) {
    for i in 0..n.min(places.len()) {
        let other = i + below(rng, places.len() - i);
        places.swap(i, other);
    }
}

impl Set {
    /// Any place; `None` only of an empty set.
    pub(crate) fn random(&self, rng: &mut Rng) -> Option<Place> {
        match &self.0 {
            Repr::Table(table) => table.random(rng).map(|handle| Place(handle as usize)),
            _ if self.is_empty() => None,
            Repr::Ints(ints) => Some(Place(below(rng, ints.len()))),
            Repr::Pack(pack) => {
                let nth = i64::try_from(below(rng, pack.len())).unwrap_or(0);
                pack.seek(nth).map(Place)
            }
        }
    }

    /// `n` different places, or all.
    fn sample(&self, n: usize, rng: &mut Rng) -> Vec<Place> {
        let len = self.len();
        if matches!(self.0, Repr::Pack(_)) || n > len / SPARSE {
            let mut places = self.places();
            shuffle_front(&mut places, n, rng);
            places.truncate(n);
            return places;
        }
        let (mut seen, mut places) = (HashSet::with_capacity(n), Vec::with_capacity(n));
        while places.len() < n {
            let Some(place) = self.random(rng) else { break };
            if seen.insert(place) {
                places.push(place);
            }
        }
        places
    }

    /// Gives `n` different members by chance, or all.
    pub(crate) fn give_some<'s>(&'s self, n: usize, rng: &mut Rng, give: impl FnMut(Item<'s>)) {
        if n >= self.len() {
            return self.iter().for_each(give);
        }
        self.sample(n, rng).into_iter().map(|place| self.at(place)).for_each(give);
    }

    /// Gives a member by chance `n` times.
    pub(crate) fn give_any<'s>(&'s self, n: usize, rng: &mut Rng, mut give: impl FnMut(Item<'s>)) {
        if let Repr::Pack(_) = self.0 {
            let places = self.places();
            if !places.is_empty() {
                (0..n).for_each(|_| give(self.at(places[below(rng, places.len())])));
            }
            return;
        }
        for _ in 0..n {
            let Some(place) = self.random(rng) else { break };
            give(self.at(place));
        }
    }

    /// Removes `n` different members by chance, fewer than there are, and gives each.
    pub(crate) fn pop_some(
        &mut self,
        n: usize,
        rng: &mut Rng,
        limits: &Limits,
        mut give: impl FnMut(Item<'_>),
    ) {
        let left = self.len().saturating_sub(n);
        if left.saturating_mul(REBUILD) <= n {
            let mut places = self.places();
            shuffle_front(&mut places, left, rng);
            let (stay, go) = places.split_at(left);
            go.iter().for_each(|&place| give(self.at(place)));
            *self = Self::of(stay.iter().map(|&place| self.at(place)), limits);
        } else if matches!(self.0, Repr::Table(_)) && n <= self.len() / SPARSE {
            // One after the other: no list is needed to keep them apart.
            for _ in 0..n {
                let Some(place) = self.random(rng) else { break };
                give(self.at(place));
                self.remove_at(place);
            }
        } else {
            let places = self.sample(n, rng);
            places.iter().for_each(|&place| give(self.at(place)));
            self.remove_places(places);
        }
    }
}
