"""Libraries that sit on redis-py, with no server. What they do with scripts waits until there are scripts."""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import logging
import pathlib
import threading
import time
import uuid
from collections.abc import Iterator
from typing import Any

import lodger
import pytest

redis = pytest.importorskip("redis", reason="redis-py is not installed")


def library(name: str) -> Any:
    return pytest.importorskip(name, reason=f"{name} is not installed")


def scripts() -> Any:
    """What is inside needs scripts, and says so."""
    return pytest.raises(redis.ResponseError, match=r"unknown command '(EVAL|SCRIPT)")


@pytest.fixture
def name() -> str:
    """A database in memory that nobody else has."""
    return f"test-{uuid.uuid4().hex}"


@pytest.fixture
def client(name: str) -> Iterator[lodger.Redis]:
    with lodger.Redis(memory=name) as client:
        yield client


@pytest.fixture
def pool(name: str) -> Iterator[lodger.ConnectionPool]:
    pool = lodger.ConnectionPool(memory=name)
    yield pool
    pool.close()


# Locks


def test_a_lock_excludes_and_is_extended(client: lodger.Redis) -> None:
    lock = client.lock("work", timeout=5)
    assert lock.acquire() and lock.owned()
    other = client.lock("work", timeout=5, blocking=False)
    assert not other.acquire()
    assert lock.extend(10) and 13_000 < client.pttl("work") <= 15_000
    assert lock.extend(8, replace_ttl=True) and client.pttl("work") <= 8000
    assert lock.reacquire() and client.pttl("work") <= 5000
    lock.release()
    assert not client.exists("work") and other.acquire()


def test_a_lock_that_was_lost_says_so(client: lodger.Redis) -> None:
    lock = client.lock("work", timeout=5)
    lock.acquire()
    client.set("work", "another's")
    for doing in (lambda: lock.extend(1), lock.reacquire, lock.release):
        with pytest.raises(redis.exceptions.LockNotOwnedError):
            doing()
    assert client.get("work") == b"another's"
    client.delete("work")
    lock.acquire()
    client.persist("work")
    with pytest.raises(redis.exceptions.LockNotOwnedError):
        lock.extend(1)


@pytest.mark.parametrize("decode", [False, True])
def test_threads_take_turns_in_a_lock(name: str, decode: bool) -> None:
    client = lodger.Redis(memory=name, decode_responses=decode)

    def work() -> None:
        for _ in range(20):
            with client.lock("turn", timeout=10, sleep=0.0005):
                client.set("n", int(client.get("n") or 0) + 1)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert int(client.get("n")) == 80


def test_a_lock_of_asyncio(name: str) -> None:
    async def main() -> None:
        async with lodger.asyncio.Redis(memory=name) as client:
            async with client.lock("work", timeout=5) as lock:
                assert not await client.lock("work", blocking=False).acquire()
                await lock.extend(5)
                await lock.reacquire()
            assert not await client.exists("work")
            await lock.acquire()
            await client.set("work", "another's")
            with pytest.raises(redis.exceptions.LockNotOwnedError):
                await lock.release()

    asyncio.run(main())


def test_python_redis_lock(client: lodger.Redis) -> None:
    lock = library("redis_lock").Lock(client, "work", expire=5)
    assert lock.acquire(blocking=False) and lock.locked()
    with scripts():
        lock.release()


# RQ

calls: list[str] = []


def add(a: int, b: int) -> int:
    return a + b


def total(numbers: list[int]) -> int:
    return sum(numbers)


def fail() -> None:
    raise ValueError("it went wrong")


def fail_twice() -> int:
    calls.append("")
    if len(calls) < 3:
        raise ValueError("again")
    return len(calls)


@pytest.fixture
def queue(client: lodger.Redis) -> Any:
    calls.clear()
    return library("rq").Queue(connection=client)


def burst(queue: Any) -> None:
    import rq

    worker = rq.SimpleWorker([queue], connection=queue.connection)
    assert worker.work(burst=True, logging_level="CRITICAL")


