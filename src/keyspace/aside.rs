//! Keys that are loaded beside those in use, to take their place at once: who loads and fails leaves everything as it was.

use super::raw::{Entry, NewValue};
use super::shard::Shard;
use super::space::{Cell, Keyspace, View, Writing};
use super::table::Table;

/// Keys beside those of a keyspace, in its memory.
pub(crate) struct Aside<'k> {
    space: &'k Keyspace,
    cells: Box<[Cell]>,
}

fn cost(table: &Table) -> i64 {
    i64::try_from(table.entries_cost() + table.overhead()).unwrap_or(i64::MAX)
}

impl Keyspace {
    /// Nothing yet. `view` holds all shards until [`Aside::adopt`], so that no snapshot begins in between: entries know
    /// whether the last one has them.
    pub(crate) fn aside(&self, view: &mut View<'_>) -> Aside<'_> {
        let aside = Aside { space: self, cells: Cell::several(self.shards(), self.databases()) };
        for (index, shard) in view.shards_mut().enumerate() {
            aside.write(index).account.phase = shard.account.phase;
        }
        aside
    }

    /// Takes all keys of all databases out.
    pub(crate) fn take_everything(&self) -> Vec<Table> {
        let mut view = self.lock_all(true);
        (0..self.databases()).flat_map(|db| view.take_all(db)).collect()
    }
}

impl Aside<'_> {
    fn write(&self, shard: usize) -> Writing<'_> {
        self.cells[shard].write(self.space)
    }

    /// Stores a key. One that is there already gives way if `replace` says so; otherwise false is the answer.
    pub(crate) fn load(
        &self,
        db: usize,
        key: &[u8],
        value: NewValue<'_>,
        expire: Option<i64>,
        lru: u32,
        replace: bool,
    ) -> bool {
        let entry = Entry::new(self.space.view().place(), key, value, false, expire, lru);
        self.insert(db, entry, replace)
    }

    fn insert(&self, db: usize, entry: Entry, replace: bool) -> bool {
        let hasher = &self.space.hasher;
        let hash = hasher.hash(entry.key());
        let mut shard = self.write(hasher.shard(hash));
        let Shard { tables, account } = &mut *shard;
        if let Some(slot) = tables[db].find(hash, entry.key(), hasher) {
            if !replace {
                return false;
            }
            drop(tables[db].take(slot, hash, hasher, account));
        }
        tables[db].insert(hash, entry, hasher, account);
        true
    }

    /// Takes copies of the keys of the keyspace that are not here. If one is, and `ours_count` does not say that this is as it
    /// should be, its name is the error.
    pub(crate) fn absorb(&self, view: &View<'_>, ours_count: bool) -> Result<(), Vec<u8>> {
        for db in 0..self.space.databases() {
            for entry in view.iter(db) {
                if !self.insert(db, entry.with_key(entry.key()), false) && !ours_count {
                    return Err(entry.key().to_vec());
                }
            }
        }
        Ok(())
    }

    /// Forgets everything.
    pub(crate) fn clear(&self) {
        for shard in 0..self.cells.len() {
            let mut shard = self.write(shard);
            let Shard { tables, account } = &mut *shard;
            for table in tables.iter_mut().filter(|table| table.len() > 0) {
                account.delta -= cost(table);
                *table = Table::default();
            }
        }
    }

    /// Takes the place of what `view`, which holds all shards, has. That is the answer, to be freed.
    pub(crate) fn adopt(self, view: &mut View<'_>) -> Vec<Table> {
        let mut old = Vec::new();
        for (index, shard) in view.shards_mut().enumerate() {
            let mut fresh = self.write(index);
            for (table, new) in shard.tables.iter_mut().zip(fresh.tables.iter_mut()) {
                let before = std::mem::replace(table, std::mem::take(new));
                if before.len() > 0 {
                    shard.account.delta -= cost(&before);
                    old.push(before);
                }
            }
            shard.account.delta += std::mem::take(&mut fresh.account.delta);
        }
        old
    }
}

impl Drop for Aside<'_> {
    fn drop(&mut self) {
        self.clear();
        // What no report was due for.
        let rest: i64 = (0..self.cells.len()).map(|shard| self.write(shard).account.delta).sum();
        self.space.report(rest);
    }
}
