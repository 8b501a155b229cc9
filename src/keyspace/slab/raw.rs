//! The heap itself: stripes, regions, chunks, blocks. Everything is reached through raw pointers derived from
//! the region's own, so that masking a block's pointer leads to the heads of its region.
#![allow(unsafe_code, reason = "an allocator; ENGINEERING: files named raw.rs")]

use std::alloc::{Layout, alloc, dealloc};
use std::ptr::{NonNull, null, null_mut};

use parking_lot::Mutex;

use super::regions::{Regions, new_region, region_of};
use super::{CHUNK, CLASSES, LARGEST, REGION, SIZES, STEP, class_of, usable};
use crate::sys::memory;

const STRIPES: usize = 16;
/// No block, in the free list of a chunk.
const NONE: u16 = u16::MAX;
/// [`STEP`] and the places of a chunk, as heads count them.
#[expect(clippy::cast_possible_truncation, reason = "8 and 4096")]
const PLACES: (u16, u16) = (STEP as u16, (CHUNK / STEP) as u16);
/// A word in front of what the global allocator gives: the stripe.
const PREFIX: usize = 8;
/// The heap of one database. Blocks may be freed from any thread. If it is dropped while blocks live it leaks
/// instead of pulling the memory from under them.
pub(crate) struct Heap(NonNull<Inner>);

struct Inner {
    stripes: [Stripe; STRIPES],
    regions: Mutex<Regions>,
}

/// Where to allocate: one stripe of a heap.
#[derive(Clone, Copy)]
pub(crate) struct Place<'h>(&'h Stripe);

/// A share of the heap, on cache lines of its own.
#[repr(align(128))]
struct Stripe {
    /// The heap, for chunks; lives longer than the stripe.
    heap: *const Inner,
    state: Mutex<State>,
}

struct State {
    /// Per class, chunks with a free block. The chunk that was full most recently comes first, so that sparse
    /// ones have time to become empty.
    partial: [*mut Head; CLASSES],
    /// An empty chunk kept for the next use.
    spare: *mut Head,
    /// Chunks that became empty by [`relocate`], linked by `next`: [`Heap::release_emptied`] gives them back.
    emptied: *mut Head,
    /// What each class has.
    counts: [Count; CLASSES],
    /// Blocks of the global allocator that are in use.
    large: usize,
}

/// What a stripe has of one class.
#[derive(Clone, Copy, Default)]
struct Count {
    /// Blocks in use.
    live: usize,
    chunks: usize,
}

/// The head of a chunk: written under the lock of the stripe that owns the chunk, under the lock of the regions
/// when none does. `stripe` does not change while a block is in use.
#[repr(C, align(64))]
pub(super) struct Head {
    stripe: *const Stripe,
    previous: *mut Head,
    next: *mut Head,
    class: u8,
    /// Places that a block takes.
    size: u16,
    /// Blocks in use.
    live: u16,
    /// The first free block that was used before, as all places in a chunk in steps of 8 bytes; a free block
    /// begins with the next one's place.
    free: u16,
    /// From here on blocks were never used.
    fresh: u16,
}

// SAFETY: the pointers lead to memory of the heap and are followed under the locks that guard it.
unsafe impl Send for Inner {}
// SAFETY: as above.
unsafe impl Sync for Inner {}
// SAFETY: as above; `heap` is written once, before the stripe is shared.
unsafe impl Send for Stripe {}
// SAFETY: as above.
unsafe impl Sync for Stripe {}
// SAFETY: a pointer to an `Inner`, which is Send and Sync.
unsafe impl Send for Heap {}
// SAFETY: as above.
unsafe impl Sync for Heap {}

impl Heap {
    /// An empty heap; it takes no memory from the system before the first allocation.
    pub(crate) fn new() -> Self {
        let stripe = |_| Stripe {
            heap: null(),
            state: Mutex::new(State {
                partial: [null_mut(); CLASSES],
                spare: null_mut(),
                emptied: null_mut(),
                counts: [Count::default(); CLASSES],
                large: 0,
            }),
        };
        let regions = Mutex::new(Regions::new());
        let inner = Box::into_raw(Box::new(Inner { stripes: std::array::from_fn(stripe), regions }));
        for i in 0..STRIPES {
            // SAFETY: `inner` was just made and nobody else knows it.
            unsafe { (*inner).stripes[i].heap = inner };
        }
        // SAFETY: comes from a box.
        Self(unsafe { NonNull::new_unchecked(inner) })
    }

    fn inner(&self) -> &Inner {
        // SAFETY: freed only by `drop`.
        unsafe { self.0.as_ref() }
    }

