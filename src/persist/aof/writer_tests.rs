use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};

use super::*;
use crate::persist::testing::sim::{Crash, SimStorage, Trouble};

const PATH: &str = "/d/incr";

fn start(
    storage: Arc<dyn Storage>,
    [file, sync]: [Box<dyn StorageFile>; 2],
    path: &str,
    policy: FsyncPolicy,
    locks: Vec<Box<dyn StorageLock>>,
) -> AofWriter {
    AofWriter::new(Start {
        seq: 1,
        files: Files::new(storage, "/d".into(), "aof".into()),
        manifest: Manifest::default(),
        increment: Increment { name: "incr".into(), path: path.into(), file, sync, len: 0 },
        total: 0,
        policy,
        clock: Clock::default(),
        monitor: Arc::default(),
        timestamps: false,
        locks,
    })
}

fn writer(disk: &SimStorage, policy: FsyncPolicy) -> AofWriter {
    disk.put(PATH, b"");
    let files = [(); 2].map(|()| disk.open_append(PATH.as_ref()).unwrap());
    start(Arc::new(disk.clone()), files, PATH, policy, Vec::new())
}

/// The bytes of a file that belong to records.
fn records(file: Vec<u8>) -> usize {
    file.len() - HEAD * memchr::memmem::find_iter(&file, unit::MARK).count()
}

fn synced(disk: &SimStorage) -> usize {
    records(disk.after(Crash::LoseUnsynced).read(PATH).unwrap())
}

fn written(disk: &SimStorage) -> usize {
    records(disk.read(PATH).unwrap())
}

#[test]
fn each_policy_writes_and_syncs_when_it_should() {
    let disk = SimStorage::new();
    let w = writer(&disk, FsyncPolicy::EverySec);
    let lsn = w.append(0, &[b"SET", b"k", b"v"]);
    w.commit(lsn).unwrap();
    assert_eq!((written(&disk), w.info().pending_bytes), (0, lsn));
    w.tick(10_000);
    assert_eq!((written(&disk), synced(&disk), disk.syncs()), (50, 50, 1));
    w.append(0, &[b"DEL", b"k"]);
    w.tick(10_100);
    w.tick(10_999);
    assert_eq!((written(&disk), synced(&disk)), (70, 50));
    assert_eq!(w.info().current_size, 70 + HEAD as u64);
    w.tick(11_000);
    w.tick(12_000);
    assert_eq!((synced(&disk), disk.syncs()), (70, 2));

    w.set_policy(FsyncPolicy::No);
    w.append(0, &[b"DEL", b"k"]);
    w.tick(20_000);
    assert_eq!((written(&disk), synced(&disk)), (90, 70));
    w.sync().unwrap();
    assert_eq!(synced(&disk), 90);

    w.set_policy(FsyncPolicy::Always);
    assert_eq!(w.policy(), FsyncPolicy::Always);
    w.commit(w.append(0, &[b"DEL", b"k"])).unwrap();
    assert_eq!(synced(&disk), 110);
    w.append(0, &[b"DEL", b"k"]);
    w.tick(20_001);
    assert_eq!(synced(&disk), 130);
}

#[test]
fn a_transaction_is_one_block_and_selects_before_it() {
    let disk = SimStorage::new();
    let w = writer(&disk, FsyncPolicy::No);
    w.append(0, &[b"A"]);
    w.transaction(|tx| {
        tx.push(2, &[b"B"]);
        tx.push(3, &[b"C"]);
    });
    w.transaction(|_| {});
    w.append(3, &[b"D"]);
    w.close().unwrap();
    let text = String::from_utf8(disk.read(PATH).unwrap()).unwrap();
    let words: Vec<_> =
        text.split("\r\n").filter(|s| !s.starts_with(['*', '$', '#']) && !s.is_empty()).collect();
    assert_eq!(words.join(" "), "SELECT 0 A SELECT 2 MULTI B SELECT 3 C EXEC D");
}

#[test]
fn much_in_memory_is_written_by_the_caller() {
    let disk = SimStorage::new();
    let w = writer(&disk, FsyncPolicy::EverySec);
    let value = vec![b'v'; 8 << 20];
    for n in 1..=8 {
        w.commit(w.append(0, &[b"SET", b"k", &value])).unwrap();
        assert_eq!((written(&disk) > 0, w.info().delayed_fsync), (n == 8, u64::from(n == 8)), "{n}");
    }
    // One helps with some of it, not with everything.
    assert_eq!((written(&disk), disk.syncs()), (3 * ((8 << 20) + 32) + 23, 0));
    w.tick(0);
    assert_eq!(w.info().pending_bytes, 0);
}

