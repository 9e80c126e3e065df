"""The tokens of an artifact as one stream, counted and checked."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from crisol_trainer.data.megatron import Ids, TokenShard, bad_data, read_shards

_CHUNK = 1 << 22


@dataclass(frozen=True, kw_only=True, slots=True)
class TokenStream:
    """All shards end to end. `starts` are the positions of the shards, including the end."""

    folder: Path
    shards: list[TokenShard]
    starts: NDArray[np.int64]
    #: How often each id occurs.
    counts: NDArray[np.int64]

    def __len__(self) -> int:
        return int(self.starts[-1])

    def read(self, start: int, length: int) -> NDArray[np.int64]:
        """Copy `length` ids from a position on, across the ends of shards."""
        ids = np.empty(length, np.int64)
        shard = int(np.searchsorted(self.starts, start, side="right")) - 1
        done = 0
        while done < length:
            offset = start + done - int(self.starts[shard])
            piece = self.shards[shard].ids[offset : offset + length - done]
            ids[done : done + len(piece)] = piece
            done += len(piece)
            shard += 1
        return ids

    @property
    def digest(self) -> str:
        """A digest of the documents' lengths and the ids' counts: enough to distinguish data sets."""
        digest = hashlib.sha256(self.counts.tobytes())
        for shard in self.shards:
            digest.update(shard.offsets.tobytes())
        return digest.hexdigest()


def open_tokens(folder: Path, *, vocabulary: int) -> TokenStream:
    """Open a token artifact.

    Raises Failure BAD_DATA naming the file and the document for an id outside the vocabulary.
    """
    shards = read_shards(folder)
    counts = np.zeros(vocabulary, np.int64)
    for shard in shards:
        for chunk in _checked(shard, vocabulary):
            counts += np.bincount(chunk, minlength=vocabulary)
    starts = np.cumsum([0, *(len(shard.ids) for shard in shards)], dtype=np.int64)
    return TokenStream(folder=folder, shards=shards, starts=starts, counts=counts)


def _checked(shard: TokenShard, vocabulary: int) -> Iterator[Ids]:
    for start in range(0, len(shard.ids), _CHUNK):
        chunk = shard.ids[start : start + _CHUNK]
        if chunk.min() < 0 or chunk.max() >= vocabulary:
            position = start + int(np.argmax((chunk < 0) | (chunk >= vocabulary)))
            document = int(np.searchsorted(shard.offsets, position, side="right")) - 1
            problem = f"holds the id {shard.ids[position]}, outside the vocabulary of {vocabulary}"
            raise bad_data(problem, shard.path, document)
        yield chunk
