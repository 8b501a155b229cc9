//! The doors that scripts and random programs go through: a real server's socket, and lodger's own.

use std::collections::HashMap;
use std::io;
use std::thread::JoinHandle;
use std::time::Instant;

use lodger::{Client, Clock, Db, Options, Reply, ReplyKind};

use super::oracle::Oracle;
use super::resp::{Conn, PATIENCE, RespValue, encode_request, parse_all};
use super::script::{Door, Protocol};

/// A real server.
pub(crate) struct ServerDoor {
    server: Oracle,
    clients: HashMap<String, Conn>,
    /// The configuration it started with.
    config: HashMap<Vec<u8>, Vec<u8>>,
    /// Runs the cases that appeared after this version, up to its own.
    after: Option<(u32, u32)>,
    /// The ids of clients whose commands wait.
    waiting: HashMap<String, String>,
}

/// Whether CLIENT LIST shows a client that waits.
fn is_blocked(list: &RespValue, id: &str) -> bool {
    let text = String::from_utf8_lossy(list.bytes().unwrap_or_default()).into_owned();
    let of = |line: &str, name: &str| {
        line.split(' ').find_map(|field| field.strip_prefix(name)).unwrap_or_default().to_owned()
    };
    text.lines().any(|line| of(line, "id=") == id && of(line, "flags=").contains('b'))
}

impl ServerDoor {
    /// A door to `server`, for the cases that appeared after `after` (all up to its version if `None`).
    pub(crate) fn new(server: Oracle, after: Option<(u32, u32)>) -> io::Result<Self> {
        let mut door =
            Self { server, clients: HashMap::new(), config: HashMap::new(), after, waiting: HashMap::new() };
        door.config = door.config_now()?;
        door.clients.clear();
        Ok(door)
    }

    fn client(&mut self, name: &str) -> io::Result<&mut Conn> {
        if !self.clients.contains_key(name) {
            self.clients.insert(name.to_string(), self.server.connect()?);
        }
        self.clients.get_mut(name).ok_or_else(|| io::Error::other("unreachable: just inserted"))
    }

    fn config_now(&mut self) -> io::Result<HashMap<Vec<u8>, Vec<u8>>> {
        let flat = self.client("")?.call(&["CONFIG", "GET", "*"])?.into_items().unwrap_or_default();
        let pair = |p: &[RespValue]| Some((p[0].bytes()?.to_vec(), p[1].bytes()?.to_vec()));
        Ok(flat.chunks_exact(2).filter_map(pair).collect())
    }
}

impl Door for ServerDoor {
    fn send(&mut self, client: &str, argv: &[Vec<u8>]) -> io::Result<RespValue> {
        self.client(client)?.command(argv)
    }

    /// A stray reply shows as the answer to the next command.
    fn post(&mut self, client: &str, argv: &[Vec<u8>]) -> io::Result<()> {
        let mut request = Vec::new();
        encode_request(argv, &mut request);
        self.client(client)?.write(&request)
    }

    fn raw(&mut self, client: &str, bytes: &[u8], replies: usize) -> io::Result<Option<Vec<RespValue>>> {
        let conn = self.client(client)?;
        conn.write(bytes)?;
        conn.read_many(replies).map(Some)
    }

    fn begin(&mut self, client: &str, argv: &[Vec<u8>]) -> io::Result<()> {
        let id = self.client(client)?.call(&["CLIENT", "ID"])?.to_string();
        let id = id.trim_start_matches(':').to_owned();
        self.waiting.insert(client.to_owned(), id);
        self.post(client, argv)?;
        // It reads one socket after the other: a command that comes by another one is not run before this one for long.
        self.waits(client).map(|_| ())
    }

    fn waits(&mut self, client: &str) -> io::Result<bool> {
        let id = self.waiting.get(client).cloned().unwrap_or_default();
        let mut other_client = self.server.connect()?;
        // It may be on the way to its wait, from one wait to the next, or to its end.
        let end = Instant::now() + PATIENCE;
        loop {
            let is_done = self.client(client)?.has_reply()? || Instant::now() > end;
            if is_blocked(&other_client.call(&["CLIENT", "LIST"])?, &id) {
                return Ok(true);
            }
            if is_done {
                return Ok(false);
            }
        }
    }

    fn end(&mut self, client: &str) -> io::Result<RespValue> {
        self.client(client)?.read_many(1)?.pop().ok_or_else(|| io::Error::other("no reply"))
    }

    fn close(&mut self, client: &str) {
        self.clients.remove(client);
    }

