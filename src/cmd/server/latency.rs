//! LATENCY: what took long lately, event by event, and how long the calls of each command take.

use std::fmt::Write as _;

use super::{doctor, help};
use crate::base::latency::{Sample, Series};
use crate::cmd::args::Args;
use crate::cmd::ctx::Ctx;
use crate::cmd::effect::{CmdResult, Effect};
use crate::cmd::error::CmdError;
use crate::cmd::histogram::Times;
use crate::cmd::spec::{ADMIN, CommandSpec, Group, Handler, LOADING, NOSCRIPT, STALE};
use crate::cmd::{Number, find_numbered, find_numbered_subcommand, full_name_of};
use crate::reply::sink::ReplySink;

/// Columns of a graph; what is left goes below.
const COLUMNS: usize = 80;
/// Lines of a graph, and how high in its line a sample may end.
const LINES: usize = 4;
const HEIGHTS: &[u8] = b"_o#";

const fn row(name: &'static str, handler: Handler) -> CommandSpec {
    CommandSpec::new(name, handler)
        .arity(2)
        .flags(ADMIN | NOSCRIPT | LOADING | STALE)
        .group(Group::Server)
        .tips(&["nondeterministic_output", "request_policy:all_nodes", "response_policy:special"])
        .since("2.8.13")
}

/// Rows of the command table.
pub(super) const SPECS: &[CommandSpec] = &[CommandSpec::new("latency", bare)
    .arity_at_least(2)
    .group(Group::Server)
    .since("2.8.13")
    .summary("What took long, and how long calls take.", "Depends on subcommand.")
    .subcommands(&[
        row("doctor", diagnose).summary("Tells what took long, and what helps against it.", "O(1)"),
        row("graph", graph).arity(3).summary("Draws the samples of an event.", "O(1)").syntax("event"),
        CommandSpec::new("help", show_help)
            .arity(2)
            .flags(LOADING | STALE)
            .group(Group::Server)
            .since("2.8.13")
            .summary("Tells about the subcommands.", "O(1)"),
        row("histogram", histogram)
            .arity_at_least(2)
            .since("7.0.0")
            .summary(
                "How long calls of these commands took, or of all.",
                "O(N) where N is the number of commands with latency information being retrieved.",
            )
            .syntax("[command ...]"),
        row("history", history).arity(3).summary("The samples of an event.", "O(1)").syntax("event"),
        row("latest", latest).summary("The latest sample of each event.", "O(1)"),
        row("reset", reset)
            .arity_at_least(2)
            .tips(&["request_policy:all_nodes", "response_policy:all_succeeded"])
            .summary("Forgets these events, or all.", "O(1)")
            .syntax("[event ...]"),
    ])];

fn bare(_: &mut Ctx<'_>, _: Args<'_>, _: &mut dyn ReplySink) -> CmdResult {
    Err(CmdError::Arity("latency".to_owned()))
}

fn show_help(_: &mut Ctx<'_>, _: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    help(
        out,
        "LATENCY",
        &[
            ("DOCTOR", &["What took long, and what helps against it."]),
            ("GRAPH <event>", &["The samples of <event>, drawn."]),
            ("HISTORY <event>", &["The samples of <event>: Unix time and milliseconds."]),
            ("LATEST", &["Of each event the latest sample, and the longest one."]),
            ("RESET [<event> ...]", &["Forget these events, or all."]),
            (
                "HISTOGRAM [COMMAND ...]",
                &["Of these commands, or of all, how many calls took so many microseconds or less."],
            ),
        ],
    )
}

