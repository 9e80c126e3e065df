"""Batches as a pure function of (seed, step, rank), with no state to save.

The stream of tokens is cut into sequences of context + 1 tokens that share one token with the next; each epoch takes
them in its own permutation. Shapes: B sequences, T context, T1 context + 1.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crisol_trainer.data.permutation import permute
from crisol_trainer.data.token_stream import TokenStream
from crisol_trainer.runtime.failure import Failure


@dataclass(frozen=True, kw_only=True, slots=True)
class Sequences:
    """The sequences of a token stream, by number."""

    stream: TokenStream
    context: int
    #: What they are for, as errors name them.
    name: str = "held-out"

    def __post_init__(self) -> None:
        if len(self) < 1:
            raise Failure(
                code="BAD_DATA",
                what=f"the {len(self.stream)} {self.name} tokens are fewer than one sequence of {self.context + 1}",
                where=str(self.stream.folder),
                why="There is not a single full context to train on or to measure on.",
                fix="Provide more text, a larger share of validation, or a smaller context.",
            )

    def __len__(self) -> int:
        return (len(self.stream) - 1) // self.context

    def read(self, numbers: NDArray[np.int64]) -> NDArray[np.int64]:
        """The sequences with these numbers, as x_BT1."""
        return np.stack([self.stream.read(int(number) * self.context, self.context + 1) for number in numbers])

    def spread(self, count: int) -> NDArray[np.int64]:
        """The numbers of `count` sequences, or of all if there are fewer, evenly spread."""
        count = min(count, len(self))
        return np.arange(count, dtype=np.int64) * len(self) // count


def batch_numbers(
    sequences: Sequences, *, seed: int, step: int, batch: int, rank: int = 0, ranks: int = 1
) -> NDArray[np.int64]:
    """The numbers of the sequences that one of `ranks` devices takes in a step (from 0): its share of the `batch`."""
    share = batch // ranks
    places = step * batch + rank * share + np.arange(share, dtype=np.int64)
    epochs = places // len(sequences)
    numbers = np.empty(share, np.int64)
    for epoch in np.unique(epochs):
        here = epochs == epoch
        numbers[here] = permute(places[here] % len(sequences), size=len(sequences), seed=seed, epoch=int(epoch))
    return numbers
