use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::types::test_seed;

type Twin = BTreeMap<Vec<u8>, (Vec<u8>, Option<i64>)>;

fn limits(entries: usize, value: usize) -> Limits {
    let limits = Limits::default();
    limits.set_seed(5);
    limits.set_hash_max_listpack_entries(entries);
    limits.set_hash_max_listpack_value(value);
    limits
}

fn text(rng: &mut Rng) -> Vec<u8> {
    match rng.below(20) {
        0 => Vec::new(),
        1..8 => rng.below(1000).to_string().into_bytes(),
        8 => (rng.next_u64().cast_signed()).to_string().into_bytes(),
        9 => vec![b'x'; below(rng, 70)],
        10 => vec![b'y'; below(rng, 3000)],
        _ => format!("value{}", rng.below(10_000)).into_bytes(),
    }
}

fn fields(hash: &Hash, now: i64) -> Twin {
    hash.live(now).map(|f| (f.name.to_vec(), (f.value.to_vec(), f.expiry))).collect()
}

fn check(hash: &Hash, twin: &Twin, now: i64) {
    assert_eq!(hash.len(), twin.len());
    assert_eq!(hash.is_empty(), twin.is_empty());
    assert_eq!(fields(hash, NOTHING_EXPIRES), *twin);
    let mut live = twin.clone();
    live.retain(|_, (_, at)| at.is_none_or(|at| at >= now));
    assert_eq!(fields(hash, now), live);
    assert_eq!(hash.live_len(now), live.len());
    assert_eq!(hash.earliest(), twin.values().filter_map(|(_, at)| *at).min());
    let copy = hash.clone();
    assert_eq!(fields(&copy, NOTHING_EXPIRES), *twin);
}

/// Random operations, with the rules of conversion spelled out again.
#[test]
fn agrees_with_a_naive_map() {
    let mut rng = Rng::new(test_seed(12));
    let rounds = if cfg!(miri) { 2 } else { 120 };
    for round in 0..rounds {
        let limits = limits(below(&mut rng, 40), 20 + below(&mut rng, 60));
        let (entries, longest) = (limits.hash_max_listpack_entries(), limits.hash_max_listpack_value());
        let names = 1 + rng.below(if round % 10 == 0 { 2000 } else { 60 });
        let (mut hash, mut twin, mut now) = (Hash::default(), Twin::new(), 1000);
        let (mut large, mut timed) = (false, false);
        for step in 0..if round % 10 == 0 { 6000 } else { 500 } {
            let name = match rng.below(8) {
                0 => rng.below(names).to_string().into_bytes(),
                _ => format!("f{}", rng.below(names)).into_bytes(),
            };
            let at = now + i64::try_from(rng.below(200)).unwrap() - 20;
            match rng.below(11) {
                0..5 => {
                    let value = text(&mut rng);
                    let ttl = match rng.below(if round % 3 == 0 { 2 } else { 4 }) {
                        0 => Ttl::Keep,
                        1 => Ttl::Clear,
                        _ => Ttl::At(at),
                    };
                    let old = twin.get(&name).cloned();
                    assert_eq!(hash.set(&name, &value, ttl, &limits), old.is_none());
                    large |= name.len() > longest || value.len() > longest;
                    timed |= matches!(ttl, Ttl::At(_));
                    let expiry = match ttl {
                        Ttl::Keep => old.and_then(|(_, at)| at),
                        Ttl::Clear => None,
                        Ttl::At(at) => Some(at),
                    };
                    twin.insert(name, (value, expiry));
                    large |= twin.len() > entries;
                }
                5..7 => {
                    assert_eq!(hash.remove(&name), twin.remove(&name).is_some());
                }
                7 if round % 3 != 0 => {
                    let expiry = (rng.below(3) > 0).then_some(at);
                    timed |= expiry.is_some();
                    assert_eq!(hash.set_expiry(&name, expiry), twin.contains_key(&name));
                    twin.entry(name).and_modify(|(_, at)| *at = expiry);
                }
                8 => {
                    now += i64::try_from(rng.below(4)).unwrap();
                    if rng.below(2) == 0 {
                        let most = below(&mut rng, 5);
                        let gone = hash.take_gone(now, most);
                        let mut due: Vec<i64> =
                            twin.values().filter_map(|(_, at)| at.filter(|&at| at < now)).collect();
                        due.sort_unstable();
                        assert_eq!(gone.len(), due.len().min(most));
                        let mut taken: Vec<i64> =
                            gone.iter().map(|name| twin.remove(name).unwrap().1.unwrap()).collect();
                        taken.sort_unstable();
                        assert_eq!(taken, due[..taken.len()]);
                    } else {
                        let was = twin.get(&name).is_some_and(|(_, at)| at.is_some_and(|at| at < now));
                        assert_eq!(hash.remove_gone(&name, now), was);
                        if was {
                            twin.remove(&name);
                        }
                    }
                }
                9 => {
                    let by = i64::try_from(rng.below(300)).unwrap();
                    let sum = |old: Option<Vec<u8>>| {
                        old.map_or(Some(by), |old| num::parse_i64(&old)?.checked_add(by))
                    };
                    let want = sum(twin.get(&name).map(|(value, _)| value.clone())).ok_or(());
                    let bytes = hash.heap_bytes();
                    let done = hash.update_in_place(&name, &limits, |old| sum(Some(old.to_vec())).ok_or(()));
                    assert_eq!(hash.heap_bytes(), bytes);
                    let got = match done {
                        Updated::Done(got) => got,
                        Updated::Absent => {
                            hash.insert(&name, by, &limits);
                            Ok(by)
                        }
                        Updated::Not => {
                            hash.update(&name, &limits, |old| sum(old.map(Item::to_vec)).ok_or(()))
                        }
                    };
                    assert_eq!(got, want);
                    if let Ok(sum) = want {
                        let value = sum.to_string().into_bytes();
                        large |= name.len() > longest || value.len() > longest;
                        twin.entry(name).or_insert((Vec::new(), None)).0 = value;
                        large |= twin.len() > entries;
                    }
                }
                _ => {
                    let want = twin.get(&name).filter(|(_, at)| at.is_none_or(|at| at >= now));
                    let got = hash.get(&name, now).map(|f| (f.value.to_vec(), f.expiry));
                    assert_eq!(got.as_ref(), want);
                }
            }
            let encoding = match (large, timed) {
                (true, _) => "hashtable",
                (false, true) => "listpackex",
                (false, false) => "listpack",
            };
            assert_eq!(hash.encoding(), encoding);
            if step % 50 == 0 {
                check(&hash, &twin, now);
            }
        }
        check(&hash, &twin, now);
        for name in twin.keys() {
            assert!(hash.remove(name));
        }
        assert!(hash.is_empty() && hash.earliest().is_none());
    }
}

