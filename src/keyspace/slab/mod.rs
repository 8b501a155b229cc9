//! The heap that entries live in: one per database, made of size classes, apart from the host's own heap.
//!
//! Why not the global allocator: it rounds an 88-byte entry to 96, and after a mass delete it keeps the memory
//! until `malloc_trim`, which holds the lock of the host's heap for as long as there is memory to walk. Here
//! memory goes back to the system chunk by chunk, as it becomes free, and nobody waits for more than one chunk.
//!
//! ```text
//! Heap     16 stripes, each behind its own lock; the hint of an allocation (its shard) picks one
//! Region   4 MiB from the system, aligned to its size; its first chunk holds the heads of all its chunks. After the
//!          first few, those that were made ready in the background have large pages
//! Chunk    32 KiB of blocks of one size class, owned by one stripe; when its last block is freed, its pages
//!          go back to the system outside of all locks. A stripe keeps one empty chunk for the next use
//! ```
//!
//! Blocks that are freed here and there leave chunks that are nearly empty. The keyspace then walks its entries and
//! has those in such chunks moved into others (`relocate`), until the chunks are empty.
//!
//! A free finds the head of its chunk by masking the pointer. Heads lie side by side and not in their chunks:
//! those of ten million entries fit the last cache, and a chunk gives back all of its pages. Sizes above
//! [`LARGEST`] (keys of some KiB; long values are shared blocks elsewhere) go to the global allocator with a
//! word in front that says which stripe they came from.
//!
//! What lives here: size classes (this file), the heap (`raw.rs`, `regions/raw.rs`). What does not: what an entry looks like.

mod raw;
/// What the heap is made of.
mod regions {
    mod raw;
    pub(super) use raw::{Regions, new_region, region_of};
}

pub(crate) use raw::{Heap, Place, free, home, relocate};

/// Bytes of a chunk.
#[cfg(not(miri))]
const CHUNK: usize = 32 << 10;
#[cfg(miri)]
const CHUNK: usize = 8 << 10;
/// Chunks of a region: a bit of a `u128` each.
const CHUNKS: usize = if cfg!(miri) { 4 } else { 128 };
/// Bytes of a region.
const REGION: usize = CHUNK * CHUNKS;
/// Sizes up to this have classes in steps of [`STEP`].
const FINE: usize = 256;
/// Every size is a multiple of this.
const STEP: usize = 8;
/// The largest size of the slab.
pub(crate) const LARGEST: usize = CHUNK / 7 / (2 * STEP) * (2 * STEP);
/// Size classes.
const CLASSES: usize = count();
/// The block size of each class.
const SIZES: [u16; CLASSES] = sizes();
/// The class of each multiple of [`STEP`].
const CLASS_OF: [u8; LARGEST / STEP + 1] = classes();
/// What the global allocator adds to a block, and the multiple it rounds to (glibc, jemalloc and mimalloc
/// differ by a few bytes; one model keeps `maxmemory` repeatable).
const ALLOC_WORD: usize = 8;
const ALLOC_STEP: usize = 16;

/// The class size after `size`: steps of 8, from [`FINE`] on what divides a chunk well, aligned to 16.
const fn next_size(size: usize) -> usize {
    if size < FINE {
        return size + STEP;
    }
    let mut blocks = CHUNK / size;
    loop {
        let next = CHUNK / blocks / (2 * STEP) * (2 * STEP);
        if next > size {
            return next;
        }
        blocks -= 1;
    }
}

const fn count() -> usize {
    let (mut n, mut size) = (1, 2 * STEP);
    while size < LARGEST {
        size = next_size(size);
        n += 1;
    }
    n
}

#[expect(clippy::cast_possible_truncation, reason = "sizes are below a chunk's")]
const fn sizes() -> [u16; CLASSES] {
    let mut sizes = [0; CLASSES];
    let (mut i, mut size) = (0, 2 * STEP);
    while i < CLASSES {
        sizes[i] = size as u16;
        size = next_size(size);
        i += 1;
    }
    sizes
}

#[expect(clippy::cast_possible_truncation, reason = "there are fewer than 256 classes")]
const fn classes() -> [u8; LARGEST / STEP + 1] {
    const { assert!(CLASSES <= 256) };
    let mut classes = [0; LARGEST / STEP + 1];
    let (mut step, mut class) = (0, 0);
    while step <= LARGEST / STEP {
        if step * STEP > SIZES[class] as usize {
            class += 1;
        }
        classes[step] = class as u8;
        step += 1;
    }
    classes
}

/// The class that serves `size`, `None` above [`LARGEST`].
fn class_of(size: usize) -> Option<usize> {
    CLASS_OF.get(size.div_ceil(STEP)).map(|class| usize::from(*class))
}

/// The bytes that a block for `size` bytes has: its class's size, or what the global allocator's rounding
/// gives. Two sizes of which this is the same may take each other's place.
pub(crate) fn usable(size: usize) -> usize {
    match class_of(size) {
        Some(class) => usize::from(SIZES[class]),
        None => (size + 2 * ALLOC_WORD).next_multiple_of(ALLOC_STEP) - 2 * ALLOC_WORD,
    }
}

/// Bytes that a block for `size` bytes costs.
pub(crate) fn cost(size: usize) -> usize {
    usable(size) + if size > LARGEST { 2 * ALLOC_WORD } else { 0 }
}

/// Bytes that `size` bytes of the global allocator cost.
pub(crate) fn malloc_cost(size: usize) -> usize {
    (size + ALLOC_WORD).next_multiple_of(ALLOC_STEP)
}

#[cfg(test)]
mod tests;
