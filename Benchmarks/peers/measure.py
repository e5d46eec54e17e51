"""Runs one workload of one peer and prints a JSON object: result, seconds a step, first-call and import seconds."""
import json
import resource
import sys
import time


def main(make, started):
    """`make(name)` gives a function of the number of steps that starts afresh and returns the checked number.

    Arguments: workload, checked steps, n1, n2, clock (`wall` or `cpu`). A step is (T(n2) − T(n1)) / (n2 − n1).
    """
    name, checked, first, second, clock = sys.argv[1], *map(int, sys.argv[2:5]), sys.argv[5]
    now = time.process_time if clock == "cpu" else time.perf_counter
    imported = time.perf_counter() - started
    run = make(name)

    def seconds(steps):
        begin = now()
        run(steps)
        return now() - begin

    first_call = seconds(first)
    low = min(seconds(first), seconds(first))
    step = (seconds(second) - low) / (second - first)
    print(json.dumps(dict(
        result=float(run(checked)), step=step, first_call=max(0.0, first_call - low), imports=imported,
        peak_mib=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)))
