//! Regions: where chunks come from and go back to. All of it runs under the lock of the heap's regions, except making
//! and ending one.
#![allow(unsafe_code, reason = "an allocator; ENGINEERING: files named raw.rs")]

use std::ptr::null_mut;

use super::super::raw::Head;
use super::super::{CHUNK, CHUNKS, REGION};
use crate::sys::memory;

/// Regions before the first with large pages: a small database stays small.
const LARGE_FROM: usize = 4;
/// Regions made ready at most, and calls of `Heap::prepare` without need after which they are given back.
const READY: usize = 8;
const QUIET: u32 = 50;
/// The bits of a region's chunks; the first holds the heads.
const ALL_FREE: u128 = (u128::MAX >> (128 - CHUNKS)) & !1;

/// What the heads' own chunk has in place of a head: written under the lock of the regions.
#[repr(C, align(64))]
pub(in super::super) struct RegionHead {
    previous: *mut RegionHead,
    next: *mut RegionHead,
    /// Chunks that no stripe owns.
    free: u128,
}

/// Regions with free chunks, the one that was full most recently first.
pub(in super::super) struct Regions {
    open: *mut RegionHead,
    /// Bytes of chunks that stripes own.
    pub(in super::super) in_use: usize,
    /// A region without any chunk in use, kept because the next one is likely to be needed.
    pub(in super::super) idle: *mut RegionHead,
    /// Regions with their memory in large pages, linked by `next`, that nobody has used yet.
    ready: *mut RegionHead,
    /// How many these are.
    pub(in super::super) ready_count: usize,
    /// Regions besides those.
    count: usize,
    /// Regions that were added since `Heap::prepare` last looked, and for how many looks none was.
    added: usize,
    quiet: u32,
    /// Whoever needs a region makes its large pages himself: nobody waits for him.
    pub(in super::super) eager: bool,
}

/// The region of a block, head or region head.
pub(in super::super) fn region_of(p: *mut u8) -> *mut u8 {
    p.map_addr(|a| a & !(REGION - 1))
}

/// A region that nobody knows yet; with its memory in large pages if it shall be and they can be had.
pub(in super::super) fn new_region(large: bool) -> Option<*mut RegionHead> {
    let p = if large { memory::reserve_large(REGION) } else { memory::reserve(REGION) }?;
    let region = p.as_ptr().cast::<RegionHead>();
    // SAFETY: fresh memory of REGION bytes, which begins with the region's head.
    unsafe { region.write(RegionHead { previous: null_mut(), next: null_mut(), free: ALL_FREE }) };
    Some(region)
}

impl Regions {
    /// None.
    pub(in super::super) fn new() -> Self {
        Self {
            open: null_mut(),
            in_use: 0,
            idle: null_mut(),
            ready: null_mut(),
            ready_count: 0,
            count: 0,
            added: 0,
            quiet: 0,
            eager: false,
        }
    }

    /// Whether a region that is added now shall have large pages.
    pub(in super::super) fn large(&self) -> bool {
        self.eager && self.count >= LARGE_FROM
    }

    /// Takes a new region in.
    pub(in super::super) fn add(&mut self, region: *mut RegionHead) {
        self.count += 1;
        self.added += 1;
        self.push(region);
    }

    /// Keeps a new region for later.
    pub(in super::super) fn add_ready(&mut self, region: *mut RegionHead) {
        // SAFETY: nobody else knows the region.
        unsafe { (*region).next = self.ready };
        self.ready = region;
        self.ready_count += 1;
    }

    /// A region kept so, off its list; null if there is none.
    pub(in super::super) fn take_ready(&mut self) -> *mut RegionHead {
        let region = self.ready;
        if !region.is_null() {
            // SAFETY: on our list, whose heads our lock guards.
            self.ready = unsafe { (*region).next };
            self.ready_count -= 1;
        }
        region
    }

    /// Whether the heap grows, and how many regions to make ready. They are few against those in use, because their
    /// memory is taken already.
    pub(in super::super) fn wanted(&mut self) -> (bool, usize) {
        let added = std::mem::take(&mut self.added);
        self.quiet = if added == 0 { self.quiet.saturating_add(1) } else { 0 };
        if added == 0 || self.count < LARGE_FROM {
            return (added > 0, 0);
        }
        let most = (self.count / 8 + 1).min(READY);
        (true, (added + 1).min(most).saturating_sub(self.ready_count))
    }

    /// A region that was made ready and is not needed, or null.
    pub(in super::super) fn superfluous(&mut self) -> *mut RegionHead {
        if self.quiet < QUIET { null_mut() } else { self.take_ready() }
    }

    fn push(&mut self, region: *mut RegionHead) {
        // SAFETY: the regions on the list and `region` are live, and their heads are guarded by our lock.
        unsafe {
            (*region).previous = null_mut();
            (*region).next = self.open;
            if !self.open.is_null() {
                (*self.open).previous = region;
            }
        }
        self.open = region;
    }

    fn unlink(&mut self, region: *mut RegionHead) {
        // SAFETY: as in `push`; `region` is on the list.
        unsafe {
            let RegionHead { previous, next, .. } = *region;
            if previous.is_null() {
                self.open = next;
            } else {
                (*previous).next = next;
            }
            if !next.is_null() {
                (*next).previous = previous;
            }
        }
    }

    /// A chunk that nobody owns, if there is one without a new region.
    pub(in super::super) fn take(&mut self) -> Option<*mut Head> {
        if self.open.is_null() {
            if !self.idle.is_null() {
                let idle = std::mem::replace(&mut self.idle, null_mut());
                self.push(idle);
            } else if self.ready.is_null() {
                return None;
            } else {
                let ready = self.take_ready();
                self.add(ready);
            }
        }
        let region = self.open;
        // SAFETY: a live region whose head our lock guards; on the list, so a chunk is free.
        let free = unsafe { &mut (*region).free };
        let index = free.trailing_zeros() as usize;
        *free &= *free - 1;
        if *free == 0 {
            self.unlink(region);
        }
        self.in_use += CHUNK;
        // SAFETY: a region begins with CHUNKS heads.
        Some(unsafe { region.cast::<Head>().add(index) })
    }

    /// Takes note of a chunk that is no longer owned and hands out a region to be unmapped, or null.
    pub(in super::super) fn give_back(&mut self, chunk: *mut u8) -> *mut RegionHead {
        self.in_use -= CHUNK;
        let region = region_of(chunk).cast::<RegionHead>();
        let bit = 1u128 << ((chunk.addr() & (REGION - 1)) / CHUNK);
        // SAFETY: the region is live, as a chunk of it was in use until now; our lock guards its head.
        let before = unsafe { (*region).free };
        // SAFETY: as above.
        unsafe { (*region).free = before | bit };
        if before == 0 {
            self.push(region);
        }
        if before | bit != ALL_FREE {
            return null_mut();
        }
        self.unlink(region);
        let gone = std::mem::replace(&mut self.idle, region);
        self.count -= usize::from(!gone.is_null());
        gone
    }
}
