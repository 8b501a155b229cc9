//! lodger-server as a program: its flags, its files, its signals, and the lines that start-up scripts wait for.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "test code: it stops at the first surprise, and starts real processes"
)]

mod common;

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Output, Stdio};
use std::time::{Duration, Instant};

use common::resp::{Conn, RespValue};
use tempfile::TempDir;

fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lodger-server"));
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Runs it to its end.
fn ends(args: &[&str], dir: &Path) -> Output {
    program().args(args).current_dir(dir).output().unwrap()
}

fn fails(args: &[&str], dir: &Path, why: &str) {
    let output = ends(args, dir);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && said.contains(why), "{args:?}: {said}");
}

/// A running program, in a directory of its own.
struct Running {
    child: Child,
    out: BufReader<ChildStdout>,
    said: String,
}

impl Running {
    fn start(args: &[&str], dir: &Path, input: &str) -> Self {
        Self::run(program(), args, dir, input)
    }

    fn run(mut program: Command, args: &[&str], dir: &Path, input: &str) -> Self {
        let mut child = program.args(args).current_dir(dir).stdin(Stdio::piped()).spawn().unwrap();
        // A program that ended already has told why; the line that is waited for will be missing.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        let out = BufReader::new(child.stdout.take().unwrap());
        let mut running = Self { child, out, said: String::new() };
        running.until("Ready to accept connections");
        running
    }

    /// Reads its lines up to one that holds `text`.
    fn until(&mut self, text: &str) {
        loop {
            let mut line = String::new();
            if self.out.read_line(&mut line).unwrap() == 0 {
                let mut errors = String::new();
                self.child.stderr.take().unwrap().read_to_string(&mut errors).unwrap();
                panic!("it ended before it said '{text}': {}{errors}", self.said);
            }
            self.said.push_str(&line);
            if line.contains(text) {
                return;
            }
        }
    }

    fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args([&format!("-{name}"), &pid]).status().unwrap().success());
    }

    /// All it said until it ended well.
    fn end(mut self) -> String {
        let mut rest = String::new();
        self.out.read_to_string(&mut rest).unwrap();
        let status = self.child.wait().unwrap();
        assert!(status.success(), "{status}: {}{rest}", self.said);
        std::mem::take(&mut self.said) + &rest
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

const QUIET: [&str; 4] = ["--port", "0", "--unixsocket", "s"];

fn with<'a>(more: &[&'a str]) -> Vec<&'a str> {
    QUIET.iter().chain(more).copied().collect()
}

#[test]
fn what_it_tells_of_itself() {
    let dir = TempDir::new().unwrap();
    for flag in ["--version", "-v"] {
        let output = ends(&[flag], dir.path());
        assert!(output.status.success());
        assert!(String::from_utf8_lossy(&output.stdout).starts_with("lodger-server v="));
    }
    assert!(String::from_utf8_lossy(&ends(&["--help"], dir.path()).stdout).contains("usage: lodger-server"));
}

#[test]
fn what_it_does_not_take() {
    let dir = TempDir::new().unwrap();
    let path = dir.path();
    fs::write(path.join("bad.conf"), "port 0\nmaxmemory many\n").unwrap();
    fs::write(path.join("unknown.conf"), "port 0\nno-such-thing 1\n").unwrap();
    fs::write(path.join("replica.conf"), "replicaof 127.0.0.1 6379\n").unwrap();
    fs::write(path.join("quotes.conf"), "requirepass \"x\n").unwrap();
    fs::write(path.join("self.conf"), "include self.conf\n").unwrap();
    fails(&["none.conf"], path, "cannot read the configuration file 'none.conf'");
    fails(&["bad.conf"], path, "maxmemory many");
    fails(&["unknown.conf"], path, "unknown directive 'no-such-thing'");
    fails(&["replica.conf"], path, "unknown directive 'replicaof'");
    fails(&["quotes.conf"], path, "line 1: unbalanced quotes");
    fails(&["self.conf"], path, "include each other");
    fails(&["--port", "0"], path, "nothing to listen at");
    fails(&["--port"], path, "'port' takes one value");
    fails(&["--port", "x"], path, "port");
    fails(&["a.conf", "b"], path, "a.conf");
    fails(&with(&["--daemonize", "perhaps"]), path, "daemonize");
    fails(&with(&["--cluster-enabled", "yes"]), path, "cluster-enabled");
    fails(&with(&["--dbfilename", "data"]), path, "must end in .rdb");
    fs::write(path.join("s"), "precious").unwrap();
    fails(&with(&["--save", ""]), path, "a file that is no socket");
    assert_eq!(fs::read(path.join("s")).unwrap(), b"precious");
}

