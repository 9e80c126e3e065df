"""The configuration of the entry `train`. Written by `npm run generate`: edit schemas/trainer/.

Rules between several settings are not here: a host checks them, and all others, before it starts the trainer.
"""

from typing import Annotated, Literal

from pydantic import Field

from crisol_trainer.runtime.config import Config


class Architecture(Config):
    """The shape of a Llama model."""

    layers: Annotated[int, Field(ge=1, le=1000)]
    width: Annotated[int, Field(ge=2, le=65536)]
    heads: Annotated[int, Field(ge=1, le=1024)]
    key_value_heads: Annotated[int, Field(ge=1, le=1024)] | None = None
    feed_forward: Annotated[int, Field(ge=1, le=1048576)] | None = None
    context: Annotated[int, Field(ge=2, le=1048576)] = 256
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.0
    initializer_range: Annotated[float, Field(gt=0, le=1)] = 0.02
    tie_embeddings: bool = True
    rope_theta: Annotated[float, Field(gt=0)] = 10000.0


class TrainConfig(Config):
    """One training run.

    `tokens` and `validation` are folders of token artifacts; `output` is created by the run; `checkpoints` holds the
    last two checkpoints; `resume_from` is a checkpoint, or a folder of them.
    """

    architecture: Architecture
    steps: Annotated[int, Field(ge=1, le=100000000)]
    batch: Annotated[int, Field(ge=1, le=65536)] = 6
    micro_batch: Annotated[int, Field(ge=1, le=9007199254740991)] | None = None
    learning_rate: Annotated[float, Field(gt=0, le=1)] = 0.001
    minimum_learning_rate: Annotated[float, Field(ge=0, le=1)] | None = None
    warmup: Annotated[int, Field(ge=0, le=9007199254740991)] | None = None
    weight_decay: Annotated[float, Field(ge=0, le=10)] = 0.1
    beta1: Annotated[float, Field(ge=0, lt=1)] = 0.9
    beta2: Annotated[float, Field(ge=0, lt=1)] = 0.95
    clip: Annotated[float, Field(gt=0)] = 1.0
    seed: Annotated[int, Field(ge=0, le=9007199254740991)] = 1
    evaluate_every: Annotated[int, Field(ge=1, le=9007199254740991)] = 50
    evaluation_batches: Annotated[int, Field(ge=1, le=9007199254740991)] = 8
    patience: Annotated[int, Field(ge=1, le=9007199254740991)] | None = None
    checkpoint_every_steps: Annotated[int, Field(ge=1, le=9007199254740991)] | None = None
    checkpoint_every_seconds: Annotated[float, Field(ge=0.1, le=86400)] = 30.0
    precision: Literal["auto", "fp32", "bf16"] = "auto"
    device: Literal["auto", "cpu", "cuda"] = "auto"
    threads: Annotated[int, Field(ge=1, le=1024)] = 2
    tokens: str
    validation: str
    output: str
    checkpoints: str
    resume_from: str | None = None
    vocabulary: Annotated[int, Field(ge=2, le=9007199254740991)]
    end_of_text: Annotated[int, Field(ge=0, le=9007199254740991)] = 0
    micro_batch_limit: Annotated[int, Field(ge=1, le=9007199254740991)] | None = None
