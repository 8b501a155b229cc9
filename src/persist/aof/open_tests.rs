use super::*;
use crate::persist::storage::{FileSystem, Metadata, StorageFile};
use crate::persist::testing::sim::{Crash, SimStorage, Trouble};

const MANIFEST: &str = "/db/appendonlydir/appendonly.aof.manifest";
const INCR: &str = "/db/appendonlydir/appendonly.aof.1.incr.aof";

type Commands = Vec<String>;

struct Opened {
    writer: AofWriter,
    loaded: Loaded,
    commands: Commands,
    log: Vec<String>,
}

fn open_with(storage: Arc<dyn Storage>, location: &str, options: &OpenOptions) -> Result<Opened> {
    let mut commands = Vec::new();
    let log = std::cell::RefCell::new(Vec::new());
    let note = |_: Level, text: &str| log.borrow_mut().push(text.to_owned());
    let mut replay = |argv: &[&[u8]]| {
        commands.push(argv.iter().map(|a| String::from_utf8_lossy(a)).collect::<Vec<_>>().join(" "));
        Ok(())
    };
    let (writer, loaded) =
        AofDir::open(storage, Path::new(location), options, &note, &|_| true, &mut replay, &mut |_| {
            Ok(BaseLoaded::default())
        })?;
    Ok(Opened { writer, loaded, commands, log: log.into_inner() })
}

fn open(disk: &SimStorage) -> Result<Opened> {
    let options = OpenOptions { policy: FsyncPolicy::Always, ..OpenOptions::default() };
    open_with(Arc::new(disk.clone()), "/db", &options)
}

fn refused(disk: &SimStorage, location: &str) -> (ErrorKind, String) {
    let e = open_with(Arc::new(disk.clone()), location, &OpenOptions::default()).map(|_| ()).unwrap_err();
    (e.kind(), e.message().to_owned())
}

fn record(words: &str) -> String {
    let words: Vec<_> = words.split(' ').collect();
    let args: String = words.iter().map(|w| format!("${}\r\n{w}\r\n", w.len())).collect();
    format!("*{}\r\n{args}", words.len())
}

#[test]
fn a_new_directory_is_made_with_its_parents_and_read_again() {
    let disk = SimStorage::new();
    let options = OpenOptions::default();
    let storage = || Arc::new(disk.clone());
    let first = open_with(storage(), "/a/b/db", &options).unwrap();
    assert_eq!((first.commands.len(), first.loaded), (0, Loaded::default()));
    first.writer.append(0, &[b"SET", b"k", b"v"]);
    first.writer.close().unwrap();
    let text = "file appendonly.aof.1.incr.aof seq 1 type i follows 1099511627776\n";
    assert_eq!(disk.read("/a/b/db/appendonlydir/appendonly.aof.manifest").unwrap(), text.as_bytes());
    for _ in 0..3 {
        let again = open_with(storage(), "/a/b/db", &options).unwrap();
        assert_eq!(again.commands, ["SELECT 0", "SET k v"]);
        assert_eq!(again.loaded, Loaded { commands: 2, truncated: None });
        assert_eq!(again.writer.info().current_size, 100);
        again.writer.close().unwrap();
    }
    let left = disk.after(Crash::LoseUnsynced);
    assert_eq!(open_with(Arc::new(left), "/a/b/db", &options).unwrap().commands.len(), 2);
}

#[test]
fn a_directory_with_the_manifest_in_it_is_used_in_place() {
    let disk = SimStorage::new();
    disk.put("/db/appendonlydir/appendonly.aof.manifest", "file x seq 3 type i\n");
    disk.put("/db/appendonlydir/x", record("SET k v"));
    let options = OpenOptions::default();
    let storage = || Arc::new(disk.clone());
    let inner = open_with(storage(), "/db/appendonlydir", &options).unwrap();
    assert_eq!(inner.commands, ["SET k v"]);
    // The same files by another name are locked too.
    assert_eq!(refused(&disk, "/db").0, ErrorKind::Locked);
    inner.writer.close().unwrap();
    let outer = open_with(storage(), "/db", &options).unwrap();
    assert_eq!(refused(&disk, "/db/appendonlydir").0, ErrorKind::Locked);
    let (kind, text) = refused(&disk, "/db");
    assert_eq!((kind, &text[..19]), (ErrorKind::Locked, "/db is open in anot"));
    outer.writer.append(1, &[b"DEL", b"k"]);
    outer.writer.close().unwrap();
    assert!(disk.read("/db/appendonlydir/x").unwrap().ends_with(record("DEL k").as_bytes()));
}

