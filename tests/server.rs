//! Clients, the command table and the server's own commands through the public API, as far as they reach beyond
//! one reply: what clients see of each other, what the journal holds, what waits. Plain replies are in
//! tests/conformance.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::thread;

use lodger::{Client, Clock, Db, ErrorKind, Options, Reply};

const START: i64 = 1_700_000_000_000;

fn memory() -> (Db, Client, Clock) {
    let clock = Clock::manual(START);
    let db = Options::new().clock(clock.clone()).seed(7).open(":memory:").unwrap();
    let client = db.client().unwrap();
    (db, client, clock)
}

fn call(client: &mut Client, line: &str) -> Reply {
    client.command(&line.split(' ').collect::<Vec<_>>()).unwrap()
}

fn text(client: &mut Client, line: &str) -> String {
    format!("{:?}", call(client, line))
}

fn bytes(client: &mut Client, line: &str) -> String {
    String::from_utf8(call(client, line).into_bytes().unwrap()).unwrap()
}

fn check(client: &mut Client, script: &[(&str, &str)]) {
    for (line, reply) in script {
        assert_eq!(text(client, line), *reply, "{line}");
    }
}

/// The pairs of a map, or of the flat array that it is in RESP2.
fn field<'r>(reply: &'r Reply, name: &str) -> Option<&'r Reply> {
    let at = reply.iter().position(|item| item.as_str() == Some(name))?;
    reply.at(at + 1)
}

#[test]
fn clients_see_each_other() {
    let (db, mut a, clock) = memory();
    let mut b = db.client().unwrap();
    call(&mut a, "CLIENT SETNAME first");
    call(&mut b, "HELLO 3 SETNAME second");
    call(&mut b, "CLIENT SETINFO LIB-NAME pylodger");
    call(&mut b, "CLIENT SETINFO LIB-VER 1.2");
    call(&mut b, "SELECT 3");
    call(&mut b, "CLIENT NO-EVICT ON");
    call(&mut b, "CLIENT NO-TOUCH ON");
    clock.advance_ms(5_000);
    let id = call(&mut b, "CLIENT ID").as_int().unwrap();
    let list = bytes(&mut a, "CLIENT LIST");
    let lines: Vec<&str> = list.lines().collect();
    assert_eq!(lines.len(), 2);
    assert!(lines[0].contains(" name=first age=5 idle="), "{}", lines[0]);
    assert!(
        lines[0].contains(" cmd=client|list user=default redir=-1 resp=2 lib-name= lib-ver="),
        "{}",
        lines[0]
    );
    assert!(lines[1].starts_with(&format!("id={id} addr= laddr= fd=-1 name=second ")), "{}", lines[1]);
    assert!(lines[1].contains(" flags=eT db=3 "), "{}", lines[1]);
    assert!(lines[1].ends_with(" cmd=client|id user=default redir=-1 resp=3 lib-name=pylodger lib-ver=1.2"));
    assert_eq!(bytes(&mut a, &format!("CLIENT LIST ID 999 {id} {id}")).lines().count(), 2);
    assert_eq!(bytes(&mut a, "CLIENT LIST TYPE normal").lines().count(), 2);
    assert_eq!(bytes(&mut a, "CLIENT LIST TYPE replica"), "");
    drop(b);
    assert_eq!(bytes(&mut a, "CLIENT LIST").lines().count(), 1);
    assert_eq!(bytes(&mut a, "CLIENT INFO"), bytes(&mut a, "CLIENT INFO"));
}

