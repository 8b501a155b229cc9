//! Where a value ends, without building it: so that one thread can find the values of a file for others to build.

use super::decode::module_name;
use super::error::{Error, Problem};
use super::kind;
use super::source::{Prefix, Source};

/// Passes over the value of a form. Its lengths are checked, and nothing else.
pub(crate) fn skip(src: &mut impl Source, form: u8) -> Result<(), Error> {
    let at = src.offset();
    match form {
        kind::STRING
        | kind::LIST_ZIPLIST
        | kind::SET_INTSET
        | kind::SET_LISTPACK
        | kind::ZSET_LISTPACK
        | kind::ZSET_ZIPLIST
        | kind::HASH_LISTPACK
        | kind::HASH_ZIPLIST
        | kind::HASH_ZIPMAP
        | kind::HASH_LISTPACK_EX_PRE_GA => string(src),
        kind::LIST | kind::SET | kind::LIST_QUICKLIST => times(src, 1, string),
        kind::LIST_QUICKLIST_2 => times(src, 1, |src| {
            src.number()?;
            string(src)
        }),
        kind::ZSET => times(src, 2, |src| {
            string(src)?;
            match src.byte()? {
                253.. => Ok(()),
                n => src.pass(u64::from(n)),
            }
        }),
        kind::ZSET_2 => times(src, 9, |src| {
            string(src)?;
            src.pass(8)
        }),
        kind::HASH => times(src, 2, |src| {
            string(src)?;
            string(src)
        }),
        kind::HASH_METADATA | kind::HASH_METADATA_PRE_GA => {
            if form == kind::HASH_METADATA {
                src.pass(8)?;
            }
            times(src, 3, |src| {
                src.number()?;
                string(src)?;
                string(src)
            })
        }
        kind::HASH_LISTPACK_EX => {
            src.pass(8)?;
            string(src)
        }
        kind::STREAM | kind::STREAM_2 | kind::STREAM_3 => stream(src, form),
        kind::MODULE | kind::MODULE_2 => {
            let id = src.number()?;
            Err(Error::new(at, Problem::Module(module_name(id))))
        }
        _ => Err(Error::new(at, Problem::UnknownType(form))),
    }
}

/// Passes over a string.
pub(super) fn string(src: &mut impl Source) -> Result<(), Error> {
    match src.prefix()? {
        Prefix::Len(n) => src.pass(n),
        Prefix::Int(_) => Ok(()),
        Prefix::Packed => {
            let packed = src.number()?;
            src.number()?;
            src.pass(packed)
        }
    }
}

/// Passes over a number of things, which take `least` bytes each at least.
fn times<S: Source>(
    src: &mut S,
    least: u64,
    mut one: impl FnMut(&mut S) -> Result<(), Error>,
) -> Result<(), Error> {
    (0..src.count(least)?).try_for_each(|_| one(src))
}

fn numbers(src: &mut impl Source, n: usize) -> Result<(), Error> {
    (0..n).try_for_each(|_| src.number().map(drop))
}

fn stream(src: &mut impl Source, form: u8) -> Result<(), Error> {
    times(src, 16, |src| {
        string(src)?;
        string(src)
    })?;
    numbers(src, if form == kind::STREAM { 3 } else { 8 })?;
    times(src, 4, |src| {
        string(src)?;
        numbers(src, if form == kind::STREAM { 2 } else { 3 })?;
        times(src, 25, |src| {
            src.pass(24)?;
            numbers(src, 1)
        })?;
        times(src, 10, |src| {
            string(src)?;
            src.pass(if form == kind::STREAM_3 { 16 } else { 8 })?;
            times(src, 16, |src| src.pass(16))
        })
    })
}
