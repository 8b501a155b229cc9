use super::*;
use crate::base::rng::{Rng, system_seed};

fn parse(text: &[u8]) -> Result<Manifest> {
    Manifest::parse(Path::new("d/appendonly.aof.manifest"), text)
}

fn why(text: &[u8]) -> String {
    let e = parse(text).unwrap_err();
    assert_eq!(e.kind(), ErrorKind::Corrupt);
    e.message().to_owned()
}

#[test]
fn reads_what_redis_writes_and_prints_it_back() {
    let text = b"file appendonly.aof.2.base.rdb seq 2 type b\n\
                 file appendonly.aof.1.incr.aof seq 1 type h\n\
                 file appendonly.aof.2.incr.aof seq 2 type i\nfile appendonly.aof.3.incr.aof seq 3 type i\n";
    let m = parse(text).unwrap();
    assert_eq!(m.base.as_ref().unwrap().name, "appendonly.aof.2.base.rdb");
    assert_eq!(m.history.len(), 1);
    assert_eq!(m.incr.iter().map(|f| f.seq).collect::<Vec<_>>(), [2, 3]);
    assert_eq!(m.print(), text);
    let names: Vec<_> = m.data_files().map(|f| f.name.to_str().unwrap()).collect();
    assert_eq!(
        names,
        ["appendonly.aof.2.base.rdb", "appendonly.aof.2.incr.aof", "appendonly.aof.3.incr.aof"]
    );
}

#[test]
fn reads_the_other_forms_redis_accepts() {
    for line in [
        "type i seq 1 file a1\n",
        " file a1 seq 1 type i\n",
        "\tfile  a1\tseq 1   type i\r\n",
        "FILE a1 SEQ 01 TYPE i\n",
        "file a1 seq 1 type i later yes\n",
        "file \"a1\" seq 1 type i\n",
        "file 'a1' seq 1 type i\n",
        "# a comment\nfile \"\\x61\\x31\" seq 1 type i\n#\n",
    ] {
        let m = parse(line.as_bytes()).unwrap();
        let f = AofFile { name: "a1".into(), seq: 1, kind: FileType::Incr, follows: None };
        assert_eq!(m, Manifest { incr: vec![f], ..Manifest::default() }, "{line:?}");
    }
    assert_eq!(parse(b"# nothing yet\n").unwrap(), Manifest::default());
}

#[test]
fn data_is_not_taken_for_history() {
    let base = "file a.aof.2.base.rdb seq 2 type";
    let (one, two) = ("file a.aof.1.incr.aof seq 1 type", "file a.aof.2.incr.aof seq 2 type");
    for good in [
        format!("{base} b\n{one} h\n{two} i\n"),
        format!("file a.aof.1.base.rdb seq 1 type h\n{base} b\n{two} i\n"),
        format!("{base} b\n{one} i\n{two} i\n"),
    ] {
        assert!(parse(good.as_bytes()).is_ok(), "{good}");
    }
    for bad in [
        format!("{one} h\n"),
        format!("{base} h\n{two} i\n"),
        format!("{base} b\n{one} i\n{two} h\n"),
        format!("{base} b\n{two} h\n"),
        "file x seq 1 type h\n".into(),
        "file x seq 1 type h\nfile y seq 2 type h\n".into(),
    ] {
        assert!(why(bad.as_bytes()).contains("is marked as history"), "{bad}");
    }
}

#[test]
fn a_malformed_line_is_named() {
    assert_eq!(why(b""), "d/appendonly.aof.manifest: the manifest is empty");
    for (text, message) in [
        (&b"file a seq 1 type i"[..], "line 1: the last line is cut off"),
        (b"#\nfile a se", "line 2: the last line is cut off"),
        (b"file a seq 1 type i\n\n", "line 2: not of the form `file NAME seq N type T`"),
        (b"file a seq 1\n", "line 1: not of the form `file NAME seq N type T`"),
        (b"file a seq 1 type\n", "line 1: a word without its value"),
        (b"file a seq 1x type i\n", "line 1: seq is not a positive number"),
        (b"file a seq 0 type i\n", "line 1: seq is not a positive number"),
        (b"file a seq -1 type i\n", "line 1: seq is not a positive number"),
        (b"file a seq 99999999999999999999 type i\n", "line 1: seq is not a positive number"),
        (b"file a seq 1 type I\n", "line 1: type is none of b, h and i"),
        (b"file ../a seq 1 type i\n", "line 1: not the name of a file in this directory"),
        (b"file \"\" seq 1 type i\n", "line 1: not the name of a file in this directory"),
        (b"file .. seq 1 type i\n", "line 1: not the name of a file in this directory"),
        (b"file \"a\\x00\" seq 1 type i\n", "line 1: not the name of a file in this directory"),
        (b"file a\0 seq 1 type i\n", "line 1: a NUL byte"),
        (b"file \"a seq 1 type i\n", "line 1: a quote that is not closed"),
        (b"file \"a\"b seq 1 type i\n", "line 1: a quote that touches a word"),
        (b"file it's seq 1 type i\n", "line 1: a quote that touches a word"),
        (b"file a seq 1 type i\nfile b seq 1 type i\n", "line 2: the sequence number does not rise"),
        (b"file a seq 1 type i\nfile a seq 2 type i\n", "line 2: the same file a second time"),
        (b"file a seq 1 type b\nfile b seq 2 type b\n", "line 2: a second base file"),
    ] {
        assert_eq!(why(text), format!("d/appendonly.aof.manifest: {message}"));
    }
}

#[test]
fn any_name_survives_print_and_parse() {
    let seed = std::env::var("SEED").map_or_else(|_| system_seed(), |s| s.parse().unwrap());
    println!("SEED={seed}");
    let mut rng = Rng::new(seed);
    for _ in 0..2000 {
        let mut m = Manifest::default();
        for seq in 1..=1 + rng.below(4) {
            let mut name: Vec<u8> = (0..1 + rng.below(12))
                .map(|_| match rng.below(3) {
                    0 => b"\"'\\ #\n\t\x07\xff"[usize::try_from(rng.below(9)).unwrap()],
                    _ => u8::try_from(rng.below(255) + 1).unwrap(),
                })
                .filter(|&b| b != b'/')
                .collect();
            name.extend_from_slice(seq.to_string().as_bytes());
            m.incr.push(AofFile {
                name: OsString::from_vec(name),
                seq,
                kind: FileType::Incr,
                follows: (seq % 3 == 0).then_some(seq),
            });
        }
        assert_eq!(parse(&m.print()).unwrap(), m);
    }
}

#[test]
fn arbitrary_bytes_never_panic() {
    let seed = std::env::var("SEED").map_or_else(|_| system_seed(), |s| s.parse().unwrap());
    println!("SEED={seed}");
    let mut rng = Rng::new(seed);
    let good = b"file \"a b\" seq 1 type b\nfile c seq 2 type i\n# x\n";
    for _ in 0..20_000 {
        let mut text = good.to_vec();
        for _ in 0..1 + rng.below(4) {
            let at = usize::try_from(rng.below(text.len() as u64)).unwrap();
            text[at] = u8::try_from(rng.below(256)).unwrap();
        }
        text.truncate(usize::try_from(rng.below(text.len() as u64 + 1)).unwrap());
        if let Ok(m) = parse(&text) {
            assert!(m.files().count() == 0 || parse(&m.print()).unwrap() == m, "{text:?}");
        }
    }
}
