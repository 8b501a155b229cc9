//! The journal and who reads it: the append-only file, or, where there is none, only those who follow the changes.
//!
//! With a file they read that (`persist::aof::follow`). Without one, changes are kept in a queue for each reader; while there is
//! none a change costs one relaxed load.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Weak};

use parking_lot::Mutex;
use smallvec::SmallVec;

use super::dispatch::look_up;
use super::save::Cut;
use super::{CLOSED, Engine, POISONED};
use crate::base::error::{Error, ErrorKind, Result};
use crate::cmd::effect::Command;
use crate::cmd::keys;
use crate::cmd::spec::{OW, RM, RW};
use crate::persist::aof::{AofWriter, Follower, From};
use crate::persist::snapshot::Progress;
use crate::pubsub::change::Change;
use crate::pubsub::signal::Signal;
use crate::pubsub::tap::{Tap, Taps};

/// Where effects go.
#[derive(Clone, Copy)]
pub(super) enum Journal<'e> {
    File(&'e AofWriter),
    Taps(&'e Taps),
}

impl Journal<'_> {
    /// Appends one effect; the position to wait for, 0 for none.
    pub(super) fn append(self, db: u32, argv: &[&[u8]]) -> u64 {
        match self {
            Self::File(aof) => aof.append(db, argv),
            Self::Taps(taps) => {
                taps.put(vec![Change::new(db, argv)]);
                0
            }
        }
    }

    /// Appends several as one step.
    pub(super) fn together<'c>(self, commands: impl Iterator<Item = (u32, &'c Command)>) -> u64 {
        let words =
            |command: &'c Command| command.iter().map(Vec::as_slice).collect::<SmallVec<[&[u8]; 8]>>();
        match self {
            Self::File(aof) => {
                aof.transaction(|tx| commands.for_each(|(db, command)| tx.push(db, &words(command))))
            }
            Self::Taps(taps) => {
                taps.put(commands.map(|(db, command)| Change::new(db, &words(command))).collect());
                0
            }
        }
    }
}

/// All who read the journal, to be told when the database ends.
#[derive(Default)]
struct Readers {
    closed: bool,
    signals: Vec<Weak<Signal>>,
}

/// See the module.
#[derive(Default)]
pub(super) struct Feeds {
    taps: Taps,
    readers: Mutex<Readers>,
}

/// Where one reader's changes come from.
pub(crate) enum Origin {
    File(Box<Follower>),
    /// The queue, and the offset behind which it begins.
    Queue(Arc<Tap>, u64),
}

impl Feeds {
    fn register(&self, signal: &Arc<Signal>) {
        let mut readers = self.readers.lock();
        if readers.closed {
            signal.close();
        }
        readers.signals.retain(|signal| signal.strong_count() > 0);
        readers.signals.push(Arc::downgrade(signal));
    }

    /// Nothing comes any more.
    pub(super) fn close(&self) {
        let mut readers = self.readers.lock();
        readers.closed = true;
        readers.signals.iter().filter_map(Weak::upgrade).for_each(|signal| signal.close());
    }

    /// Keys were replaced by something else than commands.
    pub(super) fn break_off(&self, text: &str) {
        let error = || Error::new(ErrorKind::Lagged, text);
        self.readers.lock().signals.iter().filter_map(Weak::upgrade).for_each(|s| s.break_off(error()));
    }
}

fn not_kept() -> Error {
    let text = "this database has no append-only file: its changes can be read from now on only, and are not durable";
    Error::new(ErrorKind::Unsupported, text)
}

