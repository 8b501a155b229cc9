//! Every form of every value, whole and damaged.

use std::io::Read;

use super::encode::{Encoder, kind_of};
use super::error::{Error, Problem};
use super::file::{self, Event, Key};
use super::skip::skip;
use super::source::{FromReader, FromSlice, Source};
use super::*;
use crate::base::crc64::crc64;
use crate::base::rng::Rng;
use crate::types::hash::{Hash, NOTHING_EXPIRES, Ttl};
use crate::types::limits::Limits;
use crate::types::list::{End, Fill, List, Needle};
use crate::types::listpack::Listpack;
use crate::types::object::Kind;
use crate::types::set::Set;
use crate::types::stream::{Id, Pending, Stream};
use crate::types::test_seed;
use crate::types::zset::Zset;

/// The dumps that tests/data has, by name.
fn golden() -> Vec<(&'static str, Vec<u8>)> {
    let lines = include_str!("../../tests/data/dumps.txt").lines();
    let lines = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
    let byte = |hex: &[u8]| u8::from_str_radix(std::str::from_utf8(hex).unwrap(), 16).unwrap();
    lines
        .map(|line| line.split_once(' ').unwrap())
        .map(|(name, hex)| (name, hex.as_bytes().chunks(2).map(byte).collect()))
        .collect()
}

/// What a value holds, as text that is the same for the same value.
fn told(value: &Value) -> Vec<String> {
    let text = |bytes: &[u8]| bytes.escape_ascii().to_string();
    let item = |item: crate::types::listpack::Item<'_>| text(&item.to_vec());
    let mut told = match value {
        Value::Int(v) => vec![v.to_string()],
        Value::Text(bytes) => vec![text(bytes)],
        Value::Object(Object::List(list)) => list.iter().map(|e| text(&e.to_vec())).collect(),
        Value::Object(Object::Set(set)) => {
            let mut all: Vec<String> = set.iter().map(item).collect();
            all.sort();
            all
        }
        Value::Object(Object::Zset(zset)) => {
            zset.iter(false).map(|e| format!("{} {:?}", item(e.member), e.score)).collect()
        }
        Value::Object(Object::Hash(hash)) => {
            let all = hash.live(NOTHING_EXPIRES);
            let mut all: Vec<String> =
                all.map(|f| format!("{} {} {:?}", item(f.name), item(f.value), f.expiry)).collect();
            all.sort();
            all
        }
        Value::Object(Object::Stream(stream)) => stream_told(stream),
    };
    told.push(format!("{:?}", value.as_ref().kind_name()));
    told
}

impl Value {
    fn as_ref(&self) -> ValueRef<'_> {
        match self {
            Self::Int(v) => ValueRef::Int(*v),
            Self::Text(text) => ValueRef::Text(text),
            Self::Object(object) => ValueRef::Object(object),
        }
    }
}

impl ValueRef<'_> {
    fn kind_name(self) -> (&'static str, &'static str) {
        match self {
            Self::Int(_) | Self::Text(_) => ("string", ""),
            Self::Object(object) => (object.type_name(), object.encoding()),
        }
    }
}

fn stream_told(stream: &Stream) -> Vec<String> {
    let log = stream.log();
    let mut told = vec![format!(
        "{} {:?} {:?} {:?} {}",
        log.len(),
        log.last_id,
        log.first_id(),
        log.max_deleted,
        log.added
    )];
    for entry in log.range(Id::MIN, Id::MAX) {
        let pairs: Vec<_> = entry.pairs().map(|(name, value)| (name.to_vec(), value.to_vec())).collect();
        told.push(format!("{:?} {pairs:?}", entry.id));
    }
    for (name, group) in stream.groups().iter() {
        told.push(format!("{name:?} {:?} {:?}", group.last_id, group.read));
        for (id, pending) in group.pending_range(Id::MIN, Id::MAX) {
            told.push(format!(
                "{id:?} {} {} {:?}",
                pending.time,
                pending.count,
                group.name(pending.consumer)
            ));
        }
        for (id, consumer) in group.consumers() {
            told.push(format!(
                "{:?} {} {}",
                consumer.name,
                consumer.seen,
                group.pending_of(id, Id::MIN, Id::MAX).count()
            ));
        }
    }
    told
}

fn number(n: u64) -> Vec<u8> {
    n.to_string().into_bytes()
}

