//! What a handler sees: the keys its command named, under locks that are held already, its client, and the
//! engine behind [`Host`]. Expired keys are absent here, whatever the table still holds.

mod events;
mod fields;
mod touched;

use std::marker::PhantomData;

use smallvec::SmallVec;

use super::effect::{CmdResult, Command, Effect, copied};
use super::error::CmdError;
use super::event::{Class, Event};
use super::host::Host;
use super::session::{Card, Session, Waits};
use super::waiting::{Nothing, Waiting, Wants};
use crate::keyspace::due;
use crate::keyspace::raw::{Entry, NewValue, StrRef};
use crate::keyspace::space::{GROUP, View};
use crate::keyspace::table::{EntryGuard, Slot, Table};
use crate::keyspace::usage::Usage;
use crate::reply::sink::ReplySink;
use crate::types::limits::Limits;
use crate::types::object::Kind;

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
    /// The first displaced entry worth dropping after the locks are released.
    pub(crate) first: Option<Entry>,
    /// Anything else: most commands leave nothing.
    pub(crate) more: Option<Box<More>>,
}

/// Fields of a hash whose time has come: database, key and names.
pub(crate) type ExpiredFields = (usize, Vec<u8>, Vec<Vec<u8>>);

/// A key that was changed, or looked at to be changed.
#[derive(Debug)]
pub(crate) struct Touched {
    /// Its logical database.
    pub(crate) db: usize,
    /// Its name.
    pub(crate) key: Vec<u8>,
    /// Not a change for those who watch it: groups of a stream.
    pub(crate) quiet: bool,
    /// A change for those who watch it although nothing changes, as in Redis.
    pub(crate) certain: bool,
    /// It went because its time had come.
    pub(crate) expired: bool,
    /// Who has read it was told already, or is told of all keys.
    pub(crate) told: bool,
    /// Its whole database was changed.
    pub(crate) whole: bool,
    /// Inside of a transaction: what the key held after the command, if somebody may wait for that.
    pub(crate) held: Option<Wants>,
}

/// What few commands leave.
#[derive(Default)]
pub(crate) struct More {
    /// Keys that were found expired and removed: they are journaled before the command's own effect.
    pub(crate) expired: Vec<(usize, Vec<u8>)>,
    /// Keys that a reader found expired; it may not remove them under a shared lock.
    pub(crate) stale: Vec<(usize, Vec<u8>)>,
    /// Fields of hashes that were found expired and removed, as [`More::expired`].
    pub(crate) fields: Vec<ExpiredFields>,
    /// Keys of hashes in which a reader found a field expired.
    pub(crate) stale_hashes: Vec<(usize, Vec<u8>)>,
    /// Displaced entries worth dropping after the locks are released.
    pub(crate) trash: Vec<Entry>,
    /// Whole tables to be freed by the caller after the locks are released.
    pub(crate) tables: Vec<Table>,
    /// Keys that were changed, or looked at to be changed, if somebody wants to know: see [`crate::keyspace::space::Keyspace::observed`].
    pub(crate) touched: Vec<Touched>,
    /// What happened, if `notify-keyspace-events` asks for it. A list of its own: a key is touched when a command takes
    /// hold of it to change it, an event comes when it is known what changed.
    pub(crate) events: Vec<Event>,
}

impl Leftovers {
    /// Nothing is left.
    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.first.is_none() && self.more.is_none()
    }

    fn more(&mut self) -> &mut More {
        self.more.get_or_insert_default()
    }

    /// A reader found no key.
    #[inline(always)]
    fn missed(&mut self, view: &View<'_>, session: &Session, db: usize, key: &[u8]) {
        if view.space().notified() != 0 {
            self.note_event(view, session, (Class::MISS, "keymiss", false), db, key);
        }
    }

    /// A reader found a key whose time has come, and may not remove it.
    fn expiring(&mut self, view: &View<'_>, session: &Session, db: usize, key: &[u8]) {
        if view.space().notified() != 0 {
            self.note_event(view, session, (Class::EXPIRED, "expired", true), db, key);
        }
    }

    #[cold]
    fn note_event(
        &mut self,
        view: &View<'_>,
        session: &Session,
        (class, name, due): (Class, &'static str, bool),
        db: usize,
        key: &[u8],
    ) {
        if Class::of_bits(view.space().notified()).has(class) && !session.replaying {
            self.more().events.push(Event { db, key: copied(key), class, name, due });
        }
    }

    fn trash(&mut self, entry: Entry) {
        match &self.first {
            None => self.first = Some(entry),
            Some(_) => self.more().trash.push(entry),
        }
    }
}

