//! How the methods of a `Db` run commands.

use lodger::{Client, Reply};
use pyo3::prelude::*;
use pyo3::types::{PyList, PyTuple};

use crate::commands::{Objects, Words, add};
use crate::db::{Db, Object};
use crate::reply;
use crate::word::Word;

impl Db {
    /// A call that gives a value.
    #[inline]
    pub(crate) fn value<'py>(
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

    /// A command of a name, a key and more arguments.
    pub(crate) fn many<'py>(
        &self,
        py: Python<'py>,
        name: &'static str,
        key: Option<&Object<'py>>,
        more: &Bound<'py, PyTuple>,
    ) -> PyResult<Object<'py>> {
        let objects: Objects<'_, 'py> = more.iter_borrowed().collect();
        let mut words = Words::new();
        words.push(Word::Borrowed(name.as_bytes()));
        if let Some(key) = key {
            words.push(Word::of(key)?);
        }
        add(&mut words, &objects)?;
        self.answer(py, &words)
    }

    /// [`Db::many`] where one argument more, the common case, has a call of its own.
    pub(crate) fn one_or_many<'py>(
        &self,
        py: Python<'py>,
        name: &'static str,
        key: &Object<'py>,
        more: &Bound<'py, PyTuple>,
        one: fn(&mut Client, &[u8], &[u8]) -> lodger::Result<i64>,
    ) -> PyResult<i64> {
        if more.len() != 1 {
            return self.many(py, name, Some(key), more)?.extract();
        }
        let only = more.get_borrowed_item(0)?;
        let (key, only) = (Word::of(key)?, Word::of(&only)?);
        self.call(py, true, |client| one(client, key.as_ref(), only.as_ref()))
    }

    /// A command of a name and words.
    pub(crate) fn ask<'py>(
        &self,
        py: Python<'py>,
        name: &'static str,
        words: &mut [Option<Word<'_>>],
    ) -> PyResult<Object<'py>> {
        let mut call = Words::from_iter([Word::Borrowed(name.as_bytes())]);
        call.extend(words.iter_mut().filter_map(Option::take));
        self.answer(py, &call)
    }

    pub(crate) fn pop_waiting<'py>(
        &self,
        py: Python<'py>,
        name: &'static str,
        keys: &Bound<'py, PyTuple>,
        timeout: f64,
    ) -> PyResult<Option<Object<'py>>> {
        let objects: Objects<'_, 'py> = keys.iter_borrowed().collect();
        let mut words = Words::from_iter([Word::Borrowed(name.as_bytes())]);
        add(&mut words, &objects)?;
        words.push(Word::Owned(timeout.to_string().into_bytes()));
        let reply = self.pool.long(py, |client| client.command(&words))?;
        let pair = reply::convert(py, &reply, self.decode)?;
        if pair.is_none() {
            return Ok(None);
        }
        Ok(Some(PyTuple::new(py, pair.cast::<PyList>()?)?.into_any()))
    }
}
