//! The text of LATENCY DOCTOR: what took long, and what helps against it.

use std::fmt::Write as _;

use crate::base::latency::Series;

/// Events whose names begin so, and what helps.
const ADVICE: &[(&str, &str)] = &[
    (
        "command",
        "SLOWLOG GET tells which calls took long. What they walk over may be large: see their complexity in COMMAND DOCS.",
    ),
    (
        "fast-command",
        "A command that has little to do took long: it waited for a lock that a long call held, or the machine was busy, or its memory was swapped out.",
    ),
    (
        "expire-cycle",
        "Many keys expired at once. Spread their times; `active-expire-effort` says how much is done in one go.",
    ),
    ("expire-del", "A large value was freed when its time had come."),
    (
        "eviction-cycle",
        "Calls waited until there was room. `maxmemory-eviction-tenacity` says how long one waits before the background thread does the rest.",
    ),
    ("eviction-del", "A large value was freed when it was evicted."),
    ("aof", "The disk was slow. Look for what else writes to it."),
];

/// Directives that help with an event, and with which value.
const DIRECTIVES: &[(&str, &str, &str)] = &[
    ("expire-del", "lazyfree-lazy-expire", "yes"),
    ("expire-cycle", "lazyfree-lazy-expire", "yes"),
    ("eviction-del", "lazyfree-lazy-eviction", "yes"),
    ("eviction-cycle", "lazyfree-lazy-eviction", "yes"),
    ("aof-fsync-always", "appendfsync", "everysec"),
];

/// Reports on these events; `directive` tells what a directive is set to.
pub(super) fn report(
    events: &[(&'static str, Series)],
    threshold: Option<u64>,
    directive: &dyn Fn(&str) -> String,
) -> String {
    if events.is_empty() {
        return match threshold {
            None => {
                "Nothing is watched: CONFIG SET latency-monitor-threshold <milliseconds> says from when on \
                     something took long.\n"
                    .to_owned()
            }
            Some(ms) => format!("Nothing took {ms} milliseconds or more since the last LATENCY RESET.\n"),
        };
    }
    let mut text = String::new();
    for (at, (event, series)) in events.iter().enumerate() {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{}. {event}: {}", at + 1, in_numbers(series));
    }
    if threshold.is_none() {
        text.push_str("\nNothing is watched any more: latency-monitor-threshold is 0.\n");
    }
    text.push_str("\nWhat may help:\n\n");
    let happened = |name: &str| {
        events.iter().any(|(event, _)| *event == name || name == "aof" && event.starts_with("aof-"))
    };
    for (_, advice) in ADVICE.iter().filter(|(event, _)| happened(event)) {
        let _ = writeln!(text, "- {advice}");
    }
    if happened("command") || happened("fast-command") {
        let slow = directive("slowlog-log-slower-than").parse::<i64>().unwrap_or(-1);
        let us = threshold.and_then(|ms| i64::try_from(ms).ok()).map(|ms| ms.saturating_mul(1000));
        if let Some(us) = us.filter(|us| slow < 0 || slow > *us) {
            let _ = writeln!(
                text,
                "- The slow log misses some of these calls: CONFIG SET slowlog-log-slower-than {us}."
            );
        }
    }
    let mut told: Vec<&str> = Vec::new();
    for (_, name, value) in DIRECTIVES.iter().filter(|(event, ..)| happened(event)) {
        if directive(name) != *value && !told.contains(name) {
            told.push(name);
            let _ = writeln!(text, "- CONFIG SET {name} {value}, if what that means suits you.");
        }
    }
    text
}

/// A series in one line.
fn in_numbers(series: &Series) -> String {
    let count = series.samples.len();
    let mean_of = |sum: f64| sum / count.max(1) as f64;
    let mean = mean_of(series.samples.iter().map(|sample| sample.ms as f64).sum());
    let off = mean_of(series.samples.iter().map(|sample| (sample.ms as f64 - mean).abs()).sum());
    let span = match (series.samples.front(), series.samples.back()) {
        (Some(first), Some(last)) => last.second - first.second,
        _ => 0,
    };
    let every =
        if count < 2 { String::new() } else { format!(", one in {:.1} s", span as f64 / (count - 1) as f64) };
    let worst = series.worst_ms;
    let s = if count == 1 { "" } else { "s" };
    format!("{count} sample{s}{every}; {mean:.0} ms in the mean (off by {off:.0} ms), {worst} ms at worst")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::latency::Sample;

    #[test]
    fn it_says_what_it_knows() {
        let directive = |name: &str| match name {
            "slowlog-log-slower-than" => "10000".to_owned(),
            "appendfsync" => "always".to_owned(),
            _ => "no".to_owned(),
        };
        let report = |events: &[(&'static str, Series)], ms| report(events, ms, &directive);
        assert!(report(&[], None).contains("CONFIG SET latency-monitor-threshold"));
        assert!(report(&[], Some(5)).contains("Nothing took 5 milliseconds"));
        let samples: Vec<_> = [(1, 10), (3, 20)].map(|(second, ms)| Sample { second, ms }).into();
        let series = Series { samples: samples.into(), worst_ms: 50 };
        let events = [("aof-fsync-always", series.clone()), ("command", series.clone())];
        let text = report(&events, Some(5));
        let line = "2. command: 2 samples, one in 2.0 s; 15 ms in the mean (off by 5 ms), 50 ms at worst\n";
        assert!(text.contains(line), "{text}");
        assert!(text.contains("SLOWLOG GET") && text.contains("slowlog-log-slower-than 5000"));
        assert!(text.contains("The disk was slow") && text.contains("CONFIG SET appendfsync everysec"));
        assert!(!text.contains("lazyfree") && !text.contains("expired"));
        let text = report(&[("expire-del", series.clone()), ("eviction-del", series)], None);
        assert!(text.contains("lazyfree-lazy-expire yes") && text.contains("lazyfree-lazy-eviction yes"));
        assert!(text.contains("any more"));
    }
}
