"""The same work as work.mjs with joblib. Each line on stdin, `backend jobs items limit`, is answered by one of JSON: the
seconds it took, those of processor time in this process, and the sum of the results. The backend `loop` is none. Workers
stay between the lines."""
import json
import sys
import time

from joblib import Parallel, __version__, delayed


def euclid(limit):
    steps = 0
    for number in range(1, limit):
        divisor, rest = limit, number
        while rest != 0:
            divisor, rest = rest, divisor % rest
            steps += 1
    return steps


pools = {}


def pool(backend, jobs):
    """Workers that are already there, as on the other side."""
    if (backend, jobs) not in pools:
        pools[backend, jobs] = Parallel(n_jobs=jobs, backend=backend).__enter__()
        pools[backend, jobs](delayed(euclid)(2) for _ in range(jobs))
    return pools[backend, jobs]


def compute(backend, jobs, items, limit):
    if backend == "loop":
        return sum(euclid(limit) for _ in range(items))
    return sum(pool(backend, jobs)(delayed(euclid)(limit) for _ in range(items)))


if __name__ == "__main__":
    print(json.dumps({"version": __version__}), flush=True)
    for line in sys.stdin:
        backend, *numbers = line.split()
        jobs, items, limit = map(int, numbers)
        if backend != "loop":
            pool(backend, jobs)
        started, processor = time.perf_counter(), time.process_time()
        total = compute(backend, jobs, items, limit)
        times = {"seconds": time.perf_counter() - started, "processor": time.process_time() - processor}
        print(json.dumps({**times, "total": total}), flush=True)