#[test]
fn the_files_of_the_manifest_are_replayed_in_order_and_history_is_removed() {
    let disk = SimStorage::new();
    let text = "file i1 seq 1 type i\nfile h seq 1 type h\nfile base seq 1 type b\nfile i2 seq 2 type i\n";
    disk.put(MANIFEST, text);
    for (name, words) in [("base", "A"), ("i1", "B"), ("i2", "C"), ("h", "X")] {
        disk.put(format!("/db/appendonlydir/{name}"), record(words));
    }
    let opened = open(&disk).unwrap();
    assert_eq!(opened.commands, ["A", "B", "C"]);
    assert_eq!(opened.writer.info().base_size, 33);
    assert_eq!(disk.read("/db/appendonlydir/h"), None);
    let kept = "file base seq 1 type b\nfile i1 seq 1 type i\nfile i2 seq 2 type i\n";
    assert_eq!(disk.read(MANIFEST).unwrap(), kept.as_bytes());
    opened.writer.commit(opened.writer.append(0, &[b"D"])).unwrap();
    opened.writer.close().unwrap();
    assert!(disk.read("/db/appendonlydir/i2").unwrap().ends_with(record("D").as_bytes()));
}

#[test]
fn a_base_without_increments_gets_its_first_one() {
    let disk = SimStorage::new();
    disk.put(MANIFEST, "file base seq 4 type b\n");
    disk.put("/db/appendonlydir/base", record("A") + "*1\r\n");
    let opened = open(&disk).unwrap();
    let cut = Cut { path: "/db/appendonlydir/base".into(), offset: 11, bytes: 4, unit: None };
    assert_eq!(opened.loaded, Loaded { commands: 1, truncated: Some(cut) });
    let text = "file base seq 4 type b\nfile appendonly.aof.1.incr.aof seq 1 type i follows 1099511627776\n";
    assert_eq!(disk.read(MANIFEST).unwrap(), text.as_bytes());
    assert_eq!(disk.read("/db/appendonlydir/base").unwrap().len(), 11);
}

#[test]
fn a_torn_tail_is_cut_off_durably_and_logged() {
    let disk = SimStorage::new();
    disk.put(MANIFEST, "file appendonly.aof.1.incr.aof seq 1 type i\n");
    disk.put(INCR, record("A") + &record("MULTI") + &record("B"));
    let strict = OpenOptions { load_truncated: false, ..OpenOptions::default() };
    let e = open_with(Arc::new(disk.clone()), "/db", &strict).map(|_| ()).unwrap_err();
    assert_eq!(e.kind(), ErrorKind::Corrupt);
    let opened = open(&disk).unwrap();
    assert_eq!(opened.commands, ["A"]);
    let cut = format!("{INCR}: a torn tail: cutting 26 bytes at offset 11");
    assert_eq!(opened.log, [cut, "/db/appendonlydir: 1 commands replayed".into()]);
    assert_eq!(disk.after(Crash::LoseUnsynced).read(INCR).unwrap(), record("A").as_bytes());
    opened.writer.commit(opened.writer.append(0, &[b"C"])).unwrap();
    opened.writer.close().unwrap();
    assert_eq!(open(&disk).unwrap().commands, ["A", "SELECT 0", "C"]);
}

