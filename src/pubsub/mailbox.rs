//! The queue of one who listens: filled by whoever publishes, emptied by its owner.

use std::collections::VecDeque;
use std::io;
use std::os::fd::{AsRawFd as _, RawFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use parking_lot::{Condvar, Mutex};

use crate::base::bell::Bell;
use crate::base::clock::monotonic_us;
use crate::reply::sink::{Block, ReplySink};
use crate::sys::event::Event;

/// The longest single sleep, so that no clock arithmetic overflows.
const PART_US: u64 = 3_600_000_000;

/// What a message came by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Through {
    /// A channel that is listened to.
    Channel,
    /// A pattern, this one.
    Pattern(Arc<[u8]>),
    /// A shard channel.
    Shard,
    /// None: a line about a command, for MONITOR.
    Line,
}

/// What was published; copies share their bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Message {
    /// What it came by.
    pub(crate) through: Through,
    /// Where it was published.
    pub(crate) channel: Arc<[u8]>,
    /// What.
    pub(crate) payload: Block,
}

impl Message {
    /// What it counts for; its own structure included.
    fn bytes(&self) -> usize {
        size_of::<Self>().saturating_add(self.channel.len()).saturating_add(self.payload.len())
    }

    /// Writes it as the push message that Redis sends.
    pub(crate) fn write(&self, out: &mut dyn ReplySink) {
        match &self.through {
            Through::Channel => {
                out.push(3);
                out.bulk(b"message");
            }
            Through::Line => return out.status(std::str::from_utf8(&self.payload).unwrap_or_default()),
            Through::Shard => {
                out.push(3);
                out.bulk(b"smessage");
            }
            Through::Pattern(pattern) => {
                out.push(4);
                out.bulk(b"pmessage");
                out.bulk(pattern);
            }
        }
        out.bulk(&self.channel);
        out.bulk_shared(&self.payload);
    }
}

/// Why there is no message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Nothing {
    /// The time is over.
    TimeOver,
    /// There will be none any more.
    Ended,
    /// Somebody wants the owner to stop waiting.
    Interrupted,
}

#[derive(Default)]
struct Queue {
    messages: VecDeque<Message>,
    /// Bytes of their channels and payloads.
    bytes: usize,
    /// The owner sleeps.
    asleep: bool,
    /// It shall wake.
    interrupted: bool,
    /// Nothing comes any more.
    closed: bool,
    /// Readable while there are messages, or when it is closed.
    event: Option<Event>,
}

/// See the module.
pub(crate) struct Mailbox {
    queue: Mutex<Queue>,
    wake: Condvar,
    most: usize,
    most_bytes: usize,
    dropped: AtomicU64,
    /// Rung when a message comes to an empty queue, or none can come any more, or one does not fit.
    bell: Option<Bell>,
}

impl Mailbox {
    /// An empty one that keeps at most so many messages.
    pub(crate) fn new(most: usize) -> Self {
        Self::bounded(most, usize::MAX, None)
    }

    /// An empty one that keeps at most so many messages, of so many bytes in all; its owner may have a bell.
    pub(crate) fn bounded(most: usize, most_bytes: usize, bell: Option<Bell>) -> Self {
        Self {
            queue: Mutex::default(),
            wake: Condvar::new(),
            most,
            most_bytes,
            dropped: AtomicU64::new(0),
            bell,
        }
    }

    fn ring(&self) {
        if let Some(bell) = &self.bell {
            bell();
        }
    }

    /// Puts a message behind the others. A full queue keeps what it has, and counts what it does not take.
    pub(crate) fn put(&self, message: Message) {
        let mut queue = self.queue.lock();
        if queue.closed {
            return;
        }
        // What cannot be stored is dropped as well: the host must not end for it.
        let bytes = queue.bytes.saturating_add(message.bytes());
        if queue.messages.len() >= self.most
            || bytes > self.most_bytes
            || queue.messages.try_reserve(1).is_err()
        {
            self.dropped.fetch_add(1, Ordering::Relaxed);
            return self.ring();
        }
        queue.bytes = bytes;
        queue.messages.push_back(message);
        if queue.messages.len() == 1 {
            if let Some(event) = &queue.event {
                event.set();
            }
            self.ring();
        }
        if queue.asleep {
            self.wake.notify_one();
        }
    }

    /// The oldest message. Waits for one at most so many milliseconds; for ever if they are negative.
    pub(crate) fn next(&self, timeout_ms: i64) -> Result<Message, Nothing> {
        let wait = u64::try_from(timeout_ms).ok();
        let end = wait.map_or(u64::MAX, |ms| monotonic_us().saturating_add(ms.saturating_mul(1000)));
        let mut queue = self.queue.lock();
        queue.interrupted = false;
        loop {
            if let Some(message) = queue.messages.pop_front() {
                queue.bytes = queue.bytes.saturating_sub(message.bytes());
                if queue.messages.is_empty()
                    && !queue.closed
                    && let Some(event) = &queue.event
                {
                    event.clear();
                }
                return Ok(message);
            }
            if queue.closed {
                return Err(Nothing::Ended);
            }
            let left = if wait == Some(0) { 0 } else { end.saturating_sub(monotonic_us()) };
            if left == 0 {
                return Err(Nothing::TimeOver);
            }
            if std::mem::take(&mut queue.interrupted) {
                return Err(Nothing::Interrupted);
            }
            queue.asleep = true;
            self.wake.wait_for(&mut queue, Duration::from_micros(left.min(PART_US)));
            queue.asleep = false;
        }
    }

    /// Wakes the owner if it waits.
    pub(crate) fn interrupt(&self) {
        let mut queue = self.queue.lock();
        queue.interrupted = queue.asleep;
        self.wake.notify_all();
    }

    /// A descriptor that is readable while a message waits, or nothing comes any more.
    pub(crate) fn fd(&self) -> io::Result<RawFd> {
        let mut queue = self.queue.lock();
        if let Some(event) = &queue.event {
            return Ok(event.as_raw_fd());
        }
        let event = Event::new()?;
        if queue.closed || !queue.messages.is_empty() {
            event.set();
        }
        Ok(queue.event.insert(event).as_raw_fd())
    }

    /// Whether there is nothing to take.
    pub(crate) fn is_empty(&self) -> bool {
        self.queue.lock().messages.is_empty()
    }

    /// Bytes of what waits to be taken.
    pub(crate) fn bytes(&self) -> usize {
        self.queue.lock().bytes
    }

    /// Messages that found the queue full.
    pub(crate) fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    /// Nothing comes any more: what is there can still be taken, and who waits is told.
    pub(crate) fn close(&self) {
        let mut queue = self.queue.lock();
        queue.closed = true;
        if let Some(event) = &queue.event {
            event.set();
        }
        self.wake.notify_all();
        self.ring();
    }
}
