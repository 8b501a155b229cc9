"""redis-py's own test suite, from its source package, through lodger.Redis in this process. Nothing of it is kept here.

    python suite.py DIRECTORY            the files that say most, once
    python suite.py DIRECTORY --all      all files that are not about sockets, clusters and modules; in RESP2 and RESP3; with
                                         --beside a redis-server, whose path is given, what passes there has to pass here

What may fail, and why, is in known.txt. DIRECTORY is where the source package is kept.
"""

from __future__ import annotations

import argparse
import contextlib
import fnmatch
import os
import pathlib
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator

VERSION = "8.1.0"
HERE = pathlib.Path(__file__).resolve().parent
SHARE = (
    "test_commands.py",
    "test_encoding.py",
    "test_monitor.py",
    "test_pipeline.py",
    "test_pubsub.py",
    "test_asyncio/test_encoding.py",
    "test_asyncio/test_monitor.py",
    "test_asyncio/test_pipeline.py",
    "test_asyncio/test_pubsub.py",
)
MORE = (
    "test_cache.py",
    "test_client.py",
    "test_command_parser.py",
    "test_hash.py",
    "test_keyspace_notifications.py",
    "test_lock.py",
    "test_scripting.py",
    "test_asyncio/test_client.py",
    "test_asyncio/test_commands.py",
    "test_asyncio/test_hash.py",
    "test_asyncio/test_keyspace_notifications.py",
    "test_asyncio/test_lock.py",
    "test_asyncio/test_scripting.py",
)


def fetch(directory: pathlib.Path) -> pathlib.Path:
    source = directory / f"redis-{VERSION}"
    if not (source / "tests").is_dir():
        directory.mkdir(parents=True, exist_ok=True)
        pip = [sys.executable, "-m", "pip", "-q", "--disable-pip-version-check", "download", "--no-deps", "--no-binary", ":all:"]
        subprocess.run([*pip, f"redis=={VERSION}"], cwd=directory, check=True)
        subprocess.run(["tar", "xzf", f"redis-{VERSION}.tar.gz"], cwd=directory, check=True)
    return source


def run(source: pathlib.Path, files: tuple[str, ...], protocol: int, server: str | None) -> dict[str, bool]:
    """Whether each test passed; what was skipped is not in it."""
    args = ["-m", "pytest", "-q", "-rA", "--tb=no", "-p", "no:cacheprovider", "-p", "no:warnings", "--timeout", "60"]
    args += ["-o", "asyncio_mode=auto", "--continue-on-collection-errors", "--protocol", str(protocol)]
    # There is no server that could be down, and a subscriber that a failed test leaves is in the way of others.
    args += ["--redis-url", f"redis://{server}/0"] if server else ["-p", "in_process", "-k", "not RedisDown"]
    args += [f"tests/{name}" for name in files]
    # The package beside the tests is the one that is tested.
    path = os.pathsep.join([str(HERE), str(source), str(source.parent / "tools")])
    done = subprocess.run(
        [sys.executable, *args], cwd=source, env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True
    )
    outcomes: dict[str, bool] = {}
    for line in done.stdout.splitlines():
        word, _, rest = line.partition(" ")
        name = rest.split(" - ")[0].strip()
        # What needs a cluster says so.
        if "::" not in name or "luster" in name:
            continue
        if word in ("PASSED", "XPASS"):
            outcomes.setdefault(name, True)
        elif word in ("FAILED", "ERROR"):
            outcomes[name] = False
    if len(outcomes) < 100:
        raise SystemExit(f"the suite did not run:\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}")
    return outcomes


@contextlib.contextmanager
def started(program: str) -> Iterator[str]:
    """The address of a server."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as directory:
        args = [program, "--port", str(port), "--dir", directory]
        with subprocess.Popen(args, stdout=subprocess.DEVNULL) as server:
            try:
                for _ in range(600):
                    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                        break
                    time.sleep(0.1)
                else:
                    raise TimeoutError(f"{program} takes no connections")
                yield f"127.0.0.1:{port}"
            finally:
                server.terminate()


def reasons() -> list[tuple[str, str]]:
    lines = (HERE / "known.txt").read_text().splitlines()
    return [(pattern, why) for pattern, why in (line.split(" | ") for line in lines if line and not line.startswith("#"))]


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("directory", type=pathlib.Path)
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--beside", metavar="PROGRAM")
    options = parser.parse_args()
    source = fetch(options.directory)
    known = reasons()
    bad = 0
    for protocol in (3, 2) if options.all else (3,):
        files = SHARE + MORE if options.all else SHARE
        here = run(source, files, protocol, None)
        there = dict.fromkeys(here, True)
        if options.beside:
            with started(options.beside) as server:
                there = run(source, files, protocol, server)
        due = [name for name, passed in there.items() if passed and name in here]
        failed = [name for name in due if not here[name]]
        excused: Counter[str] = Counter()
        for name in failed:
            why = next(
                (why for pattern, why in known if fnmatch.fnmatchcase(name.replace("[", "("), pattern.replace("[", "("))), None
            )
            if why is None:
                bad += 1
                print(f"fails: {name}")
            else:
                excused[why] += 1
        print(f"redis-py {VERSION}, RESP{protocol}: {len(due) - len(failed)} of {len(due)} tests pass in the process")
        for why, count in excused.most_common():
            print(f"  {count} wait for {why}" if " " not in why else f"  {count}: {why}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