/// See the module.
pub(crate) struct Ctx<'a> {
    view: View<'a>,
    /// The calling client.
    pub(crate) session: &'a mut Session,
    /// The engine.
    pub(crate) host: &'a dyn Host,
    usage: &'a Usage,
    now: Option<i64>,
    left: Leftovers,
    /// Keys touched before the command that runs.
    earlier: usize,
}

impl<'a> Ctx<'a> {
    /// A context for one command on the keys of `view`.
    #[inline(always)]
    pub(crate) fn new(view: View<'a>, session: &'a mut Session, host: &'a dyn Host) -> Self {
        Self { view, session, host, usage: host.usage(), now: None, left: Leftovers::default(), earlier: 0 }
    }

    /// Releases the locks and hands back what is left to do.
    #[inline(always)]
    pub(crate) fn finish(self) -> Leftovers {
        let Self { view, left, .. } = self;
        view.release();
        left
    }

    /// Whether there is more than one displaced entry to deal with.
    #[inline]
    pub(crate) fn left_more(&self) -> bool {
        self.left.more.is_some()
    }

    /// Keys and fields found expired so far, to be journaled while the locks are held.
    #[inline]
    pub(crate) fn take_expired(&mut self) -> (Vec<(usize, Vec<u8>)>, Vec<ExpiredFields>) {
        let take =
            |more: &mut Box<More>| (std::mem::take(&mut more.expired), std::mem::take(&mut more.fields));
        self.left.more.as_mut().map_or_else(Default::default, take)
    }