fn text(rng: &mut Rng) -> Vec<u8> {
    match rng.below(8) {
        0 => number(rng.below(200)),
        1 => (rng.next_u64() >> rng.below(64)).cast_signed().to_string().into_bytes(),
        2 => vec![b'x'; usize::try_from(rng.below(200)).unwrap()],
        3 => (0..rng.below(100)).map(|_| rng.next_u64().to_le_bytes()[0]).collect(),
        _ => format!("text {}", rng.below(1 << 20)).into_bytes(),
    }
}

/// A value of any type, with about so many elements.
fn random_value(rng: &mut Rng, limits: &Limits, size: u64) -> Value {
    let n = 1 + rng.below(size);
    let object = match rng.below(7) {
        0 => {
            let bytes: Vec<u8> = (0..n).flat_map(|_| text(rng)).collect();
            return parse(bytes);
        }
        1 => {
            let (mut list, fill) = (List::new(), Fill::of(limits));
            for i in 0..n {
                let end = if rng.below(3) == 0 { End::Left } else { End::Right };
                let text = if rng.below(40) == 0 {
                    vec![b'p'; 9000 + usize::try_from(i).unwrap()]
                } else {
                    text(rng)
                };
                list.push(end, &text, fill);
            }
            list.into_object()
        }
        2 => {
            let mut set = Set::new();
            let ints = rng.below(2) == 0;
            let width = 1 + rng.below(63);
            (0..n).for_each(|_| {
                let member = if ints {
                    (rng.next_u64() >> width).cast_signed().to_string().into_bytes()
                } else {
                    text(rng)
                };
                set.add(&member, limits);
            });
            set.into_object()
        }
        3 => {
            let mut zset = Zset::new();
            for _ in 0..n {
                let score = match rng.below(5) {
                    0 => f64::INFINITY,
                    1 => f64::NEG_INFINITY,
                    2 => rng.below(1000) as f64 / 7.0,
                    3 => -1e300 * rng.below(3) as f64,
                    _ => rng.below(10) as f64,
                };
                zset.add(&text(rng), score, limits);
            }
            zset.into_object()
        }
        kind @ (4 | 5) => {
            let mut hash = Hash::default();
            for _ in 0..n {
                let expires = kind == 5 && rng.below(3) == 0;
                let ttl = if expires {
                    Ttl::At(i64::try_from(rng.below(1 << 45)).unwrap() + 1)
                } else {
                    Ttl::Clear
                };
                hash.set(&text(rng), &text(rng), ttl, limits);
            }
            hash.into_object()
        }
        _ => random_stream(rng, n).into_object(),
    };
    Value::Object(object)
}

fn parse(bytes: Vec<u8>) -> Value {
    crate::base::num::parse_i64(&bytes).map_or_else(|| Value::Text(bytes), Value::Int)
}

fn random_stream(rng: &mut Rng, n: u64) -> Stream {
    let mut stream = Stream::new();
    let nodes = crate::types::stream::NodeLimits { bytes: 0, entries: 7 };
    let mut ids = Vec::new();
    for _ in 0..n {
        let last = stream.log().last_id;
        let id = if rng.below(2) == 0 {
            last.next().unwrap()
        } else {
            Id::new(last.ms + 1 + rng.below(1 << 30), rng.below(5))
        };
        let mut words = vec![b"f".to_vec(), text(rng)];
        if rng.below(3) == 0 {
            words.extend([text(rng), text(rng)]);
        }
        let words: Vec<&[u8]> = words.iter().map(Vec::as_slice).collect();
        stream.log_mut().append(id, &words, nodes);
        ids.push(id);
    }
    for id in &ids {
        if rng.below(4) == 0 {
            stream.log_mut().delete(*id);
        }
    }
    for group in 0..rng.below(3) {
        let read = if rng.below(2) == 0 { None } else { Some(i64::try_from(rng.below(9)).unwrap()) };
        stream.groups_mut().create(&number(group), *ids.last().unwrap(), read);
        let mut group = stream.groups_mut().get_mut(&number(group)).unwrap();
        for consumer in 0..rng.below(4) {
            let consumer = group
                .add_consumer(&number(consumer), 1_600_000_000_000 + i64::try_from(rng.below(1000)).unwrap());
            for id in &ids {
                if rng.below(3) == 0 {
                    group
                        .hand_over(*id, Pending { time: 1_600_000_000_000, count: rng.below(200), consumer });
                }
            }
        }
    }
    stream
}

