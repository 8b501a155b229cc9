use super::*;
use crate::base::rng::{Rng, system_seed};

/// A generator with a printed seed, which `SEED=` sets.
fn rng() -> Rng {
    let seed = std::env::var("SEED").map_or_else(|_| system_seed(), |s| s.parse().unwrap());
    println!("SEED={seed}");
    Rng::new(seed)
}

/// A number below `n`.
fn below(rng: &mut Rng, n: usize) -> usize {
    usize::try_from(rng.below(n as u64)).unwrap()
}

/// Bytes in hexadecimal.
fn hex(b: &[u8]) -> String {
    b.iter().map(|b| format!("{b:02x}")).collect()
}

/// What the listpack of one text has between the header and the end.
fn entry(text: &[u8]) -> Vec<u8> {
    let mut pack = Listpack::new();
    pack.push_back(Item::Bytes(text));
    let entry = pack.as_bytes()[HEADER..pack.end()].to_vec();
    let mut parsed = Listpack::new();
    parsed.push_front(Item::parse(text));
    assert_eq!(parsed, pack);
    assert_eq!(pack.get(HEADER), Item::parse(text));
    assert!(pack.get(HEADER).eq_bytes(text) && !pack.get(HEADER).eq_bytes(b"other"));
    assert_eq!(pack.get(HEADER).to_vec(), text);
    assert_eq!(pack.get(HEADER).len(), text.len());
    assert_eq!(Listpack::encoded_len(Item::Bytes(text)), entry.len());
    assert_eq!(pack.entry_len(HEADER), entry.len());
    entry
}

/// Entries in the DUMP of hashes of Redis 7.0.15 with `rdbcompression no`.
#[test]
fn entries_are_those_of_redis() {
    let cases = "0=0001 1=0101 127=7f01 128=c08002 -1=dfff02 -2=dffe02 4095=cfff02 4096=f1001003 -4096=d00002
        -4097=f1ffef03 32767=f1ff7f03 32768=f200800004 -32768=f1008003 -32769=f2ff7fff04
        8388607=f2ffff7f04 8388608=f30000800005 -8388608=f200008004 -8388609=f3ffff7fff05
        2147483647=f3ffffff7f05 2147483648=f4000000800000000009 -2147483648=f30000008005
        -2147483649=f4ffffff7fffffffff09 9223372036854775806=f4feffffffffffff7f09
        9223372036854775807=f4ffffffffffffff7f09 -9223372036854775807=f4010000000000008009
        -9223372036854775808=f4000000000000008009
        9223372036854775808=933932323333373230333638353437373538303814
        -9223372036854775809=942d3932323333373230333638353437373538303915
        99999999999999999999=94393939393939393939393939393939393939393915
        -99999999999999999999=952d393939393939393939393939393939393939393916
        000000000000000000001=9530303030303030303030303030303030303030303116 -0=822d3003 01=82303103
        -01=832d303104 +1=822b3103 -=812d02 --1=832d2d3104 1.0=83312e3004 0x1=8330783104 00=82303003
        1e3=8331653304";
    for case in cases.split_whitespace() {
        let (text, want) = case.split_once('=').unwrap();
        assert_eq!(hex(&entry(text.as_bytes())), want, "{text}");
    }
    assert_eq!(hex(&entry(b"")), "8001");
    assert_eq!(hex(&entry(b"1\0")), "82310003");
    let cases = [
        (1, "81", "02"),
        (62, "be", "3f"),
        (63, "bf", "40"),
        (64, "e040", "42"),
        (125, "e07d", "7f"),
        (126, "e07e", "0180"),
        (127, "e07f", "0181"),
        (4094, "effe", "2080"),
        (4095, "efff", "2081"),
        (4096, "f000100000", "2085"),
        (16377, "f0f93f0000", "7ffe"),
        (16378, "f0fa3f0000", "00ffff"),
        (16379, "f0fb3f0000", "018080"),
        (16383, "f0ff3f0000", "018084"),
        (2_097_145, "f0f9ff1f00", "7ffffe"),
        (2_097_146, "f0faff1f00", "00ffffff"),
        (2_097_147, "f0fbff1f00", "01808080"),
    ];
    for (n, head, back) in cases {
        let text = vec![b'x'; n];
        let entry = entry(&text);
        let (front, rest) = entry.split_at(head.len() / 2);
        assert_eq!((hex(front), hex(&rest[n..]), &rest[..n]), (head.into(), back.into(), &text[..]), "{n}");
    }
}

