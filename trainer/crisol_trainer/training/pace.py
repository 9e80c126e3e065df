"""The speed of steps, for people: never part of a result."""

import time
from collections import deque

_WINDOW = 20


class Pace:
    """Steps per second over the last twenty steps."""

    def __init__(self, tokens_per_step: int) -> None:
        self.tokens_per_step = tokens_per_step
        self._times = deque([time.monotonic()], maxlen=_WINDOW + 1)

    def tick(self) -> float:
        """Count a step, and return the current rate."""
        self._times.append(time.monotonic())
        return (len(self._times) - 1) / max(self._times[-1] - self._times[0], 1e-9)
