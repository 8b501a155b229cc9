"""What the clients of redis-py, sync and asyncio, share here: options, URLs, errors, and answers past its connections."""

from __future__ import annotations

import codecs
import functools
import inspect
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar, cast
from urllib.parse import parse_qs, unquote, urlparse

import redis
from redis._parsers import _RESP2Parser, _RESP3Parser
from redis.connection import URL_QUERY_ARGUMENT_PARSERS, to_bool

from . import _lodger
from ._db import rest_if_ending
from .errors import BusyError, ClosedError, DataError, Error, ResponseError

F = TypeVar("F", bound=Callable[..., Any])

EMPTY_RESPONSE = "EMPTY_RESPONSE"
NEVER_DECODE = "NEVER_DECODE"

#: That a client ran nothing, because it was ended before, or another call is about to end it.
ENDED = (ClosedError, BusyError)

_parse_error: Callable[[str], Exception] = _RESP2Parser(65536).parse_error


def exception(text: str) -> Exception:
    """What redis-py raises for an error that a command answered."""
    if text == "ERR interrupted":
        rest_if_ending()
        return redis.ConnectionError("the connection was closed while the command waited")
    return _parse_error(text)


def _sets() -> bool:
    # Old versions of redis-py give a set for a set.
    parser = _RESP3Parser(65536)
    parser._buffer = _OneSet()
    return isinstance(parser._read_response(), set)


class _OneSet:
    def __init__(self) -> None:
        self.lines = iter((b"~1", b":1"))

    def readline(self, timeout: object = None) -> bytes:
        return next(self.lines)


SETS = _sets()
STYLES = {decode: _lodger.Style(exception, decode=decode, sets=SETS) for decode in (False, True)}


def plain_set(whole: F) -> F:
    """SET without what most calls of it do not say: looking through that takes redis-py 8 longer than the command."""

    @functools.wraps(whole)
    def set(self: Any, name: Any, value: Any, ex: Any = None, *args: Any, **options: Any) -> Any:
        if args or options or not (ex is None or type(ex) is int):
            return whole(self, name, value, ex, *args, **options)
        if ex is None:
            return self.execute_command("SET", name, value)
        return self.execute_command("SET", name, value, "EX", ex)

    return cast(F, set)


def translated(error: Error) -> Exception:
    """An error of the library as redis-py would name it."""
    if isinstance(error, ResponseError):
        return exception(str(error))
    rest_if_ending()
    if isinstance(error, DataError):
        return redis.DataError(str(error))
    return redis.ConnectionError(str(error))


def may_skip(kwargs: Mapping[str, Any], cache: object) -> bool:
    """Whether commands may go past redis-py's connections: nothing is asked for that only those do."""
    encoding = kwargs.get("encoding", "utf-8")
    if codecs.lookup(encoding).name != "utf-8" or kwargs.get("encoding_errors", "strict") != "strict":
        return False
    if cache is not None or kwargs.get("credential_provider") is not None:
        return False
    retry = kwargs.get("retry")
    errors: Iterable[Any] = [*(kwargs.get("retry_on_error") or ()), *getattr(retry, "_supported_errors", ())]
    return all(issubclass(kind, redis.ConnectionError | redis.TimeoutError | OSError) for kind in errors)


@functools.cache
def names_of(connection_class: type) -> frozenset[str]:
    """The options that a connection takes."""
    names: set[str] = set()
    for kind in connection_class.__mro__:
        init = kind.__dict__.get("__init__")
        if init is not None:
            # Behind decorators, too.
            names.update(inspect.signature(init).parameters)
    return frozenset(names - {"self", "args", "kwargs"})


