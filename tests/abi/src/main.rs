//! Sizes, signs, values and signatures of `bindings.rs` against include/lodger.h, as a C compiler sees it, and the
//! address of each function as both languages see it.
#![allow(warnings, reason = "most of this is generated")]

mod bindings;
use bindings::*;
// The generated part asks for libc::c_int, and for nothing else of it.
use std::ffi as libc;

include!(concat!(env!("OUT_DIR"), "/all.rs"));
