//! Sets: different members, without order.
//!
//! A set of integers only is an [`intset`] up to `set-max-intset-entries`, named so. What is not, or no longer, is
//! named `hashtable` for good: with few short members it is a listpack, which is searched from its beginning, and
//! otherwise a [`PackedSet`]. `combine.rs` has intersection, union and difference, `chance.rs` members by chance.

mod chance;
pub(crate) mod combine;
mod intset;
mod saved;
#[cfg(test)]
mod set_tests;

use super::arena::malloc_cost;
use super::limits::Limits;
use super::listpack::{Item, Listpack};
use super::packed::PackedSet;
use crate::base::num;
use intset::IntSet;

/// A listpack of more members takes longer to search than a table.
const PACK_ENTRIES: usize = 32;
/// The same for long members: most of them are passed over, but all have to be moved.
const PACK_MEMBER: usize = 64;
/// Whatever the setting, an intset has no more members.
const INTS_MOST: usize = 1 << 30;

/// See the module.
#[derive(Clone)]
pub(crate) struct Set(Repr);

#[derive(Clone)]
enum Repr {
    Ints(IntSet),
    Pack(Listpack),
    Table(Box<PackedSet>),
}

/// Where a member is: good until the set changes, in a table until the member goes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub(crate) struct Place(usize);

impl std::fmt::Debug for Set {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Set({}, {})", self.encoding(), self.len())
    }
}

impl Set {
    /// One without members.
    pub(crate) fn new() -> Self {
        Self(Repr::Ints(IntSet::new()))
    }

    /// One without members that will be named `hashtable` whatever is added.
    fn unordered() -> Self {
        Self(Repr::Pack(Listpack::new()))
    }