fn number(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

fn latest(ctx: &mut Ctx<'_>, args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    args.finish()?;
    let all = ctx.host.latency().all();
    out.array(all.len());
    for (event, Series { samples, worst_ms }) in all {
        let Sample { second, ms } = samples.back().copied().unwrap_or(Sample { second: 0, ms: 0 });
        out.array(4);
        out.bulk(event.as_bytes());
        out.int(second);
        out.int(number(ms));
        out.int(number(worst_ms));
    }
    Ok(Effect::None)
}

fn history(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let event = args.next();
    args.finish()?;
    let samples = ctx.host.latency().of(event).unwrap_or_default().samples;
    out.array(samples.len());
    for Sample { second, ms } in samples {
        out.array(2);
        out.int(second);
        out.int(number(ms));
    }
    Ok(Effect::None)
}

fn reset(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let events = args.rest();
    args.finish()?;
    out.int(number(ctx.host.latency().forget(events) as u64));
    Ok(Effect::None)
}

fn diagnose(ctx: &mut Ctx<'_>, args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    args.finish()?;
    let text = doctor::report(&ctx.host.latency().all(), ctx.host.latency().threshold(), &|directive| {
        let found = ctx.host.config_get(&[directive.as_bytes()]);
        found.into_iter().next().map_or_else(String::new, |(_, value)| value)
    });
    out.verbatim(b"txt", text.as_bytes());
    Ok(Effect::None)
}

fn graph(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let event = args.next();
    args.finish()?;
    let Some(series) = ctx.host.latency().of(event) else {
        return Err(CmdError::Bytes([b"ERR No samples available for event '", event, b"'"].concat()));
    };
    let now = ctx.host.clock().now_ms() / 1000;
    out.verbatim(b"txt", draw(&String::from_utf8_lossy(event), &series, now).as_bytes());
    Ok(Effect::None)
}

/// The samples of an event, as they are at this Unix time.
fn draw(event: &str, series: &Series, now: i64) -> String {
    let values = || series.samples.iter().map(|sample| sample.ms);
    let (high, low) = (values().max().unwrap_or(0), values().min().unwrap_or(0));
    let mut text = String::new();
    // Writing to a String cannot fail.
    let _ = writeln!(text, "{event} - high {high} ms, low {low} ms (all time high {} ms)", series.worst_ms);
    let _ = writeln!(text, "{}", "-".repeat(COLUMNS));
    let samples: Vec<Sample> = series.samples.iter().copied().collect();
    for part in samples.chunks(COLUMNS) {
        let mut bars = vec![vec![b' '; part.len()]; LINES + 1];
        for (x, sample) in part.iter().enumerate() {
            let steps = LINES * HEIGHTS.len();
            let relative = (sample.ms - low) as f64 / (high - low).max(1) as f64;
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to 12")]
            let step = ((relative * steps as f64) as usize).min(steps - 1);
            let top = LINES - 1 - step / HEIGHTS.len();
            bars[top][x] = HEIGHTS[step % HEIGHTS.len()];
            bars[top + 1..LINES].iter_mut().for_each(|line| line[x] = b'|');
        }
        let ages: Vec<String> = part.iter().map(|sample| age(now - sample.second)).collect();
        let longest = ages.iter().map(String::len).max().unwrap_or(0);
        // Below the bars, after an empty line, their ages from top to bottom.
        bars.extend(
            (0..longest)
                .map(|y| ages.iter().map(|age| age.as_bytes().get(y).copied().unwrap_or(b' ')).collect()),
        );
        for line in bars {
            text.push_str(&String::from_utf8_lossy(&line));
            text.push('\n');
        }
        text.push('\n');
    }
    // The last part ends with its last line.
    text.pop();
    text
}

/// Seconds in the largest unit that fits.
fn age(seconds: i64) -> String {
    match seconds.max(0) {
        seconds @ ..60 => format!("{seconds}s"),
        seconds @ ..3600 => format!("{}m", seconds / 60),
        seconds @ ..86_400 => format!("{}h", seconds / 3600),
        seconds => format!("{}d", seconds / 86_400),
    }
}

/// Whether a name, of a command, of a container or as `config|get`, means this command.
fn means(name: &[u8], number: Number) -> bool {
    let mut words = name.splitn(2, |&b| b == b'|');
    let Some((container, spec)) = words.next().and_then(find_numbered) else { return false };
    match words.next() {
        // The number of a subcommand begins with that of its container.
        None => number & !0xff == container,
        Some(sub) => find_numbered_subcommand(container, spec, sub).is_some_and(|(sub, _)| sub == number),
    }
}

fn histogram(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let names = args.rest();
    args.finish()?;
    let called = ctx.host.histograms().called();
    let mut told: Vec<&(Number, Times)> = Vec::new();
    if names.is_empty() {
        told.extend(&called);
    }
    for name in names {
        told.extend(called.iter().filter(|(number, _)| means(name, *number)));
    }
    out.map(told.len());
    for (command, times) in told {
        out.bulk(full_name_of(*command).as_bytes());
        out.map(2);
        out.bulk(b"calls");
        out.int(number(times.calls));
        out.bulk(b"histogram_usec");
        let steps = times.doublings();
        out.map(steps.len());
        for (us, calls) in steps {
            out.int(number(us));
            out.int(number(calls));
        }
    }
    Ok(Effect::None)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(samples: &[(i64, u64)]) -> Series {
        let samples = samples.iter().map(|&(second, ms)| Sample { second, ms });
        Series {
            worst_ms: samples.clone().map(|sample| sample.ms).max().unwrap(),
            samples: samples.collect(),
        }
    }

    // What redis7-server drew for the same samples.
    #[test]
    fn a_graph_is_redis_one() {
        let line = "-".repeat(80);
        let of = |samples: &[(i64, u64)], now| draw("command", &series(samples), now);
        assert_eq!(
            of(&[(35, 5)], 35),
            format!("command - high 5 ms, low 5 ms (all time high 5 ms)\n{line}\n \n \n \n_\n \n0\ns\n")
        );
        assert_eq!(
            of(&[(35, 5), (37, 10), (38, 20), (39, 3)], 40),
            format!(
                "command - high 20 ms, low 3 ms (all time high 20 ms)\n{line}\n  # \n  | \n o| \no||_\n    \n5321\nssss\n"
            )
        );
        let values = [2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 20, 17, 18, 19, 20, 21];
        let samples: Vec<_> = (44..).zip(values).collect();
        let drawn = of(&samples, 64);
        let lines: Vec<&str> = drawn.lines().skip(2).collect();
        let wanted = [
            "              #_oo##",
            "          __o#||||||",
            "     __o##||||||||||",
            "__oo#|||||||||||||||",
            "                    ",
            "21111111111987654321",
            "09876543210sssssssss",
            "sssssssssss         ",
        ];
        assert_eq!(lines, wanted);
    }

    #[test]
    fn a_long_graph_is_redis_one() {
        // Five samples 700 seconds apart, then one a second.
        let at = |i: i64| if i < 5 { i * 700 } else { 3500 + i - 5 };
        let samples: Vec<_> = (0..85).map(|i| (at(i), 2 + u64::try_from(i % 3).unwrap())).collect();
        let drawn = draw("command", &series(&samples), at(84) + 1);
        let lines: Vec<&str> = drawn.lines().collect();
        assert_eq!(lines.len(), 2 + 8 + 1 + 7);
        assert_eq!(drawn.len(), drawn.trim_end().len() + 1);
        assert!(lines[2..5].iter().all(|line| line.len() == 80));
        assert_eq!(lines[10], "");
        assert_eq!(&lines[11..], ["#  # ", "| _| ", "| || ", "|_||_", "     ", "54321", "sssss"]);
        assert_eq!(["59s", "59m", "23h", "1d"], [59, 3599, 86_399, 86_400].map(age));
    }
}
