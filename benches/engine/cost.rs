//! What persistence costs, beside a real Redis 7.0 on the same files: loading (goal: at most half of Redis's time), BGSAVE
//! (at most its time), a SET while a snapshot is written (the 99.9th percentile at most twice that of a quiet database, the
//! worst at most a millisecond over a control that does nothing), and memory (at most a tenth more).
//!
//! Two databases: many small keys, and values of all types. Loading and saving are measured as each tells or shows it:
//! Redis's log line `DB loaded from disk`, and the time until INFO says that no snapshot is written any more.

use std::fs;
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use lodger::{Client, Db, Options};

use crate::keys::{self, Random};
use crate::report::{at_most, median, ratio, table};

/// How much data, and how often.
struct Size {
    small: usize,
    /// Values of all types; a thousand of them are some 2 MB.
    mixed: usize,
    rounds: usize,
}

/// All tables.
pub(crate) fn run(quick: bool) {
    let size = if quick {
        Size { small: 500_000, mixed: 50_000, rounds: 3 }
    } else {
        Size { small: 5_000_000, mixed: 500_000, rounds: 5 }
    };
    // A file system that is no memory: what is on it is in the cache of the system after the first round.
    let beside = std::env::current_exe().unwrap().parent().unwrap().to_owned();
    let directory = tempfile::tempdir_in(beside).unwrap();
    let (mut times, mut latencies, mut memory) = (Vec::new(), Vec::new(), Vec::new());
    for (name, keys, fill) in
        [("small", size.small, small as fn(&mut Client, usize)), ("mixed", size.mixed, mixed)]
    {
        let path = directory.path().join(format!("{name}.rdb"));
        let db = Options::new().open(&path).unwrap();
        fill(&mut db.client().unwrap(), keys);
        db.close().unwrap();
        let megabytes = fs::metadata(&path).unwrap().len() / 1_000_000;
        let label = format!("{name}, {keys} keys, {megabytes} MB");
        times.extend(loading_and_saving(&label, &path, size.rounds, &mut memory));
        latencies.extend(during_a_snapshot(&label, &path, keys, name == "small", &mut memory));
        fs::remove_file(&path).unwrap();
    }
    let head = ["Seconds", "lodger", "Redis 7.0", "lodger/Redis"];
    table("Loading and BGSAVE of the same file", &head, &times);
    let head = [
        "Microseconds for one SET",
        "p50",
        "p99.9",
        "worst",
        "p99.9/quiet",
        "worst of control",
        "over control",
    ];
    table("While a snapshot is written", &head, &latencies);
    let head = ["Megabytes resident", "before or after", "peak", "peak/that"];
    table("Memory", &head, &memory);
}

fn call(client: &mut Client, words: &[&str]) -> lodger::Reply {
    let reply = client.command(words).unwrap();
    assert!(reply.as_error().is_none(), "{words:?}: {reply:?}");
    reply
}

fn small(client: &mut Client, keys: usize) {
    let value = keys::value(0);
    (0..keys).for_each(|n| client.set(&keys::key(n), &value).unwrap());
}

/// A tenth each of lists, sets, hashes, sorted sets and streams, the others strings; short ones, and long ones.
fn mixed(client: &mut Client, keys: usize) {
    let mut random = Random::new(11);
    let text = |random: &mut Random, len: usize| -> String {
        let mut text = String::with_capacity(len);
        while text.len() < len {
            text.push_str(&format!("{:x} ", random.below(1 << 30)));
            text.push_str("lorem ipsum dolor ");
        }
        text.truncate(len);
        text
    };
    for n in 0..keys {
        let key = format!("mixed:{n}");
        let len = if n % 50 == 0 { 400 } else { 12 };
        let parts: Vec<String> = (0..len).map(|i| text(&mut random, 20 + (n + i) % 60)).collect();
        let part = |i: usize| parts[i].as_str();
        let mut words: Vec<String> = Vec::new();
        match n % 10 {
            0 => words.extend(["RPUSH".into(), key]),
            1 => words.extend(["SADD".into(), key]),
            2 => words.extend(["HSET".into(), key]),
            3 => words.extend(["ZADD".into(), key]),
            4 => words.extend(["XADD".into(), key, format!("{}-1", n + 1)]),
            _ => words.extend(["SET".into(), key, text(&mut random, 200 + n % 4_000)]),
        }
        for i in 0..len {
            match n % 10 {
                0 => words.push(part(i).to_owned()),
                1 => words.push(format!("{} {i}", part(i))),
                2 | 4 => words.extend([format!("field:{i}"), part(i).to_owned()]),
                3 => words.extend([format!("{}", (n * 31 + i * 17) % 1000), format!("{} {i}", part(i))]),
                _ => {}
            }
        }
        call(client, &words.iter().map(String::as_str).collect::<Vec<_>>());
    }
}

