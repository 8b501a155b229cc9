//! The keyspace: shards, their locks, and the calls that walk all of it in bounded steps.

mod walk;

use std::hash::{BuildHasher as _, Hasher as _};
use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};

use ahash::RandomState;
use parking_lot::{RwLock, RwLockReadGuard, RwLockWriteGuard};
use smallvec::SmallVec;

use super::raw::{Entry, NewValue};
use super::shard::Shard;
use super::slab::{Heap, Place};
use super::table::{EntryGuard, Slot, Table};
use crate::base::place::overwrite;
use crate::base::rng::Rng;

/// The bits of a hash that hashbrown uses for its tags; positions start below them.
const TAG_BITS: u32 = 7;
/// Shards at most.
pub(crate) const MAX_SHARDS: usize = 1024;
/// Keys that are looked up together.
pub(crate) const GROUP: usize = 16;
/// Bits of a SCAN cursor: small enough for clients that keep cursors in a double.
const CURSOR_BITS: u32 = 48;
/// Keys that a walk over all of them looks at under one hold of a lock.
const SCAN_STEP: usize = 512;
/// Chunks of the heap that must be won by moving entries: 2 MiB.
const COMPACT_FROM: usize = if cfg!(miri) { 4 } else { 64 };
/// Slots that are looked at for entries to move under one hold of a lock.
const COMPACT_STEP: usize = 64;
/// A bit of [`Keyspace::interest`].
const OBSERVED: u32 = 1 << 31;
/// In [`Keyspace::interest`]: somebody caches what it reads.
const TRACKED: u32 = 1 << 30;
/// Byte counts below this stay with the shard.
const REPORT_FROM: i64 = 512;

/// Hashes keys, seeded per database, and splits the hash into shard, position and cursor.
pub(crate) struct Hasher {
    state: RandomState,
    shard_bits: u32,
    /// The hash of the empty key.
    empty: u64,
}

impl Hasher {
    /// The hash of a key.
    #[inline]
    pub(crate) fn hash(&self, key: &[u8]) -> u64 {
        // Not `hash_one`, which would mix the length in twice.
        let mut hasher = self.state.build_hasher();
        hasher.write(key);
        hasher.finish()
    }

    /// The shard of a hash.
    #[inline]
    pub(crate) fn shard(&self, hash: u64) -> usize {
        (((hash << TAG_BITS) >> 1) >> (63 - self.shard_bits)) as usize
    }

    /// The position inside the shard: the bits after the shard's, leading.
    #[inline]
    pub(crate) fn position(&self, hash: u64) -> u64 {
        hash << (TAG_BITS + self.shard_bits)
    }

    /// The SCAN cursor of a hash: shard and position, shortened.
    pub(crate) fn cursor(&self, hash: u64) -> u64 {
        (hash << TAG_BITS) >> (64 - CURSOR_BITS)
    }

    /// The position inside its shard that a cursor stands for.
    pub(crate) fn local(&self, cursor: u64) -> u64 {
        cursor << (64 - CURSOR_BITS) << self.shard_bits
    }
}

/// Where a walk that moves entries goes on.
#[derive(Default)]
pub(crate) struct Compaction {
    shard: usize,
    db: usize,
    place: usize,
    bucket: usize,
}

/// A shard on cache lines of its own.
#[repr(align(128))]
pub(super) struct Cell(RwLock<Shard>);

impl Cell {
    /// Empty ones.
    pub(super) fn several(shards: usize, databases: usize) -> Box<[Self]> {
        (0..shards).map(|_| Self(RwLock::new(Shard::new(databases)))).collect()
    }

    /// This one, exclusive.
    #[inline]
    pub(super) fn write<'k>(&'k self, space: &'k Keyspace) -> Writing<'k> {
        Writing { shard: self.0.write(), reported: &space.reported }
    }
}

