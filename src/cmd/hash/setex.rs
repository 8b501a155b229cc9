//! HSETEX: set values with an expiry.

use super::change_or_create;
use super::fields::{self, Form, Time};
use crate::base::num;
use crate::cmd::args::Args;
use crate::cmd::ctx::Ctx;
use crate::cmd::effect::{CmdResult, Effect, copied};
use crate::cmd::error::{CmdError, quotable};
use crate::cmd::event::Class;
use crate::cmd::spec::{CommandSpec, DENYOOM, FAST, Group, KeySpec, RW, UPDATE, WRITE};
use crate::reply::sink::ReplySink;
use crate::types::hash::{Hash, NOTHING_EXPIRES, Ttl};

/// Rows of the command table.
pub(super) const SPECS: &[CommandSpec] = &[CommandSpec::new("hsetex", hsetex)
    .arity_at_least(6)
    .flags(WRITE | DENYOOM | FAST)
    .keys(&[KeySpec::one(1, RW | UPDATE)])
    .group(Group::Hash)
    .since("8.0.0")
    .summary(
        "Sets the values of fields and their expiry.",
        "O(N) with N being the number of fields that are set",
    )
    .syntax(
        "key [condition: FNX | FXX] [expiration: EX seconds | PX milliseconds | EXAT unix-time-seconds | \
         PXAT unix-time-milliseconds | KEEPTTL] FIELDS (fields: numfields:integer (data: field value) ...)",
    )];

/// When fields are set at all.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Condition {
    /// None of them may be there.
    NoneThere,
    /// All of them must be there.
    AllThere,
}

/// What happens to the expiry.
#[derive(Clone, Copy)]
enum Expiration {
    Keep,
    At(Time),
}

struct Options<'a> {
    condition: Option<Condition>,
    expiration: Option<Expiration>,
    pairs: &'a [[&'a [u8]; 2]],
}

impl<'a> Options<'a> {
    /// The first thing that is wrong, in the order of the arguments, is the error.
    fn parse(ctx: &mut Ctx<'_>, args: &mut Args<'a>) -> Result<Self, CmdError> {
        let mut o = Self { condition: None, expiration: None, pairs: &[] };
        while let Some(word) = args.peek() {
            let condition = [("FNX", Condition::NoneThere), ("FXX", Condition::AllThere)]
                .into_iter()
                .find(|(name, _)| args.eat(name));
            if let Some((_, condition)) = condition {
                if o.condition.replace(condition).is_some() {
                    return Err(CmdError::Text("ERR Only one of FXX or FNX arguments can be specified"));
                }
                continue;
            }
            let form = Form::eat(args);
            if form.is_some() || args.eat("KEEPTTL") {
                if o.expiration.is_some() {
                    return Err(CmdError::Text(
                        "ERR Only one of EX, PX, EXAT, PXAT or KEEPTTL arguments can be specified",
                    ));
                }
                o.expiration = Some(match form {
                    Some(form) => Expiration::At(form.read(ctx, args.next(), "hsetex")?),
                    None => Expiration::Keep,
                });
            } else if args.eat("FIELDS") {
                o.pairs = Self::pairs(args)?;
                return Ok(o);
            } else {
                return Err(CmdError::Bytes([b"ERR unknown argument: ", quotable(word)].concat()));
            }
        }
        Err(arity())
    }

    fn pairs(args: &mut Args<'a>) -> Result<&'a [[&'a [u8]; 2]], CmdError> {
        // Less than a number and one pair is wrong whatever the number is.
        if args.left() < 3 {
            return Err(arity());
        }
        let number = num::parse_i64(args.next()).filter(|n| (1..=i64::from(i32::MAX)).contains(n));
        let number = number.ok_or(CmdError::Text("ERR invalid number of fields"))?;
        let (pairs, odd) = args.rest().as_chunks::<2>();
        if !odd.is_empty() || usize::try_from(number) != Ok(pairs.len()) {
            return Err(arity());
        }
        Ok(pairs)
    }

    fn ttl(&self) -> Ttl {
        match self.expiration {
            None => Ttl::Clear,
            Some(Expiration::Keep) => Ttl::Keep,
            Some(Expiration::At(time)) => Ttl::At(time.at),
        }
    }

    fn allows(&self, hash: &Hash) -> bool {
        let mut there = self.pairs.iter().map(|[field, _]| hash.get(field, NOTHING_EXPIRES).is_some());
        match self.condition {
            None => true,
            Some(Condition::NoneThere) => !there.any(|there| there),
            Some(Condition::AllThere) => there.all(|there| there),
        }
    }
}

fn arity() -> CmdError {
    CmdError::Arity("hsetex".to_owned())
}

fn hsetex(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let argv = args.argv();
    let key = args.next();
    let o = Options::parse(ctx, &mut args)?;
    let limits = ctx.limits();
    if o.condition == Some(Condition::AllThere) && !ctx.contains(key) {
        out.int(0);
        return Ok(Effect::None);
    }
    let past = matches!(o.expiration, Some(Expiration::At(time)) if time.past);
    let set = change_or_create(ctx, key, o.pairs.iter().map(|[field, _]| *field), |hash| {
        if !o.allows(hash) {
            return None;
        }
        let mut gone = Vec::new();
        for [field, value] in o.pairs {
            let new = hash.set(field, value, o.ttl(), limits);
            if past {
                hash.remove(field);
                gone.extend((!new).then_some(*field));
            }
        }
        Some(gone)
    })?;
    out.int(i64::from(set.is_some()));
    let Some(gone) = set else { return Ok(Effect::None) };
    ctx.event(Class::HASH, "hset", key);
    if let Some(Expiration::At(time)) = o.expiration {
        fields::expiry_event(ctx, key, time);
    }
    let changes = o.pairs.len() as u64;
    Ok(match o.expiration {
        Some(Expiration::At(_)) if gone.is_empty() && past => ctx.rewritten_as(changes, Vec::new),
        Some(Expiration::At(_)) if past => {
            ctx.rewritten_as(changes, || vec![fields::hdel_command(key, &gone)])
        }
        Some(Expiration::At(time)) => ctx.rewritten_as(changes, || {
            let mut at = Vec::new();
            num::push_i64(&mut at, time.at);
            let head = [&b"HSETEX"[..], key, b"PXAT", &at];
            // From FIELDS on as it was called.
            let tail = &argv[argv.len() - 2 * o.pairs.len() - 2..];
            vec![head.iter().chain(tail).map(|word| copied(word)).collect()]
        }),
        _ => Effect::Changed(changes),
    })
}
