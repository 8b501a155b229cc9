use super::*;
use crate::keyspace::table::Gone;
use std::collections::{BTreeMap, BTreeSet};

fn scan_all(space: &Keyspace, count: usize) -> Vec<Vec<u8>> {
    let (mut keys, mut cursor) = (Vec::new(), 0);
    loop {
        cursor = space.view().scan(0, cursor, count, &mut |e| keys.push(e.key().to_vec()));
        if cursor == 0 {
            return keys;
        }
    }
}

#[test]
fn agrees_with_a_naive_map_while_it_grows_and_shrinks() {
    let space = Keyspace::new(4, 2, 11);
    let mut rng = Rng::new(3);
    let mut twin: BTreeMap<Vec<u8>, Option<i64>> = BTreeMap::new();
    for phase in 0..4 {
        for _ in 0..15_000 {
            let key = format!("key:{}", rng.below(20_000)).into_bytes();
            let expire = (rng.below(3) == 0).then(|| i64::try_from(rng.below(1000)).unwrap());
            let hash = space.hasher.hash(&key);
            let mut view = space.lock_several(&mut smallvec::smallvec![space.hasher.shard(hash)], true);
            let grow = rng.below(10) < if phase % 2 == 0 { 8 } else { 1 };
            match (twin.contains_key(&key), grow) {
                (true, false) => {
                    assert_eq!(view.remove(1, &key).unwrap().key(), key);
                    twin.remove(&key);
                }
                (true, true) => {
                    let slot = view.find(1, hash, &key).unwrap();
                    view.at_mut(1, hash, slot, |_| {}).unwrap().set_expire(expire);
                    twin.insert(key, expire);
                }
                (false, true) => {
                    let place = view.place();
                    view.insert(1, hash, Entry::new(place, &key, NewValue::Int(1), false, expire, 0));
                    twin.insert(key, expire);
                }
                (false, false) => assert!(view.remove(1, &key).is_none()),
            }
        }
        let volatile = twin.values().filter(|e| e.is_some()).count();
        assert_eq!(space.view().count(1), (twin.len(), volatile));
        let view = space.lock_all(false);
        let seen = view.iter(1).map(|e| (e.key().to_vec(), e.expire_at())).collect::<BTreeMap<_, _>>();
        assert_eq!(seen, twin);
        assert!(twin.iter().all(|(k, e)| view.get(1, k).unwrap().expire_at() == *e));
    }
    // Expiry takes just what is due.
    let mut out = Gone::default();
    for shard in 0..space.shards() {
        let mut guard = space.write(shard);
        let Shard { tables, account } = &mut *guard;
        let mut at = Some(0);
        while let Some(place) = at {
            at = tables[1].expire_step(place, 500, 9, &space.hasher, account, &mut out);
        }
    }
    let due = twin.iter().filter(|(_, e)| e.is_some_and(|t| t < 500)).count();
    assert_eq!((out.entries.len(), out.fields.len(), out.spent.len()), (due, 0, 0));
    twin.retain(|_, e| e.is_none_or(|t| t >= 500));
    assert_eq!(space.view().count(1).0, twin.len());
    // Everything that is removed is no longer counted.
    let mut view = space.lock_all(true);
    twin.keys().for_each(|key| drop(view.remove(1, key)));
    drop(view);
    let left = space.reported.load(Ordering::Relaxed)
        + space.cells.iter().map(|c| c.0.read().account.delta).sum::<i64>();
    assert_eq!(left, 0);
}

#[test]
fn a_scan_returns_what_stays_at_least_once() {
    let space = Keyspace::new(4, 1, 5);
    let mut rng = Rng::new(9);
    let key = |i: u64| format!("key:{i}").into_bytes();
    let insert = |i: u64| {
        let mut view = space.lock_all(true);
        let place = view.place();
        view.insert(
            0,
            space.hasher.hash(&key(i)),
            Entry::new(place, &key(i), NewValue::Int(0), false, None, 0),
        );
    };
    (0..6_000).for_each(insert);
    assert_eq!(scan_all(&space, 10).len(), 6_000);
    let (mut seen, mut cursor, mut calls, mut fresh) = (BTreeSet::new(), 0, 0, 10_000);
    loop {
        let mut here = 0;
        cursor = space.view().scan(0, cursor, 10, &mut |e| {
            here += 1;
            seen.insert(e.key().to_vec());
        });
        assert!(here <= 11, "{here} keys in one step");
        calls += 1;
        // Grow for a while, then shrink: keys 0..1000 stay all the time.
        for _ in 0..20 {
            if calls < 200 {
                fresh += 1;
                insert(fresh);
            } else {
                let gone = key(1_000 + rng.below(fresh));
                space.lock_all(true).remove(0, &gone);
            }
        }
        if cursor == 0 {
            break;
        }
    }
    assert!((0..1_000).all(|i| seen.contains(&key(i))));
}

#[test]
fn a_group_finds_what_single_look_ups_find() {
    let space = Keyspace::new(8, 2, 7);
    let keys: Vec<Vec<u8>> = (0..3_000).map(|i| format!("key:{i}").into_bytes()).collect();
    for key in keys.iter().step_by(2) {
        let mut view = space.lock_all(true);
        let place = view.place();
        view.insert(0, space.hasher.hash(key), Entry::new(place, key, NewValue::Int(0), false, None, 0));
    }
    let words: Vec<&[u8]> = keys.iter().map(Vec::as_slice).collect();
    for chunk in [1, 7, GROUP] {
        for some in words.chunks(chunk) {
            let view = space.lock_keys(some);
            assert!(!view.exclusive());
            for (found, key) in view.get_group(0, some).into_iter().zip(some) {
                assert_eq!(found.map(Entry::key), view.get(0, key).map(Entry::key));
            }
            assert!(view.get_group(1, some).iter().all(Option::is_none));
            assert!(view.get_group(9, some).iter().all(Option::is_none));
        }
    }
}

#[test]
fn memory_of_tables_follows_the_keys() {
    let space = Keyspace::new(1, 1, 5);
    let key = |i: u32| format!("key:{i:012}").into_bytes();
    for i in 0..50_000 {
        let mut view = space.lock_all(true);
        let place = view.place();
        view.insert(
            0,
            space.hasher.hash(&key(i)),
            Entry::new(place, &key(i), NewValue::Bytes(&[0; 64]), false, None, 0),
        );
    }
    let full = space.used_bytes();
    assert!((100..125).contains(&(full / 50_000)), "{} bytes per key", full / 50_000);
    for i in 500..50_000 {
        space.lock_all(true).remove(0, &key(i));
    }
    assert!(space.used_bytes() < full / 40, "{} of {full}", space.used_bytes());
}