#[test]
fn small_hashes_keep_redis_order() {
    let limits = limits(512, 64);
    let mut hash = Hash::default();
    for (name, value) in [("a", "1"), ("b", "2"), ("c", "3"), ("d", "4")] {
        hash.set(name.as_bytes(), value.as_bytes(), Ttl::Clear, &limits);
    }
    let order = |hash: &Hash| {
        let names: Vec<u8> = hash.iter().flat_map(|f| f.name.to_vec()).collect();
        String::from_utf8(names).unwrap()
    };
    assert_eq!(order(&hash), "abcd");
    hash.set_expiry(b"c", Some(300));
    hash.set_expiry(b"d", Some(100));
    hash.set_expiry(b"a", Some(300));
    assert_eq!(order(&hash), "dacb");
    hash.set_expiry(b"c", Some(300));
    assert_eq!(order(&hash), "dcab");
    hash.set(b"c", b"5", Ttl::Clear, &limits);
    assert_eq!(order(&hash), "dabc");
    hash.set(b"b", b"6", Ttl::Clear, &limits);
    hash.set(b"d", b"6", Ttl::Keep, &limits);
    assert_eq!(order(&hash), "dabc");
    hash.set_expiry(b"d", None);
    assert_eq!(order(&hash), "abcd");
    hash.set(b"b", b"6", Ttl::At(300), &limits);
    assert_eq!(order(&hash), "bacd");
}

/// The sum over all of (seen - expected)^2 / expected, which for `n` equal chances is about n - 1, and beyond
/// n + 4 sqrt(2 n) less than once in 10,000 tries.
fn assert_uniform(seen: &BTreeMap<Vec<u8>, u32>, n: usize, draws: u32) {
    let expected = f64::from(draws) / n as f64;
    let missing = (n - seen.len()) as f64 * expected;
    let chi = missing + seen.values().map(|&s| (f64::from(s) - expected).powi(2) / expected).sum::<f64>();
    assert!(chi < n as f64 + 4.0 * (2.0 * n as f64).sqrt(), "chi-square {chi} of {n}");
}

