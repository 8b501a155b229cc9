//! A real Redis 7.0 on a unix socket, and the least client that can keep it busy: requests are encoded in one
//! buffer, answers are counted by their known length.

use std::fmt::Write as _;
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::keys::{self, Key, Value};

/// A server of ours, ended when dropped.
pub(crate) struct Server {
    process: Child,
    directory: tempfile::TempDir,
    /// What it says of itself.
    pub(crate) version: String,
    keys: usize,
    empty_used: u64,
    empty_resident: u64,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn version(program: &PathBuf) -> Option<String> {
    let output = Command::new(program).arg("--version").output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    text.split_whitespace().find_map(|w| w.strip_prefix("v=")).map(str::to_owned)
}

impl Server {
    /// Starts `LODGER_REDIS7`, or the `redis-server` of the PATH, if it is a 7.0.
    pub(crate) fn start() -> Option<Self> {
        let program = std::env::var_os("LODGER_REDIS7").map_or("redis-server".into(), PathBuf::from);
        let version = version(&program).filter(|v| v.starts_with("7.0."))?;
        let directory = tempfile::tempdir().ok()?;
        let process = Command::new(program)
            .args(["--port", "0", "--save", "", "--appendonly", "no", "--unixsocket"])
            .arg(directory.path().join("socket"))
            .arg("--dir")
            .arg(directory.path())
            .stdout(Stdio::null())
            .spawn()
            .ok()?;
        let mut server = Self { process, directory, version, keys: 0, empty_used: 0, empty_resident: 0 };
        let deadline = Instant::now() + Duration::from_secs(10);
        while server.try_connect().is_none() {
            assert!(Instant::now() < deadline, "redis-server does not answer");
            std::thread::sleep(Duration::from_millis(10));
        }
        (server.empty_used, server.empty_resident) = (server.info("used_memory"), server.rss());
        Some(server)
    }

    fn try_connect(&self) -> Option<Connection> {
        let stream = UnixStream::connect(self.directory.path().join("socket")).ok()?;
        Some(Connection { stream, requests: Vec::new(), answers: vec![0; 64 << 10] })
    }

    /// A connection.
    pub(crate) fn connect(&self) -> Connection {
        self.try_connect().expect("redis-server went away")
    }

    /// Stores the first `keys` keys.
    pub(crate) fn fill(&mut self, keys: usize) {
        let mut connection = self.connect();
        while self.keys < keys {
            let next = keys.min(self.keys + 1024);
            connection.set_pipelined(&keys::range(self.keys, next), &keys::value(0));
            self.keys = next;
        }
    }

    /// Bytes that it counts, more than when it was empty.
    pub(crate) fn used(&self) -> u64 {
        self.info("used_memory").saturating_sub(self.empty_used)
    }

    /// Bytes that the system counts, more than when it was empty.
    pub(crate) fn resident(&self) -> u64 {
        self.rss().saturating_sub(self.empty_resident)
    }

    fn rss(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/statm", self.process.id()));
        let pages = status.ok().and_then(|s| s.split_whitespace().nth(1)?.parse::<u64>().ok());
        pages.unwrap_or(0) * 4096
    }

    /// Nanoseconds of a call of this command since CONFIG RESETSTAT, by the server's own clock.
    pub(crate) fn execution_time(&self, command: &str) -> f64 {
        let text = self.connect().text(&[b"INFO".to_vec(), b"commandstats".to_vec()]);
        let start = format!("cmdstat_{command}:");
        let line = text.lines().find_map(|l| l.strip_prefix(&start)).expect("the command was called");
        let field = |name: &str| {
            let found = line.split(',').find_map(|f| f.strip_prefix(name));
            found.and_then(|n| n.parse::<f64>().ok()).expect("a number")
        };
        assert!(field("failed_calls=") + field("rejected_calls=") == 0.0, "{command}: {line}");
        field("usec=") * 1000.0 / field("calls=")
    }