#[test]
fn reply_modes_silence_what_they_say() {
    let (_db, mut c, _) = memory();
    let mut ask = |request: &str| String::from_utf8(c.resp(request.as_bytes()).unwrap().to_vec()).unwrap();
    let script = [
        ("CLIENT REPLY OFF\r\nPING\r\nNOSUCH\r\nGET\r\n", ""),
        ("CLIENT REPLY NOSUCH\r\n", ""),
        ("CLIENT REPLY SKIP\r\nPING\r\nPING\r\n", ""),
        ("CLIENT REPLY ON\r\nPING\r\n", "+OK\r\n+PONG\r\n"),
        ("CLIENT REPLY SKIP\r\nPING\r\nECHO a\r\n", "$1\r\na\r\n"),
        ("CLIENT REPLY SKIP\r\nNOSUCH\r\nECHO b\r\n", "$1\r\nb\r\n"),
        ("CLIENT REPLY SKIP\r\nCLIENT REPLY ON\r\n", "+OK\r\n"),
        ("CLIENT REPLY SKIP\r\nCLIENT REPLY SKIP\r\nPING\r\nECHO c\r\n", "$1\r\nc\r\n"),
        ("CLIENT REPLY OFF\r\nHELLO 3\r\nRESET\r\n", "+RESET\r\n"),
        ("GET none\r\n", "$-1\r\n"),
    ];
    for (request, answer) in script {
        assert_eq!(ask(request), answer, "{request}");
    }
}

#[test]
fn hello_answers_in_the_protocol_it_selects() {
    let (_db, mut c, _) = memory();
    assert!(c.resp(b"HELLO 3\r\n").unwrap().starts_with(b"%7\r\n$6\r\nserver\r\n$5\r\nredis\r\n"));
    assert_eq!(c.resp(b"GET none\r\n").unwrap(), b"_\r\n");
    assert!(c.resp(b"HELLO 2\r\n").unwrap().starts_with(b"*14\r\n"));
    assert_eq!(c.resp(b"GET none\r\n").unwrap(), b"$-1\r\n");
    let error = b"-ERR Syntax error in HELLO option 'AUTH'\r\n";
    assert_eq!(c.resp(b"HELLO 3 SETNAME x AUTH\r\n").unwrap(), error);
    assert_eq!(c.resp(b"GET none\r\n").unwrap(), b"$-1\r\n");
}

#[test]
fn the_table_tells_about_itself() {
    let (_db, mut c, _) = memory();
    let count = call(&mut c, "COMMAND COUNT").as_int().unwrap();
    let all = call(&mut c, "COMMAND");
    assert_eq!(usize::try_from(count).unwrap(), all.len());
    let subcommands: usize = all.iter().map(|row| row.at(9).unwrap().len()).sum();
    assert_eq!(call(&mut c, "COMMAND LIST").len(), all.len() + subcommands);
    call(&mut c, "HELLO 3");
    let docs = call(&mut c, "COMMAND DOCS");
    assert_eq!(docs.pairs().len(), all.len());
    for (name, row) in docs.pairs() {
        for part in ["summary", "since", "group"] {
            assert!(
                field(row, part).and_then(Reply::as_str).is_some_and(|text| !text.is_empty()),
                "{part} of {name:?}"
            );
        }
    }
    check(
        &mut c,
        &[
            ("COMMAND LIST FILTERBY PATTERN config|*et", "[\"config|get\", \"config|set\"]"),
            ("COMMAND LIST FILTERBY MODULE any", "[]"),
            ("COMMAND GETKEYS MEMORY USAGE k", "[\"k\"]"),
            ("COMMAND GETKEYSANDFLAGS SET k v", "[[\"k\", ~[OW, update]]]"),
            ("COMMAND GETKEYSANDFLAGS SET k v XX GET", "[[\"k\", ~[RW, access, update]]]"),
            ("COMMAND INFO get|x nosuch", "[nil, nil]"),
        ],
    );
    let set = call(&mut c, "COMMAND DOCS set");
    let arguments = field(set.at(1).unwrap(), "arguments").unwrap();
    let condition = arguments.at(2).unwrap();
    assert_eq!(
        format!("{condition:?}"),
        "{\"name\": \"condition\", \"type\": \"oneof\", \"since\": \"2.6.12\", \"flags\": ~[optional], \
         \"arguments\": [{\"name\": \"nx\", \"type\": \"pure-token\", \"token\": \"NX\"}, \
         {\"name\": \"xx\", \"type\": \"pure-token\", \"token\": \"XX\"}]}"
    );
}

