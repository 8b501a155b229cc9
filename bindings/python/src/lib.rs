//! `lodger._lodger`: lodger for Python. Shapes only, the work is the library's; what is Pythonic is in `python/lodger`.
//!
//! Start reading at `db.rs`; which calls give up the interpreter is decided in `pool.rs`.

mod db;
mod errors;
mod pool;
mod raw;
mod reply;
mod signals;
mod word;

use pyo3::prelude::*;

/// The native part of the package lodger.
#[pymodule(gil_used = false)]
fn _lodger(module: &Bound<'_, PyModule>) -> PyResult<()> {
    errors::prepare(module.py())?;
    module.add("__version__", env!("CARGO_PKG_VERSION"))?;
    module.add_class::<db::Db>()
}
