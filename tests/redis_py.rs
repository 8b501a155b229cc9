//! redis-py's own test suite, from its source package, against lodger-server and a real Redis 7.0, side by side: what passes
//! there passes here, but for `redis_py.txt`, which says why not. Nothing of it is kept in this repository.
//!
//! `cargo test` runs the sync half of it in RESP2; `REDIS_PY=all` everything in RESP2 and RESP3 (`make test-redis-py`).

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "test code: it stops at the first surprise, and starts real programs"
)]

mod common;

use std::collections::BTreeMap;
use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use common::oracle::{Oracle, Which, start_with};

const VERSION: &str = "5.2.1";
const TOOLS: [&str; 6] = [
    "pytest==8.3.4",
    "pytest-asyncio==0.24.0",
    "pytest-timeout==2.3.1",
    "mock==5.1.0",
    "cachetools==5.5.0",
    "packaging==24.2",
];
/// What needs other servers: clusters, sentinels, modules, certificates.
const ELSEWHERE: [&str; 17] = [
    "test_asyncio/test_bloom.py",
    "test_asyncio/test_cluster.py",
    "test_asyncio/test_cwe_404.py",
    "test_asyncio/test_graph.py",
    "test_asyncio/test_json.py",
    "test_asyncio/test_search.py",
    "test_asyncio/test_sentinel.py",
    "test_asyncio/test_sentinel_managed_connection.py",
    "test_asyncio/test_timeseries.py",
    "test_bloom.py",
    "test_cluster.py",
    "test_graph.py",
    "test_graph_utils",
    "test_json.py",
    "test_search.py",
    "test_sentinel.py",
    "test_timeseries.py",
];
const SHARE: [&str; 6] = [
    "test_commands.py",
    "test_encoding.py",
    "test_monitor.py",
    "test_multiprocessing.py",
    "test_pipeline.py",
    "test_pubsub.py",
];

/// Runs a program to its end; what it printed, or why it failed.
fn run(command: &mut Command) -> Result<String, String> {
    let output = command.stdin(Stdio::null()).output().map_err(|e| format!("{command:?}: {e}"))?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    if output.status.success() {
        return Ok(text);
    }
    let errors = String::from_utf8_lossy(&output.stderr);
    Err(format!("{command:?}: {}", errors.lines().last().unwrap_or_default()))
}

/// Fetches the suite and what it needs into the build directory, once. Answers the Python to run it with, and the directory
/// of its source package.
fn fetch() -> Result<(PathBuf, PathBuf), String> {
    let home = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("redis-py-{VERSION}"));
    let (python, source) = (home.join("venv/bin/python"), home.join(format!("redis-{VERSION}")));
    let done = home.join("done");
    if done.exists() {
        return Ok((python, source));
    }
    let _ = fs::remove_dir_all(&home);
    fs::create_dir_all(&home).map_err(|e| e.to_string())?;
    run(Command::new("python3").args(["-m", "venv"]).arg(home.join("venv")))?;
    let pip = || {
        let mut pip = Command::new(&python);
        pip.args(["-m", "pip", "--quiet", "--disable-pip-version-check"]).current_dir(&home);
        pip
    };
    let package = format!("redis=={VERSION}");
    run(pip().arg("install").args(TOOLS).arg(&package))?;
    run(pip().args(["download", "--no-deps", "--no-binary", ":all:", &package]))?;
    run(Command::new("tar").args(["xzf", &format!("redis-{VERSION}.tar.gz")]).current_dir(&home))?;
    fs::write(done, "").map_err(|e| e.to_string())?;
    Ok((python, source))
}

/// A server that listens at a port, too.
fn start(which: Which) -> Option<(Oracle, u16)> {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let server = start_with(which, "redis-py's own tests", &["--port", &port.to_string()])?;
    Some((server, port))
}

/// Whether each test passed.
type Outcomes = BTreeMap<String, bool>;

