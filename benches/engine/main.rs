//! `make bench`: lodger beside a bare hash map and a real Redis 7.0, in one run, as tables on standard output.
//!
//! What is compared, and what it is meant to reach, is at the head of each file: `speed.rs` (GET and SET),
//! `growth.rs` (the worst insert), `bytes.rs` (bytes per key), `durable.rs` (the append-only file), `types.rs` (the
//! commands of all types), `cost.rs` (loading, snapshots, memory), `large.rs` (large values during a snapshot),
//! `clients.rs` (waiting, publishing, the server). In the first five lodger is called through the shared library, as a C
//! program would; a comparison runs in rounds (A B A B ...), so that a machine that is busy for a while is busy for all,
//! and shows medians, and medians of each round's ratio.
//!
//! `BENCH_QUICK=1` stops at 1 M keys: about a minute. `BENCH_ONLY=speed,growth,bytes,durable,types,cost,large,clients`
//! picks parts. Redis is `LODGER_REDIS7` or the `redis-server` of the PATH, if it is a 7.0.
#![allow(clippy::print_stdout, clippy::unwrap_used, clippy::expect_used, reason = "a program, not a library")]
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "measurements are far from limits"
)]
#![allow(clippy::disallowed_methods, reason = "measures real time and reads files of its own")]

mod abi;
mod bytes;
mod cases;
mod clients;
mod cost;
mod durable;
mod growth;
mod keys;
mod large;
mod map;
mod redis;
mod report;
mod speed;
mod types;

/// How much of everything.
struct Plan {
    /// Numbers of keys, rising.
    sizes: Vec<usize>,
    /// Of each comparison. Many short ones: most of them the machine leaves alone, and they decide the median.
    rounds: usize,
    /// Operations a round, of what takes nanoseconds.
    operations: usize,
    /// Of how many rounds one has Redis in it.
    redis_every: usize,
}

impl Plan {
    fn largest(&self) -> usize {
        self.sizes.last().copied().unwrap_or(0)
    }
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    match arguments.next().as_deref() {
        Some(bytes::CHILD) => return bytes::child(arguments),
        Some(types::CHILD) => return types::child(arguments),
        Some(types::CALLS) => return types::calls(arguments),
        _ => {}
    }
    let quick = std::env::var_os("BENCH_QUICK").is_some_and(|v| v != "0" && !v.is_empty());
    let plan = if quick {
        Plan { sizes: vec![10_000, 1_000_000], rounds: 42, operations: 20_000, redis_every: 6 }
    } else {
        let sizes = vec![10_000, 1_000_000, 10_000_000];
        Plan { sizes, rounds: 121, operations: 20_000, redis_every: 11 }
    };
    let only = std::env::var("BENCH_ONLY").unwrap_or_default();
    let wanted = |part: &str| only.is_empty() || only.split(',').any(|o| o == part);
    let mut server = if wanted("speed") || wanted("bytes") { redis::Server::start() } else { None };
    report::machine(server.as_ref().map(|s| s.version.as_str()));
    let mut lines = speed::Report::default();
    let mut weights = bytes::Report::default();
    let grown = wanted("growth").then(|| growth::run(plan.largest()));
    for &size in &plan.sizes {
        if let Some(server) = &mut server {
            server.fill(size);
            weights.redis(size, server.used(), server.resident());
        }
        if wanted("speed") {
            let fixture = match &grown {
                Some(grown) if size == plan.largest() => speed::Fixture::borrow(grown),
                _ => speed::Fixture::load(size),
            };
            speed::run(&plan, size, fixture, server.as_ref(), &mut lines);
        }
    }
    drop(server);
    if let Some(grown) = &grown {
        growth::print(grown);
    }
    drop(grown);
    lines.print();
    if wanted("bytes") {
        weights.lodger(plan.largest());
        weights.print();
    }
    if wanted("durable") {
        durable::run(&plan);
    }
    if wanted("types") {
        types::run(quick);
    }
    if wanted("cost") {
        cost::run(quick);
    }
    if wanted("large") {
        large::run(quick);
    }
    if wanted("clients") {
        clients::run(quick);
    }
}
