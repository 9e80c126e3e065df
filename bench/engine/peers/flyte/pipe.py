"""pipe.py sequence|tasks N: a local run, results cached by Flyte's own `auto`."""

import asyncio
import sys

import flyte
from helper import inc
from steplog import mark

steps = flyte.TaskEnvironment(name="steps", cache="auto")
top = flyte.TaskEnvironment(name="top", depends_on=[steps])


@steps.task
async def step(i: int, n: int) -> int:
    with mark(i):
        return inc({"n": n})["n"]


@top.task
async def sequence(n: int) -> int:
    result = 0
    for i in range(1, n + 1):
        result = await step(i, result)
    return result


@top.task
async def tasks(n: int) -> int:
    return len(await asyncio.gather(*[step(i, 0) for i in range(n)]))


if __name__ == "__main__":
    flyte.init()
    flyte.with_runcontext(mode="local").run({"sequence": sequence, "tasks": tasks}[sys.argv[1]], n=int(sys.argv[2])).outputs()
