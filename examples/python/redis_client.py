"""redis-py's client without a server: sync, pipelines, publish/subscribe, asyncio."""

import asyncio
import tempfile

import lodger

directory = tempfile.mkdtemp()

# A redis.Redis of the package redis; its server is a directory. Clients of one path share it.
r = lodger.Redis(f"{directory}/app.lodger", decode_responses=True)
r.set("greeting", "hello", ex=10)
r.zadd("scores", {"ada": 1, "grace": 2})
print(r.get("greeting"), r.zrange("scores", 0, -1, withscores=True))

with r.pipeline() as pipe:
    pipe.incr("visits")
    pipe.lpush("log", "one more")
    print(pipe.execute())

with r.pubsub(ignore_subscribe_messages=True) as pubsub:
    pubsub.subscribe("news")
    pubsub.get_message(timeout=5)
    r.publish("news", "it works")
    print(pubsub.get_message(timeout=5)["data"])


async def main() -> None:
    async with lodger.asyncio.Redis(f"{directory}/app.lodger", decode_responses=True) as a:
        taken, length = await asyncio.gather(a.blpop("jobs", timeout=10), a.rpush("jobs", "first"))
        print(taken, length)


asyncio.run(main())
r.close()
