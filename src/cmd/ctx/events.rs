//! Events of keys as handlers tell of them, for `notify-keyspace-events`.

use super::Ctx;
use crate::cmd::event::{Class, Event};

impl Ctx<'_> {
    /// Tells of an event of a key of the selected database. Nothing is copied unless somebody asked for it.
    #[inline(always)]
    pub(crate) fn event(&mut self, class: Class, name: &'static str, key: &[u8]) {
        if self.view.space().notified() != 0 {
            self.note_event(self.session.db, class, name, key);
        }
    }

    /// [`Ctx::event`] in any database.
    #[inline(always)]
    pub(crate) fn event_in(&mut self, db: usize, class: Class, name: &'static str, key: &[u8]) {
        if self.view.space().notified() != 0 {
            self.note_event(db, class, name, key);
        }
    }

    /// [`Ctx::event`] of what took something out of a value, and `del` behind it if that was the last.
    #[inline(always)]
    pub(crate) fn event_of_removal(&mut self, class: Class, name: &'static str, key: &[u8]) {
        if self.view.space().notified() != 0 {
            self.note_event(self.session.db, class, name, key);
            self.note_emptied(key);
        }
    }

    /// For commands that write what Redis looks for as a reader does: `keymiss` if a key is absent.
    pub(crate) fn event_if_absent(&mut self, key: &[u8]) {
        if self.view.space().notified() != 0 && !self.contains(key) {
            self.event(Class::MISS, "keymiss", key);
        }
    }

    /// A walk met a key of the selected database whose time has come: unless it can be removed at once, it is after the locks
    /// are released.
    pub(crate) fn met_expired(&mut self, key: Vec<u8>) {
        let db = self.session.db;
        if self.view.exclusive() {
            self.contains(&key);
            return;
        }
        self.left.expiring(&self.view, self.session, db, &key);
        self.left.more().stale.push((db, key));
    }

    #[cold]
    fn note_emptied(&mut self, key: &[u8]) {
        if self.view.get(self.session.db, key).is_none() {
            self.note_event(self.session.db, Class::GENERIC, "del", key);
        }
    }

    #[cold]
    fn note_event(&mut self, db: usize, class: Class, name: &'static str, key: &[u8]) {
        self.left.note_event(&self.view, self.session, (class, name, false), db, key);
    }

    /// What happened so far.
    pub(crate) fn take_events(&mut self) -> Vec<Event> {
        self.left.more.as_mut().map_or_else(Vec::new, |more| std::mem::take(&mut more.events))
    }

    /// Puts them back, to be published after the locks are released.
    pub(crate) fn leave_events(&mut self, events: Vec<Event>) {
        self.left.more().events = events;
    }
}
