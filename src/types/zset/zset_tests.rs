//! Small and large sets against a sorted vector.

use super::*;
use crate::base::rng::Rng;

type Twin = Vec<(f64, Vec<u8>)>;

fn draw(rng: &mut Rng, n: usize) -> usize {
    usize::try_from(rng.below(n as u64)).unwrap()
}

fn member(rng: &mut Rng) -> Vec<u8> {
    let n = rng.below(700);
    match n % 8 {
        0 => format!("member {n} {}", "long ".repeat(20)).into_bytes(),
        1..=3 => n.to_string().into_bytes(),
        _ => format!("m{n}").into_bytes(),
    }
}

fn score(rng: &mut Rng) -> f64 {
    match rng.below(12) {
        0 => f64::INFINITY,
        1 => f64::NEG_INFINITY,
        2..=4 => rng.below(5) as f64 / 4.0,
        5 => rng.next_u64() as i64 as f64,
        _ => rng.below(60) as f64 - 30.0,
    }
}

fn all(zset: &Zset, reverse: bool) -> Twin {
    zset.iter(reverse).map(|e| (e.score, e.member.to_vec())).collect()
}

fn order(a: &(f64, Vec<u8>), b: &(f64, Vec<u8>)) -> std::cmp::Ordering {
    a.0.partial_cmp(&b.0).unwrap().then_with(|| a.1.cmp(&b.1))
}

#[test]
fn agrees_with_a_sorted_vector() {
    let mut rng = Rng::new(crate::types::test_seed(71));
    let limits = Limits::default();
    for round in 0..12 {
        limits.set_zset_max_listpack_entries([128, 20, 100_000][round % 3]);
        limits.set_zset_max_listpack_value(if round % 2 == 0 { 64 } else { 1000 });
        let (mut zset, mut twin) = (Zset::new(), Twin::new());
        let mut large = false;
        for step in 0..3_000 {
            let (m, s) = (member(&mut rng), score(&mut rng));
            let at = twin.iter().position(|p| p.1 == m);
            if draw(&mut rng, 10) < 7 {
                assert_eq!(zset.add(&m, s, &limits), at.is_none());
                match at {
                    Some(at) => drop(twin.remove(at)),
                    None => {
                        large |= m.len() > limits.zset_max_listpack_value()
                            || twin.len() >= limits.zset_max_listpack_entries();
                    }
                }
                let new = (s, m);
                let place = twin.partition_point(|p| order(p, &new).is_lt());
                twin.insert(place, new);
            } else if step % 40 == 0 && !twin.is_empty() {
                let start = draw(&mut rng, twin.len());
                let end = (start + draw(&mut rng, 40)).min(twin.len());
                zset.remove_ranks(start..end);
                twin.drain(start..end);
            } else {
                assert_eq!(zset.rank(&m), at.map(|at| (at, twin[at].0)));
                assert_eq!(zset.score(&m), at.map(|at| twin[at].0));
                assert_eq!(zset.remove(&m), at.is_some());
                if let Some(at) = at {
                    twin.remove(at);
                }
            }
            assert_eq!(zset.len(), twin.len());
            assert_eq!(zset.is_empty(), twin.is_empty());
            assert_eq!(zset.encoding(), if large { "skiplist" } else { "listpack" });
            let range = ScoreRange {
                min: ScoreBound { value: score(&mut rng), exclusive: step % 2 == 0 },
                max: ScoreBound { value: score(&mut rng), exclusive: step % 3 == 0 },
            };
            let inside = |s: f64| {
                (if range.min.exclusive { s > range.min.value } else { s >= range.min.value })
                    && (if range.max.exclusive { s < range.max.value } else { s <= range.max.value })
            };
            let ranks = zset.score_ranks(&range);
            let expected: Vec<usize> = (0..twin.len()).filter(|i| inside(twin[*i].0)).collect();
            assert_eq!(ranks.collect::<Vec<_>>(), expected);
            if step % 50 == 0 {
                assert_eq!(all(&zset, false), twin);
                let mut back = all(&zset, true);
                back.reverse();
                assert_eq!(back, twin);
                assert_eq!(all(&zset.clone(), false), twin);
                let (a, b) = (draw(&mut rng, twin.len() + 1), draw(&mut rng, twin.len() + 1));
                let part: Twin = zset.iter_ranks(a..b, true).map(|e| (e.score, e.member.to_vec())).collect();
                let mut same = twin.get(a..b).unwrap_or_default().to_vec();
                same.reverse();
                assert_eq!(part, same);
                let (mut scanned, mut cursor) = (Twin::new(), 0);
                loop {
                    cursor = zset.scan(cursor, 10, |e| scanned.push((e.score, e.member.to_vec())));
                    if cursor == 0 {
                        break;
                    }
                }
                scanned.sort_by(order);
                assert_eq!(scanned, twin);
            }
        }
        zset.remove_ranks(0..usize::MAX);
        assert!(zset.is_empty() && zset.iter(false).next().is_none());
    }
}

