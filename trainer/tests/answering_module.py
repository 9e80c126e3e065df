"""A module that does what its configuration says, to test the protocol without loading PyTorch."""

import time
from typing import Annotated, Literal

from pydantic import Field

from crisol_trainer.runtime.config import Config
from crisol_trainer.runtime.failure import Failure
from crisol_trainer.runtime.protocol import Host, JsonObject, Stopped, serve


class AnsweringConfig(Config):
    do: Literal["finish", "fail", "break", "fill memory", "fill disk", "wait", "steps"]
    batch_size: Annotated[int, Field(ge=1)] = 1
    rate: Annotated[float, Field(gt=0)] = 1.0


def answer(config: AnsweringConfig, host: Host) -> JsonObject:
    if config.do == "fail":
        raise Failure(code="BAD_DATA", what="w", where="x", why="y", fix="z")
    if config.do == "break":
        raise KeyError("a bug")
    if config.do == "fill memory":
        raise MemoryError
    if config.do == "fill disk":
        raise OSError(28, "No space left on device", "/data/x")
    if config.do == "steps":
        for step in range(1, 101):
            host.step(step=step, steps=100, loss=1.0, learningRate=0.1, gradientNorm=1.0, tokensPerSecond=1.0, eta=0.0)
            time.sleep(0.005)
    if config.do == "wait":
        host.progress(done=0, unit="waits")
        while not host.stop_requested:
            time.sleep(0.005)
        raise Stopped(7)
    return {"batchSize": config.batch_size}


if __name__ == "__main__":
    serve(AnsweringConfig, answer)
