//! The keys of one logical database in one shard: an extendible directory of small hashbrown tables (Fagin,
//! Nievergelt, Pippenger and Strong, 1979). A full segment splits in two alone, so that no insert ever moves
//! more than one segment; two sparse neighbours merge again.
//!
//! The order of the hash's position bits is the order of segments, which makes a SCAN cursor a position that
//! survives splits and merges.

mod guard;

use hashbrown::HashTable;

pub(crate) use guard::EntryGuard;

use super::due;
use super::raw::{Entry, NewValue};
use super::save::Saving;
use super::shard::Account;
use super::slab::malloc_cost;
use super::space::Hasher;
use crate::types::object::Object;
use crate::types::raw::prefetch;

/// Entries a segment holds before it splits: seven eighths of 512 slots.
const SEGMENT_FULL: usize = 448;
/// A segment that falls to this many looks for its neighbour.
const SEGMENT_SPARSE: usize = 96;
/// Keys of a segment at most, when their number is known beforehand.
const EXPECTED: usize = 320;
/// The deepest directory that is made beforehand.
const EXPECT_DEPTH: u32 = 20;
/// Two neighbours merge when they hold at most this many together.
const MERGE_BELOW: usize = 192;
/// Deeper directories only come from equal hashes; such segments grow instead.
const MAX_DEPTH: u32 = 28;
/// What `min_expire` says when no key of the segment has an expiry.
const NEVER: i64 = i64::MAX;

/// On one cache line: a look-up waits for it.
#[repr(align(64))]
struct Segment {
    slots: HashTable<Entry>,
    /// Where hashbrown has the slots, seen on one of them: slot `i` ends `8 * i` bytes below. Only ever given to
    /// [`prefetch`], so it may be wrong.
    end: usize,
    /// How many position bits all its entries share.
    depth: u32,
    /// Keys with an expiry.
    volatile: u32,
    /// Keys with fields that have one.
    fielded: u32,
    /// No key of the segment, and no field of one, expires before this; may be too early, never too late.
    min_expire: i64,
}

impl Segment {
    fn with_capacity(depth: u32, capacity: usize) -> Self {
        let slots = HashTable::with_capacity(capacity);
        Self { slots, end: 0, depth, volatile: 0, fielded: 0, min_expire: NEVER }
    }

    /// Learns where the slots are, after they may have moved.
    fn aim(&mut self) {
        let first = self.slots.iter_buckets().next();
        self.end = first.and_then(|i| Some((i, self.slots.get_bucket(i)?))).map_or(0, |(i, slot)| {
            std::ptr::from_ref(slot).addr().wrapping_add((i + 1) * size_of::<Entry>())
        });
    }

    /// Asks for the slot where a key most likely is while its tag is being looked at: one wait for memory
    /// instead of two.
    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "the low bits of the hash choose")]
    fn prefetch(&self, hash: u64) {
        let slot = hash as usize & self.slots.num_buckets().wrapping_sub(1);
        prefetch(self.end.wrapping_sub((slot + 1) * size_of::<Entry>()));
    }

    /// Asks for the tags and the slot where a key most likely is.
    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "the low bits of the hash choose")]
    fn prefetch_tags(&self, hash: u64) {
        let group = hash as usize & self.slots.num_buckets().wrapping_sub(1);
        prefetch(self.end.wrapping_add(group));
        self.prefetch(hash);
    }

    fn cost(&self) -> usize {
        let slots = self.slots.allocation_size();
        size_of::<Self>() + if slots == 0 { 0 } else { malloc_cost(slots) }
    }

    /// Counts an entry that is about to come in.
    fn note(&mut self, entry: &Entry) {
        self.volatile += u32::from(entry.has_expire());
        self.fielded += u32::from(entry.fields_expire());
        self.min_expire = self.min_expire.min(entry.earliest().unwrap_or(NEVER));
    }
}

/// See the module. What a look-up reads comes first, on one cache line.
#[derive(Default)]
#[repr(C, align(64))]
pub(crate) struct Table {
    /// Segment index for each value of the leading position bits.
    dir: Vec<u32>,
    segments: Vec<Segment>,
    /// Position bits the directory looks at.
    depth: u32,
    /// Unused places in `segments`.
    free: Vec<u32>,
    len: usize,
    volatile: usize,
    fielded: usize,
    /// Bytes of the entries.
    cost: usize,
    /// The logical database it was at the last snapshot's cut, and that snapshot if its walk is through here.
    origin: u32,
    saved: u32,
    /// Where the walk goes on: position, and bucket in the segment there.
    save_from: u64,
    save_bucket: usize,
}

