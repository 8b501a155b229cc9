"""A disk that is full, and files that may not grow."""

from __future__ import annotations

import os
import pathlib
import subprocess
import sys

import lodger
import pytest

# Fills a database until it is told; then what was there is there. A full disk that has room again is written to again; after
# another failure the database is opened again and goes on.
SCRIPT = """
import os, resource, signal, subprocess, sys, time, lodger
way, root, mode = sys.argv[1:]
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
if way == "limit":
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, resource.RLIM_INFINITY))
where = os.path.join(root, "app.lodger")
db = lodger.open(where, appendfsync=mode)
db.set("first", "there")
db.sync()
done = 0
try:
    while done < 100_000:
        db.set(f"key:{done}", os.urandom(10_000))
        done += 1
except lodger.StorageError as error:
    text = str(error)
else:
    sys.exit("no error")
assert "appendonly.aof.1.incr.aof" in text, text
assert ("No space left on device" if way == "disk" else "File too large") in text, text
# Nothing is written any more, whatever call it is, and everything is read.
calls = [lambda: db.set("late", 1), lambda: db.execute("SET", "late", 1), lambda: db.execute_many([("SET", "late", 1)])]
calls += [lambda: db.hset("h", "f", 1), lambda: db.client().execute("INCR", "n"), db.sync]
assert text.endswith("; writes go on when there is room") == (way == "disk"), text
for call in calls:
    try: call()
    except lodger.StorageError as error: assert str(error) == text
    else: sys.exit("a write was taken")
assert db.get("first") == b"there" and db.exists("late", "h", "n") == 0
# The one that could not be written is seen.
assert db.execute("DBSIZE") in (done + 1, done + 2), (db.execute("DBSIZE"), done)
copy = os.path.join(root, "copy.rdb")
if way == "limit":
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 19, resource.RLIM_INFINITY))
try: db.backup(copy)
except lodger.StorageError as error: assert "copy.rdb" in str(error), error
else: sys.exit("a copy was written")
assert os.listdir(root) == ["app.lodger"], os.listdir(root)
if way == "disk":
    # It goes on by itself, and what could not be written is written: nothing is lost, also of what only waited in memory.
    size = db.execute("DBSIZE")
    # Without waiting for the disk, megabytes were taken before it was found full.
    subprocess.run(["mount", "-o", "remount,size=2g", root], check=True)
    end = time.monotonic() + 60
    while time.monotonic() < end:
        try: db.set("again", 1)
        except lodger.StorageError: time.sleep(0.01)
        else: break
    assert db.execute("DBSIZE") == size + 1
    digest = db.execute("DEBUG", "DIGEST")
    db.close()
    with lodger.open(where, appendfsync=mode) as db:
        assert db.execute("DEBUG", "DIGEST") == digest and db.get("again") == b"1"
        assert all(db.strlen(f"key:{n}") == 10_000 for n in range(done))
    print("as promised")
    sys.exit()
try: db.close()
except lodger.StorageError: pass
else: sys.exit("closing tells nothing of what is not written")
assert db.closed

resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
with lodger.open(where, appendfsync=mode) as db:
    # What was confirmed under `always` is there, to the last; under others what had come to the disk.
    kept = db.execute("DBSIZE") - 1
    assert kept == done if mode == "always" else 0 < kept <= done, (kept, done)
    assert db.get("first") == b"there" and db.exists("late") == 0
    assert all(db.strlen(f"key:{n}") == 10_000 for n in range(kept))
    db.set("after", 1)
with lodger.open(where) as db:
    assert db.get("after") == b"1"
print("as promised")
"""


def small_disk(directory: pathlib.Path) -> list[str]:
    """Words before a command that runs with a disk of 2 MiB there; nothing if the system does not let us."""
    mount = f'mount -t tmpfs -o size=2m tmpfs "{directory}" && exec "$0" "$@"'
    words = ["unshare", "-rm", "sh", "-c", mount]
    try:
        return words if subprocess.run([*words, "true"], capture_output=True).returncode == 0 else []
    except FileNotFoundError:
        return []


