//! What a client listens to, after SUBSCRIBE and its like.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use crate::cmd::session::Card;
use crate::pubsub::hub::{Hub, Space};
use crate::pubsub::mailbox::{Mailbox, Nothing};
use crate::reply::sink::ReplySink;

/// Three kinds of names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// SUBSCRIBE.
    Channel,
    /// PSUBSCRIBE.
    Pattern,
    /// SSUBSCRIBE.
    Shard,
}

impl Kind {
    /// What confirms that a client listens to one.
    pub(super) fn added(self) -> &'static [u8] {
        match self {
            Self::Channel => b"subscribe",
            Self::Pattern => b"psubscribe",
            Self::Shard => b"ssubscribe",
        }
    }

    /// What confirms that it does no longer.
    pub(super) fn removed(self) -> &'static [u8] {
        match self {
            Self::Channel => b"unsubscribe",
            Self::Pattern => b"punsubscribe",
            Self::Shard => b"sunsubscribe",
        }
    }
}

/// The names a client listens to, and what came through them.
pub(crate) struct Listening {
    mailbox: Arc<Mailbox>,
    names: [BTreeSet<Vec<u8>>; 3],
}

impl Listening {
    /// To nothing yet.
    pub(crate) fn new(mailbox: Arc<Mailbox>) -> Self {
        Self { mailbox, names: Default::default() }
    }

    /// What waits to be taken.
    pub(crate) fn mailbox(&self) -> &Arc<Mailbox> {
        &self.mailbox
    }

    /// Listens to a name from now on.
    pub(super) fn add(&mut self, hub: &Hub, card: &Card, kind: Kind, name: &[u8]) {
        let new = match kind {
            Kind::Channel => hub.subscribe(Space::Channels, name, &self.mailbox),
            Kind::Pattern => hub.subscribe_pattern(name, &self.mailbox),
            Kind::Shard => hub.subscribe(Space::Shards, name, &self.mailbox),
        };
        if new {
            self.names[kind as usize].insert(name.to_vec());
            self.tell(card);
        }
    }

    /// Listens to a name no longer.
    pub(super) fn remove(&mut self, hub: &Hub, card: &Card, kind: Kind, name: &[u8]) {
        if self.names[kind as usize].remove(name) {
            self.forget(hub, kind, name);
            self.tell(card);
        }
    }

    fn forget(&self, hub: &Hub, kind: Kind, name: &[u8]) {
        match kind {
            Kind::Channel => hub.unsubscribe(Space::Channels, name, &self.mailbox),
            Kind::Pattern => hub.unsubscribe_pattern(name, &self.mailbox),
            Kind::Shard => hub.unsubscribe(Space::Shards, name, &self.mailbox),
        };
    }

    fn tell(&self, card: &Card) {
        for (count, names) in card.listens.iter().zip(&self.names) {
            count.store(names.len(), Ordering::Relaxed);
        }
    }

    /// Listens to nothing any more; what came is lost.
    pub(crate) fn end(mut self, hub: &Hub, card: &Card) {
        for kind in [Kind::Channel, Kind::Pattern, Kind::Shard] {
            for name in std::mem::take(&mut self.names[kind as usize]) {
                self.forget(hub, kind, &name);
            }
        }
        self.tell(card);
    }

    /// The names of a kind.
    pub(super) fn names(&self, kind: Kind) -> Vec<Vec<u8>> {
        self.names[kind as usize].iter().cloned().collect()
    }

    /// What confirmations count: shard channels on their own.
    pub(super) fn count(&self, kind: Kind) -> usize {
        let [channels, patterns, shards] = &self.names;
        if kind == Kind::Shard { shards.len() } else { channels.len() + patterns.len() }
    }

    /// Whether it listens to anything.
    pub(crate) fn is_empty(&self) -> bool {
        self.names.iter().all(BTreeSet::is_empty)
    }

    /// Writes out what came, at most so many messages; whether that was all.
    pub(crate) fn drain(&self, most: usize, out: &mut dyn ReplySink) -> bool {
        for _ in 0..most {
            match self.mailbox.next(0) {
                Ok(message) => message.write(out),
                Err(Nothing::TimeOver | Nothing::Ended | Nothing::Interrupted) => return true,
            }
        }
        self.mailbox.is_empty()
    }
}
