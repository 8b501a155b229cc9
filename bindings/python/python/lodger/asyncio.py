"""``lodger.asyncio.Redis``: the asyncio client of redis-py on a database in this process.

A short command runs at once, in the task that awaits it; one that can wait or take long runs in a thread of its own, and the
event loop goes on. See :mod:`lodger._redis`.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import inspect
import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import redis
import redis.asyncio
import redis.asyncio.client
import redis.asyncio.connection
from redis._parsers import _AsyncRESP2Parser

from . import _lodger
from ._base import Addressed, InProcess, Pool, caching, collect, pool_of
from ._common import (
    EMPTY_RESPONSE,
    ENDED,
    NEVER_DECODE,
    STYLES,
    callback_of,
    may_skip,
    pipeline_answers,
    plain_set,
    refuse,
    transaction_answers,
)
from ._lock import AsyncLock
from ._tasks import LEFT, Writer, in_thread

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = ["BlockingConnectionPool", "Connection", "ConnectionPool", "Pipeline", "Redis"]


class Connection(InProcess, redis.asyncio.connection.AbstractConnection):
    """A connection of redis-py's asyncio into this process; the options are those of :class:`lodger.Connection`."""

    _parser_class = _AsyncRESP2Parser

    async def _connect(self) -> None:
        writer: Any = Writer(self._client())
        self._reader, self._writer = writer.reader, writer

    async def connect(self) -> None:
        writer: Any = self._writer
        if writer is not None and writer.is_of_another_loop():
            # It was used under an earlier asyncio.run(), or in another thread.
            self.end()
        await super().connect()
        metadata = getattr(self, "handshake_metadata", None)
        if metadata:
            self.handshake_metadata = caching(metadata)

    async def disconnect(self, *args: Any, **kwargs: Any) -> None:
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            # It is thrown away with a loop that was closed.
            self.end()
            return
        await super().disconnect(*args, **kwargs)
        self._release()

    def __del__(self, _warnings: Any = None) -> None:
        # Nothing is left to the system that somebody would have to know of.
        with contextlib.suppress(Exception):
            self.end()

    def end(self, is_used: bool = False) -> None:
        """Disconnects, outside of a task, too. What is used by a thread is closed by that."""
        if sys.is_finalizing():
            return
        if self._writer is not None and not is_used:
            self._writer.close()
        self._writer = self._reader = None
        self._release()

    async def activate_maint_notifications_handling_if_enabled(self, check_health: bool = True) -> None:
        """Nothing in the process is moved to another address."""


class ConnectionPool(Pool, redis.asyncio.ConnectionPool):
    """A ``redis.asyncio.ConnectionPool`` of :class:`Connection`; see :class:`lodger.ConnectionPool`."""

    _default = Connection

    def __init__(self, connection_class: Any = Connection, max_connections: int | None = None, **kwargs: Any) -> None:
        self._begin(kwargs, connection_class)
        super().__init__(connection_class=connection_class, max_connections=max_connections or 2**31, **kwargs)

    async def new_client(self) -> _lodger.Client:
        """A client of the engine, set up as a connection is: password, name, protocol, database number."""
        if len(self._clients) >= self.max_connections:
            raise redis.ConnectionError("Too many connections")
        connection = self.connection_class(**self.connection_kwargs)
        await connection.connect()
        return self.add(connection._writer.client, connection)

    async def run(self, call: Callable[[_lodger.Client, bool], Any], slow: bool) -> Any:
        """Runs a call with a client of its own, in a thread if it may have to wait; unless it is `slow`, when the answer is
        NotImplemented. As that of :class:`lodger.ConnectionPool` otherwise."""
        while True:
            is_new = False
            try:
                client = self.idle.pop()
            except IndexError:
                client, is_new = await self.new_client(), True
            try:
                reply = call(client, True)
                if reply is NotImplemented and not slow:
                    reply = await in_thread(client, functools.partial(call, client, False))
            except ENDED:
                self.discard(client)
                if is_new:
                    raise
                continue
            except LEFT:
                self.forget(client)
                raise
            except BaseException:
                self.put_back(client)
                raise
            self.idle.append(client)
            return reply

    def _end_connection(self, connection: Any) -> None:
        connection.end()

    def forget(self, client: _lodger.Client) -> None:
        """Behind a call that was cancelled, which may go on for a moment."""
        with self._guard:
            connection = self._clients.pop(client, None)
        if connection is not None:
            connection.end(is_used=True)

    async def disconnect(self, inuse_connections: bool = True) -> None:
        await super().disconnect(inuse_connections)
        self._end_clients()

    async def aclose(self) -> None:
        await self.disconnect()
        self._let_go()

    def __del__(self) -> None:
        with contextlib.suppress(Exception):
            self._end_clients()
            self._let_go()


class BlockingConnectionPool(Addressed, redis.asyncio.BlockingConnectionPool):
    """A ``redis.asyncio.BlockingConnectionPool`` of :class:`Connection`."""

    _default = Connection

    def __init__(
        self, max_connections: int = 50, timeout: float | None = 20, connection_class: Any = Connection, **kwargs: Any
    ) -> None:
        super().__init__(max_connections=max_connections, timeout=timeout, connection_class=connection_class, **kwargs)


