use super::*;
use crate::base::rng::{Rng, system_seed};
use crate::persist::testing::sim::SimStorage;

const LAST: Place = Place { base: false, last: true, ours: false, load_truncated: true, until: None };
const MIDDLE: Place = Place { last: false, ..LAST };

type Command = Vec<Vec<u8>>;

fn known(name: &[u8]) -> bool {
    [&b"SET"[..], b"SELECT", b"DEL"].iter().any(|known| name.eq_ignore_ascii_case(known))
}

fn replay(bytes: &[u8], place: Place) -> Result<(Vec<Command>, Option<Cut>)> {
    let disk = SimStorage::new();
    disk.put("/d/f", bytes);
    let mut got = Vec::new();
    let mut apply = |argv: &[&[u8]]| {
        got.push(argv.iter().map(|a| a.to_vec()).collect::<Command>());
        Ok(())
    };
    // An RDB file of these tests ends with this checksum.
    let mut base = |_: &Path| {
        let end = bytes.windows(8).position(|w| w == b"12345678").unwrap() + 8;
        Ok(BaseLoaded { end: end as u64, made_s: None })
    };
    let done = replay_file(&disk, Path::new("/d/f"), place, &known, &mut apply, &mut base)?;
    assert_eq!((done.commands, done.len), (got.len() as u64, bytes.len() as u64));
    Ok((got, done.torn))
}

fn record(argv: &[&[u8]]) -> Vec<u8> {
    let mut out = format!("*{}\r\n", argv.len()).into_bytes();
    for arg in argv {
        out.extend_from_slice(format!("${}\r\n", arg.len()).as_bytes());
        out.extend_from_slice(arg);
        out.extend_from_slice(b"\r\n");
    }
    out
}

fn set(key: &str, value: &str) -> Vec<u8> {
    record(&[b"SET", key.as_bytes(), value.as_bytes()])
}

fn cut(offset: usize, bytes: usize) -> Option<Cut> {
    Some(Cut { path: "/d/f".into(), offset: offset as u64, bytes: bytes as u64, unit: None })
}

fn why(bytes: &[u8], place: Place) -> String {
    let e = replay(bytes, place).unwrap_err();
    assert_eq!(e.kind(), ErrorKind::Corrupt);
    e.message().strip_prefix("/d/f: damaged at offset ").unwrap().to_owned()
}

/// A file with annotations, a transaction and binary values, and the offsets where it may be cut.
fn sample() -> (Vec<u8>, Vec<(usize, usize)>) {
    let parts: [(Vec<u8>, usize); 9] = [
        (b"#TS:1700000000\r\n".to_vec(), 0),
        (record(&[b"SELECT", b"0"]), 1),
        (set("a", "1"), 1),
        ([record(&[b"MULTI"]), set("b", "2"), set("c", "*1\r\n$4\r\n"), record(&[b"EXEC"])].concat(), 2),
        (set("", ""), 1),
        (b"#TS:1700000001\r\n".to_vec(), 0),
        (set("d", "\r\n\r\n$1\r\n*\0\0"), 1),
        (record(&[b"multi"]), 0),
        ([set("e", "5"), record(&[b"exec"])].concat(), 1),
    ];
    let (mut bytes, mut commands, mut cuts) = (Vec::new(), 0, vec![(0, 0)]);
    for (i, (part, n)) in parts.iter().enumerate() {
        bytes.extend_from_slice(part);
        commands += n;
        if i != 7 {
            cuts.push((bytes.len(), commands));
        }
    }
    (bytes, cuts)
}

#[test]
fn cut_at_any_byte_the_whole_commands_are_kept() {
    let (bytes, cuts) = sample();
    let (all, torn) = replay(&bytes, LAST).unwrap();
    assert_eq!((all.len(), torn), (7, None));
    assert_eq!(all[2], [b"SET".to_vec(), b"b".to_vec(), b"2".to_vec()]);
    for end in 0..=bytes.len() {
        let &(at, commands) = cuts.iter().rfind(|(at, _)| *at <= end).unwrap();
        let (got, torn) = replay(&bytes[..end], LAST).unwrap();
        assert_eq!(got, all[..commands], "cut at {end}");
        assert_eq!(torn, if at == end { None } else { cut(at, end - at) }, "cut at {end}");
        let zeros = [&bytes[..end], &[0; 100]].concat();
        let (got, torn) = replay(&zeros, LAST).unwrap();
        assert_eq!(
            (got, torn),
            (all[..commands].to_vec(), cut(at, end - at + 100)),
            "cut at {end}, then zeros"
        );
        if at != end {
            let e = replay(&bytes[..end], MIDDLE).unwrap_err();
            assert!(e.message().starts_with(&format!("/d/f: damaged at offset {at}: the file ends")), "{e}");
            let e = replay(&bytes[..end], Place { load_truncated: false, ..LAST }).unwrap_err();
            assert!(e.message().ends_with("and aof-load-truncated is no"), "{e}");
        }
    }
}

