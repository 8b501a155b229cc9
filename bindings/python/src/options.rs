//! Arguments that Python gives in its own way: options by name, times, mappings.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt as _;
use std::path::PathBuf;

use pyo3::exceptions::{PyOverflowError, PyTypeError};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBytes, PyDict, PyFloat};

use crate::commands::Words;
use crate::errors::{self, Class};
use crate::word::Word;

/// An argument that may be left out, where None is no way to say so.
pub(crate) enum Given<'a, 'py> {
    Missing,
    Object(Borrowed<'a, 'py, PyAny>),
}

impl<'a, 'py> FromPyObject<'a, 'py> for Given<'a, 'py> {
    type Error = PyErr;
    #[inline]
    fn extract(object: Borrowed<'a, 'py, PyAny>) -> PyResult<Self> {
        Ok(Self::Object(object))
    }
}

/// An [`errors::Class::Argument`].
#[cold]
pub(crate) fn bad(py: Python<'_>, text: impl Into<String>) -> PyErr {
    errors::new(py, Class::Argument, text.into())
}

/// What a number is taken for that Python cannot give as one of ours; `name` is the argument's.
#[cold]
fn no_number(given: &Bound<'_, PyAny>, error: PyErr, name: &str, kind: &str) -> PyErr {
    let py = given.py();
    if error.is_instance_of::<PyOverflowError>(py) {
        return bad(py, format!("{name} is out of range"));
    }
    if !error.is_instance_of::<PyTypeError>(py) {
        return error;
    }
    match given.get_type().name() {
        Ok(class) => errors::new(py, Class::Data, format!("{name} must be {kind}, not {class}")),
        Err(error) => error,
    }
}

/// Arguments that are numbers, by their names. Integers are whatever has `__index__`.
pub(crate) mod named {
    use super::{Bound, PyAny, PyAnyMethods as _, PyResult, no_number};

    macro_rules! named {
        ($($arg:ident: $type:ty, $name:literal, $kind:literal;)*) => { $(
            pub(crate) fn $arg(given: &Bound<'_, PyAny>) -> PyResult<$type> {
                given.extract().map_err(|error| no_number(given, error, $name, $kind))
            }
        )* };
    }

    named! {
        by: i64, "by", "an integer";
        by_float: f64, "by", "a number";
        count: Option<i64>, "count", "an integer";
        max_bytes: usize, "max_bytes", "an integer";
        max_queued: usize, "max_queued", "an integer";
        px: i64, "px", "an integer";
        pxat: i64, "pxat", "an integer";
        seed: Option<u64>, "seed", "an integer";
        start: i64, "start", "an integer";
        stop: i64, "stop", "an integer";
        timeout: f64, "timeout", "a number of seconds";
    }
}

/// The path of a file, from str, bytes or something that has one, whether it is UTF-8 or not.
pub(crate) fn path(given: &Bound<'_, PyAny>) -> PyResult<PathBuf> {
    let py = given.py();
    let encoded = py.import("os")?.call_method1("fsencode", (given,)).map_err(|error| {
        let text = format!(
            "{} is no path: {}",
            given.repr().map_or_else(|_| "this".into(), |r| r.to_string()),
            error.value(py)
        );
        let class = if error.is_instance_of::<PyTypeError>(py) { Class::Data } else { Class::Argument };
        errors::new(py, class, text)
    })?;
    let bytes = encoded.cast::<PyBytes>()?.as_bytes();
    if bytes.contains(&0) {
        return Err(bad(py, format!("{} is no path: it has a NUL in it", given.repr()?)));
    }
    Ok(OsString::from_vec(bytes.to_vec()).into())
}

/// Milliseconds from a number of seconds or a timedelta.
pub(crate) fn milliseconds(given: &Bound<'_, PyAny>) -> PyResult<i64> {
    let py = given.py();
    let is_bool = given.is_instance_of::<PyBool>();
    match given.extract::<i64>() {
        Ok(seconds) if !is_bool => {
            return seconds.checked_mul(1000).ok_or_else(|| bad(py, "the time is out of range"));
        }
        Err(error) if error.is_instance_of::<PyOverflowError>(py) => {
            return Err(bad(py, "the time is out of range"));
        }
        _ => {}
    }
    let seconds = if given.is_instance_of::<PyFloat>() {
        given.extract::<f64>()?
    } else {
        match given.call_method0("total_seconds") {
            Ok(seconds) => seconds.extract::<f64>()?,
            Err(_) => {
                let text = "a time must be a number of seconds or a timedelta".to_owned();
                return Err(errors::new(py, Class::Data, text));
            }
        }
    };
    let ms = (seconds * 1000.0).round();
    // Below 2^63, so nothing is cut off.
    if ms.is_finite() && ms.abs() < 9.2e18 { Ok(ms as i64) } else { Err(bad(py, "the time is out of range")) }
}

/// What `set` was asked for beside key and value.
pub(crate) struct SetWords<'a> {
    pub(crate) words: Words<'a>,
    /// Only `ex` or `px`, in milliseconds.
    pub(crate) only_px: Option<i64>,
    /// `get`: the reply is the old value.
    pub(crate) gets: bool,
}

/// The words of SET behind key and value.
pub(crate) fn set_words<'a>(options: &Bound<'_, PyDict>) -> PyResult<SetWords<'a>> {
    let py = options.py();
    let mut found = SetWords { words: Words::new(), only_px: None, gets: false };
    let mut times = 0;
    for (name, value) in options.iter() {
        let name = name.extract::<String>()?;
        let flag = match name.as_str() {
            "nx" => "NX",
            "xx" => "XX",
            "keepttl" => "KEEPTTL",
            "get" => "GET",
            "ex" | "px" | "exat" | "pxat" if value.is_none() => continue,
            "ex" | "px" => {
                let ms = if name == "ex" { milliseconds(&value)? } else { named::px(&value)? };
                if ms <= 0 {
                    return Err(bad(py, format!("{name} must be more than 0")));
                }
                found.only_px = Some(ms);
                times += 1;
                found.words.push(Word::Borrowed(b"PX"));
                found.words.push(Word::digits(ms));
                continue;
            }
            "exat" | "pxat" => {
                let at = if name == "exat" { milliseconds(&value)? } else { named::pxat(&value)? };
                times += 1;
                found.words.push(Word::Borrowed(b"PXAT"));
                found.words.push(Word::digits(at));
                continue;
            }
            _ => return Err(bad(py, format!("set() has no option '{name}'"))),
        };
        if value.is_truthy()? {
            found.gets |= flag == "GET";
            found.words.push(Word::Borrowed(flag.as_bytes()));
        }
    }
    if times > 1 {
        return Err(bad(py, "only one of ex, px, exat and pxat can be given"));
    }
    if found.words.len() != 2 {
        found.only_px = None;
    }
    Ok(found)
}

/// Keys and values of a mapping, one behind the other.
pub(crate) fn pairs<'py>(
    mapping: &Bound<'py, PyAny>,
) -> PyResult<Vec<(Bound<'py, PyAny>, Bound<'py, PyAny>)>> {
    if let Ok(dict) = mapping.cast::<PyDict>() {
        return Ok(dict.iter().collect());
    }
    let items = mapping.call_method0("items").map_err(|_| {
        errors::new(mapping.py(), Class::Data, "several at once must be given as a mapping".to_owned())
    })?;
    items.try_iter()?.map(|item| item?.extract()).collect()
}