#[test]
fn ranges_of_members() {
    let limits = Limits::default();
    for large in [false, true] {
        limits.set_zset_max_listpack_entries(if large { 0 } else { 128 });
        let mut zset = Zset::new();
        for m in ["", "a", "aa", "b", "c", "10", "9"] {
            zset.add(m.as_bytes(), 0.0, &limits);
        }
        let find = |min, max| {
            let ranks = zset.lex_ranks(&LexRange { min, max }, false);
            assert_eq!(zset.lex_ranks(&LexRange { min, max }, true).len(), ranks.len());
            let members =
                zset.iter_ranks(ranks, false).map(|e| String::from_utf8(e.member.to_vec()).unwrap());
            members.collect::<Vec<_>>().join(",")
        };
        use LexBound::{Exclusive, First, Inclusive, Last};
        assert_eq!(find(First, Last), ",10,9,a,aa,b,c");
        assert_eq!(find(Inclusive(b"a"), Exclusive(b"b")), "a,aa");
        assert_eq!(find(Exclusive(b"a"), Inclusive(b"b")), "aa,b");
        assert_eq!(find(Exclusive(b""), Inclusive(b"9")), "10,9");
        for (min, max) in [(Last, First), (Last, Last), (First, First), (Inclusive(b"b"), Inclusive(b"a"))] {
            assert_eq!(find(min, max), "");
        }
    }
}

#[test]
fn built_at_once() {
    let limits = Limits::default();
    for (n, len) in [(0, 1), (1, 1), (128, 1), (129, 1), (5, 65), (4_000, 1)] {
        let mut builder = Builder::new(&limits, n);
        let mut twin = Twin::new();
        for i in 0..n {
            let m = format!("{}{i}", "x".repeat(len - 1)).into_bytes();
            builder.add(&m, 1.0, |a, b| a + b);
            builder.add(&m, (i % 7) as f64, |a, b| a + b);
            twin.push(((i % 7) as f64 + 1.0, m));
        }
        twin.sort_by(order);
        let zset = builder.finish(&limits);
        assert_eq!(all(&zset, false), twin);
        assert_eq!(zset.encoding(), if n > 128 || len > 64 { "skiplist" } else { "listpack" });
        assert!(n == 0 || zset.heap_bytes() > n);
    }
}

#[test]
fn a_million_members_are_small() {
    let limits = Limits::default();
    let mut rng = Rng::new(2);
    let mut zset = Zset::new();
    let n = 100_000;
    for i in 0..n {
        zset.add(format!("element:{i:07}").as_bytes(), rng.below(1 << 40) as f64, &limits);
    }
    let each = zset.heap_bytes() / n;
    assert!(each < 60, "{each} bytes an element");
    assert_eq!(zset.score_ranks(&ScoreRange::ALL), 0..n);
}
