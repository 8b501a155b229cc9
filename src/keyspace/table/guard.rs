//! An entry while it is changed, and what is to be settled afterwards: memory, expiries, values without elements.

use super::super::raw::Entry;
use super::super::shard::Account;
use super::super::space::Hasher;
use super::{Slot, Table};
use crate::types::object::Object;

/// An entry being changed. On drop it settles the table's counts with what became of it, and takes it out if its
/// value is spent: an empty list, set, hash or sorted set.
pub(crate) struct EntryGuard<'t> {
    table: &'t mut Table,
    account: &'t mut Account,
    hasher: &'t Hasher,
    slot: Slot,
    hash: u64,
    /// What there is to settle with, from the first change on that may make a difference.
    before: Option<Before>,
}

/// What counted of an entry before it was changed.
#[derive(Clone, Copy)]
struct Before {
    cost: usize,
    expires: bool,
    fields: bool,
}

impl<'t> EntryGuard<'t> {
    /// The entry at `slot`, which is there and has the hash `hash`.
    #[inline]
    pub(super) fn new(
        table: &'t mut Table,
        account: &'t mut Account,
        hasher: &'t Hasher,
        slot: Slot,
        hash: u64,
    ) -> Self {
        Self { table, account, hasher, slot, hash, before: None }
    }
}

impl std::ops::Deref for EntryGuard<'_> {
    type Target = Entry;
    #[inline]
    fn deref(&self) -> &Entry {
        self.table.at(self.slot).unwrap_or_else(|| unreachable!("the slot is held"))
    }
}

impl std::ops::DerefMut for EntryGuard<'_> {
    #[inline]
    fn deref_mut(&mut self) -> &mut Entry {
        if self.before.is_none() {
            self.before =
                Some(Before { cost: self.cost(), expires: self.has_expire(), fields: self.fields_expire() });
        }
        self.table.entry_mut(self.slot).unwrap_or_else(|| unreachable!("the slot is held"))
    }
}

impl Drop for EntryGuard<'_> {
    #[inline]
    fn drop(&mut self) {
        let Some(before) = self.before else { return };
        let Some(entry) = self.table.at(self.slot) else { return };
        // A change may have made the entry anew.
        if entry.phase() != self.account.phase {
            entry.set_phase(self.account.phase);
        }
        let (cost, object) = entry.cost_and_object();
        let spent = object.is_some_and(Object::is_spent);
        let fields = object.is_some_and(|object| object.earliest().is_some());
        let expires = entry.has_expire();
        if cost != before.cost {
            self.account.change(before.cost, cost);
            self.table.cost = self.table.cost - before.cost + cost;
        }
        if spent || fields || before.fields || before.expires || expires {
            self.settle(before, spent, fields);
        }
    }
}

impl EntryGuard<'_> {
    /// The bytes of a string, to change them in place, if nobody else holds them; marks it `raw`. There is nothing to
    /// settle then.
    #[inline]
    pub(crate) fn bytes_in_place(&mut self) -> Option<&mut [u8]> {
        self.table.entry_mut(self.slot)?.bytes_mut()
    }

    /// The value, if it is no string, for changes after which there is nothing to settle.
    #[inline]
    pub(crate) fn object_in_place(&mut self) -> Option<&mut Object> {
        self.table.entry_mut(self.slot)?.object_mut()
    }

    /// What is left to settle of keys that expire, of hashes with fields that do, and of values without elements.
    #[inline(never)]
    fn settle(&mut self, before: Before, spent: bool, fields: bool) {
        if fields != before.fields
            && let Some(entry) = self.table.entry_mut(self.slot)
        {
            entry.mark_fields_expire(fields);
        }
        let (earliest, expires) = (self.earliest(), self.has_expire());
        let Self { table, .. } = self;
        let Some(segment) = table.segments.get_mut(self.slot.segment as usize) else { return };
        match (before.expires, expires) {
            (false, true) => {
                table.volatile += 1;
                segment.volatile += 1;
            }
            (true, false) => {
                table.volatile -= 1;
                segment.volatile -= 1;
            }
            _ => {}
        }
        match (before.fields, fields) {
            (false, true) => {
                table.fielded += 1;
                segment.fielded += 1;
            }
            (true, false) => {
                table.fielded -= 1;
                segment.fielded -= 1;
            }
            _ => {}
        }
        if let Some(at) = earliest {
            segment.min_expire = segment.min_expire.min(at);
        }
        if spent {
            drop(self.table.take(self.slot, self.hash, self.hasher, self.account));
        }
    }
}
