//! KEYS, SCAN, RANDOMKEY: walk a logical database. Keys whose time has come are passed over; SCAN and RANDOMKEY remove those
//! they meet.

use std::cell::RefCell;
use std::collections::BTreeSet;

use crate::base::glob::key_match;
use crate::cmd::args::Args;
use crate::cmd::ctx::Ctx;
use crate::cmd::effect::{CmdResult, Effect, copied};
use crate::cmd::spec::{CommandSpec, Group, Plan, READONLY};
use crate::cmd::walk::{Walk, put_cursor};
use crate::keyspace::due;
use crate::keyspace::raw::Entry;
use crate::reply::sink::ReplySink;

/// Rows of the command table.
pub(super) const SPECS: &[CommandSpec] = &[
    CommandSpec::new("keys", keys)
        .arity(2)
        .flags(READONLY)
        .plan(Plan::AllRead)
        .group(Group::Generic)
        .acl(&["@dangerous"])
        .tips(&["request_policy:all_shards", "nondeterministic_output_order"])
        .since("1.0.0")
        .summary(
            "Returns every key that matches a pattern, as of one moment.",
            "O(N) with N being the number of keys in the database",
        )
        .syntax("pattern"),
    CommandSpec::new("scan", scan)
        .arity_at_least(2)
        .flags(READONLY)
        .plan(Plan::None)
        .group(Group::Generic)
        .tips(&["nondeterministic_output", "request_policy:special"])
        .since("2.8.0")
        .summary("Walks the keys a few at a time.", "O(1) for every call, O(N) for a walk over all N keys")
        .syntax("cursor [MATCH pattern] [COUNT count] [TYPE type]@6.0.0")
        .history(&[("6.0.0", "Added the `TYPE` subcommand.")]),
    CommandSpec::new("randomkey", randomkey)
        .arity(1)
        .flags(READONLY)
        .plan(Plan::None)
        .group(Group::Generic)
        .tips(&["request_policy:all_shards", "nondeterministic_output"])
        .since("1.0.0")
        .summary("Returns one key by chance.", "O(1)"),
];

/// So many expired keys RANDOMKEY removes; the others are left to the background thread.
const MET_AT_MOST: usize = 1000;

/// Keys on their way to a reply, in one buffer: their number is not known before the walk is over.
#[derive(Default)]
struct KeyList {
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl KeyList {
    fn push(&mut self, key: &[u8]) {
        self.bytes.extend_from_slice(key);
        self.ends.push(self.bytes.len());
    }

    fn reply(&self, out: &mut dyn ReplySink) {
        out.array(self.ends.len());
        let mut start = 0;
        for &end in &self.ends {
            out.bulk(&self.bytes[start..end]);
            start = end;
        }
    }
}

fn keys(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let pattern = args.next();
    args.finish()?;
    let mut found = KeyList::default();
    ctx.for_each(&mut |entry| {
        if key_match(pattern, entry.key()) {
            found.push(entry.key());
        }
    });
    found.reply(out);
    Ok(Effect::None)
}

fn scan(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let cursor = Walk::cursor(args.next())?;
    let mut kind: Option<&[u8]> = None;
    let walk = Walk::parse(&mut args, |args| {
        let found = args.left() > 1 && args.eat("TYPE");
        if found {
            kind = Some(args.next());
        }
        found
    })?;
    let is_kind =
        |entry: &Entry| kind.is_none_or(|kind| kind.eq_ignore_ascii_case(super::type_name(entry).as_bytes()));
    let (db, now) = (ctx.db(), ctx.now());
    let (mut found, mut expired) = (KeyList::default(), Vec::new());
    let next = ctx.view().scan(db, cursor, walk.count, &mut |entry| {
        if !walk.takes(entry.key()) {
        } else if !is_live(entry, now) {
            expired.push(copied(entry.key()));
        } else if is_kind(entry) {
            found.push(entry.key());
        }
    });
    expired.into_iter().for_each(|key| ctx.met_expired(key));
    put_cursor(out, next);
    found.reply(out);
    Ok(Effect::None)
}

fn randomkey(ctx: &mut Ctx<'_>, args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    args.finish()?;
    let (db, now) = (ctx.db(), ctx.now());
    let mut rng = crate::base::rng::Rng::new(ctx.session.rng.next_u64());
    let expired = RefCell::new(BTreeSet::new());
    let found = ctx.view().random_key(db, &mut rng, &|entry| {
        let live = is_live(entry, now);
        if !live && expired.borrow().len() < MET_AT_MOST {
            expired.borrow_mut().insert(copied(entry.key()));
        }
        live
    });
    expired.into_inner().into_iter().for_each(|key| ctx.met_expired(key));
    match found {
        Some(key) => out.bulk(&key),
        None => out.null(),
    }
    Ok(Effect::None)
}

/// Whether the time of an entry has not come.
pub(crate) fn is_live(entry: &Entry, now: i64) -> bool {
    entry.expire_at().is_none_or(|at| !due(at, now))
}