/// A file whose first sync waits until the test lets it go.
struct Gate {
    inner: Box<dyn StorageFile>,
    entered: Sender<()>,
    go: Receiver<()>,
}

impl StorageFile for Gate {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.inner.read(buf)
    }
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        self.inner.write(data)
    }
    fn sync(&mut self) -> io::Result<()> {
        let _ = self.entered.send(());
        let _ = self.go.recv();
        self.inner.sync()
    }
    fn truncate(&mut self, len: u64) -> io::Result<()> {
        self.inner.truncate(len)
    }
}

#[test]
fn one_sync_acknowledges_everybody_who_waits() {
    let disk = SimStorage::new();
    disk.put(PATH, b"");
    let (entered, started) = channel();
    let (release, go) = channel();
    let inner = disk.open_append(PATH.as_ref()).unwrap();
    let files = [disk.open_append(PATH.as_ref()).unwrap(), Box::new(Gate { inner, entered, go })];
    let w = start(Arc::new(disk.clone()), files, PATH, FsyncPolicy::Always, Vec::new());
    std::thread::scope(|s| {
        s.spawn(|| w.commit(w.append(0, &[b"FIRST"])).unwrap());
        started.recv().unwrap();
        // While the first one syncs, seven others append; none of them is in that sync.
        let (ready, others) = channel();
        let (appended, w) = (&ready, &w);
        for i in 0..7u8 {
            let appended = appended.clone();
            s.spawn(move || {
                let lsn = w.append(0, &[b"SET", &[i]]);
                appended.send(()).unwrap();
                w.commit(lsn).unwrap();
                assert!(w.durable.load(Ordering::Acquire) >= lsn);
            });
        }
        for _ in 0..7 {
            others.recv().unwrap();
        }
        release.send(()).unwrap();
        started.recv().unwrap();
        drop(release);
    });
    assert_eq!(disk.syncs(), 2);
    assert_eq!(synced(&disk) as u64, w.appended.load(Ordering::Relaxed));
}

#[test]
fn eight_threads_are_acknowledged_only_when_their_bytes_are_durable() {
    let disk = SimStorage::new();
    let w = writer(&disk, FsyncPolicy::Always);
    std::thread::scope(|s| {
        for _ in 0..8 {
            s.spawn(|| {
                for _ in 0..50 {
                    let lsn = w.append(0, &[b"SET", b"k", b"v"]);
                    w.commit(lsn).unwrap();
                    assert!(synced(&disk) as u64 >= lsn);
                }
            });
        }
    });
    assert!(disk.syncs() <= 400);
    assert_eq!(synced(&disk), 23 + 400 * 27);
}

#[test]
fn after_a_failed_sync_nothing_is_tried_again() {
    let disk = SimStorage::new();
    let w = writer(&disk, FsyncPolicy::Always);
    w.commit(w.append(0, &[b"A"])).unwrap();
    disk.trouble_at(4, Trouble::Fail);
    let e = w.commit(w.append(0, &[b"B"])).unwrap_err();
    assert_eq!(e.kind(), ErrorKind::Io);
    assert!(e.message().starts_with("cannot sync /d/incr: "), "{e}");
    assert!(w.failed());
    assert_eq!(w.failure(), Some(e.clone()));
    let ops = disk.ops();
    assert_eq!(w.commit(w.append(0, &[b"C"])), Err(e.clone()));
    w.set_policy(FsyncPolicy::EverySec);
    assert_eq!(w.commit(w.append(0, &[b"C"])), Err(e.clone()));
    assert_eq!(w.sync(), Err(e.clone()));
    w.tick(1_000_000);
    assert_eq!(w.close(), Err(e));
    assert_eq!((disk.ops(), w.close()), (ops, Ok(())));
    assert!(disk.read("/d/lodger.unsynced").is_some());
}