/// All keys of all logical databases.
pub(crate) struct Keyspace {
    cells: Box<[Cell]>,
    /// Seeded hash function.
    pub(crate) hasher: Hasher,
    databases: usize,
    /// Bytes that the shards have reported.
    reported: AtomicI64,
    /// Who wants to know of changes: [`OBSERVED`] if somebody watches keys or waits for one; and which events of keys are
    /// told of.
    interest: AtomicU32,
    /// Where the entries live: after `cells`, which must be dropped before it.
    heap: Heap,
}

/// A shard held by a command.
enum Held<'k> {
    Shared(RwLockReadGuard<'k, Shard>),
    Exclusive(Writing<'k>),
}

/// A shard held exclusively. On drop its byte count is reported to the total, if it has grown worth it.
pub(crate) struct Writing<'k> {
    shard: RwLockWriteGuard<'k, Shard>,
    reported: &'k AtomicI64,
}

impl std::ops::Deref for Writing<'_> {
    type Target = Shard;
    #[inline]
    fn deref(&self) -> &Shard {
        &self.shard
    }
}

impl std::ops::DerefMut for Writing<'_> {
    #[inline]
    fn deref_mut(&mut self) -> &mut Shard {
        &mut self.shard
    }
}

impl Drop for Writing<'_> {
    #[inline]
    fn drop(&mut self) {
        let delta = self.shard.account.delta;
        if delta.abs() >= REPORT_FROM {
            self.reported.fetch_add(delta, Ordering::Relaxed);
            self.shard.account.delta = 0;
        }
    }
}

impl Held<'_> {
    #[inline]
    fn shard(&self) -> &Shard {
        match self {
            Held::Shared(guard) => guard,
            Held::Exclusive(guard) => guard,
        }
    }

    #[inline]
    fn shard_mut(&mut self) -> Option<&mut Shard> {
        match self {
            Held::Exclusive(guard) => Some(guard),
            Held::Shared(_) => None,
        }
    }
}

