//! What a command touches, for those who watch keys, wait for them or cache them.

use super::{Ctx, Touched, kind_of};
use crate::cmd::effect::copied;
use crate::cmd::waiting::Wants;
use crate::types::list::List;
use crate::types::stream::Stream;
use crate::types::zset::Zset;

impl Ctx<'_> {
    /// Keys touched so far.
    pub(crate) fn take_touched(&mut self) -> Vec<Touched> {
        self.earlier = 0;
        self.left.more.as_mut().map_or_else(Vec::new, |more| std::mem::take(&mut more.touched))
    }

    /// Another command begins in this context.
    pub(crate) fn next_command(&mut self) {
        self.earlier = self.left.more.as_ref().map_or(0, |more| more.touched.len());
    }

    pub(super) fn touched_now(&mut self) -> &mut [Touched] {
        let earlier = self.earlier;
        self.left.more.as_mut().and_then(|more| more.touched.get_mut(earlier..)).unwrap_or_default()
    }

    /// Keys that this command changed, for clients that cache them; who asks tells them.
    #[cold]
    pub(crate) fn take_untold(&mut self) -> Vec<Vec<u8>> {
        let new = self.touched_now().iter_mut().filter(|touched| !touched.quiet && !touched.told);
        new.map(|touched| {
            touched.told = true;
            touched.key.clone()
        })
        .collect()
    }

    /// What this command does is no change for those who watch its keys, as in Redis.
    pub(crate) fn quieten(&mut self) {
        self.touched_now().iter_mut().for_each(|touched| touched.quiet = true);
    }

    /// This command counts as a change for those who watch its keys, whatever it did.
    pub(crate) fn certainly(&mut self) {
        self.touched_now().iter_mut().for_each(|touched| touched.certain = true);
    }

    /// Forgets the keys that this command touched: nothing happened to them.
    pub(crate) fn untouch(&mut self) {
        let earlier = self.earlier;
        if let Some(more) = &mut self.left.more {
            let mut at = 0;
            more.touched.retain(|touched| {
                at += 1;
                at <= earlier || touched.certain
            });
        }
    }

    /// Notes that a key changes, for those who watch it or wait for it.
    #[inline(always)]
    pub(super) fn touch(&mut self, db: usize, key: &[u8]) {
        if self.view.space().observed() {
            self.note(db, key);
        }
    }

    #[cold]
    fn note(&mut self, db: usize, key: &[u8]) {
        self.left.more().touched.push(Touched {
            db,
            key: copied(key),
            quiet: false,
            certain: false,
            expired: false,
            told: false,
            whole: false,
            held: None,
        });
    }

    /// A command of a transaction is done: what the keys that it touched hold now.
    pub(crate) fn settle(&mut self) {
        let (view, earlier) = (&self.view, self.earlier);
        let Some(more) = &mut self.left.more else { return };
        for touched in more.touched.iter_mut().skip(earlier) {
            let Some(entry) = view.get(touched.db, &touched.key) else { continue };
            touched.held = if kind_of::<List>(entry).is_ok() {
                Some(Wants::List)
            } else if kind_of::<Zset>(entry).is_ok() {
                Some(Wants::Zset)
            } else {
                kind_of::<Stream>(entry).is_ok().then_some(Wants::Stream)
            };
        }
    }

    /// Notes keys that were found expired and removed, for those who watch them or wait for them.
    pub(crate) fn note_gone(&mut self, gone: Vec<(usize, Vec<u8>)>) {
        if !self.view.space().observed() {
            return;
        }
        for (db, key) in gone {
            // It is gone whatever else the command did.
            self.left.more().touched.push(Touched {
                db,
                key,
                quiet: false,
                certain: true,
                expired: true,
                told: false,
                whole: false,
                held: None,
            });
        }
    }

    /// Notes all keys of these databases that somebody watches or waits for and that are in one of them.
    pub(super) fn touch_all(&mut self, databases: &[usize]) {
        if !self.view.space().observed() {
            return;
        }
        for &db in databases {
            for key in self.host.observed(db) {
                if !databases.iter().any(|db| self.view.get(*db, &key).is_some()) {
                    continue;
                }
                let expired =
                    databases.iter().all(|db| self.view.get(*db, &key).is_none() || self.is_past(*db, &key));
                self.left.more().touched.push(Touched {
                    db,
                    key,
                    quiet: false,
                    certain: false,
                    expired,
                    told: true,
                    whole: true,
                    held: None,
                });
            }
        }
    }
}
