"""Signals, the end of the interpreter, fork, spawn, subinterpreters."""

from __future__ import annotations

import os
import pathlib
import pickle
import signal
import subprocess
import sys
import time

import lodger
import pytest


def python(script: str, *args: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-W", "ignore::DeprecationWarning", "-X", "faulthandler", "-c", script, *args],
        capture_output=True,
        text=True,
        timeout=60,
    )
    if check:
        assert done.returncode == 0 and done.stderr == "", (done.returncode, done.stdout, done.stderr)
    return done


@pytest.mark.parametrize(
    "wait",
    [
        "db.blpop('q')",
        "db.client().execute('BLPOP', 'q', 0)",
        "db.subscribe('c').next()",
        "db.feed().next()",
        "db.execute('XREAD', 'BLOCK', 0, 'STREAMS', 's', '$')",
        "[db.execute('CLIENT', 'PAUSE', 60000), db.set('k', 1)]",
    ],
)
def test_ctrl_c(wait: str) -> None:
    # Inside of the try, wherever the signal finds it.
    script = f"""
import lodger
db = lodger.open()
try:
    print('ready', flush=True)
    {wait}
except KeyboardInterrupt: print('got it')
"""
    process = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None and process.stdout.readline() == "ready\n"
    # Mostly when it waits, which is what this is about.
    state = pathlib.Path(f"/proc/{process.pid}/stat")
    end = time.monotonic() + 20
    while state.read_text().rsplit(")", 1)[1].split()[0] != "S" and time.monotonic() < end:
        os.sched_yield()
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=20)
    assert out == "got it\n" and err == "" and process.returncode == 0


def test_the_end_of_the_interpreter(tmp_path: pathlib.Path) -> None:
    script = """
import sys, threading, lodger
db = lodger.open(sys.argv[1], appendfsync="no")
db.set("k", "v")
other = lodger.open()
started = threading.Barrier(4)
def wait(call):
    started.wait()
    try: call()
    except lodger.Error: pass
for call in (lambda: db.blpop("q"), lambda: other.subscribe("c").next(), lambda: list(other.feed())):
    threading.Thread(target=wait, args=(call,), daemon=True).start()
started.wait()
view, pipeline = other.get_view("none"), db.pipeline()
"""
    for n in range(5):
        python(script, str(tmp_path / f"d{n}"))
        with lodger.open(tmp_path / f"d{n}") as db:
            assert db.get("k") == b"v"


def test_the_end_with_running_tasks() -> None:
    python(
        """
import asyncio, lodger
db = lodger.open()
async def main():
    subscription = db.subscribe("c")
    task = asyncio.create_task(subscription.anext())
    await asyncio.sleep(0)
asyncio.run(main())
"""
    )


def test_a_fork_is_told() -> None:
    python(
        """
import os, lodger
db = lodger.open()
client, subscription = db.client(), db.subscribe("c")
db.set("k", "v")
pid = os.fork()
if pid == 0:
    calls = [lambda: db.get("k"), lambda: db.execute("KEYS", "*"), lambda: client.execute("PING")]
    calls += [lambda: subscription.next(0), db.close]
    for call in calls:
        try: call()
        except lodger.ForkedError as error: assert "fork" in str(error)
        else: os._exit(1)
    with lodger.open() as mine:
        assert mine.set("k", "v")
    del client, subscription, db, calls, call
    raise SystemExit
assert os.waitpid(pid, 0)[1] == 0
assert db.get("k") == b"v"
""",
        check=True,
    )