/// A reader that gives a few bytes at a time.
struct Slow<'a>(&'a [u8], usize);

impl Read for Slow<'_> {
    fn read(&mut self, buf: &mut [u8]) -> std::io::Result<usize> {
        let n = self.1.min(buf.len()).min(self.0.len());
        buf[..n].copy_from_slice(&self.0[..n]);
        self.0 = &self.0[n..];
        Ok(n)
    }
}

fn encoded(value: ValueRef<'_>, compress: bool) -> Vec<u8> {
    let mut encoder = Encoder::new(Vec::new(), compress);
    encoder.value(value).unwrap();
    encoder.into_inner()
}

#[test]
fn values_come_back() {
    let (limits, mut rng) = (Limits::default(), Rng::new(test_seed(1)));
    for round in 0..600 {
        let value = random_value(&mut rng, &limits, if round % 20 == 0 { 3000 } else { 40 });
        let form = kind_of(value.as_ref());
        for compress in [false, true] {
            let mut bytes = encoded(value.as_ref(), compress);
            let len = bytes.len();
            bytes.extend_from_slice(b"behind");
            let mut src = FromSlice::new(&bytes, 7);
            let back = decode::value(&mut src, form, &limits).unwrap();
            assert_eq!(src.offset(), 7 + len as u64);
            assert_eq!(told(&back), told(&value));
            let mut src = FromReader::new(Slow(&bytes, 1 + round % 300), bytes.len() as u64);
            let back = decode::value(&mut src, form, &limits).unwrap();
            assert_eq!((src.offset(), src.left()), (len as u64, 6));
            assert_eq!(src.checksum(), crc64(&bytes[..len]));
            assert_eq!(told(&back), told(&value));
            let mut src = FromSlice::new(&bytes, 0);
            skip(&mut src, form).unwrap();
            assert_eq!(src.offset(), len as u64);
        }
        let dump = dump::write(value.as_ref(), round % 2 == 0);
        let back = dump::read(dump::verify(&dump).unwrap(), &limits).unwrap();
        assert_eq!(told(&back), told(&value));
    }
}

#[test]
fn dumps_of_real_servers_and_of_old_ones() {
    let limits = Limits::default();
    let golden = golden();
    let forms: std::collections::BTreeSet<u8> = golden.iter().map(|(_, dump)| dump[0]).collect();
    let all: Vec<u8> = (0..=5).chain(9..=25).collect();
    assert_eq!(forms.into_iter().collect::<Vec<u8>>(), all);
    let mut seen = std::collections::BTreeMap::new();
    for (name, dump) in &golden {
        let body = dump::verify(dump).unwrap();
        let value = dump::read(body, &limits).unwrap_or_else(|e| panic!("{name}: {e}"));
        let mut src = FromSlice::new(&body[1..], 0);
        skip(&mut src, body[0]).unwrap();
        assert_eq!(src.left(), 0, "{name}");
        let again = dump::write(value.as_ref(), true);
        let back = dump::read(dump::verify(&again).unwrap(), &limits).unwrap();
        assert_eq!(told(&back), told(&value), "{name}");
        // The three servers were told the same.
        if let Some((server, what)) = name.split_once('-').filter(|(server, _)| *server != "old") {
            let mut told = told(&value);
            // Not the times at which entries were delivered.
            told.truncate(if what == "stream" { 10 } else { usize::MAX });
            let before = seen.entry(what).or_insert_with(|| told.clone());
            assert_eq!(*before, told, "{what} of {server}");
        }
    }
    let of = |name: &str| {
        let (_, dump) = golden.iter().find(|(other, _)| *other == name).unwrap();
        told(&dump::read(dump::verify(dump).unwrap(), &limits).unwrap())
    };
    assert_eq!(of("old-list"), of("old-list-ziplist"));
    assert_eq!(of("old-hash-zipmap"), of("old-hash-zipmap-with-gaps"));
    assert_eq!(of("old-hash-ziplist"), of("old-hash-listpack"));
    assert_eq!(of("old-zset-ziplist"), of("old-zset-listpack"));
    assert_eq!(of("old-hash-metadata-pre-ga"), of("old-hash-listpack-ex-pre-ga"));
    assert_eq!(of("old-zset")[..4], ["least -inf", "half 0.5", "one 1.0", "most inf"]);
    assert_eq!(of("old-string-int32")[0], "-2147483648");
    assert_eq!(of("redis7-zset-small")[..4], ["c -2.5", "a 1.0", "b 1.0", "d inf"]);
}

