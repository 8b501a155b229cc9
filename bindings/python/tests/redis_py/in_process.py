"""A plugin for pytest with which redis-py's own tests run in the process: their server is a database in memory."""

import lodger
import lodger.asyncio
import redis
import redis.asyncio
import redis.asyncio.client
import redis.asyncio.connection
import redis.client
import redis.connection
import redis.utils

NAME = "redis-py"
ABOUT_SOCKETS = ("host", "port", "ssl", "unix_socket_path", "socket_keepalive", "socket_keepalive_options", "socket_type")


def options(url_options):
    kept = {k: v for k, v in url_options.items() if k not in ABOUT_SOCKETS and not k.startswith("ssl_")}
    if kept.get("connection_class") in SOCKETS:
        del kept["connection_class"]
    if not set(kept) & {"path", "source", "database"}:
        kept.setdefault("memory", NAME)
    return kept


SOCKETS = (
    redis.connection.Connection,
    redis.connection.UnixDomainSocketConnection,
    redis.asyncio.connection.Connection,
    redis.asyncio.connection.UnixDomainSocketConnection,
)


def adapted(client_class, pool_class, parse_url):
    class ConnectionPool(pool_class):
        def __init__(self, **kwargs):
            if (
                "connection_class" in kwargs
                and kwargs["connection_class"] not in SOCKETS
                and not issubclass(kwargs["connection_class"], (lodger.Connection, lodger.asyncio.Connection))
            ):
                raise TypeError("a connection of the test's own")
            super().__init__(**options(kwargs))

        @classmethod
        def from_url(cls, url, **kwargs):
            return cls(**{**kwargs, **parse_url(url)})

    class Redis(client_class):
        def __init__(self, *args, connection_pool=None, single_connection_client=False, **kwargs):
            if connection_pool is None:
                for name, value in zip(("host", "port", "db"), args, strict=False):
                    kwargs[name] = value
                auto = ConnectionPool(**kwargs)
                super().__init__(connection_pool=auto, single_connection_client=single_connection_client)
                self._owned = True
            else:
                super().__init__(connection_pool=connection_pool, single_connection_client=single_connection_client)

        @classmethod
        def from_url(cls, url, single_connection_client=False, **kwargs):
            client = cls(
                connection_pool=ConnectionPool.from_url(url, **kwargs), single_connection_client=single_connection_client
            )
            client._owned = True
            return client

    return Redis, ConnectionPool


Redis, ConnectionPool = adapted(lodger.Redis, lodger.ConnectionPool, redis.connection.parse_url)
for module in (redis, redis.client, redis.utils):
    module.Redis = Redis
for module in (redis, redis.client, redis.connection):
    module.ConnectionPool = ConnectionPool
redis.connection.Connection = redis.Connection = lodger.Connection

AsyncRedis, AsyncConnectionPool = adapted(lodger.asyncio.Redis, lodger.asyncio.ConnectionPool, redis.asyncio.connection.parse_url)
for module in (redis.asyncio, redis.asyncio.client):
    module.Redis = AsyncRedis
for module in (redis.asyncio, redis.asyncio.client, redis.asyncio.connection):
    module.ConnectionPool = AsyncConnectionPool
redis.asyncio.connection.Connection = redis.asyncio.Connection = lodger.asyncio.Connection