/// The length behind an entry of this size as Redis writes it, without making one.
#[test]
fn lengths_behind_large_entries() {
    let cases: [(usize, &[u8]); 4] = [
        (0x7f, b"\x7f"),
        (0xfff_fffe, b"\x7f\xff\xff\xfe"),
        (0xfff_ffff, b"\x00\xff\xff\xff\xff"),
        (0x1000_0000, b"\x01\x80\x80\x80\x80"),
    ];
    for (n, want) in cases {
        assert!(ends_with_back(want, n), "{n}");
        assert_eq!((back_size(n), read_back(want)), (want.len(), (n, want.len())));
    }
}

#[test]
fn whole_packs_are_those_of_redis() {
    assert_eq!(hex(Listpack::new().as_bytes()), "070000000000ff");
    let mut pack = Listpack::new();
    for text in ["a", "-1", "b", &"x".repeat(70)] {
        pack.push_back(Item::Bytes(text.as_bytes()));
    }
    let want = format!("590000000400816102dfff02816202e046{}48ff", "78".repeat(70));
    assert_eq!(hex(pack.as_bytes()), want);
}

/// Compares a pack with its twin in every way of reading, and validates it.
fn compare(pack: &Listpack, twin: &[Vec<u8>]) {
    assert_eq!(pack.len(), twin.len());
    assert_eq!(pack.is_empty(), twin.is_empty());
    assert_eq!(pack.iter().map(Item::to_vec).collect::<Vec<_>>(), twin);
    let reversed: Vec<_> = pack.iter().rev().map(Item::to_vec).collect();
    assert!(reversed.iter().eq(twin.iter().rev()));
    let (mut at, mut all) = (pack.first(), vec![]);
    while let Some(pos) = at {
        all.push(pos);
        at = pack.next(pos);
    }
    assert_eq!(all.len(), twin.len());
    assert_eq!(all.last().copied(), pack.last());
    for (i, pos) in all.iter().enumerate() {
        let signed = i64::try_from(i).unwrap();
        assert_eq!(pack.seek(signed), Some(*pos));
        assert_eq!(pack.seek(signed - i64::try_from(all.len()).unwrap()), Some(*pos));
        assert_eq!(pack.prev(*pos), i.checked_sub(1).map(|i| all[i]));
    }
    for beyond in [all.len(), usize::MAX / 2] {
        let beyond = i64::try_from(beyond).unwrap();
        assert_eq!((pack.seek(beyond), pack.seek(-1 - beyond)), (None, None));
    }
    assert_eq!(pack.seek(i64::MIN), None);
    assert_eq!(Listpack::from_bytes(pack.as_bytes().to_vec()).as_ref(), Some(pack));
}

/// A text: often short, often an integer, sometimes long.
fn text(rng: &mut Rng) -> Vec<u8> {
    let bits = rng.below(64);
    match rng.below(8) {
        0..=2 => (rng.next_u64().cast_signed() >> bits).to_string().into_bytes(),
        3 => format!("0{bits}").into_bytes(),
        4..=5 => (0..bits % 10).map(|_| b'a' + u8::try_from(rng.below(3)).unwrap()).collect(),
        6 => vec![b'y'; below(rng, 300)],
        _ => vec![b'z'; if bits == 0 { below(rng, 20_000) } else { 60 + below(rng, 8) }],
    }
}

/// One random edit of a pack and of its twin.
fn edit(rng: &mut Rng, pack: &mut Listpack, twin: &mut Vec<Vec<u8>>) {
    let text = text(rng);
    let item = if rng.below(2) == 0 { Item::parse(&text) } else { Item::Bytes(&text) };
    let i = below(rng, twin.len() + 1);
    let pos = pack.seek(i64::try_from(i).unwrap()).unwrap_or(pack.end());
    let there = i < twin.len();
    match rng.below(10) {
        0 => {
            pack.push_back(item);
            twin.push(text);
        }
        1 => {
            pack.push_front(item);
            twin.insert(0, text);
        }
        2 | 3 => {
            assert_eq!(pack.insert_before(pos, item), pos);
            assert!(pack.get(pos).eq_bytes(&text));
            twin.insert(i, text);
        }
        4 if there => {
            let pos = pack.insert_after(pos, item);
            assert!(pack.get(pos).eq_bytes(&text));
            twin.insert(i + 1, text);
        }
        5 if there => {
            assert_eq!(pack.replace(pos, item), pos);
            assert!(pack.get(pos).eq_bytes(&text));
            twin[i] = text;
        }
        6 if there => {
            assert_eq!(pack.remove(pos), pos);
            twin.remove(i);
        }
        7 if rng.below(4) == 0 => {
            let n = if rng.below(9) == 0 { usize::MAX } else { below(rng, 6) };
            assert_eq!(pack.remove_n(pos, n), pos);
            twin.drain(i..i.saturating_add(n).min(twin.len()));
        }
        8 if rng.below(4) == 0 => {
            let tail = pack.split_off(pos);
            let twin_tail = twin.split_off(i);
            compare(pack, twin);
            compare(&tail, &twin_tail);
            if rng.below(2) == 0 {
                pack.append(&tail);
                twin.extend(twin_tail);
            }
        }
        _ => {
            let skip = below(rng, 3);
            let needle = if there && rng.below(4) > 0 { &twin[below(rng, twin.len())] } else { &text };
            let want = (i..twin.len()).step_by(skip + 1).find(|j| twin[*j] == *needle);
            let want = want.map(|j| pack.seek(i64::try_from(j).unwrap()).unwrap());
            assert_eq!(pack.find(pos, needle, skip), want);
            let rest: Vec<_> = pack.iter_from(pos).map(Item::to_vec).collect();
            assert_eq!(rest, twin[i..]);
        }
    }
}

