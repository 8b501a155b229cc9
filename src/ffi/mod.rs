//! Layer 6: the C ABI. Every export is a plain function whose body is one `guard::guard`; raw pointers become
//! references in `ptr.rs` and nowhere else.
//!
//! What lives here: `lodger_*` functions, one file a handle. What does not: logic. The header is generated from
//! these files; their doc comments are the manual.
#![allow(unsafe_code, reason = "the border to C; ENGINEERING: unsafe lives in ffi, sys and raw.rs")]
#![allow(non_camel_case_types, reason = "C names")]
#![allow(clippy::missing_safety_doc, reason = "the rules at the top of the header hold for every function")]

mod guard;
mod ptr;
#[cfg(test)]
mod tests;

// One by one, because the header has them in this order.
pub mod status;

pub mod db;

pub mod error;

pub mod client;

pub mod typed;

pub mod values;

pub mod reply;

pub mod subscriber;

pub mod feed;

pub mod server;
