//! CLIENT TRACKING: clients that cache what they read are told when it is out of date.
//!
//! What a client reads is remembered under the lock of the key, and who changes the key forgets it and tells under the same
//! lock, held alone: no change falls in between. Keys have no database here, as in Redis. Messages go to the mailbox of the
//! client, so that nobody waits for one that does not read; when that is full they become one that names no key and means all.
//!
//! Lock order: locks of keys; the clients; a part of the table, or the list of all clients; a mailbox. Nobody holds a part while
//! he takes another lock.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::{BuildHasher as _, RandomState};
use std::ops::Bound;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use parking_lot::{Mutex, RwLock};
use smallvec::SmallVec;

use super::Engine;
use crate::cmd::host::Host as _;
use crate::cmd::keys;
use crate::cmd::pubsub::subscribe;
use crate::cmd::session::{Card, Session, Tracking};
use crate::cmd::spec::{CommandSpec, READONLY};
use crate::pubsub::mailbox::{Invalid, Message, Through};
use crate::reply::sink::{Block, ReplySink};

/// Parts that the table is spread over.
const PARTS: usize = 16;

/// From so many readers of a key on it is looked which of them are still there, each time that they are twice as many.
const MANY: usize = 64;
/// Keys above the limit that one read forgets.
const AT_ONCE: usize = 64;

/// Who has read a key, by rising id.
type Readers = SmallVec<[u64; 2]>;

/// Keys by prefix, and who is told of them.
type Under<'c> = BTreeMap<&'c Arc<[u8]>, (&'c BTreeSet<u64>, Vec<Block>)>;

/// Clients that cache.
#[derive(Default)]
struct Clients {
    cards: HashMap<u64, Arc<Card>>,
    /// Of those who are told by prefix.
    prefixes: BTreeMap<Arc<[u8]>, BTreeSet<u64>>,
}

impl Clients {
    /// Prefixes of a key, the longest first, at the cost of few look-ups however many others there are. The name next before the
    /// key in order is a prefix of it, or every prefix is a prefix of what both begin with: from there it goes on.
    fn prefixes_of<'c>(&'c self, key: &'c [u8]) -> impl Iterator<Item = (&'c Arc<[u8]>, &'c BTreeSet<u64>)> {
        let mut below = Bound::Included(key);
        std::iter::from_fn(move || {
            loop {
                let (prefix, ids) = self.prefixes.range::<[u8], _>((Bound::Unbounded, below)).next_back()?;
                let common = prefix.iter().zip(key).take_while(|(a, b)| a == b).count();
                if common == prefix.len() {
                    below = Bound::Excluded(prefix);
                    return Some((prefix, ids));
                }
                below = Bound::Included(&key[..common]);
            }
        })
    }
}

/// See the module.
#[derive(Default)]
pub(super) struct Trackers {
    clients: RwLock<Clients>,
    hasher: RandomState,
    parts: [Mutex<HashMap<Box<[u8]>, Readers>>; PARTS],
    keys: AtomicUsize,
    items: AtomicUsize,
    /// `tracking-table-max-keys`, 0 for no limit.
    most: AtomicUsize,
    /// The part that a key is taken from next.
    turn: AtomicUsize,
}

impl Trackers {
    /// Sets `tracking-table-max-keys`.
    pub(super) fn set_most(&self, most: usize) {
        self.most.store(most, Ordering::Relaxed);
    }

    /// Clients that cache.
    pub(super) fn clients(&self) -> usize {
        self.clients.read().cards.len()
    }

    /// Keys that are remembered, what is remembered of them, and prefixes.
    pub(super) fn totals(&self) -> [usize; 3] {
        let load = |count: &AtomicUsize| count.load(Ordering::Relaxed);
        [load(&self.keys), load(&self.items), self.clients.read().prefixes.len()]
    }

    fn at(&self, key: &[u8]) -> usize {
        #[expect(clippy::cast_possible_truncation, reason = "below the number of parts")]
        let at = (self.hasher.hash_one(key) % PARTS as u64) as usize;
        at
    }

    /// Remembers that a client has read a key; answers how many keys there are, and how many have read this one if this
    /// client had not.
    fn remember(&self, client: u64, key: &[u8]) -> (usize, usize) {
        let mut part = self.parts[self.at(key)].lock();
        let readers = match part.get_mut(key) {
            Some(readers) => readers,
            None => {
                self.keys.fetch_add(1, Ordering::Relaxed);
                part.entry(key.into()).or_default()
            }
        };
        let mut new = 0;
        if let Err(at) = readers.binary_search(&client) {
            readers.insert(at, client);
            self.items.fetch_add(1, Ordering::Relaxed);
            new = readers.len();
        }
        (self.keys.load(Ordering::Relaxed), new)
    }

