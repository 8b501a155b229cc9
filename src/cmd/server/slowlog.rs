//! SLOWLOG: the calls that took longest to run, without the time in which they waited.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};

use parking_lot::Mutex;

use super::help;
use super::monitor::is_secret;
use crate::base::clock::monotonic_us;
use crate::cmd::args::Args;
use crate::cmd::ctx::Ctx;
use crate::cmd::effect::{CmdResult, Effect};
use crate::cmd::error::CmdError;
use crate::cmd::session::Session;
use crate::cmd::spec::{ADMIN, CommandSpec, Group, Handler, LOADING, STALE};
use crate::reply::sink::ReplySink;
use crate::sys::coarse::coarse_us;

/// Words of a call that are kept, and bytes of a word.
const WORDS: usize = 32;
const BYTES: usize = 128;
/// Below this threshold the exact clock is asked; above it, of clients in the process, one that ticks every few
/// milliseconds and does not show in the time of a call.
const COARSE_FROM_US: i64 = 8_000;

/// A call that took long.
#[derive(Debug, Clone)]
struct Slow {
    id: i64,
    unix_s: i64,
    took_us: u64,
    words: Vec<Vec<u8>>,
    addr: String,
    name: Vec<u8>,
}

/// The latest of them.
#[derive(Debug)]
pub(crate) struct SlowLog {
    /// `slowlog-log-slower-than`, in microseconds; nothing is kept if it is negative.
    threshold_us: AtomicI64,
    /// The same, or what `latency-monitor-threshold` says if that is less.
    ask_us: AtomicI64,
    /// `slowlog-max-len`.
    most: AtomicUsize,
    kept: Mutex<(i64, VecDeque<Slow>)>,
}

/// When a call began, by which clock.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Since {
    /// Nobody wants to know.
    Never,
    /// By the exact one.
    Exact(u64),
    /// By the other one.
    Coarse(u64),
}

impl Since {
    /// The microseconds since then, and whether they are exact.
    #[inline]
    pub(crate) fn elapsed(self) -> Option<(u64, bool)> {
        match self {
            Self::Never => None,
            Self::Exact(from) => Some((monotonic_us().saturating_sub(from), true)),
            Self::Coarse(from) => Some((coarse_us().saturating_sub(from), false)),
        }
    }
}

impl SlowLog {
    /// Nothing yet.
    pub(crate) fn new() -> Self {
        let never = || AtomicI64::new(-1);
        Self { threshold_us: never(), ask_us: never(), most: AtomicUsize::new(0), kept: Mutex::default() }
    }

    /// The two directives, and from how many milliseconds on the latency monitor wants to know of a call.
    pub(crate) fn set(&self, threshold_us: i64, most: usize, monitored_ms: Option<u64>) {
        let monitored = monitored_ms.map(|ms| i64::try_from(ms).unwrap_or(i64::MAX).saturating_mul(1000));
        let asked = Some(threshold_us).filter(|us| *us >= 0).into_iter().chain(monitored).min();
        self.threshold_us.store(threshold_us, Ordering::Relaxed);
        self.ask_us.store(asked.unwrap_or(-1), Ordering::Relaxed);
        self.most.store(most, Ordering::Relaxed);
        self.kept.lock().1.truncate(most);
    }

    /// A call begins; `exact` if its time is to be told to the microsecond, whether it is kept or not.
    #[inline]
    pub(crate) fn begin(&self, exact: bool) -> Since {
        let threshold = self.ask_us.load(Ordering::Relaxed);
        if exact || (0..COARSE_FROM_US).contains(&threshold) {
            Since::Exact(monotonic_us())
        } else if threshold < 0 {
            Since::Never
        } else {
            Since::Coarse(coarse_us())
        }
    }

    /// Whether somebody wants to know of a call that took so long.
    #[inline]
    pub(crate) fn asks(&self, took_us: u64) -> bool {
        u64::try_from(self.ask_us.load(Ordering::Relaxed)).is_ok_and(|ask| took_us >= ask)
    }

    /// Keeps a call that took so long and ended at this Unix time, if that is long enough.
    #[cold]
    pub(crate) fn note(&self, took_us: u64, session: &Session, argv: &[&[u8]], unix_ms: i64) {
        let threshold = self.threshold_us.load(Ordering::Relaxed);
        if u64::try_from(threshold).is_ok_and(|threshold| took_us >= threshold) {
            self.keep(took_us, session, argv, unix_ms / 1000);
        }
    }

