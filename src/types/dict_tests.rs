//! The dict against a naive twin, and its promises: uniform draws, SCAN, memory.

use super::*;
use std::collections::{BTreeMap, BTreeSet};

/// The handle stands for itself.
fn hash_of(handle: Handle) -> u64 {
    Rng::new(u64::from(handle)).next_u64()
}

fn add(dict: &mut Dict, handle: Handle) {
    dict.insert(hash_of(handle), handle, hash_of);
}

fn take(dict: &mut Dict, handle: Handle) -> Option<Handle> {
    dict.remove(hash_of(handle), |h| h == handle, hash_of)
}

fn check(dict: &Dict) {
    let buckets = dict.segments.iter().map(|s| cost(&s.slots)).sum::<usize>();
    assert_eq!(dict.tables, buckets);
    for (at, &index) in dict.dir.iter().enumerate() {
        let segment = &dict.segments[index as usize];
        assert_eq!(at >> (dict.depth - segment.depth), segment.lead as usize);
    }
    assert_eq!(dict.segments.iter().map(|s| s.slots.len()).sum::<usize>(), dict.len());
    assert!(dict.segments.iter().all(|s| s.slots.num_buckets() <= SEGMENT_BUCKETS));
}

#[test]
fn agrees_with_a_naive_set_while_it_grows_and_shrinks() {
    let mut rng = Rng::new(crate::types::test_seed(31));
    let mut dict = Dict::default();
    let mut twin = BTreeSet::new();
    for phase in 0..6 {
        for _ in 0..20_000 {
            let handle = u32::try_from(rng.below(30_000)).unwrap();
            let there = dict.find(hash_of(handle), |h| h == handle).is_some();
            assert_eq!(there, twin.contains(&handle));
            if rng.below(20) < if phase % 2 == 0 { 18 } else { 1 } {
                if !there {
                    add(&mut dict, handle);
                    twin.insert(handle);
                }
            } else {
                assert_eq!(take(&mut dict, handle).is_some(), twin.remove(&handle));
            }
        }
        check(&dict);
        assert_eq!(dict.iter().collect::<BTreeSet<_>>(), twin);
        assert_eq!(dict.clone().iter().count(), twin.len());
    }
    for handle in twin {
        assert_eq!(take(&mut dict, handle), Some(handle));
    }
    assert_eq!((dict.len(), dict.heap_bytes()), (0, 0));
}

#[test]
fn a_handle_is_replaced_by_another_for_the_same_thing() {
    let mut dict = Dict::with_capacity(10);
    assert!(dict.heap_bytes() > 0);
    dict.insert(7, 1, |_| 7);
    assert_eq!(dict.replace(7, |h| h == 1, 2), Some(1));
    assert_eq!(dict.replace(7, |h| h == 1, 2), None);
    assert_eq!(dict.find(7, |_| true), Some(2));
    dict.clear();
    assert_eq!((dict.len(), dict.find(7, |_| true)), (0, None));
}

#[test]
fn equal_hashes_make_one_segment_wide_and_nothing_deep() {
    let mut dict = Dict::default();
    (0..2_000).for_each(|h| dict.insert(1 << 40, h, |_| 1 << 40));
    assert_eq!((0..2_000).filter(|&h| dict.find(1 << 40, |x| x == h) == Some(h)).count(), 2_000);
    assert_eq!(dict.random(&mut Rng::new(1)).map(|h| h < 2_000), Some(true));
}

#[test]
fn churn_at_any_fill_keeps_segments_at_their_size() {
    let mut dict = Dict::default();
    (0..40_000).for_each(|h| add(&mut dict, h));
    for h in 0..200_000 {
        assert_eq!(take(&mut dict, h), Some(h));
        add(&mut dict, h + 40_000);
    }
    check(&dict);
    assert!(dict.heap_bytes() < 40_000 * 14, "{}", dict.heap_bytes());
}

/// Chi-square of draws against equal shares; the answer is how many standard deviations it lies off.
fn chi_square(dict: &Dict, rng: &mut Rng) -> f64 {
    let n = dict.len();
    let mut seen: BTreeMap<Handle, u32> = dict.iter().map(|h| (h, 0)).collect();
    let each = 40;
    for _ in 0..n * each {
        *seen.get_mut(&dict.random(rng).unwrap()).unwrap() += 1;
    }
    let expected = each as f64;
    let chi = seen.values().map(|&c| (f64::from(c) - expected).powi(2) / expected).sum::<f64>();
    let free = (n - 1) as f64;
    (chi - free) / (2.0 * free).sqrt()
}

#[test]
fn random_is_uniform_at_every_fill_and_after_deletes() {
    let mut rng = Rng::new(crate::types::test_seed(41));
    assert_eq!(Dict::default().random(&mut rng), None);
    for fill in [2, 3, 10, 100, 448, 449, 1_000, 5_000, 20_000] {
        let mut dict = Dict::default();
        (0..fill).for_each(|h| add(&mut dict, h));
        let off = chi_square(&dict, &mut rng);
        assert!(off.abs() < 4.5, "{off} deviations at {fill}");
        for left in [fill / 3, fill / 30] {
            while dict.len() > (left as usize).max(2) {
                let gone = dict.random(&mut rng).unwrap();
                take(&mut dict, gone);
            }
            let off = chi_square(&dict, &mut rng);
            assert!(off.abs() < 4.5, "{off} deviations at {left} of {fill}");
        }
    }
}

#[test]
fn a_draw_takes_few_tries_after_mass_deletes() {
    let mut dict = Dict::default();
    (0..100_000).for_each(|h| add(&mut dict, h));
    for h in 0..100_000 {
        take(&mut dict, h);
        let wide =
            if dict.segments.len() == 1 { dict.segments[0].slots.num_buckets() } else { SEGMENT_BUCKETS };
        assert!(dict.segments.len() * wide <= 16 * dict.len(), "{} left", dict.len());
    }
}

#[test]
fn a_scan_gives_what_stays_at_least_once() {
    let mut rng = Rng::new(crate::types::test_seed(51));
    for shrink in [false, true] {
        let mut dict = Dict::default();
        let start = if shrink { 60_000 } else { 3_000 };
        (0..start).for_each(|h| add(&mut dict, h));
        let (mut seen, mut cursor, mut fresh) = (BTreeSet::new(), 0, start);
        loop {
            let mut here = 0;
            let next = dict.scan(cursor, 10, hash_of, |h| {
                here += 1;
                seen.insert(h);
            });
            assert!(here <= 11 && next < 1 << 48, "{here} in one step");
            assert!(next == 0 || next > cursor);
            cursor = next;
            if cursor == 0 {
                break;
            }
            for _ in 0..60 {
                if shrink {
                    take(&mut dict, 1_000 + u32::try_from(rng.below(59_000)).unwrap());
                } else {
                    add(&mut dict, fresh);
                    fresh += 1;
                }
            }
        }
        assert!((0..1_000).all(|h| seen.contains(&h)));
        check(&dict);
    }
    // One whole scan of what does not change gives each just once.
    let mut dict = Dict::default();
    (0..5_000).for_each(|h| add(&mut dict, h));
    let (mut all, mut cursor) = (Vec::new(), 0);
    loop {
        cursor = dict.scan(cursor, 0, hash_of, |h| all.push(h));
        if cursor == 0 {
            break;
        }
    }
    all.sort_unstable();
    assert_eq!(all, (0..5_000).collect::<Vec<_>>());
    for strange in [1 << 48, u64::MAX, u64::MAX >> 1] {
        assert_eq!(dict.scan(strange, 10, hash_of, |_| panic!("nothing there")), 0);
    }
}
