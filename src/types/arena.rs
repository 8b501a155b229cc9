//! Byte records behind stable 32-bit handles: what large sets, hashes and sorted sets keep their elements in.
//!
//! Records live in pages of 4 KiB, each page for records of one size class, as slabs do. A page that becomes
//! empty gives its memory back at once, whatever the order of deletes; the first page of a class grows with its
//! records, so that a small arena stays small. Larger records have a block of their own.
//!
//! The arena does not store lengths: records begin with what their owner needs to tell them. All access to the
//! bytes of a page goes through [`Arena::head`], [`Arena::head_mut`] and [`Arena::copy`].

/// Where a record is: the index of an 8-byte unit, or with [`LARGE`] the index of a block.
pub(crate) type Handle = u32;

/// Handles count in units of this many bytes.
const UNIT: usize = 8;
/// Units in a page.
const PAGE_UNITS: usize = 512;
/// Handle bits that count units inside a page.
const PAGE_BITS: u32 = PAGE_UNITS.trailing_zeros();
/// The largest record that lives in a page.
const LARGEST: usize = PAGE_UNITS * UNIT / 4;
/// Classes of one unit step; further ones are an eighth apart at most.
const EXACT: usize = 16;
/// The bit of handles that name blocks.
const LARGE: Handle = 1 << 31;
/// Pages that handles can name.
const MAX_PAGES: usize = (LARGE as usize) / PAGE_UNITS;
/// What the first page of a class begins with.
const FIRST_BYTES: usize = 64;
/// No page.
const NONE: u32 = u32::MAX;
/// No unit of a page.
const NO_UNIT: u16 = u16::MAX;

/// Bytes that `size` bytes of the global allocator cost, approximately: a word for itself, steps of 16.
pub(crate) const fn malloc_cost(size: usize) -> usize {
    if size == 0 { 0 } else { (size + 8).next_multiple_of(16) }
}

/// The size class of a record of at most [`LARGEST`] bytes.
#[inline]
fn class_of(len: usize) -> usize {
    let units = len.div_ceil(UNIT).max(1);
    if units <= EXACT {
        return units - 1;
    }
    let shift = (units - 1).ilog2() as usize - 3;
    EXACT + (shift - 1) * 8 + ((units - 1) >> shift) - 8
}

/// Units of a record of a class.
#[inline]
fn units_of(class: usize) -> usize {
    if class < EXACT {
        return class + 1;
    }
    let (shift, step) = ((class - EXACT) / 8 + 1, (class - EXACT) % 8 + 8);
    (step + 1) << shift
}

/// Bytes of the block of a record that lives in no page: what the allocator gives anyway.
fn block_size(len: usize) -> usize {
    malloc_cost(len) - 8
}

/// What is known of a page besides its bytes.
#[derive(Clone, Copy, Debug)]
struct Meta {
    /// Neighbours in the list of its class's pages with room; `next` also links pages without memory.
    prev: u32,
    next: u32,
    /// Records.
    live: u16,
    /// The unit of the first freed record; its first two bytes name the next.
    free: u16,
    /// Places that were ever given out.
    carved: u16,
    class: u8,
}

/// The pages of one size class that have room, the fuller half first.
#[derive(Clone, Copy, Debug)]
struct Class {
    first: u32,
    last: u32,
    /// Pages, full ones included.
    pages: u32,
}

/// See the module.
#[derive(Clone, Debug)]
pub(crate) struct Arena {
    pages: Vec<Box<[u8]>>,
    metas: Vec<Meta>,
    classes: Vec<Class>,
    /// First page without memory.
    vacant: u32,
    large: Vec<Box<[u8]>>,
    large_free: Vec<u32>,
    /// What pages and blocks cost.
    bytes: usize,
}

impl Default for Arena {
    fn default() -> Self {
        Self {
            pages: Vec::new(),
            metas: Vec::new(),
            classes: Vec::new(),
            vacant: NONE,
            large: Vec::new(),
            large_free: Vec::new(),
            bytes: 0,
        }
    }
}

