"""The configuration of the entry `export_onnx`. Written by `npm run generate`: edit schemas/trainer/.

Rules between several settings are not here: a host checks them, and all others, before it starts the trainer.
"""

from typing import Annotated, Literal

from pydantic import Field

from crisol_trainer.runtime.config import Config


class ExportOnnxConfig(Config):
    """One export.

    `checkpoint` is a folder with config.json, model.safetensors and tokenizer.json, `tokens` one of a token artifact
    that the model was not trained on; `output` is created by the run. `threads` are those of the checks, the machine's
    if not given.
    """

    precision: Annotated[tuple[Literal["fp32", "int8"], ...], Field(min_length=1)] = ("fp32", "int8")
    checkpoint: str
    tokens: str
    output: str
    threads: Annotated[int, Field(ge=1, le=9007199254740991)] | None = None
