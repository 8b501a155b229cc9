"""redis-py's locks without scripts: what releases and extends them is a transaction, which the engine runs as one step."""

from __future__ import annotations

from typing import Any, Literal, NoReturn

import redis.asyncio.lock
import redis.lock
from redis.exceptions import LockNotOwnedError, WatchError


def _refuse(doing: str, name: Any) -> NoReturn:
    error: Any = LockNotOwnedError
    raise error(f"Cannot {doing} a lock that's no longer owned", lock_name=name)


def _newer(pttl: int, by: float, replace: bool) -> int | None:
    """In milliseconds; none for a key that does not expire."""
    if pttl < 0:
        return None
    return int(by * 1000) + (0 if replace else pttl)


class Lock(redis.lock.Lock):
    """A ``redis.lock.Lock``."""

    def _if_owned(self, token: Any, doing: str, *, by: float | None = None, replace: bool = True) -> Literal[True]:
        encode = self.redis.get_encoder().encode
        with self.redis.pipeline() as pipe:
            while True:
                pipe.watch(self.name)
                stored = pipe.get(self.name)
                pttl = None if by is None else _newer(pipe.pttl(self.name), by, replace)
                if stored is None or encode(stored) != encode(token) or (by is not None and pttl is None):
                    _refuse(doing, self.name)
                pipe.multi()
                if pttl is None:
                    pipe.delete(self.name)
                else:
                    pipe.pexpire(self.name, pttl)
                try:
                    pipe.execute()
                except WatchError:
                    continue
                return True

    def do_release(self, expected_token: Any) -> None:
        self._if_owned(expected_token, "release")

    def do_extend(self, additional_time: float, replace_ttl: bool) -> Literal[True]:
        return self._if_owned(self.local.token, "extend", by=additional_time, replace=replace_ttl)

    def do_reacquire(self) -> Literal[True]:
        assert self.timeout is not None
        return self._if_owned(self.local.token, "reacquire", by=self.timeout)


class AsyncLock(redis.asyncio.lock.Lock):
    """A ``redis.asyncio.lock.Lock``."""

    async def _if_owned(self, token: Any, doing: str, *, by: float | None = None, replace: bool = True) -> Literal[True]:
        client: Any = self.redis
        encode = client.connection_pool.get_encoder().encode
        async with client.pipeline() as pipe:
            while True:
                await pipe.watch(self.name)
                stored = await pipe.get(self.name)
                pttl = None if by is None else _newer(await pipe.pttl(self.name), by, replace)
                if stored is None or encode(stored) != encode(token) or (by is not None and pttl is None):
                    _refuse(doing, self.name)
                pipe.multi()
                if pttl is None:
                    pipe.delete(self.name)
                else:
                    pipe.pexpire(self.name, pttl)
                try:
                    await pipe.execute()
                except WatchError:
                    continue
                return True

    async def do_release(self, expected_token: Any) -> None:
        await self._if_owned(expected_token, "release")

    async def do_extend(self, additional_time: float, replace_ttl: bool) -> Literal[True]:
        return await self._if_owned(self.local.token, "extend", by=additional_time, replace=replace_ttl)

    async def do_reacquire(self) -> Literal[True]:
        assert self.timeout is not None
        return await self._if_owned(self.local.token, "reacquire", by=self.timeout)
