//! Which key goes when memory is full: sampled, as Redis does it, with a small pool of the best candidates
//! seen so far that makes the samples of earlier calls count.

use std::sync::atomic::Ordering;

use super::lfu;
use super::raw::Entry;
use super::space::Keyspace;
use super::usage::Usage;
use crate::base::rng::Rng;

/// `maxmemory-policy`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Policy {
    VolatileLru,
    VolatileLfu,
    VolatileRandom,
    VolatileTtl,
    AllKeysLru,
    AllKeysLfu,
    AllKeysRandom,
    NoEviction,
}

impl Policy {
    /// Names, in the order in which Redis lists them.
    pub(crate) const NAMES: &[(&str, Policy)] = &[
        ("volatile-lru", Self::VolatileLru),
        ("volatile-lfu", Self::VolatileLfu),
        ("volatile-random", Self::VolatileRandom),
        ("volatile-ttl", Self::VolatileTtl),
        ("allkeys-lru", Self::AllKeysLru),
        ("allkeys-lfu", Self::AllKeysLfu),
        ("allkeys-random", Self::AllKeysRandom),
        ("noeviction", Self::NoEviction),
    ];

    /// Its name.
    pub(crate) fn name(self) -> &'static str {
        Self::NAMES.iter().find(|n| n.1 == self).map_or("", |n| n.0)
    }

    /// Only keys with an expiry may go.
    pub(crate) fn volatile(self) -> bool {
        matches!(self, Self::VolatileLru | Self::VolatileLfu | Self::VolatileRandom | Self::VolatileTtl)
    }

    /// Entries carry LFU counters.
    pub(crate) fn lfu(self) -> bool {
        matches!(self, Self::VolatileLfu | Self::AllKeysLfu)
    }

    fn random(self) -> bool {
        matches!(self, Self::VolatileRandom | Self::AllKeysRandom)
    }

    /// How willingly an entry goes: higher goes first.
    pub(crate) fn score(self, entry: &Entry, usage: &Usage, now_ms: i64) -> i64 {
        match self {
            Self::VolatileTtl => i64::MAX - entry.expire_at().unwrap_or(i64::MAX),
            Self::VolatileLfu | Self::AllKeysLfu => {
                let decay = usage.decay_minutes.load(Ordering::Relaxed);
                255 - i64::from(lfu::lfu_decayed(entry.lru(), now_ms, decay))
            }
            _ => i64::from(lfu::idle_seconds(entry.lru(), usage.lru_clock())),
        }
    }
}

/// Candidates kept between calls.
const POOL: usize = 16;

/// A key that may go.
pub(crate) struct Candidate {
    /// How willingly it went when it was looked at; a use since then makes it less.
    pub(crate) score: i64,
    /// Its logical database.
    pub(crate) db: usize,
    /// Its name.
    pub(crate) key: Vec<u8>,
}

/// The pool; candidates by rising score.
#[derive(Default)]
pub(crate) struct Evictor {
    pool: Vec<Candidate>,
}

impl Evictor {
    /// Forgets all candidates: the policy changed.
    pub(crate) fn clear(&mut self) {
        self.pool.clear();
    }

    /// The next key to remove, or `None` if no key may go. The caller checks that it still may.
    pub(crate) fn pick(
        &mut self,
        space: &Keyspace,
        policy: Policy,
        samples: usize,
        usage: &Usage,
        now_ms: i64,
        rng: &mut Rng,
    ) -> Option<Candidate> {
        // A random place may hold nothing that can go; a few are tried before all are walked.
        for _ in 0..8 {
            if let Some(found) = self.sample(space, policy, samples, usage, now_ms, rng) {
                return Some(found);
            }
        }
        (0..space.databases()).find_map(|db| {
            space.first(db, policy.volatile()).map(|key| Candidate { score: i64::MIN, db, key })
        })
    }

    fn sample(
        &mut self,
        space: &Keyspace,
        policy: Policy,
        samples: usize,
        usage: &Usage,
        now_ms: i64,
        rng: &mut Rng,
    ) -> Option<Candidate> {
        let databases = space.databases();
        let start = usize::try_from(rng.below(databases as u64)).unwrap_or(0);
        for db in (0..databases).map(|i| (start + i) % databases) {
            let mut seen = 0;
            let mut found = None;
            space.sample(db, policy.volatile(), rng, &mut |entry| {
                if policy.random() {
                    found = Some(Candidate { score: i64::MIN, db, key: entry.key().to_vec() });
                    return false;
                }
                self.offer(policy.score(entry, usage, now_ms), db, entry.key());
                seen += 1;
                seen < samples
            });
            if found.is_some() {
                return found;
            }
        }
        self.pool.pop()
    }

    fn offer(&mut self, score: i64, db: usize, key: &[u8]) {
        let full = self.pool.len() >= POOL;
        if full && self.pool.first().is_some_and(|worst| worst.score >= score) {
            return;
        }
        if self.pool.iter().any(|c| c.db == db && c.key == key) {
            return;
        }
        let at = self.pool.partition_point(|c| c.score < score);
        self.pool.insert(at, Candidate { score, db, key: key.to_vec() });
        if full {
            self.pool.remove(0);
        }
    }
}
