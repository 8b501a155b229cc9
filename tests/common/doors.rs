//! The doors that scripts and random programs go through: a real server's socket, and lodger's own.

use std::collections::HashMap;
use std::io;

use super::oracle::Oracle;
use super::resp::{Conn, RespValue, encode_request};
use super::script::Door;

/// A real server.
pub(crate) struct ServerDoor {
    server: Oracle,
    clients: HashMap<String, Conn>,
    /// The configuration it started with.
    config: HashMap<Vec<u8>, Vec<u8>>,
    /// Runs the cases that appeared after this version, up to its own.
    after: Option<(u32, u32)>,
}

impl ServerDoor {
    /// A door to `server`, for the cases that appeared after `after` (all up to its version if `None`).
    pub(crate) fn new(server: Oracle, after: Option<(u32, u32)>) -> io::Result<Self> {
        let mut door = Self { server, clients: HashMap::new(), config: HashMap::new(), after };
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