/// What commands would do with a value: read all of it, change it, dump it.
fn use_value(value: Value, limits: &Limits) {
    let before = told(&value);
    let dump = dump::write(value.as_ref(), true);
    let back = dump::read(dump::verify(&dump).unwrap(), limits).unwrap();
    assert_eq!(told(&back), before);
    let Value::Object(mut object) = value else { return };
    let cost = object.heap_bytes();
    assert!(cost > 0);
    match &mut object {
        Object::List(list) => {
            let fill = Fill::of(limits);
            let len = list.len();
            list.push(End::Left, b"first", fill);
            list.push(End::Right, b"last", fill);
            list.insert(len / 2, b"middle", fill);
            list.set(len / 3, &[b'l'; 300], fill);
            let text = list.get(len / 2).unwrap().to_vec();
            list.remove(End::Left, Needle::new(&text), 3, fill);
            assert_eq!(list.iter().count(), list.len());
            assert_eq!(list.iter_back().count(), list.len());
            while list.cut(End::Right, 3) > 0 {}
            assert!(list.is_empty());
        }
        Object::Set(set) => {
            set.add(b"another member", limits);
            let all: Vec<Vec<u8>> = set.iter().map(|member| member.to_vec()).collect();
            assert_eq!(all.len(), set.len());
            all.iter().for_each(|member| assert!(set.contains(member) && set.remove(member)));
            assert!(set.is_empty());
        }
        Object::Zset(zset) => {
            zset.add(b"another member", 3.5, limits);
            let all: Vec<(Vec<u8>, f64)> = zset.iter(false).map(|e| (e.member.to_vec(), e.score)).collect();
            assert_eq!(all.len(), zset.len());
            for (rank, (member, score)) in all.iter().enumerate() {
                assert_eq!(zset.rank(member), Some((rank, *score)));
            }
            all.iter().for_each(|(member, _)| assert!(zset.remove(member)));
            assert!(zset.is_empty());
        }
        Object::Hash(hash) => {
            hash.set(b"another field", b"v", Ttl::At(5), limits);
            let all: Vec<Vec<u8>> = hash.live(NOTHING_EXPIRES).map(|f| f.name.to_vec()).collect();
            assert_eq!(all.len(), hash.len());
            hash.take_gone(1 << 44, 5);
            all.iter().for_each(|name| {
                hash.get(name, NOTHING_EXPIRES);
                hash.remove(name);
            });
            assert!(hash.is_empty());
        }
        Object::Stream(stream) => {
            let ids: Vec<Id> = stream.log().range(Id::MIN, Id::MAX).map(|entry| entry.id).collect();
            assert_eq!(ids.len() as u64, stream.log().len());
            let mut back: Vec<Id> = stream.log().range_back(Id::MIN, Id::MAX).map(|entry| entry.id).collect();
            back.reverse();
            assert_eq!(back, ids);
            if let Some(next) = stream.log().last_id.next() {
                let limits = crate::types::stream::NodeLimits { bytes: 4096, entries: 100 };
                stream.log_mut().append(next, &[b"f", b"v"], limits);
            }
            let names: Vec<Vec<u8>> = stream.groups().iter().map(|(name, _)| name.to_vec()).collect();
            for name in names {
                let group = stream.groups().get(&name).unwrap();
                group.lag(stream.log());
                let consumers: Vec<Vec<u8>> = group.consumers().map(|(_, c)| c.name.to_vec()).collect();
                let mut group = stream.groups_mut().get_mut(&name).unwrap();
                consumers.iter().for_each(|name| assert!(group.remove_consumer(name).is_some()));
                assert_eq!(group.pending_len(), 0);
                drop(group);
                stream.groups_mut().remove(&name);
            }
            for id in ids {
                assert!(stream.log_mut().delete(id));
            }
        }
    }
    object.heap_bytes();
}