def test_spawn_works_and_handles_do_not_travel(tmp_path: pathlib.Path) -> None:
    with lodger.open() as db, pytest.raises(lodger.DataError, match="pickled"):
        pickle.dumps(db)
    module = tmp_path / "job.py"
    module.write_text(
        """
import multiprocessing, sys, lodger
def work(location):
    with lodger.open(location) as db:
        return db.incr("n")
if __name__ == "__main__":
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        print(pool.map(work, [sys.argv[1]] * 2))
"""
    )
    done = subprocess.run(
        [sys.executable, str(module), str(tmp_path / "d")], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout == "[1, 2]\n"


def test_subinterpreters_are_refused() -> None:
    script = """
try: import _interpreters as interpreters
except ImportError: import _xxsubinterpreters as interpreters
import lodger
there = interpreters.create()
code = '''
try: import lodger
except ImportError as error: assert "interpreter" in str(error), error
else: 1 / 0
'''
result = interpreters.run_string(there, code)
assert result is None, result
"""
    python(script)


def test_a_signal_handler_closes_what_waits() -> None:
    script = """
import os, signal, sys, threading, lodger, redis
r = lodger.Redis(memory="m")
pipe = r.pipeline()
pipe.watch("w")
pubsub = r.pubsub()
pubsub.subscribe("c")
signal.signal(signal.SIGTERM, lambda *_: r.close())
other = lodger.Redis(memory="m")
def blocked():
    return other.info("clients")["blocked_clients"]
def listens():
    # The first two have closed its connection, and it makes another one.
    return pubsub.connection and pubsub.connection._sock and pubsub.connection._sock._sleepers
def later(waits):
    while not waits():
        pass
    os.kill(os.getpid(), signal.SIGTERM)
waiting = (blocked, lambda: r.blpop("q")), (blocked, lambda: pipe.blpop("q")), (listens, lambda: list(pubsub.listen()))
for waits, wait in waiting:
    threading.Thread(target=later, args=(waits,)).start()
    try:
        wait()
        sys.exit("not ended")
    except (redis.ConnectionError, redis.WatchError, ValueError):
        pass
while blocked():
    pass
assert r.rpush("q", 1) == 1 and r.llen("q") == 1
"""
    python(script)


@pytest.mark.parametrize(
    "how", ["r.close(); pubsub.close()", "del r, pubsub", "lodger.Redis(memory='new').set('k', 1)", "wait()"]
)
def test_a_forked_child_does_not_hang(how: str, tmp_path: pathlib.Path) -> None:
    script = """
import asyncio, faulthandler, os, sys, threading, lodger
from lodger import _shared
async def call(name):
    async with lodger.asyncio.Redis(memory=name) as a:
        assert await a.blpop("q", timeout=0.01) is None
def wait():
    asyncio.run(call("child"))
asyncio.run(call("parent"))
r = lodger.Redis(sys.argv[1])
r.set("k", 1)
pubsub = r.pubsub()
pubsub.subscribe("c")
held = threading.Event()
def hold():
    with _shared._lock:
        held.set()
        threading.Event().wait()
for target in (lambda: r.blpop("q"), lambda: list(pubsub.listen())):
    threading.Thread(target=target, daemon=True).start()
while not (r.info("clients")["blocked_clients"] and pubsub.connection._sock._sleepers):
    pass
threading.Thread(target=hold, daemon=True).start()
held.wait()
child = os.fork()
if child == 0:
    faulthandler.dump_traceback_later(10, exit=True)
    try:
        exec(sys.argv[2])
        os._exit(0)
    except BaseException as error:
        print(repr(error), file=sys.stderr, flush=True)
        os._exit(3)
status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
assert r.get("k") == b"1"
os._exit(status)
"""
    python(script, str(tmp_path / "db"), how)


@pytest.mark.parametrize(
    "make, wait",
    [
        ("db.client()", "x.execute('BLPOP', 'q', 0)"),
        ("db.client()", "x.message()"),
        ("db.subscribe('c')", "next(x)"),
        ("db.feed()", "next(x)"),
        ("lodger.Redis(database=db)", "x.blpop('q')"),
        ("lodger.Redis(database=db, socket_timeout=30)", "x.blpop('q', timeout=20)"),
        ("lodger.Redis(database=db, single_connection_client=True)", "x.blpop('q')"),
    ],
)
@pytest.mark.parametrize("closer", ["itself", "a thread it waits for"])
def test_a_signal_handler_closes_what_its_thread_waits_for(make: str, wait: str, closer: str) -> None:
    # Of those who wait for no key nobody sees that they do: they may be closed before they begin.
    script = f"""
import os, signal, sys, threading, lodger, redis
db = lodger.open()
x = {make}
if {wait!r} == "x.message()":
    x.execute("HELLO", 3)
    x.execute("SUBSCRIBE", "c")
def handler(*_):
    if {closer!r} == "itself":
        return x.close()
    thread = threading.Thread(target=x.close)
    thread.start()
    thread.join()
signal.signal(signal.SIGALRM, handler)
def tell():
    while not db.execute("INFO", "clients").count(b"blocked_clients:1"):
        pass
    os.kill(os.getpid(), signal.SIGALRM)
try:
    if "pop" in {wait!r}.lower():
        threading.Thread(target=tell).start()
    else:
        signal.setitimer(signal.ITIMER_REAL, 0.1)
    {wait}
    sys.exit("not ended")
except (lodger.ClosedError, lodger.InterruptedError, StopIteration, redis.ConnectionError):
    pass
x.close()
assert db.set("k", 1) and db.get("k") == b"1"
"""
    python(script)


def test_a_forked_child_closes_what_a_thread_of_the_parent_waits_for() -> None:
    script = """
import faulthandler, os, threading, lodger
db = lodger.open()
client, subscription, feed = db.client(), db.subscribe("c"), db.feed()
def waits():
    return db.execute("INFO", "clients").count(b"blocked_clients:1")
for wait in (lambda: client.execute("BLPOP", "q", 0), lambda: next(subscription), lambda: next(feed)):
    threading.Thread(target=wait, daemon=True).start()
while not waits():
    pass
child = os.fork()
if child == 0:
    faulthandler.dump_traceback_later(10, exit=True)
    try:
        client.execute("PING")
        os._exit(3)
    except lodger.ForkedError:
        pass
    client.close()
    subscription.close()
    feed.close()
    os._exit(0)
os._exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
    python(script)


def test_garbage_is_collected_at_any_moment(tmp_path: pathlib.Path) -> None:
    script = """
import faulthandler, gc, sys, lodger
from lodger import _shared
faulthandler.dump_traceback_later(20, exit=True)
gc.disable()
real = _shared.open
def collecting(*args, **options):
    gc.collect()
    return real(*args, **options)
for at in range(3):
    r = lodger.Redis(sys.argv[1] + str(at))
    r.set("k", at)
    r.itself = r
    del r
    _shared.open = collecting
    with lodger.Redis(sys.argv[1] + "other") as other:
        other.set("k", 1)
    _shared.open = real
"""
    python(script, str(tmp_path / "db"))


def test_nothing_is_left_open() -> None:
    script = """
import gc, warnings, lodger
warnings.simplefilter("error")
for _ in range(3):
    with lodger.Redis(memory="m") as r, r.pubsub() as pubsub:
        pubsub.subscribe("c")
        assert pubsub.get_message(timeout=1)
        assert pubsub.get_message(timeout=0.01) is None
    del r, pubsub
    gc.collect()
"""
    python(script)
