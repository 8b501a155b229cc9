//! Layer 5: sockets to clients. A few threads, each with connections of its own, whose commands it runs; nobody waits for a
//! connection but its client. All connections begin on one thread; others join when it has more than it can do.
//!
//! What lives here: listening, reading, writing, limits. What does not: commands, and what their bytes mean. Start reading at
//! `worker.rs`.

mod address;
mod conn;
mod load;
#[cfg(test)]
mod tests;
mod worker;

use std::cell::Cell;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::thread::JoinHandle;

use parking_lot::{Condvar, Mutex};

use crate::base::bell::Bell;
use crate::base::error::{Error, ErrorKind, Result};
use crate::base::log::Level;
use crate::client::Db;
use crate::engine::Engine;

use address::{Address, Bound};
use load::System;
use worker::{Post, Worker};

thread_local! {
    /// Whether this thread is one of a server's. The host's own threads are not asked for their `std::thread::Thread`: it
    /// would be made for them, and stay.
    static SERVES: Cell<bool> = const { Cell::new(false) };
}

/// What the threads of a server share.
struct Shared {
    engine: Arc<Engine>,
    /// One for each thread.
    posts: Vec<Arc<Post>>,
    /// How many of them, the first ones, get connections: see [`load`].
    active: AtomicUsize,
    /// How busy each of them was lately, in thousandths of a processor.
    busy: Vec<AtomicU64>,
    system: System,
    /// They shall end.
    stop: AtomicBool,
    /// Connections.
    connected: AtomicUsize,
    /// Whether it is asked to end, for those who wait for that.
    ended: Mutex<bool>,
    wake: Condvar,
    /// Connections move at every occasion.
    #[cfg(test)]
    restless: AtomicBool,
    #[cfg(test)]
    moves: AtomicUsize,
}

impl Shared {
    fn end(&self) {
        self.stop.store(true, Ordering::Release);
        self.posts.iter().for_each(|post| post.wake());
        *self.ended.lock() = true;
        self.wake.notify_all();
    }
}

/// Serves a database over sockets, to any Redis client: RESP2, RESP3 and inline commands. It lives until it is dropped, the
/// database is closed, or a client says SHUTDOWN. The database stays open as long as it does.
pub struct Server {
    shared: Arc<Shared>,
    bell: Bell,
    threads: Vec<JoinHandle<()>>,
    tcp: Option<SocketAddr>,
    /// Removed when it ends.
    paths: Vec<PathBuf>,
    _db: Db,
}

impl Db {
    /// Serves this database at `url`: `tcp://HOST:PORT`, where the port 0 is any that is free, or `unix:///PATH`. The
    /// directives that begin with `client-`, `max`, `tcp-` and `unix`, `requirepass`, `protected-mode`, `timeout` and
    /// `io-threads` say how.
    ///
    /// ```
    /// let db = lodger::Db::open(":memory:")?;
    /// let server = db.listen("tcp://127.0.0.1:0")?;
    /// println!("redis-cli -p {}", server.port().unwrap_or_default());
    /// # Ok::<(), lodger::Error>(())
    /// ```
    pub fn listen(&self, url: &str) -> Result<Server> {
        self.listen_at(&[url])
    }

    /// [`Db::listen`] at several places. An address with a `-` before it is left out if this machine does not have it.
    pub fn listen_at(&self, urls: &[&str]) -> Result<Server> {
        self.engine().check_command()?;
        let addresses = urls.iter().map(|url| Address::parse(url)).collect::<Result<Vec<_>>>()?;
        let processors = std::thread::available_parallelism().map_or(1, |n| n.get() as u64);
        Server::start(self.clone(), &addresses, System { processors, idle_us: crate::sys::idle::idle_us })
    }
}

