//! From errors of the library to exceptions of `lodger.errors`: the one place where they are mapped.

use lodger::ErrorKind;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyType;

/// The exceptions, in the order of [`NAMES`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    Response,
    WrongType,
    OutOfMemory,
    Argument,
    Data,
    Decode,
    Closed,
    Locked,
    Storage,
    Corrupt,
    Unsupported,
    Forked,
    Busy,
    Lagged,
    Interrupted,
    Internal,
}

const NAMES: [&str; 16] = [
    "ResponseError",
    "WrongTypeError",
    "OutOfMemoryError",
    "ArgumentError",
    "DataError",
    "DecodeError",
    "ClosedError",
    "LockedError",
    "StorageError",
    "CorruptError",
    "UnsupportedError",
    "ForkedError",
    "BusyError",
    "LaggedError",
    "InterruptedError",
    "InternalError",
];

static CLASSES: PyOnceLock<Vec<Py<PyType>>> = PyOnceLock::new();

fn class(py: Python<'_>, class: Class) -> PyResult<&Bound<'_, PyType>> {
    let all = CLASSES.get_or_try_init(py, || {
        let module = py.import("lodger.errors")?;
        let find = |name: &&str| Ok(module.getattr(*name)?.cast_into::<PyType>()?.unbind());
        NAMES.iter().map(find).collect::<PyResult<Vec<_>>>()
    })?;
    // `Class` and `NAMES` are as long as each other.
    Ok(all[class as usize].bind(py))
}

/// Looks the classes up, so that nothing is imported when an error happens.
pub(crate) fn prepare(py: Python<'_>) -> PyResult<()> {
    class(py, Class::Response).map(|_| ())
}

/// An exception with a text.
#[cold]
pub(crate) fn new(py: Python<'_>, which: Class, text: String) -> PyErr {
    match class(py, which) {
        Ok(class) => PyErr::from_type(class.clone(), text),
        Err(error) => error,
    }
}

/// What the library answers, as an exception.
#[cold]
pub(crate) fn raise(py: Python<'_>, error: &lodger::Error) -> PyErr {
    let which = match error.kind() {
        ErrorKind::Command => return reply(py, error.message()),
        ErrorKind::NoMemory => Class::OutOfMemory,
        ErrorKind::Arg => Class::Argument,
        ErrorKind::Io => Class::Storage,
        ErrorKind::Corrupt => Class::Corrupt,
        ErrorKind::Closed => Class::Closed,
        ErrorKind::Unsupported => Class::Unsupported,
        ErrorKind::Forked => Class::Forked,
        ErrorKind::Locked => Class::Locked,
        ErrorKind::Busy => Class::Busy,
        ErrorKind::Lagged => Class::Lagged,
        ErrorKind::Interrupted => Class::Interrupted,
        // A panic, and kinds that come later.
        _ => Class::Internal,
    };
    new(py, which, error.message().to_owned())
}

/// What a command answers as an error, such as `WRONGTYPE Operation against ...`.
#[cold]
pub(crate) fn reply(py: Python<'_>, text: &str) -> PyErr {
    let which = match text.split(' ').next() {
        Some("WRONGTYPE") => Class::WrongType,
        Some("OOM") => Class::OutOfMemory,
        _ => Class::Response,
    };
    new(py, which, text.to_owned())
}

#[cold]
pub(crate) fn closed(py: Python<'_>, what: &str) -> PyErr {
    new(py, Class::Closed, format!("the {what} is closed"))
}
