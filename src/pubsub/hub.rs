//! Channels and who listens to them.
//!
//! A channel has a lock of its own, held while a message goes to its listeners: all of them see messages in one order, and a
//! channel with many listeners holds up nobody who publishes elsewhere. Patterns are tried one after the other, as Redis does.
//! Lock order: a bucket of channels, or the patterns; a topic; a mailbox.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Weak};

use parking_lot::{Mutex, RwLock};

use super::mailbox::{Mailbox, Message, Through};
use crate::base::bell::Bell;
use crate::base::glob::glob_match;
use crate::reply::sink::Block;

/// Locks that channels are spread over.
const BUCKETS: usize = 16;

/// Two kinds of channels that know nothing of each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Space {
    /// SUBSCRIBE and PUBLISH.
    Channels,
    /// SSUBSCRIBE and SPUBLISH.
    Shards,
}

/// What is listened to by a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Listen {
    /// A channel, as SUBSCRIBE does.
    Channel,
    /// All channels whose names match a glob pattern, as PSUBSCRIBE does.
    Pattern,
    /// A shard channel, as SSUBSCRIBE does.
    Shard,
}

/// A channel or pattern.
#[derive(Default)]
struct Topic {
    listeners: Mutex<Vec<Arc<Mailbox>>>,
}

impl Topic {
    /// Hands a message to all; answers how many.
    fn deliver(&self, message: &Message) -> usize {
        let listeners = self.listeners.lock();
        listeners.iter().for_each(|mailbox| mailbox.put(message.clone()));
        listeners.len()
    }
}

/// All queues, and whether they are closed, which those to come are as well.
#[derive(Default)]
struct Mailboxes {
    closed: bool,
    all: Vec<Weak<Mailbox>>,
}

type Topics = HashMap<Arc<[u8]>, Arc<Topic>>;

/// Adds a listener; false if it is one already.
fn add(topics: &mut Topics, name: &[u8], mailbox: &Arc<Mailbox>) -> bool {
    let topic = match topics.get(name) {
        Some(topic) => topic,
        None => topics.entry(Arc::from(name)).or_default(),
    };
    let mut listeners = topic.listeners.lock();
    if listeners.iter().any(|other| Arc::ptr_eq(other, mailbox)) {
        return false;
    }
    listeners.push(Arc::clone(mailbox));
    true
}

/// Takes a listener away, and a topic that nobody listens to; false if it was none.
fn remove(topics: &mut Topics, name: &[u8], mailbox: &Arc<Mailbox>) -> bool {
    let Some(topic) = topics.get(name) else { return false };
    let mut listeners = topic.listeners.lock();
    let Some(at) = listeners.iter().position(|other| Arc::ptr_eq(other, mailbox)) else { return false };
    listeners.remove(at);
    let empty = listeners.is_empty();
    drop(listeners);
    if empty {
        topics.remove(name);
    }
    true
}

/// See the module.
pub(crate) struct Hub {
    hasher: RandomState,
    channels: [RwLock<Topics>; BUCKETS],
    shards: [RwLock<Topics>; BUCKETS],
    patterns: RwLock<Topics>,
    /// Patterns that are listened to.
    known_patterns: AtomicUsize,
    /// Channels, shard channels and patterns that are listened to: 0 makes publishing cheap.
    known: AtomicUsize,
    /// All who may listen.
    mailboxes: Mutex<Mailboxes>,
    /// How many bytes may wait for a client.
    limit: Arc<AtomicUsize>,
}

impl Hub {
    /// Nobody listens.
    pub(crate) fn new() -> Self {
        Self {
            hasher: RandomState::new(),
            channels: Default::default(),
            shards: Default::default(),
            patterns: RwLock::default(),
            known_patterns: AtomicUsize::new(0),
            known: AtomicUsize::new(0),
            mailboxes: Mutex::default(),
            limit: Arc::new(AtomicUsize::new(usize::MAX)),
        }
    }

    /// A queue for at most so many messages, that ends when [`Hub::close`] is called.
    pub(crate) fn mailbox(&self, most: usize) -> Arc<Mailbox> {
        self.register(Mailbox::new(most))
    }

    /// The queue of a client, for as many bytes as [`Hub::set_limit`] says.
    pub(crate) fn mailbox_of_client(&self, bell: Option<Bell>) -> Arc<Mailbox> {
        self.register(Mailbox::bounded(usize::MAX, Some(Arc::clone(&self.limit)), bell))
    }

    /// How many bytes may wait for a client, from now on: `client-output-buffer-limit`.
    pub(crate) fn set_limit(&self, bytes: usize) {
        self.limit.store(bytes, Ordering::Relaxed);
    }

    /// Has a queue end when [`Hub::close`] is called.
    fn register(&self, mailbox: Mailbox) -> Arc<Mailbox> {
        let mailbox = Arc::new(mailbox);
        let mut mailboxes = self.mailboxes.lock();
        if mailboxes.closed {
            mailbox.close();
        }
        if mailboxes.all.len() == mailboxes.all.capacity() {
            mailboxes.all.retain(|mailbox| mailbox.strong_count() > 0);
        }
        mailboxes.all.push(Arc::downgrade(&mailbox));
        mailbox
    }

    /// Nothing comes any more.
    pub(crate) fn close(&self) {
        let mut mailboxes = self.mailboxes.lock();
        mailboxes.closed = true;
        mailboxes.all.iter().filter_map(Weak::upgrade).for_each(|mailbox| mailbox.close());
    }

    fn buckets(&self, space: Space) -> &[RwLock<Topics>; BUCKETS] {
        match space {
            Space::Channels => &self.channels,
            Space::Shards => &self.shards,
        }
    }