impl Arena {
    /// A record of `len` bytes of unknown content.
    ///
    /// # Panics
    /// When 16 GiB of pages and 2^31 blocks are in use.
    pub(crate) fn alloc(&mut self, len: usize) -> Handle {
        if len > LARGEST {
            return self.alloc_block(block_size(len));
        }
        let class = class_of(len);
        if self.classes.len() <= class {
            self.classes.reserve_exact(class + 1 - self.classes.len());
            self.classes.resize(class + 1, Class { first: NONE, last: NONE, pages: 0 });
        }
        let size = units_of(class) * UNIT;
        if self.classes[class].first == NONE && !self.new_page(class) {
            return self.alloc_block(block_size(size));
        }
        let page = self.classes[class].first;
        let (meta, bytes) = (&mut self.metas[page as usize], &mut self.pages[page as usize]);
        let unit = if meta.free == NO_UNIT {
            let at = usize::from(meta.carved) * size;
            if at == bytes.len() {
                let grown = (at * 2).min(PAGE_UNITS * UNIT / size * size);
                self.bytes = self.bytes - malloc_cost(at) + malloc_cost(grown);
                let mut fresh = vec![0; grown].into_boxed_slice();
                fresh[..at].copy_from_slice(bytes);
                *bytes = fresh;
            }
            meta.carved += 1;
            at / UNIT
        } else {
            let unit = usize::from(meta.free);
            meta.free = u16::from_le_bytes([bytes[unit * UNIT], bytes[unit * UNIT + 1]]);
            unit
        };
        meta.live += 1;
        if usize::from(meta.live) == PAGE_UNITS * UNIT / size {
            self.unlink(page);
        }
        #[expect(clippy::cast_possible_truncation, reason = "a unit of a page is below PAGE_UNITS")]
        let unit = unit as u32;
        (page << PAGE_BITS) + unit
    }

    /// Puts a page of its own at the head of a class without room; false if no handle is left for one.
    fn new_page(&mut self, class: usize) -> bool {
        let size = units_of(class) * UNIT;
        let slots = PAGE_UNITS * UNIT / size;
        let slots =
            if self.classes[class].pages > 0 { slots } else { slots.min((FIRST_BYTES / size).max(1)) };
        #[expect(clippy::cast_possible_truncation, reason = "there are some forty classes")]
        let meta = Meta { prev: NONE, next: NONE, live: 0, free: NO_UNIT, carved: 0, class: class as u8 };
        let bytes = vec![0; slots * size].into_boxed_slice();
        let page = self.vacant;
        let page = if page == NONE {
            if self.pages.len() >= MAX_PAGES {
                return false;
            }
            if self.pages.is_empty() {
                // A vector would begin with room for four.
                self.pages.reserve_exact(1);
                self.metas.reserve_exact(1);
            }
            self.pages.push(bytes);
            self.metas.push(meta);
            #[expect(clippy::cast_possible_truncation, reason = "below MAX_PAGES")]
            let page = (self.pages.len() - 1) as u32;
            page
        } else {
            self.vacant = self.metas[page as usize].next;
            self.metas[page as usize] = meta;
            self.pages[page as usize] = bytes;
            page
        };
        self.bytes += malloc_cost(slots * size);
        self.classes[class].pages += 1;
        self.link(page, true);
        true
    }

    fn alloc_block(&mut self, size: usize) -> Handle {
        let block = vec![0; size].into_boxed_slice();
        self.bytes += malloc_cost(size);
        if let Some(i) = self.large_free.pop() {
            self.large[i as usize] = block;
            return LARGE | i;
        }
        let index = u32::try_from(self.large.len()).unwrap_or(LARGE);
        assert!(index < LARGE, "four billion records in one value");
        self.large.push(block);
        LARGE | index
    }

    /// Gives a record back; `len` is its length.
    pub(crate) fn free(&mut self, handle: Handle, len: usize) {
        if handle & LARGE != 0 {
            self.free_block(handle & !LARGE);
            return;
        }
        let page = handle >> PAGE_BITS;
        let unit = handle as usize % PAGE_UNITS;
        let meta = &mut self.metas[page as usize];
        let class = usize::from(meta.class);
        debug_assert_eq!(class, class_of(len), "a record is freed with the length it has");
        debug_assert!(meta.live > 0, "a record is freed once");
        let slots = PAGE_UNITS / units_of(class);
        let bytes = &mut self.pages[page as usize];
        bytes[unit * UNIT..unit * UNIT + 2].copy_from_slice(&meta.free.to_le_bytes());
        #[expect(clippy::cast_possible_truncation, reason = "a unit of a page is below PAGE_UNITS")]
        let unit = unit as u16;
        meta.free = unit;
        let was_full = usize::from(meta.live) == slots;
        meta.live -= 1;
        let live = usize::from(meta.live);
        if live == 0 {
            if !was_full {
                self.unlink(page);
            }
            self.release(page, class);
        } else if was_full {
            self.link(page, true);
        } else if live == slots / 2 {
            // The emptier half is filled last, so that it may become empty.
            self.unlink(page);
            self.link(page, false);
        }
    }

