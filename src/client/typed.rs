//! Typed calls: the hot commands without a command table and without a reply tree. Words are borrowed all the way
//! into the journal. `values.rs` has those of hashes, lists, sets and sorted sets. Each calls the function
//! that its command's handler calls and has no logic of its own.

use super::{Client, KEEP};
use crate::base::error::{Error, ErrorKind, Result};
use crate::base::num;
use crate::cmd::ctx::Ctx;
use crate::cmd::effect::Effect;
use crate::cmd::error::CmdError;
use crate::cmd::session::{Session, TYPED};
use crate::cmd::{generic, string};
use crate::engine::Engine;
use crate::keyspace::raw::{INLINE_MAX, StrRef};
use crate::pubsub::hub::Space;
use crate::reply::sink::Block;
use crate::reply::tree::PIN_FROM;

/// Where a client keeps the values of the last [`Client::mget`].
#[derive(Default)]
pub(super) struct Many {
    bytes: Vec<u8>,
    spans: Vec<Span>,
}

enum Span {
    Absent,
    Copied { at: usize, len: usize },
    Pinned(Block),
}

/// A typed call's place in [`TYPED`], for CLIENT LIST.
pub(super) const fn index(name: &str) -> u8 {
    let mut i = 0;
    while i < TYPED.len() {
        let (a, b) = (TYPED[i].as_bytes(), name.as_bytes());
        let mut same = a.len() == b.len();
        let mut j = 0;
        while same && j < a.len() {
            same = a[j] == b[j];
            j += 1;
        }
        if same {
            #[expect(clippy::cast_possible_truncation, reason = "some dozen calls")]
            return i as u8 + 1;
        }
        i += 1;
    }
    panic!("not a typed call")
}

fn failure(error: &CmdError) -> Error {
    let text = String::from_utf8_lossy(&error.text()).into_owned();
    let kind = match error {
        CmdError::NoMemory => ErrorKind::NoMemory,
        CmdError::Text(text) if text.starts_with("OOM ") => ErrorKind::NoMemory,
        CmdError::Interrupted => ErrorKind::Interrupted,
        _ => ErrorKind::Command,
    };
    Error::new(kind, text)
}

/// What a typed call needs before its locks.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    Read,
    Write,
    /// Write, and refused when memory is full.
    Grow,
}

/// What a typed call passes before its lock, after [`Client::begin`]. `words` are the arguments.
#[inline(always)]
fn admit(engine: &Engine, session: &Session, name: u8, access: Access, words: &[&[u8]]) -> Result<()> {
    // Lengths are looked at only where one may be too long: `proto-max-bulk-len` is never below that.
    super::room_for(engine, words, 2)?;
    engine.stand_still(session, access != Access::Read)?;
    engine.count_call(session, name);
    if access != Access::Read {
        engine.may_write()?;
        engine.may_change()?;
        if access == Access::Grow {
            engine.admit()?;
        }
    }
    Ok(())
}