    /// The locks, for whoever takes them.
    #[inline(always)]
    pub(crate) fn view_mut(&mut self) -> &mut View<'a> {
        &mut self.view
    }

    /// The locks of this command, for walks over all keys.
    pub(crate) fn view(&self) -> &View<'a> {
        &self.view
    }

    /// Whether this is a command of a transaction, under locks that others need, too.
    pub(crate) fn in_transaction(&self) -> bool {
        self.session.effects.is_some()
    }

    /// A key of the selected database was looked at to be changed, and was not.
    pub(crate) fn unchanged(&mut self, key: &[u8]) {
        let (db, earlier) = (self.session.db, self.earlier);
        if let Some(more) = &mut self.left.more {
            let mut at = 0;
            more.touched.retain(|touched| {
                at += 1;
                at <= earlier || touched.db != db || touched.key != key
            });
        }
    }

    /// Whether a key is there whose time has come; it is left alone.
    pub(crate) fn is_past(&mut self, db: usize, key: &[u8]) -> bool {
        let at = self.view.get(db, key).and_then(Entry::expire_at);
        at.is_some_and(|at| is_due(at, self.session, self.host, &mut self.now))
    }

    /// Whether a key holds a value of type `T`; not counted.
    pub(crate) fn has<T: Kind>(&self, db: usize, key: &[u8]) -> bool {
        self.view.get(db, key).is_some_and(|entry| kind_of::<T>(entry).is_ok())
    }

    /// No data: waits for it, if this client can now; else answers `nothing`.
    pub(crate) fn wait(
        &mut self,
        out: &mut dyn ReplySink,
        waiting: impl FnOnce(&dyn ReplySink) -> Waiting,
        nothing: Nothing,
    ) -> CmdResult {
        match self.session.waits {
            Waits::No => {
                match nothing {
                    Nothing::Array => out.null_array(),
                    Nothing::Null => out.null(),
                }
                Ok(Effect::None)
            }
            Waits::Already => Err(CmdError::Waits),
            Waits::Yes => {
                self.host.enlist(self.session, waiting(out));
                Err(CmdError::Waits)
            }
        }
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
        now_of(self.host, &mut self.now)
    }

    /// Where the entry of a key is, if it has one that is not expired.
    #[inline(always)]
    fn live(&mut self, db: usize, hash: u64, key: &[u8]) -> Option<Slot> {
        let slot = self.view.find(db, hash, key)?;
        if slot.volatile && self.expired(db, hash, slot, key) {
            return None;
        }
        Some(slot)
    }

    /// Whether the time of a key has come; then it is dealt with: under an exclusive lock it is removed at once.
    #[inline(never)]
    fn expired(&mut self, db: usize, hash: u64, slot: Slot, key: &[u8]) -> bool {
        let expire = self.view.at(db, hash, slot).and_then(Entry::expire_at);
        if expire.is_none_or(|at| !is_due(at, self.session, self.host, &mut self.now)) {
            return false;
        }
        if !self.view.exclusive() {
            self.left.more().stale.push((db, copied(key)));
            self.left.expiring(&self.view, self.session, db, key);
            return true;
        }
        if let Some(entry) = self.view.take(db, hash, slot) {
            self.left.trash(entry);
        }
        self.left.more().expired.push((db, copied(key)));
        self.event_in(db, Class::EXPIRED, "expired", key);
        true
    }

    /// The entry of a key in the selected database, counted as a hit or miss and marked as used.
    #[inline]
    pub(crate) fn find(&mut self, key: &[u8]) -> Option<&Entry> {
        self.seek(self.session.db, key, true, true)
    }

    /// The same without marking it as used: TTL, TYPE, OBJECT.
    pub(crate) fn peek(&mut self, key: &[u8]) -> Option<&Entry> {
        self.seek(self.session.db, key, false, true)
    }

    /// [`Ctx::find`] or, without `touch`, [`Ctx::peek`] of those whom Redis sends no `keymiss` for: OBJECT, and commands
    /// that look before they write.
    pub(crate) fn look(&mut self, key: &[u8], touch: bool) -> Option<&Entry> {
        self.seek(self.session.db, key, touch, false)
    }

    #[inline(always)]
    fn seek(&mut self, db: usize, key: &[u8], touch: bool, tells: bool) -> Option<&Entry> {
        if self.view.exclusive() {
            // One that is expired has to be out of the table before its successor comes.
            let hash = self.view.hash(key);
            self.live(db, hash, key);
        }
        let Self { view, session, host, usage, now, left, .. } = self;
        match see(view.get(db, key), session, *host, usage, now, touch) {
            Seen::Here(entry) => Some(entry),
            Seen::Absent => {
                if tells {
                    left.missed(view, session, db, key);
                }
                None
            }
            Seen::Stale => {
                left.more().stale.push((db, copied(key)));
                left.expiring(view, session, db, key);
                if tells {
                    left.missed(view, session, db, key);
                }
                None
            }
        }
    }

    /// The value of a string key.
    pub(crate) fn find_str(&mut self, key: &[u8]) -> Result<Option<StrRef<'_>>, CmdError> {
        self.find(key).map(string_of).transpose()
    }

    /// Gives `take` the values of several keys in their order, as of one moment; one of another type is absent.
    pub(crate) fn find_strs(
        &mut self,
        keys: &[&[u8]],
        mut take: impl FnMut(Option<StrRef<'_>>) -> Result<(), CmdError>,
    ) -> Result<(), CmdError> {
        if self.view.exclusive() {
            return keys.iter().try_for_each(|key| take(self.find_str(key).unwrap_or(None)));
        }
        let Self { view, session, host, usage, now, left, .. } = self;
        for group in keys.chunks(GROUP) {
            for (found, key) in view.get_group(session.db, group).into_iter().zip(group) {
                take(match see(found, session, *host, usage, now, true) {
                    Seen::Here(entry) => entry.string(),
                    Seen::Absent => {
                        left.missed(view, session, session.db, key);
                        None
                    }
                    Seen::Stale => {
                        left.more().stale.push((session.db, copied(key)));
                        left.expiring(view, session, session.db, key);
                        left.missed(view, session, session.db, key);
                        None
                    }
                })?;
            }
        }
        Ok(())
    }

    /// Whether a key is there; neither counted nor marked.
    pub(crate) fn contains(&mut self, key: &[u8]) -> bool {
        self.contains_in(self.session.db, key)
    }

    /// [`Ctx::contains`] in any database.
    pub(crate) fn contains_in(&mut self, db: usize, key: &[u8]) -> bool {
        self.live(db, self.view.hash(key), key).is_some()
    }

    /// The entry of a key, to change it. Dropping the guard settles memory and expiry counts.
    #[inline(always)]
    pub(crate) fn find_mut(&mut self, key: &[u8]) -> Option<EntryGuard<'_>> {
        self.find_mut_as(key, |_| ())
    }

    /// [`Ctx::find_mut`] that also lets `look` see the entry.
    #[inline(always)]
    fn find_mut_as<'c>(&'c mut self, key: &[u8], look: impl FnOnce(&Entry)) -> Option<EntryGuard<'c>> {
        let (db, hash) = (self.session.db, self.view.hash(key));
        let slot = self.live(db, hash, key)?;
        self.touch(db, key);
        let Self { view, session, usage, .. } = self;
        view.at_mut(db, hash, slot, |entry| {
            mark(entry, session, usage);
            look(entry);
        })
    }

    /// [`Ctx::find_mut`] for a key that must hold a string.
    pub(crate) fn find_str_mut(&mut self, key: &[u8]) -> Result<Option<EntryGuard<'_>>, CmdError> {
        let mut fits = true;
        let entry = self.find_mut_as(key, |entry| fits = entry.object().is_none());
        if fits { Ok(entry) } else { Err(CmdError::WrongType) }
    }

    /// The value of a key that must be of type `T` (`List`, `Set`, ...), counted as a hit or miss and marked as used.
    #[inline]
    pub(crate) fn read<T: Kind>(&mut self, key: &[u8]) -> Result<Option<&T>, CmdError> {
        self.find(key).map(kind_of).transpose()
    }

    /// The entries of several keys at once, in their order; each counted and marked as by [`Ctx::find`]. The first that
    /// `check` refuses ends it.
    pub(crate) fn read_many(
        &mut self,
        keys: &[&[u8]],
        check: impl Fn(&Entry) -> Result<(), CmdError>,
    ) -> Result<SmallVec<[Option<&Entry>; 8]>, CmdError> {
        let mut here: SmallVec<[bool; 8]> = SmallVec::with_capacity(keys.len());
        for key in keys {
            let found = self.find(key);
            found.map_or(Ok(()), &check)?;
            here.push(found.is_some());
        }
        let (view, db) = (&self.view, self.session.db);
        Ok(keys.iter().zip(here).map(|(key, here)| if here { view.get(db, key) } else { None }).collect())
    }

    /// [`Ctx::read`] of several keys at once, in their order. The first of another type is the error.
    pub(crate) fn read_all<T: Kind>(
        &mut self,
        keys: &[&[u8]],
    ) -> Result<SmallVec<[Option<&T>; 8]>, CmdError> {
        let found = self.read_many(keys, |entry| kind_of::<T>(entry).map(|_| ()))?;
        found.into_iter().map(|found| found.map(kind_of).transpose()).collect()
    }

    /// The value of a key that must be of type `T`, to change it. Dropping the guard settles memory, and removes the
    /// key if nothing is left in the value.
    #[inline]
    pub(crate) fn write<T: Kind>(&mut self, key: &[u8]) -> Result<Option<ValueGuard<'_, T>>, CmdError> {
        let mut fits = true;
        let entry = self.find_mut_as(key, |entry| fits = kind_of::<T>(entry).is_ok());
        if fits { Ok(entry.map(ValueGuard::new)) } else { Err(CmdError::WrongType) }
    }

    /// [`Ctx::write`], with a new value from `make` if the key is absent. If the value is still empty when the guard
    /// is dropped, the key is gone again.
    pub(crate) fn write_or_create<T: Kind>(
        &mut self,
        key: &[u8],
        make: impl FnOnce() -> T,
    ) -> Result<ValueGuard<'_, T>, CmdError> {
        let (db, hash) = (self.session.db, self.view.hash(key));
        let slot = self.live(db, hash, key).or_else(|| {
            self.insert(hash, key, NewValue::Object(Box::new(make().into_object())), false, None);
            self.view.find(db, hash, key)
        });
        self.touch(db, key);
        let Self { view, session, usage, .. } = self;
        let mut fits = true;
        let look = |entry: &Entry| {
            mark(entry, session, usage);
            fits = kind_of::<T>(entry).is_ok();
        };
        let entry = slot.and_then(|slot| view.at_mut(db, hash, slot, look));
        let entry = entry.unwrap_or_else(|| unreachable!("found or just inserted"));
        if fits { Ok(ValueGuard::new(entry)) } else { Err(CmdError::WrongType) }
    }

    /// Stores a whole value under a key, whatever was there, and removes an expiry; an empty value deletes the key.
    /// Whether anything changed; tells of it as `event`, or `del`.
    pub(crate) fn store<T: Kind>(&mut self, key: &[u8], value: T, class: Class, event: &'static str) -> bool {
        let object = value.into_object();
        if object.is_spent() {
            let found = self.clear_way(key);
            if found {
                self.event(Class::GENERIC, "del", key);
            }
            return found;
        }
        self.put(key, NewValue::Object(Box::new(object)), false, Expiry::Clear);
        self.event(class, event, key);
        true
    }

    /// Thresholds between encodings, and the seed of hashes.
    pub(crate) fn limits(&self) -> &'a Limits {
        self.host.limits()
    }

    /// Stores a string under a key, whatever was there. `raw` is the encoding mark of strings that were
    /// changed in place.
    pub(crate) fn put(&mut self, key: &[u8], value: NewValue<'_>, raw: bool, expiry: Expiry) {
        let hash = self.view.hash(key);
        self.touch(self.session.db, key);
        if self.view.space().notified() != 0 {
            // What replaces a key whose time has come is new.
            self.live(self.session.db, hash, key);
        }
        // Most values replace one that has their size and no expiry either.
        if !matches!(expiry, Expiry::At(_)) {
            let Self { view, session, usage, .. } = self;
            match view.overwrite(session.db, hash, key, &value, raw, |entry| mark(entry, session, usage)) {
                Some(true) => return,
                None => return self.insert(hash, key, value, raw, None),
                Some(false) => {}
            }
        }
        self.replace(hash, key, value, raw, expiry);
    }

    fn insert(&mut self, hash: u64, key: &[u8], value: NewValue<'_>, raw: bool, expire: Option<i64>) {
        let entry = Entry::new(self.view.place(), key, value, raw, expire, self.usage.fresh());
        self.view.insert(self.session.db, hash, entry);
        self.event(Class::NEW, "new", key);
    }

    fn replace(&mut self, hash: u64, key: &[u8], value: NewValue<'_>, raw: bool, expiry: Expiry) {
        let db = self.session.db;
        let expire = if let Expiry::At(at) = expiry { Some(at) } else { None };
        // An expired key is overwritten like an absent one, except that KEEPTTL must not keep its past.
        let slot =
            if expiry == Expiry::Keep { self.live(db, hash, key) } else { self.view.find(db, hash, key) };
        let Some(slot) = slot else { return self.insert(hash, key, value, raw, expire) };
        let Self { view, session, usage, .. } = self;
        let Some(mut entry) = view.at_mut(db, hash, slot, |entry| mark(entry, session, usage)) else {
            return;
        };
        if expiry != Expiry::Keep {
            entry.set_expire(expire);
        }
        let displaced = entry.set_value(value, raw);
        drop(entry);
        if let Some(displaced) = displaced {
            self.left.trash(displaced);
        }
    }

    /// Inserts a whole entry in a database; whatever was under its key is replaced.
    pub(crate) fn insert_in(&mut self, db: usize, entry: Entry) {
        let hash = self.view.hash(entry.key());
        self.touch(db, entry.key());
        if self.view.space().notified() != 0 {
            self.live(db, hash, entry.key());
            self.event_in(db, Class::NEW, "new", entry.key());
        }
        if let Some(slot) = self.view.find(db, hash, entry.key())
            && let Some(displaced) = self.view.take(db, hash, slot)
        {
            self.left.trash(displaced);
        }
        self.view.insert(db, hash, entry);
    }

    /// Takes a key out of a database; an expired one is gone already.
    pub(crate) fn take_in(&mut self, db: usize, key: &[u8]) -> Option<Entry> {
        let hash = self.view.hash(key);
        let slot = self.live(db, hash, key)?;
        self.touch(db, key);
        self.view.take(db, hash, slot)
    }

    /// Removes a key of the selected database; its value is dropped after the locks are released.
    pub(crate) fn delete(&mut self, key: &[u8]) -> bool {
        let taken = self.take_in(self.session.db, key);
        let found = taken.is_some();
        if let Some(entry) = taken {
            self.left.trash(entry);
        }
        found
    }

    /// Removes what a command is to replace: [`Ctx::delete`] that does not ask whether its time has come, as in Redis.
    pub(crate) fn clear_way(&mut self, key: &[u8]) -> bool {
        let (db, hash) = (self.session.db, self.view.hash(key));
        let Some(slot) = self.view.find(db, hash, key) else { return false };
        if self.is_past(db, key) {
            // For those who watched it when it was past already, nothing changes.
            self.note_gone(vec![(db, copied(key))]);
        } else {
            self.touch(db, key);
        }
        if let Some(entry) = self.view.take(db, hash, slot) {
            self.left.trash(entry);
        }
        true
    }

    /// Drops a taken entry after the locks are released.
    pub(crate) fn discard(&mut self, entry: Entry) {
        self.left.trash(entry);
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
        let keys = self.view.len(db) as u64;
        self.touch_all(&[db]);
        let tables = self.view.take_all(db);
        if lazy {
            self.host.free_tables(tables);
        } else {
            self.left.more().tables.extend(tables);
        }
        keys
    }

    /// Swaps two databases; for commands that lock all shards.
    pub(crate) fn swap(&mut self, a: usize, b: usize) {
        self.touch_all(&[a, b]);
        self.view.swap(a, b);
    }

    /// An effect of `changes` changes that replays as `command`; the words are copied only if somebody
    /// listens.
    pub(crate) fn rewritten(&self, changes: u64, command: &[&[u8]]) -> Effect {
        self.rewritten_as(changes, || vec![command.iter().map(|word| copied(word)).collect()])
    }

    /// An effect of `changes` changes that replays as these commands, which are built only if somebody listens.
    pub(crate) fn rewritten_as(&self, changes: u64, commands: impl FnOnce() -> Vec<Command>) -> Effect {
        if !self.host.journaling() || self.session.replaying {
            return Effect::Changed(changes);
        }
        Effect::Rewritten(changes, commands())
    }
}