/// Leaves a copy of an entry that the snapshot does not have yet.
#[inline(always)]
fn keep(account: &Account, origin: u32, entry: &Entry) {
    if let Some(saving) = &account.saving
        && entry.phase() != saving.phase()
    {
        saving.keep(origin, entry);
    }
}

/// What the active expiry takes out.
#[derive(Default)]
pub(crate) struct Gone {
    /// Keys whose time had come.
    pub(crate) entries: Vec<Entry>,
    /// Fields whose time had come, each hash's with its key.
    pub(crate) fields: Vec<(Vec<u8>, Vec<Vec<u8>>)>,
    /// Keys that had no other fields.
    pub(crate) spent: Vec<Entry>,
}

impl Gone {
    /// Whether it is nothing.
    pub(crate) fn is_empty(&self) -> bool {
        self.entries.is_empty() && self.fields.is_empty()
    }
}

/// Where an entry is, until its table changes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Slot {
    segment: u32,
    bucket: u32,
    /// The entry has an expiry.
    pub(crate) volatile: bool,
}

/// The leading `depth` bits of a position.
#[inline]
fn lead(position: u64, depth: u32) -> usize {
    // Two shifts, because a shift by 64 is not allowed; the result is below 2^MAX_DEPTH.
    ((position >> 1) >> (63 - depth)) as usize
}

impl Table {
    /// Keys, expired ones included.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Keys with an expiry.
    pub(crate) fn volatile(&self) -> usize {
        self.volatile
    }

    /// Whether a key, or a field of one, has an expiry.
    pub(crate) fn may_expire(&self) -> bool {
        self.volatile > 0 || self.fielded > 0
    }

    /// Bytes of the entries.
    pub(crate) fn entries_cost(&self) -> usize {
        self.cost
    }

    /// Bytes of directory and segments, without the entries.
    pub(crate) fn overhead(&self) -> usize {
        let places = self.segments.iter().map(Segment::cost).sum::<usize>();
        self.dir.capacity() * 4 + places - self.free.len() * size_of::<Segment>()
    }

    #[inline]
    fn segment_at(&self, position: u64) -> Option<u32> {
        self.dir.get(lead(position, self.depth)).copied()
    }

    /// Where the entry of a key is.
    #[inline(always)]
    pub(crate) fn find(&self, hash: u64, key: &[u8], hasher: &Hasher) -> Option<Slot> {
        let index = self.segment_at(hasher.position(hash))?;
        let segment = self.segments.get(index as usize)?;
        segment.prefetch(hash);
        let mut volatile = false;
        let bucket = segment.slots.find_bucket_index(hash, |e| {
            volatile = e.has_expire();
            e.is(key)
        })?;
        #[expect(clippy::cast_possible_truncation, reason = "a segment has some hundred slots")]
        let bucket = bucket as u32;
        Some(Slot { segment: index, bucket, volatile })
    }

    /// The entry of a key. With `HOT` the search is expanded in its caller, of which there is to be one: the
    /// compiler does so with what is called once.
    #[inline(always)]
    pub(crate) fn get<const HOT: bool>(&self, hash: u64, key: &[u8], hasher: &Hasher) -> Option<&Entry> {
        let segment = self.segments.get(self.segment_at(hasher.position(hash))? as usize)?;
        segment.prefetch(hash);
        segment.slots.find(hash, |e| e.is(key))
    }

    /// A look-up in steps for the look-ups of several keys, which wait for memory together that way: each step asks
    /// for what the next one reads. This is the first; [`Table::get`] comes after the last.
    #[inline]
    pub(crate) fn approach_segment(&self, hash: u64, hasher: &Hasher) {
        if let Some(segment) = self.segment_of(hash, hasher) {
            prefetch(std::ptr::from_ref(segment).addr());
        }
    }