class Redis(redis.asyncio.Redis):
    """A ``redis.asyncio.Redis`` whose server is in this process; the options are those of :class:`lodger.Redis`."""

    def __init__(
        self,
        path: str | os.PathLike[str] | None = None,
        *,
        connection_pool: Any = None,
        single_connection_client: bool = False,
        max_connections: int | None = None,
        event_dispatcher: Any = None,
        **options: Any,
    ) -> None:
        pool: Any = pool_of(ConnectionPool, path, connection_pool, max_connections, options)
        more = {} if event_dispatcher is None else {"event_dispatcher": event_dispatcher}
        super().__init__(connection_pool=pool, single_connection_client=single_connection_client, **more)
        self._owned = connection_pool is None
        kwargs = pool.connection_kwargs
        skips = isinstance(pool, ConnectionPool) and may_skip(kwargs, None) and not single_connection_client
        self._pool: ConnectionPool | None = pool if skips else None
        # What waits no longer than it may is read from a connection.
        self._slow = kwargs.get("socket_timeout") is not None
        self._style = STYLES[bool(kwargs.get("decode_responses", False))]

    @classmethod
    def from_url(
        cls, url: str, single_connection_client: bool = False, auto_close_connection_pool: bool | None = None, **kwargs: Any
    ) -> Self:
        """As :meth:`lodger.Redis.from_url`."""
        client = cls(connection_pool=ConnectionPool.from_url(url, **kwargs), single_connection_client=single_connection_client)
        client._owned = auto_close_connection_pool is not False
        return client

    @classmethod
    def from_pool(cls, connection_pool: Any) -> Self:
        """A client that closes its pool."""
        client = cls(connection_pool=connection_pool)
        client._owned = True
        return client

    @classmethod
    def from_db(cls, database: _lodger.Db[Any], **options: Any) -> Self:
        """A client of a database that is open, which it leaves open."""
        return cls(database=database, **options)

    async def aclose(self, close_connection_pool: bool | None = None) -> None:
        connection, self.connection = self.connection, None
        if connection is not None:
            await self.connection_pool.release(connection)
        if close_connection_pool or (close_connection_pool is None and self._owned):
            pool = self.connection_pool
            await (pool.aclose() if hasattr(pool, "aclose") else pool.disconnect())

    async def close(self, close_connection_pool: bool | None = None) -> None:
        await self.aclose(close_connection_pool)

    async def execute_command(self, *args: Any, **options: Any) -> Any:
        pool = self._pool
        if pool is None:
            return await super().execute_command(*args, **options)
        style = self._style
        if options and NEVER_DECODE in options:
            style = STYLES[False]
        try:
            reply = await pool.run(lambda client, only_short: client.call(args, style, only_short), self._slow)
        except BaseException as error:
            return refuse(self, error, args, options)
        if reply is NotImplemented:
            return await super().execute_command(*args, **options)
        callback = callback_of(self.response_callbacks, args[0])
        if callback is None:
            return reply
        if options:
            for name in (EMPTY_RESPONSE, NEVER_DECODE, "keys"):
                options.pop(name, None)
        made = callback(reply, **options)
        return await made if inspect.isawaitable(made) else made

    def lock(self, name: Any, *args: Any, **options: Any) -> Any:
        """As redis-py's, and needs no scripts."""
        if len(args) < 5:
            options["lock_class"] = options.get("lock_class") or AsyncLock
        return super().lock(name, *args, **options)

    set = plain_set(redis.asyncio.Redis.set)

    def pipeline(self, transaction: bool = True, shard_hint: Any = None) -> Pipeline:
        """Commands that :meth:`Pipeline.execute` runs in one go, by default as one step."""
        pipe = Pipeline(self.connection_pool, self.response_callbacks, transaction, shard_hint)
        pipe._pool, pipe._slow, pipe._style = self._pool, self._slow, self._style
        return pipe


class Pipeline(redis.asyncio.client.Pipeline):
    """redis-py's pipeline. Without WATCH and scripts it is one call of the engine."""

    _pool: ConnectionPool | None = None
    _slow = False
    _style = STYLES[False]
    _special = False

    set = plain_set(redis.asyncio.client.Pipeline.set)

    def execute_command(self, *args: Any, **options: Any) -> Any:
        if self.watching or self.explicit_transaction or args[0] == "WATCH":
            return super().execute_command(*args, **options)
        return collect(self, *args, **options)

    pipeline_execute_command = collect

    async def reset(self) -> None:  # type: ignore[override]
        self._special = False
        await super().reset()

    async def execute(self, raise_on_error: bool = True) -> list[Any]:
        """Runs what was collected; the answers, in order."""
        # Who is asked for a value may change what was collected.
        pool, stack, style = self._pool, self.command_stack.copy(), self._style
        if pool is None or self._special or not stack or self.watching or self.scripts or self.connection:
            return await super().execute(raise_on_error)
        atomic = self.is_transaction or self.explicit_transaction
        try:
            replies = await pool.run(lambda client, only_short: client.call_stack(stack, style, atomic, only_short), self._slow)
        except BaseException as error:
            await self.reset()
            refuse(self, error, [arg for args, _ in stack for arg in args], {})
        if replies is NotImplemented:
            return await super().execute(raise_on_error)
        try:
            answers = transaction_answers if atomic else pipeline_answers
            made = answers(self, stack, replies, raise_on_error)
            for at, answer in enumerate(made):
                if inspect.isawaitable(answer):
                    made[at] = await answer
            return made
        finally:
            await self.reset()
