//! From a location and configuration text to an open database, and back.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, AtomicU64, AtomicUsize, Ordering};

use parking_lot::{Mutex, RwLock};

use super::config::Settings;
use super::cron::Cron;
use super::load::{Loading, TELL_US, Target};
use super::rewrite::Rewrites;
use super::save::Saves;
use super::{CLOSED, Engine, Hot, LogFn, Retired};
use crate::base::clock::{Clock, monotonic_us};
use crate::base::error::{Error, ErrorKind, Result};
use crate::base::latency::Monitor;
use crate::base::log::Level;
use crate::base::rng::{Rng, system_seed};
use crate::cmd::host::Stats;
use crate::cmd::session::Waits;
use crate::keyspace::evict::Evictor;
use crate::keyspace::space::Keyspace;
use crate::keyspace::usage::Usage;
use crate::persist::aof::{AofDir, AofWriter, BaseLoaded, OpenOptions};
use crate::persist::snapshot;
use crate::persist::storage::{FileSystem, Storage};
use crate::sys::fork::ForkGuard;
use crate::types::limits::Limits;

/// How to open a database, beyond its location.
#[derive(Clone, Default)]
pub struct Options {
    config: String,
    clock: Clock,
    seed: Option<u64>,
    storage: Option<Arc<dyn Storage>>,
    log: Option<LogFn>,
}

impl Options {
    /// Everything at its default.
    pub fn new() -> Self {
        Self::default()
    }

    /// Configuration text as in a `redis.conf`, one directive a line.
    pub fn config(mut self, text: impl Into<String>) -> Self {
        self.config = text.into();
        self
    }

    /// The clock; a manual one makes expiry repeatable.
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// Fixes all randomness, the hash function's included. Not for data from strangers: collisions could then
    /// be computed.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// Files elsewhere than in the file system.
    pub fn storage(mut self, storage: Arc<dyn Storage>) -> Self {
        self.storage = Some(storage);
        self
    }

    /// Receives log lines, those of loading included. Called from any thread, never with a lock on keys held.
    pub fn log(mut self, log: impl Fn(Level, &str) + Send + Sync + 'static) -> Self {
        self.log = Some(Arc::new(log));
        self
    }

    /// Opens a location: empty or `:memory:` for memory only, otherwise a directory, created when missing.
    pub fn open(self, location: impl AsRef<Path>) -> Result<crate::client::Db> {
        open(self, location.as_ref()).map(crate::client::Db::new)
    }
}

/// What a location names.
enum Place {
    Memory,
    Directory(PathBuf),
    /// One file, loaded at open and written at close.
    Snapshot(PathBuf),
}

fn place(location: &Path) -> Result<Place> {
    if location.as_os_str().is_empty() || location == Path::new(":memory:") {
        return Ok(Place::Memory);
    }
    // Not `extension`: a name that is nothing but `.rdb` ends in it as well.
    let name = location.file_name().map(OsStr::as_encoded_bytes).unwrap_or_default();
    if name.last_chunk().is_some_and(|end: &[u8; 4]| end.eq_ignore_ascii_case(b".rdb")) {
        let absolute =
            std::path::absolute(location).map_err(|e| Error::io("cannot resolve", location, &e))?;
        return Ok(Place::Snapshot(absolute));
    }
    let absolute = std::path::absolute(location).map_err(|e| Error::io("cannot resolve", location, &e))?;
    Ok(Place::Directory(absolute))
}

/// Every logical database has a table of some hundred bytes in every shard.
const MAX_TABLES: i64 = 1 << 20;

fn settle(settings: &mut Settings, place: &Place) -> Result<()> {
    let (databases, shards) = (settings.databases, settings.shards);
    if databases.saturating_mul(shards) > MAX_TABLES {
        let text = format!(
            "config databases {databases} and shards {shards}: their product must be at most {MAX_TABLES}"
        );
        return Err(Error::new(ErrorKind::Arg, text));
    }
    let durable = matches!(place, Place::Directory(_));
    match (settings.appendonly, durable) {
        (Some(true), false) => {
            let text = "appendonly yes: a database in memory, or of one snapshot file, has no directory for its file";
            return Err(Error::new(ErrorKind::Arg, text));
        }
        (Some(false), true) => {
            let text = "appendonly no: a directory is durable by its append-only file; open :memory: instead";
            return Err(Error::new(ErrorKind::Arg, text));
        }
        _ => settings.appendonly = Some(durable),
    }
    settings.dir = match place {
        Place::Directory(dir) => dir.clone(),
        Place::Snapshot(file) => file.parent().map(Path::to_path_buf).unwrap_or_default(),
        Place::Memory => PathBuf::new(),
    };
    if let Place::Snapshot(file) = place {
        settings.dbfilename = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    }
    Ok(())
}

