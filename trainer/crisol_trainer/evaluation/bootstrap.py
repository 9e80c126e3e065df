"""The uncertainty of a figure: the interval from resampling the documents."""

import numpy as np
from numpy.typing import NDArray


def ratio_interval(
    numerators: NDArray[np.float64],
    denominators: NDArray[np.float64],
    *,
    resamples: int,
    seed: int,
    confidence: float = 0.95,
) -> tuple[float, float]:
    """The percentile interval of sum(numerators) / sum(denominators) over documents drawn with replacement.

    Source: Efron and Tibshirani, An Introduction to the Bootstrap, chapter 13.
    """
    random = np.random.default_rng(seed)
    count = len(numerators)
    ratios = np.empty(resamples)
    for index in range(resamples):
        drawn = random.integers(count, size=count)
        ratios[index] = numerators[drawn].sum() / denominators[drawn].sum()
    tail = (1 - confidence) / 2
    low, high = np.quantile(ratios, [tail, 1 - tail])
    return float(low), float(high)
