//! Commands as Python gives them: one as arguments, several as a list of tuples.

use lodger::{Client, Reply};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyByteArray, PyBytes, PyIterator, PyList, PyMemoryView, PyString, PyTuple};
use smallvec::SmallVec;

use crate::errors::{self, Class};
use crate::options::bad;
use crate::reply;
use crate::word::Word;

/// Words of a call; most have few.
pub(crate) type Words<'a> = SmallVec<[Word<'a>; 6]>;
/// The objects that a call's words lie in, held by whoever gave them.
pub(crate) type Objects<'a, 'py> = SmallVec<[Borrowed<'a, 'py, PyAny>; 6]>;

/// A command's words, behind those that it has already.
pub(crate) fn add<'a>(words: &mut Words<'a>, objects: &'a [Borrowed<'_, '_, PyAny>]) -> PyResult<()> {
    for object in objects {
        words.push(Word::of(object)?);
    }
    Ok(())
}

/// A command's words.
pub(crate) fn words_of<'a>(objects: &'a [Borrowed<'_, '_, PyAny>]) -> PyResult<Words<'a>> {
    let mut words = Words::new();
    add(&mut words, objects)?;
    Ok(words)
}

/// A command's words; the first object may be several, between spaces.
pub(crate) fn split<'a>(
    words: &mut impl Extend<Word<'a>>,
    objects: &'a [Borrowed<'_, '_, PyAny>],
) -> PyResult<()> {
    let Some((name, rest)) = objects.split_first() else { return Ok(()) };
    let name: &'a Bound<'_, PyAny> = name;
    let bytes = match name.cast::<PyString>() {
        Ok(text) => text.to_str().unwrap_or_default().as_bytes(),
        Err(_) => name.cast::<PyBytes>().map_or(&[][..], |bytes| bytes.as_bytes()),
    };
    let rest = if bytes.contains(&b' ') {
        let names = bytes.split(u8::is_ascii_whitespace).filter(|part| !part.is_empty());
        words.extend(names.map(Word::Borrowed));
        rest
    } else {
        objects
    };
    for object in rest {
        words.extend([Word::of(object)?]);
    }
    Ok(())
}

/// Several commands. Tuples do not change, so that their words stay where they are while the interpreter is given up.
pub(crate) struct Given<'py>(Vec<Bound<'py, PyTuple>>);

impl<'py> Given<'py> {
    pub(crate) fn of(commands: &Bound<'py, PyAny>) -> PyResult<Self> {
        let tuple = |command: Bound<'py, PyAny>| match command.cast_into::<PyTuple>() {
            Ok(words) => Ok(words),
            Err(other) => {
                let command = other.into_inner();
                let words =
                    items(&command, "a command must be a sequence of words, such as (\"GET\", \"key\")")?
                        .collect::<PyResult<Vec<_>>>()?;
                PyTuple::new(command.py(), words)
            }
        };
        let given = match commands.cast::<PyList>() {
            Ok(commands) => commands.iter().map(tuple).collect::<PyResult<_>>()?,
            Err(_) => items(
                commands,
                "commands must be a list of sequences of words, such as [(\"GET\", \"key\")]",
            )?
            .map(|command| tuple(command?))
            .collect::<PyResult<_>>()?,
        };
        Ok(Self(given))
    }

    /// The commands of a pipeline of redis-py: pairs, of which the first is the words.
    pub(crate) fn of_stack(stack: &Bound<'py, PyList>) -> PyResult<Self> {
        let words = |item: Bound<'py, PyAny>| Ok(item.get_item(0)?.cast_into::<PyTuple>()?);
        Ok(Self(stack.iter().map(words).collect::<PyResult<_>>()?))
    }

    /// The objects of all of them, one behind the other.
    pub(crate) fn objects(&self) -> Vec<Borrowed<'_, 'py, PyAny>> {
        self.0.iter().flat_map(|words| words.iter_borrowed()).collect()
    }

    /// Their words; `objects` are [`Given::objects`].
    pub(crate) fn batch<'a>(&self, objects: &'a [Borrowed<'_, '_, PyAny>]) -> PyResult<Batch<'a>> {
        let mut words = Vec::with_capacity(objects.len());
        for object in objects {
            words.push(Word::of(object)?);
        }
        Ok(Batch { words, lens: self.0.iter().map(|words| words.len()).collect() })
    }

    /// The same where the first object of each may be several words; with `atomic` between MULTI and EXEC.
    pub(crate) fn batch_split<'a>(
        &self,
        objects: &'a [Borrowed<'_, '_, PyAny>],
        atomic: bool,
    ) -> PyResult<Batch<'a>> {
        let mut batch = Batch {
            words: Vec::with_capacity(objects.len() + 2),
            lens: Vec::with_capacity(self.0.len() + 2),
        };
        if atomic {
            batch.push(b"MULTI");
        }
        let mut rest = objects;
        for command in &self.0 {
            let (own, behind) = rest.split_at_checked(command.len()).unwrap_or_default();
            rest = behind;
            let before = batch.words.len();
            split(&mut batch.words, own)?;
            batch.lens.push(batch.words.len() - before);
        }
        if atomic {
            batch.push(b"EXEC");
        }
        Ok(batch)
    }
}