#[test]
fn a_configuration_from_a_file_from_standard_input_and_from_flags() {
    let dir = TempDir::new().unwrap();
    fs::write(dir.path().join("more.conf"), "maxclients 77\ntimeout 5\n").unwrap();
    let text = "# a comment\ninclude more.conf\nport 0\nunixsocket s\nrequirepass \"a b\"\nsave \"\"\nactivedefrag no\n\
                client-output-buffer-limit normal 0 0 0\nclient-output-buffer-limit pubsub 1mb 1mb 1\n";
    fs::write(dir.path().join("c.conf"), text).unwrap();
    let check = |running: &Running| {
        let mut conn = Conn::open(&dir.path().join("s")).unwrap();
        assert_eq!(
            conn.call(&["AUTH", "a b"]).unwrap(),
            RespValue::Status(b"OK".to_vec()),
            "{}",
            running.said
        );
        let got = conn
            .call(&["CONFIG", "GET", "maxclients", "timeout", "save", "client-output-buffer-limit"])
            .unwrap();
        let got = got.to_string();
        for wanted in ["\"77\"", "\"9\"", "\"save\" \"\"", "pubsub 1048576 1048576 1"] {
            assert!(got.contains(wanted), "{wanted}: {got}");
        }
        conn
    };
    let running = Running::start(&["c.conf", "--timeout", "9"], dir.path(), "");
    assert!(running.said.contains("directive 'activedefrag' means nothing here"), "{}", running.said);
    let pid = format!("PID: {}", running.child.id());
    assert!(running.said.contains(&pid), "{}", running.said);
    check(&running);
    running.signal("INT");
    let said = running.end();
    assert!(said.contains("Received SIGINT") && said.contains("bye bye"), "{said}");
    assert!(!dir.path().join("dump.rdb").exists() && !dir.path().join("s").exists());
    let running = Running::start(&["--timeout", "9", "-"], dir.path(), &text.replace("timeout 5", ""));
    drop(running);
    let running = Running::start(&["-"], dir.path(), &format!("{text}timeout 9\n"));
    // SHUTDOWN answers nothing.
    let mut conn = check(&running);
    assert!(conn.call(&["SHUTDOWN"]).is_err());
    assert!(running.end().contains("User requested shutdown"));
}

#[test]
fn what_was_written_is_there_again() {
    let dir = TempDir::new().unwrap();
    let path = dir.path();
    let conn = || Conn::open(&path.join("s")).unwrap();
    let get = |key: &str| conn().call(&["GET", key]).unwrap();
    // With save points, as without a configuration: saved at the end.
    let running = Running::start(&with(&["--pidfile", "pid", "--logfile", ""]), path, "");
    assert_eq!(fs::read_to_string(path.join("pid")).unwrap().trim(), running.child.id().to_string());
    conn().call(&["SET", "k", "1"]).unwrap();
    running.signal("TERM");
    assert!(running.end().contains("DB saved on disk"));
    assert!(path.join("dump.rdb").exists() && !path.join("pid").exists());
    // Without: what was there is loaded, and not written again.
    let mut running = Running::start(&with(&["--save", ""]), path, "");
    assert!(running.said.contains("DB loaded from disk"), "{}", running.said);
    assert_eq!(get("k"), RespValue::bulk("1"));
    conn().call(&["SET", "k", "2"]).unwrap();
    running.signal("TERM");
    running.until("bye bye");
    drop(running);
    let running = Running::start(&with(&["--save", ""]), path, "");
    assert_eq!(get("k"), RespValue::bulk("1"));
    // SHUTDOWN SAVE saves all the same.
    conn().call(&["SET", "k", "3"]).unwrap();
    assert!(conn().call(&["SHUTDOWN", "SAVE"]).is_err());
    running.end();
    // An append-only file, and a process that is killed.
    let own = ["--appendonly", "yes", "--appendfsync", "always", "--dir", "aof"];
    let mut running = Running::start(&with(&own), path, "");
    let socket = path.join("s");
    conn().call(&["SET", "k", "4"]).unwrap();
    running.child.kill().unwrap();
    running.child.wait().unwrap();
    assert!(socket.exists());
    let running = Running::start(&with(&own), path, "");
    assert!(running.said.contains("DB loaded from append only file"), "{}", running.said);
    assert_eq!(get("k"), RespValue::bulk("4"));
    drop(running);
    let running = Running::start(&with(&["--save", "60 1"]), path, "");
    assert_eq!(get("k"), RespValue::bulk("3"));
    let points = conn().call(&["CONFIG", "GET", "save"]).unwrap().to_string();
    assert!(points.contains("60 1"), "{points}");
    drop(running);
}

