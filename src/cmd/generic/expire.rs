//! EXPIRE, PEXPIRE, EXPIREAT, PEXPIREAT, PERSIST: give a key an expire time or take it away.

use crate::base::num;
use crate::cmd::args::Args;
use crate::cmd::ctx::Ctx;
use crate::cmd::effect::{CmdResult, Effect};
use crate::cmd::error::{CmdError, quotable};
use crate::cmd::event::Class;
use crate::cmd::spec::{CommandSpec, FAST, Group, KeySpec, RW, UPDATE, WRITE};
use crate::reply::sink::ReplySink;

const KEY: &[KeySpec] = &[KeySpec::one(1, RW | UPDATE)];
const OPTIONS_ADDED: &[(&str, &str)] = &[("7.0.0", "Added options: `NX`, `XX`, `GT` and `LT`.")];

/// Rows of the command table.
pub(super) const SPECS: &[CommandSpec] = &[
    CommandSpec::new("expire", expire)
        .arity_at_least(3)
        .flags(WRITE | FAST)
        .keys(KEY)
        .group(Group::Generic)
        .since("1.0.0")
        .summary("Lets a key expire after some seconds.", "O(1)")
        .syntax("key seconds [condition: NX | XX | GT | LT]@7.0.0")
        .history(OPTIONS_ADDED),
    CommandSpec::new("pexpire", pexpire_command)
        .arity_at_least(3)
        .flags(WRITE | FAST)
        .keys(KEY)
        .group(Group::Generic)
        .since("2.6.0")
        .summary("Lets a key expire after some milliseconds.", "O(1)")
        .syntax("key milliseconds [condition: NX | XX | GT | LT]@7.0.0")
        .history(OPTIONS_ADDED),
    CommandSpec::new("expireat", expireat)
        .arity_at_least(3)
        .flags(WRITE | FAST)
        .keys(KEY)
        .group(Group::Generic)
        .since("1.2.0")
        .summary("Lets a key expire at a Unix time in seconds.", "O(1)")
        .syntax("key unix-time-seconds [condition: NX | XX | GT | LT]@7.0.0")
        .history(OPTIONS_ADDED),
    CommandSpec::new("pexpireat", pexpireat)
        .arity_at_least(3)
        .flags(WRITE | FAST)
        .keys(KEY)
        .group(Group::Generic)
        .since("2.6.0")
        .summary("Lets a key expire at a Unix time in milliseconds.", "O(1)")
        .syntax("key unix-time-milliseconds [condition: NX | XX | GT | LT]@7.0.0")
        .history(OPTIONS_ADDED),
    CommandSpec::new("persist", persist)
        .arity(2)
        .flags(WRITE | FAST)
        .keys(KEY)
        .group(Group::Generic)
        .since("2.2.0")
        .summary("Takes a key's expire time away.", "O(1)")
        .syntax("key"),
];

/// When a new expire time is taken.
#[derive(Default)]
struct Conditions {
    nx: bool,
    xx: bool,
    gt: bool,
    lt: bool,
}

impl Conditions {
    fn parse(args: &mut Args<'_>) -> Result<Self, CmdError> {
        let mut c = Self::default();
        while let Some(word) = args.peek() {
            let flag = [("NX", &mut c.nx), ("XX", &mut c.xx), ("GT", &mut c.gt), ("LT", &mut c.lt)]
                .into_iter()
                .find(|(name, _)| args.eat(name));
            match flag {
                Some((_, flag)) => *flag = true,
                None => return Err(CmdError::Bytes([b"ERR Unsupported option ", quotable(word)].concat())),
            }
        }
        if c.nx && (c.xx || c.gt || c.lt) {
            return Err(CmdError::Text(
                "ERR NX and XX, GT or LT options at the same time are not compatible",
            ));
        }
        if c.gt && c.lt {
            return Err(CmdError::Text("ERR GT and LT options at the same time are not compatible"));
        }
        Ok(c)
    }

    /// Whether `at` may replace `current`, the key's expire time so far; a key without one never expires.
    fn allow(&self, current: Option<i64>, at: i64) -> bool {
        match current {
            Some(current) => !(self.nx || (self.gt && at <= current) || (self.lt && at >= current)),
            None => !(self.xx || self.gt),
        }
    }
}

/// The four ways to write an expire time.
#[derive(Clone, Copy)]
struct Form {
    name: &'static str,
    relative: bool,
    scale: i64,
}

fn expire(ctx: &mut Ctx<'_>, args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    run(ctx, args, out, Form { name: "expire", relative: true, scale: 1000 })
}

fn pexpire_command(ctx: &mut Ctx<'_>, args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    run(ctx, args, out, Form { name: "pexpire", relative: true, scale: 1 })
}

