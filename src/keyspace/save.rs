//! Snapshots: the exact keys of one instant, given out piece by piece while writers go on.
//!
//! Every entry has a phase, one bit. Between snapshots all entries of a shard have the shard's phase. The cut flips the
//! phase of every shard, under all locks: from then on an entry of the old phase belongs to the snapshot and has not been
//! given out, one of the new phase has been, or is younger than the cut. The walk gives out entries of the old phase and
//! flips them, a few under each hold of a lock; whoever is about to change or remove an entry of the old phase leaves a
//! copy for the walk first. So an entry is copied at most once a snapshot, and only if it changes before the walk comes
//! by; memory is bounded by what waits to be taken, not by how long the snapshot takes.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use parking_lot::{Condvar, Mutex};

use super::raw::Entry;
use super::shard::Shard;
use super::space::{Keyspace, View};
use super::table::Table;

/// What writers left for the walk.
#[derive(Default)]
pub(crate) struct Kept {
    /// Copies of entries that were changed or removed, with their logical database at the cut.
    pub(crate) entries: Vec<(u32, Entry)>,
    /// Whole tables that were taken out; [`Table::save_step`] walks them.
    pub(crate) tables: Vec<Table>,
}

/// A snapshot that is being taken.
pub(crate) struct Saving {
    /// The phase of what was given out, or is younger.
    phase: bool,
    /// Differs from that of the snapshots before.
    epoch: u32,
    /// Keys at the cut.
    keys: u64,
    /// Keys of each database at the cut, and those of them with an expiry.
    databases: Vec<(u64, u64)>,
    kept: Mutex<Kept>,
    bytes: AtomicUsize,
    /// Told when what was left is taken.
    taken: Condvar,
}

impl Saving {
    /// The phase of what was given out, or is younger.
    #[inline]
    pub(crate) fn phase(&self) -> bool {
        self.phase
    }

    /// Tells the snapshots of a keyspace apart.
    pub(crate) fn epoch(&self) -> u32 {
        self.epoch
    }

    /// Keys at the cut, expired ones included.
    pub(crate) fn keys(&self) -> u64 {
        self.keys
    }

    /// Keys of each logical database at the cut, and how many of them have an expiry.
    pub(crate) fn databases(&self) -> &[(u64, u64)] {
        &self.databases
    }

    /// Bytes of copies that wait to be taken.
    pub(crate) fn waiting(&self) -> usize {
        self.bytes.load(Ordering::Relaxed)
    }

    /// Whether whole tables wait to be walked.
    pub(crate) fn has_tables(&self) -> bool {
        !self.kept.lock().tables.is_empty()
    }

    /// Leaves a copy of an entry that has not been given out and is about to change.
    #[cold]
    #[inline(never)]
    pub(super) fn keep(&self, db: u32, entry: &Entry) {
        let copy = entry.with_key(entry.key());
        self.bytes.fetch_add(copy.cost(), Ordering::Relaxed);
        self.kept.lock().entries.push((db, copy));
        entry.set_phase(self.phase);
    }

    /// Leaves a whole table, to be walked and freed.
    pub(super) fn keep_table(&self, table: Table) {
        self.kept.lock().tables.push(table);
    }

    /// Takes what was left.
    pub(crate) fn take(&self) -> Kept {
        let kept = std::mem::take(&mut *self.kept.lock());
        // Writers need the lock: they do not wait for a sum.
        let bytes = kept.entries.iter().map(|(_, entry)| entry.cost()).sum();
        self.bytes.fetch_sub(bytes, Ordering::Relaxed);
        drop(self.kept.lock());
        self.taken.notify_all();
        kept
    }

    /// Waits until at most `limit` bytes of copies wait to be taken, but not longer than `longest`.
    pub(crate) fn wait_below(&self, limit: usize, longest: Duration) {
        let mut kept = self.kept.lock();
        self.taken.wait_while_for(&mut kept, |_| self.waiting() > limit, longest);
    }
}

impl Keyspace {
    /// The cut. `view` holds all shards exclusively; `epoch` is another than that of the last snapshot, which has
    /// ended.
    pub(crate) fn begin_save(view: &mut View<'_>, epoch: u32) -> Arc<Saving> {
        let phase = view.shards_mut().next().is_some_and(|shard| !shard.account.phase);
        let mut databases: Vec<(u64, u64)> = Vec::new();
        for shard in view.shards_mut() {
            databases.resize(databases.len().max(shard.tables.len()), (0, 0));
            for (sum, table) in databases.iter_mut().zip(&shard.tables) {
                *sum = (sum.0 + table.len() as u64, sum.1 + table.volatile() as u64);
            }
        }
        let keys = databases.iter().map(|(keys, _)| keys).sum();
        let saving = Arc::new(Saving {
            phase,
            epoch,
            keys,
            databases,
            kept: Mutex::default(),
            bytes: AtomicUsize::new(0),
            taken: Condvar::new(),
        });
        for shard in view.shards_mut() {
            shard.account.phase = phase;
            shard.account.saving = Some(Arc::clone(&saving));
            for (db, table) in shard.tables.iter_mut().enumerate() {
                table.begin_save(u32::try_from(db).unwrap_or(u32::MAX));
            }
        }
        saving
    }