def test_rq_runs_jobs(queue: Any) -> None:
    from rq import Retry

    job = queue.enqueue(add, 2, 3)
    after = queue.enqueue(add, 10, 10, depends_on=job)
    failed = queue.enqueue(fail)
    never = queue.enqueue(add, 1, 1, depends_on=failed)
    again = queue.enqueue(fail_twice, retry=Retry(max=3))
    assert after.get_status() == "deferred"
    burst(queue)
    assert (job.return_value(), after.return_value(), again.return_value()) == (5, 20, 3)
    assert failed.get_status(refresh=True) == "failed"
    assert "it went wrong" in failed.latest_result().exc_string
    assert never.get_status(refresh=True) == "deferred"
    assert again.latest_result().type.name == "SUCCESSFUL"
    assert failed.id in queue.failed_job_registry and job.id in queue.finished_job_registry
    queue.failed_job_registry.requeue(failed.id)
    assert queue.job_ids == [failed.id]


def test_rq_takes_many_jobs_and_cancels(queue: Any) -> None:
    from rq.command import send_shutdown_command
    from rq.job import Job

    jobs = [queue.enqueue(add, n, n) for n in range(50)]
    jobs[7].cancel()
    first = queue.enqueue(add, 0, 0, at_front=True)
    assert queue.job_ids[0] == first.id
    burst(queue)
    done = Job.fetch_many([job.id for job in jobs], connection=queue.connection)
    assert [job.return_value() for job in done] == [None if n == 7 else 2 * n for n in range(50)]
    # The worker listens to a channel.
    assert send_shutdown_command(queue.connection, "nobody") is None


def test_rq_schedules(queue: Any) -> None:
    from rq.scheduler import RQScheduler

    job = queue.enqueue_in(datetime.timedelta(seconds=-1), add, 5, 6)
    later = queue.enqueue_in(datetime.timedelta(hours=1), add, 1, 1)
    assert job.get_status() == "scheduled"
    # Without a lock, since nobody else is there.
    scheduler = RQScheduler([queue], connection=queue.connection)
    scheduler.prepare_registries([queue.name])
    scheduler.enqueue_scheduled_jobs()
    burst(queue)
    assert job.return_value() == 11 and later.get_status() == "scheduled"


def test_rq_waits_for_scripting(queue: Any) -> None:
    from rq.scheduler import RQScheduler

    with scripts():
        RQScheduler([queue], connection=queue.connection).acquire_locks()
    with scripts():
        queue.enqueue(add, 1, 1, job_id="one", unique=True)
    with scripts():
        queue.empty()


# Celery


@pytest.fixture
def celery_app(request: Any, name: str, tmp_path: pathlib.Path) -> Iterator[Any]:
    celery = library("celery")
    import lodger.celery  # noqa: F401

    url = f"lodger://{tmp_path}/tasks.lodger" if request.param == "directory" else f"lodger://{name}"
    app = celery.Celery("app", broker=url, backend=url, set_as_current=False)
    yield app
    app.close()


def tasks(app: Any) -> Any:
    class Tasks:
        add = app.task(name="add", shared=False)(add)
        fail = app.task(name="fail", shared=False)(fail)
        total = app.task(name="total", shared=False)(total)
        heard: list[str] = []  # noqa: RUF012

        @app.task(name="again", bind=True, shared=False)
        def again(self: Any) -> int:
            if self.request.retries < 2:
                raise self.retry(countdown=0)
            return int(self.request.retries)

        @app.task(name="errback", shared=False)
        def errback(request: Any, error: Exception, trace: Any) -> None:
            Tasks.heard.append(str(error))

    return Tasks


@contextlib.contextmanager
def worker(app: Any, pool: str) -> Iterator[None]:
    from celery.contrib.testing.worker import start_worker

    with start_worker(app, pool=pool, concurrency=2, perform_ping_check=False, loglevel="CRITICAL"):
        yield


