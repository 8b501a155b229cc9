//! From RESP to Python objects, for who wants replies in the shapes of the wire. The bytes are the library's own.

use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBytes, PyDict, PyFloat, PyInt, PyList};

use crate::errors;

type Object<'py> = Bound<'py, PyAny>;

/// All frames of an answer.
pub(crate) fn frames<'py>(py: Python<'py>, answer: &[u8]) -> PyResult<Bound<'py, PyList>> {
    let frames = PyList::empty(py);
    let mut rest = Rest(answer);
    while !rest.0.is_empty() {
        frames.append(frame(py, &mut rest)?)?;
    }
    Ok(frames)
}

/// What is not read yet.
struct Rest<'a>(&'a [u8]);

impl<'a> Rest<'a> {
    fn line(&mut self) -> &'a [u8] {
        let end = self.0.iter().position(|b| *b == b'\r').unwrap_or(self.0.len());
        let line = self.0.get(..end).unwrap_or_default();
        self.0 = self.0.get(end + 2..).unwrap_or_default();
        line
    }

    fn bytes(&mut self, len: usize) -> &'a [u8] {
        let bytes = self.0.get(..len).unwrap_or_default();
        self.0 = self.0.get(len + 2..).unwrap_or_default();
        bytes
    }
}

fn number(line: &[u8]) -> i64 {
    std::str::from_utf8(line).ok().and_then(|text| text.parse().ok()).unwrap_or(0)
}

/// The length of an aggregate or string; `None` for the absent one.
fn length(line: &[u8]) -> Option<usize> {
    usize::try_from(number(line)).ok()
}

fn frame<'py>(py: Python<'py>, rest: &mut Rest<'_>) -> PyResult<Object<'py>> {
    let line = rest.line();
    let (kind, text) = line.split_first().map_or((b'_', &[][..]), |(kind, text)| (*kind, text));
    let object = match kind {
        b'$' => match length(text) {
            Some(len) => PyBytes::new(py, rest.bytes(len)).into_any(),
            None => py.None().into_bound(py),
        },
        b'+' => PyBytes::new(py, text).into_any(),
        b':' => number(text).into_pyobject(py)?.into_any(),
        b'-' => error(py, text),
        b'!' => error(py, rest.bytes(length(text).unwrap_or(0))),
        b'=' => {
            let text = rest.bytes(length(text).unwrap_or(0));
            PyBytes::new(py, text.get(4..).unwrap_or_default()).into_any()
        }
        b',' => {
            let text = std::str::from_utf8(text).unwrap_or("nan");
            PyFloat::new(py, text.parse().unwrap_or(f64::NAN)).into_any()
        }
        b'#' => PyBool::new(py, text == b"t").to_owned().into_any(),
        b'(' => py.get_type::<PyInt>().call1((String::from_utf8_lossy(text).as_ref(),))?,
        b'*' | b'~' | b'>' => match length(text) {
            Some(len) => list(py, rest, len)?,
            None => py.None().into_bound(py),
        },
        b'%' => map(py, rest, length(text).unwrap_or(0))?,
        _ => py.None().into_bound(py),
    };
    Ok(object)
}

fn error<'py>(py: Python<'py>, text: &[u8]) -> Object<'py> {
    errors::reply(py, &String::from_utf8_lossy(text)).into_value(py).into_bound(py).into_any()
}

fn list<'py>(py: Python<'py>, rest: &mut Rest<'_>, len: usize) -> PyResult<Object<'py>> {
    let items = PyList::empty(py);
    for _ in 0..len {
        items.append(frame(py, rest)?)?;
    }
    Ok(items.into_any())
}

fn map<'py>(py: Python<'py>, rest: &mut Rest<'_>, pairs: usize) -> PyResult<Object<'py>> {
    let dict = PyDict::new(py);
    for _ in 0..pairs {
        let (key, value) = (frame(py, rest)?, frame(py, rest)?);
        dict.set_item(key, value)?;
    }
    Ok(dict.into_any())
}
