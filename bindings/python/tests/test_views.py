"""Views, against Python's own collections under the same random operations."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, MutableMapping, MutableSequence, MutableSet
from typing import Any

import lodger
import pytest

SEED = int(os.environ.get("SEED", random.randrange(2**32)))
Db = lodger.Db[str]


@pytest.fixture
def rng() -> random.Random:
    print(f"SEED={SEED}")
    return random.Random(SEED)


def outcome(call: Callable[[], Any]) -> Any:
    try:
        return call()
    except (KeyError, IndexError, ValueError) as error:
        return type(error)


def test_kinds(text: Db) -> None:
    assert isinstance(text.hash("h"), MutableMapping) and isinstance(text.zset("z"), MutableMapping)
    assert isinstance(text.list("l"), MutableSequence) and isinstance(text.set("s"), MutableSet)
    assert text.hash("h").key == "h" and "HashView" in repr(text.hash("h"))


def test_hash(text: Db, rng: random.Random) -> None:
    view: Any = text.hash("h")
    model: dict[str, str] = {}
    for _ in range(2000):
        field, value = rng.choice("abcdef"), str(rng.randrange(5))
        act: Callable[[Any], Any] = rng.choice(
            [
                lambda m, f=field, v=value: m.__setitem__(f, v),
                lambda m, f=field: m[f],
                lambda m, f=field: m.get(f),
                lambda m, f=field: m.__delitem__(f),
                lambda m, f=field: m.pop(f),
                lambda m, f=field: m.pop(f, None),
                lambda m, f=field, v=value: m.setdefault(f, v),
                lambda m, f=field, v=value: m.update({f: v, "z": v}),
                lambda m, f=field: f in m,
                lambda m: len(m),
                lambda m: sorted(m.items()),
                lambda m: m.clear() if len(m) > 5 else None,
            ]
        )
        assert outcome(lambda a=act: a(view)) == outcome(lambda a=act: a(model))  # type: ignore[misc]
        assert view == model
    assert object() not in view and view.incr("n", 3) == 3


def test_list(text: Db, rng: random.Random) -> None:
    view: Any = text.list("l")
    model: list[str] = []
    for _ in range(2000):
        i, j, value = rng.randrange(-9, 9), rng.randrange(-9, 9), str(rng.randrange(5))
        act: Callable[[Any], Any] = rng.choice(
            [
                lambda m, v=value: m.append(v),
                lambda m, v=value: m.extend([v, v + "x"]),
                lambda m, i=i, v=value: m.insert(i, v),
                lambda m, i=i, v=value: m.__setitem__(i, v),
                lambda m, i=i, j=j, v=value: m.__setitem__(slice(i, j), [v, v]),
                lambda m, i=i: m[i],
                lambda m, i=i, j=j: m[i:j],
                lambda m, i=i, j=j: m[i:j:2],
                lambda m, j=j: m[:j],
                lambda m, i=i: m[i:],
                lambda m, i=i: m.__delitem__(i),
                lambda m, i=i, j=j: m.__delitem__(slice(i, j)),
                lambda m, i=i: m.pop(i),
                lambda m: m.pop(),
                lambda m, v=value: m.remove(v),
                lambda m, v=value: m.index(v),
                lambda m, v=value: m.count(v),
                lambda m, v=value: v in m,
                lambda m: m.reverse(),
                lambda m: list(reversed(m)),
                lambda m: len(m),
                lambda m: m.clear() if len(m) > 20 else None,
            ]
        )
        assert outcome(lambda a=act: a(view)) == outcome(lambda a=act: a(model))  # type: ignore[misc]
        assert list(view) == model


def test_a_list_keeps_its_expiry(text: Db) -> None:
    view = text.list("l")
    view.extend("abc")
    text.expire("l", 100)
    view.insert(1, "x")
    assert list(view) == ["a", "x", "b", "c"] and text.ttl("l") == 100
    view.appendleft("first")
    assert view.popleft() == "first"
    with pytest.raises(IndexError):
        text.list("none")[0] = "x"
    text.set("k", "v")
    with pytest.raises(lodger.WrongTypeError):
        text.list("k")[0] = "x"


def test_set(text: Db, rng: random.Random) -> None:
    view: Any = text.set("s")
    model: set[str] = set()
    for _ in range(2000):
        a, b = rng.choice("abcdef"), rng.choice("abcdef")
        act: Callable[[Any], Any] = rng.choice(
            [
                lambda m, a=a: m.add(a),
                lambda m, a=a: m.discard(a),
                lambda m, a=a: m.remove(a),
                lambda m, a=a, b=b: m.update([a], {b}),
                lambda m, a=a: a in m,
                lambda m, a=a, b=b: m & {a, b},
                lambda m, a=a, b=b: m | {a, b},
                lambda m, a=a, b=b: m - {a, b},
                lambda m, a=a, b=b: m ^ {a, b},
                lambda m, a=a: m <= {a},
                lambda m: m.isdisjoint({"a"}),
                lambda m: len(m),
                lambda m: m.clear() if len(m) > 4 else None,
            ]
        )
        assert outcome(lambda a=act: a(view)) == outcome(lambda a=act: a(model))  # type: ignore[misc]
        assert view == model
    view |= {"x"}
    assert view.pop() in model | {"x"}
    view.clear()
    with pytest.raises(KeyError):
        view.pop()


def test_zset(text: Db, rng: random.Random) -> None:
    view: Any = text.zset("z")
    model: dict[str, float] = {}
    for _ in range(2000):
        member, score = rng.choice("abcdef"), rng.randrange(10) / 2
        act: Callable[[Any], Any] = rng.choice(
            [
                lambda m, k=member, s=score: m.__setitem__(k, s),
                lambda m, k=member: m[k],
                lambda m, k=member: m.__delitem__(k),
                lambda m, k=member: m.pop(k),
                lambda m, k=member: m.pop(k, None),
                lambda m, k=member, s=score: m.setdefault(k, s),
                lambda m, k=member, s=score: m.update({k: s, "z": s}),
                lambda m, k=member: k in m,
                lambda m: len(m),
                lambda m: m.clear() if len(m) > 5 else None,
            ]
        )
        assert outcome(lambda a=act: a(view)) == outcome(lambda a=act: a(model))  # type: ignore[misc]
        assert list(view.items()) == sorted(model.items(), key=lambda item: (item[1], item[0]))
    view.clear()
    view.update({"a": 1, "b": 2})
    assert view.incr("a", 5) == 6.0 and view.rank("a") == 1 and view.rank("a", reverse=True) == 0
    assert view.range(0, 0, reverse=True) == [("a", 6.0)] and view.rank("x", reverse=True) is None