    fn reset(&mut self) -> io::Result<()> {
        self.clients.clear();
        for (name, value) in self.config_now()? {
            if let Some(old) = self.config.get(&name).filter(|old| **old != value).cloned() {
                self.client("")?.command(&[b"CONFIG".to_vec(), b"SET".to_vec(), name, old])?;
            }
        }
        self.client("")?.call(&["DEBUG", "SET-ACTIVE-EXPIRE", "1"])?;
        self.client("")?.call(&["CONFIG", "RESETSTAT"])?;
        self.client("")?.call(&["FLUSHALL"])?;
        self.clients.clear();
        Ok(())
    }

    fn advance(&mut self, ms: u64) -> io::Result<()> {
        let seconds = format!("{}.{:03}", ms / 1000, ms % 1000);
        let mut conn = self.server.connect()?;
        conn.call(&["DEBUG", "SLEEP", &seconds]).map(|_| ())
    }

    fn is_realtime(&self) -> bool {
        true
    }

    fn covers(&self, since: (u32, u32)) -> bool {
        since <= self.server.which().version() && self.after.is_none_or(|after| since > after)
    }
}

/// Where a lodger client's commands go in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Entrance {
    /// `Client::resp`: RESP bytes, in the client's protocol.
    Resp,
    /// `Client::command`: reply trees, always in RESP3's shapes.
    Tree,
}

/// A thread on which a client's command waits; it gives the client back.
type Waiting = JoinHandle<(Client, io::Result<RespValue>)>;

/// A database in memory with a clock that is moved by hand.
pub(crate) struct LodgerDoor {
    entrance: Entrance,
    db: Db,
    /// Moved by hand, or the system's.
    clock: Clock,
    by_hand: bool,
    clients: HashMap<String, Client>,
    /// Clients whose commands wait, with their ids.
    waiting: HashMap<String, (String, Waiting)>,
}

/// When the clock of a [`LodgerDoor`] starts, in Unix milliseconds.
const START_MS: i64 = 1_700_000_000_000;

fn other(error: lodger::Error) -> io::Error {
    io::Error::other(format!("{:?}: {}", error.kind(), error.message()))
}

impl LodgerDoor {
    /// An empty database behind this entrance.
    pub(crate) fn new(entrance: Entrance) -> io::Result<Self> {
        Self::with_clock(entrance, Clock::manual(START_MS), true)
    }

    /// The same with the system's clock, to be compared with a real server.
    pub(crate) fn on_time(entrance: Entrance) -> io::Result<Self> {
        Self::with_clock(entrance, Clock::system(), false)
    }

    fn with_clock(entrance: Entrance, clock: Clock, by_hand: bool) -> io::Result<Self> {
        let db = Options::new().clock(clock.clone()).seed(1).open(":memory:").map_err(other)?;
        Ok(Self { entrance, db, clock, by_hand, clients: HashMap::new(), waiting: HashMap::new() })
    }

    fn client(&mut self, name: &str) -> io::Result<&mut Client> {
        if !self.clients.contains_key(name) {
            self.clients.insert(name.to_string(), self.db.client().map_err(other)?);
        }
        self.clients.get_mut(name).ok_or_else(|| io::Error::other("unreachable: just inserted"))
    }

    /// Sends a command through one of the entrances.
    fn run(entrance: Entrance, client: &mut Client, argv: &[Vec<u8>]) -> io::Result<RespValue> {
        if entrance == Entrance::Tree {
            return client.command(argv).map(|r| tree(&r)).map_err(other);
        }
        let mut request = Vec::new();
        encode_request(argv, &mut request);
        let answer = client.resp(&request).map_err(other)?;
        let mut replies = parse_all(answer).map_err(io::Error::other)?;
        match (replies.pop(), replies.len()) {
            (Some(reply), 0) => Ok(reply),
            (last, before) => {
                Err(io::Error::other(format!("{} replies", before + usize::from(last.is_some()))))
            }
        }
    }

    /// Every reply to these requests.
    pub(crate) fn resp(&mut self, client: &str, requests: &[u8]) -> io::Result<Vec<RespValue>> {
        let answer = self.client(client)?.resp(requests).map_err(other)?;
        parse_all(answer).map_err(io::Error::other)
    }
}