@pytest.mark.parametrize("worker_pool", ["solo", "threads"])
@pytest.mark.parametrize("celery_app", ["memory", "directory"], indirect=True)
def test_celery_runs_tasks(celery_app: Any, worker_pool: str) -> None:
    from celery import chain, chord, group
    from celery.exceptions import TaskRevokedError

    t = tasks(celery_app)
    with worker(celery_app, worker_pool):
        assert t.add.delay(2, 3).get(timeout=20) == 5
        assert chain(t.add.s(1, 2), t.add.s(4))().get(timeout=20) == 7
        assert group(t.add.s(n, n) for n in range(5))().get(timeout=20) == [0, 2, 4, 6, 8]
        assert chord((t.add.s(n, n) for n in range(5)), t.total.s())().get(timeout=20) == 20
        nested = chain(group(t.add.s(1, 1), t.add.s(2, 2)), t.total.s(), t.add.s(10))
        assert nested().get(timeout=20) == 16
        assert t.again.delay().get(timeout=20) == 2
        assert t.add.apply_async((1, 1), countdown=0.2, priority=9).get(timeout=20) == 2
        with pytest.raises(ValueError, match="it went wrong"):
            t.fail.delay().get(timeout=20)
        assert isinstance(t.fail.apply_async(link_error=t.errback.s()).get(timeout=20, propagate=False), ValueError)
        with pytest.raises(ValueError, match="it went wrong"):
            chord([t.add.s(1, 1), t.fail.s()], t.total.s())().get(timeout=20)
        revoked = t.add.apply_async((1, 1), countdown=1)
        revoked.revoke()
        with pytest.raises(TaskRevokedError):
            revoked.get(timeout=20)
        pong = celery_app.control.ping(timeout=0.5)
        assert [list(answer.values()) for answer in pong] == [[{"ok": "pong"}]]
        assert t.heard == ["it went wrong"]


@pytest.mark.parametrize("celery_app", ["memory"], indirect=True)
def test_celery_results_of_many(celery_app: Any) -> None:
    t = tasks(celery_app)
    before = [t.add.delay(n, 1) for n in range(50)]
    assert celery_app.control.purge() == 50
    with worker(celery_app, "threads"):
        results = [t.add.delay(n, 1) for n in range(200)]
        assert [result.get(timeout=60) for result in results] == list(range(1, 201))
        results[0].forget()
        assert celery_app.AsyncResult(results[0].id).state == "PENDING"
        assert celery_app.AsyncResult(results[1].id).result == 2
    assert not any(result.ready() for result in before)


@pytest.mark.parametrize("celery_app", ["directory"], indirect=True)
def test_celery_tasks_outlive_the_database(celery_app: Any) -> None:
    t = tasks(celery_app)
    result = t.add.delay(20, 3)
    client = lodger.Redis.from_url(celery_app.conf.broker_url)
    assert client.llen("celery") == 1
    assert client.execute_command("DEBUG", "RELOAD") in (True, b"OK", "OK")
    with worker(celery_app, "solo"):
        assert result.get(timeout=20) == 23
    client.close()


@pytest.mark.parametrize("celery_app", ["memory"], indirect=True)
def test_celery_has_no_prefix(celery_app: Any) -> None:
    celery_app.conf.broker_transport_options = {"global_keyprefix": "x"}
    with pytest.raises(ValueError, match="another name"), celery_app.connection() as connection:
        connection.default_channel.client.ping()


# huey


def huey_of(kind: str, pool: lodger.ConnectionPool) -> Any:
    huey = library("huey")

    class Storage(getattr(huey.api, kind).storage_class or huey.storage.RedisStorage):  # type: ignore[misc]
        """The schedule is read in a transaction, not in a script."""

        def read_schedule(self, ts: Any) -> list[bytes]:
            until = self.convert_ts(ts)
            with self.conn.pipeline() as pipe:
                pipe.zrangebyscore(self.schedule_key, "-inf", until)
                pipe.zremrangebyscore(self.schedule_key, "-inf", until)
                found: list[bytes] = pipe.execute()[0]
                return found

    return getattr(huey, kind)("app", storage_class=Storage, connection_pool=pool, notify_result=True)


