//! Trouble at every single file operation, through the public API: an error, or the power going. Whatever was
//! acknowledged must be found again, and what is found must be a state that the database really was in.
//!
//! Random choices print their seed; `SEED=` takes it back.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::sync::Arc;

use lodger::{Client, Clock, Db, ErrorKind, Metadata, Options, Storage, StorageFile, StorageLock};
use sim::{Crash, SimStorage, Trouble};

#[path = "common/sim.rs"]
mod sim;

const NOW: i64 = 1_700_000_000_000;

/// What the program does, in rounds; it closes and opens again between them. SAVE and BGREWRITEAOF change nothing, but
/// write, rename and remove files.
const ROUNDS: [&[&str]; 4] = [
    &[
        "SET a 1",
        "MSET b 2 c 3 d 4",
        "INCR a",
        "BGREWRITEAOF",
        "SETRANGE e 1500 xyz",
        "PEXPIRE b 100000",
        "RENAME c f",
        "GETDEL d",
    ],
    &[
        "SETRANGE a 700 99",
        "SELECT 2",
        "MSET x 1 y 2",
        "SAVE",
        "COPY x z DB 3",
        "INCRBYFLOAT y 0.5",
        "MOVE x 0",
        "DEL y nothing",
    ],
    &[
        "SET t 1 EX 50",
        "RPUSH list 1 2 3",
        "BGREWRITEAOF",
        "HSET hash f v g w",
        "MSETNX m 1 n 2 o 3",
        "GETEX b PERSIST",
        "SWAPDB 0 2",
        "DECRBY g 9",
        "FLUSHDB",
        "SET a end",
    ],
    &[
        "SAVE",
        "ZADD zset 1 a 2 b",
        "BGREWRITEAOF",
        "SAVE",
        "XADD stream 5-1 f v",
        "SREM none x",
        "BGREWRITEAOF",
    ],
];

/// Every key of every database in use, with its value and when it expires.
type State = BTreeMap<(i64, String), (String, i64)>;

fn options(disk: &SimStorage, fsync: &str) -> Options {
    let config = format!("appendfsync {fsync}\nshards 4\ndatabases 4\n");
    Options::new().config(config).clock(Clock::manual(NOW)).seed(1).storage(Arc::new(disk.clone()))
}

fn run(client: &mut Client, line: &str) -> lodger::Result<lodger::Reply> {
    client.command(&line.split(' ').collect::<Vec<_>>())
}

/// Whether a line leaves the keys alone.
fn is_file_work(line: &str) -> bool {
    matches!(line, "SAVE" | "BGREWRITEAOF")
}

/// Waits until what runs in the background has come to its end, well or not.
fn wait_for_rewrite(client: &mut Client) {
    while !ask(client, "INFO persistence").as_str().unwrap().contains("aof_rewrite_in_progress:0") {
        std::thread::yield_now();
    }
}

fn ask(client: &mut Client, line: &str) -> lodger::Reply {
    run(client, line).unwrap().into_result().unwrap()
}

fn dump(db: &Db) -> State {
    let mut client = db.client().unwrap();
    let mut state = State::new();
    for n in 0..4 {
        ask(&mut client, &format!("SELECT {n}"));
        for key in ask(&mut client, "KEYS *").iter() {
            let key = key.as_str().unwrap();
            let digest = ask(&mut client, &format!("DEBUG DIGEST-VALUE {key}"));
            let value = digest.iter().next().unwrap().as_str().unwrap().to_owned();
            let at = ask(&mut client, &format!("PEXPIRETIME {key}")).as_int().unwrap();
            state.insert((n, key.to_owned()), (value, at));
        }
    }
    state
}

/// A database in memory that runs what the durable one is told to, and the states it went through.
struct Twin {
    db: Db,
    client: Client,
    lines: Vec<String>,
    states: Vec<State>,
}

impl Twin {
    fn new(lines: &[String]) -> Self {
        let options = Options::new().config("shards 4\ndatabases 4").clock(Clock::manual(NOW)).seed(1);
        let db = options.open(":memory:").unwrap();
        let client = db.client().unwrap();
        let mut twin = Self { client, states: vec![dump(&db)], db, lines: Vec::new() };
        lines.iter().for_each(|line| twin.run(line));
        twin
    }

    fn run(&mut self, line: &str) {
        if !is_file_work(line) {
            ask(&mut self.client, line);
        }
        self.lines.push(line.to_owned());
        self.states.push(dump(&self.db));
    }
}

