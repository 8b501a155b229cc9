//! HRANDFIELD: fields by chance.

use super::reply_item;
use crate::base::num;
use crate::cmd::args::Args;
use crate::cmd::ctx::Ctx;
use crate::cmd::effect::{CmdResult, Effect};
use crate::cmd::error::CmdError;
use crate::cmd::spec::{ACCESS, CommandSpec, Group, KeySpec, READONLY, RO};
use crate::reply::sink::{Protocol, ReplySink};
use crate::types::hash::Field;

/// Rows of the command table.
pub(super) const SPECS: &[CommandSpec] = &[CommandSpec::new("hrandfield", hrandfield)
    .arity_at_least(2)
    .flags(READONLY)
    .keys(&[KeySpec::one(1, RO | ACCESS)])
    .group(Group::Hash)
    .tips(&["nondeterministic_output"])
    .since("6.2.0")
    .summary("Returns fields by chance.", "O(N) with N being the number of fields returned")
    .syntax("key [options: count [WITHVALUES]]")];

/// Draws at most: a reply of more would be gigabytes, for a call of a few bytes.
const MOST_DRAWS: u64 = 1 << 24;

const OUT_OF_RANGE: CmdError = CmdError::Text("ERR value is out of range");
const BELOW_RANGE: CmdError = CmdError::Text(
    "ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807",
);

/// How many, the same ones again or not, and what of them.
struct Wanted {
    count: usize,
    again: bool,
    values: bool,
}

impl Wanted {
    fn parse(args: &mut Args<'_>) -> Result<Self, CmdError> {
        let count = num::parse_i64(args.next()).ok_or(CmdError::NotInteger)?;
        if count == i64::MIN {
            return Err(BELOW_RANGE);
        }
        let values = !args.is_empty();
        if values && (!args.eat("WITHVALUES") || !args.is_empty()) {
            return Err(CmdError::Syntax);
        }
        if values && !(-(i64::MAX / 2)..=i64::MAX / 2).contains(&count) {
            return Err(OUT_OF_RANGE);
        }
        let again = count < 0;
        Ok(Self { count: usize::try_from(count.unsigned_abs()).unwrap_or(usize::MAX), again, values })
    }

    fn reply(&self, out: &mut dyn ReplySink, len: usize) {
        let flat = self.values && out.shapes() == Protocol::Resp2;
        out.array(if flat { len * 2 } else { len });
    }

    fn reply_field(&self, out: &mut dyn ReplySink, field: Field<'_>) {
        if self.values && out.shapes() == Protocol::Resp3 {
            out.array(2);
        }
        reply_item(out, field.name);
        if self.values {
            reply_item(out, field.value);
        }
    }
}

fn hrandfield(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let key = args.next();
    let wanted = if args.is_empty() { None } else { Some(Wanted::parse(&mut args)?) };
    let mut rng = ctx.session.rng.clone();
    let found = ctx.read_hash(key)?;
    match (found, &wanted) {
        (None, None) => out.null(),
        (None, Some(_)) => out.array(0),
        (Some((hash, now)), None) => match hash.random(now, &mut rng) {
            Some(field) => reply_item(out, field.name),
            None => out.null(),
        },
        (Some((hash, now)), Some(wanted)) => {
            let live = hash.live_len(now);
            let count = match (live, wanted.again) {
                (0, _) => 0,
                (_, true) if wanted.count as u64 > MOST_DRAWS => return Err(OUT_OF_RANGE),
                (_, true) => wanted.count,
                (live, false) => wanted.count.min(live),
            };
            wanted.reply(out, count);
            let take = |field: Field<'_>| wanted.reply_field(out, field);
            if wanted.again {
                hash.draw(count, now, &mut rng, take);
            } else {
                hash.sample(count, now, &mut rng, take);
            }
        }
    }
    ctx.session.rng = rng;
    Ok(Effect::None)
}
