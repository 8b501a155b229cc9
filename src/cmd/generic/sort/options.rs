//! The arguments of SORT, the keys that they name, and the locks that a call needs.

use std::ops::Range;

use smallvec::{SmallVec, smallvec};

use super::pattern::Pattern;
use crate::cmd::args::Args;
use crate::cmd::error::CmdError;
use crate::cmd::keys::KeyAt;
use crate::cmd::spec::{ACCESS, OW, Plan, RO, UPDATE};

/// What a call asks for.
#[derive(Default)]
pub(super) struct Options<'a> {
    pub(super) descending: bool,
    pub(super) alpha: bool,
    /// A BY pattern that is the same for all elements: they stay as they are. No later BY changes that.
    pub(super) unsorted: bool,
    /// Offset and count.
    limit: Option<(i64, i64)>,
    pub(super) by: Option<Pattern<'a>>,
    pub(super) get: Vec<Pattern<'a>>,
    pub(super) store: Option<&'a [u8]>,
}

impl<'a> Options<'a> {
    /// Parses what follows the key. The first error counts.
    pub(super) fn parse(args: &mut Args<'a>, read_only: bool) -> Result<Self, CmdError> {
        let mut o = Self::default();
        while !args.is_empty() {
            if args.eat("ASC") {
                o.descending = false;
            } else if args.eat("DESC") {
                o.descending = true;
            } else if args.eat("ALPHA") {
                o.alpha = true;
            } else if args.left() >= 3 && args.eat("LIMIT") {
                o.limit = Some((args.int(), args.int()));
                args.check()?;
            } else if args.left() >= 2 && !read_only && args.eat("STORE") {
                o.store = Some(args.next());
            } else if args.left() >= 2 && args.eat("BY") {
                let pattern = Pattern::new(args.next());
                o.unsorted |= !pattern.has_star();
                o.by = Some(pattern);
            } else if args.left() >= 2 && args.eat("GET") {
                o.get.push(Pattern::new(args.next()));
            } else {
                return Err(CmdError::Syntax);
            }
        }
        Ok(o)
    }

    /// The part of so many elements that LIMIT leaves.
    pub(super) fn range(&self, len: usize) -> Range<usize> {
        let Some((offset, count)) = self.limit else { return 0..len };
        let start = usize::try_from(offset.max(0)).map_or(len, |start| start.min(len));
        let end = usize::try_from(count).map_or(len, |count| start.saturating_add(count).min(len));
        start..end
    }

    /// Whether keys are read that depend on the elements.
    fn looks(&self) -> bool {
        (!self.unsorted && self.by.is_some()) || self.get.iter().any(Pattern::has_star)
    }
}

fn locks(argv: &[&[u8]], read_only: bool) -> Plan {
    // A call that does not parse touches nothing.
    let Ok(o) = Options::parse(&mut Args::new(argv, 2), read_only) else { return Plan::Keys };
    if o.looks() {
        return if o.store.is_some() { Plan::AllWrite } else { Plan::AllRead };
    }
    // Words that may be options or their values are read differently where keys are only looked for.
    match (o.store, destination(argv)) {
        (None, _) => Plan::Keys,
        (Some(key), Some(at)) if argv.get(at) == Some(&key) => Plan::Keys,
        _ => Plan::AllWrite,
    }
}

/// The locks of a SORT.
pub(super) fn plan(argv: &[&[u8]]) -> Plan {
    locks(argv, false)
}

/// The locks of a SORT_RO.
pub(super) fn plan_ro(argv: &[&[u8]]) -> Plan {
    locks(argv, true)
}

/// Where the key behind the last STORE stands.
fn destination(argv: &[&[u8]]) -> Option<usize> {
    let is = |i: usize, word: &str| argv[i].eq_ignore_ascii_case(word.as_bytes());
    let (mut i, mut found) = (2, None);
    while i < argv.len() {
        if is(i, "LIMIT") {
            i += 2;
        } else if is(i, "GET") || is(i, "BY") {
            i += 1;
        } else if is(i, "STORE") && i + 1 < argv.len() {
            found = Some(i + 1);
        }
        i += 1;
    }
    found
}

/// The keys of a SORT: patterns are not among them.
pub(super) fn find_keys(argv: &[&[u8]]) -> Option<SmallVec<[KeyAt; 8]>> {
    let mut keys = find_keys_ro(argv)?;
    keys.extend(destination(argv).map(|at| (at, OW | UPDATE)));
    Some(keys)
}

/// The key of a SORT_RO.
pub(super) fn find_keys_ro(argv: &[&[u8]]) -> Option<SmallVec<[KeyAt; 8]>> {
    (argv.len() > 1).then(|| smallvec![(1, RO | ACCESS)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locks_cover_what_is_touched() {
        let plan_of = |call: &str| plan(&call.split(' ').map(str::as_bytes).collect::<Vec<_>>());
        assert_eq!(plan_of("SORT l"), Plan::Keys);
        assert_eq!(plan_of("SORT l STORE d"), Plan::Keys);
        assert_eq!(plan_of("SORT l BY nosort GET # STORE d"), Plan::Keys);
        assert_eq!(plan_of("SORT l BY w_* BY nosort"), Plan::Keys);
        assert_eq!(plan_of("SORT l BY w_*"), Plan::AllRead);
        assert_eq!(plan_of("SORT l GET w_* STORE d"), Plan::AllWrite);
        assert_eq!(plan_of("SORT l GET w_* STORE"), Plan::Keys);
        // The key is `GET`, but who only looks for keys takes it for an option.
        assert_eq!(plan_of("SORT l STORE GET STORE d"), Plan::AllWrite);
    }

    #[test]
    fn limits_are_cut_to_what_is_there() {
        let range = |offset, count| Options { limit: Some((offset, count)), ..Options::default() }.range(4);
        assert_eq!(range(1, 2), 1..3);
        assert_eq!(range(-5, 2), 0..2);
        assert_eq!(range(1, -1), 1..4);
        assert_eq!(range(9, 1), 4..4);
        assert_eq!(range(i64::MAX, i64::MAX), 4..4);
        assert_eq!(range(i64::MIN, i64::MIN), 0..4);
        assert_eq!(range(2, i64::MAX), 2..4);
    }
}