def url_options(url: str, connection_class: type) -> dict[str, Any]:
    """The options in a URL: ``lodger:///path``, ``lodger:relative/path``, ``lodger://name`` for a database in memory that is
    shared by this name, ``lodger://`` for one of its own. In the query are options of redis-py's connections and directives."""
    if any(ord(letter) <= 32 or ord(letter) == 127 for letter in url):
        raise ValueError(f"{url!r}: spaces and control characters are written as %20 and the like")
    parts = urlparse(url)
    if parts.fragment or url.endswith("#"):
        raise ValueError(f"{url!r}: '#' is written as %23")
    if parts.scheme != "lodger":
        raise ValueError(f"{url!r} does not begin with lodger:")
    if "@" in parts.netloc:
        raise ValueError("a password is an option in the query of the address: ?password=...")
    if parts.netloc and parts.path not in ("", "/"):
        raise ValueError(f"{url!r}: three slashes come before an absolute path, none before a relative one")
    options: dict[str, Any] = {}
    config: dict[str, object] = {}
    known = names_of(connection_class) | {"max_connections", "timeout"}
    for name, values in parse_qs(parts.query).items():
        value = unquote(values[-1])
        parse: Any = to_bool if name == "decode_responses" else URL_QUERY_ARGUMENT_PARSERS.get(name)
        if parse is not None:
            try:
                options[name] = parse(value)
            except (TypeError, ValueError):
                raise ValueError(f"invalid value for {name!r} in {url!r}: {value!r}") from None
        elif name in known and name not in ("source", "config", "path", "memory"):
            options[name] = value
        else:
            config[name] = value
    if config:
        options["config"] = config
    if parts.netloc:
        options["memory"] = unquote(parts.netloc)
    elif parts.path:
        options["path"] = unquote(parts.path)
    return options


def refuse(client: Any, error: BaseException, words: Iterable[Any], options: Mapping[str, Any]) -> Any:
    """Raises what a call failed with as redis-py does."""
    if isinstance(error, redis.ResponseError) and EMPTY_RESPONSE in options:
        return options[EMPTY_RESPONSE]
    if isinstance(error, DataError):
        # redis-py names the type in its own way.
        encoder = client.connection_pool.get_encoder()
        for word in words:
            encoder.encode(word)
    if isinstance(error, Error):
        raise translated(error) from error
    raise error


def callback_of(callbacks: Any, name: str) -> Any:
    """What redis-py makes of the answer of a command. Its dictionary asks for upper case each time; most names are."""
    found = dict.get(callbacks, name)
    return found if found is not None or name.isupper() else callbacks.get(name)


def pipeline_answers(pipe: Any, stack: list[Any], replies: list[Any], raise_on_error: bool) -> list[Any]:
    """What redis-py makes of the answers of a pipeline that is no transaction."""
    if len(replies) < len(stack):
        raise redis.ConnectionError("not every command was answered: CLIENT REPLY is OFF")
    # As `callback_of`, without its call.
    callbacks, find = pipe.response_callbacks, dict.get
    for at, (args, options) in enumerate(stack):
        reply = replies[at]
        if isinstance(reply, Exception):
            if raise_on_error and isinstance(reply, redis.ResponseError):
                pipe.annotate_exception(reply, at + 1, args)
                raise reply
            continue
        callback = find(callbacks, args[0])
        if callback is None:
            callback = callback_of(callbacks, args[0])
            if callback is None:
                continue
        if options:
            options.pop("keys", None)
            replies[at] = callback(reply, **options)
        else:
            replies[at] = callback(reply)
    return replies


def transaction_answers(pipe: Any, stack: list[Any], replies: list[Any], raise_on_error: bool) -> list[Any]:
    """The same of MULTI, what was queued, and EXEC."""
    errors = [(at - 1, reply) for at, reply in enumerate(replies[:-1]) if isinstance(reply, Exception)]
    for at, error in errors:
        if at >= 0:
            pipe.annotate_exception(error, at + 1, stack[at][0])
    if not replies:
        raise redis.ConnectionError("no command was answered: CLIENT REPLY is OFF")
    answers = replies[-1]
    if isinstance(answers, redis.exceptions.ExecAbortError) and errors:
        raise errors[0][1]
    if isinstance(answers, Exception):
        raise answers
    if answers is None:
        raise redis.WatchError("Watched variable changed.")
    for at, error in errors:
        answers.insert(at, error)
    if len(answers) != len(stack):
        raise redis.ResponseError("Wrong number of response items from pipeline execution")
    return pipeline_answers(pipe, stack, answers, raise_on_error)
