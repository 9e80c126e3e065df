"""The configuration of the entry `tokenize_documents`. Written by `npm run generate`: edit schemas/trainer/.

Rules between several settings are not here: a host checks them, and all others, before it starts the trainer.
"""

from typing import Annotated

from pydantic import Field

from crisol_trainer.runtime.config import Config


class Shard(Config):
    """A shard to encode.

    `texts` is a file with one JSON string a line, `output` the path of the files to write, without their extensions.
    """

    texts: str
    output: str


class TokenizeDocumentsConfig(Config):
    """Shards to encode with `tokenizer`, a tokenizer.json.

    `documents_before` were encoded before, of `documents_total`: for progress. With `reference`, `tokenizers` alone is
    used: for tests and benchmarks.
    """

    tokenizer: str
    shards: tuple[Shard, ...]
    documents_before: Annotated[int, Field(ge=0, le=9007199254740991)]
    documents_total: Annotated[int, Field(ge=0, le=9007199254740991)]
    reference: bool = False
