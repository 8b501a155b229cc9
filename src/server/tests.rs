//! Connections that move between threads all the time.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::atomic::Ordering;

use super::Server;
use super::address::Address;
use super::load::System;
use crate::Options;

struct Peer {
    to: UnixStream,
    from: BufReader<UnixStream>,
}

impl Peer {
    fn new(path: &Path) -> Self {
        let to = UnixStream::connect(path).unwrap();
        let from = BufReader::new(to.try_clone().unwrap());
        Self { to, from }
    }

    fn send(&mut self, text: &str) {
        self.to.write_all(text.as_bytes()).unwrap();
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.from.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }

    fn lines<const N: usize>(&mut self) -> [String; N] {
        std::array::from_fn(|_| self.line())
    }
}

const ROUNDS: usize = 3000;

fn counts(path: &Path, name: usize) {
    let mut peer = Peer::new(path);
    for n in 1..=ROUNDS {
        peer.send(&format!("ECHO {name}:{n}\r\nINCR own:{name}\r\nINCR all\r\n"));
        let [_, echo, own, all] = peer.lines();
        assert_eq!((echo, own), (format!("{name}:{n}"), format!(":{n}")));
        assert!(all.starts_with(':'), "{all}");
    }
}

fn waits(path: &Path, name: usize) {
    let mut peer = Peer::new(path);
    for n in 0..ROUNDS {
        peer.send(&format!("BLPOP queue:{name} 0\r\n"));
        let [_, _, _, _, element] = peer.lines();
        assert_eq!(element, n.to_string(), "nothing is lost, doubled, or out of order");
    }
}

fn pushes(path: &Path, name: usize) {
    let mut peer = Peer::new(path);
    for n in 0..ROUNDS {
        peer.send(&format!("RPUSH queue:{name} {n}\r\nPUBLISH news {name}:{n}\r\n"));
        let [pushed, heard] = peer.lines();
        assert!(pushed.starts_with(':') && heard == ":2", "{pushed} {heard}");
    }
}

fn listens(mut peer: Peer, names: usize) {
    let mut next = vec![0; names];
    for _ in 0..ROUNDS * names {
        let [_, _, _, _, _, _, message] = peer.lines();
        let (name, n) = message.split_once(':').unwrap();
        let name: usize = name.parse().unwrap();
        assert_eq!(n, next[name].to_string());
        next[name] += 1;
    }
}

#[test]
fn connections_that_move_lose_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("socket");
    let db = Options::new().config("io-threads 4\n").open(":memory:").unwrap();
    let address = Address::parse(&format!("unix://{}", path.display())).unwrap();
    let server = Server::start(db.clone(), &[address], System { processors: 1, idle_us: || None }).unwrap();
    let shared = std::sync::Arc::clone(&server.shared);
    shared.restless.store(true, Ordering::Relaxed);
    let listeners = [0, 1].map(|_| {
        let mut peer = Peer::new(&path);
        peer.send("SUBSCRIBE news\r\n");
        let [_, _, _, _, _, count] = peer.lines();
        assert_eq!(count, ":1");
        peer
    });
    std::thread::scope(|scope| {
        let path = &path;
        for name in 0..2 {
            scope.spawn(move || waits(path, name));
            scope.spawn(move || pushes(path, name));
        }
        (2..6).for_each(|name| _ = scope.spawn(move || counts(path, name)));
        listeners.into_iter().for_each(|peer| _ = scope.spawn(move || listens(peer, 2)));
    });
    let moves = shared.moves.load(Ordering::Relaxed);
    assert!(moves > 100, "{moves} moves");
    let reply = db.client().unwrap().command(&["GET", "all"]).unwrap();
    assert_eq!(reply.as_str(), Some((ROUNDS * 4).to_string().as_str()));
    drop(server);
    drop(db);
    assert_eq!(std::sync::Arc::strong_count(&shared), 1, "no thread is left");
    assert!(shared.posts.iter().all(|post| std::sync::Arc::strong_count(post) == 1), "no connection is left");
}