#[test]
fn any_byte_changed_ends_in_an_error_with_its_place_or_in_a_prefix() {
    let (bytes, _) = sample();
    let (all, _) = replay(&bytes, LAST).unwrap();
    for at in 0..bytes.len() {
        for bit in 0..8 {
            let mut damaged = bytes.clone();
            damaged[at] ^= 1 << bit;
            match replay(&damaged, LAST) {
                Ok((got, torn)) => {
                    // Changed content cannot be seen; a changed frame only at the end, as a torn tail.
                    let same = got.iter().zip(&all).filter(|(a, b)| a == b).count();
                    let hidden = torn.is_none() && got.len() == all.len() && same + 1 >= got.len();
                    let tail = torn.is_some_and(|cut| cut.bytes <= 60);
                    assert!(hidden || tail, "byte {at} bit {bit}: {got:?}");
                }
                Err(e) => {
                    assert_eq!(e.kind(), ErrorKind::Corrupt);
                    let offset = e.message().strip_prefix("/d/f: damaged at offset ").unwrap();
                    let offset: usize = offset.split(':').next().unwrap().parse().unwrap();
                    assert!(offset < bytes.len(), "{e}");
                }
            }
        }
    }
}

#[test]
fn random_damage_never_panics() {
    let seed = std::env::var("SEED").map_or_else(|_| system_seed(), |s| s.parse().unwrap());
    println!("SEED={seed}");
    let mut rng = Rng::new(seed);
    let (bytes, _) = sample();
    for _ in 0..20_000 {
        let mut damaged = bytes.clone();
        for _ in 0..1 + rng.below(5) {
            let at = usize::try_from(rng.below(damaged.len() as u64)).unwrap();
            damaged[at] = match rng.below(3) {
                0 => b"*$\r\n#019"[usize::try_from(rng.below(8)).unwrap()],
                _ => u8::try_from(rng.below(256)).unwrap(),
            };
        }
        if let Err(e) = replay(&damaged, LAST) {
            assert_eq!(e.kind(), ErrorKind::Corrupt);
        }
    }
}

#[test]
fn damage_is_told_from_a_torn_tail() {
    let (a, b) = (set("a", "1"), set("b", "2"));
    let n = a.len();
    for (rest, message) in [
        (&b"garbage"[..], format!("{n}: expected a command (`*`)")),
        (b"\r\n", format!("{n}: expected a command (`*`)")),
        (b"*x", format!("{}: expected a length", n + 1)),
        (b"*1\r\n:", format!("{}: expected an argument (`$`)", n + 4)),
        (b"*1\r\n$1\r\nabc", format!("{}: expected the end of the line (CRLF)", n + 9)),
        (b"\0\0\0x", format!("{n}: expected a command (`*`)")),
        (b"*1\r\n$4\r\nEXEC\r\n", format!("{n}: EXEC without MULTI")),
        (b"*1\r\n$5\r\nMULTI\r\n*1\r\n$5\r\nMULTI\r\n", format!("{}: MULTI inside of MULTI", n + 15)),
    ] {
        for place in [LAST, MIDDLE] {
            assert_eq!(why(&[&a[..], rest].concat(), place), message);
        }
    }
    let grown = [&a[..], b"*2\r\n$3\r\nDEL\r\n$90\r\nk\r\n", &b].concat();
    assert!(why(&grown, LAST).starts_with(&format!("{}: an argument that ends after the file", n + 13)));
    assert_eq!(why(&[&a[..], b"\0\0"].concat(), MIDDLE), format!("{n}: expected a command (`*`)"));
}

