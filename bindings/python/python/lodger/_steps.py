"""What kombu and Celery have as scripts, as transactions: what they read is watched, what they change is one step."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

import redis.client


def _step(client: Any, watched: Sequence[str], work: Callable[[Any], Any]) -> Any:
    return client.transaction(work, *watched, value_from_callable=True)


def _is(stored: Any, text: str) -> bool:
    return stored is not None and (stored if isinstance(stored, str) else stored.decode()) == text


def refresh_binding(keys: Sequence[str], args: Sequence[Any], client: Any) -> None:
    """A queue is bound to an exchange, whose table lives for some milliseconds more."""
    (table, deadlines), (member, exchange, lifetime) = keys, args
    pipe = client if isinstance(client, redis.client.Pipeline) else client.pipeline()
    pipe.sadd(table, member)
    pipe.zadd(deadlines, {exchange: int(time.time() * 1000) + int(lifetime)}, gt=True)
    if pipe is not client:
        pipe.execute()


def sweep_bindings(keys: Sequence[str], args: Sequence[Any], client: Any) -> int:
    """Tables of exchanges whose time is over go, unless a queue is bound for good."""
    (deadlines,), (tables, permanent, limit) = keys, args

    def sweep(pipe: Any) -> int:
        overdue = pipe.zrangebyscore(deadlines, "-inf", int(time.time() * 1000), start=0, num=int(limit))
        names = [name if isinstance(name, str) else name.decode() for name in overdue]
        if names:
            pipe.watch(*(permanent + name for name in names))
        gone = [tables + name for name in names if not pipe.exists(permanent + name)]
        pipe.multi()
        if gone:
            pipe.delete(*gone)
        if names:
            pipe.zrem(deadlines, *names)
        return len(names)

    swept: int = _step(client, [deadlines], sweep)
    return swept


def part_return(keys: Sequence[str], args: Sequence[Any], client: Any) -> Any:
    """The result of a task in the header of a chord. How many there are, how many were added to the chord later, how many it had,
    and whether the caller is who runs the body."""
    results, added, size_key, seen, group, claim = keys
    task, value, ordered, position, expires, group_expires, claim_expires, token = args
    member = f"{task}:{position}"

    def step(pipe: Any) -> Any:
        claimed = pipe.get(claim)
        if _is(claimed, "done"):
            pipe.multi()
            return -1, 0, 0, 0
        is_new = not pipe.sismember(seen, member)
        ready = pipe.zcard(results) if ordered else pipe.llen(results)
        ready += is_new and not (ordered and pipe.zscore(results, value) is not None)
        more, size = pipe.get(added), pipe.get(size_key)
        runs = size is not None and ready == int(size) + int(more or 0) and claimed is None
        pipe.multi()
        if is_new:
            if ordered:
                pipe.zadd(results, {value: position})
            else:
                pipe.rpush(results, value)
            pipe.sadd(seen, member)
        if expires > 0:
            for key in (results, added, size_key, seen):
                pipe.expire(key, expires)
            if group_expires > 0:
                pipe.expire(group, group_expires)
        if runs:
            pipe.set(claim, token, nx=True, ex=claim_expires)
        return ready, more, size, int(runs)

    return _step(client, [claim, seen, results, added, size_key], step)


def clean_up(keys: Sequence[str], args: Sequence[Any], client: Any) -> Any:
    """The body of a chord was sent: who holds the claim leaves a mark that it is done."""
    (claim, *rest), (token, expires) = keys, args

    def step(pipe: Any) -> int:
        held = _is(pipe.get(claim), token)
        pipe.multi()
        if held:
            pipe.delete(*rest)
            if expires:
                pipe.set(claim, "done", ex=expires)
        return int(held)

    return _step(client, [claim], step)


def extend_claim(keys: Sequence[str], args: Sequence[Any], client: Any) -> Any:
    """Who runs the body of a chord goes on doing so; a claim that expired is taken again."""
    (claim, size_key), (token, expires) = keys, args

    def step(pipe: Any) -> int:
        stored, size = pipe.get(claim), pipe.exists(size_key)
        held = _is(stored, token) or (stored is None and bool(size))
        pipe.multi()
        if held:
            pipe.set(claim, token, ex=expires)
        return int(held)

    return _step(client, [claim, size_key], step)
