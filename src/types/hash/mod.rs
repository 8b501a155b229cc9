//! Hashes: fields with values, and perhaps with a time at which they expire.
//!
//! A small hash is one listpack (`pack.rs`): of field, value pairs, or once a field was to expire of field, value,
//! expiry triples, as Redis keeps and saves both. A large one is a packed map with an index by expiry (`table.rs`).
//! A hash grows from the first to the last and never goes back.
//!
//! A field whose expiry has passed stays until somebody removes it. Readers say what time it is and do not see it;
//! [`NOTHING_EXPIRES`] is a time at which all are seen.

mod pack;
pub(crate) mod saved;
mod table;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use super::arena::malloc_cost;
use super::limits::Limits;
use super::listpack::Item;
use crate::base::num;
use crate::base::rng::Rng;
use pack::Pack;
use table::Table;

/// A time at which nothing has expired.
pub(crate) const NOTHING_EXPIRES: i64 = i64::MIN;

/// Tries of a draw by chance before it looks at every field: more are needed only if most have expired.
const TRIES: u32 = 64;

/// Whether a field that expires at `at` is gone at `now`: like a key, it lives through the millisecond that is named.
#[inline]
fn is_gone(at: i64, now: i64) -> bool {
    now > at
}

/// A field, its value, and when it expires.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Field<'h> {
    /// The name.
    pub(crate) name: Item<'h>,
    /// The value.
    pub(crate) value: Item<'h>,
    /// Unix milliseconds.
    pub(crate) expiry: Option<i64>,
}

impl Field<'_> {
    #[inline]
    fn is_live(&self, now: i64) -> bool {
        self.expiry.is_none_or(|at| !is_gone(at, now))
    }
}

/// What came of [`Hash::update_in_place`].
pub(crate) enum Updated<E> {
    /// The new value, or the error that there is none.
    Done(Result<i64, E>),
    /// There is no such field.
    Absent,
    /// Memory has to change, or may have to.
    Not,
}

/// What setting a value does to the expiry of its field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ttl {
    /// Leaves it.
    Keep,
    /// Takes it away.
    Clear,
    /// Sets it, in Unix milliseconds.
    At(i64),
}

/// See the module.
#[derive(Debug, Clone)]
pub(crate) struct Hash(Repr);

#[derive(Debug, Clone)]
enum Repr {
    Pairs(Pack<2>),
    Triples(Pack<3>),
    Table(Box<Table>),
}

/// Calls the same function of each form.
macro_rules! each {
    ($hash:expr, $form:ident => $do:expr) => {
        match $hash {
            Repr::Pairs($form) => $do,
            Repr::Triples($form) => $do,
            Repr::Table($form) => $do,
        }
    };
}

impl Default for Hash {
    fn default() -> Self {
        Self(Repr::Pairs(Pack::new()))
    }
}

impl Hash {
    /// Whether nothing is in it: then its key goes.
    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Fields, those that have expired and are still there included.
    #[inline]
    pub(crate) fn len(&self) -> usize {
        each!(&self.0, form => form.len())
    }

    /// Bytes that it has on the heap, besides itself. In constant time.
    #[inline]
    pub(crate) fn heap_bytes(&self) -> usize {
        match &self.0 {
            Repr::Pairs(pack) => pack.heap_bytes(),
            Repr::Triples(pack) => pack.heap_bytes(),
            Repr::Table(table) => malloc_cost(size_of::<Table>()) + table.heap_bytes(),
        }
    }

