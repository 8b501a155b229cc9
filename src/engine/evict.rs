//! Expiry and eviction: keys that go without being asked.

use std::sync::atomic::Ordering;

use super::Engine;
use super::dispatch::number;
use crate::base::clock::monotonic_us;
use crate::cmd::event::Class;
use crate::keyspace::due;
use crate::keyspace::evict::{Candidate, Policy};
use crate::keyspace::shard::Shard;
use crate::keyspace::table::Gone;

/// Segments looked at under one hold of a shard's lock.
const SEGMENTS_A_HOLD: usize = 16;
/// Fields of hashes removed under one hold.
const FIELDS_A_HOLD: usize = 128;
/// Fields removed for one reader, who waits for it.
const FIELDS_A_READ: usize = 32;

/// No key may be evicted, and memory is over its limit.
pub(super) struct Full;

/// Where the active expiry goes on.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Walk {
    shard: usize,
    db: usize,
    place: usize,
}

impl Engine {
    /// Removes a key whose time has come, with its journal entry.
    pub(super) fn expire_key(&self, db: usize, key: &[u8]) {
        if self.check().is_err() || self.stands_still() {
            return;
        }
        let now = self.clock.now_ms();
        let mut view = self.lock_key(key, true);
        let due = view.get(db, key).and_then(|e| e.expire_at()).is_some_and(|at| due(at, now));
        let since = self.latency.begin();
        let gone = if due { view.remove(db, key) } else { None };
        if gone.is_some() {
            self.stats.expired_keys.fetch_add(1, Ordering::Relaxed);
            // Needs no durability of its own: the next acknowledged write carries it.
            self.journal_del(db, key, Class::EXPIRED, "expired");
        }
        drop(view);
        if let Some(entry) = gone {
            if self.settings.read().lazyfree_expire {
                self.cron.free_entries(vec![entry], &self.stats);
            } else {
                drop(entry);
            }
            self.latency.end("expire-del", since);
        }
    }

    /// Removes fields of a hash whose time has come, with their journal entry. If there are many the background
    /// thread does the rest.
    pub(super) fn expire_fields(&self, db: usize, key: &[u8]) {
        if self.check().is_err() || self.stands_still() {
            return;
        }
        let now = self.clock.now_ms();
        let mut view = self.lock_key(key, true);
        let hash = view.hash(key);
        let Some(slot) = view.find(db, hash, key) else { return };
        let Some(mut entry) = view.at_mut(db, hash, slot, |_| {}) else { return };
        let names = entry.object_mut().map_or(Vec::new(), |object| object.take_gone(now, FIELDS_A_READ));
        drop(entry);
        let spent = view.get(db, key).is_none();
        self.journal_hdel(db, key, &names, spent);
        drop(view);
    }

    /// Journals and counts fields that were removed because their time had come, and publishes that. `spent`: nothing else
    /// was in the hash. The key's lock is held.
    fn journal_hdel(&self, db: usize, key: &[u8], names: &[Vec<u8>], spent: bool) -> u64 {
        if names.is_empty() {
            return 0;
        }
        self.announce_removed(db, key);
        let lsn = self.append_hdel(db, key, names);
        if self.space.notified() != 0 {
            self.publish_event(db, Class::HASH, "hexpired", key);
            if spent {
                self.publish_event(db, Class::GENERIC, "del", key);
            }
        }
        lsn
    }

    /// Counts fields whose time had come.
    pub(super) fn count_expired_fields(&self, n: usize) {
        self.stats.expired_fields.fetch_add(n as u64, Ordering::Relaxed);
    }

    /// [`Engine::journal_hdel`] for a command that found them, and tells of the key itself.
    pub(super) fn append_hdel(&self, db: usize, key: &[u8], names: &[Vec<u8>]) -> u64 {
        self.count_expired_fields(names.len());
        let Some(journal) = self.to_journal() else { return 0 };
        let mut words: Vec<&[u8]> = vec![b"HDEL", key];
        words.extend(names.iter().map(Vec::as_slice));
        journal.append(number(db), &words)
    }

    /// One slice of the active expiry: goes on where the last one stopped, until a full round or `budget_us`.
    pub(super) fn expire_cycle(&self, walk: &mut Walk, budget_us: u64) {
        if self.stands_still() {
            return;
        }
        let start = monotonic_us();
        let (shards, databases) = (self.space.shards(), self.space.databases());
        let first = *walk;
        let mut gone = Gone::default();
        loop {
            let more = self.expire_hold(walk, &mut gone);
            let Gone { mut entries, spent, .. } = std::mem::take(&mut gone);
            entries.extend(spent);
            if self.settings.read().lazyfree_expire {
                self.cron.free_entries(entries, &self.stats);
            }
            if !more {
                walk.place = 0;
                walk.db += 1;
                if walk.db == databases {
                    walk.db = 0;
                    walk.shard = (walk.shard + 1) % shards;
                }
                // A full round ends where it began, at a table's start.
                if (walk.shard, walk.db) == (first.shard, first.db) {
                    return;
                }
            }
            if monotonic_us().saturating_sub(start) > budget_us {
                return;
            }
        }
    }

