use super::*;
use crate::base::rng::Rng;

/// What `PFADD h a` gives, taken from Redis 7.0.
#[test]
fn the_bytes_of_redis() {
    let mut value = empty();
    assert_eq!(value, b"HYLL\x01\0\0\0\0\0\0\0\0\0\0\x80\x7f\xff");
    let (index, count) = place(b"a");
    assert_eq!((index, count), (12711, 2));
    assert_eq!(raise(&mut value, index, count, 3000), Ok(true));
    assert_eq!(value, b"HYLL\x01\0\0\0\0\0\0\0\0\0\0\x80q\xa6\x84NW");
    assert_eq!(count_of(&value), 1);
}

fn count_of(value: &[u8]) -> u64 {
    count(value).unwrap()
}

fn registers(value: &[u8]) -> Vec<u8> {
    let mut all = Registers::default();
    all.merge(value).unwrap();
    all.iter().collect()
}

#[test]
fn keeps_what_a_naive_twin_keeps() {
    let mut rng = Rng::new(77);
    for round in 0..60 {
        let mut value = empty();
        let mut twin = vec![0u8; REGISTERS];
        let max = [3000, 0, 100, 1_000_000][usize::try_from(rng.below(4)).unwrap()];
        // Neighbours and equal values, so that runs split and join.
        let near = rng.below(2) == 0;
        let base = rng.below(16000);
        for step in 0..rng.below(3000) {
            let index = if near { base + rng.below(300) } else { rng.below(REGISTERS as u64) };
            let index = usize::try_from(index).unwrap();
            let most = if rng.below(500) == 0 { 51 } else { [3, 32][usize::from(rng.below(9) == 0)] };
            let to = 1 + u8::try_from(rng.below(most)).unwrap();
            let changes = twin[index] < to;
            twin[index] = twin[index].max(to);
            assert_eq!(raise(&mut value, index, to, max), Ok(changes), "round {round}, step {step}");
            if encoding(&value) == Some(Encoding::Sparse) {
                assert!(value.len() <= max.max(HEADER + 2));
            } else {
                assert_eq!(dense::get(&value, index), twin[index]);
            }
        }
        assert_eq!(registers(&value), twin);
        let mut packed = value.clone();
        make_dense(&mut packed).unwrap();
        assert_eq!(registers(&packed), twin);
        assert_eq!(count(&packed), count(&value));
        let mut all = Registers::default();
        all.merge(&value).unwrap();
        assert_eq!(all.count(), count_of(&value));
        let mut copy = empty();
        all.raise(&mut copy, 3000).unwrap();
        assert_eq!(registers(&copy), twin);
    }
}

#[test]
fn estimates_within_the_error() {
    let mut value = empty();
    for n in 1..=200_000u64 {
        let (index, count) = place(&n.to_le_bytes());
        raise(&mut value, index, count, 3000).unwrap();
        if n.is_power_of_two() || n % 50_000 == 0 {
            let estimate = count_of(&value) as f64;
            assert!((estimate - n as f64).abs() <= 0.03 * n as f64 + 0.5, "{estimate} for {n}");
        }
    }
}

#[test]
fn remembers_and_forgets() {
    let mut value = empty();
    assert_eq!(remembered(&value), None);
    remember(&mut value, 77);
    assert_eq!(remembered(&value), Some(77));
    forget(&mut value);
    assert_eq!(remembered(&value), None);
    remember(&mut value, 1 << 63);
    assert_eq!(remembered(&value), None);
    let _ = (remembered(b"HYLL"), remember(&mut [0; 9], 1), forget(&mut [0; 9]));
}

#[test]
fn hostile_bytes() {
    let header = &empty()[..HEADER];
    let with = |runs: &[u8]| [header, runs].concat();
    for text in [&b""[..], b"HYL", b"HYLL", &header[..15], b"HYLL\x02\0\0\0\0\0\0\0\0\0\0\0\x7f\xff"] {
        assert_eq!(encoding(text), None);
        assert_eq!(count(text), Err(Corrupt));
    }
    let bad = [
        &b""[..],
        b"\x7f",
        b"\x7f\xfe",
        b"\x7f\xff\0",
        b"\x7f\xff\x7f\xff",
        b"\x7f\xfe\x83",
        b"\x7f\xff\x40",
    ];
    for runs in bad {
        let mut value = with(runs);
        assert_eq!(count(&value), Err(Corrupt), "{runs:?}");
        assert_eq!(Registers::default().merge(&value), Err(Corrupt));
        assert_eq!(make_dense(&mut value), Err(Corrupt));
        assert_eq!(raise(&mut value, 0, 40, 3000), Err(Corrupt));
        assert_eq!(value, with(runs));
    }
    let mut rng = Rng::new(1);
    for _ in 0..3000 {
        let runs: Vec<u8> = (0..rng.below(40)).map(|_| rng.next_u64().to_le_bytes()[0]).collect();
        let mut value = with(&runs);
        let _ = (count(&value), sparse::describe(&value).unwrap(), Registers::default().merge(&value));
        for _ in 0..10 {
            let index = usize::try_from(rng.below(REGISTERS as u64)).unwrap();
            let _ = raise(&mut value, index, 1 + u8::try_from(rng.below(51)).unwrap(), 3000);
        }
    }
    let mut full = with(&[0xff; dense::LEN - HEADER]);
    full[ENCODING_AT] = 0;
    assert_eq!(count(&full), Ok(1 << 63));
}
