//! The queue of one who listens: filled by whoever publishes, emptied by its owner.

use std::collections::VecDeque;
use std::io;
use std::os::fd::{AsRawFd as _, RawFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use parking_lot::{Condvar, Mutex};

use crate::base::bell::Bell;
use crate::base::clock::monotonic_us;
use crate::reply::sink::{Block, Protocol, ReplySink};
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
    /// CLIENT TRACKING: see [`Invalid`].
    Invalid(Invalid),
    /// The client that was to be told of invalid keys, this one, is gone.
    BrokenRedirect(u64),
}

/// Keys that a client may have cached are out of date.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Invalid {
    /// Their names, in order; nothing means all of them.
    pub(crate) keys: Option<Vec<Block>>,
    /// What they begin with, of a client that is told by prefix.
    pub(crate) prefix: Option<Arc<[u8]>>,
    /// It is a message of a channel, to a client that speaks RESP2.
    pub(crate) by_channel: bool,
}

/// Keys of one message, if more changes under one prefix come before it is taken.
const MOST_KEYS: usize = 256;

impl Invalid {
    /// Takes the keys of a later one in; false if that must be a message of its own.
    fn merge(&mut self, later: &Self) -> bool {
        let (Some(keys), Some(more)) = (&mut self.keys, &later.keys) else { return false };
        if self.prefix.is_none()
            || (&self.prefix, self.by_channel) != (&later.prefix, later.by_channel)
            || keys.len().saturating_add(more.len()) > MOST_KEYS
        {
            return false;
        }
        for key in more {
            if let Err(at) = keys.binary_search_by(|other| (**other).cmp(&**key)) {
                keys.insert(at, key.clone());
            }
        }
        true
    }

