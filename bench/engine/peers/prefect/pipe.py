"""pipe.py sequence|tasks N: results kept, cached by inputs and the task's source."""

import sys

from helper import inc
from prefect import flow, task
from prefect.cache_policies import INPUTS, TASK_SOURCE
from steplog import mark


@task(persist_result=True, cache_policy=INPUTS + TASK_SOURCE)
def step(i, d):
    with mark(i):
        return inc(d)


@flow
def sequence(n):
    d = {"n": 0}
    for i in range(1, n + 1):
        d = step(i, d)
    return d["n"]


@flow
def tasks(n):
    return len([future.result() for future in [step.submit(i, {"n": 0}) for i in range(n)]])


if __name__ == "__main__":
    {"sequence": sequence, "tasks": tasks}[sys.argv[1]](int(sys.argv[2]))