#[test]
fn a_damaged_exec_is_no_reason_to_cut_what_follows() {
    let head = [set("a", "1"), record(&[b"MULTI"]), set("b", "2")].concat();
    let exec = record(&[b"EXEC"]);
    let rest: Vec<u8> = (0..50).flat_map(|i| set("c", &i.to_string())).collect();
    for at in 0..exec.len() {
        for bit in 0..8 {
            let mut damaged = exec.clone();
            damaged[at] ^= 1 << bit;
            if damaged.eq_ignore_ascii_case(&exec) {
                continue;
            }
            let message = why(&[&head[..], &damaged, &rest].concat(), LAST);
            let offset: usize = message.split(':').next().unwrap().parse().unwrap();
            assert!((head.len()..head.len() + exec.len() + 1).contains(&offset), "{at} {bit}: {message}");
        }
    }
    let unknown = [&head[..], &record(&[b"EXEB"]), &rest].concat();
    let message = format!("{}: an unknown command inside of a transaction", head.len());
    assert_eq!(why(&unknown, LAST), message);
}

#[test]
fn an_error_of_the_command_names_its_place() {
    let disk = SimStorage::new();
    let first = set("a", "1");
    disk.put("/d/f", [&first[..], &record(&[b"NOSUCH"])].concat());
    let mut apply = |argv: &[&[u8]]| match argv {
        [b"NOSUCH"] => Err(Error::new(ErrorKind::Unsupported, "unknown command")),
        _ => Ok(()),
    };
    let e =
        replay_file(&disk, Path::new("/d/f"), LAST, &known, &mut apply, &mut |_| Ok(BaseLoaded::default()));
    let text = format!("/d/f: the command at offset {}: unknown command", first.len());
    assert_eq!(e, Err(Error::new(ErrorKind::Unsupported, text)));
}

#[test]
fn records_larger_than_the_buffer_and_lengths_larger_than_the_file() {
    let long = "v".repeat(3 * BUFFER + 11);
    let many: Vec<&[u8]> = std::iter::repeat_n(&b"k"[..], 400_000).collect();
    let bytes = [set("a", &long), record(&many), set("b", &long), set("c", "1")].concat();
    let (got, torn) = replay(&bytes, LAST).unwrap();
    assert_eq!((got.len(), torn), (4, None));
    assert!(got[0][2] == long.as_bytes() && got[1].len() == 400_000 && got[3][1] == b"c");
    // A length of half a gigabyte in a file of a few bytes makes no buffer of that size.
    let mut source = Source::new(open(b"*2\r\n$536870912\r\nabc"), 19);
    assert!(source.fill(536_870_930).unwrap());
    assert_eq!((source.buf.len(), source.fill(536_870_930).unwrap()), (19, false));
}

fn open(bytes: &[u8]) -> Box<dyn StorageFile> {
    let disk = SimStorage::new();
    disk.put("/f", bytes);
    disk.open_read(Path::new("/f")).unwrap()
}

#[test]
fn a_base_is_resp_or_an_rdb_file_that_resp_may_follow() {
    let base = Place { base: true, ..MIDDLE };
    let (got, _) = replay(&set("a", "1"), base).unwrap();
    assert_eq!(got.len(), 1);
    let empty = b"REDIS0010\xfa\x09redis-ver\x067.0.15\xff12345678";
    assert_eq!(replay(empty, base).unwrap().0.len(), 0);
    assert_eq!(replay(&[&empty[..], &set("a", "1")].concat(), base).unwrap().0.len(), 1);
    let keys = b"REDIS0010\xfe\x00\xfb\x01\x00\x00\x01k\x01v\xff12345678";
    assert_eq!(replay(keys, base).unwrap().0.len(), 0);
    assert_eq!(replay(&[&keys[..], &set("a", "1"), &set("b", "2")].concat(), base).unwrap().0.len(), 2);
    assert_eq!(why(empty, MIDDLE), "0: expected a command (`*`)");
}

/// A file of three units: SELECT and two commands in the first, a transaction through the second into the third.
fn units() -> (Vec<u8>, [usize; 3]) {
    let mut file = Vec::new();
    let mut starts = [0; 3];
    for (start, lines) in starts.iter_mut().zip([
        &["SELECT 0", "SET a 1"][..],
        &["SET b 2", "MULTI", "SET c 3"],
        &["EXEC", "SET d 4", "SET e 5"],
    ]) {
        *start = file.len();
        let mut chunk = vec![b' '; unit::HEAD];
        for line in lines {
            let words: Vec<&str> = line.split(' ').collect();
            chunk.extend_from_slice(format!("*{}\r\n", words.len()).as_bytes());
            words.iter().for_each(|w| chunk.extend_from_slice(format!("${}\r\n{w}\r\n", w.len()).as_bytes()));
        }
        let durable = file.len() as u64;
        unit::seal(&mut chunk, durable);
        file.extend_from_slice(&chunk);
    }
    (file, starts)
}