#[test]
fn behaves_like_a_vector() {
    let mut rng = rng();
    for _ in 0..60 {
        let (mut pack, mut twin) = (Listpack::new(), vec![]);
        for _ in 0..below(&mut rng, 150) {
            edit(&mut rng, &mut pack, &mut twin);
            compare(&pack, &twin);
            assert!(pack.capacity() >= pack.byte_len() && pack.capacity() <= 2 * pack.byte_len() + 48);
        }
        pack.shrink();
        assert!(pack.capacity() < pack.byte_len() + 24);
    }
}

#[test]
fn iterators_meet_in_the_middle() {
    let mut pack = Listpack::with_capacity(100);
    (0..5).for_each(|v| pack.push_back(Item::Int(v)));
    let mut iter = pack.iter();
    assert_eq!((iter.next(), iter.next_back()), (Some(Item::Int(0)), Some(Item::Int(4))));
    assert_eq!(iter.pos(), pack.seek(1).unwrap());
    assert_eq!(iter.by_ref().collect::<Vec<_>>(), [1, 2, 3].map(Item::Int));
    assert_eq!((iter.next(), iter.next_back()), (None, None));
    assert_eq!(pack.iter_from(pack.end()).next(), None);
}

#[test]
fn many_entries_are_counted() {
    let mut pack = Listpack::new();
    for i in 0..65_536usize {
        assert_eq!(pack.len(), i);
        // Counting is slow from here on.
        if i == 65_534 {
            assert_eq!(pack.as_bytes()[4..6], [0xfe, 0xff]);
        }
        pack.push_back(Item::Int(7));
    }
    assert_eq!((pack.len(), &pack.as_bytes()[4..6]), (65_536, &[0xff, 0xff][..]));
    assert_eq!(pack.seek(65_535), pack.last());
    assert_eq!(pack.seek(-65_536), pack.first());
    assert_eq!((pack.seek(65_536), pack.seek(-65_537)), (None, None));
    pack.remove_n(HEADER, 10);
    assert_eq!((pack.len(), &pack.as_bytes()[4..6]), (65_526, &[0xff, 0xff][..]));
    let same = Listpack::from_bytes(pack.as_bytes().to_vec()).unwrap();
    assert_eq!((same.len(), &same.as_bytes()[4..6]), (65_526, &[0xf6, 0xff][..]));
    let tail = pack.split_off(HEADER + 40);
    assert_eq!((pack.len(), tail.len()), (20, 65_506));
    pack.append(&tail);
    pack.append(&tail);
    assert_eq!(pack.len(), 20 + 2 * 65_506);
}