    #[cold]
    fn keep(&self, took_us: u64, session: &Session, argv: &[&[u8]], unix_s: i64) {
        let shown = if argv.len() > WORDS { WORDS - 1 } else { argv.len() };
        let word = |(i, word): (usize, &&[u8])| match word.get(..BYTES) {
            _ if is_secret(argv, i) => b"(redacted)".to_vec(),
            Some(start) if word.len() > BYTES => {
                [start, format!("... ({} more bytes)", word.len() - BYTES).as_bytes()].concat()
            }
            _ => word.to_vec(),
        };
        let mut words: Vec<Vec<u8>> = argv.iter().enumerate().take(shown).map(word).collect();
        if shown < argv.len() {
            words.push(format!("... ({} more arguments)", argv.len() - shown).into_bytes());
        }
        let card = &session.card;
        let addr = card.peer.as_ref().map_or_else(String::new, |peer| peer.addr.clone());
        let name = card.names.lock().name.clone();
        let mut kept = self.kept.lock();
        let id = kept.0;
        kept.0 += 1;
        kept.1.push_front(Slow { id, unix_s, took_us, words, addr, name });
        kept.1.truncate(self.most.load(Ordering::Relaxed));
    }
}

const fn row(name: &'static str, handler: Handler) -> CommandSpec {
    CommandSpec::new(name, handler)
        .arity(2)
        .flags(ADMIN | LOADING | STALE)
        .group(Group::Server)
        .since("2.2.12")
}

/// Rows of the command table.
pub(super) const SPECS: &[CommandSpec] = &[CommandSpec::new("slowlog", bare)
    .arity_at_least(2)
    .group(Group::Server)
    .since("2.2.12")
    .summary("The calls that took longest.", "Depends on subcommand.")
    .subcommands(&[
        row("get", get)
            .arity_at_least(2)
            .tips(&["request_policy:all_nodes", "nondeterministic_output"])
            .summary("The latest of them.", "O(N) where N is the number of entries returned")
            .syntax("[count]")
            .history(&[("4.0.0", "Added client IP address, port and name to the reply.")]),
        CommandSpec::new("help", show_help)
            .arity(2)
            .flags(LOADING | STALE)
            .group(Group::Server)
            .since("6.2.0")
            .summary("Tells about the subcommands.", "O(1)"),
        row("len", len)
            .tips(&["request_policy:all_nodes", "response_policy:agg_sum", "nondeterministic_output"])
            .summary("How many are kept.", "O(1)"),
        row("reset", reset)
            .tips(&["request_policy:all_nodes", "response_policy:all_succeeded"])
            .summary("Forgets them.", "O(N) where N is the number of entries in the slowlog"),
    ])];

fn bare(_: &mut Ctx<'_>, _: Args<'_>, _: &mut dyn ReplySink) -> CmdResult {
    Err(CmdError::Arity("slowlog".to_owned()))
}

fn show_help(_: &mut Ctx<'_>, _: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    help(
        out,
        "SLOWLOG",
        &[
            (
                "GET [<count>]",
                &[
                    "The latest <count> calls (10 without it, all for -1), each as",
                    "id, Unix time, microseconds, words, address and name of the client.",
                ],
            ),
            ("LEN", &["How many are kept."]),
            ("RESET", &["Forget them."]),
        ],
    )
}

fn get(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    const RANGE: CmdError = CmdError::Text("ERR count should be greater than or equal to -1");
    if args.left() > 1 {
        let called = args.argv().get(1).copied().unwrap_or_default();
        return Err(CmdError::subcommand("SLOWLOG", called));
    }
    let count = if args.is_empty() { 10 } else { args.int_or(RANGE) };
    args.finish()?;
    if count < -1 {
        return Err(RANGE);
    }
    let most = usize::try_from(count).unwrap_or(usize::MAX);
    let chosen: Vec<Slow> = ctx.host.slowlog().kept.lock().1.iter().take(most).cloned().collect();
    out.array(chosen.len());
    for slow in chosen {
        out.array(6);
        out.int(slow.id);
        out.int(slow.unix_s);
        out.int(i64::try_from(slow.took_us).unwrap_or(i64::MAX));
        out.array(slow.words.len());
        slow.words.iter().for_each(|word| out.bulk(word));
        out.bulk(slow.addr.as_bytes());
        out.bulk(&slow.name);
    }
    Ok(Effect::None)
}

fn len(ctx: &mut Ctx<'_>, _: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    out.int(i64::try_from(ctx.host.slowlog().kept.lock().1.len()).unwrap_or(i64::MAX));
    Ok(Effect::None)
}

fn reset(ctx: &mut Ctx<'_>, _: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    ctx.host.slowlog().kept.lock().1.clear();
    out.status("OK");
    Ok(Effect::None)
}
