//! A database served over sockets: what clients that behave see, and that those who do not harm nobody.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "test code: it stops at the first surprise, and makes files of its own"
)]

mod common;

use std::io::{self, Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::time::{Duration, Instant};

use common::resp::{Conn, RespValue, encode_request};
use lodger::{Db, ErrorKind, Options, Server};
use tempfile::TempDir;

/// A database in memory, served at a unix socket.
struct Served {
    db: Db,
    server: Server,
    dir: TempDir,
}

impl Served {
    fn with(config: &str) -> Self {
        let dir = TempDir::new().unwrap();
        let db = Options::new().config(config).open(":memory:").unwrap();
        let server = db.listen(&format!("unix://{}/s", dir.path().display())).unwrap();
        Self { db, server, dir }
    }

    fn new() -> Self {
        Self::with("")
    }

    fn conn(&self) -> Conn {
        Conn::open(&self.dir.path().join("s")).unwrap()
    }

    fn raw(&self) -> UnixStream {
        let stream = UnixStream::connect(self.dir.path().join("s")).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        stream
    }

    /// What the server itself says.
    fn says(&self, words: &[&str]) -> String {
        self.db.client().unwrap().command(words).unwrap().as_str().unwrap_or_default().to_owned()
    }

    /// Waits until CLIENT LIST shows what is wanted.
    fn until(&self, what: &str, wanted: impl Fn(&str) -> bool) {
        let end = Instant::now() + Duration::from_secs(60);
        while !wanted(&self.says(&["CLIENT", "LIST"])) {
            assert!(Instant::now() < end, "{what}: {}", self.says(&["CLIENT", "LIST"]));
            std::thread::yield_now();
        }
    }
}

fn request(words: &[&str]) -> Vec<u8> {
    let words: Vec<Vec<u8>> = words.iter().map(|word| word.as_bytes().to_vec()).collect();
    let mut bytes = Vec::new();
    encode_request(&words, &mut bytes);
    bytes
}

/// Everything until the other side hangs up.
fn rest(stream: &mut impl io::Read) -> String {
    let mut all = Vec::new();
    match stream.read_to_end(&mut all) {
        Ok(_) => {}
        Err(e) => assert_eq!(e.kind(), io::ErrorKind::ConnectionReset),
    }
    String::from_utf8_lossy(&all).into_owned()
}

#[test]
fn tcp_and_unix_at_once() {
    let dir = TempDir::new().unwrap();
    let db = Db::open(":memory:").unwrap();
    let path = dir.path().join("s");
    let unix = format!("unix://{}", path.display());
    let server = db.listen_at(&["tcp://127.0.0.1:0", &unix]).unwrap();
    let mut tcp = TcpStream::connect(("127.0.0.1", server.port().unwrap())).unwrap();
    tcp.write_all(b"SET k v\r\n").unwrap();
    let mut ok = [0; 5];
    tcp.read_exact(&mut ok).unwrap();
    assert_eq!(&ok, b"+OK\r\n");
    let mut conn = Conn::open(&path).unwrap();
    assert_eq!(conn.call(&["GET", "k"]).unwrap(), RespValue::bulk("v"));
    assert_eq!(db.client().unwrap().command(&["GET", "k"]).unwrap().as_str(), Some("v"));
    let list = conn.call(&["CLIENT", "LIST"]).unwrap().to_string();
    assert!(list.contains(&format!("addr={}", tcp.local_addr().unwrap())), "{list}");
    drop(server);
    assert!(!path.exists(), "the socket's file stays");
    assert_eq!(rest(&mut tcp), "");
    // The database lives on.
    assert_eq!(db.client().unwrap().command(&["GET", "k"]).unwrap().as_str(), Some("v"));
}

#[test]
fn places_where_nobody_can_listen() {
    let dir = TempDir::new().unwrap();
    let db = Db::open(":memory:").unwrap();
    let refused = |url: &str, kind: ErrorKind, text: &str| {
        let error = db.listen(url).err().unwrap();
        assert!(error.kind() == kind && error.message().contains(text), "{url}: {error:?}");
    };
    refused("6379", ErrorKind::Arg, "'6379': it must be tcp://HOST:PORT or unix:///PATH");
    refused("tcp://127.0.0.1:99999", ErrorKind::Arg, "the port must be a number");
    refused("tcp://192.0.2.1:0", ErrorKind::Io, "cannot listen at tcp://192.0.2.1:0");
    let long = format!("unix:///{}", "x".repeat(200));
    refused(&long, ErrorKind::Arg, &long);
    refused(&format!("unix://{}/no/s", dir.path().display()), ErrorKind::Io, "/no/s");
    let file = dir.path().join("file");
    std::fs::write(&file, "precious").unwrap();
    refused(&format!("unix://{}", file.display()), ErrorKind::Arg, "a file that is no socket");
    assert_eq!(std::fs::read(&file).unwrap(), b"precious");
    let server = db.listen("tcp://127.0.0.1:0").unwrap();
    let taken = format!("tcp://127.0.0.1:{}", server.port().unwrap());
    refused(&taken, ErrorKind::Io, &taken);
    let path = dir.path().join("s");
    let url = format!("unix://{}", path.display());
    let listener = UnixListener::bind(&path).unwrap();
    refused(&url, ErrorKind::Io, "another process listens there");
    // What a process that was killed left is taken over.
    drop(listener);
    assert!(path.exists());
    drop(db.listen(&url).unwrap());
    db.close().unwrap();
    refused(&url, ErrorKind::Closed, "closed");
}

#[test]
fn a_unix_socket_has_its_permissions() {
    use std::os::unix::fs::PermissionsExt as _;
    let served = Served::with("unixsocketperm 640");
    let mode = std::fs::metadata(served.dir.path().join("s")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o640);
}

#[test]
fn nothing_before_the_password() {
    let served = Served::with("requirepass secret");
    let mut conn = served.conn();
    let error = |conn: &mut Conn, words: &[&str]| conn.call(words).unwrap().to_string();
    for words in
        [&["GET", "k"][..], &["SUBSCRIBE", "c"], &["MULTI"], &["CLIENT", "LIST"], &["CONFIG", "GET", "*"]]
    {
        assert!(error(&mut conn, words).contains("NOAUTH Authentication required."), "{words:?}");
    }
    assert!(error(&mut conn, &["HELLO", "3"]).contains("NOAUTH HELLO must be called"));
    assert!(error(&mut conn, &["AUTH", "wrong"]).contains("WRONGPASS"));
    assert!(error(&mut conn, &["AUTH", "secretsecret"]).contains("WRONGPASS"));
    assert!(error(&mut conn, &["AUTH", "other", "secret"]).contains("WRONGPASS"));
    assert!(error(&mut conn, &["GET", "k"]).contains("NOAUTH"));
    assert_eq!(error(&mut conn, &["AUTH", "secret"]), "+\"OK\"");
    assert_eq!(error(&mut conn, &["SET", "k", "v"]), "+\"OK\"");
    assert_eq!(error(&mut conn, &["RESET"]), "+\"RESET\"");
    assert!(error(&mut conn, &["GET", "k"]).contains("NOAUTH"));
    assert!(conn.call(&["HELLO", "3", "AUTH", "default", "secret"]).unwrap().to_string().contains("proto"));
    assert_eq!(error(&mut conn, &["GET", "k"]), "\"v\"");
    // A stranger cannot have memory kept for what it sends.
    for (bytes, answer) in [
        (&b"*11\r\n"[..], "-ERR Protocol error: unauthenticated multibulk length\r\n"),
        (b"*2\r\n$3\r\nGET\r\n$16385\r\n", "-ERR Protocol error: unauthenticated bulk length\r\n"),
    ] {
        let mut raw = served.raw();
        raw.write_all(bytes).unwrap();
        assert_eq!(rest(&mut raw), answer);
    }
    // Clients in the process need no password.
    assert_eq!(served.db.client().unwrap().command(&["GET", "k"]).unwrap().as_str(), Some("v"));
}

#[test]
fn no_more_than_maxclients() {
    let served = Served::with("maxclients 3");
    let mut conns: Vec<Conn> = (0..3).map(|_| served.conn()).collect();
    for conn in &mut conns {
        conn.call(&["PING"]).unwrap();
    }
    assert_eq!(rest(&mut served.raw()), "-ERR max number of clients reached\r\n");
    drop(conns.pop());
    served.until("a client is gone", |list| list.lines().count() == 3);
    let mut again = served.conn();
    while again.call(&["PING"]).is_err() {
        again = served.conn();
    }
}

#[test]
fn what_is_no_request() {
    let served = Served::new();
    let mut good = served.conn();
    for (bytes, answer) in [
        (&b"*2147483648\r\n"[..], "-ERR Protocol error: invalid multibulk length\r\n"),
        (b"*1\r\n$99999999999\r\n", "-ERR Protocol error: invalid bulk length\r\n"),
        (b"*1\r\n:5\r\n", "-ERR Protocol error: expected '$', got ':'\r\n"),
        (b"SET k \"v\r\n", "-ERR Protocol error: unbalanced quotes in request\r\n"),
        (b"\xff\xfe\x01\r\n\r\n", ""),
    ] {
        let mut raw = served.raw();
        raw.write_all(bytes).unwrap();
        if answer.is_empty() {
            raw.shutdown(std::net::Shutdown::Write).unwrap();
            assert!(rest(&mut raw).starts_with("-ERR unknown command"));
        } else {
            assert_eq!(rest(&mut raw), answer);
        }
        assert_eq!(good.call(&["PING"]).unwrap().to_string(), "+\"PONG\"");
    }
    let mut long = served.raw();
    // The server hangs up while this is still being written.
    let _ = long.write_all(&vec![b'x'; 1 << 20]);
    assert!(["-ERR Protocol error: too big inline request\r\n", ""].contains(&rest(&mut long).as_str()));
}

/// Half a request and a hang-up; requests by single bytes; numbers that claim memory. Memory follows what came.
#[test]
fn halves_and_claims() {
    let served = Served::new();
    let used = || {
        let info = served.says(&["INFO", "memory"]);
        let line = info.lines().find_map(|line| line.strip_prefix("used_memory_rss:")).unwrap().to_owned();
        line.parse::<u64>().unwrap()
    };
    let before = used();
    let mut claims: Vec<UnixStream> = Vec::new();
    for _ in 0..50 {
        let mut raw = served.raw();
        raw.write_all(b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$536870912\r\n").unwrap();
        claims.push(raw);
        let mut raw = served.raw();
        raw.write_all(b"*2147483647\r\n$3\r\nDEL\r\n").unwrap();
        claims.push(raw);
    }
    let mut slow = served.raw();
    for byte in request(&["SET", "slow", "loris"]) {
        slow.write_all(&[byte]).unwrap();
    }
    let mut ok = [0; 5];
    slow.read_exact(&mut ok).unwrap();
    assert_eq!(&ok, b"+OK\r\n");
    served.until("all are there", |list| list.lines().count() == claims.len() + 2);
    assert!(used() < before + (64 << 20), "{} bytes more", used() - before);
    drop(claims);
    served.until("all are gone", |list| list.lines().count() == 2);
    assert_eq!(served.says(&["GET", "k"]), "");
}

/// A large value in many pieces, and back.
#[test]
fn large_values() {
    let served = Served::new();
    let value: String = (0..3_000_000_u32).map(|i| char::from(b'a' + (i % 23) as u8)).collect();
    let mut conn = served.conn();
    assert_eq!(conn.call(&["SET", "k", &value]).unwrap().to_string(), "+\"OK\"");
    assert_eq!(conn.call(&["GET", "k"]).unwrap().bytes().unwrap(), value.as_bytes());
    assert_eq!(conn.call(&["STRLEN", "k"]).unwrap().to_string(), format!(":{}", value.len()));
}

/// A client that asks for much and reads nothing: what is kept for it has an end, others are served, and when it reads
/// after all it gets everything.
#[test]
fn a_client_that_does_not_read() {
    let served = Served::new();
    let value = "v".repeat(100_000);
    let mut good = served.conn();
    good.call(&["SET", "k", &value]).unwrap();
    let mut lazy = served.raw();
    let gets = 2_000;
    lazy.write_all(&request(&["GET", "k"]).repeat(gets)).unwrap();
    for _ in 0..100 {
        assert_eq!(good.call(&["PING"]).unwrap().to_string(), "+\"PONG\"");
    }
    lazy.write_all(b"QUIT\r\n").unwrap();
    let answer = rest(&mut lazy);
    assert_eq!(answer.len(), gets * (value.len() + 11) + 5);
    assert!(answer.ends_with("\r\n+OK\r\n"));
}

#[test]
fn a_listener_that_does_not_read() {
    let served = Served::with("client-output-buffer-limit \"pubsub 1mb 0 0\"");
    let mut lazy = served.raw();
    lazy.write_all(b"SUBSCRIBE c\r\n").unwrap();
    let mut good = served.conn();
    good.call(&["SUBSCRIBE", "c"]).unwrap();
    served.until("both listen", |list| list.matches("sub=1").count() == 2);
    let payload = "p".repeat(10_000);
    let mut client = served.db.client().unwrap();
    let end = Instant::now() + Duration::from_secs(60);
    let mut published = 0;
    while client.command(&["PUBLISH", "c", &payload]).unwrap().as_int() == Some(2) {
        published += 1;
        good.read().unwrap();
        assert!(Instant::now() < end, "the lazy one is still there");
    }
    assert!(published >= 100, "it was left after {published} messages");
    served.until("one listens", |list| list.matches("sub=1").count() == 1);
    // The one that read has lost nothing, and hears on.
    good.read().unwrap();
    client.command(&["PUBLISH", "c", "last"]).unwrap();
    assert!(good.read().unwrap().to_string().contains("last"));
}

/// A little more than the soft limit is allowed for its seconds, and no longer.
#[test]
fn a_listener_that_reads_too_slowly() {
    let served = Served::with("client-output-buffer-limit \"pubsub 100mb 1kb 1\"");
    let mut slow = served.raw();
    slow.write_all(b"SUBSCRIBE c\r\n").unwrap();
    served.until("it listens", |list| list.contains("sub=1"));
    let mut client = served.db.client().unwrap();
    let payload = "p".repeat(100_000);
    // As much as the socket takes, and something above.
    let begun = Instant::now();
    for _ in 0..20 {
        client.command(&["PUBLISH", "c", &payload]).unwrap();
    }
    served.until("it is gone", |list| list.lines().count() == 2);
    assert!(begun.elapsed() >= Duration::from_secs(1), "after {:?}", begun.elapsed());
    // What its socket had taken is all it gets.
    assert!(rest(&mut slow).len() < 20 * payload.len());
}

/// A request that is never whole is kept up to a limit.
#[test]
fn a_query_without_end() {
    let served = Served::with("client-query-buffer-limit 1mb");
    let mut good = served.conn();
    let mut endless = served.raw();
    let _ = endless.write_all(b"*2\r\n$4\r\nECHO\r\n$500000000\r\n");
    let part = vec![b'x'; 64 << 10];
    let mut written = 0;
    while endless.write_all(&part).is_ok() {
        written += part.len();
        assert!(written < 100 << 20, "{written} bytes were taken");
    }
    assert!(written >= 1 << 20, "it ended after {written} bytes");
    served.until("it is gone", |list| list.lines().count() == 2);
    assert_eq!(good.call(&["PING"]).unwrap().to_string(), "+\"PONG\"");
}

/// Who publishes to a thousand clients that do not read holds up nobody who publishes elsewhere: its messages are queued, and
/// their threads write them.
#[test]
fn a_thousand_listeners() {
    let served = Served::new();
    let listeners: Vec<UnixStream> = (0..1000)
        .map(|_| {
            let mut raw = served.raw();
            raw.write_all(b"SUBSCRIBE many\r\n").unwrap();
            raw
        })
        .collect();
    served.until("all listen", |list| list.matches("sub=1").count() == 1000);
    let mut one = served.db.subscriber(16).unwrap();
    one.add("one", lodger::Listen::Channel).unwrap();
    let payload = "p".repeat(1000);
    let published = 200;
    let elsewhere = std::thread::scope(|scope| {
        let many = scope.spawn(|| {
            let mut client = served.db.client().unwrap();
            for _ in 0..published {
                assert_eq!(client.command(&["PUBLISH", "many", &payload]).unwrap().as_int(), Some(1000));
            }
        });
        let mut client = served.db.client().unwrap();
        let mut elsewhere = 0;
        while !many.is_finished() {
            assert_eq!(client.publish("one", "x").unwrap(), 1);
            elsewhere += 1;
        }
        elsewhere
    });
    assert!(one.next(0).unwrap().is_some());
    assert!(elsewhere > published * 5, "{elsewhere} messages elsewhere while {published} went to a thousand");
    // Each of them gets all of it, in order.
    let message = format!("*3\r\n$7\r\nmessage\r\n$4\r\nmany\r\n$1000\r\n{payload}\r\n");
    let confirmed = b"*3\r\n$9\r\nsubscribe\r\n$4\r\nmany\r\n:1\r\n".len();
    for mut raw in listeners.into_iter().step_by(9) {
        let mut all = vec![0; confirmed + published * message.len()];
        raw.read_exact(&mut all).unwrap();
        assert!(all[confirmed..].chunks(message.len()).all(|got| got == message.as_bytes()));
    }
}

#[test]
fn pipelines_behind_a_call_that_waits() {
    let served = Served::new();
    let mut a = served.raw();
    a.write_all(b"BLPOP q 0\r\nSET k v\r\nGET k\r\n").unwrap();
    served.until("it waits", |list| list.contains("cmd=blpop"));
    assert_eq!(served.says(&["GET", "k"]), "");
    served.db.client().unwrap().command(&["RPUSH", "q", "x"]).unwrap();
    let mut got = [0; 30];
    a.read_exact(&mut got).unwrap();
    assert_eq!(String::from_utf8_lossy(&got), "*2\r\n$1\r\nq\r\n$1\r\nx\r\n+OK\r\n$1\r\nv\r\n");
}

#[test]
fn who_hangs_up_waits_no_longer() {
    let served = Served::new();
    for _ in 0..50 {
        let mut gone = served.raw();
        gone.write_all(b"BLPOP q 0\r\n").unwrap();
        served.until("it waits", |list| list.contains("flags=bU"));
        drop(gone);
        served.until("it is gone", |list| !list.contains("flags=bU"));
        let mut client = served.db.client().unwrap();
        client.command(&["RPUSH", "q", "x"]).unwrap();
        assert_eq!(client.command(&["LPOP", "q"]).unwrap().as_str(), Some("x"));
    }
}

#[test]
fn times_end_on_time_and_clients_are_unblocked() {
    let served = Served::new();
    let mut conn = served.conn();
    let start = Instant::now();
    assert_eq!(conn.call(&["BLPOP", "q", "0.2"]).unwrap(), RespValue::NullArray);
    assert!(start.elapsed() >= Duration::from_millis(200));
    assert_eq!(conn.call(&["WAIT", "1", "50"]).unwrap().to_string(), ":0");
    let id = conn.call(&["CLIENT", "ID"]).unwrap().to_string();
    let mut raw = request(&["BZPOPMIN", "z", "0"]);
    raw.extend(request(&["PING"]));
    conn.write(&raw).unwrap();
    served.until("it waits", |list| list.contains("flags=bU"));
    let mut client = served.db.client().unwrap();
    let unblocked = client.command(&["CLIENT", "UNBLOCK", id.trim_start_matches(':'), "ERROR"]).unwrap();
    assert_eq!(unblocked.as_int(), Some(1));
    let got = conn.read_many(2).unwrap();
    assert!(got[0].to_string().contains("UNBLOCKED") && got[1].to_string() == "+\"PONG\"", "{got:?}");
}

#[test]
fn idle_clients_are_left() {
    let served = Served::with("timeout 1");
    let mut idle = served.raw();
    let mut waits = served.raw();
    waits.write_all(b"BLPOP q 0\r\n").unwrap();
    let mut listens = served.conn();
    listens.call(&["SUBSCRIBE", "c"]).unwrap();
    assert_eq!(rest(&mut idle), "");
    let list = served.says(&["CLIENT", "LIST"]);
    assert!(list.contains("sub=1") && list.contains("cmd=blpop"), "{list}");
}

#[test]
fn closing_the_database_hangs_up() {
    let served = Served::new();
    let mut waits = served.raw();
    waits.write_all(b"BLPOP q 0\r\n").unwrap();
    let mut listens = served.raw();
    listens.write_all(b"SUBSCRIBE c\r\n").unwrap();
    served.until("both are there", |list| list.contains("sub=1") && list.contains("cmd=blpop"));
    served.db.close().unwrap();
    rest(&mut waits);
    rest(&mut listens);
    served.server.wait();
    assert_eq!(served.db.listen("tcp://127.0.0.1:0").err().unwrap().kind(), ErrorKind::Closed);
}

#[test]
fn shutdown_ends_the_server_and_not_the_host() {
    let dir = TempDir::new().unwrap();
    let file = dir.path().join("d.rdb");
    let db = Options::new().config("save 3600 1").open(&file).unwrap();
    let mut client = db.client().unwrap();
    let alone = client.command(&["SHUTDOWN"]).unwrap();
    assert!(String::from_utf8_lossy(alone.as_error().unwrap()).contains("SHUTDOWN ends a server"));
    let server = db.listen("tcp://127.0.0.1:0").unwrap();
    client.command(&["SET", "k", "v"]).unwrap();
    let mut tcp = TcpStream::connect(("127.0.0.1", server.port().unwrap())).unwrap();
    for bad in ["SHUTDOWN WHAT\r\n", "SHUTDOWN SAVE NOSAVE\r\n", "SHUTDOWN ABORT NOW\r\n"] {
        tcp.write_all(bad.as_bytes()).unwrap();
        let mut answer = [0; 19];
        tcp.read_exact(&mut answer).unwrap();
        assert_eq!(&answer, b"-ERR syntax error\r\n");
    }
    tcp.write_all(b"SHUTDOWN\r\n").unwrap();
    rest(&mut tcp);
    server.wait();
    assert!(file.exists(), "there are save points, and nothing was saved");
    assert_eq!(client.command(&["GET", "k"]).unwrap().as_str(), Some("v"));
    // The host goes on with its database, and closes it as ever.
    drop(server);
    let server = db.listen("tcp://127.0.0.1:0").unwrap();
    let mut tcp = TcpStream::connect(("127.0.0.1", server.port().unwrap())).unwrap();
    tcp.write_all(b"SHUTDOWN NOSAVE\r\n").unwrap();
    rest(&mut tcp);
    client.command(&["SET", "k", "later"]).unwrap();
    db.close().unwrap();
    let db = Db::open(&file).unwrap();
    assert_eq!(db.client().unwrap().command(&["GET", "k"]).unwrap().as_str(), Some("later"));
}

/// As many connections as the system lets this process have, up to 10,000: idle, and all of them answered.
#[test]
fn many_connections() {
    let Some(server) = common::oracle::start(common::oracle::Which::Lodger, "many_connections") else {
        return;
    };
    let mut conns = Vec::new();
    while conns.len() < 10_000 {
        match server.connect() {
            Ok(conn) => conns.push(conn),
            // No more descriptors: two stay for what else the test does.
            Err(e) if e.raw_os_error() == Some(24) => break,
            Err(e) => panic!("after {}: {e}", conns.len()),
        }
    }
    conns.truncate(conns.len() - 10);
    for conn in &mut conns {
        assert_eq!(conn.call(&["PING"]).unwrap().to_string(), "+\"PONG\"");
    }
    let info = conns[0].call(&["INFO", "clients"]).unwrap().to_string();
    assert!(info.contains(&format!("connected_clients:{}", conns.len())), "{info} {}", conns.len());
    println!("{} connections at once", conns.len());
}

/// Clients that hang up at any moment while others work: nothing is lost, nothing is left.
#[test]
fn clients_killed_in_the_middle() {
    let served = Served::new();
    let seed: u64 = std::env::var("SEED").ok().and_then(|s| s.parse().ok()).unwrap_or(1);
    println!("SEED={seed}");
    let path = served.dir.path().join("s");
    let transaction: Vec<u8> =
        [request(&["MULTI"]), request(&["INCR", "a"]), request(&["INCR", "b"]), request(&["EXEC"])].concat();
    std::thread::scope(|scope| {
        for t in 0..4_u64 {
            let (transaction, path): (&[u8], &Path) = (&transaction, &path);
            scope.spawn(move || {
                let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(t);
                for _ in 0..300 {
                    state =
                        state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                    let cut = (state >> 33) as usize % (transaction.len() + 1);
                    let mut raw = UnixStream::connect(path).unwrap();
                    raw.write_all(&transaction[..cut]).unwrap();
                }
            });
        }
    });
    served.until("all are gone", |list| list.lines().count() == 1);
    let (a, b) = (served.says(&["GET", "a"]), served.says(&["GET", "b"]));
    assert_eq!(a, b, "half a transaction");
}

#[test]
fn clients_are_killed() {
    let served = Served::new();
    let mut client = served.db.client().unwrap();
    let mut kill = |words: &[&str]| {
        let words: Vec<&str> = ["CLIENT", "KILL"].iter().chain(words).copied().collect();
        client.command(&words).unwrap().as_int()
    };
    let id = |conn: &mut Conn| {
        conn.call(&["CLIENT", "ID"]).unwrap().to_string().trim_start_matches(':').to_owned()
    };
    let mut a = served.conn();
    let (mut b, mut c) = (served.conn(), served.conn());
    assert_eq!(kill(&["ID", &id(&mut a)]), Some(1));
    assert!(a.read().is_err());
    // One that waits, and one that listens.
    b.write(&request(&["BLPOP", "q", "0"])).unwrap();
    c.call(&["SUBSCRIBE", "c"]).unwrap();
    served.until("b waits", |list| list.contains("flags=bU"));
    assert_eq!(kill(&["TYPE", "pubsub"]), Some(1));
    assert!(c.read().is_err());
    let addr = format!("{}/s:0", served.dir.path().display());
    assert_eq!(kill(&["LADDR", &addr]), Some(1));
    assert!(b.read().is_err());
    // Whoever asks next does not see them, whether their threads have come to closing them or not: the host, and this one.
    let list = served.says(&["CLIENT", "LIST"]);
    assert_eq!(list.lines().count(), 2, "{list}");
    // Nobody waits in its place.
    let mut d = served.conn();
    assert_eq!(d.call(&["RPUSH", "q", "x"]).unwrap().to_string(), ":1");
    assert_eq!(d.call(&["LLEN", "q"]).unwrap().to_string(), ":1");
    // Itself, by the old form: answered first.
    assert_eq!(d.call(&["CLIENT", "KILL", &addr]).unwrap().to_string(), "+\"OK\"");
    assert!(d.read().is_err());
    let mut e = served.conn();
    let own = id(&mut e);
    assert_eq!(e.call(&["CLIENT", "KILL", "ID", &own]).unwrap().to_string(), ":0");
    assert_eq!(e.call(&["CLIENT", "KILL", "ID", &own, "SKIPME", "no"]).unwrap().to_string(), ":1");
    assert!(e.read().is_err());
}

/// A field of a client's line in CLIENT LIST.
fn field(list: &str, name: &str, key: &str) -> usize {
    let line = list.lines().find(|line| line.contains(&format!(" name={name} "))).unwrap();
    let value = line.split(' ').find_map(|word| word.strip_prefix(key)).unwrap();
    value.parse().unwrap()
}

#[test]
fn http_is_not_taken_for_commands() {
    for password in ["", "requirepass secret\n"] {
        let served = Served::with(password);
        let attacks = [
            "POST / HTTP/1.1\r\nHost: 127.0.0.1:6379\r\n\r\nSET k v\r\n",
            "GET / HTTP/1.1\r\nhost: 127.0.0.1:6379\r\nX: \r\nSET k v\r\n",
            "*1\r\n$4\r\npost\r\nSET k v\r\n",
            "MULTI\r\nPOST\r\nSET k v\r\nEXEC\r\n",
        ];
        for attack in attacks {
            let mut raw = served.raw();
            raw.write_all(attack.as_bytes()).unwrap();
            let answer = rest(&mut raw);
            assert!(answer.lines().count() <= 1 && !answer.contains("POST"), "{attack}: {answer}");
        }
        assert_eq!(served.says(&["GET", "k"]), "");
    }
    // In the process nobody can be misled.
    let error = Db::open(":memory:").unwrap().client().unwrap().command(&["POST"]).unwrap();
    assert!(error.as_error().unwrap().starts_with(b"ERR unknown command 'POST'"));
}

#[test]
fn all_may_be_sent_before_anything_is_read() {
    const CALLS: usize = 20_000;
    let served = Served::new();
    let mut raw = served.raw();
    raw.set_write_timeout(Some(Duration::from_secs(60))).unwrap();
    raw.write_all(&request(&["CLIENT", "SETNAME", "eager"])).unwrap();
    let tail = "x".repeat(990);
    let word = |i: usize| format!("{i:010}{tail}");
    let all: Vec<u8> = (0..CALLS).flat_map(|i| request(&["ECHO", &word(i)])).collect();
    raw.write_all(&all).unwrap();
    // It has not read, so most is not run yet.
    served.until("it keeps requests", |list| field(list, "eager", "qbuf=") > 8 << 20);
    let list = served.says(&["CLIENT", "LIST"]);
    let [unread, unsent, memory] = ["qbuf=", "omem=", "tot-mem="].map(|key| field(&list, "eager", key));
    assert!((1 << 20..5 << 20).contains(&unsent) && memory > unread + unsent, "{list}");
    let mut answers = vec![0; 5 + CALLS * (7 + 1000 + 2)];
    raw.read_exact(&mut answers).unwrap();
    for (i, answer) in answers[5..].chunks(7 + 1000 + 2).enumerate() {
        assert_eq!(answer, format!("$1000\r\n{}\r\n", word(i)).as_bytes());
    }
    served.until("its buffers are given back", |list| field(list, "eager", "tot-mem=") < 16 << 10);
}

#[test]
fn a_stranger_who_reads_nothing_may_send_little() {
    let served = Served::with("requirepass secret\n");
    let mut raw = served.raw();
    raw.set_nonblocking(true).unwrap();
    let unread = || field(&served.says(&["CLIENT", "LIST"]), "", "qbuf=");
    let all = b"SET k v\r\n".repeat(1000);
    let (end, mut full) = (Instant::now() + Duration::from_secs(60), 0);
    while full < 100 {
        match raw.write(&all) {
            Ok(_) => full = 0,
            Err(e) if e.kind() == io::ErrorKind::WouldBlock => full += usize::from(unread() > 1 << 20),
            Err(e) => panic!("{e}"),
        }
        assert!(Instant::now() < end && unread() < 2 << 20);
    }
    drop(raw);
}

#[test]
fn buffers_of_silent_clients_are_given_back() {
    let served = Served::new();
    let mut raw = served.raw();
    let value = "v".repeat(50_000);
    let set = request(&["SET", "k", &value]);
    raw.write_all(&[request(&["CLIENT", "SETNAME", "idle"]), request(&["SET", "k", &value])].concat())
        .unwrap();
    raw.write_all(&request(&["GET", "k"])).unwrap();
    raw.write_all(&set[..40_000]).unwrap();
    let mut answers = vec![0; 5 + 5 + 8 + 50_002];
    raw.read_exact(&mut answers).unwrap();
    served.until("half a request", |list| field(list, "idle", "qbuf=") == 40_000);
    served.until("only that is kept", |list| field(list, "idle", "tot-mem=") < 100_000);
    // It goes on where it was.
    raw.write_all(&set[40_000..]).unwrap();
    let mut ok = [0; 5];
    raw.read_exact(&mut ok).unwrap();
    assert_eq!(&ok, b"+OK\r\n");
    served.until("nothing is kept", |list| field(list, "idle", "tot-mem=") < 10_000);
}

#[test]
fn a_killed_client_that_does_not_read_is_gone() {
    let served = Served::new();
    let mut raw = served.raw();
    raw.write_all(&request(&["CLIENT", "SETNAME", "deaf"])).unwrap();
    let word = "x".repeat(1 << 16);
    (0..40).for_each(|_| raw.write_all(&request(&["ECHO", &word])).unwrap());
    served.until("answers wait for it", |list| {
        list.contains(" name=deaf ") && field(list, "deaf", "omem=") > 1 << 20
    });
    let id = field(&served.says(&["CLIENT", "LIST"]), "deaf", "id=").to_string();
    assert_eq!(served.conn().call(&["CLIENT", "KILL", "ID", &id]).unwrap().to_string(), ":1");
    // Its socket ends: what was sent can be read, then there is no more.
    assert!(rest(&mut raw).len() < 40 << 16);
}
