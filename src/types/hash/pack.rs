//! A small hash: one listpack of field, value pairs (`Pack<2>`), or of field, value, expiry triples (`Pack<3>`).
//!
//! Triples are in the order of their expiry, with 0 and at the end where there is none. So the first one is the next
//! to go, which is also how Redis keeps and saves them.

use super::super::arena::malloc_cost;
use super::super::listpack::{self, Item, Listpack, Pos};
use super::{Field, Ttl};

/// More than the heads and ends of a new entry's items.
const ITEM_OVERHEAD: usize = 32;
/// The expiry of a field that has none.
const NEVER: i64 = 0;

/// See the module.
#[derive(Debug, Clone)]
pub(super) struct Pack<const N: usize>(Listpack);

/// The fields of a pack.
pub(crate) struct Iter<'h, const N: usize>(listpack::Iter<'h>);

impl<'h, const N: usize> Iterator for Iter<'h, N> {
    type Item = Field<'h>;

    #[inline]
    fn next(&mut self) -> Option<Field<'h>> {
        let (name, value) = (self.0.next()?, self.0.next()?);
        let expiry = if N == 3 { expiry_of(self.0.next()?) } else { None };
        Some(Field { name, value, expiry })
    }
}

/// What the third item of a triple says.
fn expiry_of(item: Item<'_>) -> Option<i64> {
    match item {
        Item::Int(at) if at != NEVER => Some(at),
        _ => None,
    }
}

impl<const N: usize> Pack<N> {
    /// One without fields.
    pub(super) fn new() -> Self {
        Self(Listpack::new())
    }

    /// The fields of a listpack that has `N` items for each.
    pub(super) fn from_listpack(pack: Listpack) -> Self {
        Self(pack)
    }

    /// The listpack.
    pub(super) fn listpack(&self) -> &Listpack {
        &self.0
    }

    /// Fields.
    #[inline]
    pub(super) fn len(&self) -> usize {
        self.0.len() / N
    }

    pub(super) fn heap_bytes(&self) -> usize {
        malloc_cost(self.0.capacity())
    }

    /// Whether the listpack may grow by such a field.
    pub(super) fn has_room(&self, name: &[u8], value: &[u8]) -> bool {
        self.0.has_room(name.len().saturating_add(value.len()).saturating_add(ITEM_OVERHEAD))
    }

    #[inline]
    pub(super) fn iter(&self) -> Iter<'_, N> {
        Iter(self.0.iter())
    }

    #[inline]
    pub(super) fn find(&self, name: &[u8]) -> Option<Pos> {
        self.0.find(self.0.first()?, name, N - 1)
    }

    /// Where the value of the field at a position is.
    #[inline]
    fn value_at(&self, at: Pos) -> Pos {
        at + self.0.entry_len(at)
    }

    /// The value of the field at a position.
    #[inline]
    pub(super) fn value(&self, at: Pos) -> Item<'_> {
        self.0.get(self.value_at(at))
    }

    /// Overwrites the value of the field at a position by one as long; false if it is not.
    #[inline]
    pub(super) fn overwrite(&mut self, at: Pos, value: Item<'_>) -> bool {
        self.0.overwrite(self.value_at(at), value)
    }

    #[inline]
    fn field(&self, at: Pos) -> Option<Field<'_>> {
        Iter::<'_, N>(self.0.iter_from(at)).next()
    }

    #[inline]
    pub(super) fn get(&self, name: &[u8]) -> Option<Field<'_>> {
        self.field(self.find(name)?)
    }

    /// The field of an index.
    pub(super) fn nth(&self, index: usize) -> Option<Field<'_>> {
        self.field(self.0.seek(i64::try_from(index.checked_mul(N)?).ok()?)?)
    }

    pub(super) fn remove(&mut self, name: &[u8]) -> bool {
        let Some(at) = self.find(name) else { return false };
        self.0.remove_n(at, N);
        true
    }
}

impl Pack<2> {
    /// Sets a value; true if the field is new.
    pub(super) fn set(&mut self, name: &[u8], value: &[u8]) -> bool {
        if let Some(at) = self.find(name) {
            self.0.replace(self.value_at(at), Item::parse(value));
            return false;
        }
        self.push(name, Item::parse(value));
        true
    }

    /// Adds a field that is not there.
    pub(super) fn push(&mut self, name: &[u8], value: Item<'_>) {
        self.0.push_back(Item::Bytes(name));
        self.0.push_back(value);
    }

    /// The same fields with room for their expiries.
    pub(super) fn with_expiries(&self) -> Pack<3> {
        let mut pack = Listpack::with_capacity(self.0.byte_len() + 2 * self.len());
        for Field { name, value, .. } in self.iter() {
            pack.push_back(name);
            pack.push_back(value);
            pack.push_back(Item::Int(NEVER));
        }
        Pack(pack)
    }
}

impl Pack<3> {
    /// Sets a value; true if the field is new.
    pub(super) fn set(&mut self, name: &[u8], value: &[u8], ttl: Ttl) -> bool {
        let old = self.find(name).and_then(|at| Some((at, self.field(at)?.expiry)));
        let expiry = match ttl {
            Ttl::Keep => old.and_then(|(_, expiry)| expiry),
            Ttl::Clear => None,
            Ttl::At(at) => Some(at),
        };
        match old {
            Some((at, before)) if before.is_none() && expiry.is_none() || ttl == Ttl::Keep => {
                self.0.replace(self.value_at(at), Item::parse(value));
                return false;
            }
            Some((at, _)) => {
                self.0.remove_n(at, 3);
            }
            None => {}
        }
        self.put(Item::parse(name), Item::parse(value), expiry);
        old.is_none()
    }

    /// Sets or takes away an expiry; false if the field is not there.
    pub(super) fn set_expiry(&mut self, name: &[u8], expiry: Option<i64>) -> bool {
        let Some((at, field)) = self.find(name).and_then(|at| Some((at, self.field(at)?))) else {
            return false;
        };
        if field.expiry.is_some() || expiry.is_some() {
            let value = field.value.to_vec();
            self.0.remove_n(at, 3);
            self.put(Item::parse(name), Item::parse(&value), expiry);
        }
        true
    }

    /// Inserts a field where its expiry belongs: in front of those of the same time, as Redis does.
    fn put(&mut self, name: Item<'_>, value: Item<'_>, expiry: Option<i64>) {
        let mut at = self.0.end();
        if let Some(expiry) = expiry {
            let mut fields = self.iter();
            loop {
                let here = fields.0.pos();
                match fields.next() {
                    Some(Field { expiry: Some(other), .. }) if other < expiry => {}
                    _ => {
                        at = here;
                        break;
                    }
                }
            }
        }
        for item in [name, value, Item::Int(expiry.unwrap_or(NEVER))] {
            self.0.insert_before(at, item);
            at += self.0.entry_len(at);
        }
    }

    /// When the first field expires.
    #[inline]
    pub(super) fn earliest(&self) -> Option<i64> {
        self.iter().next()?.expiry
    }

    /// Removes the field that expires first; its name.
    pub(super) fn pop_first(&mut self) -> Option<Vec<u8>> {
        let first = self.0.first()?;
        let name = self.0.get(first).to_vec();
        self.0.remove_n(first, 3);
        Some(name)
    }
}
