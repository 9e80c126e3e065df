"""The state of a training run: everything that the next step or the outputs depend on besides the tensors."""

from dataclasses import dataclass, field


@dataclass(kw_only=True, slots=True)
class History:
    """The figures of every step, and the validation losses with their steps (counted from 1)."""

    loss: list[float] = field(default_factory=list)
    learning_rate: list[float] = field(default_factory=list)
    gradient_norm: list[float] = field(default_factory=list)
    evaluated_at: list[int] = field(default_factory=list)
    validation_loss: list[float] = field(default_factory=list)


@dataclass(kw_only=True, slots=True)
class RunState:
    """The state of a run after `step` optimizer steps.

    The step is also the data position and the scheduler's: batches and learning rates are functions of it. bfloat16
    needs no gradient scaler, so none has a state.
    """

    micro_batch: int
    step: int = 0
    best_step: int = 0
    best_loss: float | None = None
    evaluations_without_improvement: int = 0
    history: History = field(default_factory=History)

    def evaluated(self, loss: float) -> bool:
        """Record a validation loss after the current step; return whether it is the best so far."""
        self.history.evaluated_at.append(self.step)
        self.history.validation_loss.append(loss)
        if self.best_loss is not None and loss >= self.best_loss:
            self.evaluations_without_improvement += 1
            return False
        self.best_step, self.best_loss, self.evaluations_without_improvement = self.step, loss, 0
        return True