/// Damages bytes in one of the ways that files are damaged in.
fn damage(rng: &mut Rng, bytes: &mut Vec<u8>, other: &[u8]) {
    let mut below = |n: usize| usize::try_from(rng.below(n.max(1) as u64)).unwrap();
    const EDGES: [u8; 12] = [0, 1, 0x3f, 0x40, 0x7f, 0x80, 0x81, 0xc0, 0xc3, 0xfe, 0xff, 0xf0];
    for _ in 0..1 + below(3) {
        let at = below(bytes.len());
        match below(7) {
            0 if !bytes.is_empty() => bytes[at] ^= 1 << below(8),
            1 if !bytes.is_empty() => bytes[at] = EDGES[below(12)],
            2 => bytes.truncate(at),
            3 => {
                let to = (at + below(9)).min(bytes.len());
                bytes.drain(at..to);
            }
            4 => {
                let from = below(other.len());
                let piece = &other[from..(from + below(40)).min(other.len())];
                bytes.splice(at..at, piece.iter().copied());
            }
            5 => {
                let from = below(other.len());
                let piece = &other[from..(from + below(40)).min(other.len())];
                let to = (at + piece.len()).min(bytes.len());
                bytes.splice(at..to, piece.iter().copied());
            }
            _ if !bytes.is_empty() => {
                bytes[at] = bytes[at].wrapping_add(u8::try_from(below(5)).unwrap()).wrapping_sub(2)
            }
            _ => {}
        }
    }
}

#[test]
fn damaged_values_are_refused_or_whole() {
    let (limits, mut rng) = (Limits::default(), Rng::new(test_seed(2)));
    let mut corpus: Vec<(u8, Vec<u8>)> =
        golden().into_iter().map(|(_, dump)| (dump[0], dump[1..dump.len() - 10].to_vec())).collect();
    for _ in 0..60 {
        let value = random_value(&mut rng, &limits, 30);
        corpus.push((kind_of(value.as_ref()), encoded(value.as_ref(), rng.below(4) == 0)));
    }
    let rounds = std::env::var("ROUNDS").ok().and_then(|n| n.parse().ok()).unwrap_or(60_000);
    let (mut accepted, mut refused) = (0, 0);
    for _ in 0..rounds {
        let mut pick = || usize::try_from(rng.below(corpus.len() as u64)).unwrap();
        let (one, other) = (pick(), pick());
        let (mut form, mut bytes) = corpus[one].clone();
        damage(&mut rng, &mut bytes, &corpus[other].1);
        if rng.below(50) == 0 {
            form = u8::try_from(rng.below(27)).unwrap();
        }
        let mut src = FromSlice::new(&bytes, 1);
        match decode::value(&mut src, form, &limits) {
            Ok(value) => {
                // What is passed over is what is read.
                let end = src.offset();
                let mut src = FromSlice::new(&bytes, 1);
                skip(&mut src, form).unwrap();
                assert_eq!(src.offset(), end);
                use_value(value, &limits);
                accepted += 1;
            }
            Err(e) => {
                assert!(e.at <= bytes.len() as u64 + 1, "{e}");
                assert!(!e.to_string().is_empty());
                refused += 1;
            }
        }
    }
    println!("{accepted} accepted, {refused} refused");
    assert!(accepted > rounds / 50 && refused > rounds / 4);
}

#[test]
fn claims_take_no_memory() {
    let limits = Limits::default();
    for form in 0..=30 {
        for claim in [
            [0x81, 0x7f].as_slice(),
            &[0x81, 0, 0, 0, 0xff],
            &[0x80, 0xff],
            &[0xc3, 0x81, 0, 0x10],
            &[0xc3, 3, 0x81],
        ] {
            for prefix in [&[][..], &[0; 8], &[2]] {
                if matches!(form, kind::STRING | kind::STREAM) && !prefix.is_empty() {
                    continue;
                }
                let bytes = [prefix, claim, &[0xff; 9]].concat();
                let mut src = FromSlice::new(&bytes, 0);
                assert!(decode::value(&mut src, form, &limits).is_err(), "{form} {claim:?}");
                let mut src = FromReader::new(&bytes[..], bytes.len() as u64);
                assert!(decode::value(&mut src, form, &limits).is_err());
            }
        }
    }
}

