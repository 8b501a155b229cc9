"""Celery with no server: broker, results and worker in one process. For a directory: lodger:///var/lib/app.lodger."""

from typing import Any

import lodger.celery  # Tells Celery of lodger:// addresses.
from celery import Celery, chain, group
from celery.contrib.testing.worker import start_worker

app = Celery("app", broker="lodger://tasks", backend="lodger://tasks")


def add(a: int, b: int) -> int:
    return a + b


def main() -> None:
    task: Any = app.task(add)
    with start_worker(app, pool="threads", concurrency=2, perform_ping_check=False, loglevel="ERROR"):
        one = chain(task.s(1, 2), task.s(4))().get(timeout=10)
        many = group(task.s(n, n) for n in range(4))().get(timeout=10)
    print(lodger.celery.Transport.__module__, one, many)


if __name__ == "__main__":
    main()
