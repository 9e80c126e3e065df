"""Training that has gone wrong for good: its loss is no number any more."""

import math

from crisol_trainer.failure import Failure


def check_finite(*, step: int, loss: float, norm: float, peak: float) -> None:
    """Raise Failure DIVERGED unless a step's loss and gradient norm are numbers; `peak` is the learning rate's."""
    if math.isfinite(loss) and math.isfinite(norm):
        return
    raise Failure(
        code="DIVERGED",
        what=f"training diverged at step {step}: loss {loss}, gradient norm {norm}",
        where=f"step {step}",
        why="From here on every weight would be no number; the last checkpoint is from before.",
        fix=f"Use a smaller learningRate than {peak:g}, a longer warmup, or a smaller clip.",
    )
