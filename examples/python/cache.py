"""A decorator that keeps what a function answers, for a time and up to an amount of memory."""

import functools
import json
from collections.abc import Callable
from typing import ParamSpec, TypeVar

import lodger

P = ParamSpec("P")
R = TypeVar("R")


def cached(db: lodger.Db[bytes], seconds: float) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Keeps results that JSON can hold."""

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        @functools.wraps(function)
        def call(*args: P.args, **kwargs: P.kwargs) -> R:
            key = f"{function.__qualname__}:{json.dumps([args, kwargs], sort_keys=True)}"
            kept = db.get(key)
            if kept is not None:
                result: R = json.loads(kept)
                return result
            result = function(*args, **kwargs)
            db.set(key, json.dumps(result), ex=seconds)
            return result

        return call

    return decorate


def main() -> None:
    clock = lodger.Clock()
    # What was used least recently goes when 64 MB are full.
    db = lodger.open(maxmemory="64mb", maxmemory_policy="allkeys-lru", clock=clock)
    calls = 0

    @cached(db, seconds=60)
    def square(n: int) -> int:
        nonlocal calls
        calls += 1
        return n * n

    assert [square(12), square(12), square(13)] == [144, 144, 169]
    assert calls == 2
    clock.advance(61)
    assert square(12) == 144
    assert calls == 3
    print(f"{calls} calls, {db.execute('DBSIZE')} results kept")
    db.close()


if __name__ == "__main__":
    main()
