//! What a handler sees: the keys its command named, under locks that are held already, its client, and the
//! engine behind [`Host`]. Expired keys are absent here, whatever the table still holds.

use smallvec::SmallVec;

use super::effect::{Command, Effect};
use super::error::CmdError;
use super::host::Host;
use super::session::{Card, Session};
use crate::keyspace::due;
use crate::keyspace::raw::{Entry, NewStr, StrRef};
use crate::keyspace::space::View;
use crate::keyspace::table::{EntryGuard, Table};

/// What a write does to the expiry of a key that may exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Expiry {
    /// Leaves it.
    Keep,
    /// Removes it.
    Clear,
    /// Sets it, in Unix milliseconds.
    At(i64),
}

/// What the engine takes back from a context after the handler.
#[derive(Default)]
pub(crate) struct Leftovers {
    /// Keys that were found expired and removed: they are journaled before the command's own effect.
    pub(crate) expired: SmallVec<[(usize, Vec<u8>); 1]>,
    /// Keys that a reader found expired; it may not remove them under a shared lock.
    pub(crate) stale: SmallVec<[(usize, Vec<u8>); 1]>,
    /// Displaced entries worth dropping after the locks are released.
    pub(crate) trash: SmallVec<[Entry; 1]>,
    /// Whole tables to be freed by the caller after the locks are released.
    pub(crate) tables: Vec<Table>,
}

/// See the module.
pub(crate) struct Ctx<'a> {
    view: View<'a>,
    /// The calling client.
    pub(crate) session: &'a mut Session,
    /// The engine.
    pub(crate) host: &'a dyn Host,
    now: Option<i64>,
    left: Leftovers,
}

impl<'a> Ctx<'a> {
    /// A context for one command on the keys of `view`.
    pub(crate) fn new(view: View<'a>, session: &'a mut Session, host: &'a dyn Host) -> Self {
        Self { view, session, host, now: None, left: Leftovers::default() }
    }

    /// Releases the locks and hands back what is left to do.
    pub(crate) fn finish(self) -> Leftovers {
        self.left
    }

    /// Keys found expired so far, to be journaled while the locks are held.
    pub(crate) fn take_expired(&mut self) -> SmallVec<[(usize, Vec<u8>); 1]> {
        std::mem::take(&mut self.left.expired)
    }

    /// The selected logical database.
    pub(crate) fn db(&self) -> usize {
        self.session.db
    }

    /// How many logical databases there are.
    pub(crate) fn databases(&self) -> usize {
        self.view.space().databases()
    }

    /// Unix time in milliseconds, the same for the whole command.
    pub(crate) fn now(&mut self) -> i64 {
        *self.now.get_or_insert_with(|| self.host.clock().now_ms())
    }

    /// Whether this key's time has come. While the append-only file is replayed nothing expires: the file
    /// says itself what went.
    fn is_expired(&mut self, entry_expire: Option<i64>) -> bool {
        let Some(at) = entry_expire else { return false };
        !self.session.replaying && due(at, self.now())
    }

    /// Looks at the table and deals with an expired key: under an exclusive lock it is removed at once.
    fn expire_if_due(&mut self, db: usize, key: &[u8]) -> bool {
        let Some(entry) = self.view.get(db, key) else { return false };
        let expire = entry.expire_at();
        if expire.is_none() || !self.is_expired(expire) {
            return expire.is_none() || !self.is_expired(expire);
        }
        if self.view.exclusive() {
            self.left.trash.extend(self.view.remove(db, key));
            self.left.expired.push((db, key.to_vec()));
        } else {
            self.left.stale.push((db, key.to_vec()));
        }
        false
    }

    /// The entry of a key in the selected database, counted as a hit or miss and marked as used.
    pub(crate) fn find(&mut self, key: &[u8]) -> Option<&Entry> {
        self.find_in(self.session.db, key, true)
    }

    /// The same without marking it as used: TTL, TYPE, OBJECT.
    pub(crate) fn peek(&mut self, key: &[u8]) -> Option<&Entry> {
        self.find_in(self.session.db, key, false)
    }

    /// [`Ctx::find`] or [`Ctx::peek`] in any database.
    pub(crate) fn find_in(&mut self, db: usize, key: &[u8], touch: bool) -> Option<&Entry> {
        if !self.expire_if_due(db, key) {
            Card::count(&self.session.card.misses);
            return None;
        }
        Card::count(&self.session.card.hits);
        let entry = self.view.get(db, key)?;
        if touch && !self.session.no_touch {
            self.host.usage().touch(entry, &mut self.session.rng);
        }
        Some(entry)
    }

