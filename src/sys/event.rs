//! A descriptor that is readable while something is to be had: an eventfd on Linux, a pipe elsewhere.

use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};

/// See the module. Level-triggered: [`Event::set`] and [`Event::clear`] are called under one lock, alternately.
pub(crate) struct Event {
    reader: OwnedFd,
    #[cfg(not(target_os = "linux"))]
    writer: OwnedFd,
}

impl Event {
    /// One that is not set.
    #[cfg(target_os = "linux")]
    pub(crate) fn new() -> io::Result<Self> {
        // SAFETY: no pointers; the answer is checked.
        let fd = unsafe { libc::eventfd(0, libc::EFD_CLOEXEC | libc::EFD_NONBLOCK) };
        if fd < 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: just made, owned by nobody else.
        let reader = unsafe { OwnedFd::from_raw_fd(fd) };
        Ok(Self { reader })
    }

    /// One that is not set.
    #[cfg(not(target_os = "linux"))]
    pub(crate) fn new() -> io::Result<Self> {
        let (reader, writer) = io::pipe()?;
        for fd in [reader.as_raw_fd(), writer.as_raw_fd()] {
            // SAFETY: no pointers; the descriptor is open.
            let flags = unsafe { libc::fcntl(fd, libc::F_GETFL) };
            // SAFETY: as above.
            if flags < 0 || unsafe { libc::fcntl(fd, libc::F_SETFL, flags | libc::O_NONBLOCK) } < 0 {
                return Err(io::Error::last_os_error());
            }
        }
        Ok(Self { reader: reader.into(), writer: writer.into() })
    }

    fn write_end(&self) -> RawFd {
        #[cfg(target_os = "linux")]
        return self.reader.as_raw_fd();
        #[cfg(not(target_os = "linux"))]
        return self.writer.as_raw_fd();
    }

    /// Makes the descriptor readable.
    pub(crate) fn set(&self) {
        let one = 1_u64.to_ne_bytes();
        // SAFETY: eight bytes that live through the call. It fails only if the descriptor is readable already.
        let _ = unsafe { libc::write(self.write_end(), one.as_ptr().cast(), one.len()) };
    }

    /// Makes it unreadable.
    pub(crate) fn clear(&self) {
        let mut count = [0_u8; 8];
        // SAFETY: room for eight bytes. It fails only if there is nothing to read.
        let _ = unsafe { libc::read(self.reader.as_raw_fd(), count.as_mut_ptr().cast(), count.len()) };
    }
}

impl AsRawFd for Event {
    fn as_raw_fd(&self) -> RawFd {
        self.reader.as_raw_fd()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn readable(event: &Event) -> bool {
        let mut poll = libc::pollfd { fd: event.as_raw_fd(), events: libc::POLLIN, revents: 0 };
        // SAFETY: one structure that lives through the call.
        unsafe { libc::poll(&raw mut poll, 1, 0) == 1 }
    }

    #[test]
    fn it_is_readable_while_it_is_set() {
        let event = Event::new().unwrap();
        for _ in 0..3 {
            assert!(!readable(&event));
            event.set();
            assert!(readable(&event) && readable(&event));
            event.clear();
        }
        assert!(!readable(&event));
    }
}
