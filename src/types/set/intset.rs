//! A set of integers as a sorted array of the narrowest width that holds all that were ever in it: Redis's intset.

use crate::types::arena::malloc_cost;

/// From this many bytes on an array grows by an eighth more than it needs.
const GENEROUS: usize = 256;

/// See the module.
#[derive(Clone, Debug)]
pub(super) enum IntSet {
    W16(Vec<i16>),
    W32(Vec<i32>),
    W64(Vec<i64>),
}

/// An integer that an array can consist of.
trait Lane: Copy + Ord + TryFrom<i64> + Into<i64> {}
impl Lane for i16 {}
impl Lane for i32 {}
impl Lane for i64 {}

/// The same for each width.
macro_rules! each {
    ($set:expr, $lanes:ident => $do:expr) => {
        match $set {
            IntSet::W16($lanes) => $do,
            IntSet::W32($lanes) => $do,
            IntSet::W64($lanes) => $do,
        }
    };
}

/// Where a value is, or where it would have to be.
#[inline]
fn search<T: Lane>(lanes: &[T], value: i64) -> Result<usize, usize> {
    let Ok(value) = T::try_from(value) else {
        return Err(if value < 0 { 0 } else { lanes.len() });
    };
    match lanes.last() {
        // Values often come in their order.
        Some(last) if *last < value => Err(lanes.len()),
        _ => lanes.binary_search(&value),
    }
}

/// The value at an index.
#[inline]
fn lane<T: Lane>(lanes: &[T], index: usize) -> Option<i64> {
    lanes.get(index).map(|&value| value.into())
}

/// Inserts a value that fits; false if it is there.
fn insert<T: Lane>(lanes: &mut Vec<T>, value: i64) -> bool {
    let (Err(at), Ok(value)) = (search(lanes, value), T::try_from(value)) else { return false };
    reserve(lanes, 1);
    lanes.insert(at, value);
    true
}

/// Makes room in the steps of the allocators.
fn reserve<T>(lanes: &mut Vec<T>, more: usize) {
    let need = lanes.len() + more;
    if need <= lanes.capacity() {
        return;
    }
    let bytes = need * size_of::<T>();
    let target = if bytes < GENEROUS { bytes } else { bytes + bytes / 8 };
    let rounded = (target.saturating_add(7) / 16 * 16 + 8).max(24);
    lanes.reserve_exact(rounded / size_of::<T>() - lanes.len());
}

/// Gives memory back if more than half of it is unused.
fn give_back<T>(lanes: &mut Vec<T>) {
    if lanes.len() < lanes.capacity() / 2 {
        lanes.shrink_to(lanes.len() + lanes.len() / 8);
    }
}

/// The same values in wider lanes.
fn widened<T: Lane, W: Lane>(lanes: &[T]) -> Vec<W> {
    let mut wide = Vec::new();
    reserve(&mut wide, lanes.len() + 1);
    wide.extend(lanes.iter().filter_map(|&v| W::try_from(v.into()).ok()));
    wide
}

impl IntSet {
    /// One without values.
    pub(super) fn new() -> Self {
        Self::W16(Vec::new())
    }

    /// Values.
    #[inline]
    pub(super) fn len(&self) -> usize {
        each!(self, lanes => lanes.len())
    }

    /// Bytes on the heap.
    #[inline]
    pub(super) fn heap_bytes(&self) -> usize {
        match self {
            Self::W16(lanes) => malloc_cost(lanes.capacity() * size_of::<i16>()),
            Self::W32(lanes) => malloc_cost(lanes.capacity() * size_of::<i32>()),
            Self::W64(lanes) => malloc_cost(lanes.capacity() * size_of::<i64>()),
        }
    }

    /// The value at an index, in ascending order.
    #[inline]
    pub(super) fn get(&self, index: usize) -> Option<i64> {
        each!(self, lanes => lane(lanes, index))
    }

    /// Where a value is.
    #[inline]
    pub(super) fn find(&self, value: i64) -> Option<usize> {
        each!(self, lanes => search(lanes, value).ok())
    }

    /// Inserts a value; false if it is there.
    pub(super) fn insert(&mut self, value: i64) -> bool {
        self.widen_for(value);
        each!(self, lanes => insert(lanes, value))
    }

