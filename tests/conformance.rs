//! Runs the scripts of `tests/conformance` through every door, and against real servers, so that the scripts
//! themselves are known to tell the truth. `SCRIPT=name` picks the scripts whose name contains it.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "test code: it stops at the first surprise, speaks to the terminal, and starts real servers"
)]

mod common;

use std::fs;
use std::path::{Path, PathBuf};

use common::doors::{Entrance, LodgerDoor, ServerDoor};
use common::oracle::{self, Which};
use common::script::{Door, Protocol, run_script};

fn scripts() -> Vec<PathBuf> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conformance");
    let picked = std::env::var("SCRIPT").unwrap_or_default();
    let mut found: Vec<PathBuf> = fs::read_dir(dir).unwrap().map(|e| e.unwrap().path()).collect();
    found.retain(|p| {
        let name = p.file_name().unwrap_or_default().to_string_lossy();
        name.ends_with(".t") && name.contains(&picked)
    });
    found.sort();
    assert!(!found.is_empty(), "no scripts");
    found
}

/// Runs every script under both protocols; fails with all the mismatches at once.
fn run_all(what: &str, door: &mut dyn Door) {
    let (mut cases, mut replies, mut wrong) = (0, 0, Vec::new());
    for path in scripts() {
        let text = fs::read_to_string(&path).unwrap();
        let file = format!("tests/conformance/{}", path.file_name().unwrap_or_default().to_string_lossy());
        for protocol in [Protocol::Two, Protocol::Three] {
            let (count, mismatches) = run_script(&file, &text, door, protocol);
            cases += count.cases;
            replies += count.replies;
            wrong.extend(mismatches);
        }
    }
    let list: Vec<String> = wrong.iter().map(ToString::to_string).collect();
    assert!(list.is_empty(), "{what}: {} cases differ\n{}", list.len(), list.join("\n"));
    println!("{what}: {replies} replies in {cases} cases");
}

#[test]
fn scripts_hold_on_redis_7_0() {
    if let Some(server) = oracle::start(Which::Redis7, "scripts_hold_on_redis_7_0") {
        run_all("redis 7.0", &mut ServerDoor::new(server, None).unwrap());
    }
}

#[test]
fn newer_cases_hold_on_valkey_8() {
    if let Some(server) = oracle::start(Which::Valkey8, "newer_cases_hold_on_valkey_8") {
        run_all("valkey 8", &mut ServerDoor::new(server, Some((7, 0))).unwrap());
    }
}

#[test]
fn newer_cases_hold_on_redis_8() {
    if let Some(server) = oracle::start(Which::Redis8, "newer_cases_hold_on_redis_8") {
        run_all("redis 8", &mut ServerDoor::new(server, Some((7, 0))).unwrap());
    }
}

#[test]
fn scripts_hold_on_lodger_server() {
    if let Some(server) = oracle::start(Which::Lodger, "scripts_hold_on_lodger_server") {
        run_all("lodger-server", &mut ServerDoor::new(server, None).unwrap());
    }
}

#[test]
fn scripts_hold_on_lodger_as_resp() {
    run_all("lodger, RESP in and out", &mut LodgerDoor::new(Entrance::Resp).unwrap());
}

#[test]
fn scripts_hold_on_lodger_as_trees() {
    run_all("lodger, reply trees", &mut LodgerDoor::new(Entrance::Tree).unwrap());
}
