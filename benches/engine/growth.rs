//! The worst single insert while a database grows: lodger and the bare map beside a control that only writes
//! to memory it has had from the start, so that what it shows is the machine: interrupts, other programs.
//!
//! Every insert is timed by the wall clock. To tell a pause of ours from one of the machine, the thread's own
//! CPU clock is read every few inserts: what the thread was off the CPU in that time is taken from the slowest
//! of them. Goal: no insert of lodger above 1 ms that is not the machine's.
#![expect(unsafe_code, reason = "the CPU time of a thread has no safe interface")]

use std::sync::Mutex;
use std::time::Instant;

use crate::abi::Db;
use crate::keys::{self, Random};
use crate::map::Map;
use crate::report::{table, verdict};

/// Inserts of one contender before it is the next one's turn.
const TURN: usize = 10_000;
/// Inserts between two looks at the CPU clock.
const BLOCK: usize = 16;
/// Words of the control's memory: 256 MiB, beyond every cache.
const CONTROL: usize = 32 << 20;

/// What has grown.
pub(crate) struct Grown {
    /// lodger's.
    pub(crate) db: Db,
    /// The map.
    pub(crate) map: Mutex<Map>,
    size: usize,
    pauses: [Pauses; 3],
}

struct Pauses {
    name: &'static str,
    /// Of each insert, in nanoseconds.
    wall: Vec<u32>,
    /// The most that a thread was on the CPU for one insert.
    worst_cpu: u64,
    /// Inserts that took more than 1 ms of CPU.
    long_cpu: usize,
}

fn cpu_ns() -> u64 {
    let mut t = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: a writable timespec.
    unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &mut t) };
    t.tv_sec as u64 * 1_000_000_000 + t.tv_nsec as u64
}

impl Pauses {
    fn new(name: &'static str, size: usize) -> Self {
        Self { name, wall: Vec::with_capacity(size), worst_cpu: 0, long_cpu: 0 }
    }

    fn measure(&mut self, keys: &[keys::Key], mut insert: impl FnMut(&keys::Key)) {
        for block in keys.chunks(BLOCK) {
            let (cpu, start) = (cpu_ns(), Instant::now());
            let (mut before, mut slowest) = (start, 0);
            for key in block {
                insert(key);
                let after = Instant::now();
                let ns = (after - before).as_nanos() as u64;
                self.wall.push(ns.min(u64::from(u32::MAX)) as u32);
                slowest = slowest.max(ns);
                before = after;
            }
            let off = ((before - start).as_nanos() as u64).saturating_sub(cpu_ns() - cpu);
            let on = slowest.saturating_sub(off);
            self.worst_cpu = self.worst_cpu.max(on);
            self.long_cpu += usize::from(on > 1_000_000);
        }
    }

    fn row(&self) -> Vec<String> {
        let mut sorted = self.wall.clone();
        sorted.sort_unstable();
        let at = |part: f64| sorted[((sorted.len() - 1) as f64 * part) as usize];
        let us = |ns: u64| format!("{:.1}", ns as f64 / 1000.0);
        let long = sorted.len() - sorted.partition_point(|ns| *ns <= 1_000_000);
        let mut row = vec![self.name.to_owned()];
        row.extend([0.5, 0.99, 0.9999].map(|part| us(at(part).into())));
        row.extend([us(at(1.0).into()), long.to_string(), us(self.worst_cpu), self.long_cpu.to_string()]);
        row
    }
}

/// Grows all three to `size`.
pub(crate) fn run(size: usize) -> Grown {
    let (db, mut map) = (Db::memory(), Map::new());
    let mut client = db.client();
    let mut pauses = ["lodger", "map", "control"].map(|name| Pauses::new(name, size));
    let mut memory: Vec<u64> = (0..CONTROL as u64).collect();
    let mut random = Random::new(7);
    let value = keys::value(0);
    for from in (0..size).step_by(TURN) {
        let turn = keys::range(from, size.min(from + TURN));
        let [lodger, bare, control] = &mut pauses;
        lodger.measure(&turn, |key| client.set(key, &value));
        bare.measure(&turn, |key| map.set(key, &value));
        control.measure(&turn, |_| {
            // As many cache misses, one after the other, as an insert has.
            let mut place = random.below(CONTROL);
            for _ in 0..4 {
                memory[place] = memory[place].wrapping_mul(0x9e37_79b9).wrapping_add(1);
                place = (memory[place] >> 7) as usize % CONTROL;
            }
        });
    }
    drop(client);
    Grown { db, map: Mutex::new(map), size, pauses }
}

/// The table.
pub(crate) fn print(grown: &Grown) {
    let head = ["", "p50", "p99", "p99.99", "worst", "> 1 ms", "worst on CPU", "> 1 ms"];
    let title = format!("Single inserts while growing to {} keys, microseconds", grown.size);
    table(&title, &head, &grown.pauses.iter().map(Pauses::row).collect::<Vec<_>>());
    let met = grown.pauses[0].long_cpu == 0;
    println!("\n  no insert above 1 ms but for the machine's own pauses (see control):{}", verdict(met));
}
