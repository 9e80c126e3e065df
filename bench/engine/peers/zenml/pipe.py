"""pipe.py sequence|tasks N: a local stack, steps cached."""

import sys

from helper import inc
from steplog import mark
from zenml import pipeline, step


@step(enable_cache=True)
def first(i: int) -> dict:
    with mark(i):
        return inc({"n": 0})


@step(enable_cache=True)
def following(i: int, d: dict) -> dict:
    with mark(i):
        return inc(d)


@pipeline(enable_cache=True)
def sequence(n: int):
    d = first(1)
    for i in range(2, n + 1):
        d = following(i, d)
    return d


@pipeline(enable_cache=True)
def tasks(n: int):
    for i in range(n):
        first(i)


if __name__ == "__main__":
    {"sequence": sequence, "tasks": tasks}[sys.argv[1]](int(sys.argv[2]))
