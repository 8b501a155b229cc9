"""Loads the US airports into a durable database, with an index by position, a ranking of the states and a set for each; closes,
reopens, verifies, and makes a copy: `python examples/python/airports.py`."""

import collections
import csv
import pathlib
import tempfile

import lodger

ROWS = pathlib.Path(__file__).parent.parent / "data" / "airports.csv"


def load(location: pathlib.Path, rows: list[dict[str, str]]) -> None:
    with lodger.open(location) as db:
        pipeline = db.pipeline()
        for row in rows:
            code, state = row["iata"], row["state"]
            pipeline.hset(f"airport:{code}", mapping=row)
            pipeline.sadd(f"state:{state}", code)
            pipeline.zincrby("states", 1, state)
            pipeline.add("GEOADD", "places", row["longitude"], row["latitude"], code)
        pipeline.execute()


def verify(location: pathlib.Path, rows: list[dict[str, str]]) -> None:
    states = collections.Counter(row["state"] for row in rows)
    with lodger.open(location, decode_responses=True) as db:
        for row in rows:
            assert db.hgetall(f"airport:{row['iata']}") == row
        assert db.zset("states").to_dict() == states
        assert all(len(db.set(f"state:{state}")) == count for state, count in states.items())
        assert sum(1 for _ in db.scan(match="airport:*", count=1000)) == len(rows)
        near = db.execute("GEOSEARCH", "places", "FROMMEMBER", "SFO", "BYRADIUS", 30, "km", "ASC")
        assert near[0] == "SFO"
        print(f"{len(rows)} airports in {len(states)} states loaded, closed, reopened; near SFO: {', '.join(near[1:4])}")


def copy(location: pathlib.Path, path: pathlib.Path) -> None:
    steps: list[tuple[int, int]] = []

    def progress(done: int, total: int) -> None:
        # With tqdm: bar.total = total; bar.update(done - bar.n)
        steps.append((done, total))

    with lodger.open(location) as db:
        keys = db.backup(path, progress=progress)
    with lodger.open(path) as snapshot:
        assert snapshot.execute("DBSIZE") == keys
    print(f"{keys} keys copied")


def main() -> None:
    with open(ROWS, newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    with tempfile.TemporaryDirectory() as directory:
        location = pathlib.Path(directory)
        load(location / "airports.lodger", rows)
        verify(location / "airports.lodger", rows)
        copy(location / "airports.lodger", location / "copy.rdb")


if __name__ == "__main__":
    main()
