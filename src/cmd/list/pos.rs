//! LPOS: where elements with a text are.

use super::count;
use crate::base::num;
use crate::cmd::args::Args;
use crate::cmd::ctx::Ctx;
use crate::cmd::effect::{CmdResult, Effect};
use crate::cmd::error::CmdError;
use crate::cmd::spec::{ACCESS, CommandSpec, Group, KeySpec, READONLY, RO};
use crate::reply::sink::ReplySink;
use crate::types::list::{List, Needle};

/// Rows of the command table.
pub(super) const SPECS: &[CommandSpec] = &[CommandSpec::new("lpos", lpos)
    .arity_at_least(3)
    .flags(READONLY)
    .keys(&[KeySpec::one(1, RO | ACCESS)])
    .group(Group::List)
    .since("6.0.6")
    .summary(
        "Returns the indices of elements that equal a text.",
        "O(N) where N is the number of elements compared: the length of the list, or less by RANK, COUNT and MAXLEN.",
    )
    .syntax("key element [RANK rank] [COUNT num-matches:integer] [MAXLEN len]")];

const ZERO_RANK: CmdError = CmdError::Text(
    "ERR RANK can't be zero: use 1 to start from the first match, 2 from the second ... or use negative to start \
     from the end of the list",
);

/// The options.
struct Options {
    backwards: bool,
    /// Matches to pass over.
    skip: u64,
    /// Matches to tell, if COUNT was there.
    count: Option<usize>,
    /// Elements to compare.
    max_len: usize,
}

impl Options {
    fn parse(args: &mut Args<'_>) -> Result<Self, CmdError> {
        let mut options = Self { backwards: false, skip: 0, count: None, max_len: usize::MAX };
        let mut least_rank = false;
        while !args.is_empty() {
            let [word, value] = args.take(2) else { return Err(CmdError::Syntax) };
            let value = num::parse_i64(value);
            let natural = |error| {
                let n = value.and_then(|n| usize::try_from(n).ok()).ok_or(CmdError::Text(error));
                n.map(|n| if n == 0 { usize::MAX } else { n })
            };
            match word.to_ascii_uppercase().as_slice() {
                b"RANK" => {
                    let rank = value.ok_or(CmdError::NotInteger)?;
                    if rank == 0 {
                        return Err(ZERO_RANK);
                    }
                    options.backwards = rank < 0;
                    least_rank = rank == i64::MIN;
                    options.skip = if least_rank { 0 } else { rank.unsigned_abs() - 1 };
                }
                b"COUNT" => options.count = Some(natural("ERR COUNT can't be negative")?),
                b"MAXLEN" => options.max_len = natural("ERR MAXLEN can't be negative")?,
                _ => return Err(CmdError::Syntax),
            }
        }
        if least_rank {
            // It has no positive twin: Redis 7.0 passes over no match then, and tells all.
            options.count = options.count.map(|_| usize::MAX);
        }
        Ok(options)
    }

    /// Hands the indices of the elements that are told to `tell`, until that answers that it has enough.
    fn search(&self, list: &List, needle: Needle<'_>, tell: &mut dyn FnMut(usize) -> bool) {
        let mut skip = self.skip;
        let mut see = |index, element| {
            if !needle.matches(element) {
                return true;
            }
            if skip > 0 {
                skip -= 1;
                return true;
            }
            tell(index)
        };
        let len = list.len();
        if self.backwards {
            let mut all = list.iter_back().take(self.max_len).enumerate();
            let _ = all.all(|(n, element)| see(len - 1 - n, element));
        } else {
            let mut all = list.iter().take(self.max_len).enumerate();
            let _ = all.all(|(n, element)| see(n, element));
        }
    }
}

fn lpos(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let (key, needle) = (args.next(), Needle::new(args.next()));
    let options = Options::parse(&mut args)?;
    args.finish()?;
    let list = ctx.read::<List>(key)?;
    let Some(most) = options.count else {
        let mut found = None;
        if let Some(list) = list {
            options.search(list, needle, &mut |index| {
                found = Some(index);
                false
            });
        }
        match found {
            Some(index) => out.int(count(index)),
            None => out.null(),
        }
        return Ok(Effect::None);
    };
    let mut found = Vec::new();
    if let Some(list) = list {
        options.search(list, needle, &mut |index| {
            found.push(index);
            found.len() < most
        });
    }
    out.array(found.len());
    found.into_iter().for_each(|index| out.int(count(index)));
    Ok(Effect::None)
}