fn expireat(ctx: &mut Ctx<'_>, args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    run(ctx, args, out, Form { name: "expireat", relative: false, scale: 1000 })
}

fn pexpireat(ctx: &mut Ctx<'_>, args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    run(ctx, args, out, Form { name: "pexpireat", relative: false, scale: 1 })
}

fn run(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink, form: Form) -> CmdResult {
    let (key, time) = (args.next(), args.next());
    let conditions = Conditions::parse(&mut args)?;
    let time = num::parse_i64(time).ok_or(CmdError::NotInteger)?;
    let at = deadline(ctx, time, form)?;
    let (set, effect) = expire_at(ctx, key, at, &conditions);
    out.int(set);
    Ok(effect)
}

/// Unix milliseconds of a time in this form.
fn deadline(ctx: &mut Ctx<'_>, time: i64, form: Form) -> Result<i64, CmdError> {
    let base = if form.relative { ctx.now() } else { 0 };
    time.checked_mul(form.scale).and_then(|ms| ms.checked_add(base)).ok_or(CmdError::InvalidExpire(form.name))
}

/// Sets the expire time of a key if it is there and the conditions allow; a time that has come removes it.
fn expire_at(ctx: &mut Ctx<'_>, key: &[u8], at: i64, conditions: &Conditions) -> (i64, Effect) {
    // While the append-only file is replayed, what expired later than this command may have been persisted
    // or stored anew by one that follows.
    let due = !ctx.session.replaying && at <= ctx.now();
    let Some(mut entry) = ctx.find_mut(key) else { return (0, Effect::None) };
    if !conditions.allow(entry.expire_at(), at) {
        return (0, Effect::None);
    }
    if due {
        drop(entry);
        ctx.delete(key);
        ctx.event(Class::GENERIC, "del", key);
        return (1, ctx.rewritten(1, &[b"DEL", key]));
    }
    entry.set_expire(Some(at));
    drop(entry);
    ctx.event(Class::GENERIC, "expire", key);
    (1, ctx.rewritten(1, &[b"PEXPIREAT", key, num::write_i64(&mut [0; 20], at)]))
}

/// PEXPIRE without options: 1 if the key is there. Shared by the typed call.
pub(crate) fn pexpire(ctx: &mut Ctx<'_>, key: &[u8], ttl_ms: i64) -> Result<(i64, Effect), CmdError> {
    let at = deadline(ctx, ttl_ms, Form { name: "pexpire", relative: true, scale: 1 })?;
    Ok(expire_at(ctx, key, at, &Conditions::default()))
}

fn persist(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let key = args.next();
    args.finish()?;
    let Some(mut entry) = ctx.find_mut(key).filter(|entry| entry.has_expire()) else {
        out.int(0);
        return Ok(Effect::None);
    };
    entry.set_expire(None);
    drop(entry);
    out.int(1);
    ctx.event(Class::GENERIC, "persist", key);
    Ok(Effect::Changed(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(words: &[&str]) -> Result<Conditions, String> {
        let argv: Vec<&[u8]> = words.iter().map(|w| w.as_bytes()).collect();
        Conditions::parse(&mut Args::new(&argv, 0)).map_err(|e| String::from_utf8(e.text()).unwrap())
    }

    #[test]
    fn the_first_of_several_errors_is_the_unknown_option() {
        assert_eq!(parse(&["NX", "xx", "foo", "bar"]).err().unwrap(), "ERR Unsupported option foo");
        let clash = "ERR NX and XX, GT or LT options at the same time are not compatible";
        assert_eq!(parse(&["LT", "GT", "nx"]).err().unwrap(), clash);
        let clash = "ERR GT and LT options at the same time are not compatible";
        assert_eq!(parse(&["LT", "XX", "gt"]).err().unwrap(), clash);
    }

    #[test]
    fn conditions_compare_with_the_time_so_far() {
        let allowed = |words: &[&str]| {
            let c = parse(words).unwrap();
            [(None, 5), (Some(4), 5), (Some(5), 5), (Some(6), 5)].map(|(current, at)| c.allow(current, at))
        };
        assert_eq!(allowed(&[]), [true, true, true, true]);
        assert_eq!(allowed(&["NX"]), [true, false, false, false]);
        assert_eq!(allowed(&["XX"]), [false, true, true, true]);
        assert_eq!(allowed(&["GT"]), [false, true, false, false]);
        assert_eq!(allowed(&["LT"]), [true, false, false, true]);
        assert_eq!(allowed(&["XX", "LT"]), [false, false, false, true]);
        assert_eq!(allowed(&["gt", "xx", "XX"]), [false, true, false, false]);
    }
}
