"""The baseline that any model must beat: a token is as likely as it is frequent in the training text."""

import numpy as np
from numpy.typing import NDArray


def unigram_nats(training_counts: NDArray[np.int64], counts: NDArray[np.int64]) -> float:
    """The loss in nats of tokens that occur `counts` times, with add-one smoothing."""
    smoothed = training_counts.astype(np.float64) + 1
    return float(-(counts * np.log(smoothed / smoothed.sum())).sum())
