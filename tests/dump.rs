//! DUMP and RESTORE against real servers: what each dumps the other restores, with the same DEBUG DIGEST-VALUE; and the
//! forms of old servers, which new ones still read.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "test code: it stops at the first surprise and starts real servers"
)]

mod common;
#[path = "common/kit.rs"]
mod kit;

use common::doors::{Entrance, LodgerDoor, ServerDoor};
use common::old_forms;
use common::oracle::{self, Which};
use common::resp::RespValue;
use common::script::Door;
use kit::{Rng, seed};

fn words(line: &str) -> Vec<Vec<u8>> {
    line.split(' ').map(|word| word.as_bytes().to_vec()).collect()
}

/// Something that answers commands.
struct Side<D>(D);

impl<D: Door> Side<D> {
    fn call(&mut self, argv: &[Vec<u8>]) -> RespValue {
        self.0.send("", argv).unwrap()
    }

    fn ask(&mut self, line: &str) -> RespValue {
        self.call(&words(line))
    }

    fn dump(&mut self, key: &str) -> Vec<u8> {
        let reply = self.ask(&format!("DUMP {key}"));
        reply.bytes().unwrap_or_else(|| panic!("DUMP {key}: {reply}")).to_vec()
    }

    fn restore(&mut self, key: &str, dump: &[u8]) -> RespValue {
        self.call(&[b"RESTORE".to_vec(), key.into(), b"0".to_vec(), dump.to_vec(), b"REPLACE".to_vec()])
    }

    fn must_restore(&mut self, key: &str, dump: &[u8]) {
        let reply = self.restore(key, dump);
        assert_eq!(reply, RespValue::Status(b"OK".to_vec()), "RESTORE {key}");
    }

    fn digest(&mut self, key: &str) -> String {
        self.ask(&format!("DEBUG DIGEST-VALUE {key}")).to_string()
    }

    /// Type, encoding and digest.
    fn face(&mut self, key: &str) -> String {
        let (kind, encoding) =
            (self.ask(&format!("TYPE {key}")), self.ask(&format!("OBJECT ENCODING {key}")));
        format!("{kind} {encoding} {}", self.digest(key))
    }
}

fn lodger() -> Side<LodgerDoor> {
    Side(LodgerDoor::on_time(Entrance::Resp).unwrap())
}

fn server(which: Which, what: &str) -> Option<Side<ServerDoor>> {
    Some(Side(ServerDoor::new(oracle::start(which, what)?, None).unwrap()))
}

/// A value of every type in every encoding, small and large: keys and the commands that make them.
fn make_values(expiring_fields: bool) -> Vec<(String, Vec<Vec<Vec<u8>>>)> {
    let mut out: Vec<(String, Vec<Vec<Vec<u8>>>)> = Vec::new();
    let mut value = |key: &str, lines: Vec<String>| {
        out.push((key.to_owned(), lines.iter().map(|line| words(&line.replace('@', key))).collect()));
    };
    let list = |n: usize, one: &dyn Fn(usize) -> String| (0..n).map(one).collect::<Vec<_>>().join(" ");
    let big = "big".repeat(40);
    value("string-int", vec!["SET @ -12345".into()]);
    value("string-big-int", vec!["SET @ 1234567890123".into()]);
    value("string-text", vec!["SET @ text".into()]);
    value("string-compressible", vec![format!("SET @ {}", "abcdefgh".repeat(5000))]);
    value("string-long", vec![format!("SET @ {}", list(3000, &|i| (i * i).to_string()).replace(' ', "-"))]);
    value("list-short", vec!["RPUSH @ a b 3".into()]);
    value("list-long", vec![format!("RPUSH @ {}", list(5000, &|i| format!("element-{i} {i}")))]);
    value("list-big-elements", vec![format!("RPUSH @ a {} b {}", "x".repeat(20_000), "y".repeat(70_000))]);
    value("set-16", vec!["SADD @ 1 -300 7".into()]);
    value("set-32", vec!["SADD @ 1 -300 70000".into()]);
    value("set-64", vec!["SADD @ 1 -9223372036854775808 70000".into()]);
    value("set-many-integers", vec![format!("SADD @ {}", list(2000, &|i| (i * 7919).to_string()))]);
    value("set-texts", vec!["SADD @ a b 12 -4000".into()]);
    value("set-many", vec![format!("SADD @ {}", list(2000, &|i| format!("member-{i}")))]);
    value("hash-small", vec!["HSET @ a 1 b text 7 x".into()]);
    value("hash-big-value", vec![format!("HSET @ a {big} b 2")]);
    value("hash-many", vec![format!("HSET @ {}", list(2000, &|i| format!("field-{i} {i}")))]);
    value("zset-small", vec!["ZADD @ 1 a 1 b -2.5 c inf d -inf e 3 17".into()]);
    value("zset-big-member", vec![format!("ZADD @ 3 {big} -inf b 0.1 c")]);
    value("zset-many", vec![format!("ZADD @ {}", list(2000, &|i| format!("{} member-{i}", i % 500)))]);
    let mut stream: Vec<String> =
        (0..600).map(|i| format!("XADD @ {}-{} f v{i} g {i}", 1000 + i / 2, i % 2 + 1)).collect();
    stream.extend((0..600).step_by(7).map(|i| format!("XDEL @ {}-{}", 1000 + i / 2, i % 2 + 1)));
    stream.push(format!("XADD @ 2000-5 other fields f {big}"));
    stream.extend(
        [
            "XGROUP CREATE @ group 0",
            "XREADGROUP GROUP group alice COUNT 40 STREAMS @ >",
            "XREADGROUP GROUP group bob COUNT 20 STREAMS @ >",
            "XACK @ group 1001-1 1004-2 1009-1",
            "XGROUP CREATE @ idle $",
            "XGROUP CREATECONSUMER @ idle nobody",
        ]
        .map(String::from),
    );
    value("stream", stream);
    value("stream-empty", ["XADD @ 5-5 a b", "XDEL @ 5-5", "XGROUP CREATE @ g 0"].map(String::from).to_vec());
    if expiring_fields {
        let expire = |at: u64, field: &str| format!("HPEXPIREAT @ {at} FIELDS 1 {field}");
        let small =
            vec!["HSET @ a 1 b 2 c 3".into(), expire(9_999_999_999_999, "b"), expire(9_999_999_999_000, "c")];
        value("hash-small-expiring", small);
        let mut large = vec![format!("HSET @ a {big} b 2 c 3 d 4")];
        large.extend([expire(9_999_999_999_999, "b"), expire(9_999_999_990_000, "a")]);
        value("hash-large-expiring", large);
    }
    out
}

