//! What a client listens to, after SUBSCRIBE and its like.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use crate::cmd::session::Card;
use crate::pubsub::hub::{Hub, Listen};
use crate::pubsub::mailbox::Mailbox;

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
    pub(super) fn add(&mut self, hub: &Hub, card: &Card, kind: Listen, name: &[u8]) {
        let new = hub.listen(kind, name, &self.mailbox);
        if new {
            self.names[kind as usize].insert(name.to_vec());
            self.tell(card);
        }
    }

    /// Listens to a name no longer.
    pub(super) fn remove(&mut self, hub: &Hub, card: &Card, kind: Listen, name: &[u8]) {
        if self.names[kind as usize].remove(name) {
            hub.leave(kind, name, &self.mailbox);
            self.tell(card);
        }
    }

    fn tell(&self, card: &Card) {
        for (count, names) in card.listens.iter().zip(&self.names) {
            count.store(names.len(), Ordering::Relaxed);
        }
    }

    /// Listens to nothing any more; what came is lost.
    pub(crate) fn end(mut self, hub: &Hub, card: &Card) {
        for kind in [Listen::Channel, Listen::Pattern, Listen::Shard] {
            for name in std::mem::take(&mut self.names[kind as usize]) {
                hub.leave(kind, &name, &self.mailbox);
            }
        }
        self.mailbox.clear();
        self.tell(card);
    }

    /// The names of a kind.
    pub(super) fn names(&self, kind: Listen) -> Vec<Vec<u8>> {
        self.names[kind as usize].iter().cloned().collect()
    }

    /// What confirmations count: shard channels on their own.
    pub(super) fn count(&self, kind: Listen) -> usize {
        let [channels, patterns, shards] = &self.names;
        if kind == Listen::Shard { shards.len() } else { channels.len() + patterns.len() }
    }

    /// Whether it listens to anything.
    pub(crate) fn is_empty(&self) -> bool {
        self.names.iter().all(BTreeSet::is_empty)
    }
}
