"""Work in micro-batches, in smaller ones if memory runs out. Loads PyTorch."""

from collections.abc import Callable
from typing import TypeVar

import torch

from crisol_trainer.runtime.allocation import ran_out_of_memory
from crisol_trainer.runtime.failure import Failure
from crisol_trainer.runtime.protocol import Host
from crisol_trainer.training.state import random_state
from crisol_trainer.training.state.run_state import RunState

T = TypeVar("T")


def fitting(work: Callable[[], T], state: RunState, *, batch: int, host: Host) -> T:
    """The result of work in micro-batches of `state.micro_batch` sequences, halved for as long as memory runs out.

    The work is redone from its start with the same random numbers: the result is that of a training configured to use
    the smaller micro-batches from there on.

    Raises Failure OUT_OF_MEMORY when a single sequence does not fit.
    """
    random = random_state.capture()
    while True:
        try:
            return work()
        except (MemoryError, RuntimeError) as error:
            if not ran_out_of_memory(error):
                raise
            if state.micro_batch == 1:
                raise _too_small(state, error) from error
        # outside the handler, which would keep the tensors of its traceback's frames alive
        shrink(state, state.micro_batch // 2, batch=batch, host=host)
        torch.cuda.empty_cache()
        random_state.restore(random)


def shrink(state: RunState, limit: int, *, batch: int, host: Host) -> None:
    """Switch to micro-batches of the largest divisor of the batch that is at most `limit`, with a warning."""
    size = next(size for size in range(limit, 0, -1) if batch % size == 0)
    host.warn(
        f"memory ran out with micro-batches of {state.micro_batch}: micro-batches of {size} from step "
        f"{state.step + 1} on, within the same batch of {batch}"
    )
    state.micro_batch = size


def _too_small(state: RunState, error: BaseException) -> Failure:
    reason, *_ = str(error).splitlines() or [type(error).__name__]
    return Failure(
        code="OUT_OF_MEMORY",
        what=f"memory ran out with one sequence at a time: {reason}",
        where=f"step {state.step + 1}",
        why="There is no smaller micro-batch to try.",
        fix="Use a smaller context or model, or a machine with more memory.",
    )
