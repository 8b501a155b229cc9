//! Loading a snapshot file, and how far it is: for the log and INFO.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};

use super::Engine;
use crate::base::clock::monotonic_us;
use crate::base::error::{Error, ErrorKind, Result};
use crate::base::log::Level;
use crate::base::num;
use crate::keyspace::aside::Aside;
use crate::keyspace::raw::{INLINE_MAX, NewValue};
use crate::persist::load::{self, How, Into, Item, Loaded};
use crate::persist::storage::Storage;
use crate::rdb::Value;

/// Microseconds between two lines of the log.
pub(super) const TELL_US: u64 = 2_000_000;

/// How far loading is.
#[derive(Default)]
pub(super) struct Loading {
    active: AtomicBool,
    /// Unix seconds.
    start_time: AtomicI64,
    start_us: AtomicU64,
    told_us: AtomicU64,
    total: AtomicU64,
    loaded: AtomicU64,
    /// What the file says that its data took where it was written.
    rdb_used_mem: AtomicU64,
    /// Of the last file that was loaded.
    keys_loaded: AtomicU64,
    keys_expired: AtomicU64,
    /// DEBUG SET-SKIP-CHECKSUM-VALIDATION 1 was called.
    pub(super) skip_checksum: AtomicBool,
}

/// What INFO tells of loading.
#[derive(Debug, Clone, Copy)]
pub(super) struct Progress {
    pub(super) start_time: i64,
    pub(super) total: u64,
    pub(super) rdb_used_mem: u64,
    pub(super) loaded: u64,
    pub(super) percent: f64,
    pub(super) eta_seconds: u64,
}

impl Loading {
    /// Something of so many bytes is loaded from now on.
    pub(super) fn begin(&self, now_s: i64, total: u64) {
        let now = monotonic_us();
        self.start_time.store(now_s, Ordering::Relaxed);
        self.start_us.store(now, Ordering::Relaxed);
        self.told_us.store(now, Ordering::Relaxed);
        self.loaded.store(0, Ordering::Relaxed);
        self.rdb_used_mem.store(0, Ordering::Relaxed);
        self.total.store(total, Ordering::Relaxed);
        self.active.store(true, Ordering::Release);
    }

    /// It is loaded, or failed.
    pub(super) fn end(&self) {
        self.active.store(false, Ordering::Release);
    }

    /// How far it is, if anything is loaded.
    pub(super) fn progress(&self) -> Option<Progress> {
        if !self.active.load(Ordering::Acquire) {
            return None;
        }
        let total = self.total.load(Ordering::Relaxed);
        let loaded = self.loaded.load(Ordering::Relaxed).min(total);
        let spent = monotonic_us().saturating_sub(self.start_us.load(Ordering::Relaxed));
        let left = u128::from(spent) * u128::from(total - loaded) / u128::from(loaded.max(1)) / 1_000_000;
        Some(Progress {
            start_time: self.start_time.load(Ordering::Relaxed),
            total,
            rdb_used_mem: self.rdb_used_mem.load(Ordering::Relaxed),
            loaded,
            percent: loaded as f64 * 100.0 / total.max(1) as f64,
            // As Redis says it before anything is known.
            eta_seconds: if loaded == 0 { 1 } else { u64::try_from(left).unwrap_or(u64::MAX) },
        })
    }

    /// Keys of the last file: loaded, and passed over because they had expired.
    pub(super) fn last(&self) -> (u64, u64) {
        (self.keys_loaded.load(Ordering::Relaxed), self.keys_expired.load(Ordering::Relaxed))
    }

    /// The percentage, if it is time for a line of the log.
    fn at(&self, bytes: u64) -> Option<u64> {
        self.loaded.store(bytes, Ordering::Relaxed);
        let now = monotonic_us();
        if now.saturating_sub(self.told_us.load(Ordering::Relaxed)) < TELL_US {
            return None;
        }
        self.told_us.store(now, Ordering::Relaxed);
        Some(bytes.saturating_mul(100) / self.total.load(Ordering::Relaxed).max(1))
    }
}

/// Where the keys of a file go.
pub(super) enum Target<'t> {
    /// Into the database, which is empty and has no clients yet.
    Live,
    /// Beside it. Whether a key that is there twice replaces the one before it.
    Aside(&'t Aside<'t>, bool),
}

