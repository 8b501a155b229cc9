//! Where a server listens.

use std::io;
use std::net::{SocketAddr, ToSocketAddrs as _};
use std::os::unix::fs::{FileTypeExt as _, PermissionsExt as _};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};

use socket2::{Domain, SockAddr, Socket, Type};

use crate::base::error::{Error, ErrorKind, Result};

/// A place to listen at.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Address {
    Tcp {
        host: String,
        port: u16,
        /// It is no error if the machine does not have it.
        optional: bool,
    },
    Unix(PathBuf),
}

/// A socket that listens.
pub(super) enum Bound {
    Tcp(mio::net::TcpListener, SocketAddr),
    Unix(mio::net::UnixListener, PathBuf),
}

fn bad(url: &str, why: &str) -> Error {
    Error::new(ErrorKind::Arg, format!("cannot listen at '{url}': {why}"))
}

impl Address {
    /// From `tcp://HOST:PORT` or `unix:///PATH`.
    pub(super) fn parse(url: &str) -> Result<Self> {
        let (optional, plain) = match url.strip_prefix('-') {
            Some(plain) => (true, plain),
            None => (false, url),
        };
        if let Some(path) = plain.strip_prefix("unix://") {
            if !path.starts_with('/') {
                return Err(bad(url, "the path must begin with a slash, as in unix:///tmp/lodger.sock"));
            }
            return Ok(Self::Unix(path.into()));
        }
        let Some(rest) = plain.strip_prefix("tcp://") else {
            return Err(bad(url, "it must be tcp://HOST:PORT or unix:///PATH"));
        };
        let (host, port) = rest.rsplit_once(':').ok_or_else(|| bad(url, "there is no port"))?;
        let port = port.parse().map_err(|_| bad(url, "the port must be a number from 0 to 65535"))?;
        let host = match host.strip_prefix('[') {
            Some(host) => host.strip_suffix(']').ok_or_else(|| bad(url, "a bracket is not closed"))?,
            None => host,
        };
        if host.is_empty() {
            return Err(bad(url, "there is no host"));
        }
        let host = if host == "*" { "0.0.0.0" } else { host };
        Ok(Self::Tcp { host: host.to_owned(), port, optional })
    }

    /// Listens; nothing if the machine does not have an optional address.
    pub(super) fn bind(&self, backlog: i32, mode: u32) -> Result<Option<Bound>> {
        match self {
            Self::Unix(path) => bind_unix(path, backlog, mode).map(Some),
            Self::Tcp { host, port, optional } => {
                let failed = |e: &io::Error| {
                    let kind =
                        if e.kind() == io::ErrorKind::InvalidInput { ErrorKind::Arg } else { ErrorKind::Io };
                    Error::new(kind, format!("cannot listen at tcp://{host}:{port}: {e}"))
                };
                let addr = (host.as_str(), *port).to_socket_addrs().map(|mut all| all.next());
                let addr = addr
                    .and_then(|addr| addr.ok_or_else(|| io::Error::other("the host has no address")))
                    .map_err(|e| failed(&e))?;
                match bind_tcp(addr, backlog) {
                    Ok(bound) => Ok(Some(bound)),
                    Err(e)
                        if *optional
                            && matches!(
                                e.kind(),
                                io::ErrorKind::AddrNotAvailable | io::ErrorKind::Unsupported
                            ) =>
                    {
                        Ok(None)
                    }
                    Err(e) => Err(failed(&e)),
                }
            }
        }
    }
}

fn bind_tcp(addr: SocketAddr, backlog: i32) -> io::Result<Bound> {
    let socket = Socket::new(Domain::for_address(addr), Type::STREAM, None)?;
    socket.set_reuse_address(true)?;
    if addr.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    socket.set_nonblocking(true)?;
    socket.bind(&addr.into())?;
    socket.listen(backlog)?;
    let listener = std::net::TcpListener::from(socket);
    let addr = listener.local_addr()?;
    Ok(Bound::Tcp(mio::net::TcpListener::from_std(listener), addr))
}

