"""Encoding texts to ids: with `fastokens` if it is installed, about a hundred times faster than the reference.

The reference is Hugging Face `tokenizers`. Both read special tokens in a text as the plain text that they are: a
document that quotes `<|endoftext|>` must not end there.
"""

from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer

Ids = npt.NDArray[np.uint32]
Lengths = npt.NDArray[np.int64]


class Encoder(Protocol):
    """An encoder of texts to ids."""

    name: str

    def encode(self, texts: list[str]) -> tuple[Ids, Lengths]:
        """The ids of all texts, concatenated, and how many each has."""


class ReferenceEncoder:
    """Hugging Face `tokenizers`, the reference for every id."""

    name = "tokenizers"

    def __init__(self, tokenizer_json: Path) -> None:
        self._tokenizer = Tokenizer.from_file(str(tokenizer_json))
        self._tokenizer.encode_special_tokens = True

    def encode(self, texts: list[str]) -> tuple[Ids, Lengths]:
        """The ids of all texts, concatenated, and how many each has."""
        rows = [encoding.ids for encoding in self._tokenizer.encode_batch_fast(texts, add_special_tokens=False)]
        lengths = np.array([len(row) for row in rows], dtype=np.int64)
        return np.fromiter((token for row in rows for token in row), np.uint32, int(lengths.sum())), lengths


class FastEncoder:
    """fastokens."""

    name = "fastokens"

    def __init__(self, tokenizer_json: Path) -> None:
        self._tokenizer = import_module("fastokens").Tokenizer.from_file(str(tokenizer_json))

    def encode(self, texts: list[str]) -> tuple[Ids, Lengths]:
        """The ids of all texts, concatenated, and how many each has."""
        ids, offsets = self._tokenizer.encode_batch_flat(texts, add_special_tokens=False, split_special_tokens=True)
        ends: Lengths = np.frombuffer(offsets, np.dtype("<i8"))
        return np.frombuffer(ids, np.dtype("<u4")), ends[1:] - ends[:-1]


def fastest_encoder(tokenizer_json: Path) -> Encoder:
    """The fastest encoder that is installed."""
    return FastEncoder(tokenizer_json) if find_spec("fastokens") else ReferenceEncoder(tokenizer_json)


def first_difference(texts: list[str], one: Encoder, other: Encoder) -> int | None:
    """The index of the first text that two encoders encode differently."""
    ids, lengths = one.encode(texts)
    expected_ids, expected_lengths = other.encode(texts)
    if np.array_equal(lengths, expected_lengths) and np.array_equal(ids, expected_ids):
        return None
    ends, expected_ends = np.cumsum(lengths), np.cumsum(expected_lengths)
    rows, expected_rows = np.split(ids, ends[:-1]), np.split(expected_ids, expected_ends[:-1])
    return next(
        i for i, (row, wanted) in enumerate(zip(rows, expected_rows, strict=True)) if not np.array_equal(row, wanted)
    )
