"""The configuration of the entry `evaluate`. Written by `npm run generate`: edit schemas/trainer/.

Rules between several settings are not here: a host checks them, and all others, before it starts the trainer.
"""

from typing import Annotated, Literal

from pydantic import Field

from crisol_trainer.runtime.config import Config


class EvaluateConfig(Config):
    """One evaluation.

    `checkpoint` and `tokens` are folders of artifacts, `checkpoint_digest` and `tokens_digest` their content digests,
    which the report repeats; `output` is created by the run.
    """

    stride: Annotated[int, Field(ge=1, le=9007199254740991)] | None = None
    batch: Annotated[int, Field(ge=1, le=65536)] = 16
    resamples: Annotated[int, Field(ge=100, le=100000)] = 1000
    seed: Annotated[int, Field(ge=0, le=9007199254740991)] = 1
    precision: Literal["auto", "fp32", "bf16"] = "auto"
    device: Literal["auto", "cpu", "cuda"] = "auto"
    threads: Annotated[int, Field(ge=1, le=1024)] = 2
    checkpoint: str
    checkpoint_digest: str
    tokens: str
    tokens_digest: str
    output: str
