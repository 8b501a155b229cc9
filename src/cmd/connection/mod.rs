//! Clients and connections: names, protocol, selected database.
//!
//! Start reading at `basic.rs`; CLIENT and its subcommands are in `client.rs`.

pub(crate) mod auth;
pub(crate) mod basic;
pub(crate) mod client;
pub(crate) mod hello;
mod kill;
mod pause;
pub(crate) mod roster;
mod tracking;

use super::spec::CommandSpec;

/// The rows of this family, one slice a file.
pub(crate) const SPECS: &[&[CommandSpec]] = &[auth::SPECS, basic::SPECS, hello::SPECS, client::SPECS];