/// Dumps of one server go to lodger, and lodger's dumps to it.
fn exchange(which: Which, what: &str) {
    let Some(mut server) = server(which, what) else { return };
    let mut ours = lodger();
    for (key, commands) in make_values(which == Which::Redis8) {
        for argv in &commands {
            let (theirs, here) = (server.call(argv), ours.call(argv));
            assert!(!theirs.is_error() && !here.is_error(), "{key}: {theirs} {here}");
        }
        let face = server.face(&key);
        let dump = server.dump(&key);
        // There and back.
        ours.must_restore("restored", &dump);
        if which == Which::Redis7 {
            assert_eq!(ours.face("restored"), face, "{key}");
        }
        let again = ours.dump("restored");
        server.must_restore("back", &again);
        assert_eq!(server.face("back"), face, "{key}");
        // Made here.
        let made = ours.dump(&key);
        server.must_restore("made", &made);
        assert_eq!(server.face("made"), face, "{key}");
        if key.starts_with("stream") && which == Which::Redis7 {
            let info = server.ask(&format!("XINFO STREAM {key} FULL COUNT 0"));
            assert_eq!(server.ask("XINFO STREAM back FULL COUNT 0"), info, "{key}");
            assert_eq!(ours.ask("XINFO STREAM restored FULL COUNT 0"), info, "{key}");
        }
        if key.ends_with("expiring") {
            let times = format!("HPEXPIRETIME {key} FIELDS 3 a b c");
            assert_eq!(server.ask(&times.replace(&key, "back")), server.ask(&times), "{key}");
            assert_eq!(ours.ask(&times.replace(&key, "restored")), server.ask(&times), "{key}");
        }
    }
}

#[test]
fn dumps_go_to_redis_7_and_back() {
    exchange(Which::Redis7, "dumps to and from Redis 7.0");
}

#[test]
fn dumps_go_to_valkey_8_and_back() {
    exchange(Which::Valkey8, "dumps to and from Valkey 8");
}

#[test]
fn dumps_go_to_redis_8_and_back() {
    exchange(Which::Redis8, "dumps to and from Redis 8");
}

/// The dumps that the unit tests have are the ones that are built, and real servers read them as we do.
#[test]
fn old_forms_are_read_as_real_servers_read_them() {
    let golden = include_str!("data/dumps.txt");
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    for (name, dump) in old_forms::samples() {
        assert!(
            golden.contains(&format!("\nold-{name} {}\n", hex(&dump))),
            "{name} is not in tests/data/dumps.txt"
        );
    }
    let Some(mut reference) = server(Which::Redis7, "old forms of values") else { return };
    let mut newer = server(Which::Redis8, "old forms of values that Redis 7.4 wrote");
    let mut ours = lodger();
    for (name, dump) in old_forms::samples() {
        ours.must_restore("old", &dump);
        if name.ends_with("pre-ga") {
            let Some(newer) = &mut newer else { continue };
            newer.must_restore("old", &dump);
            newer.must_restore("back", &ours.dump("old"));
            assert_eq!(newer.face("back"), newer.face("old"), "{name}");
            continue;
        }
        reference.must_restore("old", &dump);
        assert_eq!(ours.face("old"), reference.face("old"), "{name}");
        reference.must_restore("back", &ours.dump("old"));
        assert_eq!(reference.face("back"), reference.face("old"), "{name}");
    }
}