#[test]
fn damage_is_refused() {
    let cases: [(&[u8], &str); 21] = [
        (b"", "nothing"),
        (b"\x06\0\0\0\0\0", "no end"),
        (b"\x07\0\0\0\0\0\0", "another end"),
        (b"\x08\0\0\0\0\0\xff", "size too large"),
        (b"\x07\0\0\0\0\0\xff\xff", "size too small"),
        (b"\x07\0\0\0\x01\0\xff", "count too large"),
        (b"\x09\0\0\0\0\0\x05\x01\xff", "count too small"),
        (b"\x08\0\0\0\x01\0\xff\xff", "end in the middle"),
        (b"\x09\0\0\0\x01\0\xf5\x01\xff", "no such head"),
        (b"\x09\0\0\0\x01\0\xfe\x01\xff", "no such head"),
        (b"\x09\0\0\0\x01\0\x05\x02\xff", "wrong length behind"),
        (b"\x0a\0\0\0\x01\0\x05\x00\x81\xff", "length behind in two bytes"),
        (b"\x08\0\0\0\x01\0\x05\xff", "no length behind"),
        (b"\x09\0\0\0\x01\0\x82a\xff", "text beyond the end"),
        (b"\x09\0\0\0\x01\0\xe0\x01\xff", "text beyond the end"),
        (b"\x08\0\0\0\x01\0\xe0\xff", "half a head"),
        (b"\x0b\0\0\0\x01\0\xf0\xff\xff\xff\xff", "half a head"),
        (b"\x0d\0\0\0\x01\0\xf0\xff\xff\xff\xff\x05\xff", "text beyond the end"),
        (b"\x0a\0\0\0\x01\0\xf2\x01\x01\xff", "half an integer"),
        (b"\x0f\0\0\0\x01\0\xf4\x01\x01\x01\x01\x01\x01\x01\xff", "half an integer"),
        (b"\x08\0\0\0\x01\0\xc0\xff", "half an integer"),
    ];
    for (bytes, why) in cases {
        assert!(Listpack::from_bytes(bytes.to_vec()).is_none(), "{why}: {}", hex(bytes));
    }
}

/// Integers as texts or longer than need be, and texts with longer heads.
#[test]
fn other_encodings_are_understood() {
    let mut bytes = b"\0\0\0\0\x04\0\x8212\x03\xf1\x05\0\x03\xf0\x01\0\0\0a\x06\xe0\x017\x03\xff".to_vec();
    bytes[0] = u8::try_from(bytes.len()).unwrap();
    let mut pack = Listpack::from_bytes(bytes).unwrap();
    let texts: Vec<_> = pack.iter().map(Item::to_vec).collect();
    assert_eq!(texts, [&b"12"[..], b"5", b"a", b"7"]);
    for (i, text) in texts.iter().enumerate() {
        let pos = pack.seek(i64::try_from(i).unwrap());
        assert_eq!(pack.find(HEADER, text, 0), pos);
        assert!(pack.get(pos.unwrap()).eq_bytes(text));
    }
    let all: Vec<_> = pack.iter().map(Item::to_vec).collect();
    for (i, text) in all.iter().enumerate() {
        pack.replace(pack.seek(i64::try_from(i).unwrap()).unwrap(), Item::Bytes(text));
    }
    assert_eq!(hex(&pack.as_bytes()[HEADER..]), "0c010501816102 0701 ff".replace(' ', ""));
}

#[test]
fn hostile_bytes_are_refused_or_work() {
    let mut rng = rng();
    let mut accepted = 0;
    for _ in 0..20_000 {
        let (mut pack, mut twin) = (Listpack::new(), vec![]);
        for _ in 0..below(&mut rng, 8) {
            let text = text(&mut rng);
            pack.push_back(Item::parse(&text[..text.len().min(200)]));
        }
        let mut bytes = pack.as_bytes().to_vec();
        for _ in 0..=below(&mut rng, 3) {
            let at = below(&mut rng, bytes.len());
            match rng.below(6) {
                0 => bytes[at] ^= 1 << rng.below(8),
                1 => bytes[at] = u8::try_from(rng.below(256)).unwrap(),
                2 => bytes.truncate(at.max(1)),
                3 => bytes.insert(at, u8::try_from(rng.below(256)).unwrap()),
                4 => drop(bytes.remove(at)),
                _ => bytes.rotate_left(at),
            }
            if bytes.is_empty() {
                bytes.push(0);
            }
        }
        // Without a right header hardly anything would get further.
        if rng.below(4) > 0 && bytes.len() > EMPTY {
            let size = u32::try_from(bytes.len()).unwrap().to_le_bytes();
            bytes[..4].copy_from_slice(&size);
            bytes[4..6].copy_from_slice(&[0xff, 0xff]);
            *bytes.last_mut().unwrap() = END;
        }
        let Some(mut pack) = Listpack::from_bytes(bytes) else { continue };
        accepted += 1;
        twin.extend(pack.iter().map(Item::to_vec));
        for _ in 0..5 {
            compare(&pack, &twin);
            edit(&mut rng, &mut pack, &mut twin);
        }
    }
    assert!(accepted > 500, "{accepted}");
}

#[test]
fn room_ends_at_a_gibibyte() {
    let pack = Listpack::new();
    assert!(pack.has_room(MAX_BYTES - EMPTY) && !pack.has_room(MAX_BYTES) && !pack.has_room(usize::MAX));
}