impl Engine {
    /// Loads a snapshot file. Keys that had expired at `now` are passed over, unless it is `None`.
    pub(super) fn load_snapshot(
        &self,
        storage: &dyn Storage,
        path: &std::path::Path,
        now: Option<i64>,
        target: &Target<'_>,
    ) -> Result<Loaded> {
        let verify = self.settings.read().rdbchecksum && !self.loading.skip_checksum.load(Ordering::Relaxed);
        let merges = matches!(target, Target::Aside(_, true));
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        // Which of two values of a key is the later one only the file's order tells.
        let workers = if merges { 1 } else { cores };
        let len = storage.metadata(path).ok().flatten().map_or(0, |meta| meta.len);
        self.loading.begin(self.clock.now_ms() / 1000, len);
        let take = self.taking(path, target);
        let forget = || match target {
            Target::Live => drop(self.space.take_everything()),
            Target::Aside(aside, _) => aside.clear(),
        };
        let progress = |bytes| {
            if let Some(percent) = self.loading.at(bytes) {
                let line = format!("Loading {}: {percent}% done", path.display());
                self.log_line(Level::Notice, &line);
            }
        };
        let aux = |name: &[u8], text: &[u8]| {
            if let (b"used-mem", Some(bytes)) = (name, num::parse_u64(text)) {
                self.loading.rdb_used_mem.store(bytes, Ordering::Relaxed);
            }
        };
        let how = How { limits: &self.limits, verify, now, workers };
        let expect = |db: u64, keys: u64| {
            if let (Target::Live, Ok(db)) = (target, usize::try_from(db)) {
                self.space.expect(db, keys);
            }
        };
        let into = Into { take: &take, forget: &forget, aux: &aux, expect: &expect, progress: &progress };
        let loaded = load::load(storage, path, how, &into);
        self.loading.end();
        let loaded = loaded?;
        self.loading.keys_loaded.store(loaded.keys, Ordering::Relaxed);
        self.loading.keys_expired.store(loaded.expired, Ordering::Relaxed);
        self.saves.functions.lock().clone_from(&loaded.functions);
        Ok(loaded)
    }

    /// Stores one key of a file.
    fn taking<'a>(
        &'a self,
        path: &'a std::path::Path,
        target: &'a Target<'a>,
    ) -> impl Fn(Item<'_>) -> Result<()> + Sync + 'a {
        let fresh = self.usage.fresh();
        let lfu = self.usage.lfu.load(Ordering::Relaxed);
        let clock = self.usage.lru_clock();
        move |item: Item<'_>| {
            let Item { name, expire_at, .. } = item;
            let db = usize::try_from(item.db).ok().filter(|db| *db < self.space.databases());
            let db = db.ok_or_else(|| {
                let text = format!(
                    "{}: it uses more logical databases than the directive `databases` allows",
                    path.display()
                );
                Error::new(ErrorKind::Arg, text)
            })?;
            let used = match (lfu, item.freq, item.idle) {
                (true, Some(freq), _) => (fresh & !0xff) | u32::from(freq),
                (false, _, Some(idle)) => {
                    clock.wrapping_sub(u32::try_from(idle).unwrap_or(u32::MAX).min(0xff_ffff)) & 0xff_ffff
                }
                _ => fresh,
            };
            let (text, value) = match item.value {
                Value::Int(i) => (None, NewValue::Int(i)),
                Value::Text(text) if text.len() <= INLINE_MAX => (Some(text), NewValue::Int(0)),
                Value::Text(text) => (None, NewValue::Block(Arc::new(text))),
                Value::Object(object) => (None, NewValue::Object(Box::new(object))),
            };
            let value = text.as_deref().map_or(value, NewValue::Bytes);
            let stored = match target {
                Target::Live => self.space.load(db, name, value, expire_at, used),
                Target::Aside(aside, merges) => aside.load(db, name, value, expire_at, used, *merges),
            };
            if stored {
                return Ok(());
            }
            let name = String::from_utf8_lossy(name);
            Err(Error::new(
                ErrorKind::Corrupt,
                format!("{}: the key '{name}' is there twice", path.display()),
            ))
        }
    }
}
