"""Writes token artifacts as the tokenize stage does, for tests."""

import json
import struct
from collections.abc import Sequence
from pathlib import Path

import numpy as np

type_codes = {np.dtype(np.uint16): 8, np.dtype(np.int32): 4}


def write_shard(folder: Path, number: int, documents: Sequence[Sequence[int]], *, data_type: type = np.uint16) -> Path:
    """Write one shard; each document's last id is its end of text. The `.bytes` count three bytes per token."""
    tokens = folder / "tokens"
    tokens.mkdir(parents=True, exist_ok=True)
    path = tokens / f"{number:05d}.bin"
    ids = np.concatenate([np.asarray(document, data_type) for document in documents])
    ids.tofile(path)
    lengths = np.array([len(document) for document in documents], np.int32)
    pointers = (np.cumsum(lengths, dtype=np.int64) - lengths) * ids.itemsize
    path.with_suffix(".idx").write_bytes(
        struct.pack("<9sQBQQ", b"MMIDIDX\x00\x00", 1, type_codes[ids.dtype], len(lengths), len(lengths) + 1)
        + lengths.tobytes()
        + pointers.tobytes()
        + np.arange(len(lengths) + 1, dtype=np.int64).tobytes()
    )
    (lengths.astype("<u4") * 3).tofile(path.with_suffix(".bytes"))
    return path


def write_artifact(folder: Path, documents: Sequence[Sequence[int]], *, shards: int = 1, tokenizer: str = "t") -> Path:
    """Write documents over some shards, with the tokenizer's files."""
    for number in range(shards):
        write_shard(folder, number, documents[number::shards])
    (folder / "tokenizer.json").write_text(json.dumps({"name": tokenizer}))
    return folder


def example_documents(count: int, *, vocabulary: int, seed: int) -> list[list[int]]:
    """Documents of a language that can be learned: each id is often followed by the next one."""
    random = np.random.default_rng(seed)
    documents = []
    for _ in range(count):
        length = int(random.integers(20, 60))
        steps = random.choice([1, 1, 1, 2, 5], size=length)
        ids = 1 + (int(random.integers(vocabulary)) + np.cumsum(steps)) % (vocabulary - 1)
        documents.append([*ids.tolist(), 0])
    return documents