    /// Takes what has expired out of a few segments under one hold of the lock; false at the end of the table.
    fn expire_hold(&self, walk: &mut Walk, gone: &mut Gone) -> bool {
        if !self.space.read(walk.shard).tables[walk.db].may_expire() {
            return false;
        }
        let now = self.clock.now_ms();
        let mut guard = self.space.write(walk.shard);
        let Shard { tables, account } = &mut *guard;
        let mut more = true;
        for _ in 0..SEGMENTS_A_HOLD {
            let table = &mut tables[walk.db];
            match table.expire_step(walk.place, now, FIELDS_A_HOLD, &self.space.hasher, account, gone) {
                Some(next) => walk.place = next,
                None => {
                    more = false;
                    break;
                }
            }
            if !gone.is_empty() {
                break;
            }
        }
        for (key, names) in &gone.fields {
            let spent = gone.spent.iter().any(|entry| entry.key() == key.as_slice());
            self.journal_hdel(walk.db, key, names, spent);
        }
        for entry in &gone.entries {
            self.journal_del(walk.db, entry.key(), Class::EXPIRED, "expired");
        }
        self.stats.expired_keys.fetch_add(gone.entries.len() as u64, Ordering::Relaxed);
        more
    }

    /// Evicts until memory is within `maxmemory`. Gives up waiting, not the limit, after the time that
    /// `maxmemory-eviction-tenacity` grants: the background thread goes on.
    #[inline]
    pub(super) fn make_room(&self) -> Result<(), Full> {
        if self.over() { self.evict_until() } else { Ok(()) }
    }

    /// Whether keys, and what an empty database costs, are more than `maxmemory`. Journal buffers do not count:
    /// evicting would only add to them.
    #[inline]
    fn over(&self) -> bool {
        let limit = self.hot.maxmemory.load(Ordering::Relaxed);
        limit > 0 && self.space.used_bytes() + self.startup_bytes.load(Ordering::Relaxed) > limit
    }

    /// The same for callers that need no answer.
    pub(super) fn evict_now(&self) {
        let _ = self.make_room();
    }

    /// The background thread's part: evicts for `budget_us`. Whether there is more to do.
    pub(super) fn evict_more(&self, budget_us: u64) -> bool {
        let start = monotonic_us();
        while self.over() && !self.stands_still() {
            if self.make_room().is_err() {
                return false;
            }
            if monotonic_us().saturating_sub(start) > budget_us {
                return true;
            }
        }
        false
    }

    #[cold]
    fn evict_until(&self) -> Result<(), Full> {
        let policy = self.policy();
        if policy == Policy::NoEviction {
            return Err(Full);
        }
        let since = self.latency.begin();
        let done = self.evict_by(policy);
        self.latency.end("eviction-cycle", since);
        done
    }

    fn evict_by(&self, policy: Policy) -> Result<(), Full> {
        let (samples, budget_us) = {
            let settings = self.settings.read();
            (settings.maxmemory_samples, tenacity_us(settings.maxmemory_eviction_tenacity))
        };
        let samples = usize::try_from(samples).unwrap_or(1).min(1 << 10);
        let start = monotonic_us();
        let mut rng = crate::base::rng::Rng::new(self.rng.lock().next_u64());
        while self.over() {
            let mut evictor = self.evictor.lock();
            if self.hot.pool_is_old.swap(false, Ordering::Relaxed) {
                evictor.clear();
            }
            let now = self.clock.now_ms();
            let picked = evictor.pick(&self.space, policy, samples, &self.usage, now, &mut rng);
            drop(evictor);
            let Some(candidate) = picked else { return Err(Full) };
            self.evict_key(&candidate, policy);
            if monotonic_us().saturating_sub(start) > budget_us {
                // The caller goes on; the background thread does the rest at once.
                self.cron.nudge();
                return Ok(());
            }
        }
        Ok(())
    }

    /// Evicts a key, unless it was used or changed since it became a candidate.
    fn evict_key(&self, candidate: &Candidate, policy: Policy) {
        let Candidate { score, db, ref key } = *candidate;
        let now = self.clock.now_ms();
        let mut view = self.lock_key(key, true);
        let eligible = view.get(db, key).is_some_and(|e| {
            (!policy.volatile() || e.has_expire()) && policy.score(e, &self.usage, now) >= score
        });
        let since = self.latency.begin();
        let gone = if eligible { view.remove(db, key) } else { None };
        if let Some(entry) = gone {
            self.stats.evicted_keys.fetch_add(1, Ordering::Relaxed);
            self.journal_del(db, key, Class::EVICTED, "evicted");
            drop(view);
            if self.settings.read().lazyfree_eviction {
                self.cron.free_entries(vec![entry], &self.stats);
            } else {
                drop(entry);
            }
            self.latency.end("eviction-del", since);
        }
    }
}

/// Microseconds that one call may spend evicting: 50 per step up to 10, then 15 % more a step, and without a
/// limit at 100, as Redis's documentation of the directive has it.
fn tenacity_us(tenacity: i64) -> u64 {
    match tenacity {
        ..=10 => 50 * u64::try_from(tenacity).unwrap_or(0),
        100.. => u64::MAX,
        _ => {
            let us = 500.0 * 1.15_f64.powf((tenacity - 10) as f64);
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most 1.4e8")]
            let us = us as u64;
            us
        }
    }
}