    /// A set of these members, with the encoding that they get when they are added one by one.
    pub(crate) fn of<'i>(members: impl IntoIterator<Item = Item<'i>>, limits: &Limits) -> Self {
        let mut set = Self::new();
        members.into_iter().for_each(|member| {
            set.add_item(member, limits);
        });
        set
    }

    /// Whether nothing is in it: then its key goes.
    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        match &self.0 {
            Repr::Ints(ints) => ints.len() == 0,
            Repr::Pack(pack) => pack.is_empty(),
            Repr::Table(table) => table.is_empty(),
        }
    }

    /// Members.
    #[inline]
    pub(crate) fn len(&self) -> usize {
        match &self.0 {
            Repr::Ints(ints) => ints.len(),
            Repr::Pack(pack) => pack.len(),
            Repr::Table(table) => table.len(),
        }
    }

    /// Bytes that it has on the heap, besides itself. In constant time.
    #[inline]
    pub(crate) fn heap_bytes(&self) -> usize {
        match &self.0 {
            Repr::Ints(ints) => ints.heap_bytes(),
            Repr::Pack(pack) => malloc_cost(pack.capacity()),
            Repr::Table(table) => malloc_cost(size_of::<PackedSet>()) + table.heap_bytes(),
        }
    }

    /// The name of its encoding, as OBJECT ENCODING tells it.
    pub(crate) fn encoding(&self) -> &'static str {
        match &self.0 {
            Repr::Ints(_) => "intset",
            Repr::Pack(_) | Repr::Table(_) => "hashtable",
        }
    }

    /// Adds a member; false if it is there.
    #[inline]
    pub(crate) fn add(&mut self, member: &[u8], limits: &Limits) -> bool {
        match &mut self.0 {
            Repr::Table(table) => table.insert(member, &[]),
            Repr::Ints(_) => match num::parse_i64(member) {
                Some(value) => self.add_int(value, limits),
                None => self.add_text(member, limits),
            },
            Repr::Pack(_) => self.add_text(member, limits),
        }
    }

    /// [`Set::add`] of what another set holds.
    pub(crate) fn add_item(&mut self, member: Item<'_>, limits: &Limits) -> bool {
        match (&mut self.0, member) {
            (Repr::Ints(_), Item::Int(value)) => self.add_int(value, limits),
            _ => member.with_bytes(|text| self.add(text, limits)),
        }
    }

    fn add_int(&mut self, value: i64, limits: &Limits) -> bool {
        let Repr::Ints(ints) = &mut self.0 else {
            return Item::Int(value).with_bytes(|text| self.add(text, limits));
        };
        if !ints.insert(value) {
            return false;
        }
        if ints.len() > limits.set_max_intset_entries().min(INTS_MOST) {
            self.leave_ints(limits);
        }
        true
    }

    /// Adds a member that makes a hashtable of the set.
    fn add_text(&mut self, member: &[u8], limits: &Limits) -> bool {
        if let Repr::Ints(_) = self.0 {
            self.leave_ints(limits);
        }
        if let Repr::Pack(pack) = &mut self.0 {
            if pack.first().and_then(|first| pack.find(first, member, 0)).is_some() {
                return false;
            }
            if pack.len() < PACK_ENTRIES && member.len() <= PACK_MEMBER {
                pack.push_back(Item::Bytes(member));
                return true;
            }
            self.leave_pack(limits);
        }
        let Repr::Table(table) = &mut self.0 else { return false };
        table.insert(member, &[])
    }

    /// The integers, which are too many or get other company, become a hashtable.
    #[cold]
    fn leave_ints(&mut self, limits: &Limits) {
        let Repr::Ints(ints) = &self.0 else { return };
        self.0 = if ints.len() <= PACK_ENTRIES {
            let mut pack = Listpack::new();
            ints.iter().for_each(|value| pack.push_back(Item::Int(value)));
            Repr::Pack(pack)
        } else {
            Self::table(ints.iter().map(Item::Int), ints.len(), limits)
        };
    }

    #[cold]
    fn leave_pack(&mut self, limits: &Limits) {
        let Repr::Pack(pack) = &self.0 else { return };
        self.0 = Self::table(pack.iter(), pack.len(), limits);
    }

    fn table<'i>(members: impl Iterator<Item = Item<'i>>, len: usize, limits: &Limits) -> Repr {
        let mut table = PackedSet::with_capacity(limits.seed(), len + 1);
        members.for_each(|member| {
            member.with_bytes(|text| table.insert(text, &[]));
        });
        Repr::Table(Box::new(table))
    }

    /// Removes a member; false if it is not there.
    pub(crate) fn remove(&mut self, member: &[u8]) -> bool {
        if let Repr::Table(table) = &mut self.0 {
            return table.remove(member);
        }
        let place = self.find(member);
        if let Some(place) = place {
            self.remove_at(place);
        }
        place.is_some()
    }

    /// Where a member is.
    fn find(&self, member: &[u8]) -> Option<Place> {
        match &self.0 {
            Repr::Ints(ints) => ints.find(num::parse_i64(member)?).map(Place),
            Repr::Pack(pack) => pack.find(pack.first()?, member, 0).map(Place),
            Repr::Table(table) => table.handle_of(member).map(|handle| Place(handle as usize)),
        }
    }

    /// Whether a member is there.
    #[inline]
    pub(crate) fn contains(&self, member: &[u8]) -> bool {
        match &self.0 {
            Repr::Table(table) => table.contains(member),
            _ => self.find(member).is_some(),
        }
    }

    /// [`Set::contains`] of what another set holds.
    #[inline]
    pub(crate) fn contains_item(&self, member: Item<'_>) -> bool {
        match (&self.0, member) {
            (Repr::Ints(ints), Item::Int(value)) => ints.find(value).is_some(),
            _ => member.with_bytes(|text| self.contains(text)),
        }
    }

    /// The member at a place.
    #[inline]
    pub(crate) fn at(&self, place: Place) -> Item<'_> {
        match &self.0 {
            Repr::Ints(ints) => Item::Int(ints.get(place.0).unwrap_or_default()),
            Repr::Pack(pack) => pack.get(place.0),
            Repr::Table(table) => Item::Bytes(table.record(handle(place)).key()),
        }
    }

    /// Removes the member at a place.
    pub(crate) fn remove_at(&mut self, place: Place) {
        match &mut self.0 {
            Repr::Ints(ints) => ints.remove_at(place.0),
            Repr::Pack(pack) => {
                pack.remove(place.0);
            }
            Repr::Table(table) => {
                table.remove_handle(handle(place));
            }
        }
    }

    /// Removes the members at these places, each named once, in any order.
    fn remove_places(&mut self, mut places: Vec<Place>) {
        match &mut self.0 {
            Repr::Table(table) => places.into_iter().for_each(|place| {
                table.remove_handle(handle(place));
            }),
            Repr::Ints(ints) => {
                places.sort_unstable();
                let indices: Vec<usize> = places.into_iter().map(|place| place.0).collect();
                ints.remove_all(&indices);
            }
            Repr::Pack(pack) => {
                // Places in front of a removed one stay as they are.
                places.sort_unstable();
                places.into_iter().rev().for_each(|place| {
                    pack.remove(place.0);
                });
            }
        }
    }

    /// All members, integers in ascending order, others in none.
    #[inline]
    pub(crate) fn iter(&self) -> impl Iterator<Item = Item<'_>> {
        let (ints, pack, table) = match &self.0 {
            Repr::Ints(ints) => (Some(ints), None, None),
            Repr::Pack(pack) => (None, Some(pack), None),
            Repr::Table(table) => (None, None, Some(table)),
        };
        let ints = ints.into_iter().flat_map(|ints| ints.iter().map(Item::Int));
        let pack = pack.into_iter().flat_map(Listpack::iter);
        let table = table.into_iter().flat_map(|table| table.iter().map(|r| Item::Bytes(r.key())));
        ints.chain(pack).chain(table)
    }

    /// All places, in the order of [`Set::iter`].
    fn places(&self) -> Vec<Place> {
        match &self.0 {
            Repr::Ints(ints) => (0..ints.len()).map(Place).collect(),
            Repr::Pack(pack) => {
                let mut next = pack.first();
                let step = std::iter::from_fn(|| {
                    let here = next?;
                    next = pack.next(here);
                    Some(Place(here))
                });
                step.collect()
            }
            Repr::Table(table) => table.handles().map(|handle| Place(handle as usize)).collect(),
        }
    }

    /// Calls `take` with at least `count` members from a cursor on, if there are as many, and answers the cursor to
    /// go on from, 0 at the end. A member that is there from the first call to the last is given at least once. What
    /// is not a table is given whole.
    pub(crate) fn scan<'s>(&'s self, cursor: u64, count: usize, mut take: impl FnMut(Item<'s>)) -> u64 {
        match &self.0 {
            Repr::Table(table) => table.scan(cursor, count, |record| take(Item::Bytes(record.key()))),
            _ => {
                self.iter().for_each(take);
                0
            }
        }
    }
}

/// The handle that a place in a table is.
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "it was one of 32 bits")]
fn handle(place: Place) -> u32 {
    place.0 as u32
}
