"""A queue of jobs between threads: workers wait in BLPOP, which gives up the interpreter and costs nothing."""

import json
import threading

import lodger


def work(db: lodger.Db[bytes]) -> None:
    """Takes jobs until one says that there are no more."""
    while True:
        taken = db.blpop("jobs")
        assert taken is not None
        job = json.loads(taken[1])
        if job is None:
            return
        db.hset("results", job["id"], sum(range(job["n"])))


def main() -> None:
    with lodger.open() as db:
        workers = [threading.Thread(target=work, args=(db,)) for _ in range(4)]
        for worker in workers:
            worker.start()
        for n in range(100):
            db.rpush("jobs", json.dumps({"id": n, "n": n + 1}))
        for _ in workers:
            db.rpush("jobs", json.dumps(None))
        for worker in workers:
            worker.join()
        results = db.hash("results")
        assert results[99] == b"4950"
        print(f"{len(results)} jobs done by {len(workers)} threads")


if __name__ == "__main__":
    main()