#[test]
fn in_the_background() {
    let dir = TempDir::new().unwrap();
    let path = dir.path();
    let output =
        ends(&with(&["--daemonize", "yes", "--pidfile", "pid", "--logfile", "log", "--save", ""]), path);
    assert!(output.status.success(), "{output:?}");
    // It serves by now.
    let mut conn = Conn::open(&path.join("s")).unwrap();
    assert_eq!(conn.call(&["PING"]).unwrap(), RespValue::Status(b"PONG".to_vec()));
    let info = conn.call(&["INFO", "server"]).unwrap().to_string();
    let pid = fs::read_to_string(path.join("pid")).unwrap().trim().to_owned();
    assert!(info.contains(&format!("process_id:{pid}")), "{info}");
    assert!(conn.call(&["SHUTDOWN", "NOSAVE"]).is_err());
    let end = Instant::now() + Duration::from_secs(60);
    while path.join("pid").exists() {
        assert!(Instant::now() < end, "{}", fs::read_to_string(path.join("log")).unwrap());
        std::thread::yield_now();
    }
    let output = ends(&with(&["--daemonize", "yes", "--maxmemory", "many"]), path);
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("maxmemory"), "{output:?}");
}

/// As with SHUTDOWN: what cannot be saved is not thrown away.
#[test]
fn a_signal_does_not_end_it_while_it_cannot_save() {
    let dir = TempDir::new().unwrap();
    let path = dir.path();
    let conn = || Conn::open(&path.join("s")).unwrap();
    let mut running = Running::start(&with(&[]), path, "");
    conn().call(&["SET", "k", "1"]).unwrap();
    // No file takes the place of a directory that holds something.
    fs::create_dir(path.join("dump.rdb")).unwrap();
    fs::write(path.join("dump.rdb/precious"), "").unwrap();
    running.signal("TERM");
    running.until("cannot shut down");
    let named = running.said.lines().any(|line| line.contains("cannot") && line.contains("dump.rdb"));
    assert!(named, "{}", running.said);
    assert_eq!(conn().call(&["GET", "k"]).unwrap(), RespValue::bulk("1"), "it goes on");
    assert!(conn().call(&["SHUTDOWN"]).unwrap().to_string().contains("ERR"), "the client is told the same");
    fs::remove_dir_all(path.join("dump.rdb")).unwrap();
    running.signal("TERM");
    assert!(running.end().contains("bye bye"));
    let running = Running::start(&with(&[]), path, "");
    assert_eq!(conn().call(&["GET", "k"]).unwrap(), RespValue::bulk("1"), "{}", running.said);
}

#[test]
fn clients_leave_files_for_what_is_saved() {
    let dir = TempDir::new().unwrap();
    let mut shell = Command::new("sh");
    shell.args(["-c", "ulimit -n 100; exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_lodger-server")]);
    shell.stdout(Stdio::piped()).stderr(Stdio::piped());
    let args = with(&["--io-threads", "2", "--save", ""]);
    let running = Running::run(shell, &args, dir.path(), "");
    assert!(running.said.contains("allows this process 100 open files: maxclients is 64, not 10000"));
    let mut conns: Vec<Conn> = (0..64).map(|_| Conn::open(&dir.path().join("s")).unwrap()).collect();
    for conn in &mut conns {
        assert_eq!(conn.call(&["PING"]).unwrap().to_string(), "+\"PONG\"");
    }
    let one_more = Conn::open(&dir.path().join("s")).unwrap().call(&["PING"]);
    assert!(!one_more.is_ok_and(|reply| !reply.is_error()));
    assert_eq!(conns[63].call(&["SAVE"]).unwrap().to_string(), "+\"OK\"");
}
