"""Saving and restoring every random number generator of the process. Loads PyTorch."""

import random

import numpy as np
import torch


def capture() -> dict[str, torch.Tensor]:
    """The states of Python's, NumPy's, PyTorch's and CUDA's generators, as tensors."""
    version, words, gauss = random.getstate()
    kind, keys, position, has_gauss, cached = np.random.get_state()
    assert version == 3 and gauss is None and kind == "MT19937"
    numbers = torch.tensor([position, has_gauss], dtype=torch.int64)
    return {
        "python": torch.tensor(words, dtype=torch.int64),
        "numpy.keys": torch.from_numpy(np.asarray(keys).astype(np.int64)),
        "numpy.position": numbers,
        "numpy.cached": torch.tensor([cached], dtype=torch.float64),
        "torch": torch.get_rng_state(),
        **{f"cuda.{device}": state for device, state in enumerate(_cuda_states())},
    }


def restore(states: dict[str, torch.Tensor]) -> None:
    """Restore captured states."""
    random.setstate((3, tuple(states["python"].tolist()), None))
    position, has_gauss = states["numpy.position"].tolist()
    keys = states["numpy.keys"].numpy().astype(np.uint32)
    np.random.set_state(("MT19937", keys, position, has_gauss, states["numpy.cached"].item()))
    torch.set_rng_state(states["torch"].clone())
    if torch.cuda.is_available():
        devices = range(torch.cuda.device_count())
        torch.cuda.set_rng_state_all([states[f"cuda.{d}"].clone() for d in devices if f"cuda.{d}" in states])


def seed_all(seed: int) -> None:
    """Seed every generator with one seed."""
    random.seed(seed)
    np.random.seed(seed % 2**32)
    torch.manual_seed(seed)


def _cuda_states() -> list[torch.Tensor]:
    return torch.cuda.get_rng_state_all() if torch.cuda.is_available() else []
