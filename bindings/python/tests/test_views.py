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


def test_places_as_lists_have_them(text: Db) -> None:
    class Index:
        def __index__(self) -> int:
            return 1

    view: Any = text.list("l")
    model: Any = ["a", "b", "c"]
    view.extend(model)
    for far in (2**63, 2**70, -(2**63) - 1, -(2**70)):
        for act in (lambda m, i=far: m[i], lambda m, i=far: m.__setitem__(i, "x"), lambda m, i=far: m.__delitem__(i)):
            for each in (view, model):
                with pytest.raises(IndexError):
                    act(each)
        with pytest.raises(IndexError):
            view.pop(far)
        assert view[far:] == model[far:] and view[:far] == model[:far] and view[far:far] == model[far:far]
    assert view[Index()] == "b" and view[Index() :] == ["b", "c"] and view.pop(Index()) == "b"
    view.insert(2**70, "d")
    view.insert(-(2**70), "0")
    view[Index()] = "A"
    assert view == ["0", "A", "c", "d"]
    del view[Index()]
    wrong: Any = "1"
    for act in (lambda: view[wrong], lambda: view.pop(wrong), lambda: view.insert(wrong, 1), lambda: view[wrong:]):
        with pytest.raises(lodger.DataError, match="list indices must be integers"):
            act()
    assert view == ["0", "c", "d"]


def test_equality(text: Db) -> None:
    views: list[Any] = [text.list("l"), text.set("s"), text.hash("h"), text.zset("z")]
    models: list[Any] = [["a", "b"], {"a", "b"}, {"a": "1", "b": "2"}, {"a": 1.0, "b": 2.0}]
    for view, empty in zip(views, ([], set(), {}, {}), strict=True):
        assert view == empty and empty == view
    text.rpush("l", "a", "b")
    text.sadd("s", "a", "b")
    text.hset("h", mapping=models[2])
    text.zadd("z", models[3])
    for view, model in zip(views, models, strict=True):
        assert view == model and model == view and (view != model) is False
        assert view == type(view)(text, view.key) and view != type(view)(text, "none")
        more = type(model)(model)
        more.clear()
        assert view != more and more != view
        for other in (None, 5, "ab", ("a", "b"), object()):
            assert view != other
        with pytest.raises(TypeError, match="unhashable"):
            hash(view)
    assert views[0] != ["b", "a"] and views[1] == frozenset("ab") and views[1] == dict.fromkeys("ab").keys()
    assert views[0] != views[1] and views[2] != views[3]
    # One command, so that it is as of one moment.
    text.execute("CONFIG", "RESETSTAT")
    assert [view == model for view, model in zip(views, models, strict=True)] == [True] * 4
    calls = [line.split(":")[0] for line in text.execute("INFO", "commandstats").splitlines() if ":" in line]
    reads = {"cmdstat_lrange", "cmdstat_smembers", "cmdstat_hgetall", "cmdstat_zrange"}
    assert {call.lower() for call in calls} - {"cmdstat_config|resetstat"} == reads


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
