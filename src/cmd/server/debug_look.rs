//! DEBUG LISTPACK, HTSTATS, HTSTATS-KEY, STRINGMATCH-LEN and QUICKLIST-PACKED-THRESHOLD: how values and tables are made.

use std::fmt::Write;

use crate::base::glob::glob_match;
use crate::base::num;
use crate::cmd::ctx::Ctx;
use crate::cmd::effect::copied;
use crate::cmd::error::CmdError;
use crate::cmd::generic::scan::is_live;
use crate::keyspace::raw::{Entry, ValueRef};
use crate::reply::sink::ReplySink;
use crate::types::object::Object;

/// The size from which Redis lets an element of a list stand alone, if nobody says otherwise.
const PACKED_THRESHOLD: u64 = 1 << 30;
/// The largest such size that Redis takes.
const MOST_PACKED: u64 = (4 << 30) - (1 << 20);
/// How many elements DEBUG LISTPACK shows.
const SHOWN: usize = 1000;
/// The longest text of DEBUG STRINGMATCH-LEN.
const TEXT_BYTES: usize = 1 << 20;
/// The most steps of DEBUG STRINGMATCH-LEN: text times pattern.
const MATCH_STEPS: usize = 1 << 28;

/// Looks at a key, whether its time has come or not; that counts as no use of it.
pub(super) fn look<T>(ctx: &Ctx<'_>, key: &[u8], at: impl FnOnce(&Entry) -> T) -> Option<T> {
    let space = ctx.host.space();
    let hash = space.hasher.hash(key);
    let shard = ctx.view().look(space.hasher.shard(hash));
    shard.tables[ctx.db()].get::<false>(hash, key, &space.hasher).map(at)
}

/// Looks at a key, unless its time has come: then it is removed.
fn look_at_live<T>(ctx: &mut Ctx<'_>, key: &[u8], at: impl FnOnce(&Entry) -> T) -> Result<T, CmdError> {
    let now = ctx.now();
    match look(ctx, key, |entry| is_live(entry, now).then(|| at(entry))) {
        Some(Some(seen)) => Ok(seen),
        Some(None) => {
            ctx.met_expired(copied(key));
            Err(CmdError::NoSuchKey)
        }
        None => Err(CmdError::NoSuchKey),
    }
}

/// DEBUG LISTPACK: hands the elements of a small value to the log.
pub(super) fn listpack(ctx: &mut Ctx<'_>, key: &[u8], out: &mut dyn ReplySink) -> Result<(), CmdError> {
    let described = look_at_live(ctx, key, |entry| match entry.value() {
        ValueRef::Object(object) if object.encoding() == "listpack" => Some(describe(object)),
        _ => None,
    })?;
    let lines = described.ok_or(CmdError::Text("ERR Not a listpack encoded object."))?;
    lines.iter().for_each(|line| ctx.host.log(line));
    // A library has no stdout; the words are Redis's.
    out.status("Listpack structure printed on stdout");
    Ok(())
}

fn describe(object: &Object) -> Vec<String> {
    let mut lines = vec![format!("listpack: {} elements, {} bytes", object.len(), object.heap_bytes())];
    let mut line = |n: usize, name: &[u8], value: &[u8]| {
        lines.push(format!("{n}: \"{}\" \"{}\"", name.escape_ascii(), value.escape_ascii()));
    };
    match object {
        Object::Hash(hash) => {
            for (n, field) in hash.iter().take(SHOWN).enumerate() {
                line(n, &field.name.to_vec(), &field.value.to_vec());
            }
        }
        Object::Zset(zset) => {
            for (n, element) in zset.iter(false).take(SHOWN).enumerate() {
                let mut score = Vec::new();
                num::push_f64(&mut score, element.score);
                line(n, &element.member.to_vec(), &score);
            }
        }
        Object::List(_) | Object::Set(_) | Object::Stream(_) => {}
    }
    lines
}

/// DEBUG HTSTATS: the tables of a database; with `full`, how its keys spread over the locks.
pub(super) fn tables(
    ctx: &Ctx<'_>,
    db: &[u8],
    rest: &[&[u8]],
    out: &mut dyn ReplySink,
) -> Result<(), CmdError> {
    let db = num::parse_i64(db).ok_or(CmdError::NotInteger)?;
    let space = ctx.host.space();
    let db = usize::try_from(db).ok().filter(|db| *db < space.databases());
    let db = db.ok_or(CmdError::Text("ERR Out of range database"))?;
    let (keys, volatile) = ctx.view().count(db);
    let mut text = format!(
        "[Dictionary HT]\n number of elements: {keys}\n bytes of the tables: {}\n[Expires HT]\n number of elements: \
         {volatile}\n",
        ctx.view().overhead(db)
    );
    if is_full(rest) {
        text.push_str("[Shards]\n number of elements:");
        for shard in 0..space.shards() {
            let _ = write!(text, " {}", ctx.view().look(shard).tables[db].len());
        }
        text.push('\n');
    }
    out.verbatim(b"txt", text.as_bytes());
    Ok(())
}

/// DEBUG HTSTATS-KEY: the table of a large set, hash or sorted set.
pub(super) fn table_of(ctx: &mut Ctx<'_>, key: &[u8], out: &mut dyn ReplySink) -> Result<(), CmdError> {
    let text = look_at_live(ctx, key, |entry| match entry.value() {
        ValueRef::Object(object) if matches!(object.encoding(), "hashtable" | "skiplist") => Some(format!(
            " number of elements: {}\n bytes of the value: {}\n",
            object.len(),
            object.heap_bytes()
        )),
        _ => None,
    })?;
    let text = text.ok_or(CmdError::Text(
        "ERR The value stored at the specified key is not represented using an hash table",
    ))?;
    out.verbatim(b"txt", text.as_bytes());
    Ok(())
}

/// Whether the word behind the name or number asks for all.
fn is_full(rest: &[&[u8]]) -> bool {
    rest.first().is_some_and(|word| word.eq_ignore_ascii_case(b"full"))
}

/// DEBUG STRINGMATCH-LEN: whether a text of so many `a` matches a pattern.
pub(super) fn match_len(len: &[u8], pattern: &[u8], out: &mut dyn ReplySink) -> Result<(), CmdError> {
    let len = num::parse_i64(len).ok_or(CmdError::NotInteger)?;
    let len = usize::try_from(len)
        .ok()
        .filter(|len| *len <= TEXT_BYTES && len.saturating_mul(pattern.len()) <= MATCH_STEPS);
    let len = len.ok_or(CmdError::Text("ERR value is out of range"))?;
    out.int(i64::from(glob_match(pattern, &vec![b'a'; len], false)));
    Ok(())
}

/// DEBUG QUICKLIST-PACKED-THRESHOLD: from which size on new elements of lists stand alone; 0 is the default.
pub(super) fn packed_threshold(ctx: &Ctx<'_>, size: &[u8], out: &mut dyn ReplySink) -> Result<(), CmdError> {
    let size = num::parse_memory(size).filter(|size| *size <= MOST_PACKED);
    let size =
        size.ok_or(CmdError::Text("ERR argument must be a memory value bigger than 1 and smaller than 4gb"))?;
    let size = if size == 0 { PACKED_THRESHOLD } else { size };
    ctx.limits().set_list_packed_threshold(usize::try_from(size).unwrap_or(usize::MAX));
    out.status("OK");
    Ok(())
}