    /// Makes the lanes wide enough for a value.
    #[inline]
    fn widen_for(&mut self, value: i64) {
        if let Self::W16(lanes) = self
            && i16::try_from(value).is_err()
        {
            *self = match i32::try_from(value) {
                Ok(_) => Self::W32(widened(lanes)),
                Err(_) => Self::W64(widened(lanes)),
            };
        } else if let Self::W32(lanes) = self
            && i32::try_from(value).is_err()
        {
            *self = Self::W64(widened(lanes));
        }
    }

    /// Removes the value at an index, which is there.
    pub(super) fn remove_at(&mut self, index: usize) {
        each!(self, lanes => {
            lanes.remove(index);
            give_back(lanes);
        });
    }

    /// Removes the values at these indices, which are in ascending order, in one pass.
    pub(super) fn remove_all(&mut self, indices: &[usize]) {
        each!(self, lanes => {
            let (mut at, mut next) = (0, indices.iter().peekable());
            lanes.retain(|_| {
                let goes = next.next_if(|&&index| index == at).is_some();
                at += 1;
                !goes
            });
            give_back(lanes);
        });
    }

    /// All values, in ascending order.
    #[inline]
    pub(super) fn iter(&self) -> impl Iterator<Item = i64> + '_ {
        let (a, b, c): (&[i16], &[i32], &[i64]) = match self {
            Self::W16(lanes) => (lanes, &[], &[]),
            Self::W32(lanes) => (&[], lanes, &[]),
            Self::W64(lanes) => (&[], &[], lanes),
        };
        a.iter().map(|&v| v.into()).chain(b.iter().map(|&v| v.into())).chain(c.iter().copied())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::rng::Rng;
    use std::collections::BTreeSet;

    fn width(set: &IntSet) -> usize {
        match set {
            IntSet::W16(_) => 16,
            IntSet::W32(_) => 32,
            IntSet::W64(_) => 64,
        }
    }

    #[test]
    fn lanes_widen_and_stay_wide() {
        let mut set = IntSet::new();
        let steps =
            [(5, 16), (-32768, 16), (32767, 16), (32768, 32), (i64::from(i32::MIN), 32), (1 << 31, 64)];
        for (value, wide) in steps {
            assert!(set.insert(value) && !set.insert(value));
            assert_eq!(width(&set), wide, "{value}");
        }
        assert_eq!(set.iter().collect::<Vec<_>>(), [-2147483648, -32768, 5, 32767, 32768, 2147483648]);
        set.remove_all(&[0, 4, 5]);
        assert_eq!(set.iter().collect::<Vec<_>>(), [-32768, 5, 32767]);
        assert_eq!(width(&set), 64);
        let mut set = IntSet::new();
        assert!(set.insert(1) && set.insert(i64::MIN) && set.insert(i64::MAX));
        assert_eq!(set.iter().collect::<Vec<_>>(), [i64::MIN, 1, i64::MAX]);
    }

    #[test]
    fn agrees_with_a_naive_set() {
        let mut rng = Rng::new(crate::types::test_seed(7));
        let mut set = IntSet::new();
        let mut twin = BTreeSet::new();
        for step in 0..20_000u32 {
            let span = [50, 40_000, 1 << 33, u64::MAX][step as usize / 5_000];
            let value = rng.below(span).cast_signed().wrapping_sub(i64::try_from(span / 2).unwrap());
            if rng.below(5) < 3 {
                assert_eq!(set.insert(value), twin.insert(value));
            } else if let Some(at) = set.find(value) {
                assert!(twin.remove(&value));
                set.remove_at(at);
            } else {
                assert!(!twin.contains(&value));
            }
            assert_eq!(set.len(), twin.len());
            if step % 500 == 0 {
                assert!(set.iter().eq(twin.iter().copied()));
                assert!(twin.iter().enumerate().all(|(i, v)| set.get(i) == Some(*v)));
                let n = set.len();
                let goes: Vec<usize> = (0..n).filter(|_| rng.below(3) == 0).collect();
                let values: Vec<i64> = goes.iter().map(|i| set.get(*i).unwrap()).collect();
                set.remove_all(&goes);
                values.iter().for_each(|v| assert!(twin.remove(v)));
                assert!(set.iter().eq(twin.iter().copied()));
                assert!(set.heap_bytes() <= 64 + twin.len() * 24);
            }
        }
    }
}