    fn info(&self, field: &str) -> u64 {
        let mut connection = self.connect();
        connection.stream.write_all(b"*2\r\n$4\r\nINFO\r\n$6\r\nmemory\r\n").unwrap();
        let mut text = String::new();
        while !text.ends_with("\r\n") || text.lines().count() < 8 {
            let n = connection.stream.read(&mut connection.answers).unwrap();
            text.push_str(std::str::from_utf8(&connection.answers[..n]).unwrap());
        }
        let line = text.lines().find_map(|l| l.strip_prefix(field)?.strip_prefix(':'));
        line.and_then(|n| n.parse().ok()).unwrap()
    }
}

/// One client of the server.
pub(crate) struct Connection {
    stream: UnixStream,
    requests: Vec<u8>,
    answers: Vec<u8>,
}

/// `$64`, the value and two line ends.
const GET_ANSWER: usize = 5 + 64 + 2;
/// `+OK`.
const SET_ANSWER: usize = 5;
/// In flight when the window is full.
const WINDOW: usize = 64;

/// What ends the answers to a batch.
const MARK: &[u8] = b"the end of this batch";

fn encode(words: &[Vec<u8>], out: &mut Vec<u8>) {
    out.extend_from_slice(format!("*{}\r\n", words.len()).as_bytes());
    for word in words {
        out.extend_from_slice(format!("${}\r\n", word.len()).as_bytes());
        out.extend_from_slice(word);
        out.extend_from_slice(b"\r\n");
    }
}

/// A request for one key, encoded.
pub(crate) fn encode_get(key: &Key, out: &mut Vec<u8>) {
    out.extend_from_slice(b"*2\r\n$3\r\nGET\r\n$16\r\n");
    out.extend_from_slice(key);
    out.extend_from_slice(b"\r\n");
}

fn encode_set(key: &Key, value: &Value, out: &mut Vec<u8>) {
    out.extend_from_slice(b"*3\r\n$3\r\nSET\r\n$16\r\n");
    out.extend_from_slice(key);
    out.extend_from_slice(b"\r\n$64\r\n");
    out.extend_from_slice(value);
    out.extend_from_slice(b"\r\n");
}

impl Connection {
    fn send(&mut self, keys: &[Key], value: Option<&Value>) {
        self.requests.clear();
        for key in keys {
            match value {
                None => encode_get(key, &mut self.requests),
                Some(value) => encode_set(key, value, &mut self.requests),
            }
        }
        self.stream.write_all(&self.requests).unwrap();
    }

    fn receive(&mut self, keys: &[Key], value: Option<&Value>) {
        let (each, first) = if value.is_some() { (SET_ANSWER, b'+') } else { (GET_ANSWER, b'$') };
        let want = keys.len() * each;
        let mut have = 0;
        while have < want {
            let n = self.stream.read(&mut self.answers[have..want]).unwrap();
            assert!(n > 0, "redis-server closed the connection");
            have += n;
        }
        assert!(self.answers[..want].iter().step_by(each).all(|b| *b == first), "{}", self.show(want));
    }

    fn show(&self, n: usize) -> String {
        self.answers[..n].iter().fold(String::new(), |mut text, b| {
            let _ = write!(text, "{}", b.escape_ascii());
            text
        })
    }

    /// One request at a time.
    pub(crate) fn one_by_one(&mut self, keys: &[Key], value: Option<&Value>) {
        for key in keys.chunks(1) {
            self.send(key, value);
            self.receive(key, value);
        }
    }

    /// Between 32 and 64 requests in flight: the server always has the next ones before it answers.
    pub(crate) fn pipelined(&mut self, keys: &[Key], value: Option<&Value>) {
        let half = WINDOW / 2;
        let mut chunks = keys.chunks(half);
        let Some(mut open) = chunks.next() else { return };
        self.send(open, value);
        for next in chunks {
            self.send(next, value);
            self.receive(open, value);
            open = next;
        }
        self.receive(open, value);
    }

    /// Sends calls at once and waits until all are answered.
    pub(crate) fn batch(&mut self, calls: &[Vec<Vec<u8>>]) {
        self.requests.clear();
        for words in calls {
            encode(words, &mut self.requests);
        }
        encode(&[b"ECHO".to_vec(), MARK.to_vec()], &mut self.requests);
        self.stream.write_all(&self.requests).unwrap();
        let end = [format!("${}\r\n", MARK.len()).as_bytes(), MARK, b"\r\n"].concat();
        let mut tail: Vec<u8> = Vec::new();
        while !tail.ends_with(&end) {
            let n = self.stream.read(&mut self.answers).unwrap();
            assert!(n > 0, "redis-server closed the connection");
            let new = &self.answers[..n];
            assert!(new[0] != b'-' || !tail.is_empty(), "{}", self.show(n.min(200)));
            tail.extend_from_slice(&new[n.saturating_sub(end.len())..]);
            tail.drain(..tail.len().saturating_sub(end.len()));
        }
    }

    /// The text that a call answers.
    fn text(&mut self, words: &[Vec<u8>]) -> String {
        self.requests.clear();
        encode(words, &mut self.requests);
        self.stream.write_all(&self.requests).unwrap();
        let mut all = Vec::new();
        loop {
            let n = self.stream.read(&mut self.answers).unwrap();
            assert!(n > 0, "redis-server closed the connection");
            all.extend_from_slice(&self.answers[..n]);
            let head = all.iter().position(|b| *b == b'\n').map_or(all.len(), |i| i + 1);
            let len = std::str::from_utf8(&all[1..head]).unwrap().trim().parse::<usize>().unwrap();
            if all.len() >= head + len + 2 {
                return String::from_utf8(all[head..head + len].to_vec()).unwrap();
            }
        }
    }

    fn set_pipelined(&mut self, keys: &[Key], value: &Value) {
        self.pipelined(keys, Some(value));
    }
}