@pytest.mark.parametrize("kind", ["RedisHuey", "PriorityRedisHuey", "RedisExpireHuey", "PriorityRedisExpireHuey"])
def test_huey_runs_tasks(kind: str, pool: lodger.ConnectionPool) -> None:
    app = huey_of(kind, pool)
    from huey.consumer import Consumer

    logging.getLogger("huey").setLevel(logging.CRITICAL)
    task = app.task()(add)
    again = app.task(retries=2)(fail_twice)
    calls.clear()
    consumer = Consumer(app, workers=2, worker_type="thread", periodic=False, initial_delay=0.01)
    consumer.start()
    try:
        assert task(1, 2)(blocking=True, timeout=20) == 3
        first, second = app.enqueue(task.s(1, 2).then(task, 4))
        assert (first.get(blocking=True, timeout=20), second.get(blocking=True, timeout=20)) == (3, 7)
        revoked = task.schedule((1, 1), delay=0.3)
        revoked.revoke()
        assert task.schedule((5, 6), delay=0.3)(blocking=True, timeout=20) == 11
        assert revoked.get() is None and app.storage.schedule_size() == 0
        again()
        deadline = time.monotonic() + 20
        while len(calls) < 3 and time.monotonic() < deadline:
            time.sleep(0.005)
        assert len(calls) == 3
        with app.lock_task("one"), pytest.raises(library("huey").exceptions.TaskLockedException):
            app.lock_task("one").__enter__()
    finally:
        consumer.stop(graceful=True)


def test_huey_waits_for_scripting(pool: lodger.ConnectionPool) -> None:
    huey = library("huey")
    from huey.contrib.helpers import RedisSemaphore

    app = huey.RedisHuey("app", connection_pool=pool)
    with scripts():
        app.storage.read_schedule(datetime.datetime.now())
    with scripts():
        RedisSemaphore(app, "one").acquire()


# Django


def django_cache(backend: str, location: str, **options: Any) -> Any:
    from django.conf import settings

    if not settings.configured:
        import django

        settings.configure()
        django.setup()
    from django.core.cache import CacheHandler

    return CacheHandler({"default": {"BACKEND": backend, "LOCATION": location, "OPTIONS": options}})["default"]


@pytest.mark.parametrize("backend", ["django", "django_redis"])
def test_django_caches(backend: str, name: str) -> None:
    library(backend)
    if backend == "django":
        cache = django_cache(
            "django.core.cache.backends.redis.RedisCache", f"lodger://{name}", pool_class="lodger.ConnectionPool"
        )
    else:
        classes = {"CONNECTION_POOL_CLASS": "lodger.ConnectionPool", "REDIS_CLIENT_CLASS": "lodger.Redis"}
        cache = django_cache("django_redis.cache.RedisCache", f"lodger://{name}", **classes)
    client = lodger.Redis(memory=name)
    cache.set("user", {"name": "Ada"}, timeout=100)
    assert cache.get("user") == {"name": "Ada"} and 90 < client.ttl(":1:user") <= 100
    assert cache.touch("user", 50) and client.ttl(":1:user") <= 50 and not cache.touch("nobody", 50)
    assert cache.add("user", 1) is False and cache.add("n", 5) is True
    assert cache.incr("n", 5) == 10 and cache.decr("n") == 9
    cache.set_many({"a": 1, "b": [2]}, timeout=10)
    assert cache.get_many(["a", "b", "c"]) == {"a": 1, "b": [2]}
    cache.delete_many(["a", "c"])
    assert "a" not in cache and "b" in cache and cache.get("a", "none") == "none"
    cache.set("v", 1, version=2)
    assert cache.get("v") is None and cache.incr_version("v", version=2) == 3 and cache.get("v", version=3) == 1
    assert cache.get_or_set("made", lambda: 9) == 9 and cache.get("made") == 9
    cache.set("forever", 1, timeout=None)
    assert client.ttl(":1:forever") == -1
    cache.set("gone", 1, timeout=0)
    assert cache.get("gone") is None
    assert cache.delete("made") and not cache.delete("made")
    cache.clear()
    assert client.dbsize() == 0
    with pytest.raises((ValueError, TypeError)):
        cache.incr("nobody")
    client.close()