    /// Gives the memory of an empty page back.
    fn release(&mut self, page: u32, class: usize) {
        let bytes = std::mem::take(&mut self.pages[page as usize]);
        self.bytes -= malloc_cost(bytes.len());
        self.metas[page as usize].next = self.vacant;
        self.vacant = page;
        self.classes[class].pages -= 1;
        if self.classes[class].pages == 0 && self.classes.iter().all(|c| c.pages == 0) {
            self.pages = Vec::new();
            self.metas = Vec::new();
            self.classes = Vec::new();
            self.vacant = NONE;
        }
    }

    fn free_block(&mut self, index: u32) {
        let block = std::mem::take(&mut self.large[index as usize]);
        self.bytes -= malloc_cost(block.len());
        self.large_free.push(index);
        if self.large_free.len() == self.large.len() {
            self.large = Vec::new();
            self.large_free = Vec::new();
        }
    }

    /// Takes a page into its class's list, at its head or its end.
    fn link(&mut self, page: u32, front: bool) {
        let class = &mut self.classes[usize::from(self.metas[page as usize].class)];
        let (prev, next) = if front { (NONE, class.first) } else { (class.last, NONE) };
        if prev == NONE {
            class.first = page;
        } else {
            self.metas[prev as usize].next = page;
        }
        if next == NONE {
            class.last = page;
        } else {
            self.metas[next as usize].prev = page;
        }
        let meta = &mut self.metas[page as usize];
        (meta.prev, meta.next) = (prev, next);
    }

    fn unlink(&mut self, page: u32) {
        let Meta { prev, next, class, .. } = self.metas[page as usize];
        let class = &mut self.classes[usize::from(class)];
        if prev == NONE {
            class.first = next;
        } else {
            self.metas[prev as usize].next = next;
        }
        if next == NONE {
            class.last = prev;
        } else {
            self.metas[next as usize].prev = prev;
        }
    }

    /// The bytes from a record's start to the end of its page or block: for its owner to read the length from.
    #[inline]
    pub(crate) fn head(&self, handle: Handle) -> &[u8] {
        if handle & LARGE == 0 {
            &self.pages[(handle >> PAGE_BITS) as usize][handle as usize % PAGE_UNITS * UNIT..]
        } else {
            &self.large[(handle & !LARGE) as usize]
        }
    }

    /// [`Arena::head`], to change it; nothing behind the record may be touched.
    #[inline]
    pub(crate) fn head_mut(&mut self, handle: Handle) -> &mut [u8] {
        if handle & LARGE == 0 {
            &mut self.pages[(handle >> PAGE_BITS) as usize][handle as usize % PAGE_UNITS * UNIT..]
        } else {
            &mut self.large[(handle & !LARGE) as usize]
        }
    }

    /// A record of `len` bytes, to change it.
    #[inline]
    pub(crate) fn get_mut(&mut self, handle: Handle, len: usize) -> &mut [u8] {
        &mut self.head_mut(handle)[..len]
    }

    /// Copies the first `len` bytes of a record to the start of another.
    pub(crate) fn copy(&mut self, from: Handle, to: Handle, len: usize) {
        if (from | to) & LARGE == 0 && from >> PAGE_BITS == to >> PAGE_BITS {
            let at = |handle: Handle| handle as usize % PAGE_UNITS * UNIT;
            self.pages[(from >> PAGE_BITS) as usize].copy_within(at(from)..at(from) + len, at(to));
        } else if from != to {
            // The page or block is set aside for the time of the copy: no bytes move by that.
            let (source, start) = if from & LARGE == 0 {
                let page = &mut self.pages[(from >> PAGE_BITS) as usize];
                (std::mem::take(page), from as usize % PAGE_UNITS * UNIT)
            } else {
                (std::mem::take(&mut self.large[(from & !LARGE) as usize]), 0)
            };
            self.head_mut(to)[..len].copy_from_slice(&source[start..start + len]);
            if from & LARGE == 0 {
                self.pages[(from >> PAGE_BITS) as usize] = source;
            } else {
                self.large[(from & !LARGE) as usize] = source;
            }
        }
    }

    /// Whether a record of the one length can become one of the other where it is.
    #[inline]
    pub(crate) fn fits_in_place(old_len: usize, new_len: usize) -> bool {
        match (old_len <= LARGEST, new_len <= LARGEST) {
            (true, true) => class_of(old_len) == class_of(new_len),
            (false, false) => block_size(old_len) == block_size(new_len),
            _ => false,
        }
    }