/// A value of type `T` being changed: see [`Ctx::write`].
pub(crate) struct ValueGuard<'c, T> {
    entry: EntryGuard<'c>,
    kind: PhantomData<T>,
}

impl<'c, T: Kind> ValueGuard<'c, T> {
    /// Lets `change` have the value without settling anything afterwards: for changes that leave its memory, its expiries
    /// and whether it is empty as they are.
    #[inline]
    pub(crate) fn in_place<R>(&mut self, change: impl FnOnce(&mut T) -> R) -> R {
        let value = self.entry.object_in_place().and_then(T::of_mut);
        change(value.unwrap_or_else(|| unreachable!("looked at when it was made")))
    }

    /// Of an entry that is known to hold a `T`.
    #[inline]
    fn new(entry: EntryGuard<'c>) -> Self {
        Self { entry, kind: PhantomData }
    }
}

impl<T: Kind> std::ops::Deref for ValueGuard<'_, T> {
    type Target = T;
    #[inline]
    fn deref(&self) -> &T {
        self.entry.object().and_then(T::of).unwrap_or_else(|| unreachable!("looked at when it was made"))
    }
}

impl<T: Kind> std::ops::DerefMut for ValueGuard<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        let object = self.entry.object_mut();
        object.and_then(T::of_mut).unwrap_or_else(|| unreachable!("looked at when it was made"))
    }
}

