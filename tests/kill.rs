//! A real process, killed with SIGKILL at a random moment while four threads write and the append-only file is rewritten and
//! saved, again and again in the same directory. What it had acknowledged is there, each command whole, in order, once.
//!
//! `make crash` kills 200 times (`CRASH_ROUNDS`), `make test` a few times. `SEED` runs the same moments again, as far as a
//! machine has the same moments twice.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "test code: it stops at the first surprise and starts processes"
)]

#[path = "common/kit.rs"]
mod kit;

use std::io::{Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use kit::{Rng, call, int, number, seed, text};
use lodger::{Client, Db, Options};

const THREADS: u8 = 4;
/// Where the process that is killed finds its directory and `appendfsync`.
const DIR: &str = "LODGER_KILL_DIR";
const FSYNC: &str = "LODGER_KILL_FSYNC";

fn open(dir: &Path, fsync: &str) -> Db {
    // Small files, so that they are rewritten all the time.
    let config = format!(
        "appendfsync {fsync}\nauto-aof-rewrite-min-size 200kb\nauto-aof-rewrite-percentage 50\n\
         aof-timestamp-enabled yes"
    );
    Options::new().config(config).open(dir).unwrap()
}

/// How often thread `t` came around.
fn turns(client: &mut Client, t: u8) -> i64 {
    match text(client, &format!("GET count:{t}")).as_str() {
        "nil" => 0,
        n => n.parse().unwrap(),
    }
}

/// The process that is killed; in the process of the tests this does nothing.
#[test]
fn the_process_that_is_killed() {
    let (Ok(dir), Ok(fsync)) = (std::env::var(DIR), std::env::var(FSYNC)) else { return };
    let db = open(dir.as_ref(), &fsync);
    let threads: Vec<_> = (0..THREADS)
        .map(|t| {
            let db = db.clone();
            std::thread::spawn(move || {
                let mut client = db.client().unwrap();
                let mut n = turns(&mut client, t);
                loop {
                    n += 1;
                    call(&mut client, &format!("MSET pair:{t} {n} twin:{t} {n}"));
                    call(&mut client, &format!("RPUSH log:{t} {n}"));
                    call(&mut client, &format!("HSET hash:{t} f{} {n}", n % 200));
                    call(&mut client, &format!("SETEX young:{t}:{} 1000 {n}", n % 500));
                    call(&mut client, &format!("INCR count:{t}"));
                    // One write of so few bytes is whole or not there.
                    let told = [[t].as_slice(), &n.to_le_bytes()].concat();
                    if std::io::stdout().write_all(&told).and_then(|()| std::io::stdout().flush()).is_err() {
                        return;
                    }
                }
            })
        })
        .collect();
    let mut client = db.client().unwrap();
    for n in 0u32.. {
        call(&mut client, if n % 3 == 0 { "BGREWRITEAOF" } else { "BGSAVE SCHEDULE" });
        std::thread::sleep(Duration::from_millis(7));
        if threads.iter().any(|t| t.is_finished()) {
            return;
        }
    }
}

/// Kills one; the turns that each thread was told of.
fn kill_one(dir: &Path, fsync: &str, after: Duration) -> [i64; THREADS as usize] {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "the_process_that_is_killed", "--nocapture", "--test-threads=1"])
        .env(DIR, dir)
        .env(FSYNC, fsync)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut out = child.stdout.take().unwrap();
    let reader = std::thread::spawn(move || {
        let mut all = Vec::new();
        out.read_to_end(&mut all).unwrap();
        all
    });
    std::thread::sleep(after);
    child.kill().unwrap();
    child.wait().unwrap();
    let all = reader.join().unwrap();
    // The test runner says something first, in letters.
    let start = all.iter().position(|b| *b < THREADS).unwrap_or(all.len());
    let mut acked = [0; THREADS as usize];
    for told in all[start..].chunks_exact(9) {
        acked[usize::from(told[0])] = i64::from_le_bytes(told[1..].try_into().unwrap());
    }
    acked
}

#[test]
fn nothing_acknowledged_is_lost() {
    let seed = seed("nothing_acknowledged_is_lost");
    let mut rng = Rng::new(seed);
    let rounds = number("CRASH_ROUNDS", 6);
    let (mut commands, mut rewrites, mut cuts, mut idle) = (0, 0, 0, 0);
    for fsync in ["always", "everysec"] {
        let dir = tempfile::tempdir().unwrap();
        let mut before = [0; THREADS as usize];
        for round in 0..rounds.div_ceil(2) {
            let acked = kill_one(dir.path(), fsync, Duration::from_millis(60 + rng.below(500) as u64));
            let base = || {
                let manifest = dir.path().join("appendonlydir/appendonly.aof.manifest");
                std::fs::read_to_string(manifest).unwrap_or_default()
            };
            rewrites += u64::from(base().contains("base"));
            let db = open(dir.path(), fsync);
            let mut client = db.client().unwrap();
            for t in 0..THREADS {
                let at = usize::from(t);
                let n = turns(&mut client, t);
                let what =
                    format!("appendfsync {fsync}, round {round}, thread {t}: {n} turns, {acked:?} told");
                // Killed, not without power: what was written is there under any policy. Under everysec the
                // journal's buffer, about a tenth of a second, may be gone.
                if fsync == "always" {
                    assert!((acked[at]..=acked[at] + 1).contains(&n) || acked[at] == 0, "{what}");
                }
                assert!(n >= before[at], "{what}; {} were there before", before[at]);
                idle += u64::from(acked[at] == 0);
                let log = call(&mut client, &format!("LRANGE log:{t} 0 -1"));
                let log: Vec<i64> = log.iter().map(|n| n.as_str().unwrap().parse().unwrap()).collect();
                assert!(
                    log.len() == usize::try_from(n).unwrap() || log.len() == usize::try_from(n).unwrap() + 1,
                    "{what}"
                );
                // Each turn that is there, once and in order; one that was cut short is done again.
                assert!(log.windows(2).all(|w| w[1] == w[0] + 1 || w[1] == w[0]), "{what}");
                let (pair, twin) = (
                    text(&mut client, &format!("GET pair:{t}")),
                    text(&mut client, &format!("GET twin:{t}")),
                );
                assert_eq!(pair, twin, "{what}");
                commands += n - before[at];
                // What was cut short is as if it had not been.
                if log.len() > usize::try_from(n).unwrap() {
                    call(&mut client, &format!("RPOP log:{t}"));
                    cuts += 1;
                }
                before[at] = n;
            }
            assert!(int(&mut client, "DBSIZE") < 3_000);
            drop(client);
            db.close().unwrap();
            let dump = dir.path().join("dump.rdb");
            if dump.exists() {
                Db::open(&dump).unwrap().close().unwrap();
            }
            let aside = std::fs::read_dir(dir.path().join("appendonlydir")).unwrap();
            let temps =
                aside.filter(|e| e.as_ref().unwrap().file_name().to_string_lossy().starts_with("temp-"));
            assert_eq!(temps.count(), 0, "what was half written is gone");
        }
    }
    let killed = 2 * rounds.div_ceil(2);
    println!(
        "{killed} processes killed, {} commands found again, {cuts} turns cut short, {rewrites} times after a rewrite, \
         {idle} of {} threads had not begun",
        5 * commands,
        killed * u64::from(THREADS)
    );
    assert!(commands > 0 && rewrites > 0);
}
