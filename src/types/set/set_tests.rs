//! Sets against a naive twin, and whether chance is fair.

use super::combine::{Maybe, intersect, subtract, unite};
use super::*;
use crate::base::rng::Rng;
use std::collections::{BTreeMap, BTreeSet};

type Twin = BTreeSet<Vec<u8>>;

fn limits() -> Limits {
    let limits = Limits::default();
    limits.set_seed(99);
    limits
}

/// A member: mostly an integer if `whole`.
fn member(rng: &mut Rng, span: u64, whole: bool) -> Vec<u8> {
    let n = rng.below(span);
    match rng.below(20) {
        _ if whole => format!("{}", n.cast_signed() - 20).into_bytes(),
        0 => format!("0{n}").into_bytes(),
        1 => vec![b'x'; usize::try_from(n % 300).unwrap()],
        2 => format!("member:{n}:{}", "y".repeat(60)).into_bytes(),
        3..8 => format!("{n}").into_bytes(),
        _ => format!("m{n}").into_bytes(),
    }
}

fn same(set: &Set, twin: &Twin) {
    assert_eq!(set.len(), twin.len());
    assert_eq!(set.is_empty(), twin.is_empty());
    let mut seen = BTreeSet::new();
    set.iter().for_each(|m| assert!(seen.insert(m.to_vec())));
    assert_eq!(seen, *twin);
    assert_eq!(set.places().len(), twin.len());
    assert!(set.places().iter().all(|p| twin.contains(&set.at(*p).to_vec())));
    let (mut cursor, mut seen) = (0, BTreeSet::new());
    loop {
        cursor = set.scan(cursor, 7, |m| {
            seen.insert(m.to_vec());
        });
        if cursor == 0 {
            break;
        }
    }
    assert_eq!(seen, *twin);
    assert!(twin.iter().all(|m| set.contains(m) && set.contains_item(Item::parse(m))));
    let copy = set.clone();
    assert!(copy.len() == twin.len() && twin.iter().all(|m| copy.contains(m)));
}

