//! A clock that is moved by hand.

use std::time::{SystemTime, UNIX_EPOCH};

use pyo3::prelude::*;

use crate::options::milliseconds;

/// A clock that stands still until it is moved: a database opened with it expires keys by it.
#[pyclass(module = "lodger._lodger", frozen)]
pub(crate) struct Clock(pub(crate) lodger::Clock);

#[pymethods]
impl Clock {
    /// A clock that stands at a Unix time in seconds, now unless said.
    #[new]
    #[pyo3(signature = (start = None))]
    fn new(start: Option<&Bound<'_, PyAny>>) -> PyResult<Self> {
        let now = || SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis());
        let start = match start {
            Some(start) => milliseconds(start)?,
            None => i64::try_from(now()).unwrap_or(0),
        };
        Ok(Self(lodger::Clock::manual(start)))
    }

    /// Moves it forward, by seconds or a timedelta.
    fn advance(&self, time: &Bound<'_, PyAny>) -> PyResult<()> {
        self.0.advance_ms(milliseconds(time)?);
        Ok(())
    }

    /// Its Unix time in seconds.
    fn time(&self) -> f64 {
        self.0.now_us() as f64 / 1e6
    }
}
