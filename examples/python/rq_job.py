"""A job of RQ and a task of Celery, run in the process that asked for them, with no server."""

import logging
from typing import Any

import lodger
import lodger.celery
from celery import Celery, chain
from celery.contrib.testing.worker import start_worker
from rq import Queue, SimpleWorker

app = Celery("app", broker="lodger://tasks", backend="lodger://tasks")


def add(a: int, b: int) -> int:
    return a + b


def with_rq() -> None:
    with lodger.Redis(memory="jobs") as r:
        queue = Queue(connection=r)
        job = queue.enqueue(sum, [1, 2, 3])
        after = queue.enqueue(len, "four", depends_on=job)
        SimpleWorker([queue], connection=r).work(burst=True, logging_level="WARNING")
        print("RQ:", job.return_value(), after.return_value())


def with_celery() -> None:
    task: Any = app.task(add)
    with start_worker(app, pool="solo", perform_ping_check=False):
        print("Celery:", chain(task.s(1, 2), task.s(4))().get(timeout=10))


if __name__ == "__main__":
    logging.disable(logging.WARNING)
    with_rq()
    with_celery()