#[test]
fn a_unit_that_is_not_whole_is_what_a_crash_left_unless_it_was_on_disk() {
    let (file, starts) = units();
    assert_eq!(replay(&file, LAST).unwrap().0.len(), 6);
    for at in 0..file.len() {
        let mut other = file.clone();
        other[at] ^= 0x55;
        match replay(&other, LAST) {
            Ok((got, None)) => {
                // Another annotation now, which says nothing.
                assert!(starts.iter().any(|s| (s + 1..s + unit::MARK.len()).contains(&at)), "byte {at}");
                assert_eq!(got.len(), 6);
            }
            Ok((got, torn)) => {
                let cut = torn.unwrap();
                let len_digits = starts[2] + unit::MARK.len()..starts[2] + unit::MARK.len() + 10;
                // A longer last unit cannot be told from one that was not written to its end.
                assert!(len_digits.contains(&at), "byte {at}: {got:?}");
                let unit = Some((starts[2] as u64, (starts[2] + unit::HEAD) as u64));
                assert_eq!((got.len(), cut.bytes, cut.unit), (6, 0, unit));
            }
            Err(e) => assert_eq!(e.kind(), ErrorKind::Corrupt, "byte {at}: {e}"),
        }
    }
}

#[test]
fn a_hole_is_cut_off_with_what_came_to_the_disk_behind_it() {
    let plain = b"*1\r\n$1\r\nA\r\n";
    let mut chunk = vec![b' '; unit::HEAD];
    (0..60).for_each(|_| chunk.extend_from_slice(plain));
    let mut later = chunk.clone();
    unit::seal(&mut chunk, 0);
    // The sector before the unit never came to the disk.
    let hole = [plain.as_slice(), &[0; 501], &chunk].concat();
    let (got, torn) = replay(&hole, LAST).unwrap();
    assert_eq!((got.len(), torn), (1, cut(11, 501 + chunk.len())));
    // A later unit says that it had been there.
    unit::seal(&mut later, 400);
    assert!(replay(&[&hole[..], &later].concat(), LAST).is_err());
    // A unit with a hole, and one that ends too early: without a hole what is whole of it is kept.
    let mut holed = [plain.as_slice(), &chunk].concat();
    holed[512..].fill(0);
    let (got, torn) = replay(&holed, LAST).unwrap();
    assert_eq!((got.len(), torn), (1, cut(11, chunk.len())));
    let short = [plain.as_slice(), &chunk[..chunk.len() - 15]].concat();
    let (got, torn) = replay(&short, LAST).unwrap();
    let torn = torn.unwrap();
    assert_eq!((got.len(), torn.bytes, torn.unit), (1 + 58, 7, Some((11, 11 + unit::HEAD as u64))));
    assert_eq!(torn.left(), torn.offset);
}

#[test]
fn an_increment_of_ours_may_have_lost_its_first_sector() {
    let mut chunk = vec![b' '; unit::HEAD];
    (0..120).for_each(|_| chunk.extend_from_slice(b"*1\r\n$1\r\nA\r\n"));
    let mut later = chunk.clone();
    unit::seal(&mut chunk, 0);
    chunk[..512].fill(0);
    let ours = Place { ours: true, ..LAST };
    let (got, torn) = replay(&chunk, ours).unwrap();
    assert_eq!((got.len(), torn), (0, cut(0, chunk.len())));
    // The file of another server begins with a command, which is damaged; so is what was on disk.
    assert_eq!(why(&chunk, LAST), "0: expected a command (`*`)");
    assert_eq!(why(&chunk, Place { last: false, ..ours }), "0: expected a command (`*`)");
    unit::seal(&mut later, 600);
    let text = why(&[&chunk[..], &later].concat(), ours);
    assert!(text.starts_with("0: its checksum says otherwise, and it had been on disk"), "{text}");
    // Another server may have gone on with it: zeros behind a command say nothing.
    let behind = [&b"*1\r\n$1\r\nA\r\n"[..], &chunk].concat();
    assert_eq!(why(&behind, ours), "11: expected a command (`*`)");
}