/// The program's view: what it did, how much of it was acknowledged.
struct Program {
    twin: Twin,
    acked: usize,
    always: bool,
    /// Every state there ever was.
    seen: Vec<State>,
}

impl Program {
    fn new(fsync: &str) -> Self {
        Self { twin: Twin::new(&[]), acked: 0, always: fsync == "always", seen: Vec::new() }
    }

    fn may_be_found(&self) -> RangeInclusive<usize> {
        self.acked..=self.twin.lines.len()
    }

    /// The number of commands after which the database looked like this.
    fn find(&self, found: &State) -> usize {
        let mut range = self.may_be_found();
        range.rfind(|&n| self.twin.states[n] == *found).unwrap_or_else(|| {
            panic!("{:?} of {:#?} may be found, not {found:#?}", self.may_be_found(), self.twin.states)
        })
    }

    /// All rounds; after an error it goes on with the next one, as a program that opens again.
    fn run(&mut self, disk: &SimStorage, fsync: &str) {
        for round in ROUNDS {
            let Ok(db) = options(disk, fsync).open("/data/db") else { continue };
            // What is found now is what the answers to come are made of.
            let n = self.find(&dump(&db));
            self.twin = Twin::new(&self.twin.lines[..n]);
            self.acked = n;
            let mut client = db.client().unwrap();
            let failed = self.round(&db, &mut client, round);
            let closed = db.close();
            self.seen.extend(self.twin.states.iter().cloned());
            if closed.is_ok() {
                assert!(!failed);
                self.acked = self.twin.lines.len();
            }
        }
    }

    fn round(&mut self, db: &Db, client: &mut Client, round: &[&str]) -> bool {
        // Each round begins in database 0, in the twin too.
        self.twin.run("SELECT 0");
        for (i, line) in round.iter().enumerate() {
            let done = run(client, line);
            self.twin.run(line);
            if *line == "BGREWRITEAOF" && done.is_ok() {
                wait_for_rewrite(client);
            }
            match done {
                // A file that could not be written beside the append-only file; what was written is safe.
                Ok(reply) if is_file_work(line) => drop(reply),
                Ok(reply) => assert!(reply.as_error().is_none(), "{line}: {reply:?}"),
                Err(e) => {
                    assert_eq!(e.kind(), ErrorKind::Io, "{line}: {e}");
                    if e.message().ends_with("(os error 28); writes go on when there is room") {
                        self.wait_for_room(db, client, line);
                        continue;
                    }
                    self.writes_are_refused(client, &e);
                    return true;
                }
            }
            if self.always || (i == 3 && db.sync().is_ok()) {
                self.acked = self.twin.lines.len();
            }
        }
        false
    }

    /// The line has met a full disk, and is done nevertheless, or was refused because of it; then it is done now.
    fn wait_for_room(&mut self, db: &Db, client: &mut Client, line: &str) {
        while db.sync().is_err() {}
        let (found, states) = (dump(db), &self.twin.states);
        if found != states[states.len() - 1] {
            assert_eq!(found, states[states.len() - 2], "{line}");
            ask(client, line);
            db.sync().unwrap();
            assert_eq!(dump(db), states[states.len() - 1], "{line}");
        }
        self.acked = self.twin.lines.len();
    }

    fn writes_are_refused(&self, client: &mut Client, why: &lodger::Error) {
        for line in ["SET refused 1", "INCR a", "FLUSHALL"] {
            assert_eq!(run(client, line).unwrap_err(), *why);
        }
        ask(client, "GET a");
    }
}

fn seed() -> u64 {
    use std::hash::{BuildHasher, Hasher};
    let fresh = || std::collections::hash_map::RandomState::new().build_hasher().finish();
    let seed = std::env::var("SEED").map_or_else(|_| fresh(), |s| s.parse().unwrap());
    println!("SEED={seed}");
    seed
}