    /// All bytes that the arena holds, with the allocator's share.
    pub(crate) fn heap_bytes(&self) -> usize {
        self.bytes
            + malloc_cost(self.pages.capacity() * size_of::<Box<[u8]>>())
            + malloc_cost(self.metas.capacity() * size_of::<Meta>())
            + malloc_cost(self.classes.capacity() * size_of::<Class>())
            + malloc_cost(self.large.capacity() * size_of::<Box<[u8]>>())
            + malloc_cost(self.large_free.capacity() * size_of::<u32>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::rng::Rng;
    use std::collections::BTreeMap;

    #[test]
    fn classes_hold_what_they_are_chosen_for() {
        for len in 0..=LARGEST {
            let units = units_of(class_of(len));
            assert!(units * UNIT >= len);
            assert!(units <= len.div_ceil(UNIT).max(1) * 9 / 8, "{len}");
        }
        assert_eq!(units_of(class_of(LARGEST)) * UNIT, LARGEST);
    }

    fn content(len: usize, seed: u64) -> Vec<u8> {
        (0..len as u64).map(|i| (seed.wrapping_mul(31).wrapping_add(i * 7) & 255) as u8).collect()
    }

    #[test]
    fn agrees_with_a_naive_map_and_gives_everything_back() {
        let seed = crate::types::test_seed(21);
        let mut rng = Rng::new(seed);
        let mut arena = Arena::default();
        let mut twin: BTreeMap<Handle, Vec<u8>> = BTreeMap::new();
        for phase in 0..6 {
            for step in 0..4_000 {
                let grow = rng.below(10) < if phase % 2 == 0 { 8 } else { 2 };
                if grow || twin.is_empty() {
                    let top = [20, 100, 1100, 5000][usize::try_from(rng.below(4)).unwrap()];
                    let bytes = content(usize::try_from(rng.below(top)).unwrap(), step);
                    let handle = arena.alloc(bytes.len());
                    arena.get_mut(handle, bytes.len()).copy_from_slice(&bytes);
                    assert!(twin.insert(handle, bytes).is_none());
                } else {
                    let from = u32::try_from(rng.next_u64() >> 32).unwrap();
                    let handle = *twin.range(from..).next().or(twin.iter().next()).unwrap().0;
                    let bytes = twin.remove(&handle).unwrap();
                    arena.free(handle, bytes.len());
                }
            }
            // Copies between any two records.
            let handles = twin.keys().copied().collect::<Vec<_>>();
            for pair in handles.windows(2).step_by(7) {
                let len = twin[&pair[0]].len().min(twin[&pair[1]].len());
                arena.copy(pair[0], pair[1], len);
                let source = twin[&pair[0]][..len].to_vec();
                twin.get_mut(&pair[1]).unwrap()[..len].copy_from_slice(&source);
            }
            assert!(twin.iter().all(|(h, b)| arena.head(*h).starts_with(b)));
            let twice = arena.clone();
            assert!(twin.iter().all(|(h, b)| twice.head(*h).starts_with(b)));
            let held = arena.pages.iter().chain(&arena.large).map(|b| malloc_cost(b.len())).sum::<usize>();
            assert_eq!(arena.bytes, held, "SEED={seed}");
        }
        for (handle, bytes) in twin {
            arena.free(handle, bytes.len());
        }
        assert_eq!(arena.heap_bytes(), 0);
    }

    #[test]
    fn in_place_means_the_same_room() {
        let mut arena = Arena::default();
        for (old, new) in [(1, 8), (130, 144), (1025, 1032), (2000, 1993)] {
            assert!(Arena::fits_in_place(old, new) && Arena::fits_in_place(new, old));
            let handle = arena.alloc(old);
            arena.get_mut(handle, new).fill(1);
            arena.free(handle, new);
        }
        assert!(!Arena::fits_in_place(8, 9) && !Arena::fits_in_place(1024, 1025));
        assert!(!Arena::fits_in_place(2000, 3000));
    }

    #[test]
    fn small_arenas_are_small_and_freed_places_are_used_again() {
        let mut arena = Arena::default();
        arena.alloc(16);
        assert!(arena.heap_bytes() < 400, "{}", arena.heap_bytes());
        let handles = (0..100_000).map(|_| arena.alloc(16)).collect::<Vec<_>>();
        let full = arena.heap_bytes();
        assert!(full < 100_000 * 17, "{full}");
        handles.iter().step_by(3).for_each(|h| arena.free(*h, 16));
        handles.iter().step_by(3).for_each(|_| assert_ne!(arena.alloc(16), NONE));
        assert_eq!(arena.heap_bytes(), full);
        // What is dense is left, what is empty goes.
        handles.iter().skip(10_000).for_each(|h| arena.free(*h, 16));
        assert!(arena.heap_bytes() < full / 8, "{} of {full}", arena.heap_bytes());
    }
}