impl Server {
    fn start(db: Db, addresses: &[Address], system: System) -> Result<Self> {
        let engine = Arc::clone(db.shared_engine());
        let (count, backlog, mode) = {
            let settings = engine.settings.read();
            (settings.io_threads, settings.tcp_backlog, settings.unixsocketperm)
        };
        let mut bound: Vec<Bound> = Vec::new();
        for address in addresses {
            match address.bind(i32::try_from(backlog).unwrap_or(i32::MAX), mode) {
                Ok(some) => bound.extend(some),
                Err(error) => {
                    bound.iter().for_each(Bound::unlink);
                    return Err(error);
                }
            }
        }
        if bound.is_empty() {
            return Err(Error::new(ErrorKind::Arg, "there is no address to listen at"));
        }
        let tcp = bound.iter().find_map(Bound::tcp);
        let paths = bound.iter().filter_map(Bound::path).collect();
        let failed = |e: std::io::Error| Error::new(ErrorKind::Io, format!("cannot poll sockets: {e}"));
        let count = usize::try_from(count).unwrap_or(1).max(1);
        let polls =
            (0..count).map(|_| mio::Poll::new()).collect::<std::io::Result<Vec<_>>>().map_err(failed)?;
        let posts = polls.iter().map(Post::new).collect::<std::io::Result<Vec<_>>>().map_err(failed)?;
        let shared = Arc::new(Shared {
            engine,
            posts: posts.into_iter().map(Arc::new).collect(),
            active: AtomicUsize::new(1),
            busy: (0..count).map(|_| AtomicU64::new(0)).collect(),
            system,
            stop: AtomicBool::new(false),
            connected: AtomicUsize::new(0),
            ended: Mutex::new(false),
            wake: Condvar::new(),
            #[cfg(test)]
            restless: AtomicBool::new(false),
            #[cfg(test)]
            moves: AtomicUsize::new(0),
        });
        let bell: Bell = {
            let shared = Arc::downgrade(&shared);
            Arc::new(move || {
                if let Some(shared) = shared.upgrade() {
                    shared.end();
                }
            })
        };
        shared.engine.ends_server.write().push(Arc::clone(&bell));
        let mut server = Self { shared, bell, threads: Vec::new(), tcp, paths, _db: db };
        let mut bound = Some(bound);
        for (index, poll) in polls.into_iter().enumerate() {
            let listeners = bound.take().unwrap_or_default();
            let worker = Worker::new(index, poll, Arc::clone(&server.shared), listeners).map_err(failed)?;
            let name = format!("lodger-io-{index}");
            let thread = std::thread::Builder::new().name(name).spawn(move || {
                SERVES.set(true);
                worker.run();
            });
            // Dropping the server ends the threads that are there.
            server.threads.push(thread.map_err(failed)?);
        }
        server.shared.engine.log_line(Level::Notice, "Ready to accept connections");
        Ok(server)
    }

    /// The port of its first TCP socket.
    pub fn port(&self) -> Option<u16> {
        self.tcp.map(|addr| addr.port())
    }

    /// Whether this process is a child of the one that serves.
    #[cfg(feature = "capi")]
    pub(crate) fn crossed_fork(&self) -> bool {
        self.shared.engine.crossed_fork()
    }

    /// Returns when it is asked to end: by SHUTDOWN, by [`Server::shut_down`], or because the database was closed.
    pub fn wait(&self) {
        let mut ended = self.shared.ended.lock();
        while !*ended {
            self.shared.wake.wait(&mut ended);
        }
    }

    /// Ends it as SHUTDOWN does: if there are save points, all keys are saved first. If that fails it goes on, and the
    /// error tells why.
    pub fn shut_down(&self) -> Result<()> {
        self.shared
            .engine
            .end_server(None, false)
            .map_err(|e| Error::new(ErrorKind::Io, String::from_utf8_lossy(&e.text()).into_owned()))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Locks may have been held by threads that a child does not have.
        if self.shared.engine.crossed_fork() {
            return;
        }
        self.shared.engine.ends_server.write().retain(|bell| !Arc::ptr_eq(bell, &self.bell));
        self.shared.end();
        for thread in self.threads.drain(..) {
            // It is this thread if a connection's own command drops the server.
            if !SERVES.get() || thread.thread().id() != std::thread::current().id() {
                let _ = thread.join();
            }
        }
        // A connection on its way to a thread that has ended would keep itself.
        self.shared.posts.iter().for_each(|post| post.empty());
        self.paths.iter().for_each(|path| address::unlink(path));
    }
}