/// The shards of a view, by rising index.
enum Shards<'k> {
    One(usize, Held<'k>),
    Several(Vec<(usize, Held<'k>)>),
}

/// The shards that one command holds, and the way to its keys. Dropping it releases them.
pub(crate) struct View<'k> {
    space: &'k Keyspace,
    held: Shards<'k>,
    /// The key that a single lock was taken for, and its hash.
    key: &'k [u8],
    hash: u64,
}

impl Keyspace {
    /// An empty keyspace of `shards` (a power of two, 1 to [`MAX_SHARDS`]) shards.
    pub(crate) fn new(shards: usize, databases: usize, seed: u64) -> Self {
        let mut rng = Rng::new(seed);
        let state = RandomState::with_seeds(rng.next_u64(), rng.next_u64(), rng.next_u64(), rng.next_u64());
        let mut hasher = Hasher { state, shard_bits: shards.trailing_zeros(), empty: 0 };
        hasher.empty = hasher.hash(&[]);
        Self {
            cells: Cell::several(shards, databases),
            hasher,
            databases,
            reported: AtomicI64::new(0),
            interest: AtomicU32::new(0),
            heap: Heap::new(),
        }
    }

    /// Whether somebody wants to know which keys change. Read under the lock of a key, it is right for this key: who
    /// begins to watch holds the lock, too.
    #[inline(always)]
    pub(crate) fn observed(&self) -> bool {
        self.interest.load(Ordering::Relaxed) & (OBSERVED | TRACKED) != 0
    }

    /// Sets what [`Keyspace::observed`] answers.
    pub(crate) fn set_observed(&self, observed: bool) {
        self.set_interest(OBSERVED, observed);
    }

    /// Whether some client caches what it reads: then [`Keyspace::observed`] is true, too.
    #[inline(always)]
    pub(crate) fn tracked(&self) -> bool {
        self.interest.load(Ordering::Relaxed) & TRACKED != 0
    }

    /// Sets what [`Keyspace::tracked`] answers.
    pub(crate) fn set_tracked(&self, tracked: bool) {
        self.set_interest(TRACKED, tracked);
    }

    fn set_interest(&self, bit: u32, on: bool) {
        if on {
            self.interest.fetch_or(bit, Ordering::Relaxed);
        } else {
            self.interest.fetch_and(!bit, Ordering::Relaxed);
        }
    }

    /// Which events of keys are told of, 0 for none: what the bits mean is for those who set them.
    #[inline(always)]
    pub(crate) fn notified(&self) -> u32 {
        self.interest.load(Ordering::Relaxed) & !(OBSERVED | TRACKED)
    }

    /// Sets what [`Keyspace::notified`] answers.
    pub(crate) fn set_notified(&self, notified: u32) {
        self.interest.fetch_and(OBSERVED | TRACKED, Ordering::Relaxed);
        self.interest.fetch_or(notified & !(OBSERVED | TRACKED), Ordering::Relaxed);
    }

    /// Whether nobody wants to know of changes in either way.
    #[inline(always)]
    pub(crate) fn is_quiet(&self) -> bool {
        self.interest.load(Ordering::Relaxed) == 0
    }

    /// Logical databases.
    pub(crate) fn databases(&self) -> usize {
        self.databases
    }

    /// Shards.
    pub(crate) fn shards(&self) -> usize {
        self.cells.len()
    }

    /// One shard, shared.
    #[inline]
    pub(crate) fn read(&self, shard: usize) -> RwLockReadGuard<'_, Shard> {
        self.cells[shard].0.read()
    }

    /// One shard, exclusive.
    #[inline]
    pub(crate) fn write(&self, shard: usize) -> Writing<'_> {
        self.cells[shard].write(self)
    }

    #[inline]
    fn hold(&self, shard: usize, exclusive: bool) -> Held<'_> {
        if exclusive { Held::Exclusive(self.write(shard)) } else { Held::Shared(self.read(shard)) }
    }

    /// A view that holds these, by rising index.
    fn lock_these(&self, shards: impl Iterator<Item = usize>, exclusive: bool) -> View<'_> {
        let held = shards.map(|shard| (shard, self.hold(shard, exclusive))).collect();
        View { space: self, held: Shards::Several(held), key: &[], hash: self.hasher.empty }
    }

    /// A view that holds nothing.
    #[inline(always)]
    pub(crate) fn view(&self) -> View<'_> {
        View { space: self, held: Shards::Several(Vec::new()), key: &[], hash: self.hasher.empty }
    }

    /// A view that holds the shard of one key. The view remembers the key's hash.
    #[inline(always)]
    pub(crate) fn lock_key<'k>(&'k self, key: &'k [u8], exclusive: bool) -> View<'k> {
        let mut view = self.view();
        view.lock_key(key, exclusive);
        view
    }

    /// Locks several shards, in rising order; `shards` may name one twice.
    pub(crate) fn lock_several(&self, shards: &mut SmallVec<[usize; 8]>, exclusive: bool) -> View<'_> {
        shards.sort_unstable();
        shards.dedup();
        self.lock_these(shards.iter().copied(), exclusive)
    }

    /// Locks the shards of several keys for reading. With many keys that is most of the work.
    pub(crate) fn lock_keys(&self, keys: &[&[u8]]) -> View<'_> {
        let mut wanted = [0u64; MAX_SHARDS / 64];
        for key in keys {
            let shard = self.hasher.shard(self.hasher.hash(key));
            wanted[shard / 64] |= 1 << (shard % 64);
        }
        let count: u32 = wanted.iter().map(|bits| bits.count_ones()).sum();
        let mut held = Vec::with_capacity(count as usize);
        for (i, mut bits) in wanted.into_iter().enumerate() {
            while bits != 0 {
                let shard = i * 64 + bits.trailing_zeros() as usize;
                held.push((shard, Held::Shared(self.read(shard))));
                bits &= bits - 1;
            }
        }
        View { space: self, held: Shards::Several(held), key: &[], hash: self.hasher.empty }
    }

    /// Locks every shard.
    pub(crate) fn lock_all(&self, exclusive: bool) -> View<'_> {
        self.lock_these(0..self.cells.len(), exclusive)
    }

    /// Stores a key that a file had; false if it is there already.
    pub(crate) fn load(
        &self,
        db: usize,
        key: &[u8],
        value: NewValue<'_>,
        expire: Option<i64>,
        lru: u32,
    ) -> bool {
        let mut view = self.lock_key(key, true);
        let hash = view.hash(key);
        if view.find(db, hash, key).is_some() {
            return false;
        }
        let entry = Entry::new(view.place(), key, value, false, expire, lru);
        view.insert(db, hash, entry);
        true
    }

    /// Bytes of all keys, tables included; within `REPORT_FROM` bytes per shard, and never negative.
    pub(crate) fn used_bytes(&self) -> u64 {
        u64::try_from(self.reported.load(Ordering::Relaxed)).unwrap_or(0)
    }

    /// Counts bytes that a shard did not report.
    pub(super) fn report(&self, bytes: i64) {
        self.reported.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Makes room for about `keys` keys in an empty database.
    pub(crate) fn expect(&self, db: usize, keys: u64) {
        let each = usize::try_from(keys).unwrap_or(usize::MAX) / self.cells.len();
        for shard in 0..self.cells.len() {
            let mut guard = self.write(shard);
            let Shard { tables, account } = &mut *guard;
            if let Some(table) = tables.get_mut(db) {
                table.expect(each, account);
            }
        }
    }

    /// From now on, or no longer, allocations may take the time that large pages take.
    pub(crate) fn set_loading(&self, loading: bool) {
        self.heap.set_eager(loading);
    }

    /// Makes memory for entries ready ahead of those who will need it: see [`Heap::prepare`].
    pub(crate) fn prepare(&self) -> bool {
        self.heap.prepare()
    }

    /// Whether so much of the entries' memory is scattered over nearly empty chunks that moving entries pays, and how
    /// many chunks could be given back by that.
    pub(crate) fn sparse(&self) -> (bool, usize) {
        let (idle, chunks) = self.heap.idle_chunks();
        (idle >= COMPACT_FROM && idle * 3 > chunks, idle)
    }

    /// Moves some entries closer together, under one hold of one shard's lock. False at the end of a walk over all.
    pub(crate) fn compact_step(&self, walk: &mut Compaction) -> bool {
        let Compaction { shard, db, place, bucket } = walk;
        let mut held = self.write(*shard);
        let next = held.tables[*db].compact_step(*place, *bucket, COMPACT_STEP);
        // Who waits for the shard comes next, not this thread again.
        RwLockWriteGuard::bump(&mut held.shard);
        drop(held);
        self.heap.release_emptied();
        (*place, *bucket) = next.unwrap_or((0, 0));
        if next.is_none() {
            *db += 1;
            if *db == self.databases {
                (*db, *shard) = (0, *shard + 1);
            }
        }
        *shard < self.cells.len()
    }
}