#[test]
fn elements_twice_and_values_without_elements() {
    let limits = Limits::default();
    let read = |form: u8, bytes: &[u8]| decode::value(&mut FromSlice::new(bytes, 0), form, &limits);
    let bad = |form, bytes: &[u8]| match read(form, bytes).map_err(|e| e.problem) {
        Err(Problem::Bad(what)) => what,
        other => panic!("{other:?}"),
    };
    assert!(bad(kind::SET, b"\x02\x01a\x01a").contains("second time"));
    assert!(bad(kind::SET, b"\x02\x011\xc0\x01").contains("second time"));
    assert!(bad(kind::HASH, b"\x02\x01a\x01b\x01a\x01c").contains("second time"));
    let one = 1.0f64.to_le_bytes();
    assert!(
        bad(kind::ZSET_2, &[b"\x02\x01a".as_slice(), &one, b"\x01a", &one].concat()).contains("second time")
    );
    assert!(
        bad(kind::ZSET_2, &[b"\x01\x01a".as_slice(), &f64::NAN.to_le_bytes()].concat()).contains("no number")
    );
    assert!(bad(kind::ZSET, b"\x01\x01b\xfd").contains("no number"));
    let pack = |texts: &[&[u8]]| {
        let mut pack = Listpack::new();
        texts.iter().for_each(|text| pack.push_back(crate::types::listpack::Item::Bytes(text)));
        let mut encoder = Encoder::new(Vec::new(), false);
        encoder.string(pack.as_bytes()).unwrap();
        encoder.into_inner()
    };
    assert!(bad(kind::HASH_LISTPACK, &pack(&[b"a", b"1", b"a", b"2"])).contains("second time"));
    assert!(bad(kind::HASH_LISTPACK, &pack(&[b"a", b"1", b"b"])).contains("odd number"));
    assert!(bad(kind::ZSET_LISTPACK, &pack(&[b"a", b"1", b"a", b"2"])).contains("second time"));
    assert!(bad(kind::ZSET_LISTPACK, &pack(&[b"a", b"nan"])).contains("no number"));
    assert!(bad(kind::SET_LISTPACK, &pack(&[b"a", b"1", b"a"])).contains("second time"));
    assert_eq!(told(&read(kind::ZSET_LISTPACK, &pack(&[b"a", b"2", b"b", b"1"])).unwrap())[0], "b 1.0");
    for form in [1, 2, 3, 4, 5, 14, 18] {
        assert!(matches!(read(form, b"\0").unwrap_err().problem, Problem::Empty), "{form}");
    }
    for form in [16, 17, 20] {
        assert!(matches!(read(form, &pack(&[])).unwrap_err().problem, Problem::Empty), "{form}");
    }
    let many: Vec<Vec<u8>> = (0..600).map(number).collect();
    let many: Vec<&[u8]> = many.iter().map(Vec::as_slice).collect();
    assert_eq!(read(kind::HASH_LISTPACK, &pack(&many)).unwrap().as_ref().kind_name(), ("hash", "listpack"));
    let twice = [&many[..], &[b"598", b"x"]].concat();
    assert!(bad(kind::HASH_LISTPACK, &pack(&twice)).contains("second time"));
    // "ReJSON-RL" and a version, as its own files have it.
    let module = [0x81, 0x44, 0x5e, 0x89, 0x38, 0xdf, 0x91, 0x12, 0xfb];
    let error = read(kind::MODULE_2, &module).unwrap_err();
    assert!(matches!(&error.problem, Problem::Module(name) if name.len() == 9), "{error}");
}

