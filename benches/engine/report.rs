//! Medians and tables.

use std::time::{Duration, Instant};

/// The middle one.
pub(crate) fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN)
}

/// The median of the quotients of what was measured in the same round.
pub(crate) fn ratio(above: &[f64], below: &[f64]) -> f64 {
    median(&above.iter().zip(below).map(|(a, b)| a / b).collect::<Vec<_>>())
}

/// How long `work` takes.
pub(crate) fn time(work: impl FnOnce()) -> Duration {
    let start = Instant::now();
    work();
    start.elapsed()
}

/// Nanoseconds of one of `count`.
pub(crate) fn each(duration: Duration, count: usize) -> f64 {
    duration.as_secs_f64() * 1e9 / count as f64
}

/// A quotient with the goal it has to meet.
pub(crate) fn at_most(value: f64, goal: f64) -> String {
    format!("{value:.2}x <={goal:<4}{}", verdict(value <= goal))
}

/// The same, from below.
pub(crate) fn at_least(value: f64, goal: f64) -> String {
    format!("{value:.0}x >={goal:<3}{}", verdict(value >= goal))
}

/// What a comparison says.
pub(crate) fn verdict(met: bool) -> &'static str {
    if met { " ok" } else { " MISSED" }
}

/// Prints rows under a head, in columns as wide as their widest cell.
pub(crate) fn table(title: &str, head: &[&str], rows: &[Vec<String>]) {
    println!("\n{title}\n");
    let all = || std::iter::once(head.iter().map(|h| (*h).to_owned()).collect()).chain(rows.iter().cloned());
    let widths: Vec<usize> = (0..head.len())
        .map(|i| all().filter_map(|r: Vec<String>| r.get(i).map(|c| c.chars().count())).max().unwrap_or(0))
        .collect();
    for row in all() {
        let cells = row.iter().zip(&widths).enumerate().map(|(i, (cell, width))| {
            if i == 0 { format!("{cell:<width$}") } else { format!("{cell:>width$}") }
        });
        println!("  {}", cells.collect::<Vec<_>>().join("  ").trim_end());
    }
}

/// What the numbers were measured on.
pub(crate) fn machine(redis: Option<&str>) {
    let cpu = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpu
        .lines()
        .find_map(|l| l.strip_prefix("model name"))
        .map_or("", |l| l.trim_start_matches([' ', '\t', ':']));
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    println!("machine: {cores} x {model}, load {}", load.split_whitespace().next().unwrap_or("?"));
    println!("redis:   {}", redis.unwrap_or("none (set LODGER_REDIS7): its columns say SKIPPED"));
    println!("data:    16-byte keys, 64-byte values, random order");
}