/// What a sequence of commands, or of words, gives. A text is neither, though it would give letters.
fn items<'py>(object: &Bound<'py, PyAny>, must: &str) -> PyResult<Bound<'py, PyIterator>> {
    let is_text = object.is_instance_of::<PyString>()
        || object.is_instance_of::<PyBytes>()
        || object.is_instance_of::<PyByteArray>()
        || object.is_instance_of::<PyMemoryView>();
    let py = object.py();
    if !is_text {
        match object.try_iter() {
            Err(error) if error.is_instance_of::<PyTypeError>(py) => {}
            items => return items,
        }
    }
    let text = format!("{must}, not {}", object.get_type().name()?);
    Err(errors::new(py, Class::Data, text))
}

/// The words of several commands in one row.
pub(crate) struct Batch<'a> {
    words: Vec<Word<'a>>,
    lens: Vec<usize>,
}

impl Batch<'_> {
    fn push(&mut self, word: &'static [u8]) {
        self.words.push(Word::Borrowed(word));
        self.lens.push(1);
    }

    /// The commands.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &[Word<'_>]> {
        let mut rest = &self.words[..];
        self.lens.iter().map(move |len| {
            let (words, behind) = rest.split_at_checked(*len).unwrap_or_default();
            rest = behind;
            words
        })
    }

    /// Runs one after the other.
    pub(crate) fn run(&self, client: &mut Client) -> lodger::Result<Vec<Reply>> {
        let mut replies = Vec::with_capacity(self.lens.len());
        for words in self.iter() {
            replies.push(client.command(words)?);
        }
        Ok(replies)
    }

    /// Runs them as one step; the one reply is EXEC's.
    pub(crate) fn run_as_one(&self, client: &mut Client) -> lodger::Result<Reply> {
        client.command(&["MULTI"])?;
        // Whatever goes wrong with one, EXEC ends it.
        let queued = self.iter().try_for_each(|words| client.command(words).map(|_| ()));
        let last = if queued.is_ok() { "EXEC" } else { "DISCARD" };
        let done = client.command(&[last])?;
        queued.map(|()| done)
    }
}

/// The replies of several commands. Errors are exception objects; with `raise_errors` the first one is raised.
pub(crate) fn replies<'py>(
    py: Python<'py>,
    all: &[Reply],
    decode: bool,
    raise_errors: bool,
) -> PyResult<Bound<'py, PyList>> {
    if raise_errors && let Some(first) = all.iter().find(|reply| reply.as_error().is_some()) {
        return Err(reply::error(py, first));
    }
    let items = all.iter().map(|reply| reply::element(py, reply, decode)).collect::<PyResult<Vec<_>>>()?;
    PyList::new(py, items)
}

/// An error for commands that change the state of a connection, which a `Db` does not have.
pub(crate) fn check_stateless(py: Python<'_>, words: &[Word<'_>]) -> PyResult<()> {
    const OF_CLIENT: [&str; 8] =
        ["REPLY", "SETNAME", "SETINFO", "NO-EVICT", "NO-TOUCH", "TRACKING", "CACHING", "GETNAME"];
    let is = |word: &Word<'_>, names: &[&str]| {
        names.iter().any(|name| word.as_ref().eq_ignore_ascii_case(name.as_bytes()))
    };
    let Some(name) = words.first() else { return Ok(()) };
    // By length, because every call comes along here.
    let found = match name.as_ref().len() {
        4 => is(name, &["EXEC", "QUIT", "AUTH"]),
        5 => is(name, &["MULTI", "WATCH", "HELLO", "RESET"]),
        6 => {
            is(name, &["SELECT"])
                || (is(name, &["CLIENT"]) && words.get(1).is_some_and(|word| is(word, &OF_CLIENT)))
        }
        7 => is(name, &["DISCARD", "UNWATCH", "MONITOR"]),
        9.. => is(
            name,
            &["SUBSCRIBE", "PSUBSCRIBE", "SSUBSCRIBE", "UNSUBSCRIBE", "PUNSUBSCRIBE", "SUNSUBSCRIBE"],
        ),
        _ => false,
    };
    if !found {
        return Ok(());
    }
    let name = String::from_utf8_lossy(name.as_ref()).to_ascii_uppercase();
    Err(bad(py, format!("{name} is about the state of one connection, and a Db has none: use db.client()")))
}
