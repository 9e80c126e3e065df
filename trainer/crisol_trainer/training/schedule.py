"""The learning rate: a linear warm-up, then half a cosine down to a floor."""

import math


def learning_rate(step: int, *, steps: int, warmup: int, peak: float, floor: float) -> float:
    """The rate of a step (from 0): the peak at step `warmup - 1`, the floor at step `steps - 1`."""
    if step < warmup:
        return peak * (step + 1) / warmup
    rest = max(1, steps - 1 - warmup)
    return floor + (peak - floor) * 0.5 * (1 + math.cos(math.pi * min(1.0, (step - warmup) / rest)))