fn text(rng: &mut Rng) -> Vec<u8> {
    match rng.below(6) {
        0 => rng.below(300).to_string().into_bytes(),
        1 => (rng.next() >> rng.below(64)).cast_signed().to_string().into_bytes(),
        2 => vec![b'x'; rng.below(400)],
        3 => (0..rng.below(60)).map(|_| rng.next().to_le_bytes()[0]).collect(),
        _ => format!("text {}", rng.below(1 << 20)).into_bytes(),
    }
}

/// Random values in the flat forms: accepted by both with the same value.
#[test]
fn random_old_forms() {
    let Some(mut reference) = server(Which::Redis7, "random old forms of values") else { return };
    let (mut ours, mut rng) = (lodger(), Rng::new(seed("random_old_forms")));
    for round in 0..400 {
        let most = if rng.one_in(20) { 700 } else { 20 };
        let n = 1 + rng.below(most);
        let mut texts: Vec<Vec<u8>> = (0..n).map(|_| text(&mut rng)).collect();
        if rng.one_in(4) {
            texts.push(vec![b'z'; 20_000]);
        }
        let mut names = texts.clone();
        names.sort();
        names.dedup();
        let slices: Vec<&[u8]> = texts.iter().map(Vec::as_slice).collect();
        let pairs: Vec<(&[u8], &[u8])> =
            names.iter().map(|name| (name.as_slice(), slices[rng.below(slices.len())])).collect();
        let flat: Vec<&[u8]> = pairs.iter().flat_map(|(name, value)| [*name, *value]).collect();
        let mut ints: Vec<i64> = (0..n).map(|_| (rng.next() >> rng.below(64)).cast_signed()).collect();
        ints.sort_unstable();
        ints.dedup();
        let scores: Vec<Vec<u8>> = (0..names.len()).map(|i| (i / 2).to_string().into_bytes()).collect();
        let scored: Vec<&[u8]> =
            names.iter().zip(&scores).flat_map(|(name, score)| [name.as_slice(), score.as_slice()]).collect();
        let (form, value) = match round % 9 {
            0 => (9, old_forms::zipmap(&pairs, 0)),
            1 => (9, old_forms::zipmap(&pairs, 1)),
            2 => (10, old_forms::ziplist(&slices)),
            3 => (11, old_forms::intset(&ints)),
            4 => (12, old_forms::ziplist(&scored)),
            5 => (13, old_forms::ziplist(&flat)),
            6 => (16, old_forms::listpack(&flat)),
            7 => (17, old_forms::listpack(&scored)),
            _ => (10, old_forms::ziplist(&slices[..1])),
        };
        let dump = old_forms::dump(form, &old_forms::string(&value), 6);
        let theirs = reference.restore("k", &dump);
        assert_eq!(ours.restore("k", &dump), theirs, "form {form} of {n}");
        if !theirs.is_error() {
            assert_eq!(ours.face("k"), reference.face("k"), "form {form} of {n}");
        }
    }
}

/// What is journaled has the time at which the key expires, wherever it is read again.
#[test]
fn restore_is_journaled_with_its_time() {
    let dir = tempfile::tempdir().unwrap();
    let clock = lodger::Clock::manual(1_000_000);
    let db = lodger::Options::new().clock(clock).open(dir.path().to_str().unwrap()).unwrap();
    let mut client = db.client().unwrap();
    let dump = old_forms::dump(0, &old_forms::string(b"hello"), 10);
    let mut restore = |key: &str, ttl: &str, options: &[&str]| {
        let mut argv: Vec<&[u8]> = vec![b"restore", key.as_bytes(), ttl.as_bytes(), &dump];
        argv.extend(options.iter().map(|option| option.as_bytes()));
        assert_eq!(client.command(&argv).unwrap().as_bytes(), Some(&b"OK"[..]), "{key} {ttl} {options:?}");
    };
    restore("a", "0", &[]);
    restore("b", "5000", &["idletime", "7"]);
    restore("c", "2000000", &["ABSTTL"]);
    restore("d", "999999", &["ABSTTL"]);
    restore("a", "999999", &["ABSTTL", "REPLACE"]);
    drop(client);
    db.close().unwrap();
    let written = std::fs::read(dir.path().join("appendonlydir/appendonly.aof.1.incr.aof")).unwrap();
    let mut want = Vec::new();
    let commands: [&[&[u8]]; 5] = [
        &[b"SELECT", b"0"],
        &[b"restore", b"a", b"0", &dump],
        &[b"restore", b"b", b"1005000", &dump, b"idletime", b"7", b"ABSTTL"],
        &[b"restore", b"c", b"2000000", &dump, b"ABSTTL"],
        &[b"DEL", b"a"],
    ];
    for command in commands {
        let command: Vec<Vec<u8>> = command.iter().map(|word| word.to_vec()).collect();
        common::resp::encode_request(&command, &mut want);
    }
    // What lies in more than one sector has an annotation in front.
    let written = written.strip_prefix(b"#LODGER:").map_or(&written[..], |_| &written[50..]);
    assert_eq!(String::from_utf8_lossy(written), String::from_utf8_lossy(&want));
}
