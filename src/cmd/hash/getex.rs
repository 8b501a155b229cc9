//! HGETEX, HGETDEL: read fields and change their expiry, or remove them.

use super::fields::{self, Form, Time};
use super::{change, reply_option};
use crate::cmd::args::Args;
use crate::cmd::ctx::Ctx;
use crate::cmd::effect::{CmdResult, Effect};
use crate::cmd::error::CmdError;
use crate::cmd::event::Class;
use crate::cmd::spec::{ACCESS, CommandSpec, DELETE, FAST, Group, KeySpec, RW, UPDATE, WRITE};
use crate::reply::sink::ReplySink;
use crate::types::hash::{Hash, NOTHING_EXPIRES};

const FIELDS: &str = "O(N) with N being the number of fields that are named";

/// Rows of the command table.
pub(super) const SPECS: &[CommandSpec] = &[
    CommandSpec::new("hgetex", hgetex)
        .arity_at_least(5)
        .flags(WRITE | FAST)
        .keys(&[KeySpec::one(1, RW | ACCESS | UPDATE).notes("RW and UPDATE because it changes the TTL")])
        .group(Group::Hash)
        .since("8.0.0")
        .summary("Returns the values of fields and sets or removes their expiry.", FIELDS)
        .syntax(
            "key [expiration: EX seconds | PX milliseconds | EXAT unix-time-seconds | \
             PXAT unix-time-milliseconds | PERSIST] FIELDS (fields: numfields:integer field ...)",
        ),
    CommandSpec::new("hgetdel", hgetdel)
        .arity_at_least(5)
        .flags(WRITE | FAST)
        .keys(&[KeySpec::one(1, RW | ACCESS | DELETE)])
        .group(Group::Hash)
        .since("8.0.0")
        .summary("Returns the values of fields and removes them.", FIELDS)
        .syntax("key FIELDS (fields: numfields:integer field ...)"),
];

/// What HGETEX does to the expiry.
#[derive(Clone, Copy)]
enum Change {
    Leave,
    Persist,
    At(Time),
}

impl Change {
    fn parse(ctx: &mut Ctx<'_>, args: &mut Args<'_>) -> Result<Self, CmdError> {
        if args.eat("PERSIST") {
            return Ok(Self::Persist);
        }
        let Some(form) = Form::eat(args) else { return Ok(Self::Leave) };
        Ok(Self::At(form.read(ctx, args.next(), "hgetex")?))
    }

    /// Changes the expiry of a field that is there; whether anything happened.
    fn apply(self, hash: &mut Hash, field: &[u8], current: Option<i64>) -> bool {
        match self {
            Self::Leave => false,
            Self::Persist => current.is_some() && hash.set_expiry(field, None),
            Self::At(time) if time.past => hash.remove(field),
            Self::At(time) => hash.set_expiry(field, Some(time.at)),
        }
    }
}

fn hgetex(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let key = args.next();
    fields::check_type(ctx, key)?;
    let to = Change::parse(ctx, &mut args)?;
    if args.left() < 2 {
        return Err(CmdError::Arity("hgetex".to_owned()));
    }
    let fields = fields::parse(&mut args, fields::NOT_POSITIVE)?;
    let changed = each(
        ctx,
        key,
        fields,
        out,
        |hash, field, expiry| to.apply(hash, field, expiry),
        |hash| {
            if !matches!(to, Change::Leave) {
                hash.keep_expiries();
            }
        },
    )?;
    match to {
        _ if changed.is_empty() => {}
        Change::At(time) => fields::expiry_event(ctx, key, time),
        _ => ctx.event(Class::HASH, "hpersist", key),
    }
    let count = changed.len() as u64;
    Ok(match to {
        _ if changed.is_empty() => Effect::None,
        Change::At(time) => ctx.rewritten_as(count, || vec![fields::expire_command(key, time, &changed)]),
        _ => ctx.rewritten_as(count, || vec![fields::command(&[b"HPERSIST", key], &changed)]),
    })
}

fn hgetdel(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let key = args.next();
    fields::check_type(ctx, key)?;
    let fields = fields::parse(&mut args, fields::NOT_POSITIVE)?;
    let removed = each(ctx, key, fields, out, |hash, field, _| hash.remove(field), |_| {})?;
    if !removed.is_empty() {
        ctx.event_of_removal(Class::HASH, "hdel", key);
    }
    Ok(match removed.len() {
        0 => Effect::None,
        n => ctx.rewritten_as(n as u64, || vec![fields::hdel_command(key, &removed)]),
    })
}

/// Answers the values of fields, and lets `apply` change each of those that are there; those that it did change.
fn each<'a>(
    ctx: &mut Ctx<'_>,
    key: &[u8],
    fields: &'a [&'a [u8]],
    out: &mut dyn ReplySink,
    apply: impl Fn(&mut Hash, &[u8], Option<i64>) -> bool,
    prepare: impl Fn(&mut Hash),
) -> Result<Vec<&'a [u8]>, CmdError> {
    let changed = change(ctx, key, fields.iter().copied(), |hash| {
        prepare(hash);
        out.array(fields.len());
        let mut changed = Vec::new();
        for &field in fields {
            let found = hash.get(field, NOTHING_EXPIRES);
            reply_option(out, found.map(|found| found.value));
            if let Some(expiry) = found.map(|found| found.expiry)
                && apply(hash, field, expiry)
            {
                changed.push(field);
            }
        }
        changed
    })?;
    Ok(changed.unwrap_or_else(|| {
        out.array(fields.len());
        fields.iter().for_each(|_| out.null());
        Vec::new()
    }))
}
