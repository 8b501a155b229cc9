"""redis-py's client on a database in the process: the same methods, no server."""

import lodger


def main() -> None:
    with lodger.Redis(decode_responses=True) as r:
        r.set("greeting", "hello", ex=60)
        r.hset("user:1", mapping={"name": "Ada", "born": 1815})
        r.zadd("scores", {"ada": 1, "grace": 2})
        assert r.get("greeting") == "hello" and r.hgetall("user:1") == {"name": "Ada", "born": "1815"}
        with r.pipeline() as pipe:
            assert pipe.incr("visits").incr("visits").execute() == [1, 2]
        with r.lock("work", timeout=5):
            best = r.zrange("scores", 0, -1, desc=True)
        print(best)


if __name__ == "__main__":
    main()