impl Engine {
    /// Where effects go, if anywhere.
    #[inline(always)]
    pub(super) fn to_journal(&self) -> Option<Journal<'_>> {
        match &self.aof {
            Some(aof) => Some(Journal::File(aof)),
            None if self.feeds.taps.any() => Some(Journal::Taps(&self.feeds.taps)),
            None => None,
        }
    }

    /// Begins to read the journal.
    pub(crate) fn feed(
        &self,
        from: From,
        durable: bool,
        most_bytes: usize,
        signal: &Arc<Signal>,
    ) -> Result<Origin> {
        self.check()?;
        let origin = match &self.aof {
            Some(aof) => Origin::File(Box::new(aof.follow(from, durable, signal)?)),
            None if from == From::Now && !durable => {
                // No call is half done while all is locked: none is half journaled.
                let view = self.space.lock_all(true);
                let (tap, before) = self.feeds.taps.add(most_bytes, Arc::clone(signal));
                drop(view);
                Origin::Queue(tap, before)
            }
            None => return Err(not_kept()),
        };
        self.feeds.register(signal);
        Ok(origin)
    }

    /// Copies everything, as of one moment, to a file, and begins to read what is changed after that moment.
    pub(crate) fn copy_and_feed(
        &self,
        path: &Path,
        progress: Progress<'_>,
        durable: bool,
        most_bytes: usize,
        signal: &Arc<Signal>,
    ) -> Result<Origin> {
        if self.aof.is_none() && durable {
            return Err(not_kept());
        }
        let queue = Mutex::new(None);
        let call = || match &self.aof {
            Some(aof) => aof.cut(),
            None => *queue.lock() = Some(self.feeds.taps.add(most_bytes, Arc::clone(signal))),
        };
        let copied = self.copy(path, Some(Cut { call: &call, base: false }), progress, |_| match &self.aof {
            Some(aof) => Ok(Origin::File(Box::new(aof.follow(From::Cut, durable, signal)?))),
            None => queue.lock().take().map(|(tap, before)| Origin::Queue(tap, before)).ok_or_else(not_kept),
        });
        *queue.lock() = None;
        match &copied {
            Ok(_) => self.feeds.register(signal),
            Err(_) => self.end_feed(),
        }
        copied
    }

    /// Moves what there is to `out`; false if there is nothing.
    pub(crate) fn feed_take(&self, origin: &mut Origin, out: &mut VecDeque<Change>) -> Result<bool> {
        match (origin, &self.aof) {
            (Origin::File(follower), Some(aof)) => follower.take(aof, out),
            (Origin::Queue(tap, _), _) => tap.take(out).map_err(|lost| {
                let text = format!("{lost} changes were lost here: the feed's queue was full");
                Error::new(ErrorKind::Lagged, text)
            }),
            (Origin::File(_), None) => Ok(false),
        }
    }

    /// Has the signal set when there is more. Whether there is already.
    pub(crate) fn feed_arm(&self, origin: &Origin) -> bool {
        match (origin, &self.aof) {
            (Origin::File(follower), Some(aof)) => follower.arm(aof),
            (Origin::Queue(tap, _), _) => tap.is_ready(),
            (Origin::File(_), None) => false,
        }
    }

    /// A reader is gone.
    pub(crate) fn end_feed(&self) {
        self.feeds.taps.settle();
    }

    /// The offset before the oldest change that can still be read.
    pub(crate) fn feed_oldest(&self) -> Result<u64> {
        self.check()?;
        self.aof.as_ref().ok_or_else(not_kept)?.oldest_place()
    }

    /// Why a reader gets nothing more, after its signal was closed.
    pub(crate) fn feed_ended(&self) -> Error {
        match self.state.load(Ordering::Acquire) & (CLOSED | POISONED) {
            0 => Error::new(ErrorKind::Closed, "the database is closed"),
            _ => self.refusal(),
        }
    }
}

/// The indexes of the words of a command that are keys it changes.
pub(crate) fn changed_keys(argv: &[&[u8]]) -> SmallVec<[usize; 8]> {
    let Ok(found) = look_up(argv) else { return SmallVec::new() };
    let keys = keys::of_call(found.spec, argv);
    keys.iter().filter(|(_, uses)| uses & (RW | OW | RM) != 0).map(|(at, _)| *at).collect()
}