    /// Where allocations with this hint go; the same hint, the same place.
    pub(crate) fn place(&self, hint: usize) -> Place<'_> {
        Place(&self.inner().stripes[hint % STRIPES])
    }

    /// Bytes of the chunks in use, without what the global allocator gave.
    #[cfg(test)]
    pub(crate) fn reserved(&self) -> usize {
        self.inner().regions.lock().in_use
    }

    /// Blocks in use.
    #[cfg(test)]
    pub(crate) fn live(&self) -> usize {
        self.inner().stripes.iter().map(|s| s.state.lock().live()).sum()
    }

    /// Regions made ready.
    #[cfg(test)]
    pub(crate) fn ready(&self) -> usize {
        self.inner().regions.lock().ready_count
    }

    /// How many chunks could be given back if the blocks of each class lay close together, and how many there are.
    pub(crate) fn idle_chunks(&self) -> (usize, usize) {
        self.inner().stripes.iter().fold((0, 0), |(mut idle, mut chunks), stripe| {
            let counts = stripe.state.lock().counts;
            for (count, size) in counts.iter().zip(SIZES) {
                idle += count.chunks - count.live.div_ceil(CHUNK / usize::from(size)).min(count.chunks);
                chunks += count.chunks;
            }
            (idle, chunks)
        })
    }

    /// From now on, or no longer, an allocation may wait for large pages: while a database is being loaded.
    pub(crate) fn set_eager(&self, eager: bool) {
        self.inner().regions.lock().eager = eager;
    }

    /// Makes regions with large pages ahead of those who allocate, by the pace at which regions were needed since the
    /// last call; takes them back when none was for long. To be called some times a second, and soon again if the
    /// answer is true, by nobody whom others wait for: the system may take milliseconds to find a large page.
    pub(crate) fn prepare(&self) -> bool {
        let (grows, wanted) = self.inner().regions.lock().wanted();
        for _ in 0..wanted {
            let Some(region) = new_region(true) else { return grows };
            self.inner().regions.lock().add_ready(region);
        }
        if !grows {
            let gone = self.inner().regions.lock().superfluous();
            if let Some(region) = NonNull::new(gone.cast::<u8>()) {
                // SAFETY: made by `new_region`, off the list, and never used.
                unsafe { memory::unreserve(region, REGION) };
            }
        }
        grows
    }

    /// Gives the chunks back that [`relocate`] has emptied. It does not do so itself, because its caller holds a
    /// lock that others wait for.
    pub(crate) fn release_emptied(&self) {
        for stripe in &self.inner().stripes {
            let mut head = std::mem::replace(&mut stripe.state.lock().emptied, null_mut());
            while !head.is_null() {
                // SAFETY: the head of an empty chunk that is on no list any more, so this call's alone.
                let next = unsafe { (*head).next };
                self.inner().give_back(head);
                head = next;
            }
        }
    }
}

impl Drop for Heap {
    fn drop(&mut self) {
        self.release_emptied();
        let inner = self.inner();
        let mut live = 0;
        for stripe in &inner.stripes {
            let mut state = stripe.state.lock();
            live += state.live();
            let spare = std::mem::replace(&mut state.spare, null_mut());
            drop(state);
            if !spare.is_null() {
                inner.give_back(spare);
            }
        }
        debug_assert_eq!(live, 0, "entries outlive their heap");
        if live > 0 {
            return;
        }
        // Without a block in use no chunk is owned, so all that is left are the regions kept aside.
        let mut regions = inner.regions.lock();
        let mut gone = regions.idle;
        while !gone.is_null() {
            // SAFETY: made by `new_region`; nothing in it is in use.
            unsafe { memory::unreserve(NonNull::new_unchecked(gone.cast::<u8>()), REGION) };
            gone = regions.take_ready();
        }
        drop(regions);
        // SAFETY: comes from the box in `new`; no block and so no chunk refers to it any more.
        drop(unsafe { Box::from_raw(self.0.as_ptr()) });
    }
}

/// The head of the chunk that a block is in.
///
/// # Safety
/// `p` must point into a chunk of a region.
unsafe fn head_of(p: *mut u8) -> *mut Head {
    let index = (p.addr() & (REGION - 1)) / CHUNK;
    // SAFETY: regions are aligned to their size and begin with a head per chunk.
    unsafe { region_of(p).cast::<Head>().add(index) }
}

/// The memory of a head's chunk.
///
/// # Safety
/// `head` must be the head of a chunk.
unsafe fn chunk_of(head: *mut Head) -> *mut u8 {
    let index = (head.addr() & (REGION - 1)) / size_of::<Head>();
    // SAFETY: as in `head_of`.
    unsafe { region_of(head.cast()).add(index * CHUNK) }
}