impl<'k> View<'k> {
    /// Locks the shard of one key: the fast path, on a view that holds nothing. It is filled where it is: to copy what was
    /// just written means to wait for the writes.
    #[inline(always)]
    pub(crate) fn lock_key(&mut self, key: &'k [u8], exclusive: bool) {
        let hash = self.space.hasher.hash(key);
        let shard = self.space.hasher.shard(hash);
        (self.key, self.hash) = (key, hash);
        match &mut self.held {
            Shards::Several(held) if held.is_empty() => {
                let one = Shards::One(shard, self.space.hold(shard, exclusive));
                overwrite(&mut self.held, one);
            }
            _ => unreachable!("a view is locked once"),
        }
    }

    /// Releases the shards.
    #[inline(always)]
    pub(crate) fn release(self) {
        match self.held {
            Shards::One(_, held) => drop(held),
            Shards::Several(held) => release_several(held),
        }
    }

    /// The keyspace it is a view of.
    pub(crate) fn space(&self) -> &'k Keyspace {
        self.space
    }

    /// Where a new entry for a shard of this view is allocated.
    #[inline]
    pub(crate) fn place(&self) -> Place<'k> {
        let shard = match &self.held {
            Shards::One(shard, _) => *shard,
            Shards::Several(held) => held.first().map_or(0, |h| h.0),
        };
        self.space.heap.place(shard)
    }

    /// Whether keys may be changed through this view.
    #[inline]
    pub(crate) fn exclusive(&self) -> bool {
        match &self.held {
            Shards::One(_, held) => matches!(held, Held::Exclusive(_)),
            Shards::Several(held) => matches!(held.first(), Some((_, Held::Exclusive(_)))),
        }
    }

    /// The hash of a key; not computed again for the key that the lock was taken for.
    #[inline(always)]
    pub(crate) fn hash(&self, key: &[u8]) -> u64 {
        // The same memory, which is borrowed for as long as the view lives, so the same bytes.
        if std::ptr::eq(key, self.key) { self.hash } else { self.space.hasher.hash(key) }
    }

    #[inline(always)]
    fn shard(&self, hash: u64) -> &Shard {
        let shard = self.space.hasher.shard(hash);
        let held = match &self.held {
            Shards::One(only, held) => {
                debug_assert_eq!(*only, shard, "the key is in the command's lock plan");
                Some(held)
            }
            Shards::Several(held) => several(held, shard).map(|i| &held[i].1),
        };
        held.map_or_else(|| unreachable!("the key is in the command's lock plan"), Held::shard)
    }

    #[inline(always)]
    fn shard_mut(&mut self, hash: u64) -> &mut Shard {
        let shard = self.space.hasher.shard(hash);
        let held = match &mut self.held {
            Shards::One(only, held) => {
                debug_assert_eq!(*only, shard, "the key is in the command's lock plan");
                Some(held)
            }
            Shards::Several(held) => several(held, shard).map(|i| &mut held[i].1),
        };
        let shard = held.and_then(Held::shard_mut);
        shard.unwrap_or_else(|| {
            unreachable!("the key is in the command's lock plan, which has the WRITE flag")
        })
    }

    /// The entry of a key, expired or not.
    pub(crate) fn get(&self, db: usize, key: &[u8]) -> Option<&Entry> {
        let hash = self.hash(key);
        self.shard(hash).tables.get(db)?.get::<false>(hash, key, &self.space.hasher)
    }

    /// The entries of up to [`GROUP`] keys, expired or not. They are looked up side by side, so that their waits for
    /// memory overlap.
    pub(crate) fn get_group(&self, db: usize, keys: &[&[u8]]) -> [Option<&Entry>; GROUP] {
        let hasher = &self.space.hasher;
        let mut places: [Option<(&Table, u64)>; GROUP] = [None; GROUP];
        for (place, key) in places.iter_mut().zip(keys) {
            let hash = hasher.hash(key);
            *place = self.shard(hash).tables.get(db).map(|table| (table, hash));
        }
        let each = || places.iter().flatten();
        each().for_each(|(table, hash)| table.approach_segment(*hash, hasher));
        each().for_each(|(table, hash)| table.approach_slot(*hash, hasher));
        each().for_each(|(table, hash)| table.approach_entry(*hash, hasher));
        let mut found = [None; GROUP];
        for ((found, place), key) in found.iter_mut().zip(&places).zip(keys) {
            *found = place.and_then(|(table, hash)| table.get::<false>(hash, key, hasher));
        }
        found
    }

    /// Where the entry of a key is, expired or not; `hash` is the key's.
    #[inline(always)]
    pub(crate) fn find(&self, db: usize, hash: u64, key: &[u8]) -> Option<Slot> {
        self.shard(hash).tables.get(db)?.find(hash, key, &self.space.hasher)
    }

    /// The entry at a slot that [`View::find`] found for `hash`.
    #[inline]
    pub(crate) fn at(&self, db: usize, hash: u64, slot: Slot) -> Option<&Entry> {
        self.shard(hash).tables.get(db)?.at(slot)
    }

    /// The same, to change it; `mark` gets it first.
    #[inline(always)]
    pub(crate) fn at_mut(
        &mut self,
        db: usize,
        hash: u64,
        slot: Slot,
        mark: impl FnOnce(&Entry),
    ) -> Option<EntryGuard<'_>> {
        let hasher = &self.space.hasher;
        let Shard { tables, account } = self.shard_mut(hash);
        tables.get_mut(db)?.at_mut(slot, hash, hasher, account, mark)
    }

    /// Replaces the value of a key in place if nothing but its bytes changes by that: see [`Table::overwrite`].
    pub(crate) fn overwrite(
        &mut self,
        db: usize,
        hash: u64,
        key: &[u8],
        value: &NewValue<'_>,
        raw: bool,
        mark: impl FnOnce(&Entry),
    ) -> Option<bool> {
        let hasher = &self.space.hasher;
        let Shard { tables, account } = self.shard_mut(hash);
        tables.get_mut(db)?.overwrite::<false>(hash, key, value, raw, hasher, account, mark)
    }

    /// Takes the entry at a slot out.
    pub(crate) fn take(&mut self, db: usize, hash: u64, slot: Slot) -> Option<Entry> {
        let hasher = &self.space.hasher;
        let Shard { tables, account } = self.shard_mut(hash);
        tables.get_mut(db)?.take(slot, hash, hasher, account)
    }

    /// Inserts a key that is not there; `hash` is the key's.
    pub(crate) fn insert(&mut self, db: usize, hash: u64, entry: Entry) {
        let hasher = &self.space.hasher;
        let Shard { tables, account } = self.shard_mut(hash);
        tables[db].insert(hash, entry, hasher, account);
    }

    /// Removes a key.
    pub(crate) fn remove(&mut self, db: usize, key: &[u8]) -> Option<Entry> {
        let hash = self.hash(key);
        let slot = self.find(db, hash, key)?;
        self.take(db, hash, slot)
    }

    fn shards(&self) -> impl Iterator<Item = &Shard> {
        let (one, several) = match &self.held {
            Shards::One(_, held) => (Some(held), &[][..]),
            Shards::Several(held) => (None, held.as_slice()),
        };
        one.into_iter().chain(several.iter().map(|(_, held)| held)).map(Held::shard)
    }

    /// Every entry of a database, in no order; the view must hold all shards.
    pub(crate) fn iter(&self, db: usize) -> impl Iterator<Item = &Entry> {
        self.shards().flat_map(move |shard| shard.tables[db].iter())
    }

    /// Keys of a database; the view must hold all shards.
    pub(crate) fn len(&self, db: usize) -> usize {
        self.shards().map(|shard| shard.tables[db].len()).sum()
    }

    /// Takes all keys of a database out, to be freed elsewhere; the view must hold all shards.
    pub(crate) fn take_all(&mut self, db: usize) -> Vec<Table> {
        self.shards_mut()
            .filter_map(|shard| {
                let table = std::mem::take(&mut shard.tables[db]);
                if table.len() == 0 {
                    return None;
                }
                shard.account.delta -=
                    i64::try_from(table.entries_cost() + table.overhead()).unwrap_or(i64::MAX);
                match &shard.account.saving {
                    // The walk takes it along, and frees it.
                    Some(saving) if !table.is_saved(saving.epoch()) => {
                        saving.keep_table(table);
                        None
                    }
                    _ => Some(table),
                }
            })
            .collect()
    }

    /// Swaps two databases; the view must hold all shards.
    pub(crate) fn swap(&mut self, a: usize, b: usize) {
        self.shards_mut().for_each(|shard| shard.tables.swap(a, b));
    }

    pub(super) fn shards_mut(&mut self) -> impl Iterator<Item = &mut Shard> {
        let (one, several) = match &mut self.held {
            Shards::One(_, held) => (Some(held), &mut [][..]),
            Shards::Several(held) => (None, held.as_mut_slice()),
        };
        one.into_iter().chain(several.iter_mut().map(|(_, held)| held)).filter_map(Held::shard_mut)
    }
}

#[inline(never)]
fn release_several(held: Vec<(usize, Held<'_>)>) {
    drop(held);
}

#[inline(never)]
fn several(held: &[(usize, Held<'_>)], shard: usize) -> Option<usize> {
    held.binary_search_by_key(&shard, |h| h.0).ok()
}

#[cfg(test)]
#[path = "space_tests.rs"]
mod tests;

#[cfg(test)]
#[path = "compact_tests.rs"]
mod compact_tests;
