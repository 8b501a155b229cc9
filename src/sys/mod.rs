//! Layer 0: what the standard library lacks of the operating system. The only libc outside of `ffi`.
#![allow(unsafe_code, reason = "calls into libc; ENGINEERING: unsafe lives in ffi, sys and raw.rs")]

pub(crate) mod coarse;
pub(crate) mod event;
pub(crate) mod fork;
pub(crate) mod idle;
pub(crate) mod memory;
