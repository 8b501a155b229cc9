//! `Db`: an open database, and the calls that programs make most. How they are run is in `calls.rs`.

use std::path::PathBuf;
use std::time::Duration;

use lodger::Options;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyList, PyString, PyTuple, PyType};
use smallvec::SmallVec;

use crate::client::PyClient;
use crate::clock::Clock;
use crate::commands::{self, Objects, Words, words_of};
use crate::copies::Copies;
use crate::errors::{self, Class};
use crate::options::{self, Given, SetWords, bad, milliseconds, named, pairs, set_words};
use crate::pool::Pool;
use crate::streams::{Feed, Subscriber, feed_options};
use crate::word::Word;
use crate::{raw, reply, signals};

pub(crate) type Object<'py> = Bound<'py, PyAny>;

/// Keys that are looked up without giving up the interpreter.
const FEW: usize = 64;

/// An open database; any thread may use it.
#[pyclass(module = "lodger._lodger", subclass, frozen, weakref)]
pub(crate) struct Db {
    pub(crate) pool: Pool,
    pub(crate) decode: bool,
    location: PathBuf,
    copies: Copies,
}

#[pymethods]
impl Db {
    #[new]
    #[pyo3(
        signature = (location = PathBuf::new(), config = "", *, decode_responses = false, clock = None, seed = None),
        text_signature = "(location='', config='', *, decode_responses=False, clock=None, seed=None)"
    )]
    fn open(
        py: Python<'_>,
        #[pyo3(from_py_with = options::path)] location: PathBuf,
        config: &str,
        decode_responses: bool,
        clock: Option<&Bound<'_, Clock>>,
        #[pyo3(from_py_with = named::seed)] seed: Option<u64>,
    ) -> PyResult<Self> {
        let mut options = Options::new().config(config);
        if let Some(clock) = clock {
            options = options.clock(clock.get().0.clone());
        }
        if let Some(seed) = seed {
            options = options.seed(seed);
        }
        let opened = py.detach(|| options.open(&location));
        let db = opened.map_err(|error| errors::raise(py, &error))?;
        Ok(Self { pool: Pool::new(db), decode: decode_responses, location, copies: Copies::default() })
    }

    /// Any command, given as words. What the command answers as an error is raised.
    #[pyo3(signature = (*args))]
    fn execute<'py>(&self, py: Python<'py>, args: &Bound<'py, PyTuple>) -> PyResult<Object<'py>> {
        let objects: Objects<'_, 'py> = args.iter_borrowed().collect();
        let words = words_of(&objects)?;
        commands::check_stateless(py, &words)?;
        self.answer(py, &words)
    }

    /// Several commands, one after the other, with the interpreter given up once; with `atomic` as one step. An error that a command
    /// answers is an exception object in the list; with `raise_errors` the first one is raised, after all of them were run.
    #[pyo3(
        signature = (commands, *, atomic = false, raise_errors = false),
        text_signature = "($self, commands, *, atomic=False, raise_errors=False)"
    )]
    fn execute_many<'py>(
        &self,
        py: Python<'py>,
        commands: &Object<'py>,
        atomic: bool,
        raise_errors: bool,
    ) -> PyResult<Bound<'py, PyList>> {
        let given = commands::Given::of(commands)?;
        let objects = given.objects();
        let batch = given.batch(&objects)?;
        batch.iter().try_for_each(|words| commands::check_stateless(py, words))?;
        if !atomic {
            let replies = self.pool.long(py, |client| batch.run(client))?;
            return commands::replies(py, &replies, self.decode, raise_errors);
        }
        let done = self.pool.long(py, |client| batch.run_as_one(client))?;
        if done.as_error().is_some() {
            return Err(reply::error(py, &done));
        }
        commands::replies(py, done.elements(), self.decode, raise_errors)
    }

    /// The value of a key, None if there is none.
    fn get<'py>(&self, py: Python<'py>, key: &Object<'py>) -> PyResult<Option<Object<'py>>> {
        let key = Word::of(key)?;
        self.value(py, false, |client| client.get(key.as_ref()))
    }

    /// A read-only memoryview of a value, None if there is none. From 64 KiB on it is the value in the database itself, which is held
    /// as it is: a writer that comes meanwhile changes a copy.
    fn get_view<'py>(&self, py: Python<'py>, key: &Object<'py>) -> PyResult<Option<Object<'py>>> {
        let reply = self.run(py, &[Word::Borrowed(b"GET"), Word::of(key)?])?;
        if reply.as_error().is_some() {
            return reply::convert(py, &reply, false).map(Some);
        }
        if reply.is_nil() { Ok(None) } else { raw::view(py, reply).map(Some) }
    }

    /// Stores a value; with the key alone, a set as a Python set.
    #[pyo3(
        signature = (key, value = Given::Missing, **options),
        text_signature = "($self, key, value=..., *, ex=None, px=None, exat=None, pxat=None, nx=False, xx=False, keepttl=False, get=False)"
    )]
    fn set<'py>(
        slf: &Bound<'py, Self>,
        key: &Object<'py>,
        value: Given<'_, 'py>,
        options: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Object<'py>> {
        let (py, this) = (slf.py(), slf.get());
        let Given::Object(value) = value else {
            return slf.call_method1("_set_view", (key,));
        };
        let (key, value) = (Word::of(key)?, Word::of(&value)?);
        let (key, value) = (key.as_ref(), value.as_ref());
        let yes = || PyBool::new(py, true).to_owned().into_any();
        let Some(options) = options else {
            this.call(py, true, |client| client.set(key, value))?;
            return Ok(yes());
        };
        let SetWords { words: more, only_px, gets } = set_words(options)?;
        if let Some(ms) = only_px {
            this.call(py, true, |client| client.set_px(key, value, ms))?;
            return Ok(yes());
        }
        let mut words = Words::from_iter([b"SET", key, value].map(Word::Borrowed));
        words.extend(more);
        let answer = this.answer(py, &words)?;
        if gets {
            return Ok(answer);
        }
        Ok(PyBool::new(py, !answer.is_none()).to_owned().into_any())
    }

    /// Removes keys; how many were there. Large values are freed in the background.
    #[pyo3(signature = (*keys))]
    fn delete<'py>(&self, py: Python<'py>, keys: &Bound<'py, PyTuple>) -> PyResult<Object<'py>> {
        self.many(py, "UNLINK", None, keys)
    }

    /// How many of the keys are there.
    #[pyo3(signature = (*keys))]
    fn exists<'py>(&self, py: Python<'py>, keys: &Bound<'py, PyTuple>) -> PyResult<Object<'py>> {
        self.many(py, "EXISTS", None, keys)
    }

    /// Adds to the integer that a key holds; its value then.
    #[pyo3(signature = (key, by = 1))]
    fn incr(
        &self,
        py: Python<'_>,
        key: &Object<'_>,
        #[pyo3(from_py_with = named::by)] by: i64,
    ) -> PyResult<i64> {
        let key = Word::of(key)?;
        self.call(py, true, |client| client.incr_by(key.as_ref(), by))
    }

    /// Subtracts from the integer that a key holds; its value then.
    #[pyo3(signature = (key, by = 1))]
    fn decr(
        &self,
        py: Python<'_>,
        key: &Object<'_>,
        #[pyo3(from_py_with = named::by)] by: i64,
    ) -> PyResult<i64> {
        let by = by.checked_neg().ok_or_else(|| bad(py, "decrement would overflow"))?;
        self.incr(py, key, by)
    }

    /// Has a key expire after a time, in seconds or as a timedelta; whether it is there.
    fn expire(&self, py: Python<'_>, key: &Object<'_>, time: &Object<'_>) -> PyResult<bool> {
        let (key, ms) = (Word::of(key)?, milliseconds(time)?);
        self.call(py, true, |client| client.pexpire(key.as_ref(), ms))
    }

    /// Has a key stay; whether it had an expiry.
    fn persist(&self, py: Python<'_>, key: &Object<'_>) -> PyResult<bool> {
        self.ask(py, "PERSIST", &mut [Some(Word::of(key)?)])?.eq(1)
    }

    /// Seconds that a key has to live: -1 without an expiry, -2 without a key.
    fn ttl(&self, py: Python<'_>, key: &Object<'_>) -> PyResult<i64> {
        let ms = self.pttl(py, key)?;
        // As Redis rounds.
        Ok(if ms < 0 { ms } else { ms.saturating_add(500) / 1000 })
    }

    /// Milliseconds that a key has to live: -1 without an expiry, -2 without a key.
    fn pttl(&self, py: Python<'_>, key: &Object<'_>) -> PyResult<i64> {
        let key = Word::of(key)?;
        self.call(py, false, |client| client.pttl(key.as_ref()))
    }

    /// Appends to a value; its length then.
    fn append(&self, py: Python<'_>, key: &Object<'_>, value: &Object<'_>) -> PyResult<i64> {
        let (key, value) = (Word::of(key)?, Word::of(value)?);
        self.call(py, true, |client| client.append(key.as_ref(), value.as_ref()))
    }

    /// The length of a value, 0 without a key.
    fn strlen(&self, py: Python<'_>, key: &Object<'_>) -> PyResult<i64> {
        let key = Word::of(key)?;
        self.call(py, false, |client| client.strlen(key.as_ref()))
    }

    /// The value of a key, which is removed.
    fn getdel<'py>(&self, py: Python<'py>, key: &Object<'py>) -> PyResult<Option<Object<'py>>> {
        let key = Word::of(key)?;
        self.value(py, true, |client| client.getdel(key.as_ref()))
    }

    /// The values of keys as of one moment, None for those that are not there.
    #[pyo3(signature = (*keys))]
    fn mget<'py>(&self, py: Python<'py>, keys: &Bound<'py, PyTuple>) -> PyResult<Object<'py>> {
        if keys.len() > FEW || keys.is_empty() {
            return self.many(py, "MGET", None, keys);
        }
        let objects: Objects<'_, 'py> = keys.iter_borrowed().collect();
        let words = words_of(&objects)?;
        let slices: SmallVec<[&[u8]; 8]> = words.iter().map(AsRef::as_ref).collect();
        let items = PyList::empty(py);
        let mut failed = None;
        let mut keep = |bytes: Option<&[u8]>| {
            let item = bytes.map(|bytes| reply::text(py, bytes, self.decode)).transpose();
            if let Err(error) = item.and_then(|item| items.append(item)) {
                failed.get_or_insert(error);
            }
        };
        let done = self.pool.short(
            py,
            |client| !client.may_wait(false),
            |client| client.mget(&slices, |_, bytes| keep(bytes)),
        );
        let Some(done) = done else { return self.many(py, "MGET", None, keys) };
        done?;
        failed.map_or(Ok(items.into_any()), Err)
    }

    /// Stores several values as one step.
    fn mset(&self, py: Python<'_>, mapping: &Object<'_>) -> PyResult<()> {
        let pairs = pairs(mapping)?;
        let mut words = Words::from_iter([Word::Borrowed(b"MSET")]);
        for (key, value) in &pairs {
            words.push(Word::of(key)?);
            words.push(Word::of(value)?);
        }
        self.answer(py, &words).map(|_| ())
    }

    /// The type of a key's value, such as "list"; None without a key.
    fn r#type<'py>(&self, py: Python<'py>, key: &Object<'py>) -> PyResult<Option<Object<'py>>> {
        let name = self.ask(py, "TYPE", &mut [Some(Word::of(key)?)])?;
        Ok(if name.eq("none")? { None } else { Some(name) })
    }

    /// Sets a field of a hash, or those of a mapping; how many are new.
    #[pyo3(signature = (key, field = None, value = None, *, mapping = None))]
    fn hset<'py>(
        &self,
        py: Python<'py>,
        key: &Object<'py>,
        field: Option<&Object<'py>>,
        value: Option<&Object<'py>>,
        mapping: Option<&Object<'py>>,
    ) -> PyResult<i64> {
        let key = Word::of(key)?;
        match (field, value, mapping) {
            (Some(field), Some(value), None) => {
                let (field, value) = (Word::of(field)?, Word::of(value)?);
                self.call(py, true, |client| client.hset(key.as_ref(), field.as_ref(), value.as_ref()))
                    .map(i64::from)
            }
            (None, None, Some(mapping)) => {
                let pairs = pairs(mapping)?;
                let mut words = Words::from_iter([Word::Borrowed(b"HSET"), key]);
                for (field, value) in &pairs {
                    words.push(Word::of(field)?);
                    words.push(Word::of(value)?);
                }
                self.answer(py, &words)?.extract()
            }
            _ => Err(bad(py, "hset() takes a field and its value, or mapping=")),
        }
    }

    /// The value of a hash's field, None if there is none.
    fn hget<'py>(
        &self,
        py: Python<'py>,
        key: &Object<'py>,
        field: &Object<'py>,
    ) -> PyResult<Option<Object<'py>>> {
        let (key, field) = (Word::of(key)?, Word::of(field)?);
        self.value(py, false, |client| client.hget(key.as_ref(), field.as_ref()))
    }

    /// Removes fields of a hash; how many were there.
    #[pyo3(signature = (key, *fields))]
    fn hdel<'py>(&self, py: Python<'py>, key: &Object<'py>, fields: &Bound<'py, PyTuple>) -> PyResult<i64> {
        self.one_or_many(py, "HDEL", key, fields, |c, k, v| c.hdel(k, v).map(i64::from))
    }

    /// The number of fields of a hash.
    fn hlen(&self, py: Python<'_>, key: &Object<'_>) -> PyResult<i64> {
        let key = Word::of(key)?;
        self.call(py, false, |client| client.hlen(key.as_ref()))
    }

    /// Adds to the integer that a hash's field holds; its value then.
    #[pyo3(signature = (key, field, by = 1))]
    fn hincrby(
        &self,
        py: Python<'_>,
        key: &Object<'_>,
        field: &Object<'_>,
        #[pyo3(from_py_with = named::by)] by: i64,
    ) -> PyResult<i64> {
        let (key, field) = (Word::of(key)?, Word::of(field)?);
        self.call(py, true, |client| client.hincr_by(key.as_ref(), field.as_ref(), by))
    }

    /// All fields of a hash and their values.
    fn hgetall<'py>(&self, py: Python<'py>, key: &Object<'py>) -> PyResult<Object<'py>> {
        self.ask(py, "HGETALL", &mut [Some(Word::of(key)?)])
    }

    /// Puts elements before the first one of a list, one after the other; its length then.
    #[pyo3(signature = (key, *elements))]
    fn lpush<'py>(
        &self,
        py: Python<'py>,
        key: &Object<'py>,
        elements: &Bound<'py, PyTuple>,
    ) -> PyResult<i64> {
        self.one_or_many(py, "LPUSH", key, elements, |c, k, v| c.lpush(k, v))
    }

    /// Puts elements behind the last one of a list; its length then.
    #[pyo3(signature = (key, *elements))]
    fn rpush<'py>(
        &self,
        py: Python<'py>,
        key: &Object<'py>,
        elements: &Bound<'py, PyTuple>,
    ) -> PyResult<i64> {
        self.one_or_many(py, "RPUSH", key, elements, |c, k, v| c.rpush(k, v))
    }

    /// Takes the first element of a list, None if there is none; with `count` a list of as many at most.
    #[pyo3(signature = (key, count = None))]
    fn lpop<'py>(
        &self,
        py: Python<'py>,
        key: &Object<'py>,
        #[pyo3(from_py_with = named::count)] count: Option<i64>,
    ) -> PyResult<Option<Object<'py>>> {
        let key = Word::of(key)?;
        match count {
            None => self.value(py, true, |client| client.lpop(key.as_ref())),
            Some(n) => self.ask(py, "LPOP", &mut [Some(key), Some(Word::digits(n))]).map(Some),
        }
    }

    /// Takes the last element of a list, None if there is none; with `count` a list of as many at most.
    #[pyo3(signature = (key, count = None))]
    fn rpop<'py>(
        &self,
        py: Python<'py>,
        key: &Object<'py>,
        #[pyo3(from_py_with = named::count)] count: Option<i64>,
    ) -> PyResult<Option<Object<'py>>> {
        let key = Word::of(key)?;
        match count {
            None => self.value(py, true, |client| client.rpop(key.as_ref())),
            Some(n) => self.ask(py, "RPOP", &mut [Some(key), Some(Word::digits(n))]).map(Some),
        }
    }

    /// Waits for an element of one of the lists and takes the first one: key and element; None when the time, in seconds, is over.
    #[pyo3(signature = (*keys, timeout = 0.0))]
    fn blpop<'py>(
        &self,
        py: Python<'py>,
        keys: &Bound<'py, PyTuple>,
        #[pyo3(from_py_with = named::timeout)] timeout: f64,
    ) -> PyResult<Option<Object<'py>>> {
        self.pop_waiting(py, "BLPOP", keys, timeout)
    }

    /// The same for the last element.
    #[pyo3(signature = (*keys, timeout = 0.0))]
    fn brpop<'py>(
        &self,
        py: Python<'py>,
        keys: &Bound<'py, PyTuple>,
        #[pyo3(from_py_with = named::timeout)] timeout: f64,
    ) -> PyResult<Option<Object<'py>>> {
        self.pop_waiting(py, "BRPOP", keys, timeout)
    }

    /// The length of a list.
    fn llen(&self, py: Python<'_>, key: &Object<'_>) -> PyResult<i64> {
        let key = Word::of(key)?;
        self.call(py, false, |client| client.llen(key.as_ref()))
    }

    /// Elements of a list from one place to another, which is included; negative ones count from the end.
    #[pyo3(signature = (key, start = 0, stop = -1), text_signature = "($self, key, start=0, stop=-1)")]
    fn lrange<'py>(
        &self,
        py: Python<'py>,
        key: &Object<'py>,
        #[pyo3(from_py_with = named::start)] start: i64,
        #[pyo3(from_py_with = named::stop)] stop: i64,
    ) -> PyResult<Object<'py>> {
        self.ask(
            py,
            "LRANGE",
            &mut [Some(Word::of(key)?), Some(Word::digits(start)), Some(Word::digits(stop))],
        )
    }

    /// Adds members to a set; how many are new.
    #[pyo3(signature = (key, *members))]
    fn sadd<'py>(&self, py: Python<'py>, key: &Object<'py>, members: &Bound<'py, PyTuple>) -> PyResult<i64> {
        self.one_or_many(py, "SADD", key, members, |c, k, v| c.sadd(k, v).map(i64::from))
    }

    /// Removes members of a set; how many were there.
    #[pyo3(signature = (key, *members))]
    fn srem<'py>(&self, py: Python<'py>, key: &Object<'py>, members: &Bound<'py, PyTuple>) -> PyResult<i64> {
        self.one_or_many(py, "SREM", key, members, |c, k, v| c.srem(k, v).map(i64::from))
    }

    /// Whether a member is in a set.
    fn sismember(&self, py: Python<'_>, key: &Object<'_>, member: &Object<'_>) -> PyResult<bool> {
        let (key, member) = (Word::of(key)?, Word::of(member)?);
        self.call(py, false, |client| client.sismember(key.as_ref(), member.as_ref()))
    }

    /// The number of members of a set.
    fn scard(&self, py: Python<'_>, key: &Object<'_>) -> PyResult<i64> {
        let key = Word::of(key)?;
        self.call(py, false, |client| client.scard(key.as_ref()))
    }

    /// All members of a set.
    fn smembers<'py>(&self, py: Python<'py>, key: &Object<'py>) -> PyResult<Object<'py>> {
        self.ask(py, "SMEMBERS", &mut [Some(Word::of(key)?)])
    }

    /// Sets the scores of a sorted set's members, given as a mapping; how many are new.
    fn zadd<'py>(&self, py: Python<'py>, key: &Object<'py>, mapping: &Object<'py>) -> PyResult<i64> {
        let (key, pairs) = (Word::of(key)?, pairs(mapping)?);
        if let [(member, score)] = &pairs[..]
            && !score.is_instance_of::<PyBool>()
            && let Ok(score) = score.extract::<f64>()
        {
            let member = Word::of(member)?;
            return self
                .call(py, true, |client| client.zadd(key.as_ref(), score, member.as_ref()))
                .map(i64::from);
        }
        let mut words = Words::from_iter([Word::Borrowed(b"ZADD"), key]);
        for (member, score) in &pairs {
            words.push(Word::score(score)?);
            words.push(Word::of(member)?);
        }
        self.answer(py, &words)?.extract()
    }

    /// Removes members of a sorted set; how many were there.
    #[pyo3(signature = (key, *members))]
    fn zrem<'py>(&self, py: Python<'py>, key: &Object<'py>, members: &Bound<'py, PyTuple>) -> PyResult<i64> {
        self.one_or_many(py, "ZREM", key, members, |c, k, v| c.zrem(k, v).map(i64::from))
    }

    /// The score of a member, None if it is not there.
    fn zscore(&self, py: Python<'_>, key: &Object<'_>, member: &Object<'_>) -> PyResult<Option<f64>> {
        let (key, member) = (Word::of(key)?, Word::of(member)?);
        self.call(py, false, |client| client.zscore(key.as_ref(), member.as_ref()))
    }

    /// Adds to the score of a member; its score then.
    fn zincrby(
        &self,
        py: Python<'_>,
        key: &Object<'_>,
        #[pyo3(from_py_with = named::by_float)] by: f64,
        member: &Object<'_>,
    ) -> PyResult<f64> {
        let (key, member) = (Word::of(key)?, Word::of(member)?);
        self.call(py, true, |client| client.zincr_by(key.as_ref(), by, member.as_ref()))
    }

    /// The number of members of a sorted set.
    fn zcard(&self, py: Python<'_>, key: &Object<'_>) -> PyResult<i64> {
        let key = Word::of(key)?;
        self.call(py, false, |client| client.zcard(key.as_ref()))
    }

    /// The place of a member by its score, the lowest is 0; None if it is not there.
    fn zrank(&self, py: Python<'_>, key: &Object<'_>, member: &Object<'_>) -> PyResult<Option<i64>> {
        let (key, member) = (Word::of(key)?, Word::of(member)?);
        self.call(py, false, |client| client.zrank(key.as_ref(), member.as_ref()))
    }

    /// Members of a sorted set from one place to another, which is included; with `scores` as pairs.
    #[pyo3(
        signature = (key, start = 0, stop = -1, *, reverse = false, scores = false),
        text_signature = "($self, key, start=0, stop=-1, *, reverse=False, scores=False)"
    )]
    fn zrange<'py>(
        &self,
        py: Python<'py>,
        key: &Object<'py>,
        #[pyo3(from_py_with = named::start)] start: i64,
        #[pyo3(from_py_with = named::stop)] stop: i64,
        reverse: bool,
        scores: bool,
    ) -> PyResult<Object<'py>> {
        let mut words = [
            Some(Word::of(key)?),
            Some(Word::digits(start)),
            Some(Word::digits(stop)),
            reverse.then_some(Word::Borrowed(b"REV")),
            scores.then_some(Word::Borrowed(b"WITHSCORES")),
        ];
        let members = self.ask(py, "ZRANGE", &mut words)?;
        if !scores {
            return Ok(members);
        }
        let pairs = PyList::empty(py);
        for pair in members.try_iter()? {
            pairs.append(PyTuple::new(py, pair?.cast::<PyList>()?)?)?;
        }
        Ok(pairs.into_any())
    }

    /// Sends a message to who listens to a channel; how many do.
    fn publish(&self, py: Python<'_>, channel: &Object<'_>, message: &Object<'_>) -> PyResult<i64> {
        let (channel, message) = (Word::of(channel)?, Word::of(message)?);
        self.call(py, true, |client| client.publish(channel.as_ref(), message.as_ref()))
    }

    /// A connection of its own: for commands such as MULTI, WATCH, SELECT and SUBSCRIBE.
    fn client(&self, py: Python<'_>) -> PyResult<PyClient> {
        Ok(PyClient::new(self.pool.new_client(py)?, self.decode))
    }

    /// A client that has an address, and that CLIENT KILL and QUIT end.
    fn _connection(&self, py: Python<'_>) -> PyResult<PyClient> {
        Ok(PyClient::new(self.pool.new_connection(py)?, self.decode))
    }

    #[pyo3(signature = (max_queued = 1_000_000))]
    fn _subscriber(
        &self,
        py: Python<'_>,
        #[pyo3(from_py_with = named::max_queued)] max_queued: usize,
    ) -> PyResult<Subscriber> {
        let db = self.pool.db(py)?;
        let subscriber = db.subscriber(max_queued).map_err(|error| errors::raise(py, &error))?;
        Subscriber::new(subscriber, db, self.decode).map_err(|error| errors::raise(py, &error))
    }

    #[pyo3(signature = (start, durable, max_bytes))]
    fn _feed(
        &self,
        py: Python<'_>,
        start: &Object<'_>,
        durable: bool,
        #[pyo3(from_py_with = named::max_bytes)] max_bytes: usize,
    ) -> PyResult<Feed> {
        let options = feed_options(start, durable, max_bytes)?;
        let db = self.pool.db(py)?;
        let feed = py.detach(|| db.feed(options)).map_err(|error| errors::raise(py, &error))?;
        Ok(Feed::new(feed, db, self.decode))
    }

    /// Returns when everything so far is on disk.
    fn sync(&self, py: Python<'_>) -> PyResult<()> {
        let db = self.pool.db(py)?;
        py.detach(|| db.sync()).map_err(|error| errors::raise(py, &error))
    }

    /// Writes a copy as of this moment to a file in Redis's RDB format, while others go on; the number of keys. `progress` is called
    /// now and then with the keys done and all keys; when it answers False, or raises, the copy is given up.
    #[pyo3(signature = (path, *, progress = None))]
    fn backup(
        &self,
        py: Python<'_>,
        #[pyo3(from_py_with = options::path)] path: PathBuf,
        progress: Option<Py<PyAny>>,
    ) -> PyResult<u64> {
        let db = self.pool.db(py)?;
        let mut raised = None;
        let main = signals::is_main(py);
        let tell = |done: u64, all: u64| {
            if self.copies.are_ended() {
                return false;
            }
            let told = Python::try_attach(|py| {
                if main {
                    py.check_signals()?;
                }
                let Some(progress) = &progress else { return Ok(true) };
                let answer = progress.bind(py).call1((done, all))?;
                Ok(answer.is_none() || answer.is_truthy()?)
            });
            // Without an interpreter nobody waits for it.
            told.unwrap_or(Ok(false)).unwrap_or_else(|error| {
                raised = Some(error);
                false
            })
        };
        let done = py.detach(|| {
            let _running = self.copies.begin();
            db.backup(&path, tell)
        });
        match raised {
            Some(error) => Err(error),
            None => done.map_err(|error| errors::raise(py, &error)),
        }
    }

    /// Gives the copies up that other threads write, and waits until what they wrote is removed, at most for a number of seconds.
    fn _end_copies(&self, py: Python<'_>, seconds: u32) {
        py.detach(|| self.copies.end(Duration::from_secs(seconds.into())));
    }

    /// An error for commands that change the state of a connection.
    #[staticmethod]
    fn _check_stateless(py: Python<'_>, commands: &Object<'_>) -> PyResult<()> {
        let given = commands::Given::of(commands)?;
        let objects = given.objects();
        given.batch(&objects)?.iter().try_for_each(|words| commands::check_stateless(py, words))
    }

    /// Closes the database for everybody who uses it: waiting calls end, everything is written. The second call does nothing.
    fn close(&self, py: Python<'_>) -> PyResult<()> {
        self.pool.close(py)
    }

    /// Whether it was closed.
    #[getter]
    fn closed(&self) -> bool {
        self.pool.is_closed()
    }

    /// Where it is; empty in memory.
    #[getter]
    fn location<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyString>> {
        self.location.as_os_str().into_pyobject(py).map_err(PyErr::from)
    }

    /// Whether values are given as str.
    #[getter]
    fn decode_responses(&self) -> bool {
        self.decode
    }

    /// `Db[bytes]` and `Db[str]`, for annotations.
    #[classmethod]
    fn __class_getitem__<'py>(cls: &Bound<'py, PyType>, item: &Object<'py>) -> PyResult<Object<'py>> {
        cls.py().import("types")?.getattr("GenericAlias")?.call1((cls, item))
    }

    fn __reduce__(&self, py: Python<'_>) -> PyResult<()> {
        let text = "an open database cannot be pickled: open its location where it is needed".to_owned();
        Err(errors::new(py, Class::Data, text))
    }
}