def test_django_redis_has_more(name: str) -> None:
    library("django_redis")
    classes = {"CONNECTION_POOL_CLASS": "lodger.ConnectionPool", "REDIS_CLIENT_CLASS": "lodger.Redis"}
    cache = django_cache("django_redis.cache.RedisCache", f"lodger://{name}", **classes)
    cache.set_many({"user:1": 1, "user:2": 2, "other": 3}, timeout=100)
    assert sorted(cache.iter_keys("user:*")) == ["user:1", "user:2"] and cache.ttl("other") > 90
    assert cache.delete_pattern("user:*") == 2 and cache.persist("other") and cache.ttl("other") is None
    with cache.lock("work", timeout=5):
        assert cache.keys("work") == ["work"]


# walrus


@pytest.fixture
def walrus_db(pool: lodger.ConnectionPool) -> Any:
    return library("walrus").Walrus(connection_pool=pool)


def test_walrus_containers(walrus_db: Any) -> None:
    hash_ = walrus_db.Hash("hash")
    hash_.update(name="Ada", born=1815)
    assert hash_["name"] == b"Ada" and len(hash_) == 2 and "born" in hash_
    list_ = walrus_db.List("list")
    list_.extend([1, 2, 3])
    assert list_[1:] == [b"2", b"3"] and list_.popleft() == b"1"
    one, two = walrus_db.Set("one"), walrus_db.Set("two")
    one.add(1, 2, 3)
    two.add(2, 9)
    assert (one & two, one - two) == ({b"2"}, {b"1", b"3"})
    scores = walrus_db.ZSet("scores")
    scores.add({"ada": 1, "grace": 2})
    assert scores.score("grace") == 2 and scores.range(0, -1, with_scores=True) == [(b"ada", 1), (b"grace", 2)]
    stream = walrus_db.Stream("stream")
    made = stream.add({"k": "v"})
    assert stream[made] == (made, {b"k": b"v"}) and len(stream) == 1
    group = walrus_db.consumer_group("group", ["stream"])
    group.create()
    group.set_id("0")
    assert group.read() == [[b"stream", [(made, {b"k": b"v"})]]]
    assert group.stream.ack(made) == 1
    counted = walrus_db.HyperLogLog("counted")
    counted.add("a", "b", "a")
    assert len(counted) == 2
    graph = walrus_db.graph("graph")
    graph.store("ada", "knows", "charles")
    assert [found["o"] for found in graph.query(s="ada", p="knows")] == ["charles"]


def test_walrus_cache_limiter_and_model(walrus_db: Any) -> None:
    import walrus

    cache = walrus_db.cache()
    made: list[int] = []

    @cache.cached(timeout=50)
    def double(n: int) -> int:
        made.append(n)
        return 2 * n

    assert [double(4), double(4)] == [8, 8] and made == [4]
    limit = walrus_db.rate_limit("calls", limit=2, per=100)
    assert [limit.limit("ada") for _ in range(4)] == [False, False, True, True]

    class User(walrus.Model):  # type: ignore[misc]
        __database__ = walrus_db
        name = walrus.TextField(primary_key=True)
        city = walrus.TextField(index=True)

    User.create(name="ada", city="London")
    User.create(name="charles", city="London")
    assert User.load("ada").city == "London"
    assert sorted(user.name for user in User.query(User.city == "London")) == ["ada", "charles"]
    assert User.count() == 2


def test_walrus_waits_for_scripting(walrus_db: Any) -> None:
    with scripts():
        walrus_db.Array("array").append("x")
    with scripts():
        walrus_db.lock("work").acquire()
    with scripts():
        walrus_db.rate_limit_lua("calls", limit=2, per=10).limit("ada")


# Others