#[test]
fn choices_are_uniform() {
    // Listpacks of pairs and triples, tables, and all of these with fields that have expired.
    for (entries, fields, expired) in [
        (512, 40, 0),
        (512, 40, 30),
        (512, 300, 299),
        (0, 40, 0),
        (0, 1000, 0),
        (0, 1000, 600),
        (0, 3000, 2990),
    ] {
        let limits = limits(entries, 64);
        let mut hash = Hash::default();
        for i in 0..fields {
            hash.set(format!("f{i}").as_bytes(), b"v", Ttl::Clear, &limits);
            let late = i * expired / fields != (i + 1) * expired / fields;
            if late {
                hash.set_expiry(format!("f{i}").as_bytes(), Some(10));
            }
        }
        let (live, now) = (fields - expired, 11);
        assert_eq!(hash.live_len(now), live);
        let mut rng = Rng::new(77);
        let draws = u32::try_from(live * 40).unwrap();
        let count = |seen: &mut BTreeMap<Vec<u8>, u32>, f: Field<'_>| {
            assert!(f.is_live(now));
            *seen.entry(f.name.to_vec()).or_default() += 1;
        };
        let mut seen = BTreeMap::new();
        (0..draws).for_each(|_| count(&mut seen, hash.random(now, &mut rng).unwrap()));
        assert_uniform(&seen, live, draws);
        let mut seen = BTreeMap::new();
        hash.draw(draws as usize, now, &mut rng, |f| count(&mut seen, f));
        assert_uniform(&seen, live, draws);
        // Samples of few, of half, and of all but one.
        for size in [1 + live / 10, 1 + live / 2, live - 1] {
            let mut seen = BTreeMap::new();
            for _ in 0..40 {
                let mut names = BTreeSet::new();
                hash.sample(size, now, &mut rng, |f| {
                    assert!(names.insert(f.name.to_vec()), "twice in a sample");
                    count(&mut seen, f);
                });
                assert_eq!(names.len(), size.min(live));
            }
            // Without replacement it varies less than the bound allows.
            assert_uniform(&seen, live, u32::try_from(40 * size.min(live)).unwrap());
        }
        let mut all = 0;
        hash.sample(usize::MAX, now, &mut rng, |_| all += 1);
        assert_eq!(all, live);
    }
}

#[test]
fn nothing_is_drawn_from_what_has_expired() {
    for entries in [512, 0] {
        let limits = limits(entries, 64);
        let mut hash = Hash::default();
        hash.set(b"f", b"v", Ttl::At(5), &limits);
        let mut rng = Rng::new(1);
        assert!(hash.random(6, &mut rng).is_none() && hash.random(5, &mut rng).is_some());
        hash.draw(9, 6, &mut rng, |_| panic!("drawn"));
        hash.sample(9, 6, &mut rng, |_| panic!("sampled"));
        assert!(hash.random(NOTHING_EXPIRES, &mut rng).is_some());
        assert!(Hash::default().random(6, &mut rng).is_none());
    }
}

#[test]
fn a_scan_gives_every_live_field() {
    let limits = limits(100, 64);
    let mut hash = Hash::default();
    for n in [50, 2000] {
        for i in 0..n {
            let ttl = if i % 5 == 0 { Ttl::At(10) } else { Ttl::Clear };
            hash.set(format!("f{i}").as_bytes(), b"v", ttl, &limits);
        }
        let (mut seen, mut cursor, mut calls) = (BTreeSet::new(), 0, 0);
        loop {
            let mut given = 0;
            cursor = hash.scan(cursor, 10, 11, |f| {
                given += 1;
                assert!(seen.insert(f.name.to_vec()));
            });
            calls += 1;
            assert!(given <= 11 || n == 50);
            if cursor == 0 {
                break;
            }
        }
        assert_eq!((seen.len(), calls > 1), (n * 4 / 5, n > 100));
    }
    // Cursors from anywhere end somewhere.
    for cursor in [1, 1 << 47, (1 << 48) - 1, 1 << 48, u64::MAX] {
        hash.scan(cursor, usize::MAX, NOTHING_EXPIRES, |_| {});
        hash.scan(cursor, 0, NOTHING_EXPIRES, |_| {});
    }
}

#[test]
fn memory_is_counted_and_given_back() {
    let limits = limits(512, 64);
    let mut hash = Hash::default();
    let empty = hash.heap_bytes();
    for i in 0..20_000 {
        hash.set(format!("field:{i:08}").as_bytes(), b"0123456789", Ttl::Clear, &limits);
    }
    let full = hash.heap_bytes();
    assert!((20_000 * 30..20_000 * 50).contains(&full), "{} bytes a field", full / 20_000);
    for i in 0..20_000 {
        hash.set_expiry(format!("field:{i:08}").as_bytes(), Some(i + 1));
    }
    let timed = hash.heap_bytes();
    assert!((30..50).contains(&((timed - full) / 20_000)), "{} bytes an expiry", (timed - full) / 20_000);
    while !hash.take_gone(i64::MAX, 100).is_empty() {}
    assert!(hash.is_empty() && hash.heap_bytes() < empty + 2000, "{}", hash.heap_bytes());
    assert!(size_of::<Hash>() <= 40);
}
