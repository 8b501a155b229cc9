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

check_interpreter()
del check_interpreter

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
