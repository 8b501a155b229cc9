//! The short way of GET and SET of one key: what they do nearly always, in one piece that the compiler expands in
//! the typed call. Anything else, such as a new key, is left to the long way by a context, which comes to the
//! same.
//!
//! Why: with a hundred million bytes of keys the processor waits for memory, and it only works ahead on the next
//! call if this one has few instructions. The long way has more than twice as many (`make bench`).

use super::Engine;
use crate::cmd::ctx::{Seen, mark, see, string_of};
use crate::cmd::effect::Effect;
use crate::cmd::error::CmdError;
use crate::cmd::session::Session;
use crate::keyspace::raw::{NewValue, StrRef};
use crate::keyspace::shard::Shard;

impl Engine {
    /// Hands the value of a key to `take`, under the key's lock; whether there is one. `HOT` as for `Table::get`.
    #[inline(always)]
    pub(crate) fn get_hot<const HOT: bool>(
        &self,
        session: &mut Session,
        key: &[u8],
        take: impl FnOnce(StrRef<'_>),
    ) -> Result<bool, CmdError> {
        let hasher = &self.space.hasher;
        let hash = hasher.hash(key);
        let shard = self.space.read(hasher.shard(hash));
        let db = session.db;
        if session.tracking.is_some() {
            self.remember_keys(session, &[key]);
        }
        let found = shard.tables.get(db).and_then(|table| table.get::<HOT>(hash, key, hasher));
        match see(found, session, self, &self.usage, &mut None, true) {
            Seen::Here(entry) => {
                take(string_of(entry)?);
                Ok(true)
            }
            Seen::Absent => {
                if self.space.notified() != 0 {
                    self.publish_miss(db, key);
                }
                Ok(false)
            }
            Seen::Stale => {
                drop(shard);
                self.expire_key(db, key);
                if self.space.notified() != 0 {
                    self.publish_miss(db, key);
                }
                Ok(false)
            }
        }
    }

    /// Replaces the value of a key if that can be done in place, with its journal entry, which is `call`: the
    /// position to wait for. `None`: nothing was done. Whoever watches a key or listens to events is told by the long way.
    #[inline(always)]
    pub(crate) fn set_hot<const HOT: bool>(
        &self,
        session: &mut Session,
        key: &[u8],
        value: &NewValue<'_>,
        call: &[&[u8]],
    ) -> Option<u64> {
        let hasher = &self.space.hasher;
        let hash = hasher.hash(key);
        let mut shard = self.space.write(hasher.shard(hash));
        if !self.space.is_quiet() {
            return None;
        }
        let Shard { tables, account } = &mut *shard;
        let table = tables.get_mut(session.db)?;
        let done = table.overwrite::<HOT>(hash, key, value, false, hasher, account, |entry| {
            mark(entry, session, &self.usage);
        });
        if done != Some(true) {
            return None;
        }
        Some(self.journal(session.db, Some(call), &Effect::Changed(1), session))
    }
}
