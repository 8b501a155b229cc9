//! `lodger._lodger`: lodger for Python. Shapes only, the work is the library's; what is Pythonic is in `python/lodger`.
//!
//! Start reading at `db.rs`; which calls give up the interpreter is decided in `pool.rs`.

mod calls;
mod client;
mod clock;
mod commands;
mod copies;
mod db;
mod errors;
mod handle;
mod options;
mod pool;
mod raw;
mod reply;
mod resp;
mod signals;
mod streams;
mod word;

use std::sync::atomic::{AtomicI64, Ordering};

use pyo3::exceptions::PyImportError;
use pyo3::prelude::*;

/// The interpreter that imported the module first, plus one.
static FIRST: AtomicI64 = AtomicI64::new(0);

/// An `ImportError` in any other interpreter than the first. From Python 3.12 on the module is not even loaded there.
#[pyfunction]
fn check_interpreter(py: Python<'_>) -> PyResult<()> {
    let this = raw::interpreter(py).saturating_add(1);
    match FIRST.compare_exchange(0, this, Ordering::Relaxed, Ordering::Relaxed) {
        Err(first) if first != this => Err(PyImportError::new_err(
            "lodger works in one interpreter of a process, not in subinterpreters",
        )),
        _ => Ok(()),
    }
}

/// The native part of the package lodger.
#[pymodule(gil_used = false)]
fn _lodger(module: &Bound<'_, PyModule>) -> PyResult<()> {
    errors::prepare(module.py())?;
    module.add_function(wrap_pyfunction!(check_interpreter, module)?)?;
    module.add("__version__", env!("CARGO_PKG_VERSION"))?;
    module.add_class::<db::Db>()?;
    module.add_class::<client::PyClient>()?;
    module.add_class::<resp::Style>()?;
    module.add_class::<streams::Subscriber>()?;
    module.add_class::<streams::Feed>()?;
    module.add_class::<clock::Clock>()
}