#[test]
fn files() {
    let (limits, mut rng) = (Limits::default(), Rng::new(test_seed(3)));
    let values: Vec<Value> = (0..40).map(|_| random_value(&mut rng, &limits, 300)).collect();
    let mut writer = file::Writer::new(Vec::new(), true, true).unwrap();
    writer.aux(b"redis-ver", b"7.0.15").unwrap();
    writer.function(b"#!lua name=x\n").unwrap();
    writer.select_db(3).unwrap();
    writer.resize(40, 20).unwrap();
    for (i, value) in (0..).zip(&values) {
        let expires = (i % 2 == 0).then_some(1_700_000_000_000);
        let (idle, freq) = ((i % 3 == 0).then_some(77), (i % 3 == 1).then_some(9));
        writer.key(&number(i), value.as_ref(), expires, idle, freq).unwrap();
    }
    let len = writer.len();
    let bytes = writer.finish().unwrap();
    assert_eq!(bytes.len() as u64, len + 9);
    assert_eq!(&bytes[..9], b"REDIS0010");
    let followed = [&bytes[..], b"*1\r\n$4\r\nPING\r\n"].concat();
    for piece in [1, 1000, 1 << 20] {
        let mut reader = file::Reader::new(Slow(&followed, piece), followed.len() as u64, true).unwrap();
        assert_eq!(reader.version(), 10);
        assert_eq!(reader.next().unwrap(), Event::Aux(b"redis-ver".to_vec(), b"7.0.15".to_vec()));
        assert_eq!(reader.next().unwrap(), Event::Function(b"#!lua name=x\n".to_vec()));
        assert_eq!(reader.next().unwrap(), Event::SelectDb(3));
        assert_eq!(reader.next().unwrap(), Event::Resize(40, 20));
        for (i, value) in (0..).zip(&values) {
            let Event::Key(key) = reader.next().unwrap() else { panic!("no key") };
            let form = kind_of(value.as_ref());
            let expire_at = (i % 2 == 0).then_some(1_700_000_000_000);
            let (idle, freq) = ((i % 3 == 0).then_some(77), (i % 3 == 1).then_some(9));
            assert_eq!(key, Key { name: number(i), form, expire_at, idle, freq });
            match i % 3 {
                0 => assert_eq!(told(&reader.value(form, &limits).unwrap()), told(value)),
                1 => reader.skip(form).unwrap(),
                _ => {
                    let mut piece = Vec::new();
                    let at = reader.capture(form, &mut piece).unwrap();
                    assert_eq!(told(&file::build(&piece, at, form, &limits).unwrap()), told(value));
                }
            }
        }
        assert_eq!(reader.next().unwrap(), Event::End);
        assert_eq!(reader.offset(), bytes.len() as u64);
        let (mut rest, mut reader) = reader.into_rest();
        reader.read_to_end(&mut rest).unwrap();
        assert_eq!(rest, b"*1\r\n$4\r\nPING\r\n");
    }
    // Every byte counts.
    let all = |bytes: &[u8], verify| {
        let mut reader = file::Reader::new(bytes, bytes.len() as u64, verify)?;
        loop {
            match reader.next()? {
                Event::End => return Ok(()),
                Event::Key(key) => reader.skip(key.form)?,
                _ => {}
            }
        }
    };
    let mut wrong = bytes.clone();
    let at = wrong.len() / 2;
    wrong[at] ^= 1;
    let error: Error = all(&wrong, true).unwrap_err();
    assert!(error.at > 0);
    for end in (0..bytes.len()).step_by(1 + bytes.len() / 500) {
        let error: Error = all(&bytes[..end], true).unwrap_err();
        assert!(matches!(error.problem, Problem::Truncated | Problem::NoRdb), "{error}");
    }
    let mut last = bytes.clone();
    *last.last_mut().unwrap() ^= 1;
    assert!(matches!(all(&last, true).unwrap_err().problem, Problem::Checksum(..)));
    all(&last, false).unwrap();
    assert!(matches!(all(b"REDIS0013", true).unwrap_err().problem, Problem::Version(13)));
    assert!(matches!(all(b"REDIS001x", true).unwrap_err().problem, Problem::NoRdb));
    assert!(matches!(all(b"*1\r\n$4\r\nPING\r\n", true).unwrap_err().problem, Problem::NoRdb));
    let old = b"REDIS0003\xfe\0\xfd\x01\0\0\0\0\x01k\x01v\xff";
    all(old, true).unwrap();
    let unsummed = file::Writer::new(Vec::new(), false, false).unwrap().finish().unwrap();
    all(&unsummed, true).unwrap();
    assert_eq!(&unsummed[unsummed.len() - 9..], b"\xff\0\0\0\0\0\0\0\0");
}