/// The value of an entry that must be of type `T`.
#[inline]
pub(crate) fn kind_of<T: Kind>(entry: &Entry) -> Result<&T, CmdError> {
    entry.object().and_then(T::of).ok_or(CmdError::WrongType)
}

/// What a reader sees of a key.
pub(crate) enum Seen<'e> {
    /// Its entry.
    Here(&'e Entry),
    /// Nothing.
    Absent,
    /// Nothing, but an expired entry is there to be removed.
    Stale,
}

/// Looks at what the table has for a key: counts a hit or a miss and marks the entry as used if `touch` says so.
/// Shared by handlers and the short way of GET.
#[inline(always)]
pub(crate) fn see<'e>(
    found: Option<&'e Entry>,
    session: &mut Session,
    host: &dyn Host,
    usage: &Usage,
    now: &mut Option<i64>,
    touch: bool,
) -> Seen<'e> {
    let Some(entry) = found else {
        Card::count(&session.card.misses);
        return Seen::Absent;
    };
    if entry.expire_at().is_some_and(|at| is_due(at, session, host, now)) {
        Card::count(&session.card.misses);
        return Seen::Stale;
    }
    Card::count(&session.card.hits);
    if touch {
        mark(entry, session, usage);
    }
    Seen::Here(entry)
}

/// Marks an entry as used, unless the client asked not to.
#[inline(always)]
pub(crate) fn mark(entry: &Entry, session: &mut Session, usage: &Usage) {
    if !session.no_touch {
        usage.touch(entry, &mut session.rng);
    }
}

/// The value of an entry that must hold a string.
#[inline(always)]
pub(crate) fn string_of(entry: &Entry) -> Result<StrRef<'_>, CmdError> {
    entry.string().ok_or(CmdError::WrongType)
}

fn now_of(host: &dyn Host, now: &mut Option<i64>) -> i64 {
    *now.get_or_insert_with(|| host.clock().now_ms())
}

/// Whether an expiry has come. While the append-only file is replayed nothing expires: the file says itself what
/// went.
#[inline(never)]
fn is_due(at: i64, session: &Session, host: &dyn Host, now: &mut Option<i64>) -> bool {
    !session.replaying && due(at, now_of(host, now))
}
