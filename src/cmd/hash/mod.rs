//! Hashes, with fields that may expire: one file an argument grammar.
//!
//! A field whose time has come is absent for every command. Writers remove those that they name and tell
//! ([`change`]), so that the journal has an HDEL before the command's own effect; readers pass over them and the
//! engine removes them afterwards. Only HLEN counts what has not been removed yet, as in Redis.

pub(crate) mod all;
pub(crate) mod counter;
pub(crate) mod del;
pub(crate) mod expire;
pub(crate) mod fields;
pub(crate) mod get;
pub(crate) mod getex;
pub(crate) mod random;
pub(crate) mod scan;
pub(crate) mod set;
pub(crate) mod setex;
pub(crate) mod ttl;

use super::ctx::Ctx;
use super::effect::copied;
use super::error::CmdError;
use super::spec::CommandSpec;
use crate::reply::sink::ReplySink;
use crate::types::hash::{Hash, NOTHING_EXPIRES};
use crate::types::listpack::Item;

/// The rows of this family, one slice a file.
pub(crate) const SPECS: &[&[CommandSpec]] = &[
    set::SPECS,
    get::SPECS,
    all::SPECS,
    del::SPECS,
    counter::SPECS,
    random::SPECS,
    scan::SPECS,
    expire::SPECS,
    ttl::SPECS,
    getex::SPECS,
    setex::SPECS,
];

/// Answers a value, or the name of a field.
fn reply_item(out: &mut dyn ReplySink, item: Item<'_>) {
    item.with_bytes(|bytes| out.bulk(bytes));
}

/// Answers a value that may be absent.
fn reply_option(out: &mut dyn ReplySink, item: Option<Item<'_>>) {
    match item {
        Some(item) => reply_item(out, item),
        None => out.null(),
    }
}

/// Lets `apply` change the hash of a key, in which no field of `names` is one whose time has come. `None` if there
/// is no hash, or nothing else was in it.
fn change<'n, R>(
    ctx: &mut Ctx<'_>,
    key: &[u8],
    names: impl Iterator<Item = &'n [u8]>,
    apply: impl FnOnce(&mut Hash) -> R,
) -> Result<Option<R>, CmdError> {
    let Some((mut hash, now)) = ctx.write_hash(key)? else { return Ok(None) };
    if now == NOTHING_EXPIRES || !hash.is_due(now) {
        return Ok(Some(apply(&mut hash)));
    }
    let gone: Vec<Vec<u8>> = names.filter(|name| hash.remove_gone(name, now)).map(copied).collect();
    // With its last field the key goes, and with it an expiry of its own.
    let done = if hash.is_empty() { None } else { Some(apply(&mut hash)) };
    drop(hash);
    if !gone.is_empty() {
        ctx.fields_expired(key, gone, done.is_none());
    }
    Ok(done)
}

/// [`change`] that makes the hash if there is none. `apply` is called once.
fn change_or_create<'n, R>(
    ctx: &mut Ctx<'_>,
    key: &[u8],
    names: impl Iterator<Item = &'n [u8]>,
    mut apply: impl FnMut(&mut Hash) -> R,
) -> Result<R, CmdError> {
    if let Some(done) = change(ctx, key, names, &mut apply)? {
        return Ok(done);
    }
    let mut hash = ctx.write_or_create(key, Hash::default)?;
    Ok(apply(&mut hash))
}