#[test]
fn what_is_wrong_is_named_and_nothing_is_touched() {
    let check = |files: &[(&str, &str)], location: &str, kind: ErrorKind, text: &str| {
        let disk = SimStorage::new();
        for (path, bytes) in files {
            disk.put(path, bytes);
        }
        assert_eq!(refused(&disk, location), (kind, text.to_owned()));
        for (path, bytes) in files {
            assert_eq!(disk.read(path).as_deref(), Some(bytes.as_bytes()));
        }
    };
    let a = &record("A")[..];
    let incr = format!("{INCR} holds data, but its manifest {MANIFEST} ");
    check(&[("/db", a)], "/db", ErrorKind::Arg, "/db is a file, not a directory");
    check(&[("/f", a)], "/f/db", ErrorKind::Arg, "/f is a file, not a directory");
    check(&[(INCR, a)], "/db", ErrorKind::Corrupt, &(incr.clone() + "is missing"));
    check(&[(INCR, a), (MANIFEST, "#\n")], "/db", ErrorKind::Corrupt, &(incr.clone() + "does not name it"));
    let base = ("/db/appendonlydir/b", a);
    let named = (MANIFEST, "file b seq 1 type b\n");
    check(&[(INCR, a), named, base], "/db", ErrorKind::Corrupt, &(incr + "does not name it"));
    let missing = format!("{MANIFEST} names /db/appendonlydir/b, which does not exist");
    check(&[named], "/db", ErrorKind::Corrupt, &missing);
    let bad = format!("{MANIFEST}: line 2: not of the form `file NAME seq N type T`");
    check(&[(MANIFEST, "#\n\n")], "/db", ErrorKind::Corrupt, &bad);
    let old = "/db/appendonly.aof is an append-only file of Redis 6 or older; start a redis-server 7 on this \
               directory once, it turns the file into a multi-part one";
    check(&[("/db/appendonly.aof", a)], "/db", ErrorKind::Unsupported, old);
    let options = OpenOptions { appendfilename: "../x".into(), ..OpenOptions::default() };
    let e = open_with(Arc::new(SimStorage::new()), "/db", &options).map(|_| ()).unwrap_err();
    assert_eq!(e, Error::new(ErrorKind::Arg, "appendfilename \"../x\" is not the name of a file"));
}

#[test]
fn a_first_increment_is_never_made_over_a_file_of_the_manifest() {
    let disk = SimStorage::new();
    disk.put(MANIFEST, "file appendonly.aof.1.incr.aof seq 1 type b\n");
    disk.put(INCR, record("A"));
    let opened = open(&disk).unwrap();
    assert_eq!(opened.commands, ["A"]);
    opened.writer.commit(opened.writer.append(0, &[b"B"])).unwrap();
    opened.writer.close().unwrap();
    assert_eq!(disk.read(INCR).unwrap(), record("A").as_bytes());
    assert_eq!(open(&disk).unwrap().commands, ["A", "SELECT 0", "B"]);
}

#[test]
fn history_alone_is_refused_and_kept() {
    for name in ["x", "appendonly.aof.1.incr.aof"] {
        let disk = SimStorage::new();
        let path = format!("/db/appendonlydir/{name}");
        disk.put(MANIFEST, format!("file {name} seq 1 type h\n"));
        disk.put(&path, record("A"));
        let (kind, text) = refused(&disk, "/db");
        let why = format!("{MANIFEST}: {name} is marked as history, but nothing newer stands in its place");
        assert_eq!((kind, text), (ErrorKind::Corrupt, why));
        assert_eq!(disk.read(&path).unwrap(), record("A").as_bytes());
    }
}

#[test]
fn a_pipe_in_place_of_a_file_is_refused_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let location = dir.path().join("db");
    let options = OpenOptions::default();
    let open = || open_with(Arc::new(FileSystem), location.to_str().unwrap(), &options);
    open().unwrap().writer.close().unwrap();
    for (name, kind) in [
        ("appendonlydir/appendonly.aof.1.incr.aof", ErrorKind::Corrupt),
        ("appendonlydir/appendonly.aof.manifest", ErrorKind::Corrupt),
        ("lodger.lock", ErrorKind::Io),
    ] {
        let path = location.join(name);
        FileSystem.remove(&path).unwrap();
        let made = std::process::Command::new("mkfifo").arg(&path).status().unwrap();
        assert!(made.success());
        let e = open().map(|_| ()).unwrap_err();
        assert_eq!(e.kind(), kind, "{e}");
        assert!(e.message().ends_with(&format!("{}: neither a file nor a directory", path.display())), "{e}");
    }
}