    fn write(&self, out: &mut dyn ReplySink) {
        if self.by_channel {
            out.push(3);
            out.bulk(b"message");
            out.bulk(b"__redis__:invalidate");
        } else {
            out.push(2);
            out.bulk(b"invalidate");
        }
        match &self.keys {
            None => out.null(),
            Some(keys) => {
                out.array(keys.len());
                keys.iter().for_each(|key| out.bulk_shared(key));
            }
        }
    }
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
        let keys = match &self.through {
            Through::Invalid(Invalid { keys: Some(keys), .. }) => {
                keys.iter().fold(0, |sum: usize, key| sum.saturating_add(key.len() + size_of::<Block>()))
            }
            _ => 0,
        };
        size_of::<Self>()
            .saturating_add(self.channel.len())
            .saturating_add(self.payload.len())
            .saturating_add(keys)
    }

    /// Tells of nothing but invalid keys, or a client that cannot be told of them.
    pub(crate) fn of(through: Through) -> Self {
        Self { through, channel: Arc::from(&b""[..]), payload: Block::new(Vec::new()) }
    }

    /// Writes it as the push message that Redis sends.
    pub(crate) fn write(&self, out: &mut dyn ReplySink) {
        match &self.through {
            Through::Channel => {
                out.push(3);
                out.bulk(b"message");
            }
            // It was put while the client spoke RESP3; in RESP2 it would be taken for a reply.
            Through::Invalid(Invalid { by_channel: false, .. }) | Through::BrokenRedirect(_)
                if out.protocol() == Protocol::Resp2 =>
            {
                return;
            }
            Through::Invalid(invalid) => return invalid.write(out),
            Through::BrokenRedirect(id) => {
                out.push(2);
                out.bulk(b"tracking-redir-broken");
                return out.int(i64::try_from(*id).unwrap_or(i64::MAX));
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
    /// Of invalid keys there is one message, which means all of them.
    all_invalid: bool,
    /// Readable while there are messages, or when it is closed.
    event: Option<Event>,
}

impl Queue {
    /// Puts invalid keys into the last message, if that tells of others under the same prefix.
    fn merge(&mut self, new: &Invalid) -> bool {
        let Some(last) = self.messages.back_mut() else { return false };
        let before = last.bytes();
        let Through::Invalid(old) = &mut last.through else { return false };
        let merged = old.merge(new);
        let after = last.bytes();
        self.bytes = self.bytes.saturating_sub(before).saturating_add(after);
        merged
    }

    /// Invalid keys for which there is no room any more: all keys are told to be, in the place of those that wait. False if
    /// the system has no memory for it.
    fn invalidate_all(&mut self, by_channel: bool) -> bool {
        let told = |message: &Message| matches!(message.through, Through::Invalid(_));
        let all = |message: &Message| matches!(message.through, Through::Invalid(Invalid { keys: None, .. }));
        if self.all_invalid || self.messages.back().is_some_and(all) {
            return true;
        }
        self.all_invalid = true;
        let Some(first) = self.messages.iter().position(told) else {
            // One message more than there should be, at most.
            let all = Message::of(Through::Invalid(Invalid { keys: None, prefix: None, by_channel }));
            let room = self.messages.try_reserve(1).is_ok();
            if room {
                self.bytes = self.bytes.saturating_add(all.bytes());
                self.messages.push_back(all);
            }
            return room;
        };
        let all = Invalid { keys: None, prefix: None, by_channel };
        // The first of them: a client may hear of it too early, never too late, as what changed has changed.
        let mut at = 0;
        self.messages.retain_mut(|message| {
            at += 1;
            if at - 1 == first {
                *message = Message::of(Through::Invalid(all.clone()));
            }
            at - 1 == first || !told(message)
        });
        self.bytes = self.messages.iter().fold(0, |sum: usize, message| sum.saturating_add(message.bytes()));
        true
    }
}

/// See the module.
pub(crate) struct Mailbox {
    queue: Mutex<Queue>,
    wake: Condvar,
    most: usize,
    /// Changed by who configures; none is without a limit.
    most_bytes: Option<Arc<AtomicUsize>>,
    dropped: AtomicU64,
    /// Rung when a message comes to an empty queue, or none can come any more, or one does not fit.
    bell: Option<Bell>,
}

impl Mailbox {
    /// An empty one that keeps at most so many messages.
    pub(crate) fn new(most: usize) -> Self {
        Self::bounded(most, None, None)
    }

    /// An empty one that keeps at most so many messages, of so many bytes in all; its owner may have a bell.
    pub(crate) fn bounded(most: usize, most_bytes: Option<Arc<AtomicUsize>>, bell: Option<Bell>) -> Self {
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
        let bytes = queue.bytes.saturating_add(message.bytes());
        let most_bytes = self.most_bytes.as_ref().map_or(usize::MAX, |most| most.load(Ordering::Relaxed));
        if let Through::Invalid(new) = &message.through
            && bytes <= most_bytes
            && queue.merge(new)
        {
            return;
        }
        // What cannot be stored is dropped as well: the host must not end for it.
        if queue.messages.len() >= self.most || bytes > most_bytes || queue.messages.try_reserve(1).is_err() {
            if let Through::Invalid(Invalid { by_channel, .. }) = message.through
                && queue.invalidate_all(by_channel)
            {
                return self.tell(&queue);
            }
            self.dropped.fetch_add(1, Ordering::Relaxed);
            return self.ring();
        }
        queue.bytes = bytes;
        queue.all_invalid &= !matches!(message.through, Through::Invalid(_));
        queue.messages.push_back(message);
        self.tell(&queue);
    }

    /// Wakes the owner, after a message was put.
    fn tell(&self, queue: &Queue) {
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
                queue.all_invalid &= !matches!(message.through, Through::Invalid(_));
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

    /// Writes out what came, at most so many messages; whether that was all.
    pub(crate) fn drain(&self, most: usize, out: &mut dyn ReplySink) -> bool {
        for _ in 0..most {
            match self.next(0) {
                Ok(message) => message.write(out),
                Err(Nothing::TimeOver | Nothing::Ended | Nothing::Interrupted) => return true,
            }
        }
        self.is_empty()
    }

    /// Forgets what came.
    pub(crate) fn clear(&self) {
        while self.next(0).is_ok() {}
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

#[cfg(test)]
mod tests {
    use super::*;

    fn invalid(prefix: Option<&str>, keys: &[&str]) -> Message {
        let keys = keys.iter().map(|key| Block::new(key.as_bytes().to_vec())).collect();
        let prefix = prefix.map(|prefix| Arc::from(prefix.as_bytes()));
        Message::of(Through::Invalid(Invalid { keys: Some(keys), prefix, by_channel: false }))
    }

    fn taken(mailbox: &Mailbox) -> Vec<Option<usize>> {
        let keys = |message: Message| match message.through {
            Through::Invalid(invalid) => invalid.keys.map(|keys| keys.len()),
            other => panic!("{other:?}"),
        };
        std::iter::from_fn(|| mailbox.next(0).ok()).map(keys).collect()
    }

    #[test]
    fn keys_of_one_prefix_come_together_while_nobody_reads() {
        let mailbox = Mailbox::new(usize::MAX);
        mailbox.put(invalid(Some("a"), &["a1", "a3"]));
        mailbox.put(invalid(Some("a"), &["a2", "a3"]));
        mailbox.put(invalid(Some("b"), &["b1"]));
        mailbox.put(invalid(None, &["x"]));
        mailbox.put(invalid(None, &["x"]));
        assert_eq!(taken(&mailbox), [Some(3), Some(1), Some(1), Some(1)]);
        assert_eq!(mailbox.bytes(), 0);
    }

    #[test]
    fn a_full_queue_tells_that_all_keys_are_invalid() {
        let mailbox = Mailbox::bounded(usize::MAX, Some(Arc::new(AtomicUsize::new(1000))), None);
        (0..100).for_each(|i| mailbox.put(invalid(None, &[&i.to_string()])));
        let kept = taken(&mailbox);
        assert!(kept.len() < 20 && kept.first() == Some(&None), "{kept:?}");
        assert_eq!((mailbox.dropped(), mailbox.bytes()), (0, 0));
        // There is room for it beside messages that fill the queue.
        let text = Message { payload: Block::new(vec![b'x'; 900]), ..Message::of(Through::Line) };
        mailbox.put(text);
        (0..100).for_each(|i| mailbox.put(invalid(None, &[&i.to_string()])));
        assert_eq!(mailbox.dropped(), 0);
        assert_eq!(mailbox.next(0).map(|message| message.through), Ok(Through::Line));
        assert_eq!(taken(&mailbox), [None]);
    }

    #[test]
    fn a_message_larger_than_the_queue_wakes_its_owner_with_one_that_fits() {
        let rung = Arc::new(AtomicU64::new(0));
        let bell = Arc::clone(&rung);
        let bell: Bell = Arc::new(move || _ = bell.fetch_add(1, Ordering::Relaxed));
        let mailbox = Mailbox::bounded(usize::MAX, Some(Arc::new(AtomicUsize::new(1000))), Some(bell));
        mailbox.put(invalid(Some("x"), &["x".repeat(2000).as_str()]));
        assert_eq!(rung.load(Ordering::Relaxed), 1);
        assert_eq!(taken(&mailbox), [None]);
        // Nor do keys come together beyond that.
        mailbox.put(invalid(Some("x"), &["x1"]));
        mailbox.put(invalid(Some("x"), &["x".repeat(2000).as_str()]));
        assert_eq!(taken(&mailbox), [None]);
        assert_eq!((mailbox.dropped(), mailbox.bytes()), (0, 0));
    }
}
