"""The configuration of an evaluation."""

from dataclasses import dataclass
from typing import Literal

from crisol_trainer.runtime.config import check


@dataclass(frozen=True, kw_only=True, slots=True)
class EvaluateConfig:
    """One evaluation.

    `checkpoint` and `tokens` are folders of artifacts, `checkpoint_digest` and `tokens_digest` their content digests,
    which the report repeats; `output` is created by the run. A document longer than the context is scored in windows
    `stride` apart, three quarters of the context if none is given.
    """

    checkpoint: str
    checkpoint_digest: str
    tokens: str
    tokens_digest: str
    output: str
    stride: int | None = None
    batch: int = 16
    resamples: int = 1000
    seed: int = 1
    precision: Literal["auto", "fp32", "bf16"] = "auto"
    device: Literal["auto", "cpu", "cuda"] = "auto"
    threads: int = 2

    def __post_init__(self) -> None:
        check(
            (self.stride is None or self.stride >= 1, "stride", "must be at least 1"),
            (self.batch >= 1, "batch", "must be at least 1"),
            (100 <= self.resamples <= 100_000, "resamples", "must be between 100 and 100000"),
            (0 <= self.seed < 2**63, "seed", "must be at least 0 and below 2^63"),
            (1 <= self.threads <= 1024, "threads", "must be between 1 and 1024"),
        )