    /// The name of its encoding, as OBJECT ENCODING tells it.
    pub(crate) fn encoding(&self) -> &'static str {
        match &self.0 {
            Repr::Pairs(_) => "listpack",
            Repr::Triples(_) => "listpackex",
            Repr::Table(_) => "hashtable",
        }
    }

    /// When the first of its fields expires.
    #[inline]
    pub(crate) fn earliest(&self) -> Option<i64> {
        match &self.0 {
            Repr::Pairs(_) => None,
            Repr::Triples(pack) => pack.earliest(),
            Repr::Table(table) => table.earliest(),
        }
    }

    /// Whether a field has expired and is still there.
    #[inline]
    pub(crate) fn is_due(&self, now: i64) -> bool {
        self.earliest().is_some_and(|at| is_gone(at, now))
    }

    /// A field by its name.
    #[inline]
    pub(crate) fn get(&self, name: &[u8], now: i64) -> Option<Field<'_>> {
        each!(&self.0, form => form.get(name)).filter(|field| field.is_live(now))
    }

    /// Sets a value; true if the field is new.
    pub(crate) fn set(&mut self, name: &[u8], value: &[u8], ttl: Ttl, limits: &Limits) -> bool {
        if matches!(ttl, Ttl::At(_)) {
            self.keep_expiries();
        }
        let longest = limits.hash_max_listpack_value();
        let fits = |has_room: bool| name.len() <= longest && value.len() <= longest && has_room;
        let new = match &mut self.0 {
            Repr::Pairs(pack) if fits(pack.has_room(name, value)) => pack.set(name, value),
            Repr::Triples(pack) if fits(pack.has_room(name, value)) => pack.set(name, value, ttl),
            _ => self.table(limits).set(name, value, ttl),
        };
        if !matches!(self.0, Repr::Table(_)) && self.len() > limits.hash_max_listpack_entries() {
            self.table(limits);
        }
        new
    }

    /// Sets the value of a field to the number that `change` makes of the old value; its expiry stays.
    pub(crate) fn update<E>(
        &mut self,
        name: &[u8],
        limits: &Limits,
        change: impl FnOnce(Option<Item<'_>>) -> Result<i64, E>,
    ) -> Result<i64, E> {
        let value = change(self.get(name, NOTHING_EXPIRES).map(|field| field.value))?;
        self.set(name, num::write_i64(&mut [0; 20], value), Ttl::Keep, limits);
        Ok(value)
    }

    /// [`Hash::update`] with one look-up and without any change of memory, if the field is there and that can be.
    pub(crate) fn update_in_place<E>(
        &mut self,
        name: &[u8],
        limits: &Limits,
        change: impl FnOnce(Item<'_>) -> Result<i64, E>,
    ) -> Updated<E> {
        let mut digits = [0; 20];
        match &mut self.0 {
            Repr::Table(table) => {
                let Some(handle) = table.handle_of(name) else { return Updated::Absent };
                let value = match change(table.field(handle).value) {
                    Ok(value) => value,
                    error => return Updated::Done(error),
                };
                if table.overwrite(handle, num::write_i64(&mut digits, value)) {
                    return Updated::Done(Ok(value));
                }
            }
            Repr::Pairs(pack) => {
                let Some(at) = pack.find(name) else { return Updated::Absent };
                let value = match change(pack.value(at)) {
                    Ok(value) => value,
                    error => return Updated::Done(error),
                };
                // Thresholds that came down meanwhile make a table of it.
                let stays = limits.hash_max_listpack_value() >= name.len().max(digits.len())
                    && pack.len() <= limits.hash_max_listpack_entries();
                if stays && pack.overwrite(at, Item::Int(value)) {
                    return Updated::Done(Ok(value));
                }
            }
            Repr::Triples(_) => {}
        }
        Updated::Not
    }

    /// Adds a field that is not there.
    pub(crate) fn insert(&mut self, name: &[u8], value: i64, limits: &Limits) {
        let mut digits = [0; 20];
        let longest = limits.hash_max_listpack_value();
        match &mut self.0 {
            Repr::Table(table) => table.insert(name, num::write_i64(&mut digits, value)),
            Repr::Pairs(pack)
                if longest >= name.len().max(digits.len())
                    && pack.has_room(name, &digits)
                    && pack.len() < limits.hash_max_listpack_entries() =>
            {
                pack.push(name, Item::Int(value));
            }
            _ => {
                self.set(name, num::write_i64(&mut digits, value), Ttl::Clear, limits);
            }
        }
    }

    /// Sets or takes away the expiry of a field; false if it is not there.
    pub(crate) fn set_expiry(&mut self, name: &[u8], expiry: Option<i64>) -> bool {
        if expiry.is_some() {
            self.keep_expiries();
        }
        match &mut self.0 {
            Repr::Pairs(pack) => pack.get(name).is_some(),
            Repr::Triples(pack) => pack.set_expiry(name, expiry),
            Repr::Table(table) => table.set_expiry(name, expiry),
        }
    }

    /// Removes a field, expired or not; false if it is not there.
    #[inline]
    pub(crate) fn remove(&mut self, name: &[u8]) -> bool {
        each!(&mut self.0, form => form.remove(name))
    }

    /// Removes a field that has expired; whether there was one.
    pub(crate) fn remove_gone(&mut self, name: &[u8], now: i64) -> bool {
        let field = each!(&self.0, form => form.get(name));
        field.is_some_and(|field| !field.is_live(now)) && self.remove(name)
    }

    /// Removes up to `most` fields that have expired, and answers their names.
    pub(crate) fn take_gone(&mut self, now: i64, most: usize) -> Vec<Vec<u8>> {
        let mut names = Vec::new();
        while names.len() < most && self.is_due(now) {
            let first = match &mut self.0 {
                Repr::Pairs(_) => None,
                Repr::Triples(pack) => pack.pop_first(),
                Repr::Table(table) => table.pop_earliest(),
            };
            match first {
                Some(name) => names.push(name),
                None => break,
            }
        }
        names
    }

    /// Lets fields have an expiry; it changes the name of a small hash's encoding, as it does in Redis even if no
    /// field is given one in the end.
    pub(crate) fn keep_expiries(&mut self) {
        if let Repr::Pairs(pack) = &self.0 {
            self.0 = Repr::Triples(pack.with_expiries());
        }
    }

    /// The large form.
    fn table(&mut self, limits: &Limits) -> &mut Table {
        let made = match &self.0 {
            Repr::Table(_) => None,
            Repr::Pairs(pack) => Some(Table::new(limits.seed(), pack.len(), pack.iter())),
            Repr::Triples(pack) => Some(Table::new(limits.seed(), pack.len(), pack.iter())),
        };
        if let Some(table) = made {
            self.0 = Repr::Table(Box::new(table));
        }
        match &mut self.0 {
            Repr::Table(table) => table,
            _ => unreachable!("just made"),
        }
    }

    /// Every field, expired ones included: a small hash's in Redis's order, a large one's in none.
    pub(crate) fn iter(&self) -> Fields<'_> {
        match &self.0 {
            Repr::Pairs(pack) => Fields::Pairs(pack.iter()),
            Repr::Triples(pack) => Fields::Triples(pack.iter()),
            Repr::Table(table) => Fields::Table(Box::new(table.iter())),
        }
    }

    /// Every field that is live.
    pub(crate) fn live(&self, now: i64) -> impl Iterator<Item = Field<'_>> {
        self.iter().filter(move |field| field.is_live(now))
    }

    /// [`Hash::live`] from the inside: one choice of the form for all fields.
    pub(crate) fn for_each_live<'h>(&'h self, now: i64, mut take: impl FnMut(Field<'h>)) {
        each!(&self.0, form => form.iter().filter(|field| field.is_live(now)).for_each(&mut take));
    }

    /// How many fields are live. Takes as long as there are others.
    pub(crate) fn live_len(&self, now: i64) -> usize {
        if !self.is_due(now) {
            return self.len();
        }
        match &self.0 {
            Repr::Pairs(pack) => pack.len(),
            Repr::Triples(pack) => pack.iter().filter(|field| field.is_live(now)).count(),
            Repr::Table(table) => table.len() - table.gone(now),
        }
    }

    /// A step of HSCAN: a small hash is given whole. Answers the cursor to go on from, 0 at the end.
    pub(crate) fn scan<'h>(
        &'h self,
        cursor: u64,
        count: usize,
        now: i64,
        mut take: impl FnMut(Field<'h>),
    ) -> u64 {
        if let Repr::Table(table) = &self.0 {
            let mut live = |field: Field<'h>| {
                if field.is_live(now) {
                    take(field);
                }
            };
            return table.scan(cursor, count, &mut live);
        }
        self.for_each_live(now, take);
        0
    }

    /// A live field, each with the same probability.
    pub(crate) fn random(&self, now: i64, rng: &mut Rng) -> Option<Field<'_>> {
        if self.is_empty() {
            return None;
        }
        for _ in 0..TRIES {
            let field = match &self.0 {
                Repr::Pairs(pack) => pack.nth(below(rng, pack.len())),
                Repr::Triples(pack) => pack.nth(below(rng, pack.len())),
                Repr::Table(table) => table.random(rng).map(|handle| table.field(handle)),
            };
            if let Some(field) = field.filter(|field| field.is_live(now)) {
                return Some(field);
            }
        }
        let live = self.live_len(now);
        if live == 0 {
            return None;
        }
        self.live(now).nth(below(rng, live))
    }

    /// Draws `count` live fields one after the other, each time from all of them. Without a live field nothing is
    /// drawn.
    pub(crate) fn draw<'h>(&'h self, count: usize, now: i64, rng: &mut Rng, mut take: impl FnMut(Field<'h>)) {
        if let Repr::Table(_) = &self.0
            && !self.is_due(now)
        {
            for _ in 0..count {
                self.random(now, rng).into_iter().for_each(&mut take);
            }
            return;
        }
        let all: Vec<Field<'h>> = self.live(now).collect();
        if !all.is_empty() {
            (0..count).for_each(|_| take(all[below(rng, all.len())]));
        }
    }

    /// Up to `count` different live fields, each set of so many with the same probability.
    pub(crate) fn sample<'h>(
        &'h self,
        count: usize,
        now: i64,
        rng: &mut Rng,
        mut take: impl FnMut(Field<'h>),
    ) {
        let live = self.live_len(now);
        if count >= live {
            return self.for_each_live(now, take);
        }
        if let Repr::Table(table) = &self.0
            && count <= live / 3
            && live >= table.len() / 2
        {
            let mut seen = BTreeSet::new();
            while seen.len() < count {
                let Some(handle) = table.random(rng) else { return };
                let field = table.field(handle);
                if field.is_live(now) && seen.insert(handle) {
                    take(field);
                }
            }
            return;
        }
        // Each field is taken with the probability that it is among those still wanted (Knuth's algorithm S).
        let (mut wanted, mut left) = (count, live);
        for field in self.live(now) {
            if wanted == 0 {
                return;
            }
            if below(rng, left) < wanted {
                take(field);
                wanted -= 1;
            }
            left -= 1;
        }
    }
}

/// A number below `n`, which is not 0.
fn below(rng: &mut Rng, n: usize) -> usize {
    usize::try_from(rng.below(n as u64)).unwrap_or(0)
}

/// The fields of a hash: see [`Hash::iter`].
pub(crate) enum Fields<'h> {
    /// Of a listpack of pairs.
    Pairs(pack::Iter<'h, 2>),
    /// Of a listpack of triples.
    Triples(pack::Iter<'h, 3>),
    /// Of a table.
    Table(Box<dyn Iterator<Item = Field<'h>> + 'h>),
}

impl<'h> Iterator for Fields<'h> {
    type Item = Field<'h>;

    #[inline]
    fn next(&mut self) -> Option<Field<'h>> {
        match self {
            Self::Pairs(fields) => fields.next(),
            Self::Triples(fields) => fields.next(),
            Self::Table(fields) => fields.next(),
        }
    }
}