    /// Gives up to `count` entries of a shard to `take`, as long as it wants more, with their logical database at the cut.
    /// False when the shard has no more.
    pub(crate) fn save_step(
        &self,
        saving: &Saving,
        shard: usize,
        count: usize,
        take: &mut dyn FnMut(u32, &Entry) -> bool,
    ) -> bool {
        let mut guard = self.write(shard);
        let Shard { tables, .. } = &mut *guard;
        match tables.iter_mut().find(|table| !table.is_saved(saving.epoch)) {
            Some(table) => {
                table.save_step(saving, count, take);
                true
            }
            None => false,
        }
    }

    /// Ends a snapshot whose walk has come to its end: writers need not look for it any more. What they left last is in
    /// [`Saving::take`].
    pub(crate) fn end_save(&self) {
        for shard in 0..self.shards() {
            self.write(shard).account.saving = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::base::rng::Rng;
    use crate::keyspace::raw::{NewValue, StrRef};
    use crate::types::test_seed;

    fn number(entry: &Entry) -> i64 {
        match entry.string() {
            Some(StrRef::Int(n)) => n,
            _ => unreachable!("integers only"),
        }
    }

    /// A random change: insert, overwrite, remove, clear a database, swap two.
    fn change(space: &Keyspace, rng: &mut Rng, twin: &mut BTreeMap<(usize, Vec<u8>), i64>, n: i64) {
        let (db, key) =
            (usize::try_from(rng.below(3)).unwrap(), format!("key:{}", rng.below(8_000)).into_bytes());
        let hash = space.hasher.hash(&key);
        let roll = rng.below(40_000);
        if roll < 2 {
            let mut view = space.lock_all(true);
            drop(view.take_all(db));
            twin.retain(|(d, _), _| *d != db);
            return;
        }
        if roll < 6 {
            let other = usize::try_from(rng.below(3)).unwrap();
            space.lock_all(true).swap(db, other);
            let old = std::mem::take(twin);
            let swapped = |d: usize| {
                if d == db {
                    other
                } else if d == other {
                    db
                } else {
                    d
                }
            };
            twin.extend(old.into_iter().map(|((d, k), v)| ((swapped(d), k), v)));
            return;
        }
        let mut view = space.lock_key(&key, true);
        match (view.find(db, hash, &key), roll % 3) {
            (None, _) => {
                let place = view.place();
                view.insert(db, hash, Entry::new(place, &key, NewValue::Int(n), false, None, 0));
                twin.insert((db, key.clone()), n);
            }
            (Some(slot), 0) => {
                drop(view.take(db, hash, slot));
                twin.remove(&(db, key.clone()));
            }
            (Some(slot), 1) => {
                let mut entry = view.at_mut(db, hash, slot, |_| {}).unwrap();
                entry.set_value(NewValue::Int(n), false);
                entry.set_expire(Some(1 << 60));
                twin.insert((db, key.clone()), n);
            }
            (Some(_), _) => {
                if view.overwrite(db, hash, &key, &NewValue::Int(n), false, |_| ()) == Some(true) {
                    twin.insert((db, key.clone()), n);
                }
            }
        }
    }

    #[test]
    fn a_snapshot_is_the_state_of_one_instant() {
        let space = Keyspace::new(4, 3, 5);
        let mut rng = Rng::new(test_seed(17));
        let mut twin = BTreeMap::new();
        let mut n = 0;
        for epoch in 1..12 {
            for _ in 0..20_000 {
                n += 1;
                change(&space, &mut rng, &mut twin, n);
            }
            let cut = twin.clone();
            let saving = Keyspace::begin_save(&mut space.lock_all(true), epoch);
            assert_eq!(saving.keys(), cut.len() as u64);
            let mut seen = BTreeMap::new();
            let mut take = |db: u32, entry: &Entry| -> bool {
                let key = (usize::try_from(db).unwrap(), entry.key().to_vec());
                assert!(seen.insert(key, number(entry)).is_none(), "an entry was given twice");
                number(entry) % 5 != 0
            };
            for shard in 0..space.shards() {
                while space.save_step(&saving, shard, 7, &mut take) {
                    for _ in 0..rng.below(30) {
                        n += 1;
                        change(&space, &mut rng, &mut twin, n);
                    }
                }
            }
            space.end_save();
            let Kept { entries, tables } = saving.take();
            entries.iter().for_each(|(db, entry)| _ = take(*db, entry));
            for mut table in tables {
                while !table.is_saved(epoch) {
                    table.save_step(&saving, 5, &mut take);
                }
            }
            assert!(seen == cut, "{} of {} entries, or other values", seen.len(), cut.len());
            assert_eq!(saving.waiting(), 0);
        }
    }
}
