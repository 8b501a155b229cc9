//! Calls that wait for data. The handler that finds none tells under its locks what it waits for; whoever changes one of
//! the keys runs the call for it, before his own locks are released.

use std::sync::Arc;

use super::effect::Command;
use super::session::Card;
use crate::reply::record::Record;
use crate::reply::sink::{Protocol, ReplySink};

/// What a call waits for.
#[derive(Debug)]
pub(crate) struct Waiting {
    /// What there must be.
    pub(crate) wants: Wants,
    /// Each key, with the call that looks at this key only.
    pub(crate) keys: Vec<(Vec<u8>, Command)>,
    /// How long, in milliseconds; 0 is for ever.
    pub(crate) timeout_ms: i64,
    /// It has another key beside, where what is found goes.
    pub(crate) moves: bool,
    /// The shapes of the reply.
    pub(crate) shapes: (Protocol, Protocol),
    /// What it answers when the time is over, if that is not the absent array.
    pub(crate) over: Option<Record>,
}

/// What a call answers inside of a transaction, where it does not wait.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Nothing {
    /// The absent array.
    Array,
    /// The absent value.
    Null,
}

/// What there must be under a key for a waiting call to be run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wants {
    /// A list.
    List,
    /// A sorted set.
    Zset,
    /// A stream.
    Stream,
    /// A stream; a key without one ends the call.
    Group,
}

impl Wants {
    /// Whether a key that holds this is worth a look.
    pub(crate) fn is_met_by(self, held: Self) -> bool {
        self == held || (self == Self::Group && held == Self::Stream)
    }
}

/// A client whose call waits: who serves it acts in its place.
pub(crate) struct Waiter {
    /// Its card, on which it sleeps.
    pub(crate) card: Arc<Card>,
    /// Which of its waits this is.
    pub(crate) ticket: u64,
    /// The logical database it had selected.
    pub(crate) db: usize,
    /// CLIENT NO-TOUCH.
    pub(crate) no_touch: bool,
    /// When its time is over, in microseconds of the monotonic clock.
    pub(crate) end_us: u64,
    /// What it waits for.
    pub(crate) waiting: Waiting,
}

/// What a call that waited is served with.
#[derive(Debug)]
pub(crate) struct Answer {
    /// Its reply.
    pub(crate) reply: Record,
    /// The journal position to wait for.
    pub(crate) lsn: u64,
}

impl Waiting {
    /// What a call waits for, with the shapes of where it answers.
    pub(crate) fn new(
        wants: Wants,
        timeout_ms: i64,
        keys: Vec<(Vec<u8>, Command)>,
        out: &dyn ReplySink,
    ) -> Self {
        let shapes = (out.protocol(), out.shapes());
        Self { wants, keys, timeout_ms, moves: false, shapes, over: None }
    }

    /// A call that waits for nothing that could come, and then answers what `over` writes.
    pub(crate) fn in_vain(timeout_ms: i64, out: &dyn ReplySink, over: impl FnOnce(&mut Record)) -> Self {
        let mut waiting = Self::new(Wants::List, timeout_ms, Vec::new(), out);
        let mut reply = Record::new(waiting.shapes);
        over(&mut reply);
        waiting.over = Some(reply);
        waiting
    }
}

/// A call, of words.
pub(crate) fn command(words: &[&[u8]]) -> Command {
    words.iter().map(|word| word.to_vec()).collect()
}

/// Each key with the call for it, each once.
pub(crate) fn for_each(keys: &[&[u8]], call: impl Fn(&[u8]) -> Command) -> Vec<(Vec<u8>, Command)> {
    let mut all: Vec<(Vec<u8>, Command)> = Vec::with_capacity(keys.len());
    for key in keys {
        if all.len() > 64 || !all.iter().any(|(other, _)| other == key) {
            all.push((key.to_vec(), call(key)));
        }
    }
    all
}
