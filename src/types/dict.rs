//! A set of 32-bit handles by the hash of what they stand for: an extendible directory of small hashbrown tables
//! (Fagin, Nievergelt, Pippenger and Strong, 1979), as the keyspace has one for keys. A full segment splits in
//! two alone, so that no insert moves more than one segment; two sparse neighbours merge again.
//!
//! The handles' records belong to the caller, who passes `eq` and `hash_of` in. The hash is used in three parts:
//! hashbrown takes tags from the top and buckets from the bottom, the 48 bits between are the position, whose
//! order is the order of segments and of SCAN cursors.

use hashbrown::HashTable;

use super::arena::{Handle, malloc_cost};
use super::raw::prefetch;
use crate::base::rng::Rng;

/// Entries a segment holds before it splits: seven eighths of its buckets.
const SEGMENT_FULL: usize = SEGMENT_BUCKETS / 8 * 7;
/// Buckets of a segment that is full.
const SEGMENT_BUCKETS: usize = 512;
/// A segment without room splits from here on; below, deleted entries take its room and it is built anew.
const SPLIT_FROM: usize = 336;
/// A segment that falls to this many looks for its neighbour.
const SEGMENT_SPARSE: usize = 96;
/// Two neighbours merge when they hold at most this many together.
const MERGE_BELOW: usize = 192;
/// Deeper directories only come from equal hashes; such segments grow instead.
const MAX_DEPTH: u32 = 28;
/// Bits of the hash that hashbrown takes buckets of a full segment from.
const BUCKET_BITS: u32 = SEGMENT_BUCKETS.trailing_zeros();
/// Bits of a position, and so of a cursor: clients keep cursors in doubles.
const POSITION_BITS: u32 = 48;

#[derive(Debug)]
struct Segment {
    slots: HashTable<Handle>,
    /// How many position bits all its entries share.
    depth: u32,
    /// Those bits.
    lead: u32,
    /// Where hashbrown has the slots, seen on one of them: slot `i` ends `4 * i` bytes below. Only ever given to
    /// [`prefetch`], so it may be wrong.
    end: usize,
}

impl Clone for Segment {
    fn clone(&self) -> Self {
        let mut twin = Self { slots: self.slots.clone(), ..*self };
        twin.aim();
        twin
    }
}

impl Segment {
    /// Learns where the slots are, after they may have moved.
    fn aim(&mut self) {
        let first = self.slots.iter_buckets().next();
        self.end = first.and_then(|i| Some((i, self.slots.get_bucket(i)?))).map_or(0, |(i, slot)| {
            std::ptr::from_ref(slot).addr().wrapping_add((i + 1) * size_of::<Handle>())
        });
    }

    /// Asks for the slot where an entry most likely is while its tag is being looked at: one wait for memory
    /// instead of two.
    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "the low bits of the hash choose")]
    fn prefetch(&self, hash: u64) {
        let slot = hash as usize & self.slots.num_buckets().wrapping_sub(1);
        prefetch(self.end.wrapping_sub((slot + 1) * size_of::<Handle>()));
    }
}

/// See the module.
#[derive(Clone, Debug, Default)]
pub(crate) struct Dict {
    /// Segment index for each value of the leading position bits.
    dir: Vec<u32>,
    /// Without gaps: [`Dict::random`] draws from them.
    segments: Vec<Segment>,
    /// Position bits the directory looks at.
    depth: u32,
    /// The most buckets that a segment ever had, if more than [`SEGMENT_BUCKETS`].
    widest: usize,
    len: usize,
    /// What the tables of the segments cost.
    tables: usize,
}

#[inline]
fn position(hash: u64) -> u64 {
    (hash >> BUCKET_BITS) & ((1 << POSITION_BITS) - 1)
}

/// The leading `depth` bits of a position.
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "below 2^MAX_DEPTH, or past every directory")]
fn lead(position: u64, depth: u32) -> usize {
    (position >> (POSITION_BITS - depth)) as usize
}

fn cost(slots: &HashTable<Handle>) -> usize {
    malloc_cost(slots.allocation_size())
}

impl Dict {
    /// A dict whose first segment has room for what is expected, as far as one segment goes.
    pub(crate) fn with_capacity(expected: usize) -> Self {
        let mut dict = Self::default();
        if expected > 0 {
            let slots = HashTable::with_capacity(expected.min(SEGMENT_FULL));
            dict.tables = cost(&slots);
            dict.segments = Vec::from([Segment { slots, depth: 0, lead: 0, end: 0 }]);
            dict.dir = Vec::from([0]);
        }
        dict
    }

    /// Handles.
    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// All bytes that the dict holds, with the allocator's share.
    pub(crate) fn heap_bytes(&self) -> usize {
        self.tables
            + malloc_cost(self.dir.capacity() * size_of::<u32>())
            + malloc_cost(self.segments.capacity() * size_of::<Segment>())
    }