def test_flask_caching(client: lodger.Redis) -> None:
    caching = library("flask_caching")
    import flask

    app = flask.Flask("app")
    app.config.from_mapping(CACHE_TYPE="RedisCache", CACHE_REDIS_HOST=client)
    cache = caching.Cache(app)
    made: list[int] = []
    with app.app_context():

        @cache.memoize(50)
        def double(n: int) -> int:
            made.append(n)
            return 2 * n

        assert [double(4), double(4)] == [8, 8] and made == [4]
        cache.delete_memoized(double)
        assert double(4) == 8 and made == [4, 4]
        cache.set_many({"a": 1, "b": [2]}, timeout=50)
        assert cache.get_many("a", "b", "c") == [1, [2], None]
        cache.delete_many("a", "b")
        assert cache.get("a") is None and cache.add("a", 3) and not cache.add("a", 4)
        cache.clear()
        assert cache.get("a") is None


def test_aiocache(name: str) -> None:
    aiocache = library("aiocache")
    from aiocache.lock import RedLock
    from aiocache.serializers import JsonSerializer

    async def main() -> None:
        cache = aiocache.RedisCache(serializer=JsonSerializer(), namespace="app:")
        cache.client = lodger.asyncio.Redis(memory=name)
        async with cache.client:
            await cache.set("user", {"name": "Ada"}, ttl=50)
            assert await cache.get("user") == {"name": "Ada"}
            await cache.multi_set([("a", 1), ("b", 2)], ttl=50)
            assert await cache.multi_get(["a", "b", "c"]) == [1, 2, None]
            assert await cache.increment("n", 4) == 4 and await cache.exists("n") and await cache.expire("n", 5)
            with pytest.raises(ValueError, match="already exists"):
                await cache.add("a", 3)
            assert await cache.delete("a") == 1
            with scripts():
                async with RedLock(cache, "work", lease=2):
                    pass
            assert await cache.clear(namespace="app:") and await cache.client.dbsize() == 0

    asyncio.run(main())


def test_arq(name: str) -> None:
    pytest.importorskip("arq", reason="arq is not installed: it wants a redis-py before 6")
    from arq import Retry
    from arq.connections import ArqRedis
    from arq.worker import Worker, func

    tries: list[int] = []

    async def plus(context: Any, a: int, b: int) -> int:
        return a + b

    async def again(context: Any) -> int:
        tries.append(1)
        if len(tries) < 2:
            raise Retry(defer=0.01)
        return len(tries)

    async def main() -> None:
        client = ArqRedis(pool_or_conn=lodger.asyncio.ConnectionPool(memory=name))
        jobs = [await client.enqueue_job("plus", 1, 2), await client.enqueue_job("again")]
        jobs.append(await client.enqueue_job("plus", 3, 4, _defer_by=0.05))
        worker = Worker(
            [func(plus, name="plus"), func(again, name="again")],
            redis_pool=client,
            burst=True,
            poll_delay=0.01,
            handle_signals=False,
        )
        await worker.main()
        assert [await job.result(timeout=20) for job in jobs] == [3, 2, 7]
        await worker.close()

    asyncio.run(main())


def test_others_wait_for_scripting(client: lodger.Redis, pool: lodger.ConnectionPool) -> None:
    brokers = library("dramatiq.brokers.redis")
    limits = library("limits")
    broker = brokers.RedisBroker(client=client)
    broker.declare_queue("default")
    with scripts():
        broker.enqueue(library("dramatiq").Message("default", "plus", (1, 2), {}, {}))
    storage = limits.storage.RedisStorage("redis://", connection_pool=pool)
    limiter = limits.strategies.FixedWindowRateLimiter(storage)
    with scripts():
        limiter.hit(limits.parse("2/minute"), "ada")


def test_dramatiq_limits_rates(client: lodger.Redis) -> None:
    limits = library("dramatiq.rate_limits")
    from dramatiq.rate_limits.backends import RedisBackend

    mutex = limits.ConcurrentRateLimiter(RedisBackend(client=client), "work", limit=1)
    with mutex.acquire(), mutex.acquire(raise_on_failure=False) as again:
        assert not again
    with mutex.acquire() as taken:
        assert taken
