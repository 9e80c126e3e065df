"""Cutting documents into windows so that every token is scored once, with as much context as the stride leaves.

A document's ids end with its end of text. The first id is predicted from an end of text before it, as the model saw it
in training, so a document of n ids has n targets.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, kw_only=True, slots=True)
class Window:
    """`inputs` predict `targets`, place by place; the first `skipped` targets were scored in the previous window."""

    document: int
    inputs: NDArray[np.int64]
    targets: NDArray[np.int64]
    skipped: int


def windows(document: int, ids: NDArray[np.int64], *, end_of_text: int, context: int, stride: int) -> Iterator[Window]:
    """The windows of one document: at most `context` targets each, `stride` new ones after the first."""
    sequence = np.concatenate([np.array([end_of_text], np.int64), ids])
    scored = 0
    while scored < len(ids):
        end = min(len(ids), context if scored == 0 else scored + stride)
        start = max(0, end - context)
        yield Window(
            document=document,
            inputs=sequence[start:end],
            targets=sequence[start + 1 : end + 1],
            skipped=scored - start,
        )
        scored = end
