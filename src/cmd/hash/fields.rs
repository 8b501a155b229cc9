//! What the commands on the expiry of fields share: `FIELDS numfields field ...`, and times.

use crate::base::num;
use crate::cmd::args::Args;
use crate::cmd::ctx::{Ctx, kind_of};
use crate::cmd::effect::{Command, copied};
use crate::cmd::error::CmdError;
use crate::cmd::event::Class;
use crate::types::hash::Hash;

/// The last millisecond that a field can expire at: Redis has 46 bits for it.
const LAST_MS: i64 = (1 << 46) - 1;

/// What most say to a number of fields that is none.
pub(super) const NOT_POSITIVE: CmdError = CmdError::Text("ERR Number of fields must be a positive integer");
const NO_FIELDS: CmdError =
    CmdError::Text("ERR Mandatory argument FIELDS is missing or not at the right position");
const NO_MATCH: CmdError = CmdError::Text("ERR The `numfields` parameter must match the number of arguments");

/// These commands say that a key has another type before they look at anything else.
pub(super) fn check_type(ctx: &mut Ctx<'_>, key: &[u8]) -> Result<(), CmdError> {
    ctx.look(key, false).map_or(Ok(()), |entry| kind_of::<Hash>(entry).map(|_| ()))
}

/// Parses `FIELDS numfields field ...`, with which a call ends.
pub(super) fn parse<'a>(args: &mut Args<'a>, bad_number: CmdError) -> Result<&'a [&'a [u8]], CmdError> {
    if !args.eat("FIELDS") {
        return Err(NO_FIELDS);
    }
    let number = num::parse_i64(args.next()).filter(|&n| n > 0).ok_or(bad_number)?;
    let fields = args.rest();
    if usize::try_from(number) != Ok(fields.len()) {
        return Err(NO_MATCH);
    }
    Ok(fields)
}

/// The ways to write a time.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Form {
    /// From now on, instead of since 1970.
    pub(super) relative: bool,
    /// Milliseconds of its unit.
    pub(super) scale: i64,
}

impl Form {
    /// Seconds from now on.
    pub(super) const EX: Self = Self { relative: true, scale: 1000 };
    /// Milliseconds from now on.
    pub(super) const PX: Self = Self { relative: true, scale: 1 };
    /// Seconds since 1970.
    pub(super) const EXAT: Self = Self { relative: false, scale: 1000 };
    /// Milliseconds since 1970.
    pub(super) const PXAT: Self = Self { relative: false, scale: 1 };

    /// Takes the option that names a form.
    pub(super) fn eat(args: &mut Args<'_>) -> Option<Self> {
        let forms = [("EX", Self::EX), ("PX", Self::PX), ("EXAT", Self::EXAT), ("PXAT", Self::PXAT)];
        forms.into_iter().find(|(name, _)| args.eat(name)).map(|(_, form)| form)
    }

    /// Reads a time; `name` is the command's.
    pub(super) fn read(self, ctx: &mut Ctx<'_>, text: &[u8], name: &'static str) -> Result<Time, CmdError> {
        let time = num::parse_i64(text).ok_or(CmdError::NotInteger)?;
        if time < 0 {
            return Err(CmdError::Text("ERR invalid expire time, must be >= 0"));
        }
        let base = if self.relative { ctx.now() } else { 0 };
        let at = time.checked_mul(self.scale).and_then(|ms| ms.checked_add(base));
        let at = at.filter(|&at| at <= LAST_MS).ok_or(CmdError::InvalidExpire(name))?;
        // While the append-only file is replayed, what has passed since is not removed: what comes next may set it
        // anew. And 0 would mean that there is none.
        let past = !ctx.session.replaying && at <= ctx.now();
        Ok(Time { at: at.max(1), past })
    }
}

/// When a field is to expire.
#[derive(Clone, Copy)]
pub(super) struct Time {
    /// Unix milliseconds.
    pub(super) at: i64,
    /// It has come already: the field goes at once.
    pub(super) past: bool,
}

/// Tells of an expiry that fields got, or that they are gone because it has come.
pub(super) fn expiry_event(ctx: &mut Ctx<'_>, key: &[u8], time: Time) {
    if time.past {
        ctx.event_of_removal(Class::HASH, "hdel", key);
    } else {
        ctx.event(Class::HASH, "hexpire", key);
    }
}

/// `head FIELDS numfields field ...`, for the journal.
pub(super) fn command(head: &[&[u8]], fields: &[&[u8]]) -> Command {
    let mut count = Vec::new();
    num::push_u64(&mut count, fields.len() as u64);
    let head = head.iter().copied().chain([&b"FIELDS"[..], &count]);
    head.chain(fields.iter().copied()).map(copied).collect()
}

/// `HDEL key field ...`, for the journal.
pub(super) fn hdel_command(key: &[u8], fields: &[&[u8]]) -> Command {
    [&b"HDEL"[..], key].into_iter().chain(fields.iter().copied()).map(copied).collect()
}

/// `HPEXPIREAT key at FIELDS numfields field ...`, or for a time that has come the HDEL of the fields.
pub(super) fn expire_command(key: &[u8], time: Time, fields: &[&[u8]]) -> Command {
    if time.past {
        return hdel_command(key, fields);
    }
    command(&[b"HPEXPIREAT", key, num::write_i64(&mut [0; 20], time.at)], fields)
}
