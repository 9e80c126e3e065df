"""How tensors are computed: device, precision, threads, determinism. Loads PyTorch."""

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

import torch

from crisol_trainer.runtime.failure import Failure


@dataclass(frozen=True, kw_only=True, slots=True)
class Numerics:
    """The device of a run, and whether its matrix products are in bfloat16 (weights stay in float32)."""

    device: torch.device
    bfloat16: bool

    def autocast(self) -> AbstractContextManager[object]:
        """The context in which a model computes."""
        if self.bfloat16:
            return torch.autocast(self.device.type, dtype=torch.bfloat16)
        return nullcontext()


def set_up(*, device: str, precision: str, threads: int) -> Numerics:
    """Choose device and precision (`auto`: CUDA in bf16 if there is one, else CPU in fp32), deterministically."""
    torch.set_num_threads(threads)
    if device == "cuda" and not torch.cuda.is_available():
        raise Failure(
            code="ENVIRONMENT",
            what="this machine has no CUDA device that PyTorch can use",
            where="setting device: cuda",
            why="The stage is configured to run on one.",
            fix="Leave the setting out, or run the stage on a worker with a GPU.",
        )
    cuda = torch.cuda.is_available() if device == "auto" else device == "cuda"
    torch.use_deterministic_algorithms(True, warn_only=cuda)  # some CUDA kernels have no deterministic form
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]
    bfloat16 = cuda if precision == "auto" else precision == "bf16"
    return Numerics(device=torch.device("cuda" if cuda else "cpu"), bfloat16=bfloat16)
