//! Hashes as handlers see them: with the time at which their fields are to be looked at.

use super::{Ctx, Seen, ValueGuard, copied, kind_of, mark, now_of, see};
use crate::cmd::error::CmdError;
use crate::cmd::event::Class;
use crate::types::hash::{Hash, NOTHING_EXPIRES};

impl Ctx<'_> {
    /// The hash of a key, and the time at which its fields are looked at: like [`Ctx::read`]. The engine removes
    /// fields whose time has come after the locks are released.
    pub(crate) fn read_hash(&mut self, key: &[u8]) -> Result<Option<(&Hash, i64)>, CmdError> {
        let db = self.session.db;
        if self.view.exclusive() {
            let hash = self.view.hash(key);
            self.live(db, hash, key);
        }
        let Self { view, session, host, usage, now, left, .. } = self;
        let entry = match see(view.get(db, key), session, *host, usage, now, true) {
            Seen::Here(entry) => entry,
            Seen::Absent => {
                left.missed(view, session, db, key);
                return Ok(None);
            }
            Seen::Stale => {
                left.more().stale.push((db, copied(key)));
                left.expiring(view, session, db, key);
                left.missed(view, session, db, key);
                return Ok(None);
            }
        };
        let hash = kind_of::<Hash>(entry)?;
        if hash.earliest().is_none() || session.replaying {
            return Ok(Some((hash, NOTHING_EXPIRES)));
        }
        let now = now_of(*host, now);
        if hash.is_due(now) {
            left.more().stale_hashes.push((db, copied(key)));
        }
        Ok(Some((hash, now)))
    }

    /// The hash of a key, to change it, with the time as above: like [`Ctx::write`]. Fields whose time has come
    /// are still there: who changes one removes it first and tells by [`Ctx::fields_expired`].
    pub(crate) fn write_hash(&mut self, key: &[u8]) -> Result<Option<(ValueGuard<'_, Hash>, i64)>, CmdError> {
        let (db, hash) = (self.session.db, self.view.hash(key));
        let Some(slot) = self.live(db, hash, key) else { return Ok(None) };
        self.touch(db, key);
        let Self { view, session, host, usage, now, .. } = self;
        let mut earliest = Err(CmdError::WrongType);
        let entry = view.at_mut(db, hash, slot, |entry| {
            mark(entry, session, usage);
            earliest = kind_of::<Hash>(entry).map(Hash::earliest);
        });
        let Some(entry) = entry else { return Ok(None) };
        let timeless = earliest?.is_none() || session.replaying;
        let now = if timeless { NOTHING_EXPIRES } else { now_of(*host, now) };
        Ok(Some((ValueGuard::new(entry), now)))
    }

    /// Tells of fields that were removed because their time had come; they are journaled before the command's own
    /// effect. `spent`: nothing else was in the hash.
    pub(crate) fn fields_expired(&mut self, key: &[u8], names: Vec<Vec<u8>>, spent: bool) {
        let db = self.session.db;
        self.event(Class::HASH, "hexpired", key);
        if spent {
            self.event(Class::GENERIC, "del", key);
        }
        self.left.more().fields.push((db, copied(key), names));
    }
}