/// A reply tree as the RESP3 value it would be.
fn tree(reply: &Reply) -> RespValue {
    let bytes = || reply.as_bytes().unwrap_or_default().to_vec();
    let items = || reply.iter().map(tree).collect();
    match reply.kind() {
        ReplyKind::String => RespValue::Bulk(bytes()),
        ReplyKind::Status => RespValue::Status(bytes()),
        ReplyKind::Error => RespValue::Error(reply.as_error().unwrap_or_default().to_vec()),
        ReplyKind::Integer => RespValue::Int(reply.as_int().unwrap_or_default()),
        ReplyKind::Array => RespValue::Array(items()),
        ReplyKind::Map => RespValue::Map(reply.pairs().map(|(k, v)| (tree(k), tree(v))).collect()),
        ReplyKind::Set => RespValue::Set(items()),
        ReplyKind::Push => RespValue::Push(items()),
        ReplyKind::Double => RespValue::Double(reply.as_f64().unwrap_or_default().to_string().into_bytes()),
        ReplyKind::Bool => RespValue::Bool(reply.as_bool().unwrap_or_default()),
        ReplyKind::BigNumber => RespValue::BigNumber(bytes()),
        ReplyKind::Verbatim => {
            RespValue::Verbatim(reply.verbatim_format().copied().unwrap_or(*b"???"), bytes())
        }
        _ => RespValue::Null,
    }
}

impl Door for LodgerDoor {
    fn send(&mut self, client: &str, argv: &[Vec<u8>]) -> io::Result<RespValue> {
        let entrance = self.entrance;
        Self::run(entrance, self.client(client)?, argv)
    }

    fn begin(&mut self, client: &str, argv: &[Vec<u8>]) -> io::Result<()> {
        let id = Self::run(Entrance::Resp, self.client(client)?, &[b"CLIENT".to_vec(), b"ID".to_vec()])?;
        let id = id.to_string().trim_start_matches(':').to_owned();
        let Some(mut handle) = self.clients.remove(client) else { return Ok(()) };
        let (entrance, argv) = (self.entrance, argv.to_vec());
        let thread = std::thread::spawn(move || {
            let reply = Self::run(entrance, &mut handle, &argv);
            (handle, reply)
        });
        self.waiting.insert(client.to_owned(), (id, thread));
        self.waits(client).map(|_| ())
    }

    fn waits(&mut self, client: &str) -> io::Result<bool> {
        let Some((id, thread)) = self.waiting.get(client) else { return Ok(false) };
        let words = [b"CLIENT".to_vec(), b"LIST".to_vec()];
        let mut other_client = self.db.client().map_err(other)?;
        // Its thread may be on the way from one wait to the next, or to its end.
        loop {
            let is_done = thread.is_finished();
            if is_blocked(&Self::run(Entrance::Resp, &mut other_client, &words)?, id) {
                return Ok(true);
            }
            if is_done {
                return Ok(false);
            }
            std::thread::yield_now();
        }
    }

    fn end(&mut self, client: &str) -> io::Result<RespValue> {
        let Some((_, thread)) = self.waiting.remove(client) else {
            return Err(io::Error::other("nothing was begun"));
        };
        let (handle, reply) = thread.join().map_err(|_| io::Error::other("its thread panicked"))?;
        self.clients.insert(client.to_owned(), handle);
        reply
    }

    fn post(&mut self, client: &str, argv: &[Vec<u8>]) -> io::Result<()> {
        if self.entrance == Entrance::Tree {
            // A call of a function returns something in any case.
            return self.client(client)?.command(argv).map(|_| ()).map_err(other);
        }
        let mut request = Vec::new();
        encode_request(argv, &mut request);
        match self.resp(client, &request)?.first() {
            None => Ok(()),
            Some(reply) => Err(io::Error::other(format!("a reply where none is due: {reply}"))),
        }
    }

    fn raw(&mut self, client: &str, bytes: &[u8], _replies: usize) -> io::Result<Option<Vec<RespValue>>> {
        if self.entrance == Entrance::Tree {
            if !bytes.is_empty() {
                return Ok(None);
            }
            let client = self.client(client)?;
            let next = || client.message(0).transpose();
            let all: Result<Vec<_>, _> = std::iter::from_fn(next).collect();
            return all.map(|all| Some(all.iter().map(tree).collect())).map_err(other);
        }
        self.resp(client, bytes).map(Some)
    }

    fn close(&mut self, client: &str) {
        self.clients.remove(client);
    }

    fn reset(&mut self) -> io::Result<()> {
        *self = if self.by_hand { Self::new(self.entrance)? } else { Self::on_time(self.entrance)? };
        Ok(())
    }

    fn advance(&mut self, ms: u64) -> io::Result<()> {
        self.clock.advance_ms(i64::try_from(ms).map_err(io::Error::other)?);
        Ok(())
    }

    fn is_realtime(&self) -> bool {
        !self.by_hand
    }

    fn covers(&self, _since: (u32, u32)) -> bool {
        true
    }

    fn shapes(&self, protocol: Protocol) -> Protocol {
        if self.entrance == Entrance::Tree { Protocol::Three } else { protocol }
    }
}
