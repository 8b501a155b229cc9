//! Real servers to compare with: finds them, starts one on a unix socket in a temporary directory, kills it.
//!
//! Looked for, in this order: the binary named by `LODGER_REDIS7` (`LODGER_REDIS8`, `LODGER_VALKEY8`), what
//! `tests/oracles.sh` put under `LODGER_ORACLES` (by default `target/oracles`), `redis-server` 7.0 on PATH.
//! Without one the test says SKIPPED and passes, unless CI or LODGER_REQUIRE_ORACLES is set: then it fails.

use std::env;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::resp::{Conn, RespValue};

/// The servers that tests compare with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Which {
    /// Redis 7.0: the reference.
    Redis7,
    /// Valkey 8.0, for what is newer than Redis 7.0.
    Valkey8,
    /// Redis 8.0, for what is newer than Redis 7.0.
    Redis8,
    /// Our own.
    Lodger,
}

impl Which {
    /// Its name in messages.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Redis7 => "redis-server 7.0",
            Self::Valkey8 => "valkey-server 8.0",
            Self::Redis8 => "redis-server 8.0",
            Self::Lodger => "lodger-server",
        }
    }

    /// The newest Redis whose commands it answers.
    pub(crate) fn version(self) -> (u32, u32) {
        match self {
            Self::Redis7 => (7, 0),
            Self::Valkey8 => (7, 2),
            Self::Redis8 => (8, 0),
            Self::Lodger => (u32::MAX, 0),
        }
    }

    fn variable(self) -> &'static str {
        match self {
            Self::Redis7 => "LODGER_REDIS7",
            Self::Valkey8 => "LODGER_VALKEY8",
            Self::Redis8 => "LODGER_REDIS8",
            Self::Lodger => "LODGER_SERVER",
        }
    }

    fn file(self) -> &'static str {
        match self {
            Self::Redis7 => "redis7-server",
            Self::Valkey8 => "valkey8-server",
            Self::Redis8 => "redis8-server",
            Self::Lodger => "lodger-server",
        }
    }

    /// What `--version` must say.
    fn stamp(self) -> &'static str {
        match self {
            Self::Redis7 => " v=7.0.",
            Self::Valkey8 => " v=8.",
            Self::Redis8 => " v=8.",
            Self::Lodger => "lodger-server v=",
        }
    }

    fn find(self) -> Option<PathBuf> {
        if self == Self::Lodger {
            return option_env!("CARGO_BIN_EXE_lodger-server").map(PathBuf::from);
        }
        if let Some(named) = env::var_os(self.variable()) {
            assert!(
                is_version(Path::new(&named), self.stamp()),
                "{} names no {}",
                self.variable(),
                self.name()
            );
            return Some(named.into());
        }
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let dir = env::var_os("LODGER_ORACLES").map_or_else(|| root.join("target/oracles"), PathBuf::from);
        let installed = dir.join("bin").join(self.file());
        if is_version(&installed, self.stamp()) {
            return Some(installed);
        }
        let on_path = PathBuf::from("redis-server");
        (self == Self::Redis7 && is_version(&on_path, self.stamp())).then_some(on_path)
    }
}

fn is_version(binary: &Path, stamp: &str) -> bool {
    let said = Command::new(binary).arg("--version").stderr(Stdio::null()).output();
    said.is_ok_and(|o| o.status.success() && String::from_utf8_lossy(&o.stdout).contains(stamp))
}

/// A running server; it dies with this value.
pub(crate) struct Oracle {
    which: Which,
    child: Child,
    socket: PathBuf,
    _dir: TempDir,
}

impl Oracle {
    /// Which server this is.
    pub(crate) fn which(&self) -> Which {
        self.which
    }

    /// A new connection.
    pub(crate) fn connect(&self) -> io::Result<Conn> {
        Conn::open(&self.socket)
    }

    fn start(which: Which, binary: &Path, arguments: &[&str]) -> Self {
        let dir = TempDir::with_prefix("lodger-oracle").unwrap();
        let socket = dir.path().join("s");
        let log = dir.path().join("log");
        let child = Command::new(binary)
            .current_dir(dir.path())
            .args(["--port", "0", "--save", "", "--appendonly", "no", "--enable-debug-command", "yes"])
            .arg("--unixsocket")
            .arg(&socket)
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(File::create(&log).unwrap())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut oracle = Self { which, child, socket, _dir: dir };
        let deadline = Instant::now() + Duration::from_secs(30);
        loop {
            if let Ok(mut conn) = oracle.connect()
                // While it loads it answers with an error.
                && conn.call(&["PING"]).is_ok_and(|pong| matches!(pong, RespValue::Status(_)))
            {
                return oracle;
            }
            let gone = oracle.child.try_wait().unwrap();
            assert!(
                gone.is_none() && Instant::now() < deadline,
                "{} did not start: {gone:?}\n{}",
                which.name(),
                fs::read_to_string(&log).unwrap_or_default()
            );
            std::thread::sleep(Duration::from_millis(3));
        }
    }
}

impl Drop for Oracle {
    fn drop(&mut self) {
        // Best effort: it may have died already, and then there is nobody to tell.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Starts `which` for the test called `what`. Without such a server: `None` and a line that says so, or a
/// failed test where they are required (CI).
pub(crate) fn start(which: Which, what: &str) -> Option<Oracle> {
    start_with(which, what, &[])
}

/// [`start`] with further arguments, such as a directory of its own.
pub(crate) fn start_with(which: Which, what: &str, arguments: &[&str]) -> Option<Oracle> {
    if let Some(binary) = which.find() {
        return Some(Oracle::start(which, &binary, arguments));
    }
    let line = format!(
        "SKIPPED: {what} for want of {} (install it with tests/oracles.sh target/oracles, or set {})",
        which.name(),
        which.variable()
    );
    let set = |name: &str| env::var(name).is_ok_and(|v| !v.is_empty() && v != "0" && v != "false");
    assert!(!set("CI") && !set("LODGER_REQUIRE_ORACLES"), "{line}");
    announce(&line);
    None
}

/// Prints past the test runner's capture, so that a skipped test is seen in every run.
fn announce(line: &str) {
    use std::io::Write;
    // Nothing can be done about a terminal that is gone.
    let _ = writeln!(io::stderr(), "\n{line}");
}
