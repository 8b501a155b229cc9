//! `lodger._lodger`: lodger for Python. Shapes only, the work is the library's; what is Pythonic is in `python/lodger`.
//!
//! Start reading at `db.rs`; which calls give up the interpreter is decided in `pool.rs`.

mod client;
mod clock;
mod db;
mod errors;
mod options;
mod pool;
mod raw;
mod reply;
mod resp;
mod signals;
mod streams;
mod word;

use pyo3::prelude::*;

/// The native part of the package lodger.
#[pymodule(gil_used = false)]
fn _lodger(module: &Bound<'_, PyModule>) -> PyResult<()> {
    errors::prepare(module.py())?;
    module.add("__version__", env!("CARGO_PKG_VERSION"))?;
    module.add_class::<db::Db>()?;
    module.add_class::<client::PyClient>()?;
    module.add_class::<streams::Subscriber>()?;
    module.add_class::<streams::Feed>()?;
    module.add_class::<clock::Clock>()
}
