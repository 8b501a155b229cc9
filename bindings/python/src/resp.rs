//! From RESP to Python objects, for who wants replies in the shapes of the wire. The bytes are the library's own.

use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBytes, PyDict, PyFloat, PyInt, PyList, PySet, PyString};

type Object<'py> = Bound<'py, PyAny>;

/// How an answer is given to Python.
#[pyclass(module = "lodger._lodger", frozen)]
pub(crate) struct Style {
    /// Text instead of bytes.
    decode: bool,
    /// A set for a set, if all its elements can be in one; otherwise a list.
    sets: bool,
    /// Makes an exception of the text of an error.
    error: Py<PyAny>,
}

#[pymethods]
impl Style {
    #[new]
    #[pyo3(signature = (error, *, decode = false, sets = false))]
    fn new(error: Py<PyAny>, decode: bool, sets: bool) -> Self {
        Self { decode, sets, error }
    }
}

/// The last frame of an answer: in front of it are messages.
pub(crate) fn last<'py>(py: Python<'py>, answer: &[u8], style: &Style) -> PyResult<Object<'py>> {
    let mut reader = Reader { py, rest: answer, style };
    let mut frame = reader.frame()?;
    while !reader.rest.is_empty() {
        frame = reader.frame()?;
    }
    Ok(frame)
}

/// All frames of an answer, without messages.
pub(crate) fn all<'py>(py: Python<'py>, answer: &[u8], style: &Style) -> PyResult<Bound<'py, PyList>> {
    let frames = PyList::empty(py);
    let mut reader = Reader { py, rest: answer, style };
    while let Some(kind) = reader.rest.first().copied() {
        let frame = reader.frame()?;
        if kind != b'>' {
            frames.append(frame)?;
        }
    }
    Ok(frames)
}

/// Reads frames, each of which is whole.
struct Reader<'a, 'py> {
    py: Python<'py>,
    /// What is not read yet.
    rest: &'a [u8],
    style: &'a Style,
}

impl<'a, 'py> Reader<'a, 'py> {
    #[inline]
    fn line(&mut self) -> &'a [u8] {
        let end = self.rest.iter().position(|b| *b == b'\r').unwrap_or(self.rest.len());
        let line = self.rest.get(..end).unwrap_or_default();
        self.rest = self.rest.get(end + 2..).unwrap_or_default();
        line
    }

    #[inline]
    fn bytes(&mut self, len: usize) -> &'a [u8] {
        let bytes = self.rest.get(..len).unwrap_or_default();
        self.rest = self.rest.get(len + 2..).unwrap_or_default();
        bytes
    }

    fn string(&self, bytes: &[u8]) -> PyResult<Object<'py>> {
        if self.style.decode {
            return PyString::from_bytes(self.py, bytes).map(Bound::into_any);
        }
        Ok(PyBytes::new(self.py, bytes).into_any())
    }

    fn frame(&mut self) -> PyResult<Object<'py>> {
        let py = self.py;
        let line = self.line();
        let (kind, text) = line.split_first().map_or((b'_', &[][..]), |(kind, text)| (*kind, text));
        Ok(match kind {
            b'$' => match length(text) {
                Some(len) => {
                    let bytes = self.bytes(len);
                    self.string(bytes)?
                }
                None => py.None().into_bound(py),
            },
            b'+' => self.string(text)?,
            b':' => number(text).into_pyobject(py)?.into_any(),
            b'-' => self.error(text)?,
            b'!' => {
                let text = self.bytes(length(text).unwrap_or(0));
                self.error(text)?
            }
            b'=' => {
                let text = self.bytes(length(text).unwrap_or(0));
                self.string(text.get(4..).unwrap_or_default())?
            }
            b',' => {
                let text = std::str::from_utf8(text).unwrap_or("nan");
                PyFloat::new(py, text.parse().unwrap_or(f64::NAN)).into_any()
            }
            b'#' => PyBool::new(py, text == b"t").to_owned().into_any(),
            b'(' => py.get_type::<PyInt>().call1((String::from_utf8_lossy(text).as_ref(),))?,
            b'*' | b'~' | b'>' => match length(text) {
                Some(len) => self.list(len, kind == b'~' && self.style.sets)?,
                None => py.None().into_bound(py),
            },
            b'%' => self.map(length(text).unwrap_or(0))?,
            _ => py.None().into_bound(py),
        })
    }

    #[cold]
    fn error(&self, text: &[u8]) -> PyResult<Object<'py>> {
        self.style.error.bind(self.py).call1((String::from_utf8_lossy(text).as_ref(),))
    }

    fn list(&mut self, len: usize, set: bool) -> PyResult<Object<'py>> {
        let items = PyList::empty(self.py);
        for _ in 0..len {
            items.append(self.frame()?)?;
        }
        if set && let Ok(set) = PySet::new(self.py, items.iter()) {
            return Ok(set.into_any());
        }
        Ok(items.into_any())
    }

    fn map(&mut self, pairs: usize) -> PyResult<Object<'py>> {
        let dict = PyDict::new(self.py);
        for _ in 0..pairs {
            let (key, value) = (self.frame()?, self.frame()?);
            dict.set_item(key, value)?;
        }
        Ok(dict.into_any())
    }
}

fn number(line: &[u8]) -> i64 {
    std::str::from_utf8(line).ok().and_then(|text| text.parse().ok()).unwrap_or(0)
}

/// The length of an aggregate or string; `None` for the absent one.
fn length(line: &[u8]) -> Option<usize> {
    usize::try_from(number(line)).ok()
}
