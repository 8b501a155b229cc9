//! The append-only file: SET with `appendfsync everysec` beside SET in memory (goal: at most 1.5 times), and
//! `appendfsync always`, where threads that wait together share one fsync.

use std::ffi::OsString;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use lodger::{FileSystem, Metadata, Options, Storage, StorageFile, StorageLock};

use crate::Plan;
use crate::abi::Db;
use crate::keys::{self, Random};
use crate::report::{at_most, each, median, ratio, table, time};

/// Keys that are there; every SET is of one of them.
const KEYS: usize = 1_000_000;
/// How long `always` runs, a round.
const WINDOW: Duration = Duration::from_millis(300);

/// Where the files are: on the disk that the build is on, not in a memory file system.
fn directory() -> tempfile::TempDir {
    let beside = std::env::current_exe().unwrap().parent().unwrap().to_owned();
    tempfile::tempdir_in(beside).unwrap()
}

/// Both tables.
pub(crate) fn run(plan: &Plan) {
    everysec(plan);
    always(9);
}

fn everysec(plan: &Plan) {
    let directory = directory();
    let memory = Db::memory();
    let file = Db::open(Some(directory.path()), "appendfsync everysec\n");
    let (mut memory_client, mut file_client) = (memory.client(), file.client());
    let value = keys::value(0);
    for n in 0..KEYS {
        let key = keys::key(n);
        memory_client.set(&key, &value);
        file_client.set(&key, &value);
    }
    let mut random = Random::new(3);
    let (mut in_memory, mut in_file, mut on_disk) = (Vec::new(), Vec::new(), Vec::new());
    for n in 0..plan.rounds / 4 {
        file.sync();
        let order = random.keys(plan.operations * 5, KEYS);
        let value = keys::value(n);
        in_memory.push(each(time(|| order.iter().for_each(|k| memory_client.set(k, &value))), order.len()));
        let start = Instant::now();
        order.iter().for_each(|k| file_client.set(k, &value));
        in_file.push(each(start.elapsed(), order.len()));
        file.sync();
        on_disk.push(each(start.elapsed(), order.len()));
    }
    let cell = |values: &[f64]| format!("{:.0}", median(values));
    let row = vec![
        "SET".to_owned(),
        cell(&in_memory),
        cell(&in_file),
        at_most(ratio(&in_file, &in_memory), 1.5),
        cell(&on_disk),
    ];
    let head = ["appendfsync everysec", "in memory", "everysec", "everysec/memory", "until on disk"];
    table(&format!("Nanoseconds for one SET, {KEYS} keys, one thread"), &head, &[row]);
}

/// The file system, counting syncs of files.
struct Counting {
    below: FileSystem,
    syncs: Arc<AtomicU64>,
}

struct CountingFile {
    below: Box<dyn StorageFile>,
    syncs: Arc<AtomicU64>,
}

impl StorageFile for CountingFile {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.below.read(buf)
    }
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        self.below.write(data)
    }
    fn sync(&mut self) -> io::Result<()> {
        self.syncs.fetch_add(1, Ordering::Relaxed);
        self.below.sync()
    }
    fn truncate(&mut self, len: u64) -> io::Result<()> {
        self.below.truncate(len)
    }
}

impl Counting {
    fn count(&self, below: io::Result<Box<dyn StorageFile>>) -> io::Result<Box<dyn StorageFile>> {
        Ok(Box::new(CountingFile { below: below?, syncs: Arc::clone(&self.syncs) }))
    }
}

impl Storage for Counting {
    fn metadata(&self, path: &Path) -> io::Result<Option<Metadata>> {
        self.below.metadata(path)
    }
    fn list(&self, dir: &Path) -> io::Result<Vec<OsString>> {
        self.below.list(dir)
    }
    fn create_dir(&self, path: &Path) -> io::Result<()> {
        self.below.create_dir(path)
    }
    fn open_read(&self, path: &Path) -> io::Result<Box<dyn StorageFile>> {
        self.below.open_read(path)
    }
    fn open_append(&self, path: &Path) -> io::Result<Box<dyn StorageFile>> {
        self.count(self.below.open_append(path))
    }
    fn create(&self, path: &Path) -> io::Result<Box<dyn StorageFile>> {
        self.count(self.below.create(path))
    }
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.below.rename(from, to)
    }
    fn remove(&self, path: &Path) -> io::Result<()> {
        self.below.remove(path)
    }
    fn sync_dir(&self, dir: &Path) -> io::Result<()> {
        self.below.sync_dir(dir)
    }
    fn lock(&self, path: &Path) -> io::Result<Box<dyn StorageLock>> {
        self.below.lock(path)
    }
}

/// What the disk gives in one window: acknowledged writes and syncs. Through the Rust API, because only there
/// can syncs be counted.
fn window(db: &lodger::Db, syncs: &AtomicU64, threads: usize) -> (u64, u64, Duration) {
    let (before, start) = (syncs.load(Ordering::Relaxed), Instant::now());
    let writes = std::thread::scope(|scope| {
        let running: Vec<_> = (0..threads)
            .map(|t| {
                scope.spawn(move || {
                    let (mut client, mut writes) = (db.client().unwrap(), 0);
                    while start.elapsed() < WINDOW {
                        client.set(&keys::key(t * 1000 + writes % 1000), &keys::value(writes)).unwrap();
                        writes += 1;
                    }
                    writes as u64
                })
            })
            .collect();
        running.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    (writes, syncs.load(Ordering::Relaxed) - before, start.elapsed())
}

fn always(rounds: usize) {
    let (directory, syncs) = (directory(), Arc::new(AtomicU64::new(0)));
    let storage = Counting { below: FileSystem, syncs: Arc::clone(&syncs) };
    let options = Options::new().storage(Arc::new(storage)).config("appendfsync always\n");
    let db = options.open(directory.path()).unwrap();
    let mut results = [1usize, 8, 32].map(|threads| (threads, Vec::new(), Vec::new()));
    for _ in 0..rounds {
        for (threads, rates, shares) in &mut results {
            let (writes, syncs, took) = window(&db, &syncs, *threads);
            rates.push(writes as f64 / took.as_secs_f64());
            shares.push(syncs as f64 / writes as f64);
        }
    }
    let rows = results.map(|(threads, rates, shares)| {
        vec![threads.to_string(), format!("{:.0}", median(&rates)), format!("{:.2}", median(&shares))]
    });
    table("appendfsync always", &["threads", "writes/s", "syncs per write"], &rows);
}
