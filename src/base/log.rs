//! How serious a log line is.

/// How serious a line for the log callback is: Redis's `loglevel`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(i32)]
pub enum Level {
    /// For debugging.
    Debug = 0,
    /// Of little interest.
    Verbose = 1,
    /// What an operator should know.
    Notice = 2,
    /// Something went wrong.
    Warning = 3,
}
