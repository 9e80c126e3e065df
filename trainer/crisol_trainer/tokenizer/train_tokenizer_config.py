"""The configuration of the entry `train_tokenizer`. Written by `npm run generate`: edit schemas/trainer/.

Rules between several settings are not here: a host checks them, and all others, before it starts the trainer.
"""

from typing import Annotated, Literal

from pydantic import Field

from crisol_trainer.runtime.config import Config


class TrainTokenizerConfig(Config):
    """One tokenizer to learn.

    `texts` is a file with one JSON string a line, of as many `documents`; `output` is created by the run. With
    `reference`, `tokenizers` alone is used: for tests and benchmarks.
    """

    vocabulary: Annotated[int, Field(ge=257, le=1000000)] = 32768
    pattern: Literal["llama3", "gpt2"] = "llama3"
    min_frequency: Annotated[int, Field(gt=0, le=9007199254740991)] = 2
    texts: str
    documents: Annotated[int, Field(ge=0, le=9007199254740991)]
    output: str
    reference: bool = False
