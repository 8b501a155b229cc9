//! `notify-keyspace-events`: what handlers told of, published. It is done under the locks of the keys, after the journal:
//! who listens sees the events of a key in the order of its changes. A channel's lock comes behind those of shards.

use super::Engine;
use crate::cmd::ctx::Ctx;
use crate::cmd::event::{Class, Event};
use crate::pubsub::hub::Space;

impl Engine {
    /// Publishes what happened in a context, whose locks are held. Where a reader found a key whose time has come, that
    /// is published when it has been removed, and what it read behind it: see [`Engine::publish_late`].
    #[cold]
    pub(super) fn publish_events(&self, ctx: &mut Ctx<'_>) {
        let events = ctx.take_events();
        if events.iter().any(|event| event.due) {
            return ctx.leave_events(events);
        }
        for Event { db, key, class, name, .. } in events {
            self.publish_event(db, class, name, &key);
        }
    }

    /// After the locks were released: what a reader told of, in whose turn keys are removed whose time has come.
    #[cold]
    pub(super) fn publish_late(&self, events: Vec<Event>) {
        for Event { db, key, class, name, due } in events {
            if due {
                self.expire_key(db, &key);
            } else {
                self.publish_event(db, class, name, &key);
            }
        }
    }

    /// Publishes one event, to the key's channel and to the event's.
    #[cold]
    pub(super) fn publish_event(&self, db: usize, class: Class, name: &str, key: &[u8]) {
        let wanted = Class::of_bits(self.space.notified());
        if !wanted.has(class) || !self.hub.is_heard() {
            return;
        }
        if wanted.has(Class::KEYSPACE) {
            let channel = [format!("__keyspace@{db}__:").as_bytes(), key].concat();
            self.hub.publish(Space::Channels, &channel, name.as_bytes());
        }
        if wanted.has(Class::KEYEVENT) {
            self.hub.publish(Space::Channels, format!("__keyevent@{db}__:{name}").as_bytes(), key);
        }
    }

    /// GET found no key.
    #[cold]
    pub(super) fn publish_miss(&self, db: usize, key: &[u8]) {
        self.publish_event(db, Class::MISS, "keymiss", key);
    }
}
