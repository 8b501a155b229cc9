//! `Db`: an open database.

use lodger::{Client, Options, Reply};
use pyo3::prelude::*;
use pyo3::types::PyTuple;
use smallvec::SmallVec;

use crate::errors;
use crate::pool::Pool;
use crate::reply;
use crate::word::Word;

type Object<'py> = Bound<'py, PyAny>;

/// Words of a call; most have few.
pub(crate) type Words<'a> = SmallVec<[Word<'a>; 6]>;

/// An open database; any thread may use it.
#[pyclass(module = "lodger._lodger", subclass, frozen, weakref)]
pub(crate) struct Db {
    pub(crate) pool: Pool,
    pub(crate) decode: bool,
    location: String,
}

impl Db {
    /// A call that gives a value.
    #[inline]
    fn value<'py>(
        &self,
        py: Python<'py>,
        writes: bool,
        call: impl for<'c> Fn(&'c mut Client) -> lodger::Result<Option<&'c [u8]>> + Send,
    ) -> PyResult<Option<Object<'py>>> {
        let decode = self.decode;
        let given = self.pool.short(
            py,
            |client| !client.may_wait(writes),
            |client| Ok(call(client)?.map(|bytes| reply::text(py, bytes, decode))),
        );
        match given {
            Some(Ok(value)) => value.transpose(),
            Some(Err(error)) => Err(error),
            None => {
                let bytes = self.pool.long(py, move |client| Ok(call(client)?.map(<[u8]>::to_vec)))?;
                bytes.map(|bytes| reply::text(py, &bytes, decode)).transpose()
            }
        }
    }

    /// A call that gives something else.
    #[inline]
    pub(crate) fn call<R: Send>(
        &self,
        py: Python<'_>,
        writes: bool,
        call: impl Fn(&mut Client) -> lodger::Result<R> + Send,
    ) -> PyResult<R> {
        let given = self.pool.short(py, |client| !client.may_wait(writes), &call);
        given.unwrap_or_else(|| self.pool.long(py, call))
    }

    /// Any command.
    pub(crate) fn run(&self, py: Python<'_>, words: &[Word<'_>]) -> PyResult<Reply> {
        let given = self.pool.short(py, |client| client.is_quick(words), |client| client.command(words));
        given.unwrap_or_else(|| self.pool.long(py, |client| client.command(words)))
    }

    pub(crate) fn answer<'py>(&self, py: Python<'py>, words: &[Word<'_>]) -> PyResult<Object<'py>> {
        let reply = self.run(py, words)?;
        reply::convert(py, &reply, self.decode)
    }
}

#[pymethods]
impl Db {
    #[new]
    #[pyo3(signature = (location = "", config = "", *, decode_responses = false))]
    fn open(py: Python<'_>, location: &str, config: &str, decode_responses: bool) -> PyResult<Self> {
        let options = Options::new().config(config);
        let opened = py.detach(|| options.open(location));
        let db = opened.map_err(|error| errors::raise(py, &error))?;
        Ok(Self { pool: Pool::new(db), decode: decode_responses, location: location.to_owned() })
    }

    /// Any command, given as words; see the package's documentation for what the reply becomes.
    #[pyo3(signature = (*args))]
    fn execute<'py>(&self, py: Python<'py>, args: &Bound<'py, PyTuple>) -> PyResult<Object<'py>> {
        let objects: SmallVec<[Object<'py>; 6]> = args.iter().collect();
        let words = objects.iter().map(Word::of).collect::<PyResult<Words<'_>>>()?;
        self.answer(py, &words)
    }

    /// The value of a key, None if there is none.
    fn get<'py>(&self, py: Python<'py>, key: &Object<'py>) -> PyResult<Option<Object<'py>>> {
        let key = Word::of(key)?;
        self.value(py, false, |client| client.get(key.as_ref()))
    }

    /// Stores a value.
    fn set<'py>(&self, py: Python<'py>, key: &Object<'py>, value: &Object<'py>) -> PyResult<bool> {
        let (key, value) = (Word::of(key)?, Word::of(value)?);
        self.call(py, true, |client| client.set(key.as_ref(), value.as_ref()))?;
        Ok(true)
    }

    /// Closes the database for everybody who uses it.
    fn close(&self, py: Python<'_>) -> PyResult<()> {
        self.pool.close(py)
    }

    /// Whether it was closed.
    #[getter]
    fn closed(&self) -> bool {
        self.pool.is_closed()
    }
}