/// A real server that loads a file.
struct Redis {
    process: Child,
    directory: tempfile::TempDir,
}

impl Drop for Redis {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Redis {
    fn start(program: &Path, file: &Path) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let process = Command::new(program)
            .args(["--port", "0", "--save", "", "--appendonly", "no", "--unixsocket"])
            .arg(directory.path().join("socket"))
            .arg("--logfile")
            .arg(directory.path().join("log"))
            .arg("--dir")
            .arg(file.parent().unwrap())
            .arg("--dbfilename")
            .arg(file.file_name().unwrap())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        Self { process, directory }
    }

    /// Seconds that loading took, as the log says.
    fn loaded(&self) -> f64 {
        loop {
            let log = fs::read_to_string(self.directory.path().join("log")).unwrap_or_default();
            if let Some(line) = log.lines().find(|line| line.contains("DB loaded from disk")) {
                let seconds = line.split("disk:").nth(1).and_then(|rest| rest.split_whitespace().next());
                return seconds.unwrap().parse().unwrap();
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    fn ask(&self, line: &str) -> String {
        let mut stream = UnixStream::connect(self.directory.path().join("socket")).unwrap();
        stream.write_all(format!("{line}\r\n").as_bytes()).unwrap();
        let mut answer = vec![0; 1 << 16];
        let mut len = stream.read(&mut answer).unwrap();
        // INFO comes in one piece, or its head does.
        while line.starts_with("INFO") && !answer[..len].windows(2).any(|two| two == b"\r\n") {
            len += stream.read(&mut answer[len..]).unwrap();
        }
        String::from_utf8_lossy(&answer[..len]).into_owned()
    }

    fn saved(&self) -> f64 {
        let start = Instant::now();
        assert!(self.ask("BGSAVE").starts_with("+Background"));
        while !self.ask("INFO persistence").contains("rdb_bgsave_in_progress:0") {
            std::thread::sleep(Duration::from_millis(1));
        }
        start.elapsed().as_secs_f64()
    }
}

fn program() -> Option<PathBuf> {
    let program = std::env::var_os("LODGER_REDIS7").map_or("redis-server".into(), PathBuf::from);
    let output = Command::new(&program).arg("--version").output().ok()?;
    String::from_utf8_lossy(&output.stdout).contains("v=7.0.").then_some(program)
}

fn save_in_background(client: &mut Client) -> f64 {
    let start = Instant::now();
    call(client, &["BGSAVE"]);
    wait_for_save(client);
    start.elapsed().as_secs_f64()
}

fn wait_for_save(client: &mut Client) {
    while !call(client, &["INFO", "persistence"]).as_str().unwrap().contains("rdb_bgsave_in_progress:0") {
        std::thread::sleep(Duration::from_millis(1));
    }
}

fn status(field: &str) -> f64 {
    let text = fs::read_to_string("/proc/self/status").unwrap();
    let line = text.lines().find(|line| line.starts_with(field)).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap() / 1024.0
}

/// Forgets the peak of resident memory so far.
fn forget_peak() {
    fs::write("/proc/self/clear_refs", "5").unwrap();
}

fn memory_row(label: String, base: f64, peak: f64, goal: Option<f64>) -> Vec<String> {
    let quotient = goal.map_or_else(|| format!("{:.2}x", peak / base), |goal| at_most(peak / base, goal));
    vec![label, format!("{base:.0}"), format!("{peak:.0}"), quotient]
}

fn loading_and_saving(
    label: &str,
    path: &Path,
    rounds: usize,
    memory: &mut Vec<Vec<String>>,
) -> Vec<Vec<String>> {
    let program = program();
    let (mut ours, mut theirs) = ((Vec::new(), Vec::new()), (Vec::new(), Vec::new()));
    for round in 0..rounds {
        forget_peak();
        let start = Instant::now();
        let db = Options::new().config("save \"\"\n").open(path).unwrap();
        ours.0.push(start.elapsed().as_secs_f64());
        if round == 0 {
            memory.push(memory_row(format!("loading {label}"), status("VmRSS"), status("VmHWM"), None));
        }
        ours.1.push(save_in_background(&mut db.client().unwrap()));
        db.close().unwrap();
        drop(db);
        if let Some(program) = &program {
            let server = Redis::start(program, path);
            theirs.0.push(server.loaded());
            theirs.1.push(server.saved());
        }
    }
    let row = |what: &str, ours: &[f64], theirs: &[f64], goal: f64| {
        let (other, quotient) = if theirs.is_empty() {
            ("SKIPPED".to_owned(), "SKIPPED".to_owned())
        } else {
            (format!("{:.2}", median(theirs)), at_most(ratio(ours, theirs), goal))
        };
        vec![format!("{what} {label}"), format!("{:.2}", median(ours)), other, quotient]
    };
    vec![row("loading", &ours.0, &theirs.0, 0.5), row("BGSAVE", &ours.1, &theirs.1, 1.0)]
}

/// Times of single SETs, and of doing nothing in between, in microseconds.
fn sets(db: &Db, keys: usize, until: &dyn Fn() -> bool) -> (Vec<f64>, Vec<f64>) {
    let mut client = db.client().unwrap();
    let (mut sets, mut nothing) = (Vec::new(), Vec::new());
    let mut random = Random::new(5);
    let value = keys::value(1);
    while !until() {
        for key in random.keys(1_000, keys) {
            let start = Instant::now();
            client.set(&key, &value).unwrap();
            let middle = Instant::now();
            sets.push((middle - start).as_secs_f64() * 1e6);
            nothing.push(middle.elapsed().as_secs_f64() * 1e6);
        }
    }
    (sets, nothing)
}

fn percentile(values: &mut [f64], part: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let at = ((values.len() - 1) as f64 * part) as usize;
    values[at]
}

fn during_a_snapshot(
    label: &str,
    path: &Path,
    keys: usize,
    overwrite: bool,
    memory: &mut Vec<Vec<String>>,
) -> Vec<Vec<String>> {
    let db = Options::new().config("save \"\"\n").open(path).unwrap();
    // What is written is there before: among the small keys, or beside the others.
    let keys = if overwrite { keys } else { 100_000 };
    if !overwrite {
        small(&mut db.client().unwrap(), keys);
    }
    let start = Instant::now();
    let (mut quiet, mut calm) = sets(&db, keys, &|| start.elapsed() > Duration::from_secs(2));
    let (base, mut peaks) = (status("VmRSS"), Vec::new());
    let (mut busy, mut control) = (Vec::new(), Vec::new());
    for _ in 0..3 {
        forget_peak();
        let done = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let writer = scope.spawn(|| sets(&db, keys, &|| done.load(Ordering::Relaxed)));
            save_in_background(&mut db.client().unwrap());
            done.store(true, Ordering::Relaxed);
            let (sets, nothing) = writer.join().unwrap();
            busy.extend(sets);
            control.extend(nothing);
        });
        // The measurements themselves take memory, too: two numbers for each SET.
        peaks.push(status("VmHWM") - (busy.capacity() + control.capacity()) as f64 * 8.0 / 1e6);
    }
    memory.push(memory_row(format!("snapshot of {label} under a writer"), base, median(&peaks), Some(1.1)));
    db.close().unwrap();
    let quiet_row = {
        let (p50, high, worst) =
            (percentile(&mut quiet, 0.5), percentile(&mut quiet, 0.999), percentile(&mut quiet, 1.0));
        let control = percentile(&mut calm, 1.0);
        (p50, high, worst, control)
    };
    let (p50, high, worst) =
        (percentile(&mut busy, 0.5), percentile(&mut busy, 0.999), percentile(&mut busy, 1.0));
    let nothing = percentile(&mut control, 1.0);
    let over = (worst - nothing) / 1000.0;
    vec![
        vec![
            format!("quiet, {label}"),
            format!("{:.1}", quiet_row.0),
            format!("{:.1}", quiet_row.1),
            format!("{:.0}", quiet_row.2),
            String::new(),
            format!("{:.0}", quiet_row.3),
            format!("{:.2} ms", (quiet_row.2 - quiet_row.3) / 1000.0),
        ],
        vec![
            format!("BGSAVE, {label}"),
            format!("{p50:.1}"),
            format!("{high:.1}"),
            format!("{worst:.0}"),
            at_most(high / quiet_row.1, 2.0),
            format!("{nothing:.0}"),
            format!("{over:.2} ms <=1 {}", crate::report::verdict(over <= 1.0)),
        ],
    ]
}