/// Hands the members of a result to a closure.
type Run<'r> = &'r dyn Fn(&mut dyn FnMut(Item<'_>));

#[test]
fn agrees_with_a_naive_set() {
    let limits = limits();
    let mut rng = Rng::new(crate::types::test_seed(3));
    for round in 0..60u64 {
        let (mut set, mut twin, mut ints) = (Set::new(), Twin::new(), true);
        let whole = round % 3 == 0;
        let span = [30, 700, 3000][usize::try_from(round % 3).unwrap()] + rng.below(100);
        for step in 0..3_000 {
            let m = member(&mut rng, span, whole);
            if rng.below(10) < if step % 1000 < 700 { 7 } else { 2 } {
                assert_eq!(set.add(&m, &limits), twin.insert(m.clone()));
                ints &= num::parse_i64(&m).is_some() && twin.len() <= 512;
            } else {
                assert_eq!(set.remove(&m), twin.remove(&m));
            }
            assert_eq!(set.encoding(), if ints { "intset" } else { "hashtable" });
            assert_eq!(set.contains(&m), twin.contains(&m));
            if step % 211 == 0 {
                same(&set, &twin);
            }
            if step % 997 == 0 && !twin.is_empty() {
                let n = usize::try_from(rng.below(twin.len() as u64)).unwrap();
                let left = twin.len() - n;
                let mut gone = 0;
                set.pop_some(n, &mut rng, &limits, |m| {
                    assert!(twin.remove(&m.to_vec()));
                    gone += 1;
                });
                assert_eq!(gone, n);
                if left * 5 <= n {
                    ints = twin.len() <= 512 && twin.iter().all(|m| num::parse_i64(m).is_some());
                }
                same(&set, &twin);
            }
        }
        for m in &twin {
            assert!(set.remove(m));
        }
        assert!(set.is_empty());
        assert!(set.heap_bytes() < 600, "{}", set.heap_bytes());
    }
}

#[test]
fn some_and_any() {
    let limits = limits();
    let mut rng = Rng::new(crate::types::test_seed(4));
    for size in [1, 2, 5, 31, 32, 33, 200, 2000] {
        for whole in [true, false] {
            let mut set = Set::new();
            (0..size).for_each(|i| {
                let text = if whole { format!("{i}") } else { format!("m{i}") };
                assert!(set.add(text.as_bytes(), &limits));
            });
            for n in [0, 1, size / 4, size / 2, size, size + 5] {
                let mut seen = BTreeSet::new();
                set.give_some(n, &mut rng, |m| assert!(seen.insert(m.to_vec())));
                assert_eq!(seen.len(), n.min(size));
                let mut given = 0;
                set.give_any(n, &mut rng, |m| {
                    assert!(set.contains_item(m));
                    given += 1;
                });
                assert_eq!(given, n);
            }
        }
    }
    let mut rng = Rng::new(1);
    assert_eq!(Set::new().random(&mut rng), None);
    Set::unordered().give_any(5, &mut rng, |_| unreachable!());
    Set::new().give_any(5, &mut rng, |_| unreachable!());
}

/// The chi-square statistic of counts that should be equal, in standard deviations from what is expected.
fn deviation(counts: &BTreeMap<Vec<u8>, u32>, members: usize) -> f64 {
    let total: u32 = counts.values().sum();
    let expected = f64::from(total) / members as f64;
    let missing = (members - counts.len()) as f64 * expected;
    let squares: f64 = counts.values().map(|&n| (f64::from(n) - expected).powi(2) / expected).sum();
    let freedom = (members - 1) as f64;
    (squares + missing - freedom) / (2.0 * freedom).sqrt()
}

#[test]
fn chance_is_fair() {
    let limits = limits();
    let mut rng = Rng::new(crate::types::test_seed(12));
    // An intset, a listpack, tables of one segment and of several, one of them after many were removed.
    for (size, whole, removed) in
        [(300, true, 0), (20, false, 0), (100, false, 0), (1500, false, 0), (1500, false, 1100)]
    {
        let mut set = Set::new();
        (0..size).for_each(|i| {
            let text = if whole { format!("{i}") } else { format!("m{i}") };
            assert!(set.add(text.as_bytes(), &limits));
        });
        (0..removed).for_each(|i| assert!(set.remove(format!("m{i}").as_bytes())));
        let len = set.len();
        let rounds = len * 40;
        let mut counts: [BTreeMap<Vec<u8>, u32>; 5] = Default::default();
        let mut note = |which: usize, m: Item<'_>| *counts[which].entry(m.to_vec()).or_default() += 1;
        for _ in 0..rounds {
            let place = set.random(&mut rng).unwrap();
            note(0, set.at(place));
        }
        for _ in 0..rounds / (len / 5) {
            set.give_some(len / 5, &mut rng, |m| note(1, m));
            set.give_some(len * 4 / 5, &mut rng, |m| note(2, m));
            let mut less = set.clone();
            less.pop_some(len / 5, &mut rng, &limits, |m| note(3, m));
            let mut less = set.clone();
            less.pop_some(len / 2, &mut rng, &limits, |m| note(3, m));
            let mut less = set.clone();
            less.pop_some(len - len / 8, &mut rng, &limits, |_| {});
            less.iter().for_each(|m| note(4, m));
        }
        for (which, counts) in counts.iter().enumerate() {
            let deviation = deviation(counts, len);
            assert!(deviation < 4.5, "{size} {whole} {removed}, {which}: {deviation}");
        }
    }
}

#[test]
fn combined() {
    let limits = limits();
    let mut rng = Rng::new(crate::types::test_seed(5));
    for _ in 0..400 {
        let many = 1 + usize::try_from(rng.below(5)).unwrap();
        let made: Vec<Option<(Set, Twin)>> = (0..many)
            .map(|_| {
                if rng.below(12) == 0 {
                    return None;
                }
                let (mut set, mut twin) = (Set::new(), Twin::new());
                let (whole, span) =
                    (rng.below(3) == 0, [10, 60, 1200][usize::try_from(rng.below(3)).unwrap()]);
                for _ in 0..rng.below(span) {
                    let m = member(&mut rng, span, whole);
                    set.add(&m, &limits);
                    twin.insert(m);
                }
                Some((set, twin))
            })
            .collect();
        let mut sets: Vec<Maybe<'_>> = made.iter().map(|made| made.as_ref().map(|m| &m.0)).collect();
        let mut twins: Vec<Twin> =
            made.iter().map(|m| m.as_ref().map(|m| m.1.clone()).unwrap_or_default()).collect();
        if rng.below(5) == 0 {
            sets.push(sets[0]);
            twins.push(twins[0].clone());
        }
        let fold = |by: fn(&Twin, &Twin) -> Twin| twins[1..].iter().fold(twins[0].clone(), |a, b| by(&a, b));
        let list = |run: Run<'_>| {
            let mut out = Twin::new();
            run(&mut |m| assert!(out.insert(m.to_vec())));
            out
        };
        let all = fold(|a, b| a & b);
        assert_eq!(list(&|give| intersect(&sets, usize::MAX, give)), all);
        let few = list(&|give| intersect(&sets, 3, give));
        assert!(few.len() == all.len().min(3) && few.is_subset(&all));
        same(&Set::intersection(&sets, &limits), &all);
        let any = fold(|a, b| a | b);
        assert_eq!(list(&|give| unite(&sets, &limits, give)), any);
        let union = Set::union(&sets, &limits);
        same(&union, &any);
        let whole = any.len() <= 512 && any.iter().all(|m| num::parse_i64(m).is_some());
        assert_eq!(union.encoding(), if whole { "intset" } else { "hashtable" });
        let only = fold(|a, b| a - b);
        assert_eq!(
            list(&|give| {
                subtract(&sets, &limits, give);
            }),
            only
        );
        same(&Set::difference(&sets, &limits), &only);
    }
}

#[test]
fn a_million_members_are_small() {
    let limits = limits();
    let mut set = Set::new();
    (0..100_000).for_each(|i| assert!(set.add(format!("member:{i:07}").as_bytes(), &limits)));
    let each = set.heap_bytes() as f64 / set.len() as f64;
    // 14 bytes of text; Redis takes 64.
    assert!(each < 26.0, "{each}");
    assert!(size_of::<Set>() <= 40);
}