/// Runs tests of the suite against a server.
fn suite(python: &Path, source: &Path, port: u16, protocol: u8, files: &[String]) -> Outcomes {
    let mut command = Command::new(python);
    command
        .current_dir(source)
        .args(["-m", "pytest", "-q", "-rA", "--tb=no", "-p", "no:cacheprovider", "-p", "no:warnings"])
        .args(["--timeout", "20", "-o", "asyncio_mode=auto", "--continue-on-collection-errors"])
        .args(["--redis-url", &format!("redis://localhost:{port}"), "--protocol", &protocol.to_string()])
        .args(files);
    let output = command.stdin(Stdio::null()).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    // "PASSED tests/test_a.py::Class::test[x]", and after the others " - why".
    let mut outcomes = Outcomes::new();
    for line in text.lines() {
        let Some((word, rest)) = line.split_once(' ') else { continue };
        if !rest.contains("::") {
            continue;
        }
        let name = rest.split(" - ").next().unwrap_or_default().to_owned();
        match word {
            "PASSED" | "XPASS" => _ = outcomes.entry(name).or_insert(true),
            "FAILED" | "ERROR" => _ = outcomes.insert(name, false),
            _ => {}
        }
    }
    assert!(
        outcomes.len() > 100,
        "the suite did not run:\n{text}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    outcomes
}

/// Whether a name fits a pattern, in which a `*` is any text.
fn fits(pattern: &str, name: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = name.strip_prefix(parts.next().unwrap_or_default()) else { return false };
    let Some(last) = parts.next_back() else { return rest.is_empty() };
    for part in parts {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

/// The tests that may fail: pattern and reason.
fn known() -> Vec<(&'static str, &'static str)> {
    let lines = include_str!("redis_py.txt").lines();
    lines
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| line.split_once(" | ").unwrap_or_else(|| panic!("no reason: {line}")))
        .collect()
}

#[test]
fn what_passes_on_redis_passes_here() {
    let (python, source) = match fetch() {
        Ok(found) => found,
        Err(why) => {
            println!("SKIPPED: redis-py's own tests ({why})");
            return;
        }
    };
    let all = std::env::var("REDIS_PY").is_ok_and(|value| value == "all");
    let files: Vec<String> = if all {
        let ignored = ELSEWHERE.iter().map(|name| format!("--ignore=tests/{name}"));
        let certificates = ["--ignore=tests/test_ssl.py", "--ignore=tests/test_asyncio/test_ssl.py"];
        ignored.chain(certificates.map(str::to_owned)).chain(["tests".to_owned()]).collect()
    } else {
        SHARE.iter().map(|name| format!("tests/{name}")).collect()
    };
    let known = known();
    let mut used = vec![false; known.len()];
    for protocol in if all { &[2, 3][..] } else { &[2] } {
        let Some((_redis, redis_port)) = start(Which::Redis7) else { return };
        let (_lodger, lodger_port) = start(Which::Lodger).unwrap();
        let (theirs, ours) = std::thread::scope(|scope| {
            let theirs = scope.spawn(|| suite(&python, &source, redis_port, *protocol, &files));
            let ours = suite(&python, &source, lodger_port, *protocol, &files);
            (theirs.join().unwrap(), ours)
        });
        let passed: Vec<&String> =
            theirs.iter().filter(|(_, passed)| **passed).map(|(name, _)| name).collect();
        let failed = passed.iter().filter(|name| !ours.get(**name).copied().unwrap_or(false));
        let (mut reasons, mut surprises) = (BTreeMap::<&str, usize>::new(), Vec::new());
        for name in failed {
            let mut reason = None;
            for ((pattern, why), used) in known.iter().zip(&mut used) {
                if fits(pattern, name) {
                    (reason, *used) = (Some(*why), true);
                }
            }
            match reason {
                Some(why) => *reasons.entry(why).or_default() += 1,
                None => surprises.push(name.as_str()),
            }
        }
        println!(
            "redis-py {VERSION}, RESP{protocol}: {} of {} pass",
            passed.len() - reasons.values().sum::<usize>() - surprises.len(),
            passed.len()
        );
        reasons.iter().for_each(|(why, count)| println!("  {count} wait for {why}"));
        assert!(
            surprises.is_empty(),
            "{} fail here and pass on redis7-server:\n{}",
            surprises.len(),
            surprises.join("\n")
        );
    }
    let stale = |((pattern, _), used): (&(&'static str, &str), bool)| (!used).then_some(*pattern);
    let stale: Vec<&str> = known.iter().zip(used).filter_map(stale).collect();
    assert!(!all || stale.is_empty(), "these pass now: {stale:?}");
}