    /// Forgets clients that have read a key and cache no longer.
    fn prune(&self, key: &[u8]) {
        let clients = self.clients.read();
        let mut part = self.parts[self.at(key)].lock();
        if let Some(readers) = part.get_mut(key) {
            let before = readers.len();
            // Who asks for it is one of them and stays.
            readers.retain(|id| clients.cards.contains_key(id));
            self.items.fetch_sub(before - readers.len(), Ordering::Relaxed);
        }
    }

    /// Forgets who has read a key.
    fn take(&self, key: &[u8]) -> Readers {
        let readers = self.parts[self.at(key)].lock().remove(key);
        self.forgotten(readers)
    }

    fn forgotten(&self, readers: Option<Readers>) -> Readers {
        let readers = readers.unwrap_or_default();
        if !readers.is_empty() {
            self.keys.fetch_sub(1, Ordering::Relaxed);
            self.items.fetch_sub(readers.len(), Ordering::Relaxed);
        }
        readers
    }

    /// Forgets who has read some key, but for one; each part in its turn.
    fn take_any(&self, but: &[u8]) -> Option<(Box<[u8]>, Readers)> {
        let from = self.turn.fetch_add(1, Ordering::Relaxed);
        (0..PARTS).find_map(|i| {
            let mut part = self.parts[from.wrapping_add(i) % PARTS].lock();
            let key = part.keys().find(|key| ***key != *but)?.clone();
            let readers = part.remove(&key);
            Some((key, self.forgotten(readers)))
        })
    }

    fn clear(&self) {
        for part in &self.parts {
            for (_, readers) in std::mem::take(&mut *part.lock()) {
                self.forgotten(Some(readers));
            }
        }
    }
}

impl Engine {
    /// CLIENT TRACKING ON.
    pub(super) fn begin_tracking(&self, session: &mut Session, how: Tracking, redirect: u64, noloop: bool) {
        let card = Arc::clone(&session.card);
        let target = if redirect > 0 { self.cards.lock().get(&redirect).cloned() } else { None };
        if let Some(target) = &target {
            target.tracks.told_for.store(true, Ordering::Relaxed);
            // Its thread is not here to make one.
            self.mailbox(target);
        }
        self.mailbox(&card);
        let tracks = &card.tracks;
        tracks.bcast.store(how.bcast, Ordering::Relaxed);
        tracks.noloop.store(noloop, Ordering::Relaxed);
        tracks.redirect.store(redirect, Ordering::Relaxed);
        tracks.broken.store(false, Ordering::Relaxed);
        tracks.on.store(true, Ordering::Relaxed);
        let mut clients = self.trackers.clients.write();
        for prefix in &how.prefixes {
            match clients.prefixes.get_mut(prefix.as_slice()) {
                Some(of) => _ = of.insert(card.id),
                None => _ = clients.prefixes.insert(Arc::from(prefix.as_slice()), BTreeSet::from([card.id])),
            }
        }
        clients.cards.insert(card.id, card);
        // Under the lock, as where it is ended.
        self.space.set_tracked(true);
        session.tracking = Some(Box::new(how));
    }

    /// CLIENT TRACKING OFF, or the client goes.
    pub(super) fn end_tracking(&self, session: &mut Session) {
        let Some(how) = session.tracking.take() else { return };
        let card = &session.card;
        card.tracks.on.store(false, Ordering::Relaxed);
        let mut clients = self.trackers.clients.write();
        for prefix in &how.prefixes {
            if let Some(of) = clients.prefixes.get_mut(prefix.as_slice()) {
                of.remove(&card.id);
                if of.is_empty() {
                    clients.prefixes.remove(prefix.as_slice());
                }
            }
        }
        clients.cards.remove(&card.id);
        if clients.cards.is_empty() {
            // What it has read stays otherwise, until the key changes.
            self.trackers.clear();
            self.space.set_tracked(false);
        }
    }

    /// Remembers what a call reads, whose locks are held.
    #[cold]
    #[inline(never)]
    pub(super) fn remember_call(&self, session: &Session, spec: &CommandSpec, argv: &[&[u8]]) {
        if spec.has(READONLY) && session.tracking.as_ref().is_some_and(|how| how.remembers()) {
            keys::of_call(spec, argv).iter().for_each(|&(i, _)| self.remember(session, argv[i]));
        }
    }

    /// Remembers what a typed call reads.
    #[cold]
    #[inline(never)]
    pub(crate) fn remember_keys(&self, session: &mut Session, keys: &[&[u8]]) {
        if session.tracking.as_ref().is_some_and(|how| how.remembers()) {
            keys.iter().for_each(|key| self.remember(session, key));
        }
        if let Some(how) = &mut session.tracking {
            how.caching = false;
        }
    }

    fn remember(&self, session: &Session, key: &[u8]) {
        let most = self.trackers.most.load(Ordering::Relaxed);
        let (keys, readers) = self.trackers.remember(session.card.id, key);
        if readers >= MANY && readers.is_power_of_two() {
            self.trackers.prune(key);
        }
        // If the limit came down, not all of it at the expense of one read.
        let above = if most > 0 { keys.saturating_sub(most).min(AT_ONCE) } else { 0 };
        for _ in 0..above {
            // What nobody remembers any more is told to be out of date.
            let Some((old, readers)) = self.trackers.take_any(key) else { break };
            self.tell_readers(&readers, &old, 0);
        }
    }