/// The long way of a typed call: what every command goes through, without a table and without a reply. `words` are
/// the arguments, the key first; `call` is the whole command where the effect can be that call itself.
#[inline]
pub(super) fn run<R, const N: usize>(
    engine: &Engine,
    session: &mut Session,
    name: u8,
    access: Access,
    words: [&[u8]; N],
    call: Option<&[&[u8]]>,
    apply: impl FnOnce(&mut Ctx<'_>) -> std::result::Result<(R, Effect), CmdError>,
) -> Result<R> {
    admit(engine, session, name, access, &words)?;
    under_lock(engine, session, access, words[0], call, apply)
}

fn under_lock<R>(
    engine: &Engine,
    session: &mut Session,
    access: Access,
    key: &[u8],
    call: Option<&[&[u8]]>,
    apply: impl FnOnce(&mut Ctx<'_>) -> std::result::Result<(R, Effect), CmdError>,
) -> Result<R> {
    let view = engine.lock_key(key, access != Access::Read);
    if access == Access::Read && session.tracking.is_some() {
        engine.remember_keys(session, &[key]);
    }
    let ctx = Ctx::new(view, session, engine);
    match engine.with(ctx, call, apply) {
        Ok((value, lsn)) => {
            engine.commit(lsn)?;
            Ok(value)
        }
        Err((error, lsn)) => {
            engine.commit(lsn)?;
            Err(refused(engine, &error))
        }
    }
}

#[cold]
fn refused(engine: &Engine, error: &CmdError) -> Error {
    engine.refused(failure(error))
}

impl Client {
    /// PUBLISH: sends a message to all who listen to a channel; answers how many do.
    pub fn publish(&mut self, channel: impl AsRef<[u8]>, message: impl AsRef<[u8]>) -> Result<i64> {
        self.begin_typed()?;
        let (channel, message) = (channel.as_ref(), message.as_ref());
        // CLIENT PAUSE WRITE holds it up, too.
        self.engine.stand_still(&self.session, true)?;
        admit(&self.engine, &self.session, const { index("publish") }, Access::Read, &[channel, message])?;
        let heard = self.engine.hub.publish(Space::Channels, channel, message);
        Ok(i64::try_from(heard).unwrap_or(i64::MAX))
    }

    #[inline]
    pub(super) fn typed<R, const N: usize>(
        &mut self,
        name: u8,
        access: Access,
        words: [&[u8]; N],
        apply: impl FnOnce(&mut Ctx<'_>) -> std::result::Result<(R, Effect), CmdError>,
    ) -> Result<R> {
        self.begin_typed()?;
        run(&self.engine, &mut self.session, name, access, words, None, apply)
    }

    /// GET: the value, borrowed until the next call; `None` if the key is absent.
    pub fn get(&mut self, key: &[u8]) -> Result<Option<&[u8]>> {
        self.get_for::<false>(key)
    }

    /// [`Client::get`], expanded in its caller; `C` is the C function.
    #[inline(always)]
    pub(crate) fn get_for<const C: bool>(&mut self, key: &[u8]) -> Result<Option<&[u8]>> {
        self.begin_typed()?;
        let Self { engine, session, value, pin, held, .. } = self;
        admit(engine, session, const { index("get") }, Access::Read, &[key])?;
        match engine.get_hot::<C>(session, key, |v| keep(v, value, pin, held)) {
            Ok(true) => Ok(Some(self.kept())),
            Ok(false) => Ok(None),
            Err(error) => Err(refused(engine, &error)),
        }
    }

    #[inline(always)]
    pub(super) fn kept(&self) -> &[u8] {
        if let Some(block) = &self.pin {
            return block;
        }
        // What was copied ends with a NUL of ours.
        self.value.split_last().map_or(&[], |(_, copied)| copied)
    }

    /// GETDEL: removes the key and gives its value, borrowed until the next call.
    pub fn getdel(&mut self, key: &[u8]) -> Result<Option<&[u8]>> {
        self.begin_typed()?;
        let Self { engine, session, value, pin, held, .. } = self;
        let call = [b"DEL", key];
        let found =
            run(engine, session, const { index("getdel") }, Access::Write, [key], Some(&call), |ctx| {
                string::getex::getdel(ctx, key, &mut |v| keep(v, value, pin, held))
            })?;
        Ok(found.then(|| self.kept()))
    }

    /// SET: stores a value, whatever was there, and removes an expiry.
    pub fn set(&mut self, key: &[u8], value: &[u8]) -> Result<()> {
        self.set_for::<false>(key, value)
    }

    /// [`Client::set`], expanded in its caller; `C` is the C function.
    #[inline(always)]
    pub(crate) fn set_for<const C: bool>(&mut self, key: &[u8], value: &[u8]) -> Result<()> {
        self.begin_typed()?;
        let Self { engine, session, .. } = self;
        admit(engine, session, const { index("set") }, Access::Grow, &[key, value])?;
        let call: [&[u8]; 3] = [b"SET", key, value];
        if value.len() <= INLINE_MAX
            && let Ok(new) = string::encode(value)
            && let Some(lsn) = engine.set_hot::<C>(session, key, &new, &call)
        {
            return engine.commit(lsn);
        }
        under_lock(engine, session, Access::Grow, key, Some(&call), |ctx| {
            Ok(((), string::set::store(ctx, key, value, None)?))
        })
    }

    /// SET with PX: stores a value that expires after `ttl_ms` milliseconds.
    pub fn set_px(&mut self, key: &[u8], value: &[u8], ttl_ms: i64) -> Result<()> {
        self.begin_typed()?;
        let Self { engine, session, .. } = self;
        let at = string::set::deadline(engine.clock.now_ms(), ttl_ms);
        let mut digits = [0; 20];
        let call = [b"SET", key, value, b"PXAT", num::write_i64(&mut digits, at.unwrap_or(0))];
        run(engine, session, const { index("psetex") }, Access::Grow, [key, value], Some(&call), |ctx| {
            let at = at.ok_or(CmdError::InvalidExpire("set"))?;
            Ok(((), string::set::store(ctx, key, value, Some(at))?))
        })
    }

    /// DEL of one key: whether it was there.
    pub fn del(&mut self, key: &[u8]) -> Result<bool> {
        let call = [b"DEL", key];
        self.begin_typed()?;
        let Self { engine, session, .. } = self;
        run(engine, session, const { index("del") }, Access::Write, [key], Some(&call), |ctx| {
            let (removed, effect) = generic::del::delete_one(ctx, key);
            Ok((removed > 0, effect))
        })
    }

    /// EXISTS of one key.
    pub fn exists(&mut self, key: &[u8]) -> Result<bool> {
        self.typed(const { index("exists") }, Access::Read, [key], |ctx| {
            Ok((generic::exists::exists_one(ctx, key) > 0, Effect::None))
        })
    }

    /// INCRBY: the value after adding `by`.
    pub fn incr_by(&mut self, key: &[u8], by: i64) -> Result<i64> {
        self.begin_typed()?;
        let Self { engine, session, .. } = self;
        let mut digits = [0; 20];
        let call = [b"INCRBY", key, num::write_i64(&mut digits, by)];
        run(engine, session, const { index("incrby") }, Access::Grow, [key], Some(&call), |ctx| {
            string::counter::incr_by(ctx, key, by)
        })
    }

    /// PEXPIRE: whether the expiry was set, which needs the key.
    pub fn pexpire(&mut self, key: &[u8], ttl_ms: i64) -> Result<bool> {
        self.typed(const { index("pexpire") }, Access::Write, [key], |ctx| {
            let (set, effect) = generic::expire::pexpire(ctx, key, ttl_ms)?;
            Ok((set > 0, effect))
        })
    }

    /// PTTL: milliseconds to live, -1 without an expiry, -2 without a key.
    pub fn pttl(&mut self, key: &[u8]) -> Result<i64> {
        self.typed(const { index("pttl") }, Access::Read, [key], |ctx| {
            Ok((generic::ttl::pttl(ctx, key), Effect::None))
        })
    }

    /// APPEND: the length after appending.
    pub fn append(&mut self, key: &[u8], tail: &[u8]) -> Result<i64> {
        self.begin_typed()?;
        let Self { engine, session, .. } = self;
        let call = [b"APPEND", key, tail];
        run(engine, session, const { index("append") }, Access::Grow, [key, tail], Some(&call), |ctx| {
            string::edit::append(ctx, key, tail)
        })
    }

    /// STRLEN: the length of the value, 0 without a key.
    pub fn strlen(&mut self, key: &[u8]) -> Result<i64> {
        self.typed(const { index("strlen") }, Access::Read, [key], |ctx| {
            Ok((string::get::len(ctx, key)?, Effect::None))
        })
    }

    /// MGET: the values of all keys as of one moment, borrowed until the next call; `take` gets each in order.
    pub fn mget<'c>(
        &'c mut self,
        keys: &[&[u8]],
        mut take: impl FnMut(usize, Option<&'c [u8]>),
    ) -> Result<()> {
        self.begin_typed()?;
        let engine = &*self.engine;
        engine.check_lengths(keys)?;
        engine.stand_still(&self.session, false)?;
        engine.count_call(&self.session, const { index("mget") });
        self.many.bytes.clear();
        self.many.spans.clear();
        let many = &mut self.many;
        let view = engine.lock_keys(keys);
        if self.session.tracking.is_some() {
            engine.remember_keys(&mut self.session, keys);
        }
        let ctx = Ctx::new(view, &mut self.session, engine);
        let done = engine.with(ctx, None, |ctx| {
            many.spans.try_reserve(keys.len()).map_err(|_| CmdError::NoMemory)?;
            ctx.find_strs(keys, |value| {
                let span = value.map_or(Ok(Span::Absent), |value| many.keep(value))?;
                many.spans.push(span);
                Ok(())
            })?;
            Ok(((), Effect::None))
        });
        self.held = self.many.is_heavy();
        done.map_err(|(error, _)| failure(&error))?;
        for (i, span) in self.many.spans.iter().enumerate() {
            take(
                i,
                match span {
                    Span::Absent => None,
                    Span::Copied { at, len } => self.many.bytes.get(*at..at + len),
                    Span::Pinned(block) => Some(block),
                },
            );
        }
        Ok(())
    }
}

impl Many {
    /// Whether it holds values of the database, or has grown large.
    pub(super) fn is_heavy(&self) -> bool {
        let room = self.bytes.capacity() + self.spans.capacity() * size_of::<Span>();
        room > KEEP || self.spans.iter().any(|span| matches!(span, Span::Pinned(_)))
    }

    #[cfg(test)]
    pub(super) fn pinned(&self) -> Option<&Block> {
        self.spans.iter().find_map(|span| if let Span::Pinned(block) = span { Some(block) } else { None })
    }

    /// Gives back what makes it heavy.
    pub(super) fn release(&mut self) {
        self.spans.clear();
        if self.bytes.capacity() + self.spans.capacity() * size_of::<Span>() > KEEP {
            *self = Self::default();
        }
    }

    fn keep(&mut self, value: StrRef<'_>) -> std::result::Result<Span, CmdError> {
        if let StrRef::Block(block) = value
            && block.len() >= PIN_FROM
        {
            return Ok(Span::Pinned(Block::clone(block)));
        }
        let at = self.bytes.len();
        string::with_bytes(value, |bytes| {
            self.bytes.try_reserve(bytes.len() + 1).map_err(|_| CmdError::NoMemory)?;
            self.bytes.extend_from_slice(bytes);
            Ok::<(), CmdError>(())
        })?;
        // A NUL behind each value, as behind all text that C sees.
        self.bytes.push(0);
        Ok(Span::Copied { at, len: self.bytes.len() - at - 1 })
    }
}

/// Keeps a value beyond its lock: a long one by reference, any other as a copy with a NUL behind it.
#[inline(always)]
pub(super) fn keep(value: StrRef<'_>, copy: &mut Vec<u8>, pin: &mut Option<Block>, held: &mut bool) {
    match value {
        StrRef::Bytes(bytes) => {
            copy.clear();
            copy.extend_from_slice(bytes);
            copy.push(0);
        }
        other => keep_other(other, copy, pin, held),
    }
}

#[inline(never)]
fn keep_other(value: StrRef<'_>, copy: &mut Vec<u8>, pin: &mut Option<Block>, held: &mut bool) {
    copy.clear();
    match value {
        StrRef::Block(block) if block.len() >= PIN_FROM => {
            *pin = Some(Block::clone(block));
            *held = true;
        }
        other => string::with_bytes(other, |bytes| copy.extend_from_slice(bytes)),
    }
    copy.push(0);
}
