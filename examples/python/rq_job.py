"""Jobs of RQ, run in the process that asked for them, with no server."""

import lodger
from rq import Queue, SimpleWorker


def main() -> None:
    with lodger.Redis(memory="jobs") as r:
        queue = Queue(connection=r)
        job = queue.enqueue(sum, [1, 2, 3])
        after = queue.enqueue(len, "four", depends_on=job)
        SimpleWorker([queue], connection=r).work(burst=True, logging_level="ERROR")
        print(job.return_value(), after.return_value())


if __name__ == "__main__":
    main()
