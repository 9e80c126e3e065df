"""A seeded permutation of 0..size-1 that computes any place by itself, without memory.

A Feistel network permutes the power of four that holds `size`; a place outside is permuted again until it is inside.
"""

import numpy as np
from numpy.typing import NDArray

_ROUNDS = 6
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)


def permute(places: NDArray[np.int64], *, size: int, seed: int, epoch: int) -> NDArray[np.int64]:
    """Where the permutation of an epoch sends each of the places, all of them below `size`."""
    half = np.uint64(max(1, ((size - 1).bit_length() + 1) // 2))
    mask = np.uint64((1 << int(half)) - 1)
    with np.errstate(over="ignore"):
        keys = _mix(
            np.uint64(seed) ^ _mix(np.uint64(epoch) + _GOLDEN) + _GOLDEN * np.arange(1, _ROUNDS + 1, dtype=np.uint64)
        )
        values = _feistel(places.astype(np.uint64), keys, half, mask)
        while (outside := values >= np.uint64(size)).any():
            values[outside] = _feistel(values[outside], keys, half, mask)
    return values.astype(np.int64)


def _feistel(
    values: NDArray[np.uint64], keys: NDArray[np.uint64], half: np.uint64, mask: np.uint64
) -> NDArray[np.uint64]:
    left, right = values >> half, values & mask
    for key in keys:
        left, right = right, left ^ (_mix(right ^ key) & mask)
    result: NDArray[np.uint64] = (left << half) | right
    return result


def _mix(values: NDArray[np.uint64] | np.uint64) -> NDArray[np.uint64]:
    """SplitMix64's finalizer: every bit of the input flips about half of the output's."""
    mixed = np.atleast_1d(np.asarray(values, np.uint64))
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    result: NDArray[np.uint64] = mixed ^ (mixed >> np.uint64(31))
    return result
