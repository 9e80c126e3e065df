"""When to save."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

#: Training goes on for at least so many times as long as saving took: saving takes a twentieth of the time.
_TRAINING_TO_SAVING = 19


class SavingTimes:
    """Times to save: at an interval in seconds, or less often if saving would take more than 5 % of the time.

    `every` is in seconds, None for never; `steps` also saves at an interval in steps, whatever it takes; `clock`
    returns seconds.
    """

    def __init__(
        self, every: float | None, *, steps: int | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._every, self._steps, self._clock = every, steps, clock
        self._since = clock()
        self._told = False
        #: Seconds that the last saving took, during which training stood still.
        self.cost = 0.0

    @property
    def interval(self) -> float | None:
        """Seconds of training between saves by time; None for never."""
        return None if self._every is None else max(self._every, _TRAINING_TO_SAVING * self.cost)

    def due(self, step: int) -> bool:
        """Whether it is time to save after a step."""
        by_steps = self._steps is not None and step % self._steps == 0
        return by_steps or (self.interval is not None and self._clock() - self._since >= self.interval)

    def notice(self) -> str | None:
        """A warning that saving happens less often than configured; returned once."""
        if self._told or self.interval is None or self.interval == self._every:
            return None
        self._told = True
        return (
            f"a checkpoint takes {self.cost:.1f} s: one every {self.interval:.0f} s instead of {self._every:g} s, "
            "so that saving takes at most 5 % of the time"
        )

    @contextmanager
    def saving(self) -> Iterator[None]:
        """Measure how long the block, which saves, takes."""
        began = self._clock()
        yield
        self._since = self._clock()
        self.cost = self._since - began