impl Inner {
    /// A chunk that nobody owns.
    fn take_chunk(&self) -> *mut Head {
        let mut regions = self.regions.lock();
        if let Some(head) = regions.take() {
            return head;
        }
        let large = regions.large();
        drop(regions);
        let region = new_region(large);
        // `handle_alloc_error` would abort the host; an unwinding call only closes this db.
        assert!(region.is_some(), "the system is out of memory");
        let mut regions = self.regions.lock();
        regions.add(region.unwrap_or(null_mut()));
        regions.take().unwrap_or(null_mut())
    }

    /// Takes an empty chunk back: its pages go to the system, and its region too when it is the second one
    /// without a chunk in use.
    #[cold]
    fn give_back(&self, head: *mut Head) {
        // SAFETY: `head` is a chunk's that nobody owns or looks at but this call.
        let chunk = unsafe { chunk_of(head) };
        // SAFETY: the chunk is CHUNK bytes of a region, and nothing in it is in use.
        unsafe { memory::release(NonNull::new_unchecked(chunk), CHUNK) };
        let gone = self.regions.lock().give_back(chunk);
        if let Some(region) = NonNull::new(gone.cast::<u8>()) {
            // SAFETY: reserved by `take_chunk`, off the list, and no chunk of it is in use.
            unsafe { memory::unreserve(region, REGION) };
        }
    }
}

impl State {
    /// # Safety
    /// `head` is a chunk of this stripe with a free block, and on no list.
    unsafe fn push(&mut self, head: *mut Head) {
        // SAFETY: heads of this stripe's chunks are guarded by its lock, which the caller holds.
        unsafe {
            let first = &mut self.partial[usize::from((*head).class)];
            (*head).previous = null_mut();
            (*head).next = *first;
            if !first.is_null() {
                (**first).previous = head;
            }
            *first = head;
        }
    }

    /// # Safety
    /// `head` is on the list of its class.
    unsafe fn unlink(&mut self, head: *mut Head) {
        // SAFETY: as in `push`.
        unsafe {
            let (previous, next) = ((*head).previous, (*head).next);
            if previous.is_null() {
                self.partial[usize::from((*head).class)] = next;
            } else {
                (*previous).next = next;
            }
            if !next.is_null() {
                (*next).previous = previous;
            }
        }
    }

    fn live(&self) -> usize {
        self.large + self.counts.iter().map(|count| count.live).sum::<usize>()
    }

    /// Takes a free block of the first chunk of a class that has one.
    ///
    /// # Safety
    /// There is one, and the caller holds the lock that guards this.
    #[inline]
    unsafe fn take(&mut self, class: usize) -> NonNull<u8> {
        self.counts[class].live += 1;
        let head = self.partial[class];
        // SAFETY: the head is a chunk of this stripe and on the list, so that a block is free: one that was used
        // before, which begins with the place of the next one, or else the one at `fresh`, which ends within the
        // chunk.
        unsafe {
            let chunk = chunk_of(head);
            let place = (*head).free;
            let block = if place == NONE {
                let block = chunk.add(usize::from((*head).fresh) * STEP);
                (*head).fresh += (*head).size;
                block
            } else {
                let block = chunk.add(usize::from(place) * STEP);
                (*head).free = block.cast::<u16>().read();
                block
            };
            (*head).live += 1;
            if full(head) {
                self.unlink(head);
            }
            NonNull::new_unchecked(block)
        }
    }

    /// Takes a block back. Its chunk, off the list, if it is empty now; otherwise null.
    ///
    /// # Safety
    /// `p` is a block of a chunk of this stripe and is not used again; the caller holds the lock that guards this.
    #[inline]
    unsafe fn put(&mut self, p: NonNull<u8>) -> *mut Head {
        // SAFETY: the caller's promise.
        unsafe {
            let head = head_of(p.as_ptr());
            let was_full = full(head);
            p.as_ptr().cast::<u16>().write((*head).free);
            (*head).free = place_of(p.as_ptr());
            (*head).live -= 1;
            let count = &mut self.counts[usize::from((*head).class)];
            count.live -= 1;
            let empty = (*head).live == 0;
            count.chunks -= usize::from(empty);
            if was_full {
                self.push(head);
            }
            if !empty {
                return null_mut();
            }
            self.unlink(head);
            head
        }
    }
}

impl Stripe {
    #[inline]
    fn alloc(&self, class: usize) -> NonNull<u8> {
        let mut state = self.state.lock();
        if state.partial[class].is_null() {
            drop(state);
            state = self.refill(class);
        }
        // SAFETY: a chunk with a free block is on the list, and we hold the lock.
        unsafe { state.take(class) }
    }

