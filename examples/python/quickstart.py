"""The API in one page: `python examples/python/quickstart.py`."""

import tempfile

import lodger

with tempfile.TemporaryDirectory() as directory:
    # A directory is durable; lodger.open() is in memory. Directives are those of redis.conf.
    with lodger.open(f"{directory}/app.lodger", appendfsync="always", maxmemory="1gb") as db:
        db.set("greeting", "hello", ex=10)
        assert db.get("greeting") == b"hello"
        assert db.incr("visits", 5) == 5

        # Every command of Redis.
        db.execute("ZADD", "scores", 1, "ada", 2, "grace")
        assert db.execute("ZRANGE", "scores", 0, -1) == [b"ada", b"grace"]

        # Values that feel like Python's own.
        user = db.hash("user:1")
        user.update(name="Ada", born=1815)
        assert dict(user) == {b"name": b"Ada", b"born": b"1815"}
        queue = db.list("queue")
        queue.extend(["one", "two", "three"])
        assert queue[1:] == [b"two", b"three"]
        tags = db.set("tags")
        tags.add("engine")
        assert b"engine" in tags
        assert db.zset("scores")["grace"] == 2.0

        # Several commands in one go, and as one step that is not run if a watched key was changed.
        assert db.pipeline().incr("a").incr("a").execute() == [1, 2]
        with db.transaction(watch=["visits"]) as transaction:
            transaction.incr("visits").incr("visits")
        assert transaction.replies == [6, 7]

        try:
            db.lpush("greeting", "x")
        except lodger.WrongTypeError as error:
            print(error)

    # Opened again, with values as text.
    with lodger.open(f"{directory}/app.lodger", decode_responses=True) as text:
        assert text.get("visits") == "7"
        print("still there:", text.hash("user:1").to_dict())
