//! One thread and several come to the same keys, and to the same error.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use super::*;
use crate::base::rng::Rng;
use crate::persist::storage::FileSystem;
use crate::rdb::ValueRef;
use crate::rdb::file::Writer;

/// A file of several megabytes: short and long strings, integers, some that have expired, two databases.
fn file(path: &Path) -> Vec<u8> {
    let mut rng = Rng::new(crate::types::test_seed(9));
    let mut writer = Writer::new(Vec::new(), true, true).unwrap();
    writer.aux(b"used-mem", b"12345").unwrap();
    for db in [0, 3] {
        writer.select_db(db).unwrap();
        for n in 0..40_000_i64 {
            let name = format!("key:{db}:{n}");
            let text: Vec<u8> = (0..rng.below(60)).map(|_| rng.next_u64().to_le_bytes()[0]).collect();
            let expire = (n % 10 == 0).then_some(1000 + n % 20);
            let value = if n % 3 == 0 { ValueRef::Int(n) } else { ValueRef::Text(&text) };
            writer.key(name.as_bytes(), value, expire, None, None).unwrap();
        }
        let long = vec![b'x'; 3 << 20];
        writer.key(format!("long{db}").as_bytes(), ValueRef::Text(&long), None, None, None).unwrap();
        let noise: Vec<u8> = (0..2 << 20).map(|_| rng.next_u64().to_le_bytes()[0]).collect();
        writer.key(format!("noise{db}").as_bytes(), ValueRef::Text(&noise), None, None, None).unwrap();
    }
    writer.function(b"code").unwrap();
    let bytes = writer.finish().unwrap();
    fs::write(path, &bytes).unwrap();
    bytes
}

type Keys = BTreeMap<(u64, Vec<u8>), (Option<i64>, String)>;

fn loaded(path: &Path, workers: usize) -> (Result<Loaded>, Keys) {
    let keys = Mutex::new(Keys::new());
    let take = |item: Item<'_>| {
        let value = match item.value {
            Value::Int(n) => format!("{n}"),
            Value::Text(text) => format!("{:?}", crate::base::crc64::crc64(&text)),
            Value::Object(object) => format!("{object:?}"),
        };
        let place = (item.db, item.name.to_vec());
        match keys.lock().insert(place, (item.expire_at, value)) {
            None => Ok(()),
            Some(_) => Err(Error::new(ErrorKind::Corrupt, "twice")),
        }
    };
    let (last, expected) = (AtomicU64::new(0), AtomicU64::new(0));
    let into = Into {
        take: &take,
        forget: &|| keys.lock().clear(),
        aux: &|name, text| assert!(name != b"used-mem" || text == b"12345"),
        expect: &|_, keys| _ = expected.fetch_add(keys, Ordering::Relaxed),
        progress: &|at| last.store(at, Ordering::Relaxed),
    };
    let limits = Limits::default();
    let how = How { limits: &limits, verify: true, now: Some(1005), workers };
    let got = load(&FileSystem, path, how, &into);
    if let Ok(loaded) = &got {
        assert_eq!(last.load(Ordering::Relaxed), loaded.end);
        assert!(expected.load(Ordering::Relaxed) <= loaded.end / 8);
    }
    (got, keys.into_inner())
}

#[test]
fn one_thread_and_several_load_the_same() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.rdb");
    file(&path);
    let (alone, keys) = loaded(&path, 1);
    let alone = alone.unwrap();
    assert_eq!((alone.keys + alone.expired, alone.functions.len()), (80_004, 1));
    assert!(alone.expired > 1000 && keys.len() as u64 == alone.keys);
    for workers in [2, 3, 8] {
        let (several, found) = loaded(&path, workers);
        assert_eq!(several.unwrap(), alone);
        assert!(found == keys);
    }
}

#[test]
fn several_threads_find_the_damage_that_one_finds() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.rdb");
    let good = file(&path);
    let mut rng = Rng::new(crate::types::test_seed(10));
    let mut failed = 0;
    for n in 0..24 {
        let mut bad = good.clone();
        for _ in 0..=n % 3 {
            let at = usize::try_from(rng.below(bad.len() as u64)).unwrap();
            bad[at] ^= u8::try_from(1 + rng.below(255)).unwrap();
        }
        if n % 4 == 0 {
            bad.truncate(usize::try_from(rng.below(bad.len() as u64)).unwrap());
        }
        fs::write(&path, &bad).unwrap();
        let (alone, keys) = loaded(&path, 1);
        let (several, found) = loaded(&path, 3);
        match (alone, several) {
            (Err(alone), Err(several)) => {
                failed += 1;
                assert_eq!((alone.kind(), alone.message()), (several.kind(), several.message()));
            }
            (alone, several) => assert_eq!(alone.unwrap(), several.unwrap()),
        }
        assert!(found == keys);
    }
    assert!(failed > 20);
}

/// Room is made for as many keys as the file can hold, not for as many again in each database.
#[test]
fn claims_of_many_databases_are_believed_once() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.rdb");
    let mut writer = Writer::new(Vec::new(), true, true).unwrap();
    for db in 0..16 {
        writer.select_db(db).unwrap();
        writer.resize(u64::from(u32::MAX), 0).unwrap();
    }
    let noise: Vec<u8> = (0..100_000u32).flat_map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes()).collect();
    writer.key(b"k", ValueRef::Text(&noise), None, None, None).unwrap();
    fs::write(&path, writer.finish().unwrap()).unwrap();
    assert_eq!(loaded(&path, 1).0.unwrap().keys, 1);
}