    /// Puts a chunk with free blocks on the list of a class.
    #[cold]
    fn refill(&self, class: usize) -> parking_lot::MutexGuard<'_, State> {
        let mut state = self.state.lock();
        let mut head = std::mem::replace(&mut state.spare, null_mut());
        if head.is_null() && !state.emptied.is_null() {
            head = state.emptied;
            // SAFETY: on our list, whose heads our lock guards.
            state.emptied = unsafe { (*head).next };
        }
        if head.is_null() {
            drop(state);
            // SAFETY: the heap lives as long as its stripes.
            head = unsafe { &*self.heap }.take_chunk();
            state = self.state.lock();
        }
        let fresh = Head {
            stripe: self,
            previous: null_mut(),
            next: null_mut(),
            class: u8::try_from(class).unwrap_or(0),
            size: SIZES[class] / PLACES.0,
            live: 0,
            free: NONE,
            fresh: 0,
        };
        // SAFETY: the chunk is ours alone: it was the spare, or nobody's.
        unsafe { head.write(fresh) };
        // SAFETY: a chunk of this stripe, empty, on no list.
        unsafe { state.push(head) };
        state.counts[class].chunks += 1;
        state
    }

    /// # Safety
    /// `p` is a block of a chunk of this stripe, and is not used again.
    #[inline]
    unsafe fn free(&self, p: NonNull<u8>) {
        let mut state = self.state.lock();
        // SAFETY: the caller's promise; we hold the lock.
        let empty = unsafe { state.put(p) };
        if empty.is_null() {
            return;
        }
        let empty = std::mem::replace(&mut state.spare, empty);
        drop(state);
        if !empty.is_null() {
            // SAFETY: the heap lives as long as its stripes.
            unsafe { &*self.heap }.give_back(empty);
        }
    }

    /// # Safety
    /// As for [`relocate`]; `p` is a block of a chunk of this stripe.
    unsafe fn relocate(&self, p: NonNull<u8>) -> Option<NonNull<u8>> {
        let mut state = self.state.lock();
        // SAFETY: the caller's promise; heads are guarded by the lock that we hold.
        unsafe {
            let head = head_of(p.as_ptr());
            let (class, size, live) = (usize::from((*head).class), (*head).size, (*head).live);
            let sparse = u32::from(live) * 4 < u32::from(PLACES.1 / size) * 3;
            // The first of the list is the one that is being filled.
            if !sparse || state.partial[class] == head {
                return None;
            }
            // The chunk has a free block, so it is on the list, and another one is before it.
            let fresh = state.take(class);
            fresh.copy_from_nonoverlapping(p, usize::from(size) * STEP);
            let empty = state.put(p);
            if !empty.is_null() {
                (*empty).next = state.emptied;
                state.emptied = empty;
            }
            Some(fresh)
        }
    }
}

/// Whether a chunk has no free block.
///
/// # Safety
/// The caller holds the lock that guards `head`.
unsafe fn full(head: *mut Head) -> bool {
    // SAFETY: the caller's promise.
    unsafe { (*head).free == NONE && (*head).fresh + (*head).size > PLACES.1 }
}

/// The place of a block in its chunk.
#[expect(clippy::cast_possible_truncation, reason = "a chunk has fewer than 2^16 places")]
fn place_of(p: *mut u8) -> u16 {
    ((p.addr() & (CHUNK - 1)) / STEP) as u16
}

impl Place<'_> {
    /// Memory of at least `size` bytes, aligned to 8; [`usable`] tells how many. Panics when there is none.
    #[inline]
    pub(crate) fn alloc(self, size: usize) -> NonNull<u8> {
        match class_of(size) {
            Some(class) => self.0.alloc(class),
            None => self.alloc_large(size),
        }
    }

    #[cold]
    fn alloc_large(self, size: usize) -> NonNull<u8> {
        // SAFETY: the layout is not empty.
        let p = NonNull::new(unsafe { alloc(large(size)) });
        assert!(p.is_some(), "the system is out of memory");
        let p = p.unwrap_or(NonNull::dangling());
        // SAFETY: the block begins with room for the prefix, aligned for it.
        unsafe { p.cast::<*const Stripe>().write(self.0) };
        self.0.state.lock().large += 1;
        // SAFETY: the block is larger than the prefix.
        unsafe { p.add(PREFIX) }
    }
}

#[expect(clippy::expect_used, reason = "a key's length is capped at 512 MiB before it comes here")]
fn large(size: usize) -> Layout {
    Layout::from_size_align(usable(size) + PREFIX, 8).expect("entry size")
}

