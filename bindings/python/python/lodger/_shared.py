"""Databases that several clients in this process share, by their path or name: the last that lets go of one closes it."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from typing import Any

from . import _lodger
from ._db import Db, config_text, open, rest_if_ending
from .errors import ClosedError

# Clients that are garbage, and those that a signal handler closes, come back here at any moment.
_lock = threading.RLock()
_open: dict[tuple[str, str], Shared] = {}


def _renew() -> None:
    global _lock
    _lock = threading.RLock()


# Who held it at the time of a fork is not there in the child.
os.register_at_fork(after_in_child=_renew)


class Shared:
    """An open database and how many use it."""

    def __init__(self, key: tuple[str, str], db: Db[bytes], config: Mapping[str, object]) -> None:
        self.key = key
        self.db = db
        self.config = config
        self.users = 1
        self._pid = os.getpid()

    def release(self) -> None:
        with _lock:
            self.users -= 1
            # What is in memory only would be gone, and the next who asks for the name expects it.
            if self.users or self.key[0] == "memory":
                return
            if _open.get(self.key) is self:
                del _open[self.key]
            if os.getpid() == self._pid:
                self.db.close()


class Source:
    """What clients connect to: a path, a named database in memory, one of their own in memory, or one that is open already."""

    def __init__(
        self,
        path: str | os.PathLike[str] | None = None,
        memory: str | None = None,
        config: Mapping[str, object] | None = None,
        db: _lodger.Db[Any] | None = None,
    ) -> None:
        given = [name for name, value in (("a path", path), ("memory", memory), ("an open database", db)) if value is not None]
        if len(given) > 1:
            raise ValueError(f"{given[0]} and {given[1]} were given: a client has one database")
        # The empty one is in memory, as for `open`.
        self.path = (os.fsdecode(path) or None) if path is not None else None
        if self.path is not None and "://" in self.path:
            raise ValueError(f"{self.path!r} is no path: from_url() takes addresses")
        if self.path is not None:
            # Later connections go there, too, whatever the directory of the process is by then.
            self.path = os.path.abspath(self.path)
        self.memory = memory
        self.config = {name.replace("-", "_"): value for name, value in (config or {}).items()}
        self._given = db
        self._private: Db[bytes] | None = None
        self._ended = False

    def __repr__(self) -> str:
        if self._given is not None:
            return "an open database"
        if self.path is not None:
            return self.path
        return "memory" if self.memory is None else f"memory={self.memory}"

    @property
    def is_private(self) -> bool:
        """Whether it is in memory and has no name, so that it is its first user's alone."""
        return self.path is None and self.memory is None and self._given is None

    def acquire(self) -> tuple[_lodger.Db[Any], Shared | None]:
        """The open database, and who is to be told when it is not needed any more."""
        rest_if_ending()
        if self._given is not None:
            return self._given, None
        if self.path is None and self.memory is None:
            return self._own(), None
        key = ("memory", self.memory) if self.memory is not None else ("path", os.path.realpath(self.path or ""))
        with _lock:
            shared = _open.get(key)
            if shared is None or shared.db.closed:
                db = open(self.path or "", config=config_text(self.config))
                shared = _open[key] = Shared(key, db, self.config)
                return db, shared
            for name, value in self.config.items():
                # As they are written: `"512"` is as good as 512.
                if name not in shared.config or config_text({name: shared.config[name]}) != config_text({name: value}):
                    raise ValueError(f"{self!r} is open in this process already, without {name}={value!r}")
            shared.users += 1
            return shared.db, shared

    def _own(self) -> Db[bytes]:
        with _lock:
            if self._ended:
                raise ClosedError("the client was closed, and with it its database in memory")
            if self._private is None:
                self._private = open(config=config_text(self.config))
            return self._private

    def end(self) -> None:
        """Closes what is nobody else's."""
        with _lock:
            private, self._private = self._private, None
            self._ended = self.is_private
        if private is not None:
            private.close()
