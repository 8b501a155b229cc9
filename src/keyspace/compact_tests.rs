//! Moving entries together: nothing is lost by it, and it gives memory back.

use super::*;
use crate::base::rng::Rng;
use crate::keyspace::raw::{StrRef, ValueRef};
use crate::reply::sink::Block;
use crate::types::hash::{Hash, Ttl};
use crate::types::limits::Limits;
use crate::types::object::{Kind as _, Object};
use std::collections::BTreeMap;

/// Everything about an entry that must stay: kind and bytes, expiry, whether fields have one, `raw`, clock.
type Face = (u8, Vec<u8>, Option<i64>, bool, bool, u32);

fn face(entry: &Entry) -> Face {
    let (kind, bytes) = match entry.value() {
        ValueRef::Str(StrRef::Int(i)) => (0, i.to_le_bytes().to_vec()),
        ValueRef::Str(StrRef::Bytes(b)) => (1, b.to_vec()),
        // The block itself, too: who pinned it must not see it move.
        ValueRef::Str(StrRef::Block(b)) => (2, [&b[..], &b.as_ptr().addr().to_le_bytes()].concat()),
        ValueRef::Object(o) => (3, std::ptr::from_ref::<Object>(o).addr().to_le_bytes().to_vec()),
    };
    (kind, bytes, entry.expire_at(), entry.fields_expire(), entry.is_raw(), entry.lru())
}

fn value<'v>(rng: &mut Rng, bytes: &'v [u8]) -> NewValue<'v> {
    match rng.below(12) {
        0 => NewValue::Int(rng.next_u64().cast_signed()),
        1 => NewValue::Block(Block::new(bytes.to_vec())),
        2 => NewValue::Object(Box::new(Hash::default().into_object())),
        3 => {
            let mut hash = Hash::default();
            hash.set(b"field", b"value", Ttl::At(5), &Limits::default());
            NewValue::Object(Box::new(hash.into_object()))
        }
        // Few sizes: those of one size share chunks.
        n => NewValue::Bytes(&bytes[..usize::try_from(n % 3 * 100).unwrap()]),
    }
}

fn put(space: &Keyspace, rng: &mut Rng, twin: &mut BTreeMap<Vec<u8>, Face>, n: u64) {
    let long = if rng.below(500) == 0 { 6_000 } else { 0 };
    let key = format!("{n:08}:{}", "k".repeat(long)).into_bytes();
    let bytes: Vec<u8> = (0..300).map(|_| u8::try_from(rng.below(256)).unwrap()).collect();
    let expire = (rng.below(4) == 0).then(|| i64::try_from(rng.below(1 << 40)).unwrap());
    let value = value(rng, &bytes);
    let hash = space.hasher.hash(&key);
    let mut view = space.lock_key(&key, true);
    let (place, raw, lru) = (view.place(), rng.below(5) == 0, u32::try_from(rng.below(1 << 24)).unwrap());
    let entry = Entry::new(place, &key, value, raw, expire, lru);
    twin.insert(key.clone(), face(&entry));
    view.insert(0, hash, entry);
}

fn check(space: &Keyspace, twin: &BTreeMap<Vec<u8>, Face>) {
    let view = space.lock_all(false);
    let seen: BTreeMap<_, _> = view.iter(0).map(|e| (e.key().to_vec(), face(e))).collect();
    assert!(seen == *twin, "{} entries, {} expected", seen.len(), twin.len());
    assert!(twin.iter().all(|(key, face_of)| face(view.get(0, key).unwrap()) == *face_of));
}

#[test]
fn entries_survive_being_moved_and_memory_comes_back() {
    let (keys, rounds) = if cfg!(miri) { (150, 1) } else { (100_000, 3) };
    let space = Keyspace::new(8, 2, 21);
    let mut rng = Rng::new(4);
    let mut twin = BTreeMap::new();
    let mut next = 0;
    for _ in 0..rounds {
        for _ in 0..keys {
            put(&space, &mut rng, &mut twin, next);
            next += 1;
        }
        let full = space.heap.reserved();
        assert!(!space.sparse().0, "nothing was deleted");
        let gone: Vec<Vec<u8>> = twin.keys().filter(|_| rng.below(10) != 0).cloned().collect();
        for key in gone {
            drop(space.lock_key(&key, true).remove(0, &key));
            twin.remove(&key);
        }
        assert!(cfg!(miri) || space.sparse().0);
        let before = space.heap.reserved();
        // Keys come and go while entries are moved.
        let (mut walk, mut steps) = (Compaction::default(), 0);
        while space.compact_step(&mut walk) {
            steps += 1;
            if steps % 4 == 0 {
                put(&space, &mut rng, &mut twin, next);
                next += 1;
                if steps % 8 == 0 {
                    let key = twin.keys().nth(usize::try_from(rng.below(20)).unwrap()).unwrap().clone();
                    drop(space.lock_key(&key, true).remove(0, &key));
                    twin.remove(&key);
                }
            }
        }
        check(&space, &twin);
        assert!(!space.sparse().0);
        // What is left of the chunks are those of many classes that have little in them.
        let after = space.heap.reserved();
        assert!(cfg!(miri) || after * 2 < before, "{after} of {before}, {full} when full");
    }
}

#[test]
fn a_walk_over_nothing_ends() {
    let space = Keyspace::new(2, 3, 1);
    assert_eq!(space.sparse(), (false, 0));
    let mut walk = Compaction::default();
    assert_eq!((0..100).take_while(|_| space.compact_step(&mut walk)).count(), 5);
}
