//! Several clients: the time from a push to the waking of a BLPOP (two threads in process, or two connections to Redis),
//! messages to 1, 10 and 1,000 subscribers, and `redis-benchmark`'s whole default list against `lodger-server`, Redis 7.0 and
//! Valkey 8.0 in turn (goal: at least 1.0 of either's rate without pipelining, 1.3 with sixteen requests in flight).

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use lodger::{Client, Db, Listen, Subscriber};

use crate::report::{median, ratio, table, verdict};

/// Clients of `redis-benchmark`.
const CONNECTIONS: &str = "50";
/// Bytes of a message.
const MESSAGE: [u8; 64] = [b'm'; 64];

/// All tables.
pub(crate) fn run(quick: bool) {
    let redis = program("LODGER_REDIS7", ["redis7-server", "redis-server"], "v=7.0.");
    let valkey = program("LODGER_VALKEY8", ["valkey8-server", "valkey-server"], "v=8.");
    let pushes = if quick { 2_000 } else { 10_000 };
    table(
        "From a push to the waking of a BLPOP, microseconds (half of there and back)",
        &["", "p50", "p99"],
        &wakes(redis.as_deref(), pushes),
    );
    table(
        "Messages of 64 bytes a second, until all subscribers have them",
        &["subscribers", "lodger", "Redis 7.0", "lodger/Redis"],
        &publishing(redis.as_deref(), quick),
    );
    table(
        "What those who look on cost a SET of 16 bytes through `Client::command`, one thread, to the time without them",
        &["", "ns a SET", "to without"],
        &observed(quick),
    );
    benchmark(redis.as_deref(), valkey.as_deref(), quick);
}

