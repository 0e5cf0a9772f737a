"""The same work as work.mjs with joblib; prints the seconds of one job and of several, and the sum of the results."""
import json
import sys
import time

from joblib import Parallel, __version__, delayed


def collatz(limit):
    steps = 0
    for number in range(1, limit):
        value = number
        while value != 1:
            value = value // 2 if value % 2 == 0 else 3 * value + 1
            steps += 1
    return steps


def timed(jobs, items, limit):
    with Parallel(n_jobs=jobs) as parallel:
        # Workers that are already there, as for the others.
        parallel(delayed(collatz)(2) for _ in range(jobs))
        started = time.perf_counter()
        total = sum(parallel(delayed(collatz)(limit) for _ in range(items)))
        return time.perf_counter() - started, total


if __name__ == "__main__":
    jobs, items, limit = map(int, sys.argv[1:])
    alone, total = timed(1, items, limit)
    together, _ = timed(jobs, items, limit)
    print(json.dumps({"alone": alone, "together": together, "total": total, "version": __version__}))