/// A disk on which nothing may be touched.
pub(super) struct Forbidden;

impl Storage for Forbidden {
    fn metadata(&self, path: &Path) -> io::Result<Option<Metadata>> {
        let dir = path.to_str().unwrap().len() < 6;
        if dir { Ok(Some(Metadata { is_dir: true, len: 0 })) } else { Err(denied()) }
    }
    fn list(&self, _: &Path) -> io::Result<Vec<OsString>> {
        Err(denied())
    }
    fn create_dir(&self, _: &Path) -> io::Result<()> {
        Err(denied())
    }
    fn open_read(&self, _: &Path) -> io::Result<Box<dyn StorageFile>> {
        Err(denied())
    }
    fn open_append(&self, _: &Path) -> io::Result<Box<dyn StorageFile>> {
        Err(denied())
    }
    fn create(&self, _: &Path) -> io::Result<Box<dyn StorageFile>> {
        Err(denied())
    }
    fn rename(&self, _: &Path, _: &Path) -> io::Result<()> {
        Err(denied())
    }
    fn remove(&self, _: &Path) -> io::Result<()> {
        Err(denied())
    }
    fn sync_dir(&self, _: &Path) -> io::Result<()> {
        Err(denied())
    }
    fn lock(&self, _: &Path) -> io::Result<Box<dyn StorageLock>> {
        Err(denied())
    }
}

fn denied() -> io::Error {
    io::ErrorKind::PermissionDenied.into()
}

#[test]
fn a_directory_without_permission_is_named() {
    for (location, text) in [
        ("/root/db", "cannot read /root/db: permission denied"),
        ("/root", "cannot lock /root/lodger.lock: permission denied"),
    ] {
        let e = open_with(Arc::new(Forbidden), location, &OpenOptions::default()).map(|_| ()).unwrap_err();
        assert_eq!((e.kind(), e.message()), (ErrorKind::Io, text));
    }
}

#[test]
fn a_real_directory_works_like_the_simulated_one() {
    let dir = tempfile::tempdir().unwrap();
    let location = dir.path().join("x/db");
    let location = location.to_str().unwrap();
    let options = OpenOptions { appendfilename: "my \"file\".aof".into(), ..OpenOptions::default() };
    let first = open_with(Arc::new(FileSystem), location, &options).unwrap();
    let locked = open_with(Arc::new(FileSystem), location, &options).map(|_| ()).unwrap_err();
    assert_eq!(locked.kind(), ErrorKind::Locked);
    first.writer.append(7, &[b"SET", b"k", b"v"]);
    first.writer.sync().unwrap();
    first.writer.close().unwrap();
    let again = open_with(Arc::new(FileSystem), location, &options).unwrap();
    assert_eq!(again.commands, ["SELECT 7", "SET k v"]);
}

/// What one run of a program saw: what it was promised, and all that it tried.
#[derive(Default)]
struct Run {
    acked: Commands,
    appended: Commands,
}

impl Run {
    /// Opens, appends records and transactions under `always`, closes, and does it again; on any error it
    /// goes on with the next open, as a program that retries.
    fn program(&mut self, disk: &SimStorage) {
        for round in 0..3 {
            let Ok(db) = open(disk) else { continue };
            // Whatever is found is what later answers are made of, so it must stay.
            self.check(&db.commands);
            (self.acked, self.appended) = (data(&db.commands), data(&db.commands));
            for i in 0..4 {
                let names: Vec<String> = (0..=i % 2).map(|part| format!("SET {round}-{i}-{part}")).collect();
                let lsn = match &names[..] {
                    [one] => db.writer.append(i, &[one.as_bytes()]),
                    many => db.writer.transaction(|tx| many.iter().for_each(|n| tx.push(i, &[n.as_bytes()]))),
                };
                self.appended.extend(names);
                if db.writer.commit(lsn).is_ok() {
                    assert!(!db.writer.failed());
                    self.acked = self.appended.clone();
                }
            }
            if db.writer.close().is_ok() {
                assert_eq!(self.acked, self.appended);
            }
        }
    }

