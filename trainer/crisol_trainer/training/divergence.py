"""Training that has diverged: a NaN or an infinity, found before it is saved. Loads PyTorch."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import torch

from crisol_trainer.runtime.failure import Failure

_SHOWN = 8


def all_finite(tensors: Iterable[torch.Tensor]) -> bool:
    """Whether all values of float32 tensors are finite: neither NaN nor infinite."""
    # one pass without a temporary tensor: NaN is both the minimum and the maximum of values that include it
    edges = [edge for tensor in tensors for edge in torch.aminmax(tensor)]
    return bool(torch.stack(edges).isfinite().all())


@dataclass(frozen=True, kw_only=True, slots=True)
class Moment:
    """Where training is: what the failure reports when it diverges.

    `step` counts from 1; `batch` are the numbers of the step's training sequences, of `context` tokens each;
    `saved` is the step of the last checkpoint; `peak` is the learning rate's peak.
    """

    step: int
    batch: Sequence[int]
    context: int
    saved: int | None
    peak: float


def check_figures(moment: Moment, *, loss: float, norm: float) -> None:
    """Raise Failure DIVERGED unless a step's loss and gradient norm are finite."""
    if not (math.isfinite(loss) and math.isfinite(norm)):
        raise diverged(moment, f"loss {loss}, gradient norm {norm}")


def diverged(moment: Moment, found: str) -> Failure:
    """The failure DIVERGED, with where it started and what helps."""
    more, context = len(moment.batch) - _SHOWN, moment.context
    batch = ", ".join(map(str, moment.batch[:_SHOWN])) + (f" and {more} more" if more > 0 else "")
    kept = "There is no checkpoint yet." if moment.saved is None else f"The checkpoint of step {moment.saved} is kept."
    return Failure(
        code="DIVERGED",
        what=f"training diverged at step {moment.step}: {found}",
        where=f"step {moment.step}, whose batch is the sequences {batch} (n starts at token n x {context})",
        why=f"From here on no weight would be a finite number. {kept}",
        fix=f"Use a smaller learningRate than {moment.peak:g}, {moment.peak / 2:g} for instance, a longer warmup or a "
        "smaller clip, then resume the run: it trains from the first step with the new settings. "
        "With the same settings, the same step would diverge again.",
    )
