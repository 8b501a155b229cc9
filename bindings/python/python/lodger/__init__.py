"""lodger: Redis's data model as a library, in this process, with no server."""

from __future__ import annotations

from . import errors
from ._lodger import Db, __version__

__all__ = ["Db", "__version__", "errors", "open"]


def open(location: str = "", **directives: object) -> Db:
    return Db(location)