    fn bucket(&self, space: Space, channel: &[u8]) -> &RwLock<Topics> {
        #[expect(clippy::cast_possible_truncation, reason = "below the number of buckets")]
        let at = (self.hasher.hash_one(channel) % BUCKETS as u64) as usize;
        &self.buckets(space)[at]
    }

    /// Changes topics, and what is known of their number.
    fn change(
        &self,
        topics: &RwLock<Topics>,
        patterns: bool,
        change: impl FnOnce(&mut Topics) -> bool,
    ) -> bool {
        let mut topics = topics.write();
        let before = topics.len();
        let done = change(&mut topics);
        let after = topics.len();
        let settle = |count: &AtomicUsize| {
            count.fetch_add(after.saturating_sub(before), Ordering::SeqCst);
            count.fetch_sub(before.saturating_sub(after), Ordering::SeqCst);
        };
        settle(&self.known);
        if patterns {
            settle(&self.known_patterns);
        }
        done
    }

    /// Listens to a name from now on; false if it does already.
    pub(crate) fn listen(&self, listen: Listen, name: &[u8], mailbox: &Arc<Mailbox>) -> bool {
        match listen {
            Listen::Channel => self.subscribe(Space::Channels, name, mailbox),
            Listen::Pattern => self.subscribe_pattern(name, mailbox),
            Listen::Shard => self.subscribe(Space::Shards, name, mailbox),
        }
    }

    /// Listens to a name no longer; false if it did not.
    pub(crate) fn leave(&self, listen: Listen, name: &[u8], mailbox: &Arc<Mailbox>) -> bool {
        match listen {
            Listen::Channel => self.unsubscribe(Space::Channels, name, mailbox),
            Listen::Pattern => self.unsubscribe_pattern(name, mailbox),
            Listen::Shard => self.unsubscribe(Space::Shards, name, mailbox),
        }
    }

    /// Listens to a channel from now on; false if it does already.
    fn subscribe(&self, space: Space, channel: &[u8], mailbox: &Arc<Mailbox>) -> bool {
        self.change(self.bucket(space, channel), false, |topics| add(topics, channel, mailbox))
    }

    /// Listens to a channel no longer; false if it did not.
    fn unsubscribe(&self, space: Space, channel: &[u8], mailbox: &Arc<Mailbox>) -> bool {
        self.change(self.bucket(space, channel), false, |topics| remove(topics, channel, mailbox))
    }

    /// Listens to all channels whose names match.
    fn subscribe_pattern(&self, pattern: &[u8], mailbox: &Arc<Mailbox>) -> bool {
        self.change(&self.patterns, true, |topics| add(topics, pattern, mailbox))
    }

    /// The opposite.
    fn unsubscribe_pattern(&self, pattern: &[u8], mailbox: &Arc<Mailbox>) -> bool {
        self.change(&self.patterns, true, |topics| remove(topics, pattern, mailbox))
    }

    /// Whether anybody listens to anything.
    #[inline]
    pub(crate) fn is_heard(&self) -> bool {
        self.known.load(Ordering::SeqCst) > 0
    }

    /// Hands a message to all who listen; answers how many did, each pattern counted.
    pub(crate) fn publish(&self, space: Space, channel: &[u8], payload: &[u8]) -> usize {
        if !self.is_heard() {
            return 0;
        }
        let topic = self
            .bucket(space, channel)
            .read()
            .get_key_value(channel)
            .map(|(k, t)| (Arc::clone(k), Arc::clone(t)));
        let matching: Vec<(Arc<[u8]>, Arc<Topic>)> = if space == Space::Channels && self.patterns() > 0 {
            let patterns = self.patterns.read();
            let fits = patterns.iter().filter(|(pattern, _)| glob_match(pattern, channel, false));
            fits.map(|(pattern, topic)| (Arc::clone(pattern), Arc::clone(topic))).collect()
        } else {
            Vec::new()
        };
        if topic.is_none() && matching.is_empty() {
            return 0;
        }
        let name = topic.as_ref().map_or_else(|| Arc::from(channel), |(name, _)| Arc::clone(name));
        let through = if space == Space::Shards { Through::Shard } else { Through::Channel };
        let mut message = Message { through, channel: name, payload: Block::new(payload.to_vec()) };
        let mut heard = topic.map_or(0, |(_, topic)| topic.deliver(&message));
        for (pattern, topic) in matching {
            message.through = Through::Pattern(pattern);
            heard += topic.deliver(&message);
        }
        heard
    }

    /// PUBSUB CHANNELS: names that are listened to and match, in no order.
    pub(crate) fn names(&self, space: Space, pattern: Option<&[u8]>) -> Vec<Arc<[u8]>> {
        let fits = |name: &Arc<[u8]>| pattern.is_none_or(|pattern| glob_match(pattern, name, false));
        let of =
            |topics: &RwLock<Topics>| topics.read().keys().filter(|n| fits(n)).cloned().collect::<Vec<_>>();
        self.buckets(space).iter().flat_map(of).collect()
    }

    /// PUBSUB NUMSUB: how many listen to a channel by its name.
    pub(crate) fn listeners(&self, space: Space, channel: &[u8]) -> usize {
        self.bucket(space, channel).read().get(channel).map_or(0, |topic| topic.listeners.lock().len())
    }

    /// PUBSUB NUMPAT: different patterns that are listened to.
    pub(crate) fn patterns(&self) -> usize {
        self.known_patterns.load(Ordering::SeqCst)
    }
}

#[cfg(test)]
#[path = "hub_tests.rs"]
mod tests;