#[test]
fn every_help_has_the_shape_of_redis() {
    let (_db, mut c, _) = memory();
    for container in ["CLIENT", "COMMAND", "CONFIG", "DEBUG", "MEMORY", "OBJECT"] {
        let help = call(&mut c, &format!("{container} HELP"));
        let heading = format!("{container} <subcommand> [<arg> [value] [opt] ...]. Subcommands are:");
        assert_eq!(help.at(0).unwrap().as_str(), Some(heading.as_str()));
        assert_eq!(help.at(help.len() - 2).unwrap().as_str(), Some("HELP"));
    }
}

#[test]
fn whole_databases_survive_a_reopening() {
    let dir = tempfile::tempdir().unwrap();
    let open = |path: &Path| {
        let db = Db::open(path).unwrap();
        let client = db.client().unwrap();
        (db, client)
    };
    let (db, mut c) = open(dir.path());
    for line in ["SET gone 1", "SELECT 2", "SET gone 2", "FLUSHALL", "SET kept 3", "SWAPDB 2 5"] {
        call(&mut c, line);
    }
    for line in ["SELECT 1", "SET gone 4", "FLUSHDB ASYNC", "DEBUG POPULATE 1500 user 10"] {
        call(&mut c, line);
    }
    check(&mut c, &[("SET user:7 mine", "OK"), ("DEBUG POPULATE 10 user", "OK"), ("DBSIZE", "1500")]);
    db.close().unwrap();
    let (_db, mut c) = open(dir.path());
    let script = [
        ("DBSIZE", "0"),
        ("SELECT 2", "OK"),
        ("DBSIZE", "0"),
        ("SELECT 5", "OK"),
        ("GET kept", "\"3\""),
        ("SELECT 1", "OK"),
        ("DBSIZE", "1500"),
        ("GET user:1499", "\"value:1499\""),
        ("GET user:9", "\"value:9\\x00\\x00\\x00\""),
        ("GET user:7", "\"mine\""),
    ];
    check(&mut c, &script);
}

#[test]
fn populate_stops_at_what_it_must_not_pass() {
    let (_db, mut c, _) = memory();
    let big = "(error) ERR string exceeds maximum allowed size (proto-max-bulk-len)";
    check(&mut c, &[("DEBUG POPULATE 1 k 99999999999", big), ("DBSIZE", "0")]);
    call(&mut c, "CONFIG SET maxmemory 1mb maxmemory-policy noeviction");
    let full = text(&mut c, "DEBUG POPULATE 1000000 k 100");
    assert!(full.starts_with("(error) OOM command not allowed"), "{full}");
    let keys = call(&mut c, "DBSIZE").as_int().unwrap();
    assert!((100..10_000).contains(&keys), "{keys}");
}

#[test]
fn a_sleep_can_be_interrupted() {
    let db = Db::open(":memory:").unwrap();
    let mut c = db.client().unwrap();
    let interrupter = c.interrupter();
    let sleeper = thread::spawn(move || c.command(&["DEBUG", "SLEEP", "1000"]).unwrap_err().kind());
    while !sleeper.is_finished() {
        interrupter.interrupt();
        thread::yield_now();
    }
    assert_eq!(sleeper.join().unwrap(), ErrorKind::Interrupted);
}

#[test]
fn a_sleep_of_no_length_ends_at_once() {
    let (_db, mut c, _) = memory();
    for length in ["0", "-1", "-inf", "nan", "x", ""] {
        assert_eq!(format!("{:?}", c.command(&["DEBUG", "SLEEP", length]).unwrap()), "OK", "{length}");
    }
}

