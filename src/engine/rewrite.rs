//! Rewrites of the append-only file: BGREWRITEAOF, and when it has grown enough. The walk is that of a snapshot
//! (`save.rs`), the files are `persist::aof::rewrite`'s.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};

use super::Engine;
use super::save::{Cut, Work};
use crate::base::clock::monotonic_us;
use crate::base::error::{Error, ErrorKind, Result};
use crate::base::log::Level;
use crate::cmd::host::Begun;
use crate::persist::aof::AofWriter;

/// How long no rewrite begins by itself after one has failed; twice as long after each further failure.
const REST_US: u64 = 60_000_000;
const MOST_REST_US: u64 = 3_600_000_000;

/// How the last rewrites went.
#[derive(Default)]
pub(super) struct Rewrites {
    /// One begins when the snapshot in the background has ended.
    scheduled: AtomicBool,
    /// Rewrites that ended well, and failures since the last of them.
    count: AtomicU64,
    failures: AtomicU64,
    began_us: AtomicU64,
    ended_us: AtomicU64,
    /// Microseconds that the last one took, and one more; 0 before the first.
    took_us: AtomicI64,
    /// Of the last one: bytes of copies that waited at most.
    peak: AtomicU64,
}

impl Engine {
    /// BGREWRITEAOF: at once, or when the snapshot in the background has ended.
    pub(crate) fn rewrite_in_background(&self) -> Result<Begun> {
        if self.aof.is_none() {
            let text = "this database has no append-only file: its location is no directory";
            return Err(Error::new(ErrorKind::Unsupported, text));
        }
        self.check()?;
        if self.saves.at_work(Work::Rewrite) {
            let text = "Background append only file rewriting already in progress";
            return Err(Error::new(ErrorKind::Busy, text));
        }
        if self.saves.at_work(Work::Save) {
            self.rewrites.scheduled.store(true, Ordering::Relaxed);
            return Ok(Begun::Scheduled);
        }
        self.rewrites.began_us.store(monotonic_us(), Ordering::Relaxed);
        self.start(Work::Rewrite, Self::rewrite_here).map(|()| Begun::Started)
    }

    fn rewrite_here(&self) {
        let start = monotonic_us();
        let done = self.rewrite();
        let now = monotonic_us();
        let took = i64::try_from(now.saturating_sub(start)).unwrap_or(i64::MAX - 1);
        self.rewrites.took_us.store(took + 1, Ordering::Relaxed);
        self.rewrites.ended_us.store(now, Ordering::Relaxed);
        match done {
            Ok(lines) => {
                self.rewrites.count.fetch_add(1, Ordering::Relaxed);
                self.rewrites.failures.store(0, Ordering::Relaxed);
                lines.iter().for_each(|line| self.log_line(Level::Warning, line));
                self.log_line(Level::Notice, "Background AOF rewrite finished successfully");
            }
            Err(error) => {
                self.rewrites.failures.fetch_add(1, Ordering::Relaxed);
                let text = format!("rewriting the append-only file failed: {}", error.message());
                self.log_line(Level::Warning, &text);
            }
        }
    }

    /// Warnings, if it went well.
    fn rewrite(&self) -> Result<Vec<String>> {
        let cancelled = || Error::new(ErrorKind::Interrupted, "the database is being closed");
        let _turn = self.background_turn().ok_or_else(cancelled)?;
        self.rewrite_in_turn()
    }

    /// The same for a caller who has the turn to walk.
    pub(super) fn rewrite_in_turn(&self) -> Result<Vec<String>> {
        let cancelled = || Error::new(ErrorKind::Interrupted, "the database is being closed");
        let aof = self.aof.as_ref().ok_or_else(cancelled)?;
        let path = aof.begin_rewrite()?;
        let wanted = &mut |_, _| !self.saves.cancel.load(Ordering::Relaxed);
        let (written, _) = self.snapshot(&path, Some(Cut { call: &|| aof.cut(), base: true }), wanted)?;
        self.rewrites.peak.store(written.peak, Ordering::Relaxed);
        aof.end_rewrite(written.bytes)
    }

    /// The background thread's part: begins a rewrite that waited for a snapshot, or that the growth of the file asks for.
    pub(super) fn rewrite_if_due(&self) {
        let Some(aof) = &self.aof else { return };
        if !self.saves.idle() || aof.refuses() {
            return;
        }
        let scheduled = self.rewrites.scheduled.load(Ordering::Relaxed);
        if !scheduled && !self.has_grown(aof) {
            return;
        }
        let begun = self.rewrite_in_background();
        if let Err(error) = &begun {
            let text = format!("rewriting the append-only file failed: {}", error.message());
            self.log_line(Level::Warning, &text);
        }
        // Only now: at no moment it is neither waited for nor under way.
        if begun.as_ref().ok() != Some(&Begun::Scheduled) {
            self.rewrites.scheduled.store(false, Ordering::Relaxed);
        }
    }

    /// Whether `auto-aof-rewrite-percentage` and `-min-size` ask for a rewrite.
    fn has_grown(&self, aof: &AofWriter) -> bool {
        let (percentage, least) = {
            let settings = self.settings.read();
            (settings.auto_rewrite_percentage, settings.auto_rewrite_min_size)
        };
        let (Ok(percentage @ 1..), Ok(least)) = (u64::try_from(percentage), u64::try_from(least)) else {
            return false;
        };
        let info = aof.info();
        let base = info.base_size.max(1);
        let grown = info.current_size.saturating_sub(base).saturating_mul(100) / base;
        if info.current_size <= least || grown < percentage {
            return false;
        }
        let failures = self.rewrites.failures.load(Ordering::Relaxed);
        let rest = if failures == 0 { 0 } else { (REST_US << (failures - 1).min(6)).min(MOST_REST_US) };
        let since = monotonic_us().saturating_sub(self.rewrites.ended_us.load(Ordering::Relaxed));
        if since < rest {
            return false;
        }
        let text = format!("starting automatic rewriting of the append-only file on {grown}% growth");
        self.log_line(Level::Notice, &text);
        true
    }

    /// The lines of INFO.
    pub(super) fn info_rewrite(&self, out: &mut String) {
        let Rewrites { scheduled, count, failures, began_us, took_us, peak, .. } = &self.rewrites;
        let running = self.saves.at_work(Work::Rewrite);
        let now = if running {
            i64::try_from(monotonic_us().saturating_sub(began_us.load(Ordering::Relaxed)) / 1_000_000)
        } else {
            Ok(-1)
        };
        let last = match took_us.load(Ordering::Relaxed) {
            0 => -1,
            took => (took - 1) / 1_000_000,
        };
        let failed = failures.load(Ordering::Relaxed);
        let status = if failed == 0 { "ok" } else { "err" };
        // Writing to a String cannot fail.
        let _ = write!(
            out,
            "aof_rewrite_in_progress:{}\r\naof_rewrite_scheduled:{}\r\naof_last_rewrite_time_sec:{last}\r\n\
             aof_current_rewrite_time_sec:{}\r\naof_last_bgrewrite_status:{status}\r\naof_rewrites:{}\r\n\
             aof_rewrites_consecutive_failures:{failed}\r\naof_last_cow_size:{}\r\n",
            u8::from(running),
            u8::from(scheduled.load(Ordering::Relaxed)),
            now.unwrap_or(i64::MAX),
            count.load(Ordering::Relaxed),
            peak.load(Ordering::Relaxed),
        );
    }
}
