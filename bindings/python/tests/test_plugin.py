"""The pytest plugin, in runs of pytest of its own."""

from __future__ import annotations

import pathlib
import re

import pytest

pytest_plugins = ["pytester"]

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent.parent

RANDOM = """
def test_random(lodger_db):
    lodger_db.sadd("s", *range(1000))
    print("chosen:", lodger_db.execute("SRANDMEMBER", "s", 5))
    assert not WRONG
"""


def chosen(result: pytest.RunResult) -> list[str]:
    found = re.findall(r"chosen: \[.*\]", result.stdout.str())
    assert found
    return found


def test_fixtures(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import datetime
        import lodger
        import pytest

        def test_one(lodger_db):
            assert isinstance(lodger_db, lodger.Db) and lodger_db.location == ""
            lodger_db.set("k", "v")

        def test_another_one_is_empty(lodger_db):
            assert lodger_db.execute("DBSIZE") == 0 and lodger_db.get("k") is None

        def test_time(lodger_db, lodger_clock):
            lodger_db.set("k", "v", ex=60)
            lodger_db.execute("HSET", "h", "f", 1)
            lodger_db.execute("HEXPIRE", "h", 90, "FIELDS", 1, "f")
            lodger_clock.advance(59)
            assert lodger_db.get("k") == b"v" and lodger_db.ttl("k") == 1
            lodger_clock.advance(1)
            assert lodger_db.get("k") == b"v" and lodger_db.pttl("k") == 0
            lodger_clock.advance(0.001)
            assert lodger_db.get("k") is None and lodger_db.hget("h", "f") == b"1"
            lodger_clock.advance(datetime.timedelta(minutes=1))
            assert lodger_db.hget("h", "f") is None

        @pytest.mark.lodger(decode_responses=True, maxmemory="1mb")
        class TestOptions:
            def test_text(self, lodger_db):
                lodger_db.set("k", "v")
                assert lodger_db.get("k") == "v"

            @pytest.mark.lodger(decode_responses=False)
            def test_the_nearest_wins(self, lodger_db):
                assert lodger_db.execute("CONFIG", "GET", "maxmemory") == {b"maxmemory": b"1048576"}

        def test_the_seed(lodger_seed, lodger_db):
            assert isinstance(lodger_seed, int)
        """
    )
    pytester.runpytest("--strict-markers").assert_outcomes(passed=6)


def test_a_database_is_closed_after_its_test(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        kept = []

        def test_open(lodger_db):
            kept.append(lodger_db)
            assert not lodger_db.closed

        def test_closed():
            assert kept[0].closed
        """
    )
    pytester.runpytest().assert_outcomes(passed=2)