#[test]
fn closing_ends_a_long_populate() {
    let db = Db::open(":memory:").unwrap();
    let (mut busy, mut other) = (db.client().unwrap(), db.client().unwrap());
    let filler = thread::spawn(move || busy.command(&["DEBUG", "POPULATE", "9000000000000"]).is_err());
    while call(&mut other, "DBSIZE").as_int() == Some(0) {
        thread::yield_now();
    }
    db.close().unwrap();
    assert!(filler.join().unwrap());
}

#[test]
fn debug_object_describes_the_value() {
    let (_db, mut c, clock) = memory();
    call(&mut c, "DEBUG SET-ACTIVE-EXPIRE 0");
    call(&mut c, "SET k 12345");
    call(&mut c, "SET short abc");
    call(&mut c, "SET soon abc PX 10");
    clock.advance_ms(3_000);
    let line = bytes(&mut c, "DEBUG OBJECT k");
    assert!(
        line.starts_with("Value at:0x") && line.contains(" refcount:1 encoding:int serializedlength:5 lru:")
    );
    assert!(line.ends_with(" lru_seconds_idle:3"), "{line}");
    assert!(bytes(&mut c, "DEBUG OBJECT short").contains(" encoding:embstr serializedlength:3 "));
    // Its time has come, and nobody has met it.
    assert!(bytes(&mut c, "DEBUG OBJECT soon").contains(" encoding:embstr serializedlength:3 "));
    check(&mut c, &[("GET soon", "nil"), ("DEBUG OBJECT soon", "(error) ERR no such key")]);
}

#[test]
fn the_log_hears_debug_log() {
    let lines = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&lines);
    let db = Options::new()
        .log(move |_, line| heard.lock().unwrap().push(line.to_owned()))
        .open(":memory:")
        .unwrap();
    call(&mut db.client().unwrap(), "DEBUG LOG hello");
    assert!(lines.lock().unwrap().iter().any(|line| line == "DEBUG LOG: hello"), "{lines:?}");
}

#[test]
fn memory_adds_up() {
    let (_db, mut c, _) = memory();
    call(&mut c, "DEBUG POPULATE 20000");
    let stats = call(&mut c, "MEMORY STATS");
    let number = |name: &str| field(&stats, name).and_then(Reply::as_int).unwrap();
    assert_eq!(number("keys.count"), 20_000);
    assert_eq!(number("overhead.total") + number("dataset.bytes"), number("total.allocated"));
    assert!(number("peak.allocated") >= number("total.allocated"));
    assert!(number("dataset.bytes") >= 20_000 * 24, "{stats:?}");
    let one = call(&mut c, "MEMORY USAGE key:1").as_int().unwrap();
    let mean = (number("dataset.bytes") + number("overhead.total") - number("startup.allocated")) / 20_000;
    assert!((one - mean).abs() < 24, "{one} against {mean}");
    call(&mut c, "SET key:1 {}");
    call(&mut c, &format!("SET key:1 {}", "x".repeat(5000)));
    assert!(call(&mut c, "MEMORY USAGE key:1").as_int().unwrap() >= 5000);
    assert!(bytes(&mut c, "MEMORY DOCTOR").contains("very small"));
}

#[test]
fn lolwut_ends_with_the_version() {
    let (_db, mut c, _) = memory();
    let (a, b) = (bytes(&mut c, "LOLWUT"), bytes(&mut c, "LOLWUT VERSION 7"));
    assert_ne!(a, b);
    let last = format!("lodger ver. {}, with the commands of Redis ver. 7.0.15", env!("CARGO_PKG_VERSION"));
    assert_eq!(a.lines().last(), Some(last.as_str()));
}

#[test]
fn time_is_the_clock() {
    let (_db, mut c, clock) = memory();
    clock.advance_ms(42);
    check(&mut c, &[("TIME", "[\"1700000000\", \"42000\"]")]);
}
