//! The three flavours against a naive map.

use super::*;
use std::collections::BTreeMap;

fn some_key(rng: &mut Rng) -> Vec<u8> {
    let n = rng.below(6_000);
    let mut key = n.to_string().into_bytes();
    // Some keys are long, some longer than a page holds; all are told apart by their number.
    key.resize(key.len() + [0, 1, 60, 130, 2_000][usize::try_from(n % 16 / 3).unwrap().min(4)], b'.');
    key
}

fn random_bytes(rng: &mut Rng) -> Vec<u8> {
    let top = [1, 10, 100, 1_200, 5_000][usize::try_from(rng.below(5)).unwrap()];
    let len = usize::try_from(rng.below(top)).unwrap();
    (0..len).map(|_| rng.next_u64() as u8).collect()
}

#[test]
fn a_hash_agrees_with_a_naive_map() {
    let mut rng = Rng::new(crate::types::test_seed(61));
    let mut map = PackedHash::new(rng.next_u64());
    let mut twin: BTreeMap<Vec<u8>, (Vec<u8>, Option<i64>)> = BTreeMap::new();
    for phase in 0..4 {
        for _ in 0..12_000 {
            let key = some_key(&mut rng);
            let expiry = (rng.below(2) == 0).then(|| rng.next_u64() as i64);
            match (rng.below(10), phase % 2) {
                (0..6, 0) | (0, 1) => {
                    let value = random_bytes(&mut rng);
                    assert_eq!(map.insert_with(&key, &value, expiry), !twin.contains_key(&key));
                    twin.insert(key, (value, expiry));
                }
                (6, _) => {
                    assert_eq!(map.set_expiry(&key, expiry), twin.contains_key(&key));
                    twin.entry(key).and_modify(|v| v.1 = expiry);
                }
                (7, _) => {
                    if let Some(handle) = map.handle_of(&key) {
                        map.payload_mut(handle).fill(7);
                        twin.get_mut(&key).unwrap().0.fill(7);
                    }
                }
                (8, _) => {
                    let found = map.get(&key).map(|r| (r.payload().to_vec(), r.expiry()));
                    assert_eq!(found.as_ref(), twin.get(&key));
                }
                _ => assert_eq!(map.remove(&key), twin.remove(&key).is_some()),
            }
        }
        let all = |m: &PackedHash| {
            m.iter()
                .map(|r| (r.key().to_vec(), (r.payload().to_vec(), r.expiry())))
                .collect::<BTreeMap<_, _>>()
        };
        assert_eq!(all(&map), twin);
        assert_eq!(all(&map.clone()), twin);
        assert_eq!(map.len(), twin.len());
    }
    for key in twin.keys() {
        assert!(map.remove(key));
    }
    assert!(map.is_empty());
    assert_eq!(map.heap_bytes(), 0);
}

#[test]
fn handles_stay_while_others_come_and_go() {
    let mut map = PackedScores::new(5);
    let mut twin = BTreeMap::new();
    for i in 0..20_000u64 {
        let key = format!("member:{i}").into_bytes();
        assert!(map.insert(&key, &i.to_le_bytes()));
        twin.insert(map.handle_of(&key).unwrap(), (key, i));
    }
    let mut rng = Rng::new(3);
    while map.len() > 500 {
        let handle = map.random(&mut rng).unwrap();
        assert!(map.remove_handle(handle));
        twin.remove(&handle);
    }
    for (handle, (key, i)) in &twin {
        let record = map.record(*handle);
        assert_eq!((record.key(), record.payload()), (&key[..], &i.to_le_bytes()[..]));
        assert_eq!(record.expiry(), None);
        assert!(!map.insert(key, &(i + 1).to_le_bytes()), "a score changes in place");
        assert_eq!(map.handle_of(key), Some(*handle));
        assert_eq!(map.record(*handle).payload(), (i + 1).to_le_bytes());
    }
    assert_eq!(map.handles().count(), twin.len());
    map.clear();
    assert_eq!((map.len(), map.heap_bytes()), (0, 0));
}

#[test]
fn a_set_of_short_members_is_small() {
    let mut set = PackedSet::new(9);
    set.insert(b"a", b"");
    assert!(set.heap_bytes() < 320, "{}", set.heap_bytes());
    for i in 0..50_000 {
        set.insert(format!("{i:010}").as_bytes(), b"");
    }
    assert!(set.contains(b"0000000007") && !set.contains(b"") && !set.contains(b"000000000"));
    let full = set.heap_bytes();
    assert!(full < 50_000 * 32, "{} bytes per member", full / 50_000);
    let (mut seen, mut cursor) = (0, 0);
    loop {
        cursor = set.scan(cursor, 100, |r| seen += usize::from(!r.key().is_empty()));
        if cursor == 0 {
            break;
        }
    }
    assert_eq!(seen, 50_001);
    assert!(set.insert(b"", b"") && !set.insert(b"", b"") && set.contains(b""));
}

#[test]
fn varints_of_every_length() {
    for value in (0..63).flat_map(|bit| [(1usize << bit) - 1, 1 << bit, (1 << bit) + 1]) {
        let mut out = [0; VARINT_MAX];
        let left = put_varint(&mut out, value).len();
        assert_eq!(VARINT_MAX - left, varint_len(value));
        assert_eq!(varint(&out), (value, varint_len(value)));
    }
}
