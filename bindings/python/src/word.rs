//! A word of a command, from a Python object.

use pyo3::exceptions::{PyBufferError, PyValueError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBytes, PyFloat, PyInt, PyString};

use crate::errors;
use crate::raw;

/// The bytes of a key, field or value: those of the Python object where it has some, which it keeps alive.
pub(crate) enum Word<'a> {
    Borrowed(&'a [u8]),
    Digits { text: [u8; 20], from: u8 },
    Owned(Vec<u8>),
}

impl AsRef<[u8]> for Word<'_> {
    #[inline]
    fn as_ref(&self) -> &[u8] {
        match self {
            Self::Borrowed(bytes) => bytes,
            Self::Digits { text, from } => text.get(usize::from(*from)..).unwrap_or_default(),
            Self::Owned(bytes) => bytes,
        }
    }
}

impl<'a> Word<'a> {
    /// bytes as they are, str as UTF-8, int and float as text whatever their class makes of it, everything else by its buffer.
    #[inline]
    pub(crate) fn of(object: &'a Bound<'_, PyAny>) -> PyResult<Self> {
        if let Ok(text) = object.cast::<PyString>() {
            return text.to_str().map(|text| Self::Borrowed(text.as_bytes())).map_err(|_| not_utf8(object));
        }
        if let Ok(bytes) = object.cast::<PyBytes>() {
            return Ok(Self::Borrowed(bytes.as_bytes()));
        }
        Self::of_other(object)
    }

    fn of_other(object: &Bound<'_, PyAny>) -> PyResult<Self> {
        if object.is_instance_of::<PyBool>() {
            return Err(wrong_type(object));
        }
        if object.is_instance_of::<PyInt>() {
            return match object.extract::<i64>() {
                Ok(n) => Ok(Self::digits(n)),
                Err(_) => long_digits(object).map(Self::Owned),
            };
        }
        if object.is_instance_of::<PyFloat>() {
            let plain = PyFloat::new(object.py(), object.extract()?);
            return Ok(Self::Owned(plain.repr()?.to_str()?.as_bytes().to_vec()));
        }
        // A date of numpy exposes its memory as bytes, but says this.
        let dimensions = object.getattr_opt(intern!(object.py(), "ndim")).unwrap_or_default();
        if dimensions.is_some_and(|n| n.extract::<i64>().is_ok_and(|n| n == 0)) {
            return Err(wrong_type(object));
        }
        raw::copied(object)
            .map_err(|error| no_bytes(object, error))?
            .map(Self::Owned)
            .ok_or_else(|| wrong_type(object))
    }

    /// A score, as itself or what float() makes of it.
    pub(crate) fn score(object: &'a Bound<'_, PyAny>) -> PyResult<Self> {
        if object.is_instance_of::<PyBool>() {
            return Err(wrong_type(object));
        }
        match object.extract::<f64>() {
            Ok(score) => Ok(Self::Owned(format!("{score:?}").into_bytes())),
            Err(_) => Self::of(object),
        }
    }

    /// An integer in decimal.
    pub(crate) fn digits(n: i64) -> Self {
        let (mut text, mut from, mut left) = ([0; 20], 20_u8, n.unsigned_abs());
        loop {
            from -= 1;
            // A digit fits.
            text[usize::from(from)] = b'0' + u8::try_from(left % 10).unwrap_or(0);
            left /= 10;
            if left == 0 {
                break;
            }
        }
        if n < 0 {
            from -= 1;
            text[usize::from(from)] = b'-';
        }
        Self::Digits { text, from }
    }
}

/// An integer of more than 64 bits in decimal.
#[cold]
fn long_digits(object: &Bound<'_, PyAny>) -> PyResult<Vec<u8>> {
    let text = object.py().get_type::<PyInt>().call_method1(intern!(object.py(), "__repr__"), (object,));
    // Python has a limit, which is thousands of digits.
    let text = text.map_err(|error| {
        errors::new(object.py(), errors::Class::Data, error.value(object.py()).to_string())
    })?;
    Ok(text.extract::<String>()?.into_bytes())
}

#[cold]
fn wrong_type(object: &Bound<'_, PyAny>) -> PyErr {
    let name = object.get_type().name().map_or_else(|_| "object".to_owned(), |name| name.to_string());
    let text = format!("a word must be bytes, str, int, float or a buffer of bytes, not {name}");
    errors::new(object.py(), errors::Class::Data, text)
}

/// A buffer that gives no bytes in a row: it is in pieces, or was released.
#[cold]
fn no_bytes(object: &Bound<'_, PyAny>, error: PyErr) -> PyErr {
    let py = object.py();
    if !error.is_instance_of::<PyBufferError>(py) && !error.is_instance_of::<PyValueError>(py) {
        return error;
    }
    errors::new(
        py,
        errors::Class::Data,
        format!("the buffer of a word must be one piece: {}", error.value(py)),
    )
}

#[cold]
fn not_utf8(object: &Bound<'_, PyAny>) -> PyErr {
    errors::new(object.py(), errors::Class::Data, "a str with surrogates has no UTF-8 encoding".to_owned())
}
