//! Long string values: vectors behind a reference count, changed in place when nobody else holds them and
//! copied first otherwise. Appending costs what is appended, amortised; a gap is not written byte by byte.

use std::sync::Arc;

use super::raw::zeroed;

/// Values below this length double when they grow, longer ones gain an eighth.
const DOUBLES_BELOW: usize = 1 << 20;

/// The system gave no memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NoMemory;

/// Room for a value of `len` bytes that is likely to grow on.
fn roomy(len: usize) -> usize {
    if len < DOUBLES_BELOW { len * 2 } else { len.saturating_add((len / 8).max(DOUBLES_BELOW)) }
}

/// Writes `bytes` at `offset` of the value; a gap before them reads as zeros.
pub(crate) fn write_at(block: &mut Arc<Vec<u8>>, offset: usize, bytes: &[u8]) -> Result<(), NoMemory> {
    let end = offset.checked_add(bytes.len()).ok_or(NoMemory)?;
    match Arc::get_mut(block) {
        Some(value) if end <= value.capacity() || !is_far(value.len(), offset) => {
            if end > value.capacity() {
                value.try_reserve_exact(roomy(end) - value.len()).map_err(|_| NoMemory)?;
            }
            if value.len() < offset {
                value.resize(offset, 0);
            }
            let (over, past) = bytes.split_at(bytes.len().min(value.len() - offset));
            value[offset..offset + over.len()].copy_from_slice(over);
            value.extend_from_slice(past);
        }
        _ => *block = Arc::new(written(block, offset, bytes)?),
    }
    Ok(())
}

/// The value as its only owner may change it: at least `len` bytes, zeros behind what was there.
pub(crate) fn writable(block: &mut Arc<Vec<u8>>, len: usize) -> Result<&mut Vec<u8>, NoMemory> {
    if len > block.len() {
        write_at(block, len, &[])?;
    } else if Arc::get_mut(block).is_none() {
        *block = Arc::new(written(block, 0, &[])?);
    }
    // A block that grew while somebody else held it was replaced by one of our own.
    Arc::get_mut(block).ok_or(NoMemory)
}

/// A new value: `old` with `bytes` at `offset`, zeros in a gap before them.
pub(crate) fn written(old: &[u8], offset: usize, bytes: &[u8]) -> Result<Vec<u8>, NoMemory> {
    let end = offset.checked_add(bytes.len()).ok_or(NoMemory)?;
    let len = end.max(old.len());
    let grows = len > old.len() && !is_far(old.len(), offset);
    let mut value = zeroed(len, if grows { roomy(len) } else { len }).ok_or(NoMemory)?;
    value[..old.len()].copy_from_slice(old);
    value[offset..end].copy_from_slice(bytes);
    Ok(value)
}

/// Whether the gap before `offset` is longer than the value, so that fresh zeros are cheaper than writing
/// them, and the next change is not likely to be an append.
fn is_far(len: usize, offset: usize) -> bool {
    offset.saturating_sub(len) > len
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::rng::Rng;

    #[test]
    fn keeps_what_a_naive_twin_keeps() {
        let mut rng = Rng::new(11);
        let mut below = |n: u64| usize::try_from(rng.below(n)).unwrap();
        for _ in 0..200 {
            let mut twin = vec![b'o'; below(300)];
            let mut block = Arc::new(twin.clone());
            for _ in 0..20 {
                let offset = match below(4) {
                    0 => twin.len(),
                    1 => twin.len() + below(2000),
                    _ => below(twin.len() as u64 + 1),
                };
                let bytes = vec![b'a' + u8::try_from(below(26)).unwrap(); below(200)];
                let before = twin.clone();
                let pin = (below(3) == 0).then(|| Arc::clone(&block));
                let end = offset + bytes.len();
                if twin.len() < end {
                    twin.resize(end, 0);
                }
                twin[offset..end].copy_from_slice(&bytes);
                assert_eq!(written(&block, offset, &bytes).unwrap(), twin);
                write_at(&mut block, offset, &bytes).unwrap();
                assert_eq!(*block, twin);
                assert!(pin.is_none_or(|p| *p == before));
            }
        }
    }

    #[test]
    fn a_value_to_change_is_long_enough_and_nobody_elses() {
        for (len, wanted) in [(0, 0), (5, 3), (5, 5), (5, 9), (5, 4000), (3000, 3001)] {
            for pinned in [false, true] {
                let mut block = Arc::new(vec![b'a'; len]);
                let pin = pinned.then(|| Arc::clone(&block));
                let value = writable(&mut block, wanted).unwrap();
                let mut twin = vec![b'a'; len];
                twin.resize(len.max(wanted), 0);
                assert_eq!(*value, twin);
                value.push(b'z');
                assert!(pin.is_none_or(|pin| *pin == vec![b'a'; len]));
            }
        }
        assert_eq!(writable(&mut Arc::default(), usize::MAX).err(), Some(NoMemory));
    }

    #[test]
    fn appending_moves_the_value_seldom() {
        let mut block = Arc::new(Vec::new());
        let (mut moves, mut capacity) = (0, 0);
        for _ in 0..40_000 {
            let len = block.len();
            write_at(&mut block, len, &[b'x'; 500]).unwrap();
            if block.capacity() != capacity {
                moves += 1;
                capacity = block.capacity();
            }
        }
        assert_eq!(block.len(), 20_000_000);
        assert!(moves < 50, "{moves}");
        assert!(capacity < 24 << 20, "{capacity}");
    }

    #[test]
    fn a_far_write_takes_no_more_than_it_needs() {
        let mut block = Arc::new(vec![b'a'; 2000]);
        write_at(&mut block, 50 << 20, b"z").unwrap();
        assert_eq!((block.len(), block.capacity()), ((50 << 20) + 1, (50 << 20) + 1));
        assert_eq!((block[1999], block[2000], block[50 << 20]), (b'a', 0, b'z'));
        assert_eq!(write_at(&mut block, usize::MAX, b"z"), Err(NoMemory));
        assert_eq!(write_at(&mut block, isize::MAX.unsigned_abs(), b"z"), Err(NoMemory));
    }
}
