//! The server itself: what it can do (COMMAND), how it is set (CONFIG), how it fares (INFO, MEMORY), all of its
//! keys at once (FLUSHALL, SWAPDB), and DEBUG.
//!
//! COMMAND is told by three files: `command.rs` has the subcommands, `row.rs` COMMAND INFO's entry and
//! `docs.rs` COMMAND DOCS's, for which `syntax.rs` reads the argument notation of the specs.

pub(crate) mod command;
pub(crate) mod config;
pub(crate) mod debug;
mod debug_digest;
mod debug_look;
pub(crate) mod docs;
mod doctor;
pub(crate) mod flush;
pub(crate) mod info;
pub(crate) mod latency;
pub(crate) mod lolwut;
pub(crate) mod memory;
pub(crate) mod monitor;
pub(crate) mod row;
pub(crate) mod save;
pub(crate) mod shutdown;
pub(crate) mod slowlog;
pub(crate) mod syntax;

use super::effect::{CmdResult, Effect};
use super::spec::CommandSpec;
use crate::reply::sink::ReplySink;

/// The Redis version whose behaviour the commands have; clients decide by it what they may send.
pub(crate) const REDIS_VERSION: &str = "7.0.15";

/// The rows of this family, one slice a file.
pub(crate) const SPECS: &[&[CommandSpec]] = &[
    command::SPECS,
    config::SPECS,
    debug::SPECS,
    flush::SPECS,
    info::SPECS,
    latency::SPECS,
    lolwut::SPECS,
    memory::SPECS,
    monitor::SPECS,
    save::SPECS,
    shutdown::SPECS,
    slowlog::SPECS,
];

/// A subcommand as HELP shows it, and what it does.
pub(crate) type HelpEntry<'a> = (&'a str, &'a [&'a str]);

/// Answers a container's HELP: a heading, each entry with its lines indented, and HELP itself.
pub(crate) fn help(out: &mut dyn ReplySink, container: &str, entries: &[HelpEntry<'_>]) -> CmdResult {
    let lines = entries.iter().map(|(_, lines)| 1 + lines.len()).sum::<usize>();
    out.array(1 + lines + 2);
    out.status(&format!("{container} <subcommand> [<arg> [value] [opt] ...]. Subcommands are:"));
    for (entry, lines) in entries {
        out.status(entry);
        for line in *lines {
            out.status(&format!("    {line}"));
        }
    }
    out.status("HELP");
    out.status("    Print this help.");
    Ok(Effect::None)
}
