"""Messages between asyncio tasks, and every change of the database in order: the event loop looks at a descriptor."""

import asyncio

import lodger


async def listen(subscription: lodger.Subscription[str], heard: list[str]) -> None:
    async for message in subscription:
        heard.append(f"{message.channel}: {message.data}")
        if message.data == "good night":
            return


async def follow(feed: lodger.ChangeFeed[str], index: dict[str, str]) -> None:
    async for change in feed:
        if change.args[0] == "SET":
            index[change.args[1]] = change.args[2]


async def main() -> None:
    heard: list[str] = []
    index: dict[str, str] = {}
    with (
        lodger.open(decode_responses=True) as db,
        db.subscribe("news", patterns=["weather.*"]) as subscription,
        db.feed() as feed,
    ):
        listener = asyncio.create_task(listen(subscription, heard))
        follower = asyncio.create_task(follow(feed, index))
        db.set("city", "Lisbon")
        db.publish("weather.lisbon", "sunny")
        db.publish("news", "good night")
        await listener
        while "city" not in index:
            await asyncio.sleep(0)
        feed.close()
        await follower
    assert heard == ["weather.lisbon: sunny", "news: good night"]
    print(heard, index)


if __name__ == "__main__":
    asyncio.run(main())
