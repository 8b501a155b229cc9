//! A cursor over a command's arguments that remembers the first error, so that a handler checks once.

use super::error::CmdError;
use crate::base::longdouble::LongDouble;
use crate::base::num;

/// The arguments after the command's (and subcommand's) name.
#[derive(Clone)]
pub(crate) struct Args<'a> {
    argv: &'a [&'a [u8]],
    next: usize,
    error: Option<CmdError>,
}

impl<'a> Args<'a> {
    /// A cursor over `argv`, whose first `skip` words are names.
    pub(crate) fn new(argv: &'a [&'a [u8]], skip: usize) -> Self {
        Self { argv, next: skip.min(argv.len()), error: None }
    }

    /// The whole call, names included.
    pub(crate) fn argv(&self) -> &'a [&'a [u8]] {
        self.argv
    }

    /// How many arguments are left.
    pub(crate) fn left(&self) -> usize {
        self.argv.len() - self.next
    }

    /// Whether none is left.
    pub(crate) fn is_empty(&self) -> bool {
        self.left() == 0
    }

    /// The arguments that are left.
    pub(crate) fn rest(&mut self) -> &'a [&'a [u8]] {
        let rest = &self.argv[self.next..];
        self.next = self.argv.len();
        rest
    }

    /// The next `n` arguments, or all of them with a syntax error if there are fewer.
    pub(crate) fn take(&mut self, n: usize) -> &'a [&'a [u8]] {
        if n > self.left() {
            self.fail(CmdError::Syntax);
        }
        let taken = &self.argv[self.next..][..n.min(self.left())];
        self.next += taken.len();
        taken
    }

    /// The next argument without taking it.
    pub(crate) fn peek(&self) -> Option<&'a [u8]> {
        self.argv.get(self.next).copied()
    }

    /// The next argument; a missing one is a syntax error and reads as empty.
    pub(crate) fn next(&mut self) -> &'a [u8] {
        let Some(arg) = self.peek() else {
            self.fail(CmdError::Syntax);
            return b"";
        };
        self.next += 1;
        arg
    }

    /// Takes the next argument if it is this word, in any case.
    pub(crate) fn eat(&mut self, word: &str) -> bool {
        let found = self.peek().is_some_and(|arg| arg.eq_ignore_ascii_case(word.as_bytes()));
        self.next += usize::from(found);
        found
    }

    /// The next argument as an integer, 0 after an error.
    pub(crate) fn int(&mut self) -> i64 {
        self.int_or(CmdError::NotInteger)
    }

    /// The next argument as an integer, with an error of its own.
    pub(crate) fn int_or(&mut self, error: CmdError) -> i64 {
        let arg = self.next();
        num::parse_i64(arg).unwrap_or_else(|| {
            self.fail(error);
            0
        })
    }

    /// The next argument as the seconds that a call may wait, in milliseconds; 0 is for ever.
    pub(crate) fn timeout(&mut self) -> i64 {
        let Some(seconds) = LongDouble::parse(self.next()) else {
            self.fail(CmdError::Text("ERR timeout is not a float or out of range"));
            return 0;
        };
        // Redis calls negative what is too large, too.
        seconds.thousandfold().filter(|ms| *ms >= 0).unwrap_or_else(|| {
            self.fail(CmdError::Text("ERR timeout is negative"));
            0
        })
    }

    /// The next argument as the milliseconds that a call may wait; 0 is for ever.
    pub(crate) fn timeout_ms(&mut self) -> i64 {
        let ms = self.int_or(CmdError::Text("ERR timeout is not an integer or out of range"));
        if ms < 0 {
            self.fail(CmdError::Text("ERR timeout is negative"));
        }
        ms
    }

    /// Remembers an error, unless there is one already.
    pub(crate) fn fail(&mut self, error: CmdError) {
        self.error.get_or_insert(error);
    }

    /// Whether an error is remembered.
    pub(crate) fn failed(&self) -> bool {
        self.error.is_some()
    }

    /// The remembered error, if any. Arguments may be left.
    pub(crate) fn check(&mut self) -> Result<(), CmdError> {
        self.error.take().map_or(Ok(()), Err)
    }

    /// The remembered error, or a syntax error if arguments are left.
    pub(crate) fn finish(mut self) -> Result<(), CmdError> {
        self.check()?;
        if self.is_empty() { Ok(()) } else { Err(CmdError::Syntax) }
    }
}