def test_a_failure_can_be_repeated(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(RANDOM.replace("WRONG", "True") + "\ndef test_without():\n    assert False\n")
    first = pytester.runpytest()
    seeds = set(re.findall(r"--lodger-seed=(\d+)", first.stdout.str()))
    assert len(seeds) == 1
    # Only where a database was used.
    first.stdout.fnmatch_lines(["*- lodger -*", "to have the same random choices: --lodger-seed=*"])
    assert first.stdout.str().count("--lodger-seed") == 1
    seed = seeds.pop()
    # Alone, and beside other tests.
    again = pytester.runpytest(f"--lodger-seed={seed}", "-k", "random")
    assert chosen(again) == chosen(first)
    again.stdout.fnmatch_lines([f"lodger: --lodger-seed={seed}"])
    assert chosen(pytester.runpytest(f"--lodger-seed={int(seed) ^ 1}")) != chosen(first)
    pytester.makeini(f"[pytest]\nlodger_seed = {seed}\n")
    assert chosen(pytester.runpytest()) == chosen(first)
    other = pytester.runpytest("--lodger-seed=1")
    assert chosen(other) != chosen(first)
    other.stdout.fnmatch_lines(["lodger: --lodger-seed=1"])


def test_two_tests_choose_differently(pytester: pytest.Pytester) -> None:
    body = RANDOM.replace("WRONG", "False")
    pytester.makepyfile(body + body.replace("test_random", "test_other"))
    one, other = chosen(pytester.runpytest("-s"))
    assert one != other


def test_bad_options(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("import pytest\n@pytest.mark.lodger(1)\ndef test_it(lodger_db): pass\n")
    result = pytester.runpytest()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*takes options by name*"])
    pytester.makeini("[pytest]\nlodger_seed = much\n")
    assert pytester.runpytest().ret == pytest.ExitCode.USAGE_ERROR


def test_workers_have_one_seed(pytester: pytest.Pytester) -> None:
    pytest.importorskip("xdist")
    tests = "".join(RANDOM.replace("test_random", f"test_{n}").replace("WRONG", "True") for n in range(6))
    pytester.makepyfile(tests)
    first = pytester.runpytest_subprocess("-n2")
    first.assert_outcomes(failed=6)
    seeds = set(re.findall(r"--lodger-seed=(\d+)", first.stdout.str()))
    assert len(seeds) == 1
    again = pytester.runpytest_subprocess("-n0", f"--lodger-seed={seeds.pop()}")
    assert sorted(chosen(again)) == sorted(chosen(first))


def test_lodger_is_not_imported_before_it_is_needed(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        test_a="""
        import sys

        def test_without():
            assert "pytest_lodger" in sys.modules
            assert not [name for name in sys.modules if name.split(".")[0] in ("lodger", "redis")]
        """,
        test_b="""
        import sys

        def test_with(lodger_db):
            assert "lodger._lodger" in sys.modules
        """,
    )
    pytester.runpytest_subprocess().assert_outcomes(passed=2)


def test_it_is_left_out_like_any_plugin(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_it(lodger_db): pass\n")
    result = pytester.runpytest_subprocess("-p", "no:lodger")
    result.stdout.fnmatch_lines(["*fixture 'lodger_db' not found*"])


def test_clients_of_redis_py(pytester: pytest.Pytester) -> None:
    pytest.importorskip("redis")
    pytester.makepyfile(
        """
        import asyncio
        import lodger
        import pytest
        import redis

        def test_client(lodger_redis, lodger_db, lodger_clock):
            assert isinstance(lodger_redis, lodger.Redis) and isinstance(lodger_redis, redis.Redis)
            lodger_redis.set("k", "v", ex=60)
            assert lodger_redis.get("k") == b"v" and lodger_db.get("k") == b"v"
            lodger_clock.advance(60.001)
            assert lodger_redis.get("k") is None
            with lodger_redis.pipeline() as pipeline:
                assert pipeline.incr("n").incr("n").execute() == [1, 2]
            with lodger_redis.pubsub(ignore_subscribe_messages=True) as pubsub:
                pubsub.subscribe("c")
                lodger_redis.publish("c", "hello")
                while (message := pubsub.get_message(timeout=5)) is None:
                    pass
                assert message["data"] == b"hello"

        def test_empty(lodger_redis):
            assert lodger_redis.dbsize() == 0

        @pytest.mark.lodger(decode_responses=True)
        def test_text(lodger_redis):
            lodger_redis.hset("h", mapping={"f": "v"})
            assert lodger_redis.hgetall("h") == {"f": "v"}

        @pytest.mark.lodger(decode_responses=True)
        def test_tasks(lodger_async_redis, lodger_clock):
            async def main():
                await lodger_async_redis.set("k", "v", ex=60)
                assert await lodger_async_redis.get("k") == "v"
                lodger_clock.advance(61)
                assert await lodger_async_redis.get("k") is None

            asyncio.run(main())

        def test_tasks_left_open(lodger_async_redis):
            async def main():
                pubsub = lodger_async_redis.pubsub()
                await pubsub.subscribe("c")
                await lodger_async_redis.publish("c", "hello")

            asyncio.run(main())
        """
    )
    pytester.runpytest_subprocess("-W", "error").assert_outcomes(passed=5)


@pytest.mark.parametrize("name", ["lodger_redis", "lodger_async_redis"])
def test_without_redis_py(pytester: pytest.Pytester, name: str) -> None:
    pytester.makeconftest("import sys\nsys.modules['redis'] = None\n")
    pytester.makepyfile(f"def test_it({name}): pass\ndef test_other(lodger_db): pass\n")
    result = pytester.runpytest_subprocess()
    result.assert_outcomes(errors=1, passed=1)
    result.stdout.fnmatch_lines([f"*{name} needs redis-py: pip install 'lodger[[]redis[]]'"])
