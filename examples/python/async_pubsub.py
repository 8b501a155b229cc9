"""Messages between asyncio tasks through redis-py's asyncio client, with no server."""

import asyncio

import lodger.asyncio


async def listen(r: lodger.asyncio.Redis, name: str, ready: asyncio.Event) -> list[str]:
    heard: list[str] = []
    async with r.pubsub() as channel:
        await channel.subscribe("news")
        async for message in channel.listen():
            if message["type"] == "subscribe":
                ready.set()
                continue
            heard.append(f"{name} heard {message['data']}")
            if message["data"] == "good night":
                break
    return heard


async def main() -> None:
    async with lodger.asyncio.Redis(decode_responses=True) as r:
        ready = [asyncio.Event() for _ in range(2)]
        listeners = [asyncio.create_task(listen(r, name, event)) for name, event in zip(("Ada", "Grace"), ready, strict=True)]
        await asyncio.gather(*(event.wait() for event in ready))
        assert await r.publish("news", "it rains") == 2
        await r.publish("news", "good night")
        for heard in await asyncio.gather(*listeners):
            print(heard)


if __name__ == "__main__":
    asyncio.run(main())