/// Small files with a library of functions, two databases and a value of every type, which redis-server 7.0.15,
/// valkey-server 8.0 and redis-server 8.0 (the last one under an LFU policy, the others under LRU) wrote on SAVE.
#[test]
fn files_of_real_servers() {
    let limits = Limits::default();
    let files: [(&[u8], &str, u32); 3] = [
        (include_bytes!("../../tests/data/redis7.rdb"), "redis-ver", 10),
        (include_bytes!("../../tests/data/valkey8.rdb"), "valkey-ver", 11),
        (include_bytes!("../../tests/data/redis8.rdb"), "redis-ver", 12),
    ];
    for (bytes, name, version) in files {
        let mut reader = file::Reader::new(bytes, bytes.len() as u64, true).unwrap();
        assert_eq!(reader.version(), version);
        let (mut db, mut keys, mut names, mut functions) = (99, Vec::new(), Vec::new(), 0);
        loop {
            match reader.next().unwrap() {
                Event::End => break,
                Event::Aux(name, _) => names.push(String::from_utf8(name).unwrap()),
                Event::SelectDb(n) => db = n,
                Event::Resize(all, expiring) => {
                    assert_eq!((all, expiring), if db == 0 { (10, 1) } else { (1, 0) })
                }
                Event::SlotInfo(..) => panic!("no cluster"),
                Event::Function(code) => {
                    assert!(code.starts_with(b"#!lua name=lib\n"));
                    functions += 1;
                }
                Event::Key(key) => {
                    assert_eq!(key.expire_at, (key.name == b"expires").then_some(9_999_999_999_999));
                    assert_eq!((key.freq.is_some(), key.idle.is_some()), (version == 12, version != 12));
                    let value = told(&reader.value(key.form, &limits).unwrap());
                    keys.push(format!("{db} {} {}", key.name.escape_ascii(), value[0]));
                }
            }
        }
        assert_eq!((reader.offset(), functions), (bytes.len() as u64, 1));
        assert!(names.iter().any(|other| other == name), "{names:?}");
        keys.sort();
        let long = format!("0 compressible {}", "abc".repeat(40));
        let stream = "0 stream 1 Id { ms: 1, seq: 1 } Some(Id { ms: 1, seq: 1 }) Id { ms: 0, seq: 0 } 1";
        let want = [
            long.as_str(),
            "0 expires 1",
            "0 hash f v None",
            "0 int -7",
            "0 list a",
            "0 set 1",
            stream,
            "0 text value",
            "0 texts x",
            "0 zset m 1.5",
            "9 other db",
        ];
        assert_eq!(keys, want);
    }
}

#[test]
fn damaged_files_are_refused_or_read() {
    let (limits, mut rng) = (Limits::default(), Rng::new(test_seed(4)));
    let files: [&[u8]; 3] = [
        include_bytes!("../../tests/data/redis7.rdb"),
        include_bytes!("../../tests/data/valkey8.rdb"),
        include_bytes!("../../tests/data/redis8.rdb"),
    ];
    let mut pick = {
        let mut rng = Rng::new(test_seed(5));
        move || files[usize::try_from(rng.below(3)).unwrap()]
    };
    let (mut whole, mut refused) = (0, 0);
    for _ in 0..20_000 {
        let mut bytes = pick().to_vec();
        damage(&mut rng, &mut bytes, pick());
        let capture = rng.below(2) == 0;
        let read = || {
            let mut reader = file::Reader::new(Slow(&bytes, 50), bytes.len() as u64, false)?;
            // Every part takes a byte at least.
            for _ in 0..bytes.len() {
                match reader.next()? {
                    Event::End => return Ok(()),
                    Event::Key(key) if capture => {
                        let mut piece = Vec::new();
                        let at = reader.capture(key.form, &mut piece)?;
                        use_value(file::build(&piece, at, key.form, &limits)?, &limits);
                    }
                    Event::Key(key) => use_value(reader.value(key.form, &limits)?, &limits),
                    _ => {}
                }
            }
            panic!("no end");
        };
        match read() {
            Ok(()) => whole += 1,
            Err(error) => {
                let error: Error = error;
                assert!(error.at <= bytes.len() as u64, "{error}");
                refused += 1;
            }
        }
    }
    println!("{whole} read, {refused} refused");
    assert!(whole > 1000 && refused > 1000);
}

#[test]
fn a_field_that_expired_in_1970_has_an_expiry() {
    // The first expires at 0, the second 4 s later.
    let mut bytes = vec![0; 8];
    bytes.extend_from_slice(b"\x02\x01\x01a\x01x\x4f\xa1\x01b\x01y");
    let value = decode::from_slice(&bytes, 0, kind::HASH_METADATA, &Limits::default()).unwrap();
    let Value::Object(Object::Hash(mut hash)) = value else { panic!("{value:?}") };
    assert_eq!((hash.earliest(), hash.len()), (Some(1), 2));
    assert_eq!(hash.take_gone(5000, 9), [b"a", b"b"]);
}