/// The file has its permissions before anybody can connect: that takes `listen`, which comes last.
fn bind_unix(path: &Path, backlog: i32, mode: u32) -> Result<Bound> {
    let failed = |e: &io::Error| {
        let kind = if e.kind() == io::ErrorKind::InvalidInput { ErrorKind::Arg } else { ErrorKind::Io };
        Error::new(kind, format!("cannot listen at unix://{}: {e}", path.display()))
    };
    let addr = SockAddr::unix(path).map_err(|e| failed(&e))?;
    let socket = Socket::new(Domain::UNIX, Type::STREAM, None).map_err(|e| failed(&e))?;
    free_place(path)?;
    let bound = (|| {
        socket.set_nonblocking(true)?;
        socket.bind(&addr)?;
        if mode != 0 {
            set_mode(path, mode)?;
        }
        socket.listen(backlog)
    })();
    bound.map_err(|e| failed(&e))?;
    let listener = std::os::unix::net::UnixListener::from(socket);
    Ok(Bound::Unix(mio::net::UnixListener::from_std(listener), path.to_path_buf()))
}

/// Removes a socket that nobody listens at any more. Anything else that is there stays, and is an error.
fn free_place(path: &Path) -> Result<()> {
    let Some(is_socket) = kind_of(path) else { return Ok(()) };
    let error =
        |kind, why: &str| Err(Error::new(kind, format!("cannot listen at unix://{}: {why}", path.display())));
    if !is_socket {
        return error(ErrorKind::Arg, "there is a file that is no socket");
    }
    match UnixStream::connect(path) {
        Ok(_) => error(ErrorKind::Io, "another process listens there"),
        Err(e) if e.kind() == io::ErrorKind::ConnectionRefused => {
            unlink(path);
            Ok(())
        }
        Err(e) => error(ErrorKind::Io, &e.to_string()),
    }
}

fn kind_of(path: &Path) -> Option<bool> {
    std::fs::symlink_metadata(path).ok().map(|meta| meta.file_type().is_socket())
}

fn set_mode(path: &Path, mode: u32) -> io::Result<()> {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode))
}

/// Removes a socket's file.
#[expect(clippy::disallowed_methods, reason = "a socket, no file of a database")]
pub(super) fn unlink(path: &Path) {
    let _ = std::fs::remove_file(path);
}

impl Bound {
    pub(super) fn tcp(&self) -> Option<SocketAddr> {
        match self {
            Self::Tcp(_, addr) => Some(*addr),
            Self::Unix(..) => None,
        }
    }

    pub(super) fn path(&self) -> Option<PathBuf> {
        match self {
            Self::Tcp(..) => None,
            Self::Unix(_, path) => Some(path.clone()),
        }
    }

    pub(super) fn unlink(&self) {
        if let Self::Unix(_, path) = self {
            unlink(path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls() {
        let tcp = |host: &str, port, optional| Address::Tcp { host: host.to_owned(), port, optional };
        assert_eq!(Address::parse("tcp://127.0.0.1:6379").unwrap(), tcp("127.0.0.1", 6379, false));
        assert_eq!(Address::parse("-tcp://[::1]:0").unwrap(), tcp("::1", 0, true));
        assert_eq!(Address::parse("tcp://*:1").unwrap(), tcp("0.0.0.0", 1, false));
        assert_eq!(Address::parse("unix:///a/b").unwrap(), Address::Unix("/a/b".into()));
        for bad in [
            "",
            "x",
            "tcp://",
            "tcp://a",
            "tcp://a:",
            "tcp://a:65536",
            "tcp://:1",
            "tcp://[::1:1",
            "unix://a",
        ] {
            let error = Address::parse(bad).unwrap_err();
            assert!(error.kind() == ErrorKind::Arg && error.message().contains(&format!("'{bad}'")), "{bad}");
        }
    }
}
