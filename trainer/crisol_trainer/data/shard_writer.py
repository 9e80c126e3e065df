"""Writing a token shard: Megatron's `.bin` and `.idx`, and `.bytes` beside them.

    .bin    the ids of all documents, concatenated, uint16 or int32
    .idx    "MMIDIDX", version 1: per document its length in ids and where it starts in .bin; one sequence per document
    .bytes  per document, as a little-endian uint32, the UTF-8 bytes of its text

https://github.com/NVIDIA/Megatron-LM/blob/main/megatron/core/datasets/indexed_dataset.py
"""

import struct
from pathlib import Path
from types import TracebackType

import numpy as np
import numpy.typing as npt

MAGIC = b"MMIDIDX\x00\x00"
DTYPE_CODES = {"int32": 4, "uint16": 8}

#: A vocabulary of this size or less has ids that fit uint16.
UINT16_VOCABULARY = 65536


def data_type(vocabulary: int) -> str:
    """The data type of a vocabulary's ids."""
    return "uint16" if vocabulary <= UINT16_VOCABULARY else "int32"


class ShardWriter:
    """Writes `<prefix>.bin` as documents come, and `.idx` and `.bytes` at the end."""

    def __init__(self, prefix: Path, vocabulary: int) -> None:
        self._prefix = prefix
        self._data_type = data_type(vocabulary)
        self._dtype = np.dtype(self._data_type).newbyteorder("<")
        self._bin = prefix.with_suffix(".bin").open("wb")
        self._lengths: list[npt.NDArray[np.int64]] = []
        self._text_bytes: list[npt.NDArray[np.int64]] = []

    @property
    def documents(self) -> int:
        """Documents written so far."""
        return sum(map(len, self._lengths))

    @property
    def tokens(self) -> int:
        """Ids written so far."""
        return sum(int(lengths.sum()) for lengths in self._lengths)

    @property
    def text_bytes(self) -> int:
        """UTF-8 bytes of the texts written so far."""
        return sum(int(sizes.sum()) for sizes in self._text_bytes)

    def write(self, ids: npt.NDArray[np.uint32], lengths: npt.NDArray[np.int64], text_bytes: list[int]) -> None:
        """Add documents: all their ids, concatenated, how many each has, and how long each text is."""
        self._bin.write(ids.astype(self._dtype).tobytes())
        self._lengths.append(lengths)
        self._text_bytes.append(np.array(text_bytes, dtype=np.int64))

    def close(self) -> None:
        """Write the two other files."""
        self._bin.close()
        lengths = np.concatenate([np.zeros(0, np.int64), *self._lengths])
        starts = (np.cumsum(lengths) - lengths) * self._dtype.itemsize
        self._prefix.with_suffix(".idx").write_bytes(
            MAGIC
            + struct.pack("<QB", 1, DTYPE_CODES[self._data_type])
            + struct.pack("<QQ", len(lengths), len(lengths) + 1)
            + lengths.astype("<i4").tobytes()
            + starts.astype("<i8").tobytes()
            + np.arange(len(lengths) + 1, dtype="<i8").tobytes()
        )
        sizes = np.concatenate([np.zeros(0, np.int64), *self._text_bytes])
        self._prefix.with_suffix(".bytes").write_bytes(sizes.astype("<u4").tobytes())

    def __enter__(self) -> "ShardWriter":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.close()
        else:
            self._bin.close()