fn trouble_everywhere(fsync: &str) {
    let seed = seed();
    let calm = SimStorage::new();
    let mut program = Program::new(fsync);
    program.run(&calm, fsync);
    assert_eq!(program.acked, ROUNDS.iter().map(|r| r.len() + 1).sum::<usize>());
    let mut models = vec![Crash::KeepAll, Crash::LoseUnsynced];
    models.extend((0..8).map(|i| Crash::Torn(seed.wrapping_add(i))));
    let (mut crashes, mut snapshots) = (0, 0);
    for n in 1..=calm.ops() {
        for trouble in [Trouble::Fail, Trouble::Freeze, Trouble::Full(1), Trouble::Full(4)] {
            let disk = SimStorage::new();
            disk.trouble_at(n, trouble);
            let mut program = Program::new(fsync);
            program.run(&disk, fsync);
            for &crash in &models {
                println!("{trouble:?} at {n}, then {crash:?}:\n{}", disk.log());
                let left = disk.after(crash);
                let db = options(&left, fsync).open("/data/db").unwrap();
                let mut found = dump(&db);
                program.find(&found);
                if left.read("/data/db/dump.rdb").is_some() {
                    let copy = options(&left, fsync).open("/data/db/dump.rdb").unwrap();
                    assert!(program.seen.contains(&dump(&copy)), "a snapshot of what never was");
                    snapshots += 1;
                }
                // It works on, and what is acknowledged from here on survives the next crash, with the rest.
                ask(&mut db.client().unwrap(), "SET more 1");
                db.sync().unwrap();
                found.extend(dump(&db));
                let left = left.after(Crash::LoseUnsynced);
                let again = options(&left, fsync).open("/data/db").unwrap();
                assert_eq!(dump(&again), found);
                crashes += 1;
            }
        }
    }
    println!(
        "appendfsync {fsync}: trouble at each of {} operations, {crashes} crashes survived, {snapshots} snapshots read",
        calm.ops()
    );
}

#[test]
fn under_always_everything_acknowledged_survives() {
    trouble_everywhere("always");
}

#[test]
fn under_everysec_everything_synced_survives_and_the_rest_is_a_prefix() {
    trouble_everywhere("everysec");
}

#[test]
fn under_no_everything_synced_survives_and_the_rest_is_a_prefix() {
    trouble_everywhere("no");
}

#[test]
fn threads_find_what_each_was_acknowledged() {
    let seed = seed();
    for n in (10..90).step_by(3) {
        let disk = SimStorage::new();
        let trouble = [Trouble::Freeze, Trouble::Fail, Trouble::Full(5)];
        disk.trouble_at(n, trouble[usize::try_from(n % 4).unwrap().min(2)]);
        let Ok(db) = options(&disk, "always").open("/data/db") else { continue };
        let acked: Vec<i64> = std::thread::scope(|s| {
            let db = &db;
            let threads: Vec<_> = (0..4).map(|t| s.spawn(move || work(db, t))).collect();
            threads.into_iter().map(|t| t.join().unwrap()).collect()
        });
        drop(db);
        assert!(disk.ops() >= n, "the trouble never came");
        for crash in [Crash::KeepAll, Crash::LoseUnsynced, Crash::Torn(seed.wrapping_add(n))] {
            let db = options(&disk.after(crash), "always").open("/data/db").unwrap();
            let mut client = db.client().unwrap();
            let log = client.get(b"log").unwrap().map(<[u8]>::to_vec).unwrap_or_default();
            for (t, &acked) in (0..).zip(&acked) {
                let count = client.get(format!("count{t}").as_bytes()).unwrap();
                let count = count.map_or(0, |v| std::str::from_utf8(v).unwrap().parse::<i64>().unwrap());
                assert!((acked..=acked + 1).contains(&count), "{crash:?} at {n}: {count}, acked {acked}");
                let pairs = client.get(format!("pair{t}").as_bytes()).unwrap().map(<[u8]>::to_vec);
                assert_eq!(client.get(format!("twin{t}").as_bytes()).unwrap().map(<[u8]>::to_vec), pairs);
                let logged = log.iter().filter(|&&b| b == b'0' + t).count();
                assert!((acked..=acked + 1).contains(&i64::try_from(logged).unwrap()), "{crash:?} at {n}");
            }
        }
    }
}

/// Counts up to the first error; the number of the last acknowledged turn.
fn work(db: &Db, t: u8) -> i64 {
    let mut client = db.client().unwrap();
    for turn in 1..=20 {
        let done = run(&mut client, &format!("MSET pair{t} {turn} twin{t} {turn}"))
            .and_then(|_| run(&mut client, &format!("APPEND log {t}")))
            .and_then(|_| client.incr_by(format!("count{t}").as_bytes(), 1));
        if let Err(e) = done {
            assert_eq!(e.kind(), ErrorKind::Io);
            return turn - 1;
        }
    }
    20
}
