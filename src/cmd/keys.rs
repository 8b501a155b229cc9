//! Where the keys of a call stand, from the command's key specs.

use smallvec::SmallVec;

use super::spec::{Begin, CommandSpec, Find, KeySpec, KeyUse, NOT_KEY};
use crate::base::num;

/// A key's argument index and how it is used.
pub(crate) type KeyAt = (usize, KeyUse);

fn signed(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

/// The argument at which the run of a spec begins; `None` if the call has none.
fn begin(spec: &KeySpec, argv: &[&[u8]]) -> Option<usize> {
    match spec.begin {
        Begin::Index(at) => Some(at),
        Begin::Keyword { word, from } => {
            let is = |arg: &&[u8]| arg.eq_ignore_ascii_case(word.as_bytes());
            // A word at the very end has no keys behind it.
            let middle = argv.get(..argv.len().checked_sub(1)?)?;
            let found = match usize::try_from(from) {
                Ok(from) => middle.get(from..)?.iter().position(is).map(|i| from + i),
                Err(_) => {
                    let from = argv.len().checked_add_signed(isize::try_from(from).ok()?)?;
                    argv.get(2..=from)?.iter().rposition(is).map(|i| 2 + i)
                }
            };
            found.map(|i| i + 1)
        }
        Begin::Unknown => None,
    }
}

/// The argument indexes that one spec names in this call; `None` if its count makes no sense.
fn positions(spec: &KeySpec, argv: &[&[u8]], out: &mut SmallVec<[KeyAt; 8]>) -> Option<()> {
    let start = begin(spec, argv)?;
    let (first, last, step) = match spec.find {
        Find::Range { last, step, limit } => {
            let last = match (last, limit) {
                (0.., _) => signed(start) + i64::from(last),
                (_, ..=1) => signed(argv.len()) + i64::from(last),
                _ => {
                    let here = signed(argv.len()) - signed(start);
                    signed(start) + here / i64::from(limit) + i64::from(last)
                }
            };
            (start, last, step)
        }
        Find::KeyNum { step } => {
            let count = argv.get(start).and_then(|arg| num::parse_i64(arg)).filter(|&n| n >= 0)?;
            let span = count.checked_mul(i64::from(step))?;
            (start + 1, signed(start).checked_add(span)?, step)
        }
        Find::Unknown => return None,
    };
    let last = usize::try_from(last).ok()?;
    let step = usize::try_from(step).ok().filter(|&s| s > 0)?;
    if matches!(spec.find, Find::KeyNum { .. }) && last >= argv.len() {
        return None;
    }
    out.extend((first..=last).step_by(step).take_while(|&i| i < argv.len()).map(|i| (i, spec.uses)));
    Some(())
}

/// Whether each spec with a fixed place names a key in this call: PFMERGE without sources is no call to ask about.
pub(crate) fn are_complete(spec: &CommandSpec, argv: &[&[u8]]) -> bool {
    let fixed = |key: &&KeySpec| matches!(key.begin, Begin::Index(_));
    spec.find_keys.is_some()
        || spec.keys.iter().filter(fixed).all(|key| {
            let mut found = SmallVec::new();
            positions(key, argv, &mut found).is_some() && !found.is_empty()
        })
}

/// The keys of a call, in the order of the specs. Specs that do not fit the call name no keys; the handler
/// will answer the error.
pub(crate) fn of_call(spec: &CommandSpec, argv: &[&[u8]]) -> SmallVec<[KeyAt; 8]> {
    if let Some(find) = spec.find_keys {
        return find(argv).unwrap_or_default();
    }
    let mut out = SmallVec::new();
    for key in spec.keys.iter().filter(|key| key.uses & NOT_KEY == 0) {
        let before = out.len();
        if positions(key, argv, &mut out).is_none() {
            out.truncate(before);
        }
    }
    out
}
