"""lodger: Redis's data model as a library, in this process, with no server.

>>> import lodger
>>> db = lodger.open()  # in memory; lodger.open("app.lodger") is a directory
>>> db.set("greeting", "hello", ex=10)
True
>>> db.get("greeting")
b'hello'
>>> db.execute("ZADD", "scores", 1, "ada")
1
>>> db.close()
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from . import errors
from ._db import Db, open
from ._lodger import Client, Clock, __version__, check_interpreter
from ._pipeline import Pipeline, Transaction
from ._streams import Change, ChangeFeed, Message, Subscription
from ._types import Word
from ._views import HashView, ListView, SetView, ZSetView
from .errors import (
    ArgumentError,
    BusyError,
    ClosedError,
    CorruptError,
    DataError,
    DecodeError,
    Error,
    ForkedError,
    InternalError,
    InterruptedError,
    LaggedError,
    LockedError,
    OutOfMemoryError,
    ResponseError,
    StorageError,
    UnsupportedError,
    WatchError,
    WrongTypeError,
)

if TYPE_CHECKING:
    from . import asyncio as asyncio
    from ._redis import BlockingConnectionPool as BlockingConnectionPool
    from ._redis import Connection as Connection
    from ._redis import ConnectionPool as ConnectionPool
    from ._redis import Redis as Redis

check_interpreter()
del check_interpreter

#: What needs redis-py, which is imported when it is asked for.
_WITH_REDIS = ("BlockingConnectionPool", "Connection", "ConnectionPool", "Redis")


def __getattr__(name: str) -> Any:
    if name in _WITH_REDIS or name == "asyncio":
        try:
            module = importlib.import_module(".asyncio" if name == "asyncio" else "._redis", __name__)
        except ModuleNotFoundError as error:
            if error.name != "redis":
                raise
            raise ImportError(f"lodger.{name} needs the package redis: pip install lodger[redis]", name="redis") from error
        return module if name == "asyncio" else getattr(module, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__all__ = [
    "ArgumentError",
    "BusyError",
    "Change",
    "ChangeFeed",
    "Client",
    "Clock",
    "ClosedError",
    "CorruptError",
    "DataError",
    "Db",
    "DecodeError",
    "Error",
    "ForkedError",
    "HashView",
    "InternalError",
    "InterruptedError",
    "LaggedError",
    "ListView",
    "LockedError",
    "Message",
    "OutOfMemoryError",
    "Pipeline",
    "ResponseError",
    "SetView",
    "StorageError",
    "Subscription",
    "Transaction",
    "UnsupportedError",
    "WatchError",
    "Word",
    "WrongTypeError",
    "ZSetView",
    "__version__",
    "errors",
    "open",
]
