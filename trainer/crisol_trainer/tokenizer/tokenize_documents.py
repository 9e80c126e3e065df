"""Turn shards of documents into shards of tokens.

    python -m crisol_trainer.tokenizer.tokenize_documents config.json

Each shard is a function of its texts and the tokenizer alone. The fast encoder is checked against the reference on a
sample of every shard; if one id differs, the reference encodes that shard.
"""

import os
import random
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer

from crisol_trainer.data.shard_writer import ShardWriter, data_type
from crisol_trainer.runtime.failure import Failure
from crisol_trainer.runtime.protocol import Host, JsonObject, Stopped, serve
from crisol_trainer.tokenizer.byte_level import END_OF_TEXT
from crisol_trainer.tokenizer.encoders import (
    Encoder,
    Ids,
    Lengths,
    ReferenceEncoder,
    fastest_encoder,
    first_difference,
)
from crisol_trainer.tokenizer.texts import batches, read_texts
from crisol_trainer.tokenizer.tokenize_documents_config import Shard, TokenizeDocumentsConfig

#: Characters that are encoded at once.
BATCH = 4_000_000

#: Documents of a shard that the reference encodes too: the first, and as many others by lot.
SAMPLE_FIRST, SAMPLE_OTHERS = 100, 100

#: Characters of the sample that are verified in whole documents; of others, a window: the reference is slow.
SAMPLE_CHARACTERS, SAMPLE_WINDOW = 1_000_000, 4096


def work(config: TokenizeDocumentsConfig, host: Host) -> JsonObject:
    """Encode all shards."""
    tokenizer_json = Path(config.tokenizer)
    tokenizer = Tokenizer.from_file(config.tokenizer)
    vocabulary = tokenizer.get_vocab_size()
    end_of_text = tokenizer.token_to_id(END_OF_TEXT)
    if end_of_text is None:
        raise _no_end_failure(config.tokenizer)
    reference = ReferenceEncoder(tokenizer_json)
    fast = reference if config.reference else fastest_encoder(tokenizer_json)
    done = config.documents_before
    reports: list[JsonObject] = []
    for shard in config.shards:
        encoder, verified = (fast, 0) if fast.name == reference.name else _verified(shard, fast, reference, host)
        with ShardWriter(Path(shard.output), vocabulary) as writer:
            for texts in batches(read_texts(Path(shard.texts)), BATCH):
                if host.stop_requested:
                    raise Stopped
                ids, lengths = with_end(*encoder.encode(texts), end_of_text)
                writer.write(ids, lengths, [len(text.encode()) for text in texts])
                done += len(texts)
                host.progress(done=done, total=config.documents_total, unit="documents")
        reports.append(
            {
                "documents": writer.documents,
                "tokens": writer.tokens,
                "textBytes": writer.text_bytes,
                "encoder": encoder.name,
                "verified": verified,
            }
        )
    return {
        "vocabulary": vocabulary,
        "endOfText": end_of_text,
        "dataType": data_type(vocabulary),
        "shards": list(reports),
    }


def with_end(ids: Ids, lengths: Lengths, end: int) -> tuple[Ids, Lengths]:
    """Append the end-of-text id to every document."""
    return np.insert(ids, np.cumsum(lengths), end), lengths + 1


def _verified(shard: Shard, fast: Encoder, reference: Encoder, host: Host) -> tuple[Encoder, int]:
    sample = sample_of(Path(shard.texts))
    verified = 0
    for texts in batches((text for _, text in sample), BATCH):
        different = first_difference(texts, fast, reference)
        if different is not None:
            line = sample[verified + different][0]
            host.warn(
                f"{fast.name} and {reference.name} encode document {line} of shard {Path(shard.output).name} "
                f"differently: the whole shard is encoded by {reference.name}, which is slower but correct"
            )
            return reference, verified
        verified += len(texts)
    return fast, verified


def sample_of(texts: Path) -> list[tuple[int, str]]:
    """The sample of a shard to verify: the first documents, and others drawn with a fixed seed, with their lines."""
    first: list[tuple[int, str]] = []
    others: list[tuple[int, str]] = []
    lot = random.Random(0)
    for line, text in enumerate(read_texts(texts)):
        if line < SAMPLE_FIRST:
            first.append((line, text))
        elif len(others) < SAMPLE_OTHERS:
            others.append((line, text))
        elif (place := lot.randrange(line - SAMPLE_FIRST + 1)) < SAMPLE_OTHERS:
            others[place] = (line, text)
    sample = []
    room = SAMPLE_CHARACTERS
    for line, text in first + others:
        start = lot.randrange(max(1, len(text) - SAMPLE_WINDOW))
        sample.append((line, text if len(text) <= room else text[start : start + SAMPLE_WINDOW]))
        room -= len(text)
    return sample


def _no_end_failure(tokenizer: str) -> Failure:
    return Failure(
        code="BAD_DATA",
        what=f"the tokenizer has no token {END_OF_TEXT}",
        where=tokenizer,
        why="Consecutive documents need a mark between them.",
        fix="Train the tokenizer with `trainTokenizer`, or add the token to it.",
    )


if __name__ == "__main__":
    os.environ["TOKENIZERS_PARALLELISM"] = "true"  # off elsewhere: it must not be on when a process forks
    serve(TokenizeDocumentsConfig, work)