    /// Everything acknowledged is there, in order, and nothing else but what was tried after it.
    fn check(&self, found: &Commands) {
        let found = data(found);
        assert!(found.starts_with(&self.acked), "acknowledged {:?}, found {found:?}", self.acked);
        assert!(self.appended.starts_with(&found), "appended {:?}, found {found:?}", self.appended);
        let halves = found.iter().filter(|c| c.ends_with("-0")).count();
        let pairs = found.iter().filter(|c| c.ends_with("-1")).count();
        assert_eq!(
            pairs,
            found.iter().filter(|c| c.contains("-1-0") || c.contains("-3-0")).count(),
            "{halves}"
        );
    }
}

fn data(commands: &Commands) -> Commands {
    commands.iter().filter(|c| c.starts_with("SET")).cloned().collect()
}

fn crash_models() -> Vec<Crash> {
    let seed = std::env::var("SEED").map_or_else(|_| crate::base::rng::system_seed(), |s| s.parse().unwrap());
    println!("SEED={seed}");
    let mut models: Vec<_> = (0..20).map(|i| Crash::Torn(seed.wrapping_add(i))).collect();
    models.extend([Crash::KeepAll, Crash::LoseUnsynced]);
    models
}

#[test]
fn everything_acknowledged_survives_trouble_at_any_operation() {
    let calm = SimStorage::new();
    let mut run = Run::default();
    run.program(&calm);
    assert_eq!(run.acked.len(), 18);
    let ops = calm.ops();
    assert!(ops > 30, "{}", calm.log());
    let models = crash_models();
    for trouble in [Trouble::Fail, Trouble::Freeze] {
        for n in 1..=ops {
            let disk = SimStorage::new();
            disk.trouble_at(n, trouble);
            let mut run = Run::default();
            run.program(&disk);
            for &crash in &models {
                println!("{trouble:?} at {n}, {crash:?}\n{}", disk.log());
                let left = disk.after(crash);
                let found = open(&left).unwrap();
                run.check(&found.commands);
                // What was found once stays, and so does what is acknowledged now, through another crash.
                found.writer.commit(found.writer.append(0, &[b"SET more"])).unwrap();
                drop(found.writer);
                let mut more = data(&found.commands);
                more.push("SET more".into());
                let left = left.after(Crash::LoseUnsynced);
                assert_eq!(data(&open(&left).unwrap().commands), more);
            }
        }
    }
}

/// The first write to an increment may lose its first sector and keep a later one, in the first increment and in the next.
#[test]
fn a_torn_first_write_is_cut_off() {
    let (mut lost, mut kept) = (0, 0);
    for size in [200, 700, 1400, 5000] {
        for again in [false, true] {
            let disk = SimStorage::new();
            let found = open(&disk).unwrap();
            if again {
                found.writer.commit(found.writer.append(0, &[b"SET before"])).unwrap();
                found.writer.begin_rewrite().unwrap();
                found.writer.cut();
            }
            let value = format!("SET {}", "v".repeat(size));
            found.writer.append(0, &[value.as_bytes()]);
            found.writer.flush(&mut found.writer.io.lock(), usize::MAX).unwrap();
            for seed in 0..100 {
                let left = disk.after(Crash::Torn(seed));
                let got = data(&open(&left).unwrap().commands);
                let (before, got) = got.split_at(usize::from(again));
                assert_eq!(before.len(), usize::from(again));
                match got {
                    [] => lost += 1,
                    [one] => {
                        assert_eq!(*one, value, "seed {seed}");
                        kept += 1;
                    }
                    more => panic!("seed {seed}: {more:?}"),
                }
            }
            drop(found.writer);
        }
    }
    assert!(lost > 100 && kept > 20, "{lost} lost, {kept} kept");
}