#[test]
fn a_failed_sync_that_leaves_no_marker_says_so() {
    let disk = SimStorage::new();
    disk.put(PATH, b"");
    let files = [(); 2].map(|()| disk.open_append(PATH.as_ref()).unwrap());
    let storage = Arc::new(crate::persist::aof::open_tests::Forbidden);
    let w = start(storage, files, PATH, FsyncPolicy::Always, Vec::new());
    disk.trouble_at(2, Trouble::Fail);
    let e = w.commit(w.append(0, &[b"A"])).unwrap_err();
    assert_eq!(e.kind(), ErrorKind::Io);
    assert!(e.message().starts_with("cannot sync /d/incr: "), "{e}");
    assert!(e.message().ends_with("; cannot create /d/lodger.unsynced: permission denied"), "{e}");
    assert_eq!(w.failure(), Some(e));
}

#[test]
fn a_failed_write_is_taken_back() {
    let disk = SimStorage::new();
    let w = writer(&disk, FsyncPolicy::EverySec);
    w.append(0, &[b"SET", b"k", b"v"]);
    w.tick(0);
    assert_eq!(written(&disk), 23 + 27);
    w.append(0, &[b"SET", b"k", b"v"]);
    w.transaction(|tx| tx.push(0, &[b"DEL", b"k"]));
    // A short write, and its continuation fails.
    disk.trouble_at(disk.ops() + 1, Trouble::Fail);
    w.tick(0);
    let e = w.failure().unwrap();
    assert!(e.message().starts_with("cannot write to /d/incr: "), "{e}");
    assert_eq!(written(&disk), 23 + 27);
    assert_eq!(w.commit(w.append(0, &[b"C"])), Err(e));
}

#[test]
fn what_lies_in_more_than_one_sector_is_a_unit() {
    let disk = SimStorage::new();
    let w = writer(&disk, FsyncPolicy::Always);
    let value = [b'v'; 300];
    for _ in 0..3 {
        w.commit(w.append(0, &[b"SET", b"k", &value])).unwrap();
    }
    let text = disk.read(PATH).unwrap();
    // A file begins with a unit: 23 bytes of SELECT, and 328 of the first SET. Each other crosses a border.
    assert_eq!(text.len(), 23 + 3 * (328 + HEAD));
    assert!(text.starts_with(b"#LODGER:000000015f:000000000000:"));
    let (line, rest) = text[HEAD + 351..].split_at(HEAD);
    assert!(line.starts_with(b"#LODGER:0000000148:000000000191:"), "{}", line.escape_ascii());
    assert!(unit::Head::parse(line).unwrap().fits(line, &rest[..328]));
    assert!(rest[328..].starts_with(b"#LODGER:0000000148:00000000030b:"));
}

#[test]
fn closing_writes_syncs_and_refuses_what_comes_later() {
    let disk = SimStorage::new();
    let lock = disk.lock("/lock".as_ref()).unwrap();
    let files = [(); 2].map(|()| disk.open_append("/f".as_ref()).unwrap());
    let storage = Arc::new(disk.clone());
    let w = start(storage, files, "/f", FsyncPolicy::No, vec![lock]);
    w.append(0, &[b"A"]);
    assert!(disk.lock("/lock".as_ref()).is_err());
    w.close().unwrap();
    disk.lock("/lock".as_ref()).unwrap();
    disk.sync_dir("/".as_ref()).unwrap();
    assert_eq!(disk.after(Crash::LoseUnsynced).read("/f").unwrap().len(), HEAD + 34);
    let lsn = w.append(0, &[b"B"]);
    assert_eq!(w.commit(lsn).unwrap_err().kind(), ErrorKind::Closed);
    w.set_policy(FsyncPolicy::Always);
    assert_eq!(w.commit(lsn).unwrap_err().kind(), ErrorKind::Closed);
    assert_eq!(w.sync().unwrap_err().kind(), ErrorKind::Closed);
}

struct Panics;

impl StorageFile for Panics {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Ok(0)
    }
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        panic!("a user's storage")
    }
    fn sync(&mut self) -> io::Result<()> {
        Ok(())
    }
    fn truncate(&mut self, _: u64) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_panic_of_the_storage_fails_the_writer_and_leaves_nobody_waiting() {
    let storage = Arc::new(SimStorage::new());
    let w = start(storage, [Box::new(Panics), Box::new(Panics)], "/f", FsyncPolicy::Always, vec![]);
    let lsn = w.append(0, &[b"A"]);
    assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| w.commit(lsn))).is_err());
    assert_eq!(w.commit(lsn).unwrap_err().kind(), ErrorKind::Panic);
}
