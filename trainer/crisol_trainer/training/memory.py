"""Whether a model fits on this machine, checked before it is built: too large an allocation gets killed silently."""

import os

from crisol_trainer.runtime.failure import Failure
from crisol_trainer.training.derived_settings import feed_forward_width
from crisol_trainer.training.train_config import Architecture

#: Of each parameter in float32: itself, its gradient, and the two moments of AdamW.
_BYTES = 16


def parameters_of(architecture: Architecture, vocabulary: int) -> int:
    """The number of parameters of a model of this shape, shared ones counted once."""
    width, layers = architecture.width, architecture.layers
    keys = width // architecture.heads * (architecture.key_value_heads or architecture.heads)
    attention = 2 * width * width + 2 * width * keys
    layer = attention + 3 * width * feed_forward_width(architecture) + 2 * width
    return layers * layer + width + vocabulary * width * (1 if architecture.tie_embeddings else 2)


def require_memory(architecture: Architecture, *, vocabulary: int, memory: int | None = None) -> None:
    """Raise Failure OUT_OF_MEMORY when training can't fit in `memory` bytes (the machine's if not given)."""
    memory = memory or os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    parameters = parameters_of(architecture, vocabulary)
    if parameters * _BYTES <= memory:
        return
    raise Failure(
        code="OUT_OF_MEMORY",
        what=f"a model of {parameters:,} parameters needs {_gib(parameters * _BYTES)} to train, "
        f"but the machine has {_gib(memory)}",
        where=f"architecture: layers {architecture.layers}, width {architecture.width}, vocabulary {vocabulary}",
        why="Each parameter takes 16 bytes: its weight, its gradient, and two moments of AdamW.",
        fix="Use fewer layers, a smaller width or vocabulary, or a machine with more memory.",
    )


def _gib(count: int) -> str:
    return f"{count / 2**30:,.1f} GiB"
