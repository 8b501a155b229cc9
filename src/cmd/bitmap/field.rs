//! BITFIELD, BITFIELD_RO: integers of any width at any bit.

use super::{BAD_OFFSET, offset};
use crate::base::num;
use crate::cmd::args::Args;
use crate::cmd::ctx::Ctx;
use crate::cmd::effect::{CmdResult, Effect};
use crate::cmd::error::CmdError;
use crate::cmd::event::Class;
use crate::cmd::spec::{
    ACCESS, CommandSpec, DENYOOM, FAST, Group, KeySpec, KeyUse, READONLY, RO, RW, UPDATE, VARIABLE_FLAGS,
    WRITE,
};
use crate::cmd::string::edit::{bytes_of, create, edit};
use crate::cmd::string::with_bytes;
use crate::reply::sink::ReplySink;
use crate::types::bitmap::field::{Field, Overflow};

/// Rows of the command table.
pub(super) const SPECS: &[CommandSpec] = &[
    CommandSpec::new("bitfield", bitfield)
        .arity_at_least(2)
        .flags(WRITE | DENYOOM)
        .keys(&[KeySpec::one(1, RW | ACCESS | UPDATE | VARIABLE_FLAGS)
            .notes("This command allows both access and modification of the key")])
        .narrow(key_use)
        .group(Group::Bitmap)
        .since("3.2.0")
        .summary(
            "Reads, stores and increments integers of any width inside of a value.",
            "O(1) for each operation",
        )
        .syntax(
            "key [operation: GET encoding offset | (write: [OVERFLOW (WRAP | SAT | FAIL)] \
             (write_operation: SET encoding offset value:integer | INCRBY encoding offset increment))] ...",
        ),
    CommandSpec::new("bitfield_ro", bitfield_ro)
        .arity_at_least(2)
        .flags(READONLY | FAST)
        .keys(&[KeySpec::one(1, RO | ACCESS)])
        .group(Group::Bitmap)
        .since("6.0.0")
        .summary("Reads integers of any width inside of a value.", "O(1) for each operation")
        .syntax("key [GET encoding offset [GET encoding offset ...]]"),
];

/// Calls that only read say so.
fn key_use(argv: &[&[u8]]) -> KeyUse {
    let mut words = argv.get(2..).unwrap_or(&[]);
    loop {
        words = match words {
            [] => return RO | ACCESS,
            [name, _, _, rest @ ..] if name.eq_ignore_ascii_case(b"GET") => rest,
            [name, _, rest @ ..] if name.eq_ignore_ascii_case(b"OVERFLOW") => rest,
            _ => return RW | ACCESS | UPDATE,
        }
    }
}

const BAD_TYPE: CmdError = CmdError::Text(
    "ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is.",
);

/// What is done to an integer.
#[derive(Clone, Copy)]
enum Action {
    Get,
    Set(i64, Overflow),
    Add(i64, Overflow),
}

/// One operation.
#[derive(Clone, Copy)]
struct Operation {
    field: Field,
    bit: u64,
    action: Action,
}

impl Operation {
    /// How long a value has to be for it, in bytes.
    fn end(&self) -> u64 {
        (self.bit + u64::from(self.field.bits)).div_ceil(8)
    }

    /// Applies it to a value that is long enough if it writes: what to answer, and whether the value changed.
    fn apply(&self, bytes: &mut [u8]) -> (Option<i64>, bool) {
        let old = self.field.read(bytes, self.bit);
        let (new, answer) = match self.action {
            Action::Get => return (Some(old), false),
            Action::Set(value, overflow) => {
                let new = self.field.set(value, overflow);
                (new, new.map(|_| old))
            }
            Action::Add(increment, overflow) => {
                let new = self.field.add(old, increment, overflow);
                (new, new)
            }
        };
        if let Some(new) = new {
            self.field.write(bytes, self.bit, new);
        }
        (answer, new.is_some_and(|new| new != old))
    }
}

fn encoding(word: &[u8]) -> Result<Field, CmdError> {
    let (signed, width) = match word {
        [b'i', width @ ..] => (true, width),
        [b'u', width @ ..] => (false, width),
        _ => return Err(BAD_TYPE),
    };
    let most = if signed { 64 } else { 63 };
    let bits = num::parse_i64(width).and_then(|bits| u32::try_from(bits).ok());
    let bits = bits.filter(|bits| (1..=most).contains(bits)).ok_or(BAD_TYPE)?;
    Ok(Field { signed, bits })
}

