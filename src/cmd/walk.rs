//! What SCAN, HSCAN, SSCAN and ZSCAN share: MATCH and COUNT, and the cursor in front of what was found.

use super::args::Args;
use super::error::CmdError;
use crate::base::glob::key_match;
use crate::base::num;
use crate::reply::sink::ReplySink;

/// How many elements a call looks at unless COUNT says otherwise.
const DEFAULT_COUNT: usize = 10;

/// The options of a walk.
pub(crate) struct Walk<'a> {
    pattern: Option<&'a [u8]>,
    /// How many elements to look at.
    pub(crate) count: usize,
}

impl<'a> Walk<'a> {
    /// The cursor of a call.
    pub(crate) fn cursor(text: &[u8]) -> Result<u64, CmdError> {
        num::parse_cursor(text).ok_or(CmdError::Text("ERR invalid cursor"))
    }

    /// Reads all that is left. `other` takes an option that only this command has, if the next one is that.
    pub(crate) fn parse(
        args: &mut Args<'a>,
        mut other: impl FnMut(&mut Args<'a>) -> bool,
    ) -> Result<Self, CmdError> {
        let mut walk = Self { pattern: None, count: DEFAULT_COUNT };
        while !args.is_empty() {
            if other(args) {
                continue;
            }
            if args.left() < 2 {
                return Err(CmdError::Syntax);
            } else if args.eat("COUNT") {
                let count = args.int();
                args.check()?;
                walk.count = usize::try_from(count).ok().filter(|n| *n > 0).ok_or(CmdError::Syntax)?;
            } else if args.eat("MATCH") {
                walk.pattern = Some(args.next());
            } else {
                return Err(CmdError::Syntax);
            }
        }
        Ok(walk)
    }

    /// Whether the pattern lets a name through.
    pub(crate) fn takes(&self, name: &[u8]) -> bool {
        self.pattern.is_none_or(|pattern| key_match(pattern, name))
    }
}

/// Begins a reply with the cursor to go on from; what was found follows as one array.
pub(crate) fn put_cursor(out: &mut dyn ReplySink, next: u64) {
    out.array(2);
    out.bulk(num::write_u64(&mut [0; 20], next));
}
