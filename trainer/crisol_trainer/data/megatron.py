"""Reading token shards: Megatron's pair of a `.bin` (ids) and a `.idx` (the position of each document)."""

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from crisol_trainer.runtime.failure import Failure

MAGIC = b"MMIDIDX\x00\x00"
VERSION = 1
#: Codes of the index format for the types that crisol writes.
DATA_TYPES: dict[int, type[np.uint16] | type[np.int32]] = {8: np.uint16, 4: np.int32}
#: Token ids, of either type.
Ids: TypeAlias = NDArray[np.integer[Any]]
_HEADER = struct.Struct("<9sQBQQ")


@dataclass(frozen=True, kw_only=True, slots=True)
class TokenShard:
    """One shard: its ids, mapped from the file, and the offsets of its documents, including the end."""

    path: Path
    ids: Ids
    offsets: NDArray[np.int64]

    @property
    def documents(self) -> int:
        """The number of documents."""
        return len(self.offsets) - 1

    def document(self, number: int) -> Ids:
        """The ids of a document, including its closing end-of-text."""
        return self.ids[self.offsets[number] : self.offsets[number + 1]]


def read_shards(folder: Path) -> list[TokenShard]:
    """The shards of a token artifact, in order.

    Raises Failure BAD_DATA when there is none, or when an index and its ids disagree.
    """
    paths = sorted((folder / "tokens").glob("*.bin"))
    if not paths:
        raise bad_data("holds no token shard", folder / "tokens")
    return [read_shard(path) for path in paths]


def read_shard(path: Path) -> TokenShard:
    """Open one shard by the path of its `.bin`, and check that its index describes it."""
    index_path = path.with_suffix(".idx")
    try:
        index = index_path.read_bytes()
        size = path.stat().st_size
    except OSError as error:
        raise bad_data(f"cannot be read ({error.strerror})", Path(error.filename)) from error
    data_type, lengths, pointers, documents = _parse_index(index, index_path)
    item = np.dtype(data_type).itemsize
    offsets = np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths, dtype=np.int64)])
    if len(lengths) > 0 and lengths.min() < 1:
        raise bad_data("lists a document without tokens", index_path, int(np.argmin(lengths)))
    if not np.array_equal(pointers, offsets[:-1] * item):
        number = int(np.argmax(pointers != offsets[:-1] * item))
        raise bad_data("does not place a document right after the one before", index_path, number)
    if not np.array_equal(documents, np.arange(len(lengths) + 1)):
        raise bad_data("does not list one sequence per document", index_path)
    if size != offsets[-1] * item:
        raise bad_data(f"has {size} bytes where its index says {offsets[-1] * item}", path)
    ids = np.memmap(path, dtype=data_type, mode="r") if size > 0 else np.empty(0, data_type)
    return TokenShard(path=path, ids=ids, offsets=offsets)


def _parse_index(
    index: bytes, path: Path
) -> tuple[type[np.uint16] | type[np.int32], NDArray[np.int32], NDArray[np.int64], NDArray[np.int64]]:
    if len(index) < _HEADER.size or not index.startswith(MAGIC):
        raise bad_data("is not a Megatron index", path)
    _, version, code, sequences, documents = _HEADER.unpack_from(index)
    if version != VERSION:
        raise bad_data(f"is of version {version}, not {VERSION}", path)
    if code not in DATA_TYPES:
        raise bad_data(f"declares ids of type {code}, not of type 4 (int32) or 8 (uint16)", path)
    expected = _HEADER.size + sequences * 12 + documents * 8
    if len(index) != expected:
        raise bad_data(f"has {len(index)} bytes where its header says {expected}", path)
    lengths = np.frombuffer(index, "<i4", sequences, _HEADER.size)
    pointers = np.frombuffer(index, "<i8", sequences, _HEADER.size + sequences * 4)
    starts = np.frombuffer(index, "<i8", documents, _HEADER.size + sequences * 12)
    return DATA_TYPES[code], lengths, pointers, starts


def bad_data(problem: str, path: Path, document: int | None = None) -> Failure:
    """The failure for token files that can't be used."""
    return Failure(
        code="BAD_DATA",
        what=f"{path.name} {problem}",
        where=f"{path}" if document is None else f"{path}, document {document}",
        why="A model trained on such tokens would be silently wrong.",
        fix="Run the tokenize stage again; if the error recurs, its output or the disk is damaged.",
    )