@pytest.mark.parametrize("mode", ["always", "everysec", "no"])
@pytest.mark.parametrize("way", ["disk", "limit"])
def test_no_room(way: str, mode: str, tmp_path: pathlib.Path) -> None:
    before: list[str] = []
    if way == "disk":
        before = small_disk(tmp_path)
        if not before:
            pytest.skip("no file system can be mounted here")
    words = [*before, sys.executable, "-X", "faulthandler", "-c", SCRIPT, way, str(tmp_path), mode]
    done = subprocess.run(words, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0 and done.stdout == "as promised\n" and done.stderr == "", (done.stdout, done.stderr)


def test_a_device_is_no_place_for_a_copy() -> None:
    full = pathlib.Path("/dev/full")
    if not full.exists():
        pytest.skip("no /dev/full")
    with lodger.open() as db, pytest.raises((lodger.StorageError, lodger.ArgumentError)):
        db.backup(full)
    assert full.is_char_device()


def test_a_directory_that_may_not_be_written(tmp_path: pathlib.Path) -> None:
    with pytest.raises(lodger.StorageError, match="/proc/none"):
        lodger.open("/proc/none/app.lodger")
    with lodger.open(tmp_path / "d") as db, pytest.raises(lodger.StorageError, match="none"):
        db.backup(tmp_path / "none" / "copy.rdb")


class Named(os.PathLike[bytes]):
    """Something that has a path, as bytes."""

    def __init__(self, path: bytes) -> None:
        self._path = path

    def __fspath__(self) -> bytes:
        return self._path


@pytest.mark.parametrize("end", ["", ".rdb"])
@pytest.mark.parametrize("name", [b"\xff", b"k\nl", b"\xc3\xa4 \xe2\x82", b" ", b"#%20?", b'"'])
def test_names_of_any_bytes(name: bytes, end: str, tmp_path: pathlib.Path) -> None:
    path = os.fsencode(tmp_path / "in") + b"/" + name + end.encode()
    os.mkdir(tmp_path / "in")
    for n, location in enumerate((path, os.fsdecode(path), pathlib.Path(os.fsdecode(path)), Named(path))):
        with lodger.open(location) as db:
            assert db.location == os.fsdecode(path) and repr(db).encode()
            assert db.incr("n") == n + 1
    # That, and nothing of another name.
    there = {name + end.encode(), *([name + b".rdb.lock"] if end else [])}
    assert set(os.listdir(os.fsencode(tmp_path / "in"))) == there
    with lodger.open(path) as db:
        for copy in (path + b".copy", os.fsdecode(path) + ".copy", Named(path + b".copy")):
            assert db.backup(copy) == 1
            os.remove(path + b".copy")


@pytest.mark.parametrize(
    ("path", "error"), [("a\0b", "NUL"), (b"a\0b", "NUL"), ("\ud800", "surrogates"), (5, "int"), (None, "None")]
)
def test_what_is_no_path(path: object, error: str, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    calls = [lambda: lodger.open(path), lambda: lodger.open().backup(path)]  # type: ignore[call-overload,arg-type]
    for call in calls:
        with pytest.raises((lodger.ArgumentError, lodger.DataError), match=error):
            call()
    assert os.listdir(tmp_path) == []


# Ends while another thread writes a copy, whose function may take its time.
AT_THE_END = """
import sys, threading, time, lodger
from lodger._db import _ending
db, began = lodger.open(), threading.Event()
for n in range(20_000):
    db.set(f"k{n}", n)
def progress(done, total):
    began.set()
    _ending.wait()
    time.sleep(0.1)
def copy():
    db.backup(sys.argv[1], progress=progress)
thread = threading.Thread(target=copy, daemon=True)
thread.start()
began.wait()
if sys.argv[2] == "closed":
    db.close()
"""


@pytest.mark.parametrize("how", ["open", "closed"])
def test_the_end_leaves_no_half_written_copy(how: str, tmp_path: pathlib.Path) -> None:
    words = [sys.executable, "-c", AT_THE_END, str(tmp_path / "copy.rdb"), how]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert os.listdir(tmp_path) == []
