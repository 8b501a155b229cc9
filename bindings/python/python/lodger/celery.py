"""Celery with no server: the broker and the results are in a database of this process.

>>> import lodger.celery
>>> app = Celery("app", broker="lodger://tasks", backend="lodger://tasks")

Importing this module tells Celery and kombu of these addresses: ``lodger://name`` for a database in memory of that name,
``lodger:///path`` for a directory. Workers are threads of the process: pool ``solo`` or ``threads``.
"""

from __future__ import annotations

from typing import Any

import celery.app.backends
import celery.backends.redis
import kombu.transport
import kombu.transport.redis

from ._common import url_options
from ._pipe import Pipe
from ._pollable import PollablePipe
from ._redis import Connection as _Connection
from ._redis import ConnectionPool, Redis
from ._steps import clean_up, extend_claim, part_return, refresh_binding, sweep_bindings

__all__ = ["Backend", "Channel", "Connection", "Transport"]

#: Options of sockets, which kombu and Celery give in any case.
_OF_SOCKETS = ("host", "port", "socket_connect_timeout", "socket_keepalive", "socket_keepalive_options")


class Connection(_Connection):
    """A connection that an event loop can wait for."""

    def _connect(self) -> Pipe:
        return PollablePipe(self._client(), self.socket_timeout)


def _options(url: str, given: dict[str, Any]) -> dict[str, Any]:
    return {**{name: value for name, value in given.items() if name not in _OF_SOCKETS}, **url_options(url, Connection)}


class Channel(kombu.transport.redis.Channel):
    """kombu's channel of Redis."""

    connection_class: Any = Connection

    def _connparams(self, asynchronous: bool = False) -> dict[str, Any]:
        of_kombu: Any = super()
        return _options(self.connection.client.hostname, of_kombu._connparams(asynchronous))

    def _get_pool(self, asynchronous: bool = False) -> ConnectionPool:
        options = self._connparams(asynchronous)
        self.keyprefix_fanout = self.keyprefix_fanout.format(db=options["db"])
        return ConnectionPool(**options)

    def _get_client(self) -> Any:
        if self.global_keyprefix:
            raise ValueError("global_keyprefix is not for databases in the process: take one of another name")
        return Redis

    _refresh_binding = staticmethod(refresh_binding)
    _sweep_bindings = staticmethod(sweep_bindings)


class Transport(kombu.transport.redis.Transport):
    """kombu's transport of Redis: direct, topic and fanout exchanges, priorities, acknowledgements."""

    Channel = Channel
    can_parse_url = True


class ResultConsumer(celery.backends.redis.ResultConsumer):
    """Who waits for results in messages."""

    def _consume_from(self, task_id: str) -> None:
        super()._consume_from(task_id)
        # Celery ends a subscription and begins it again while it builds a group; here, tasks are done meanwhile.
        if any(task_id in waiting for waiting in self._pending_results):
            stored = self.backend.get(self._get_key_for_task(task_id))
            if stored is not None:
                self.on_state_change(self._decode_result(stored), None)


class Backend(celery.backends.redis.RedisBackend):
    """Celery's results in Redis."""

    ResultConsumer = ResultConsumer

    def _params_from_url(self, url: str, defaults: dict[str, Any]) -> dict[str, Any]:
        return {"connection_class": Connection, **_options(url, defaults)}

    def _get_client(self) -> Any:
        return Redis

    def _get_pool(self, **options: Any) -> ConnectionPool:
        return ConnectionPool(**options)

    _chord_part_return_script = staticmethod(part_return)
    _chord_cleanup_script = staticmethod(clean_up)
    _chord_claim_extend_script = staticmethod(extend_claim)


kombu.transport.TRANSPORT_ALIASES["lodger"] = "lodger.celery:Transport"
celery.app.backends.BACKEND_ALIASES["lodger"] = "lodger.celery:Backend"