/// The bit that an offset names: `#2` is the third integer of this width. The product wraps around, as in Redis.
fn place(ctx: &Ctx<'_>, word: &[u8], field: Field) -> Result<u64, CmdError> {
    let (word, scale) = match word {
        [b'#', word @ ..] => (word, i64::from(field.bits)),
        _ => (word, 1),
    };
    let n = num::parse_i64(word).ok_or(BAD_OFFSET)?;
    offset(ctx, n.wrapping_mul(scale))
}

fn operations(ctx: &Ctx<'_>, args: &mut Args<'_>) -> Result<Vec<Operation>, CmdError> {
    let mut found = Vec::new();
    let mut overflow = Overflow::default();
    while !args.is_empty() {
        let name = args.next().to_ascii_uppercase();
        let is_get = name == b"GET";
        match name.as_slice() {
            b"OVERFLOW" if args.left() >= 1 => {
                overflow = match args.next().to_ascii_uppercase().as_slice() {
                    b"WRAP" => Overflow::Wrap,
                    b"SAT" => Overflow::Saturate,
                    b"FAIL" => Overflow::Fail,
                    _ => return Err(CmdError::Text("ERR Invalid OVERFLOW type specified")),
                };
            }
            b"GET" | b"SET" | b"INCRBY" if args.left() >= if is_get { 2 } else { 3 } => {
                let field = encoding(args.next())?;
                let bit = place(ctx, args.next(), field)?;
                let action = match name.as_slice() {
                    b"GET" => Action::Get,
                    b"SET" => Action::Set(args.int(), overflow),
                    _ => Action::Add(args.int(), overflow),
                };
                args.check()?;
                found.push(Operation { field, bit, action });
            }
            _ => return Err(CmdError::Syntax),
        }
    }
    Ok(found)
}

fn answer(out: &mut dyn ReplySink, answers: &[Option<i64>]) {
    out.array(answers.len());
    for answer in answers {
        match answer {
            Some(value) => out.int(*value),
            None => out.null(),
        }
    }
}

/// The operations when all of them read.
fn read(ctx: &mut Ctx<'_>, key: &[u8], operations: &[Operation], out: &mut dyn ReplySink) -> CmdResult {
    let read = |bytes: &[u8]| operations.iter().map(|o| Some(o.field.read(bytes, o.bit))).collect::<Vec<_>>();
    let answers = match ctx.find_str(key)? {
        Some(value) => with_bytes(value, read),
        None => read(b""),
    };
    answer(out, &answers);
    Ok(Effect::None)
}

fn bitfield_ro(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let key = args.next();
    let operations = operations(ctx, &mut args)?;
    if operations.iter().any(|o| !matches!(o.action, Action::Get)) {
        return Err(CmdError::Text("ERR BITFIELD_RO only supports the GET subcommand"));
    }
    read(ctx, key, &operations, out)
}

fn bitfield(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let key = args.next();
    let operations = operations(ctx, &mut args)?;
    let writes = operations.iter().filter(|o| !matches!(o.action, Action::Get));
    let Some(end) = writes.map(Operation::end).max() else { return read(ctx, key, &operations, out) };
    let end = usize::try_from(end).map_err(|_| CmdError::NoMemory)?;
    // The value becomes long enough even if no operation succeeds.
    let mut answers = Vec::with_capacity(operations.len());
    let (mut changes, mut written) = (0, false);
    let mut apply = |bytes: &mut [u8]| {
        for operation in &operations {
            let (answer, changed) = operation.apply(bytes);
            written |= answer.is_some() && !matches!(operation.action, Action::Get);
            answers.push(answer);
            changes += u64::from(changed);
        }
    };
    let created = ctx.find_str_mut(key)?.is_none();
    if created {
        create(ctx, key, end, b"")?;
    }
    let Some(mut entry) = ctx.find_str_mut(key)? else { return Err(CmdError::NoMemory) };
    let grows = created || with_bytes(bytes_of(&entry), <[u8]>::len) < end;
    edit(&mut entry, end, &mut apply)?;
    drop(entry);
    answer(out, &answers);
    // A longer value in which nothing could be written is no change for those who watch the key.
    if !written {
        ctx.quieten();
    }
    if changes == 0 && !grows {
        return Ok(Effect::None);
    }
    if written {
        ctx.event(Class::STRING, "setbit", key);
    }
    Ok(Effect::Changed(changes.max(1)))
}