pub(super) fn open(options: Options, location: &Path) -> Result<Arc<Engine>> {
    let mut settings = Settings::parse(&options.config)
        .map_err(|why| Error::new(ErrorKind::Arg, format!("config {why}")))?;
    let storage: Arc<dyn Storage> = options.storage.unwrap_or_else(|| Arc::new(FileSystem));
    let mut place = place(location)?;
    if let Place::Snapshot(file) = &mut place {
        *file = storage.resolve(file).map_err(|e| Error::io("cannot look at", file, &e))?;
    }
    settle(&mut settings, &place)?;
    let seed = options.seed.unwrap_or_else(system_seed);
    let mut rng = Rng::new(seed);
    let now = options.clock.now_ms();
    let count = |n: i64| usize::try_from(n).unwrap_or(1);
    let target = match &place {
        Place::Memory => None,
        Place::Directory(dir) => Some(dir.join(&settings.dbfilename)),
        Place::Snapshot(file) => Some(file.clone()),
    };
    let mut saves = Saves::new(Arc::clone(&storage), target, now / 1000);
    saves.is_location = matches!(place, Place::Snapshot(_));
    let latency = Arc::new(Monitor::new(options.clock.clone()));
    let mut engine = Engine {
        saves,
        rewrites: Rewrites::default(),
        loading: Loading::default(),
        space: Keyspace::new(count(settings.shards), count(settings.databases), rng.next_u64()),
        usage: Usage::new(options.clock.clone()),
        clock: options.clock,
        limits: Limits::default(),
        stats: Stats::default(),
        settings: RwLock::new(settings.clone()),
        setting: Mutex::new(()),
        hot: Hot {
            maxmemory: AtomicU64::new(0),
            policy: AtomicU8::new(u8::MAX),
            max_bulk: AtomicUsize::new(0),
            lazy_server_del: AtomicBool::new(false),
            lazy_user_del: AtomicBool::new(false),
            lazy_user_flush: AtomicBool::new(false),
            pool_is_old: AtomicBool::new(false),
        },
        aof: None,
        feeds: super::feed::Feeds::default(),
        state: AtomicU32::new(0),
        fork: ForkGuard::new(),
        cards: Mutex::default(),
        retired: Retired::default(),
        next_id: AtomicU64::new(1),
        run_id: format!("{:016x}{:016x}{:08x}", rng.next_u64(), rng.next_u64(), rng.next_u64() >> 32),
        rng: Mutex::new(rng),
        evictor: Mutex::new(Evictor::default()),
        observers: super::observers::Observers::default(),
        trackers: super::tracking::Trackers::default(),
        hub: crate::pubsub::hub::Hub::new(),
        cron: Cron::new(now),
        log: RwLock::new(options.log),
        slowlog: crate::cmd::server::slowlog::SlowLog::new(),
        latency,
        histograms: Arc::new(crate::cmd::histogram::Histograms::new()),
        monitors: RwLock::default(),
        monitored: AtomicBool::new(false),
        pause: super::pause::Pause::default(),
        stray_us: AtomicU64::new(0),
        buffers: AtomicUsize::new(0),
        ends_server: RwLock::default(),
        early: Mutex::new(Some(Vec::new())),
        started_us: monotonic_us(),
        startup_bytes: AtomicU64::new(0),
    };
    for name in &settings.without_meaning {
        engine.log_line(Level::Warning, &format!("directive '{name}' means nothing here and is ignored"));
    }
    engine.limits.set_seed(engine.rng.lock().next_u64());
    engine.apply(&settings);
    let startup = size_of::<Engine>() + engine.space.shards() * (128 + engine.space.databases() * 128);
    engine.startup_bytes.store(startup as u64, Ordering::Relaxed);
    match &place {
        Place::Memory => {}
        Place::Directory(dir) => {
            let aof = load(&engine, &settings, Arc::clone(&storage), dir)?;
            snapshot::remove_temps(&*storage, &dir.join(&settings.dbfilename));
            aof.set_policy(settings.appendfsync);
            engine.aof = Some(aof);
        }
        Place::Snapshot(file) => open_snapshot(&engine, &*storage, file)?,
    }
    let engine = Arc::new(engine);
    engine.saves.know(&engine);
    Cron::start(&engine)?;
    Ok(engine)
}

