"""The configuration of a training run: complete, with all its checks at once."""

import math
from dataclasses import dataclass, fields
from typing import Literal

from crisol_trainer.runtime.config import camel_case, check

#: Settings that say where things lie, when to save and what memory there is: a result does not follow from them.
_WITHOUT_EFFECT = {
    "tokens",
    "validation",
    "output",
    "checkpoints",
    "resume_from",
    "checkpoint_every_steps",
    "checkpoint_every_seconds",
    "micro_batch_limit",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Architecture:
    """The shape of a Llama model.

    `dropout` is attention dropout: the only one that Transformers' Llama has.
    """

    layers: int
    width: int
    heads: int
    key_value_heads: int | None = None
    feed_forward: int | None = None
    context: int = 256
    dropout: float = 0.0
    initializer_range: float = 0.02
    tie_embeddings: bool = True
    rope_theta: float = 10_000.0

    def __post_init__(self) -> None:
        heads, key_value_heads = max(self.heads, 1), self.key_value_heads or self.heads
        check(
            (self.layers >= 1, "layers", "must be at least 1"),
            (self.width >= 1, "width", "must be at least 1"),
            (self.heads >= 1, "heads", "must be at least 1"),
            (
                self.width % (2 * heads) == 0,
                "width",
                "must be an even multiple of heads (rotary positions pair it up)",
            ),
            (key_value_heads >= 1, "keyValueHeads", "must be at least 1"),
            (self.heads % max(key_value_heads, 1) == 0, "keyValueHeads", "must divide heads"),
            (self.feed_forward is None or self.feed_forward >= 1, "feedForward", "must be at least 1"),
            (self.context >= 2, "context", "must be at least 2"),
            (0 <= self.dropout < 1, "dropout", "must be at least 0 and below 1"),
            (0 < self.initializer_range <= 1, "initializerRange", "must be above 0 and at most 1"),
            (self.rope_theta > 0, "ropeTheta", "must be above 0"),
        )

    @property
    def feed_forward_width(self) -> int:
        """The inner width of a feed-forward block: 8/3 of the width, up to a multiple of 64, if none is given."""
        return self.feed_forward or 64 * math.ceil(self.width * 8 / 3 / 64)


@dataclass(frozen=True, kw_only=True, slots=True)
class TrainConfig:
    """One training run.

    `tokens` and `validation` are folders of token artifacts; `output` is created by the run; `checkpoints` holds the
    last two checkpoints; `resume_from` is a checkpoint, or a folder of them. `batch` counts sequences of `context`
    tokens in an optimizer step, `micro_batch` those in memory at once, at most `micro_batch_limit` if the kernel has
    killed a trainer with more. `patience` is the number of evaluations without improvement after which training
    stops.
    """

    tokens: str
    validation: str
    output: str
    checkpoints: str
    resume_from: str | None = None
    vocabulary: int
    end_of_text: int = 0
    architecture: Architecture
    steps: int
    batch: int = 6
    micro_batch: int | None = None
    micro_batch_limit: int | None = None
    learning_rate: float = 1e-3
    minimum_learning_rate: float | None = None
    warmup: int | None = None
    weight_decay: float = 0.1
    beta1: float = 0.9
    beta2: float = 0.95
    clip: float = 1.0
    seed: int = 1
    evaluate_every: int = 50
    evaluation_batches: int = 8
    patience: int | None = None
    checkpoint_every_steps: int | None = None
    checkpoint_every_seconds: float | None = 30.0
    precision: Literal["auto", "fp32", "bf16"] = "auto"
    device: Literal["auto", "cpu", "cuda"] = "auto"
    threads: int = 2

    def __post_init__(self) -> None:
        minimum, micro = self.minimum_learning_rate, self.micro_batch
        check(
            (self.vocabulary >= 2, "vocabulary", "must be at least 2"),
            (0 <= self.end_of_text < self.vocabulary, "endOfText", "must be an id of the vocabulary"),
            (self.steps >= 1, "steps", "must be at least 1"),
            (self.batch >= 1, "batch", "must be at least 1"),
            (micro is None or (micro >= 1 and self.batch % micro == 0), "microBatch", "must divide batch"),
            (self.micro_batch_limit is None or self.micro_batch_limit >= 1, "microBatchLimit", "must be at least 1"),
            (self.learning_rate > 0, "learningRate", "must be above 0"),
            (
                minimum is None or 0 <= minimum <= self.learning_rate,
                "minimumLearningRate",
                "must be at least 0 and at most learningRate",
            ),
            (self.warmup is None or 0 <= self.warmup <= self.steps, "warmup", "must be at least 0 and at most steps"),
            (self.weight_decay >= 0, "weightDecay", "must be at least 0"),
            (0 <= self.beta1 < 1, "beta1", "must be at least 0 and below 1"),
            (0 <= self.beta2 < 1, "beta2", "must be at least 0 and below 1"),
            (self.clip > 0, "clip", "must be above 0"),
            (0 <= self.seed < 2**63, "seed", "must be at least 0 and below 2^63"),
            (self.evaluate_every >= 1, "evaluateEvery", "must be at least 1"),
            (self.evaluation_batches >= 1, "evaluationBatches", "must be at least 1"),
            (self.patience is None or self.patience >= 1, "patience", "must be at least 1"),
            (
                self.checkpoint_every_steps is None or self.checkpoint_every_steps >= 1,
                "checkpointEverySteps",
                "must be at least 1",
            ),
            (
                self.checkpoint_every_seconds is None or self.checkpoint_every_seconds > 0,
                "checkpointEverySeconds",
                "must be above 0",
            ),
            (1 <= self.threads <= 1024, "threads", "must be between 1 and 1024"),
        )

    @property
    def floor(self) -> float:
        """The learning rate of the last step: a tenth of the peak if none is given."""
        return self.learning_rate / 10 if self.minimum_learning_rate is None else self.minimum_learning_rate

    @property
    def warmup_steps(self) -> int:
        """Steps until the peak: a tenth of all, at most 2,000, if none are given."""
        return min(2000, math.ceil(self.steps / 10)) if self.warmup is None else self.warmup

    @property
    def decisive(self) -> dict[str, str]:
        """The settings that affect the result, as text, by their JSON names."""
        names = (field.name for field in fields(self) if field.name not in _WITHOUT_EFFECT)
        return {camel_case(name): repr(getattr(self, name)) for name in names}
