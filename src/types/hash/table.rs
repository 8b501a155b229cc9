//! A large hash: a packed map, whose records hold their expiry, and the expiries in their order.

use std::collections::BTreeSet;
use std::fmt;

use super::super::arena::Handle;
use super::super::listpack::Item;
use super::super::packed::{PackedHash, Record};
use super::{Field, Ttl};
use crate::base::rng::Rng;

/// What an expiry costs in the tree: 16 bytes in nodes that are two thirds full, and its share of what is above them.
const TIMER_COST: usize = 28;

/// See the module.
#[derive(Clone)]
pub(super) struct Table {
    map: PackedHash,
    /// The expiries of all fields that have one, with the handles of their records.
    timers: BTreeSet<(i64, Handle)>,
}

impl fmt::Debug for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Table").field("len", &self.map.len()).field("timers", &self.timers.len()).finish()
    }
}

fn field_of(record: Record<'_>) -> Field<'_> {
    Field { name: Item::Bytes(record.key()), value: Item::Bytes(record.payload()), expiry: record.expiry() }
}

impl Table {
    /// A table of these fields; `expected` is their number.
    pub(super) fn new<'f>(seed: u64, expected: usize, fields: impl Iterator<Item = Field<'f>>) -> Self {
        let mut table = Self { map: PackedHash::with_capacity(seed, expected), timers: BTreeSet::new() };
        for Field { name, value, expiry } in fields {
            let ttl = expiry.map_or(Ttl::Clear, Ttl::At);
            name.with_bytes(|name| value.with_bytes(|value| table.set(name, value, ttl)));
        }
        table
    }

    #[inline]
    pub(super) fn len(&self) -> usize {
        self.map.len()
    }

    pub(super) fn heap_bytes(&self) -> usize {
        self.map.heap_bytes() + self.timers.len() * TIMER_COST
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = Field<'_>> {
        self.map.iter().map(field_of)
    }

    #[inline]
    pub(super) fn get(&self, name: &[u8]) -> Option<Field<'_>> {
        self.map.get(name).map(field_of)
    }

    /// Adds a field that is not there.
    pub(super) fn insert(&mut self, name: &[u8], value: &[u8]) {
        self.map.insert_new(name, value);
    }

    /// The handle of a field.
    #[inline]
    pub(super) fn handle_of(&self, name: &[u8]) -> Option<Handle> {
        self.map.handle_of(name)
    }

    /// Overwrites the value of a field by one as long; false if it is not.
    #[inline]
    pub(super) fn overwrite(&mut self, handle: Handle, value: &[u8]) -> bool {
        let place = self.map.payload_mut(handle);
        let fits = place.len() == value.len();
        if fits {
            place.copy_from_slice(value);
        }
        fits
    }

    /// The field of a handle.
    #[inline]
    pub(super) fn field(&self, handle: Handle) -> Field<'_> {
        field_of(self.map.record(handle))
    }

    /// Any field's handle, each with the same probability.
    pub(super) fn random(&self, rng: &mut Rng) -> Option<Handle> {
        self.map.random(rng)
    }

    pub(super) fn scan<'h>(&'h self, cursor: u64, count: usize, take: &mut impl FnMut(Field<'h>)) -> u64 {
        self.map.scan(cursor, count, |record| take(field_of(record)))
    }

    /// Sets a value; true if the field is new.
    pub(super) fn set(&mut self, name: &[u8], value: &[u8], ttl: Ttl) -> bool {
        if self.timers.is_empty() && !matches!(ttl, Ttl::At(_)) {
            return self.map.insert(name, value);
        }
        let before = self.disarm(name);
        let expiry = match ttl {
            Ttl::Keep => before,
            Ttl::Clear => None,
            Ttl::At(at) => Some(at),
        };
        let new = self.map.insert_with(name, value, expiry);
        self.arm(name, expiry);
        new
    }

    /// Sets or takes away an expiry; false if the field is not there.
    pub(super) fn set_expiry(&mut self, name: &[u8], expiry: Option<i64>) -> bool {
        self.disarm(name);
        let found = self.map.set_expiry(name, expiry);
        if found {
            self.arm(name, expiry);
        }
        found
    }

    pub(super) fn remove(&mut self, name: &[u8]) -> bool {
        if !self.timers.is_empty() {
            self.disarm(name);
        }
        self.map.remove(name)
    }

    /// Takes the expiry of a field out of the order; what it is. Its record is about to move or go.
    fn disarm(&mut self, name: &[u8]) -> Option<i64> {
        let handle = self.map.handle_of(name)?;
        let at = self.map.record(handle).expiry()?;
        self.timers.remove(&(at, handle));
        Some(at)
    }

    /// Puts the expiry of a field into the order, after its record has moved.
    fn arm(&mut self, name: &[u8], expiry: Option<i64>) {
        if let Some(at) = expiry
            && let Some(handle) = self.map.handle_of(name)
        {
            self.timers.insert((at, handle));
        }
    }

    /// When the first field expires.
    #[inline]
    pub(super) fn earliest(&self) -> Option<i64> {
        self.timers.first().map(|&(at, _)| at)
    }

    /// How many fields have expired at `now`.
    pub(super) fn gone(&self, now: i64) -> usize {
        self.timers.range(..(now, 0)).count()
    }

    /// Removes the field that expires first; its name.
    pub(super) fn pop_earliest(&mut self) -> Option<Vec<u8>> {
        let (_, handle) = self.timers.pop_first()?;
        let name = self.map.record(handle).key().to_vec();
        self.map.remove_handle(handle);
        Some(name)
    }
}