fn load(engine: &Engine, settings: &Settings, storage: Arc<dyn Storage>, dir: &Path) -> Result<AofWriter> {
    let options = OpenOptions {
        appendfilename: settings.appendfilename.clone().into(),
        appenddirname: settings.appenddirname.clone().into(),
        policy: settings.appendfsync,
        load_truncated: settings.aof_load_truncated,
        timestamps: settings.aof_timestamps,
        until: Some(settings.aof_load_until).filter(|until| *until > 0),
        clock: engine.clock.clone(),
        monitor: Arc::clone(&engine.latency),
    };
    let mut session = engine.enter();
    session.replaying = true;
    session.waits = Waits::No;
    let log = |level: Level, line: &str| engine.log_line(level, line);
    let start = monotonic_us();
    let known = |name: &[u8]| crate::cmd::find(name).is_some();
    let (mut commands, mut told) = (0_u64, start);
    let mut replay = |argv: &[&[u8]]| {
        commands += 1;
        if commands.is_multiple_of(4096) && monotonic_us().saturating_sub(told) >= TELL_US {
            told = monotonic_us();
            engine.log_line(
                Level::Notice,
                &format!("Loading the append only file: {commands} commands so far"),
            );
        }
        engine.replay(&mut session, argv)
    };
    engine.space.set_loading(true);
    let files = Arc::clone(&storage);
    // What has expired meanwhile stays: the increments tell what became of it.
    let mut base = |path: &Path| {
        let loaded = engine.load_snapshot(&*files, path, None, &Target::Live)?;
        Ok(BaseLoaded { end: loaded.end, made_s: loaded.made_s })
    };
    let opened = AofDir::open(storage, dir, &options, &log, &known, &mut replay, &mut base);
    engine.space.set_loading(false);
    engine.cards.lock().clear();
    engine.next_id.store(1, Ordering::Relaxed);
    let (aof, loaded) = opened?;
    if loaded.commands > 0 {
        let ms = monotonic_us().saturating_sub(start) / 1000;
        let line = format!("DB loaded from append only file: {} commands in {ms} ms", loaded.commands);
        engine.log_line(Level::Notice, &line);
    }
    Ok(aof)
}

/// Keeps everybody else away from a snapshot file, and loads it if it is there.
fn open_snapshot(engine: &Engine, storage: &dyn Storage, file: &Path) -> Result<()> {
    let path = snapshot::lock_of(file);
    let lock = storage.lock(&path).map_err(|e| match e.kind() {
        std::io::ErrorKind::WouldBlock => {
            let text = format!("{} is open in another process or another handle of this one", file.display());
            Error::new(ErrorKind::Locked, text)
        }
        _ => Error::io("cannot lock", &path, &e),
    })?;
    *engine.saves.lock.lock() = Some(lock);
    snapshot::remove_temps(storage, file);
    let there = storage.metadata(file).map_err(|e| Error::io("cannot look at", file, &e))?;
    match there {
        None => return Ok(()),
        Some(meta) if meta.is_dir => {
            return Err(Error::new(ErrorKind::Arg, format!("{} is a directory", file.display())));
        }
        Some(_) => {}
    }
    let start = monotonic_us();
    engine.space.set_loading(true);
    let loaded = engine.load_snapshot(storage, file, Some(engine.clock.now_ms()), &Target::Live);
    engine.space.set_loading(false);
    let loaded = loaded?;
    let ms = monotonic_us().saturating_sub(start) / 1000;
    let line = format!("DB loaded from disk: {} keys in {ms} ms, {} expired", loaded.keys, loaded.expired);
    engine.log_line(Level::Notice, &line);
    Ok(())
}

impl Engine {
    /// Ends the database: refuses new calls, wakes waiting ones, ends the background thread, writes and syncs
    /// the append-only file, gives the directory free. The second call does nothing.
    pub(crate) fn close(&self) -> Result<()> {
        self.close_and(true)
    }

    /// The same for a program that is nothing but a server: if SHUTDOWN ended that, a location that is a snapshot file is left as
    /// it left it.
    pub(crate) fn close_as_shut_down(&self) -> Result<()> {
        self.close_and(!self.saves.settled.load(Ordering::Relaxed))
    }

    fn close_and(&self, save: bool) -> Result<()> {
        if self.crossed_fork() {
            return self.check();
        }
        if self.state.fetch_or(CLOSED, Ordering::AcqRel) & CLOSED != 0 {
            return Ok(());
        }
        let ends = std::mem::take(&mut *self.ends_server.write());
        ends.iter().for_each(|end| end());
        self.wake_all();
        self.cron.stop();
        self.stop_saving();
        self.await_reload();
        // Calls that had passed the check are let through before the file is closed.
        drop(self.space.lock_all(true));
        let saved =
            if save && self.saves.is_location && !self.poisoned() { self.save_at_close() } else { Ok(()) };
        *self.saves.lock.lock() = None;
        let closed = self.aof.as_ref().map_or(Ok(()), AofWriter::close);
        // Now that all is written, so that who follows the changes gets them to the last.
        self.feeds.close();
        saved.and(closed)
    }
}
