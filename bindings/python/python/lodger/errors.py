"""What goes wrong, all under :class:`Error`."""

from __future__ import annotations

__all__ = [
    "ArgumentError",
    "BusyError",
    "ClosedError",
    "CorruptError",
    "DataError",
    "DecodeError",
    "Error",
    "ForkedError",
    "InternalError",
    "InterruptedError",
    "LaggedError",
    "LockedError",
    "OutOfMemoryError",
    "ResponseError",
    "StorageError",
    "UnsupportedError",
    "WatchError",
    "WrongTypeError",
]


class Error(Exception):
    """The base of everything that lodger raises by itself."""


class ResponseError(Error):
    """A command answered an error, with the text that Redis gives."""

    @property
    def code(self) -> str:
        """The first word of the text, such as ``ERR`` or ``NOGROUP``."""
        return str(self).split(" ", 1)[0]


class WrongTypeError(ResponseError):
    """The key holds another type of value than the command is for."""


class OutOfMemoryError(ResponseError):
    """``maxmemory`` is reached and nothing can be evicted, or the system has no memory."""


class ArgumentError(Error, ValueError):
    """An argument is out of range, or a directive is unknown or bad; the text names it."""


class DataError(Error, TypeError):
    """A key or value is of a Python type that is no bytes, text or number, or another argument is of a wrong type."""


class DecodeError(Error, ValueError):
    """A value is no UTF-8, and the database was opened with ``decode_responses``."""


class ClosedError(Error):
    """The database, or the object made from it, was closed."""


class LockedError(Error):
    """Another process, or another handle of this one, has the location open."""


class StorageError(Error):
    """The operating system failed a file operation: no space, no permission, ..."""


class CorruptError(Error):
    """A file holds bytes that cannot be what it claims to be; the text names it and the place."""


class UnsupportedError(Error):
    """The file or feature is valid but this version cannot handle it."""


class ForkedError(Error):
    """The object was made before ``fork()`` and is used in the child."""


class BusyError(Error):
    """One client, subscription or feed is used by two threads at once, or a copy is being written already."""


class LaggedError(Error):
    """A reader of the change feed missed changes: they are in no file any more, or it was too slow."""


class InterruptedError(Error):
    """The call that waited was woken by ``interrupt()`` or ``close()``."""


class WatchError(Error):
    """A watched key was changed, so the transaction was not run."""


class InternalError(Error):
    """A bug in lodger: the database can only be closed."""
