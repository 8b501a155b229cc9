//! From replies to Python objects.

use lodger::{Reply, ReplyKind};
use pyo3::IntoPyObjectExt as _;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList, PySet, PyString};

use crate::errors::{self, Class};

/// bytes, or str where the database was opened with `decode_responses`.
#[inline]
pub(crate) fn text<'py>(py: Python<'py>, bytes: &[u8], decode: bool) -> PyResult<Bound<'py, PyAny>> {
    if !decode {
        return Ok(PyBytes::new(py, bytes).into_any());
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(PyString::new(py, text).into_any()),
        Err(error) => Err(not_utf8(py, bytes, &error)),
    }
}

#[cold]
fn not_utf8(py: Python<'_>, bytes: &[u8], error: &std::str::Utf8Error) -> PyErr {
    let at = error.valid_up_to();
    let shown = PyBytes::new(py, bytes.get(at..bytes.len().min(at + 16)).unwrap_or_default());
    let shown = shown.repr().map_or_else(|_| String::new(), |text| text.to_string());
    let text = format!(
        "a value is no UTF-8 from its byte {at}: {shown}; open without decode_responses to read bytes"
    );
    errors::new(py, Class::Decode, text)
}

/// The reply, or the exception that it is.
pub(crate) fn convert<'py>(py: Python<'py>, reply: &Reply, decode: bool) -> PyResult<Bound<'py, PyAny>> {
    if reply.as_error().is_some() { Err(error(py, reply)) } else { element(py, reply, decode) }
}

/// The exception that a reply is.
#[cold]
pub(crate) fn error(py: Python<'_>, reply: &Reply) -> PyErr {
    errors::reply(py, &String::from_utf8_lossy(reply.as_bytes().unwrap_or_default()))
}

/// The reply; errors are exception objects.
pub(crate) fn element<'py>(py: Python<'py>, reply: &Reply, decode: bool) -> PyResult<Bound<'py, PyAny>> {
    match reply.kind() {
        ReplyKind::Nil => Ok(py.None().into_bound(py)),
        ReplyKind::Integer => reply.as_int().unwrap_or_default().into_bound_py_any(py),
        ReplyKind::Double => reply.as_f64().unwrap_or_default().into_bound_py_any(py),
        ReplyKind::Bool => reply.as_bool().unwrap_or_default().into_bound_py_any(py),
        ReplyKind::Status => Ok(status(py, reply.as_str().unwrap_or_default()).into_any()),
        ReplyKind::BigNumber => {
            py.get_type::<pyo3::types::PyInt>().call1((reply.as_str().unwrap_or_default(),))
        }
        ReplyKind::Error => Ok(error(py, reply).into_value(py).into_bound(py).into_any()),
        ReplyKind::Map => map(py, reply, decode),
        ReplyKind::Set => set(py, reply, decode),
        ReplyKind::Array | ReplyKind::Push => Ok(list(py, reply, decode)?.into_any()),
        // Strings and verbatim text.
        _ => text(py, reply.as_bytes().unwrap_or_default(), decode),
    }
}

/// The text of a status; the common one is made once.
fn status<'py>(py: Python<'py>, text: &str) -> Bound<'py, PyString> {
    if text == "OK" { intern!(py, "OK").clone() } else { PyString::new(py, text) }
}

fn list<'py>(py: Python<'py>, reply: &Reply, decode: bool) -> PyResult<Bound<'py, PyList>> {
    let items = PyList::empty(py);
    for item in reply.iter() {
        items.append(element(py, item, decode)?)?;
    }
    Ok(items)
}

/// Whether Python can hash it.
fn hashes(reply: &Reply) -> bool {
    !matches!(reply.kind(), ReplyKind::Array | ReplyKind::Map | ReplyKind::Set | ReplyKind::Push)
}

/// A dict; a list of pairs where a key is no scalar.
fn map<'py>(py: Python<'py>, reply: &Reply, decode: bool) -> PyResult<Bound<'py, PyAny>> {
    if reply.pairs().any(|(key, _)| !hashes(key)) {
        let pairs = PyList::empty(py);
        for (key, value) in reply.pairs() {
            pairs.append((element(py, key, decode)?, element(py, value, decode)?))?;
        }
        return Ok(pairs.into_any());
    }
    let dict = PyDict::new(py);
    for (key, value) in reply.pairs() {
        dict.set_item(element(py, key, decode)?, element(py, value, decode)?)?;
    }
    Ok(dict.into_any())
}

/// A set; a list where a member is no scalar.
fn set<'py>(py: Python<'py>, reply: &Reply, decode: bool) -> PyResult<Bound<'py, PyAny>> {
    if !reply.iter().all(hashes) {
        return Ok(list(py, reply, decode)?.into_any());
    }
    let set = PySet::empty(py)?;
    for item in reply.iter() {
        set.add(element(py, item, decode)?)?;
    }
    Ok(set.into_any())
}