    /// Removes everything.
    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }

    #[inline]
    fn index(&self, hash: u64) -> Option<usize> {
        self.dir.get(lead(position(hash), self.depth)).map(|&i| i as usize)
    }

    /// The handle with this hash that `eq` says yes to.
    #[inline]
    pub(crate) fn find(&self, hash: u64, eq: impl Fn(Handle) -> bool) -> Option<Handle> {
        let segment = self.segments.get(self.index(hash)?)?;
        segment.prefetch(hash);
        segment.slots.find(hash, |&h| eq(h)).copied()
    }

    /// Puts another handle for the same thing in the place of one, which is the answer.
    pub(crate) fn replace(&mut self, hash: u64, eq: impl Fn(Handle) -> bool, new: Handle) -> Option<Handle> {
        let index = self.index(hash)?;
        let slot = self.segments.get_mut(index)?.slots.find_mut(hash, |&h| eq(h))?;
        Some(std::mem::replace(slot, new))
    }

    /// Inserts what is not there.
    pub(crate) fn insert(&mut self, hash: u64, handle: Handle, hash_of: impl Fn(Handle) -> u64) {
        if self.dir.is_empty() {
            *self = Self::with_capacity(1);
        }
        let place = |dict: &Self| dict.dir[lead(position(hash), dict.depth)] as usize;
        let mut index = place(self);
        loop {
            let Segment { slots, depth, .. } = &self.segments[index];
            if slots.len() < slots.capacity() {
                break;
            }
            if slots.len() >= SPLIT_FROM && *depth < MAX_DEPTH {
                self.split(index, &hash_of);
                index = place(self);
            } else {
                self.make_room(index, &hash_of);
            }
        }
        let segment = &mut self.segments[index];
        segment.slots.insert_unique(hash, handle, |&h| hash_of(h));
        if segment.end == 0 {
            segment.aim();
        }
        self.len += 1;
    }

    /// Takes out the handle with this hash that `eq` says yes to. Its record is not looked at afterwards.
    pub(crate) fn remove(
        &mut self,
        hash: u64,
        eq: impl Fn(Handle) -> bool,
        hash_of: impl Fn(Handle) -> u64,
    ) -> Option<Handle> {
        let index = self.index(hash)?;
        let slots = &mut self.segments.get_mut(index)?.slots;
        let (handle, _) = slots.find_entry(hash, |&h| eq(h)).ok()?.remove();
        let left = slots.len();
        self.len -= 1;
        if left <= SEGMENT_SPARSE && (left < 8 || left.is_multiple_of(8)) {
            self.tidy(index, &hash_of);
        }
        Some(handle)
    }

    /// Grows a segment's table without room, or builds it anew if deleted slots, not entries, fill it:
    /// hashbrown alone would grow past a segment's size.
    fn make_room(&mut self, index: usize, hash_of: &impl Fn(Handle) -> u64) {
        let slots = &mut self.segments[index].slots;
        let len = slots.len();
        let target =
            if len >= SEGMENT_FULL { len * 2 } else { (len + 1).next_power_of_two().min(SEGMENT_FULL) };
        let mut fresh = HashTable::with_capacity(target);
        for &handle in &*slots {
            fresh.insert_unique(hash_of(handle), handle, |&h| hash_of(h));
        }
        self.tables = self.tables - cost(slots) + cost(&fresh);
        if fresh.num_buckets() > SEGMENT_BUCKETS {
            self.widest = self.widest.max(fresh.num_buckets());
        }
        *slots = fresh;
        self.segments[index].aim();
    }

    /// Moves the entries of a full segment into two of one position bit more.
    fn split(&mut self, index: usize, hash_of: &impl Fn(Handle) -> u64) {
        let Segment { depth, lead: own, .. } = self.segments[index];
        if depth == self.depth {
            let mut wide = Vec::with_capacity(self.dir.len() * 2);
            wide.extend(self.dir.iter().flat_map(|&i| [i, i]));
            self.dir = wide;
            self.depth += 1;
        }
        let fresh =
            |lead| Segment { slots: HashTable::with_capacity(SEGMENT_FULL), depth: depth + 1, lead, end: 0 };
        let (mut lower, mut upper) = (fresh(own << 1), fresh(own << 1 | 1));
        let full = std::mem::take(&mut self.segments[index].slots);
        self.tables = self.tables + cost(&lower.slots) + cost(&upper.slots) - cost(&full);
        for handle in full {
            let hash = hash_of(handle);
            let half = if lead(position(hash), depth + 1) & 1 == 0 { &mut lower } else { &mut upper };
            half.slots.insert_unique(hash, handle, |&h| hash_of(h));
        }
        lower.aim();
        upper.aim();
        self.segments[index] = lower;
        self.segments.push(upper);
        self.point(self.segments.len() - 1);
    }

    /// Has the directory point to a segment from all of its places.
    fn point(&mut self, index: usize) {
        let Segment { depth, lead, .. } = self.segments[index];
        let below = self.depth - depth;
        let first = (lead as usize) << below;
        #[expect(clippy::cast_possible_truncation, reason = "segments are fewer than handles")]
        self.dir[first..first + (1 << below)].fill(index as u32);
    }

    /// Gives memory back after removals: merges a sparse segment with its neighbour, or shrinks it.
    fn tidy(&mut self, mut index: usize, hash_of: &impl Fn(Handle) -> u64) {
        if self.len == 0 {
            self.clear();
            return;
        }
        let mut merged = false;
        loop {
            let Segment { ref slots, depth, lead, .. } = self.segments[index];
            if depth == 0 {
                break;
            }
            let other = self.dir[(lead as usize ^ 1) << (self.depth - depth)] as usize;
            let neighbour = &self.segments[other];
            if neighbour.depth != depth || slots.len() + neighbour.slots.len() > MERGE_BELOW {
                break;
            }
            index = self.merge(index, other, hash_of);
            merged = true;
        }
        if merged {
            self.narrow();
        }
        let slots = &mut self.segments[index].slots;
        if slots.num_buckets() > 16 && slots.len() * 8 <= slots.num_buckets() / 8 * 7 {
            self.tables -= cost(slots);
            slots.shrink_to(slots.len() * 2, |&h| hash_of(h));
            self.tables += cost(slots);
            self.segments[index].aim();
        }
    }

    /// Moves the smaller of two neighbours into the other; answers where the result is.
    fn merge(&mut self, a: usize, b: usize, hash_of: &impl Fn(Handle) -> u64) -> usize {
        let (gone, mut kept) =
            if self.segments[a].slots.len() < self.segments[b].slots.len() { (a, b) } else { (b, a) };
        let moved = std::mem::take(&mut self.segments[gone].slots);
        let into = &mut self.segments[kept];
        self.tables -= cost(&moved) + cost(&into.slots);
        into.slots.reserve(moved.len(), |&h| hash_of(h));
        for handle in moved {
            into.slots.insert_unique(hash_of(handle), handle, |&h| hash_of(h));
        }
        self.tables += cost(&into.slots);
        into.aim();
        into.depth -= 1;
        into.lead >>= 1;
        // The last segment takes the place of the one that goes.
        self.segments.swap_remove(gone);
        if kept == self.segments.len() {
            kept = gone;
        } else if gone < self.segments.len() {
            self.point(gone);
        }
        self.point(kept);
        kept
    }

    /// Halves the directory while no segment needs its last bit. The look at all segments is paid for by the
    /// merges between two halvings.
    fn narrow(&mut self) {
        if self.segments.len() * 4 <= self.segments.capacity() {
            self.segments.shrink_to(self.segments.len() * 2);
        }
        if self.depth == 0 || self.segments.len() * 4 > self.dir.len() {
            return;
        }
        let deepest = self.segments.iter().map(|s| s.depth).max().unwrap_or(0);
        if deepest < self.depth {
            let step = 1usize << (self.depth - deepest);
            let mut narrow = Vec::with_capacity(1 << deepest);
            narrow.extend(self.dir.iter().step_by(step));
            self.dir = narrow;
            self.depth = deepest;
        }
    }

    /// Every handle, in no order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Handle> {
        self.segments.iter().flat_map(|s| s.slots.iter().copied())
    }

    /// Calls `take` with the handles at positions from `cursor` on, in their order, until at least `count` were
    /// given and no other has the same position. Answers the cursor to go on from, 0 at the end. What is there
    /// from the first call to the last is given at least once, whatever is inserted and removed between calls.
    pub(crate) fn scan(
        &self,
        cursor: u64,
        count: usize,
        hash_of: impl Fn(Handle) -> u64,
        mut take: impl FnMut(Handle),
    ) -> u64 {
        let mut given = 0;
        let mut at = lead(cursor, self.depth);
        let mut found: Vec<(u64, Handle)> = Vec::new();
        while let Some(&index) = self.dir.get(at) {
            let segment = &self.segments[index as usize];
            found.clear();
            let places = segment.slots.iter().map(|&h| (position(hash_of(h)), h));
            found.extend(places.filter(|f| f.0 >= cursor));
            found.sort_unstable_by_key(|f| f.0);
            let mut last = None;
            for &(place, handle) in &found {
                if given >= count.max(1) && last != Some(place) {
                    return place;
                }
                take(handle);
                given += 1;
                last = Some(place);
            }
            at = (segment.lead as usize + 1) << (self.depth - segment.depth);
        }
        0
    }

    /// Any handle, each with the same probability: one of all buckets is drawn, again until it is in use. All
    /// segments are taken to have as many buckets as the widest, so every bucket is as likely as every other.
    pub(crate) fn random(&self, rng: &mut Rng) -> Option<Handle> {
        if self.len == 0 {
            return None;
        }
        let wide = match &self.segments[..] {
            [only] => only.slots.num_buckets(),
            _ => self.widest.max(SEGMENT_BUCKETS),
        };
        loop {
            #[expect(clippy::cast_possible_truncation, reason = "below a product of sizes in memory")]
            let draw = rng.below((self.segments.len() * wide) as u64) as usize;
            if let Some(&handle) = self.segments[draw / wide].slots.get_bucket(draw % wide) {
                return Some(handle);
            }
        }
    }
}

#[cfg(test)]
#[path = "dict_tests.rs"]
mod tests;