/// Commands.
type Lines = &'static [&'static [&'static str]];

/// A setting, and what it takes: commands of the client itself, and those of another one that looks on.
const OBSERVERS: [(&str, Lines, Lines); 7] = [
    ("nobody", &[], &[]),
    (
        "`notify-keyspace-events KEA`, nobody listens",
        &[&["CONFIG", "SET", "notify-keyspace-events", "KEA"]],
        &[],
    ),
    (
        "the same, and one who listens to all",
        &[&["CONFIG", "SET", "notify-keyspace-events", "KEA"]],
        &[&["PSUBSCRIBE", "*"]],
    ),
    ("MONITOR", &[], &[&["MONITOR"]]),
    ("a client that caches, by prefix", &[], &[&["HELLO", "3"], &["CLIENT", "TRACKING", "ON", "BCAST"]]),
    (
        "a client that caches other keys",
        &[],
        &[&["HELLO", "3"], &["CLIENT", "TRACKING", "ON"], &["GET", "other"]],
    ),
    ("`latency-tracking no`", &[&["CONFIG", "SET", "latency-tracking", "no"]], &[]),
];

/// In turn, so that what else the machine does hits all of them.
fn observed(quick: bool) -> Vec<Vec<String>> {
    let (rounds, calls) = if quick { (5, 5_000) } else { (25, 20_000) };
    // The database closes when it is dropped.
    let mut settings: Vec<(Db, Client, Client)> = OBSERVERS
        .iter()
        .map(|(_, own, others)| {
            let db = Db::open("").unwrap();
            let (mut client, mut other) = (db.client().unwrap(), db.client().unwrap());
            own.iter().for_each(|words| call(&mut client, words));
            others.iter().for_each(|words| call(&mut other, words));
            (db, client, other)
        })
        .collect();
    let keys: Vec<String> = (0..1000).map(|n| format!("key:{n}")).collect();
    let mut times = vec![Vec::new(); settings.len()];
    for _ in 0..rounds {
        for ((_, client, other), times) in settings.iter_mut().zip(&mut times) {
            let start = Instant::now();
            for key in keys.iter().cycle().take(calls) {
                client.command(&[b"SET", key.as_bytes(), &MESSAGE[..16]]).unwrap();
            }
            times.push(start.elapsed().as_secs_f64() * 1e9 / calls as f64);
            // What came is taken, outside of the time.
            while other.message(0).unwrap().is_some() {}
        }
    }
    let medians: Vec<f64> = times.iter_mut().map(|times| median(times)).collect();
    let row = |((name, ..), ns): (&(&str, _, _), &f64)| {
        vec![(*name).to_owned(), format!("{ns:.0}"), format!("{:.2}", ns / medians[0])]
    };
    OBSERVERS.iter().zip(&medians).map(row).collect()
}

/// The program that a variable names, or that `make oracles` has put beside what Cargo builds, or of the PATH, if its version is
/// the one to compare with.
fn program(variable: &str, [fetched, installed]: [&str; 2], version: &str) -> Option<PathBuf> {
    let fetched = std::env::current_exe().ok()?.ancestors().nth(3)?.join("oracles/bin").join(fetched);
    let candidates = [std::env::var_os(variable).map(PathBuf::from), Some(fetched), Some(installed.into())];
    candidates.into_iter().flatten().find(|program| {
        let output = Command::new(program).arg("--version").output();
        output.is_ok_and(|output| String::from_utf8_lossy(&output.stdout).contains(version))
    })
}

/// A server of any of the programs, on a unix socket and a port of the loopback interface.
struct Serving {
    process: Child,
    directory: tempfile::TempDir,
    port: u16,
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Serving {
    fn start(program: &Path) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let process = Command::new(program)
            .args(["--save", "", "--appendonly", "no", "--port", &port.to_string(), "--unixsocket"])
            .arg(directory.path().join("socket"))
            .arg("--dir")
            .arg(directory.path())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let server = Self { process, directory, port };
        let deadline = Instant::now() + Duration::from_secs(10);
        while UnixStream::connect(server.socket()).is_err() {
            assert!(Instant::now() < deadline, "{} does not answer", program.display());
            thread::sleep(Duration::from_millis(10));
        }
        server
    }

    fn socket(&self) -> PathBuf {
        self.directory.path().join("socket")
    }

    fn connect(&self) -> Connection {
        Connection { stream: UnixStream::connect(self.socket()).unwrap(), answer: vec![0; 1 << 16] }
    }
}

/// A client that knows how its answers end.
struct Connection {
    stream: UnixStream,
    answer: Vec<u8>,
}

impl Connection {
    fn send(&mut self, line: &str) {
        self.stream.write_all(format!("{line}\r\n").as_bytes()).unwrap();
    }

    /// Reads until so many bytes have come.
    fn receive(&mut self, bytes: usize) {
        let mut come = 0;
        while come < bytes {
            let n = self.stream.read(&mut self.answer).unwrap();
            assert!(n > 0, "the server closed the connection");
            come += n;
        }
        assert_eq!(come, bytes, "{}", self.answer[..come.min(200)].escape_ascii());
    }
}

/// Lets the other thread come to its BLPOP, without giving the processor away for longer than that takes.
fn pause() {
    let start = Instant::now();
    while start.elapsed() < Duration::from_micros(100) {
        std::hint::spin_loop();
    }
}

fn there_and_back(count: usize, mut call: impl FnMut()) -> (f64, f64) {
    let mut times: Vec<f64> = (0..count)
        .map(|_| {
            pause();
            let start = Instant::now();
            call();
            start.elapsed().as_secs_f64() * 1e6 / 2.0
        })
        .collect();
    times.sort_by(f64::total_cmp);
    (times[count / 2], times[count * 99 / 100])
}

fn call(client: &mut Client, words: &[&str]) {
    let reply = client.command(words).unwrap();
    assert!(reply.as_error().is_none(), "{words:?}: {reply:?}");
}

fn wakes(redis: Option<&Path>, pushes: usize) -> Vec<Vec<String>> {
    let row =
        |name: &str, (p50, p99): (f64, f64)| vec![name.to_owned(), format!("{p50:.1}"), format!("{p99:.1}")];
    let db = Db::open(":memory:").unwrap();
    let ours = thread::scope(|scope| {
        let mut other = db.client().unwrap();
        scope.spawn(move || {
            for _ in 0..pushes {
                call(&mut other, &["BLPOP", "there", "0"]);
                call(&mut other, &["RPUSH", "back", "x"]);
            }
        });
        let mut client = db.client().unwrap();
        there_and_back(pushes, || {
            call(&mut client, &["RPUSH", "there", "x"]);
            call(&mut client, &["BLPOP", "back", "0"]);
        })
    });
    let mut rows = vec![row("lodger, two threads", ours)];
    let Some(program) = redis else {
        rows.push(vec!["Redis 7.0".to_owned(), "SKIPPED".to_owned(), String::new()]);
        return rows;
    };
    let server = Serving::start(program);
    let theirs = thread::scope(|scope| {
        let mut other = server.connect();
        scope.spawn(move || {
            for _ in 0..pushes {
                other.send("BLPOP there 0");
                other.receive(b"*2\r\n$5\r\nthere\r\n$1\r\nx\r\n".len());
                other.send("RPUSH back x");
                other.receive(b":1\r\n".len());
            }
        });
        let (mut pushing, mut waiting) = (server.connect(), server.connect());
        there_and_back(pushes, || {
            waiting.send("BLPOP back 0");
            pushing.send("RPUSH there x");
            pushing.receive(b":1\r\n".len());
            waiting.receive(b"*2\r\n$4\r\nback\r\n$1\r\nx\r\n".len());
        })
    });
    rows.push(row("Redis 7.0, unix socket", theirs));
    rows.push(vec![
        "lodger/Redis".to_owned(),
        format!("{:.2}x", ours.0 / theirs.0),
        format!("{:.2}x", ours.1 / theirs.1),
    ]);
    rows
}

/// Messages a second in process: one thread sends, another takes them from all queues in turn.
fn publish_here(subscribers: usize, messages: usize) -> f64 {
    let db = Db::open(":memory:").unwrap();
    let mut all: Vec<(Subscriber, usize)> = (0..subscribers)
        .map(|_| {
            let mut subscriber = db.subscriber(messages).unwrap();
            subscriber.add("news", Listen::Channel).unwrap();
            (subscriber, messages)
        })
        .collect();
    let mut client = db.client().unwrap();
    let start = Instant::now();
    thread::scope(|scope| {
        scope.spawn(move || {
            while all.iter().any(|(_, missing)| *missing > 0) {
                for (subscriber, missing) in &mut all {
                    while *missing > 0 && subscriber.next(0).unwrap().is_some() {
                        *missing -= 1;
                    }
                }
                thread::yield_now();
            }
        });
        (0..messages).for_each(|_| _ = client.publish("news", MESSAGE).unwrap());
    });
    messages as f64 / start.elapsed().as_secs_f64()
}

/// The same over unix sockets: the sender has 64 messages in flight.
fn publish_there(server: &Serving, subscribers: usize, messages: usize) -> f64 {
    let each = b"*3\r\n$7\r\nmessage\r\n$4\r\nnews\r\n$64\r\n\r\n".len() + MESSAGE.len();
    let mut all: Vec<(Connection, usize)> = (0..subscribers)
        .map(|_| {
            let mut connection = server.connect();
            connection.send("SUBSCRIBE news");
            connection.receive(b"*3\r\n$9\r\nsubscribe\r\n$4\r\nnews\r\n:1\r\n".len());
            connection.stream.set_nonblocking(true).unwrap();
            (connection, messages * each)
        })
        .collect();
    let mut request = b"*3\r\n$7\r\nPUBLISH\r\n$4\r\nnews\r\n$64\r\n".to_vec();
    request.extend_from_slice(&MESSAGE);
    request.extend_from_slice(b"\r\n");
    let mut sender = server.connect();
    let answer = format!(":{subscribers}\r\n").len();
    let start = Instant::now();
    thread::scope(|scope| {
        scope.spawn(move || {
            while all.iter().any(|(_, missing)| *missing > 0) {
                for (connection, missing) in all.iter_mut().filter(|(_, missing)| *missing > 0) {
                    match connection.stream.read(&mut connection.answer) {
                        Ok(0) => panic!("the server closed the connection"),
                        Ok(n) => *missing -= n,
                        Err(e) => assert_eq!(e.kind(), std::io::ErrorKind::WouldBlock),
                    }
                }
                thread::yield_now();
            }
        });
        for batch in (0..messages).step_by(64) {
            let count = 64.min(messages - batch);
            sender.stream.write_all(&request.repeat(count)).unwrap();
            sender.receive(answer * count);
        }
    });
    messages as f64 / start.elapsed().as_secs_f64()
}

fn publishing(redis: Option<&Path>, quick: bool) -> Vec<Vec<String>> {
    let server = redis.map(Serving::start);
    let rounds = if quick { 3 } else { 7 };
    let row = |(subscribers, messages): (usize, usize)| {
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for _ in 0..rounds {
            ours.push(publish_here(subscribers, messages));
            theirs.extend(server.as_ref().map(|server| publish_there(server, subscribers, messages)));
        }
        let mut row = vec![subscribers.to_string(), format!("{:.0}", median(&ours))];
        if theirs.is_empty() {
            row.extend(["SKIPPED".to_owned(), String::new()]);
        } else {
            row.extend([format!("{:.0}", median(&theirs)), format!("{:.1}x", ratio(&ours, &theirs))]);
        }
        row
    };
    [(1, 100_000), (10, 50_000), (1_000, 1_000)].into_iter().map(row).collect()
}

/// Requests a second of each test of the default list.
fn rates(server: &Serving, unix: bool, pipeline: usize, requests: usize) -> BTreeMap<String, f64> {
    let mut command = Command::new("redis-benchmark");
    if unix {
        command.arg("-s").arg(server.socket());
    } else {
        command.args(["-p", &server.port.to_string()]);
    }
    let output = command
        .args(["-c", CONNECTIONS, "-P", &pipeline.to_string(), "-n", &requests.to_string(), "--csv"])
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{text}");
    // "test","rps",...
    let rows = text.lines().filter_map(|line| {
        let mut fields = line.trim_matches('"').split("\",\"");
        Some((fields.next()?.to_owned(), fields.next()?.parse().ok()?))
    });
    rows.collect()
}

fn benchmark(redis: Option<&Path>, valkey: Option<&Path>, quick: bool) {
    let head = ["", "lodger, requests/s", "to Redis 7.0", "to Valkey 8.0"];
    let others: Vec<Serving> = [redis, valkey].into_iter().flatten().map(Serving::start).collect();
    let there = Command::new("redis-benchmark").arg("--version").output().is_ok();
    if !there || others.len() < 2 {
        let why = "SKIPPED: needs redis-benchmark, LODGER_REDIS7 and LODGER_VALKEY8".to_owned();
        table("redis-benchmark", &head, &[vec![why]]);
        return;
    }
    let ours = Serving::start(Path::new(env!("CARGO_BIN_EXE_lodger-server")));
    let rounds = if quick { 1 } else { 3 };
    for (unix, pipeline, goal) in [(true, 1, 1.0), (false, 1, 1.0), (true, 16, 1.3), (false, 16, 1.3)] {
        let requests = if pipeline == 1 { 20_000 } else { 100_000 };
        let mut seen: BTreeMap<String, Vec<Vec<f64>>> = BTreeMap::new();
        for _ in 0..rounds {
            for (at, server) in std::iter::once(&ours).chain(&others).enumerate() {
                for (test, rate) in rates(server, unix, pipeline, requests) {
                    seen.entry(test).or_insert_with(|| vec![Vec::new(); 3])[at].push(rate);
                }
            }
        }
        let rows: Vec<Vec<String>> = seen
            .iter()
            .map(|(test, rates)| {
                let other = |at: usize| {
                    let quotient = ratio(&rates[0], &rates[at]);
                    format!("{quotient:.2}x >={goal:.1}{}", verdict(quotient >= goal))
                };
                let name: String = test.chars().take(40).collect();
                vec![name, format!("{:.0}", median(&rates[0])), other(1), other(2)]
            })
            .collect();
        let door = if unix { "unix socket" } else { "TCP" };
        table(&format!("redis-benchmark, {CONNECTIONS} clients, {door}, {pipeline} in flight"), &head, &rows);
    }
}