    /// After a call of a client that caches: CLIENT CACHING was for one command, and what the client changed itself is told
    /// behind its reply.
    #[cold]
    #[inline(never)]
    pub(super) fn after_call(session: &mut Session, argv: &[&[u8]], out: &mut dyn ReplySink) {
        let of_client = argv.first().is_some_and(|name| name.eq_ignore_ascii_case(b"client"));
        if let Some(how) = &mut session.tracking
            && session.queue.is_none()
            && !of_client
        {
            how.caching = false;
        }
        subscribe::drain(session, out);
    }

    /// A key was changed, whose lock is held, by this client or, for 0, by none: who has read it is told.
    #[cold]
    pub(super) fn invalidate_read(&self, key: &[u8], by: u64) {
        let readers = self.trackers.take(key);
        self.tell_readers(&readers, key, by);
    }

    /// Keys were changed by one call: who is told by prefix is told of them together.
    #[cold]
    pub(super) fn invalidate_prefixes<'k>(&self, keys: impl Iterator<Item = &'k [u8]>, by: u64) {
        let clients = self.trackers.clients.read();
        if clients.prefixes.is_empty() {
            return;
        }
        let changed: BTreeSet<&[u8]> = keys.collect();
        let mut told = Under::new();
        for key in changed {
            let mut name = None;
            for (prefix, ids) in clients.prefixes_of(key) {
                let name = name.get_or_insert_with(|| Block::new(key.to_vec()));
                told.entry(prefix).or_insert((ids, Vec::new())).1.push(name.clone());
            }
        }
        for (prefix, (ids, under)) in told {
            for card in ids.iter().filter_map(|id| clients.cards.get(id)) {
                if card.id != by || !card.tracks.noloop.load(Ordering::Relaxed) {
                    self.tell_of(card, Some(under.clone()), Some(Arc::clone(prefix)));
                }
            }
        }
    }

    fn tell_readers(&self, readers: &[u64], key: &[u8], by: u64) {
        if readers.is_empty() {
            return;
        }
        let (clients, key) = (self.trackers.clients.read(), Block::new(key.to_vec()));
        for card in readers.iter().filter_map(|id| clients.cards.get(id)) {
            let own = card.id == by && card.tracks.noloop.load(Ordering::Relaxed);
            if !own && !card.tracks.bcast.load(Ordering::Relaxed) {
                self.tell_of(card, Some(vec![key.clone()]), None);
            }
        }
    }

    /// All keys are gone, or may be others: every client that caches is told.
    #[cold]
    pub(super) fn invalidate_all(&self) {
        if self.space.tracked() {
            self.trackers.clear();
            self.trackers.clients.read().cards.values().for_each(|card| self.tell_of(card, None, None));
        }
    }

    fn tell_of(&self, card: &Arc<Card>, keys: Option<Vec<Block>>, prefix: Option<Arc<[u8]>>) {
        let redirect = card.tracks.redirect.load(Ordering::Relaxed);
        let elsewhere = if redirect > 0 { self.cards.lock().get(&redirect).cloned() } else { None };
        if redirect > 0 && elsewhere.is_none() {
            card.tracks.broken.store(true, Ordering::Relaxed);
            if card.resp3.load(Ordering::Relaxed) {
                self.mailbox(card).put(Message::of(Through::BrokenRedirect(redirect)));
            }
            return;
        }
        let target = elsewhere.as_ref().unwrap_or(card);
        let by_channel = !target.resp3.load(Ordering::Relaxed);
        // In RESP2 it would be taken for a reply, unless the client listens.
        if !by_channel || redirect > 0 && target.listening() {
            let invalid = Invalid { keys, prefix, by_channel };
            self.mailbox(target).put(Message::of(Through::Invalid(invalid)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::rng::Rng;

    #[test]
    fn prefixes_of_a_key_are_found_without_a_look_at_the_others() {
        let mut rng = Rng::new(7);
        let mut word = |most: u64| -> Vec<u8> {
            let len = rng.below(most);
            (0..len).map(|_| [b'a', b'b', 0, 0xff][rng.below(4) as usize]).collect()
        };
        for round in 0..300 {
            let mut clients = Clients::default();
            for id in 0..round {
                clients.prefixes.entry(Arc::from(word(6))).or_default().insert(id);
            }
            for _ in 0..20 {
                let key = word(9);
                let mut found: Vec<&Arc<[u8]>> =
                    clients.prefixes_of(&key).map(|(prefix, _)| prefix).collect();
                found.reverse();
                let all: Vec<_> = clients.prefixes.keys().filter(|prefix| key.starts_with(prefix)).collect();
                assert_eq!(found, all, "{key:?}");
            }
        }
    }
}
