//! What the test programs share: real servers, a RESP client, the script runner, doors and generators.

#![allow(dead_code, reason = "each test program uses its own part")]

pub(crate) mod doors;
pub(crate) mod old_forms;
pub(crate) mod oracle;
pub(crate) mod program;
pub(crate) mod programs;
pub(crate) mod resp;
pub(crate) mod script;
