//! Walks over all keys in bounded steps: each shard is locked while it is looked at, unless the view holds it.

use std::cell::Cell as StdCell;

use parking_lot::RwLockReadGuard;

use super::{CURSOR_BITS, Keyspace, SCAN_STEP, Shards, View, several};
use crate::base::rng::Rng;
use crate::keyspace::raw::Entry;
use crate::keyspace::shard::Shard;

/// One shard, to look at.
pub(crate) enum Look<'v> {
    /// Locked for this.
    Locked(RwLockReadGuard<'v, Shard>),
    /// Held by the view anyway.
    Held(&'v Shard),
}

impl std::ops::Deref for Look<'_> {
    type Target = Shard;
    fn deref(&self) -> &Shard {
        match self {
            Self::Locked(guard) => guard,
            Self::Held(shard) => shard,
        }
    }
}

impl View<'_> {
    /// One shard.
    pub(crate) fn look(&self, shard: usize) -> Look<'_> {
        let held = match &self.held {
            Shards::One(only, held) if *only == shard => Some(held),
            Shards::One(..) => None,
            Shards::Several(held) => several(held, shard).map(|i| &held[i].1),
        };
        held.map_or_else(|| Look::Locked(self.space.read(shard)), |held| Look::Held(held.shard()))
    }

    /// Whether it holds all shards.
    pub(crate) fn holds_all(&self) -> bool {
        matches!(&self.held, Shards::Several(held) if held.len() == self.space.cells.len())
    }

    /// Walks database `db` from `cursor`, at least `count` keys unless the end comes first. Answers the cursor
    /// to go on from, 0 at the end. One shard is locked at a time, for one call's keys.
    pub(crate) fn scan(&self, db: usize, cursor: u64, count: usize, take: &mut dyn FnMut(&Entry)) -> u64 {
        let given = StdCell::new(0);
        let mut from = cursor & ((1 << CURSOR_BITS) - 1);
        let bits = CURSOR_BITS - self.space.hasher.shard_bits;
        for shard in usize::try_from(from >> bits).unwrap_or(0)..self.space.cells.len() {
            if given.get() >= count {
                return from;
            }
            let guard = self.look(shard);
            let mut counted = |entry: &Entry| {
                given.set(given.get() + 1);
                take(entry);
            };
            let next = guard.tables[db].scan(from, count - given.get(), &self.space.hasher, &mut counted);
            if let Some(next) = next {
                return next;
            }
            from = (shard as u64 + 1) << bits;
        }
        0
    }

    /// Keys of a database, and how many of them have an expiry; one shard at a time.
    pub(crate) fn count(&self, db: usize) -> (usize, usize) {
        (0..self.space.cells.len()).fold((0, 0), |(keys, volatile), shard| {
            let shard = self.look(shard);
            (keys + shard.tables[db].len(), volatile + shard.tables[db].volatile())
        })
    }

    /// Bytes of directories and segments of a database, without the entries.
    pub(crate) fn overhead(&self, db: usize) -> usize {
        (0..self.space.cells.len()).map(|shard| self.look(shard).tables[db].overhead()).sum()
    }

    /// A random place: shard, position in it, and a number to start in the segment from.
    fn random_place(&self, rng: &mut Rng) -> (usize, u64, usize) {
        let hash = rng.next_u64();
        let skip = usize::try_from(rng.next_u64() >> 32).unwrap_or(0);
        (self.space.hasher.shard(hash), self.space.hasher.position(hash), skip)
    }

    /// Looks at entries near a random place of `db` until `look` answers false or one segment was seen.
    pub(crate) fn sample(
        &self,
        db: usize,
        only_volatile: bool,
        rng: &mut Rng,
        look: &mut dyn FnMut(&Entry) -> bool,
    ) {
        let (shard, position, skip) = self.random_place(rng);
        self.look(shard).tables[db].sample(position, skip, only_volatile, look);
    }

    /// Some key of `db` (with an expiry, if `only_volatile`), by a walk over segments.
    pub(crate) fn first(&self, db: usize, only_volatile: bool) -> Option<Vec<u8>> {
        (0..self.space.cells.len()).find_map(|shard| {
            self.look(shard).tables[db].first(only_volatile).map(|entry| entry.key().to_vec())
        })
    }

    /// A random key of `db` that `accept` takes, or `None` when a walk over all keys finds none.
    pub(crate) fn random_key(
        &self,
        db: usize,
        rng: &mut Rng,
        accept: &dyn Fn(&Entry) -> bool,
    ) -> Option<Vec<u8>> {
        let mut found = None;
        for _ in 0..128 {
            self.sample(db, false, rng, &mut |entry| {
                if accept(entry) {
                    found = Some(entry.key().to_vec());
                }
                found.is_none()
            });
            if found.is_some() {
                return found;
            }
        }
        // Few keys, or few that are acceptable: take one of them all by reservoir sampling, in steps that hold
        // a lock for a few keys each.
        let (mut seen, mut cursor) = (0, 0);
        loop {
            cursor = self.scan(db, cursor, SCAN_STEP, &mut |entry| {
                if accept(entry) {
                    seen += 1;
                    if rng.below(seen) == 0 {
                        found = Some(entry.key().to_vec());
                    }
                }
            });
            if cursor == 0 {
                break;
            }
        }
        found
    }
}

impl Keyspace {
    /// [`View::sample`] of a caller who holds nothing.
    pub(crate) fn sample(
        &self,
        db: usize,
        only_volatile: bool,
        rng: &mut Rng,
        look: &mut dyn FnMut(&Entry) -> bool,
    ) {
        self.view().sample(db, only_volatile, rng, look);
    }

    /// [`View::first`] of a caller who holds nothing.
    pub(crate) fn first(&self, db: usize, only_volatile: bool) -> Option<Vec<u8>> {
        self.view().first(db, only_volatile)
    }
}
