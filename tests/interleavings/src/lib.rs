//! The files under test, in a crate in which `parking_lot` is shuttle's, the clock is the test's, and a descriptor is a flag.

#![allow(dead_code, reason = "what the rest of lodger calls")]

#[path = "../../../src/base/bell.rs"]
pub(crate) mod bell;
#[path = "../../../src/base/seat.rs"]
pub(crate) mod seat;
#[path = "../../../src/pubsub/signal.rs"]
pub(crate) mod signal;

pub(crate) mod base {
    pub(crate) use crate::bell;

    /// A clock that the test moves.
    pub(crate) mod clock {
        use shuttle::sync::atomic::{AtomicU64, Ordering};

        shuttle::lazy_static! {
            pub(crate) static ref NOW: AtomicU64 = AtomicU64::new(0);
        }

        pub(crate) fn monotonic_us() -> u64 {
            NOW.load(Ordering::SeqCst)
        }
    }

    pub(crate) mod error {
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub(crate) struct Error;
    }
}

pub(crate) mod sys {
    pub(crate) mod event {
        use std::io;
        use std::os::fd::{AsRawFd, RawFd};

        use shuttle::sync::atomic::{AtomicBool, Ordering};

        /// A descriptor that is readable or not.
        pub(crate) struct Event(pub(crate) AtomicBool);

        impl Event {
            pub(crate) fn new() -> io::Result<Self> {
                Ok(Self(AtomicBool::new(false)))
            }

            pub(crate) fn set(&self) {
                self.0.store(true, Ordering::SeqCst);
            }

            pub(crate) fn clear(&self) {
                self.0.store(false, Ordering::SeqCst);
            }
        }

        impl AsRawFd for Event {
            fn as_raw_fd(&self) -> RawFd {
                RawFd::from(self.0.load(Ordering::SeqCst))
            }
        }
    }
}

#[cfg(test)]
mod orders;
