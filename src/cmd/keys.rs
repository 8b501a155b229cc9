//! Where the keys of a call stand, from the command's key specs.

use smallvec::SmallVec;

use super::spec::{CommandSpec, Find, KeySpec, KeyUse};
use crate::base::num;

/// A key's argument index and how it is used.
pub(crate) type KeyAt = (usize, KeyUse);

fn signed(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

/// The argument indexes that one spec names in this call; `None` if its count makes no sense.
fn positions(spec: &KeySpec, argv: &[&[u8]], out: &mut SmallVec<[KeyAt; 8]>) -> Option<()> {
    let (first, last, step) = match spec.find {
        Find::Range { last, step } => {
            let last = if last < 0 {
                signed(argv.len()) + i64::from(last)
            } else {
                signed(spec.start) + i64::from(last)
            };
            (spec.start, last, step)
        }
        Find::KeyNum { step } => {
            let count = argv.get(spec.start).and_then(|arg| num::parse_i64(arg)).filter(|&n| n >= 0)?;
            let span = count.checked_mul(i64::from(step))?;
            (spec.start + 1, signed(spec.start).checked_add(span)?, step)
        }
    };
    let last = usize::try_from(last).ok()?;
    let step = usize::try_from(step).ok().filter(|&s| s > 0)?;
    if matches!(spec.find, Find::KeyNum { .. }) && last >= argv.len() {
        return None;
    }
    out.extend((first..=last).step_by(step).take_while(|&i| i < argv.len()).map(|i| (i, spec.uses)));
    Some(())
}

/// The keys of a call, in the order of the specs. Specs that do not fit the call name no keys; the handler
/// will answer the error.
pub(crate) fn of_call(spec: &CommandSpec, argv: &[&[u8]]) -> SmallVec<[KeyAt; 8]> {
    let mut out = SmallVec::new();
    for key in spec.keys {
        let before = out.len();
        if positions(key, argv, &mut out).is_none() {
            out.truncate(before);
        }
    }
    out
}