    /// See [`Table::approach_segment`].
    #[inline]
    pub(crate) fn approach_slot(&self, hash: u64, hasher: &Hasher) {
        if let Some(segment) = self.segment_of(hash, hasher) {
            segment.prefetch_tags(hash);
        }
    }

    /// See [`Table::approach_segment`]. The first entry with the key's tag is nearly always the key's.
    #[inline]
    pub(crate) fn approach_entry(&self, hash: u64, hasher: &Hasher) {
        if let Some(segment) = self.segment_of(hash, hasher) {
            segment.slots.find(hash, |e| {
                e.prefetch();
                true
            });
        }
    }

    #[inline]
    fn segment_of(&self, hash: u64, hasher: &Hasher) -> Option<&Segment> {
        self.segments.get(self.segment_at(hasher.position(hash))? as usize)
    }

    /// The entry at a slot.
    #[inline]
    pub(crate) fn at(&self, slot: Slot) -> Option<&Entry> {
        self.segments.get(slot.segment as usize)?.slots.get_bucket(slot.bucket as usize)
    }

    fn entry_mut(&mut self, slot: Slot) -> Option<&mut Entry> {
        self.segments.get_mut(slot.segment as usize)?.slots.get_bucket_mut(slot.bucket as usize)
    }

    /// The entry at a slot, to change it; `hash` is its key's. Whoever asks looks at it first by `mark`.
    #[inline(always)]
    pub(crate) fn at_mut<'t>(
        &'t mut self,
        slot: Slot,
        hash: u64,
        hasher: &'t Hasher,
        account: &'t mut Account,
        mark: impl FnOnce(&Entry),
    ) -> Option<EntryGuard<'t>> {
        let entry = self.at(slot)?;
        keep(account, self.origin, entry);
        mark(entry);
        Some(EntryGuard::new(self, account, hasher, slot, hash))
    }

    /// Replaces the value of a key in place if nothing but its bytes changes by that: its cost does not, and it
    /// has no expiry. Then `mark` is called and the answer is true; false means that more is to be done, `None`
    /// that there is no such key. `HOT` as for [`Table::get`].
    #[inline(always)]
    #[expect(clippy::too_many_arguments, reason = "the hottest call: what it needs is apart in its callers")]
    pub(crate) fn overwrite<const HOT: bool>(
        &mut self,
        hash: u64,
        key: &[u8],
        value: &NewValue<'_>,
        raw: bool,
        hasher: &Hasher,
        account: &Account,
        mark: impl FnOnce(&Entry),
    ) -> Option<bool> {
        let index = self.segment_at(hasher.position(hash))?;
        let segment = self.segments.get_mut(index as usize)?;
        segment.prefetch(hash);
        let entry = segment.slots.find_mut(hash, |e| e.is(key))?;
        if entry.has_expire() {
            return Some(false);
        }
        keep(account, self.origin, entry);
        if !entry.overwrite(value, raw) {
            return Some(false);
        }
        mark(entry);
        Some(true)
    }

    /// Makes room for about `keys` keys in a table that never had one, so that none is moved by splits.
    pub(crate) fn expect(&mut self, keys: usize, account: &mut Account) {
        if !self.dir.is_empty() || keys < SEGMENT_FULL {
            return;
        }
        // Between a third and two thirds full, so that hardly a segment has more than it takes.
        let count = (keys / EXPECTED).next_power_of_two().min(1 << EXPECT_DEPTH);
        self.depth = count.trailing_zeros();
        let room = if keys / count > SEGMENT_FULL / 2 { SEGMENT_FULL } else { SEGMENT_FULL / 2 };
        self.segments.extend((0..count).map(|_| Segment::with_capacity(self.depth, room)));
        self.dir = (0..count).map(|i| u32::try_from(i).unwrap_or(u32::MAX)).collect();
        account.add(self.overhead());
    }

    /// Inserts a key that is not there.
    pub(crate) fn insert(&mut self, hash: u64, entry: Entry, hasher: &Hasher, account: &mut Account) {
        let position = hasher.position(hash);
        if entry.phase() != account.phase {
            entry.set_phase(account.phase);
        }
        if self.dir.is_empty() {
            self.segments.push(Segment::with_capacity(0, 0));
            self.dir.push(0);
            account.add(self.overhead());
        }
        let mut index = self.dir[lead(position, self.depth)] as usize;
        while self.segments[index].slots.len() >= SEGMENT_FULL && self.segments[index].depth < MAX_DEPTH {
            self.split(index, position, hasher, account);
            index = self.dir[lead(position, self.depth)] as usize;
        }
        let segment = &mut self.segments[index];
        account.add(entry.cost());
        self.cost += entry.cost();
        segment.note(&entry);
        self.volatile += usize::from(entry.has_expire());
        self.fielded += usize::from(entry.fields_expire());
        self.len += 1;
        let moved = segment.slots.len() == segment.slots.capacity();
        if moved {
            let before = segment.cost();
            self.save_bucket = 0;
            make_room(&mut segment.slots, hasher);
            account.change(before, segment.cost());
        }
        let first = segment.slots.is_empty();
        segment.slots.insert_unique(hash, entry, |e| hasher.hash(e.key()));
        if moved || first {
            segment.aim();
        }
    }

    /// Takes the entry at a slot out; `hash` is its key's.
    pub(crate) fn take(
        &mut self,
        slot: Slot,
        hash: u64,
        hasher: &Hasher,
        account: &mut Account,
    ) -> Option<Entry> {
        let (position, index) = (hasher.position(hash), slot.segment as usize);
        let segment = self.segments.get_mut(index)?;
        let (entry, _) = segment.slots.get_bucket_entry(slot.bucket as usize).ok()?.remove();
        keep(account, self.origin, &entry);
        account.sub(entry.cost());
        self.cost -= entry.cost();
        self.len -= 1;
        if entry.has_expire() {
            segment.volatile -= 1;
            self.volatile -= 1;
        }
        if entry.fields_expire() {
            segment.fielded -= 1;
            self.fielded -= 1;
        }
        if segment.slots.len() <= SEGMENT_SPARSE && segment.slots.len().is_multiple_of(8) {
            self.tidy(index, position, hasher, account);
        }
        Some(entry)
    }

    /// Moves the entries of a full segment into two of one position bit more.
    fn split(&mut self, index: usize, position: u64, hasher: &Hasher, account: &mut Account) {
        let depth = self.segments[index].depth;
        self.save_bucket = 0;
        if depth == self.depth {
            let wide = self.dir.iter().flat_map(|&i| [i, i]).collect::<Vec<_>>();
            account.change(self.dir.capacity() * 4, wide.capacity() * 4);
            self.dir = wide;
            self.depth += 1;
        }
        let mut full = std::mem::replace(&mut self.segments[index], Segment::with_capacity(depth + 1, 0));
        let high = |e: &Entry| lead(hasher.position(hasher.hash(e.key())), depth + 1) & 1 == 1;
        let moved = full.slots.extract_if(|e| high(e)).collect::<Vec<_>>();
        let room = |n: usize| n.max(SEGMENT_FULL / 2);
        let mut upper = Segment::with_capacity(depth + 1, room(moved.len()));
        let mut lower = Segment::with_capacity(depth + 1, room(full.slots.len()));
        for (segment, entries) in [(&mut upper, moved), (&mut lower, full.slots.drain().collect::<Vec<_>>())]
        {
            for entry in entries {
                segment.note(&entry);
                let hash = hasher.hash(entry.key());
                segment.slots.insert_unique(hash, entry, |e| hasher.hash(e.key()));
            }
        }
        account.change(full.cost(), upper.cost() + lower.cost());
        upper.aim();
        lower.aim();
        self.segments[index] = lower;
        let fresh = self.place(upper);
        // The segment's run in the directory: all values of the bits below its own.
        let run = 1usize << (self.depth - depth);
        let first = lead(position, depth) << (self.depth - depth);
        self.dir[first + run / 2..first + run].fill(fresh);
    }

    fn place(&mut self, segment: Segment) -> u32 {
        if let Some(i) = self.free.pop() {
            self.segments[i as usize] = segment;
            return i;
        }
        self.segments.push(segment);
        u32::try_from(self.segments.len() - 1).unwrap_or(u32::MAX)
    }

    /// Gives memory back after removals: merges a sparse segment with its neighbour, or shrinks it.
    fn tidy(&mut self, index: usize, position: u64, hasher: &Hasher, account: &mut Account) {
        self.save_bucket = 0;
        if self.len == 0 {
            account.sub(self.overhead());
            // What there was is given out or left for the walk.
            let Self { origin, saved, save_from, .. } = *self;
            *self = Self { origin, saved, save_from, ..Self::default() };
            return;
        }
        let depth = self.segments[index].depth;
        if depth > 0 {
            let own = lead(position, depth);
            let other = self.dir[(own ^ 1) << (self.depth - depth)] as usize;
            let both = self.segments[index].slots.len() + self.segments[other].slots.len();
            if self.segments[other].depth == depth && both <= MERGE_BELOW {
                self.merge(index, other, own, hasher, account);
                return;
            }
        }
        let segment = &mut self.segments[index];
        if segment.slots.capacity() > 28 && segment.slots.len() * 4 <= segment.slots.capacity() {
            let before = segment.cost();
            segment.slots.shrink_to(segment.slots.len() * 2, |e| hasher.hash(e.key()));
            segment.aim();
            account.change(before, segment.cost());
        }
    }

    fn merge(&mut self, index: usize, other: usize, own: usize, hasher: &Hasher, account: &mut Account) {
        let depth = self.segments[index].depth;
        let gone = std::mem::replace(&mut self.segments[other], Segment::with_capacity(0, 0));
        let before = gone.cost() + self.segments[index].cost();
        let kept = &mut self.segments[index];
        kept.depth = depth - 1;
        kept.volatile += gone.volatile;
        kept.fielded += gone.fielded;
        kept.min_expire = kept.min_expire.min(gone.min_expire);
        for entry in gone.slots {
            let hash = hasher.hash(entry.key());
            kept.slots.insert_unique(hash, entry, |e| hasher.hash(e.key()));
        }
        kept.aim();
        account.change(before, self.segments[index].cost());
        let run = 1usize << (self.depth - depth + 1);
        let first = (own >> 1) << (self.depth - depth + 1);
        let (kept, gone) = (u32::try_from(index).unwrap_or(0), u32::try_from(other).unwrap_or(0));
        self.dir[first..first + run].fill(kept);
        self.free.push(gone);
        self.narrow(account);
    }

    /// Halves the directory while no segment needs its last bit. The look at all segments is paid for by the
    /// merges between two halvings.
    fn narrow(&mut self, account: &mut Account) {
        let used = self.segments.len() - self.free.len();
        if self.depth == 0 || used * 4 > self.dir.len() {
            return;
        }
        let deepest = self.dir.iter().map(|&i| self.segments[i as usize].depth).max().unwrap_or(0);
        if deepest < self.depth {
            let step = 1usize << (self.depth - deepest);
            let narrow = self.dir.iter().step_by(step).copied().collect::<Vec<_>>();
            account.change(self.dir.capacity() * 4, narrow.capacity() * 4);
            self.dir = narrow;
            self.depth = deepest;
        }
    }

    /// Calls `take` with the entries at positions from `from` on, in the order of `order`, a prefix of their
    /// position, until at least `count` were given and no other has the same prefix. Answers the prefix to go
    /// on from, or `None` at the end. One segment is looked at at a time.
    pub(crate) fn scan<'t>(
        &'t self,
        from: u64,
        count: usize,
        hasher: &Hasher,
        take: &mut dyn FnMut(&'t Entry),
    ) -> Option<u64> {
        let mut given = 0;
        let mut at = lead(hasher.local(from), self.depth);
        let mut found: Vec<(u64, &'t Entry)> = Vec::new();
        while at < self.dir.len() {
            let segment = &self.segments[self.dir[at] as usize];
            found.clear();
            found.extend(
                segment
                    .slots
                    .iter()
                    .map(|e| (hasher.cursor(hasher.hash(e.key())), e))
                    .filter(|f| f.0 >= from),
            );
            found.sort_unstable_by_key(|f| f.0);
            let mut last = None;
            for &(cursor, entry) in &found {
                if given >= count && last != Some(cursor) {
                    return Some(cursor);
                }
                take(entry);
                given += 1;
                last = Some(cursor);
            }
            let run = 1usize << (self.depth - segment.depth);
            at = (at & !(run - 1)) + run;
        }
        None
    }

    /// Looks at entries near `position`, in no order, until `look` answers false or a segment has been seen.
    /// `only_volatile` passes over keys without an expiry.
    pub(crate) fn sample<'t>(
        &'t self,
        position: u64,
        skip: usize,
        only_volatile: bool,
        look: &mut dyn FnMut(&'t Entry) -> bool,
    ) {
        let Some(index) = self.segment_at(position) else { return };
        let segment = &self.segments[index as usize];
        if segment.slots.is_empty() || (only_volatile && segment.volatile == 0) {
            return;
        }
        let buckets = segment.slots.num_buckets();
        for i in 0..buckets {
            if let Some(entry) = segment.slots.get_bucket((skip + i) & (buckets - 1))
                && (!only_volatile || entry.has_expire())
                && !look(entry)
            {
                return;
            }
        }
    }

    /// Some entry, with an expiry if `only_volatile`.
    pub(crate) fn first(&self, only_volatile: bool) -> Option<&Entry> {
        if self.len == 0 || (only_volatile && self.volatile == 0) {
            return None;
        }
        let mut segments = self.segments.iter().filter(|s| !only_volatile || s.volatile > 0);
        segments.find_map(|s| s.slots.iter().find(|e| !only_volatile || e.has_expire()))
    }

    /// A snapshot's cut: this is logical database `db`.
    pub(super) fn begin_save(&mut self, db: u32) {
        (self.origin, self.save_from, self.save_bucket) = (db, 0, 0);
    }

    /// Whether the walk of a snapshot has come to the table's end.
    pub(crate) fn is_saved(&self, epoch: u32) -> bool {
        self.saved == epoch
    }

    /// Gives up to `count` entries that the snapshot does not have yet to `take`, as long as it wants more.
    pub(crate) fn save_step(
        &mut self,
        saving: &Saving,
        count: usize,
        take: &mut dyn FnMut(u32, &Entry) -> bool,
    ) {
        let mut left = count;
        loop {
            let at = lead(self.save_from, self.depth);
            let Some(segment) = self.dir.get(at).and_then(|i| self.segments.get(*i as usize)) else {
                self.saved = saving.epoch();
                return;
            };
            for bucket in self.save_bucket..segment.slots.num_buckets() {
                let Some(entry) = segment.slots.get_bucket(bucket) else { continue };
                if entry.phase() == saving.phase() {
                    continue;
                }
                if left == 0 {
                    self.save_bucket = bucket;
                    return;
                }
                let more = take(self.origin, entry);
                entry.set_phase(saving.phase());
                left = if more { left - 1 } else { 0 };
            }
            let run = 1usize << (self.depth - segment.depth);
            let next = (at & !(run - 1)) + run;
            self.save_bucket = 0;
            if next >= self.dir.len() {
                self.saved = saving.epoch();
                return;
            }
            self.save_from = (next as u64) << 1 << (63 - self.depth);
            if left == 0 {
                return;
            }
        }
    }

    /// Every entry, in no order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Entry> {
        self.segments.iter().flat_map(|s| s.slots.iter())
    }

    /// Moves entries out of nearly empty parts of the heap: those in `count` slots from `bucket` on, in the segment
    /// that directory place `at` names. Answers the place and slot to go on from; `None` past the end.
    pub(crate) fn compact_step(&mut self, at: usize, bucket: usize, count: usize) -> Option<(usize, usize)> {
        let index = *self.dir.get(at)? as usize;
        let segment = &mut self.segments[index];
        let buckets = segment.slots.num_buckets();
        let end = bucket.saturating_add(count).min(buckets);
        (bucket..end).filter_map(|i| segment.slots.get_bucket(i)).for_each(Entry::prefetch);
        for i in bucket..end {
            if let Some(entry) = segment.slots.get_bucket_mut(i) {
                entry.compact();
            }
        }
        if end < buckets {
            return Some((at, end));
        }
        let run = 1usize << (self.depth - segment.depth);
        Some(((at & !(run - 1)) + run, 0))
    }

    /// Takes the expired entries of the segment that directory place `at` names and up to `fields` expired fields,
    /// and answers the place to go on from: the next one after its run, or the same if more fields have expired
    /// there. `None` past the end.
    pub(crate) fn expire_step(
        &mut self,
        at: usize,
        now: i64,
        fields: usize,
        hasher: &Hasher,
        account: &mut Account,
        out: &mut Gone,
    ) -> Option<usize> {
        let index = *self.dir.get(at)? as usize;
        let segment = &mut self.segments[index];
        let run = 1usize << (self.depth - segment.depth);
        let next = (at & !(run - 1)) + run;
        if (segment.volatile == 0 && segment.fielded == 0) || !due(segment.min_expire, now) {
            return Some(next);
        }
        if segment.fielded > 0 {
            self.expire_fields(index, now, fields, account, out);
        }
        let segment = &mut self.segments[index];
        let (mut soonest, mut soonest_field) = (NEVER, NEVER);
        let before = out.entries.len();
        let taken = segment.slots.extract_if(|entry| {
            // The pointer tells of most that they need not be read.
            let spent = entry.fields_expire() && entry.object().is_some_and(Object::is_spent);
            if spent || entry.expire_at().is_some_and(|t| due(t, now)) {
                return true;
            }
            soonest = soonest.min(entry.expire_at().unwrap_or(NEVER));
            if entry.fields_expire() {
                soonest_field = soonest_field.min(entry.earliest().unwrap_or(NEVER));
            }
            false
        });
        let spent = out.spent.len();
        for entry in taken {
            let list =
                if entry.object().is_some_and(Object::is_spent) { &mut out.spent } else { &mut out.entries };
            list.push(entry);
        }
        segment.min_expire = soonest.min(soonest_field);
        let gone = || out.entries[before..].iter().chain(&out.spent[spent..]);
        gone().for_each(|entry| keep(account, self.origin, entry));
        let (count, volatile) = (gone().count(), gone().filter(|e| e.has_expire()).count());
        let fielded = gone().filter(|e| e.fields_expire()).count();
        self.len -= count;
        self.volatile -= volatile;
        self.fielded -= fielded;
        segment.volatile -= u32::try_from(volatile).unwrap_or(0);
        segment.fielded -= u32::try_from(fielded).unwrap_or(0);
        let cost = gone().map(Entry::cost).sum::<usize>();
        account.sub(cost);
        self.cost -= cost;
        if segment.slots.len() <= SEGMENT_SPARSE && count > 0 {
            let position = (at as u64) << 1 << (63 - self.depth);
            self.tidy(index, position, hasher, account);
            // Its run may have become longer, with what the neighbour has.
            return Some(next);
        }
        Some(if due(soonest_field, now) { at } else { next })
    }

    /// Takes up to `most` expired fields out of the hashes of a segment.
    fn expire_fields(&mut self, index: usize, now: i64, most: usize, account: &mut Account, out: &mut Gone) {
        let segment = &mut self.segments[index];
        let mut left = most;
        // A key whose own time has come goes as a whole.
        let lives = |entry: &&mut Entry| !entry.expire_at().is_some_and(|t| due(t, now));
        for entry in segment.slots.iter_mut().filter(|entry| entry.fields_expire()).filter(lives) {
            if left == 0 {
                return;
            }
            keep(account, self.origin, entry);
            let before = entry.cost();
            let Some(object) = entry.object_mut() else { continue };
            let names = object.take_gone(now, left);
            // One that is spent keeps its tag, by which it is found and taken out.
            let settled = object.earliest().is_none() && !object.is_spent();
            if names.is_empty() {
                continue;
            }
            left -= names.len();
            out.fields.push((entry.key().to_vec(), names));
            if settled {
                entry.mark_fields_expire(false);
                segment.fielded -= 1;
                self.fielded -= 1;
            }
            let after = entry.cost();
            account.change(before, after);
            self.cost = self.cost - before + after;
        }
    }
}

/// Before an insert into a table without room: grows it, or rebuilds it at its size when deleted slots, not
/// entries, fill it; hashbrown alone would grow past the segment's size.
fn make_room(slots: &mut HashTable<Entry>, hasher: &Hasher) {
    let len = slots.len();
    let target = if len >= SEGMENT_FULL { len * 2 } else { (len + 1).next_power_of_two().min(SEGMENT_FULL) };
    let target = target.max(len + 1);
    let mut fresh = HashTable::with_capacity(target.max(4));
    for entry in slots.drain() {
        let hash = hasher.hash(entry.key());
        fresh.insert_unique(hash, entry, |e: &Entry| hasher.hash(e.key()));
    }
    *slots = fresh;
}