    /// The value of a string key.
    pub(crate) fn find_str(&mut self, key: &[u8]) -> Result<Option<StrRef<'_>>, CmdError> {
        Ok(self.find(key).map(Entry::value))
    }

    /// Whether a key is there; neither counted nor marked.
    pub(crate) fn contains(&mut self, key: &[u8]) -> bool {
        self.expire_if_due(self.session.db, key)
    }

    /// [`Ctx::contains`] in any database.
    pub(crate) fn contains_in(&mut self, db: usize, key: &[u8]) -> bool {
        self.expire_if_due(db, key)
    }

    /// The entry of a key, to change it. Dropping the guard settles memory and expiry counts.
    pub(crate) fn find_mut(&mut self, key: &[u8]) -> Option<EntryGuard<'_>> {
        let db = self.session.db;
        if !self.expire_if_due(db, key) {
            return None;
        }
        let entry = self.view.get_mut(db, key)?;
        if !self.session.no_touch {
            self.host.usage().touch(&entry, &mut self.session.rng);
        }
        Some(entry)
    }

    /// [`Ctx::find_mut`] for a key that must hold a string.
    pub(crate) fn find_str_mut(&mut self, key: &[u8]) -> Result<Option<EntryGuard<'_>>, CmdError> {
        Ok(self.find_mut(key))
    }

    /// Stores a string under a key, whatever was there. `raw` is the encoding mark of strings that were
    /// changed in place.
    pub(crate) fn put(&mut self, key: &[u8], value: NewStr<'_>, raw: bool, expiry: Expiry) {
        let db = self.session.db;
        // An expired key is overwritten like an absent one, except that KEEPTTL must not keep its past.
        if expiry == Expiry::Keep {
            self.expire_if_due(db, key);
        }
        if let Some(mut entry) = self.view.get_mut(db, key) {
            if !self.session.no_touch {
                self.host.usage().touch(&entry, &mut self.session.rng);
            }
            match expiry {
                Expiry::Keep => {}
                Expiry::Clear => entry.set_expire(None),
                Expiry::At(at) => entry.set_expire(Some(at)),
            }
            let displaced = entry.set_value(value, raw);
            drop(entry);
            self.left.trash.extend(displaced);
            return;
        }
        let expire = if let Expiry::At(at) = expiry { Some(at) } else { None };
        let place = self.view.place();
        self.view.insert(db, Entry::new(place, key, value, raw, expire, self.host.usage().fresh()));
    }

    /// Inserts a whole entry in a database; whatever was under its key is replaced.
    pub(crate) fn insert_in(&mut self, db: usize, entry: Entry) {
        self.left.trash.extend(self.view.remove(db, entry.key()));
        self.view.insert(db, entry);
    }

    /// Takes a key out of a database; an expired one is gone already.
    pub(crate) fn take_in(&mut self, db: usize, key: &[u8]) -> Option<Entry> {
        if !self.expire_if_due(db, key) {
            return None;
        }
        self.view.remove(db, key)
    }

    /// Removes a key of the selected database; its value is dropped after the locks are released.
    pub(crate) fn delete(&mut self, key: &[u8]) -> bool {
        let taken = self.take_in(self.session.db, key);
        let found = taken.is_some();
        self.left.trash.extend(taken);
        found
    }

    /// Drops a taken entry after the locks are released.
    pub(crate) fn discard(&mut self, entry: Entry) {
        self.left.trash.push(entry);
    }

    /// Every live entry of the selected database; for commands that lock all shards.
    pub(crate) fn for_each(&mut self, take: &mut dyn FnMut(&Entry)) {
        let now = self.now();
        let db = self.session.db;
        self.view.iter(db).filter(|e| e.expire_at().is_none_or(|at| !due(at, now))).for_each(take);
    }

    /// Keys of a database, expired ones included, as DBSIZE counts; for commands that lock all shards.
    pub(crate) fn len(&self, db: usize) -> usize {
        self.view.len(db)
    }

    /// Empties a database; for commands that lock all shards. `lazy` frees in the background, otherwise the
    /// caller does after releasing the locks.
    pub(crate) fn clear(&mut self, db: usize, lazy: bool) -> u64 {
        let tables = self.view.take_all(db);
        let keys = tables.iter().map(Table::len).sum::<usize>() as u64;
        if lazy {
            self.host.free_tables(tables);
        } else {
            self.left.tables.extend(tables);
        }
        keys
    }

    /// Swaps two databases; for commands that lock all shards.
    pub(crate) fn swap(&mut self, a: usize, b: usize) {
        self.view.swap(a, b);
    }

    /// An effect of `changes` changes that replays as `command`; the words are copied only if somebody
    /// listens.
    pub(crate) fn rewritten(&self, changes: u64, command: &[&[u8]]) -> Effect {
        self.rewritten_as(changes, || vec![command.iter().map(|word| word.to_vec()).collect()])
    }

    /// An effect of `changes` changes that replays as these commands, which are built only if somebody listens.
    pub(crate) fn rewritten_as(&self, changes: u64, commands: impl FnOnce() -> Vec<Command>) -> Effect {
        if !self.host.journaling() || self.session.replaying {
            return Effect::Changed(changes);
        }
        Effect::Rewritten(changes, commands())
    }
}