/// The stripe that a block came from.
///
/// # Safety
/// `p` is a live block for `size` bytes (or another size of the same [`usable`]).
unsafe fn stripe_of(p: NonNull<u8>, size: usize) -> *const Stripe {
    if size > LARGEST {
        // SAFETY: written by `alloc_large` in front of the block.
        return unsafe { p.sub(PREFIX).cast::<*const Stripe>().read() };
    }
    // SAFETY: a block of this size is in a chunk; the field does not change while the block is in use.
    unsafe { (*head_of(p.as_ptr())).stripe }
}

/// Where a block came from, for one that takes its place.
///
/// # Safety
/// `p` is a block for `size` bytes (or another size of the same [`usable`]) that lives as long as the answer.
#[inline]
pub(crate) unsafe fn home<'a>(p: NonNull<u8>, size: usize) -> Place<'a> {
    // SAFETY: the caller's promise; a heap stays while a block of it lives.
    Place(unsafe { &*stripe_of(p, size) })
}

/// Frees a block, from any thread.
///
/// # Safety
/// `p` is a block for `size` bytes (or another size of the same [`usable`]) and is not used again.
#[inline]
pub(crate) unsafe fn free(p: NonNull<u8>, size: usize) {
    // SAFETY: the caller's promise.
    let stripe = unsafe { stripe_of(p, size) };
    if size > LARGEST {
        // SAFETY: allocated by `alloc_large` with the layout of this size.
        unsafe { dealloc(p.sub(PREFIX).as_ptr(), large(size)) };
        // SAFETY: a heap stays while a block of it lives, and this one is counted until now.
        unsafe { &*stripe }.state.lock().large -= 1;
        return;
    }
    // SAFETY: the stripe owns the chunk; a heap stays while a block of it lives.
    unsafe { (*stripe).free(p) };
}

/// Moves a block out of a chunk that is nearly empty into another chunk: where it is now, or `None` if it stays.
/// An emptied chunk is left to [`Heap::release_emptied`].
///
/// # Safety
/// `p` is a block for `size` bytes (or another size of the same [`usable`]) that nobody else looks at. If it is
/// moved it is not used again.
pub(crate) unsafe fn relocate(p: NonNull<u8>, size: usize) -> Option<NonNull<u8>> {
    if size > LARGEST {
        return None;
    }
    // SAFETY: the caller's promise; the stripe owns the chunk, and a heap stays while a block of it lives.
    unsafe { (*stripe_of(p, size)).relocate(p) }
}

/// Blocks as safe values, for tests.
#[cfg(test)]
pub(super) mod held {
    use super::*;

    /// A block in use and what its bytes must be; frees itself.
    pub(in super::super) struct Held {
        p: NonNull<u8>,
        size: usize,
        fill: u8,
    }

    // SAFETY: the block is this value's alone.
    unsafe impl Send for Held {}

    impl Held {
        pub(in super::super) fn new(place: Place<'_>, size: usize, fill: u8) -> Self {
            let p = place.alloc(size);
            assert_eq!(p.addr().get() % STEP, 0);
            // SAFETY: a fresh block of this many bytes.
            unsafe { p.write_bytes(fill, usable(size)) };
            Self { p, size, fill }
        }

        pub(in super::super) fn range(&self) -> (usize, usize) {
            (self.p.addr().get(), self.p.addr().get() + usable(self.size))
        }

        pub(in super::super) fn check(&self) {
            // SAFETY: written by `new`, and nobody else's.
            let bytes = unsafe { std::slice::from_raw_parts(self.p.as_ptr(), usable(self.size)) };
            assert!(bytes.iter().all(|b| *b == self.fill), "somebody wrote into a block in use");
        }

        /// Moves it if its chunk is nearly empty; whether it was.
        pub(in super::super) fn relocate(&mut self) -> bool {
            self.check();
            // SAFETY: in use, this value's alone, and with the size it was allocated with.
            let moved = unsafe { relocate(self.p, self.size) };
            self.p = moved.unwrap_or(self.p);
            self.check();
            moved.is_some()
        }

        /// Another block from where this one came from.
        pub(in super::super) fn again(&self, size: usize) -> Self {
            // SAFETY: the block is in use during this call.
            Self::new(unsafe { home(self.p, self.size) }, size, self.fill.wrapping_add(1))
        }
    }

    impl Drop for Held {
        fn drop(&mut self) {
            self.check();
            // SAFETY: allocated with this size, and not used after this.
            unsafe { free(self.p, self.size) };
        }
    }
}
