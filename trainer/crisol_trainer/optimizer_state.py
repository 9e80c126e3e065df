"""An optimizer's state as named tensors, and back. Loads PyTorch."""

import torch


def optimizer_tensors(optimizer: torch.optim.Optimizer) -> dict[str, torch.Tensor]:
    """Its tensors, named `<number of the parameter>.<name>`."""
    state = optimizer.state_dict()["state"]
    return {
        f"{number}.{name}": value.detach().to("cpu", copy=True)
        for number, values in state.items()
        for name, value in values.items()
    }


def restore_optimizer(optimizer: torch.optim.Optimizer, tensors: dict[str, torch.Tensor]) -> None:
    """Put the tensors back; the settings stay those the optimizer was made with."""
    state: dict[int, dict[str, torch.Tensor]] = {}
    for key, value in tensors.items():
        number, name = key.split(".", 1)
        state.setdefault(int(number), {})[name] = value.clone()  # a copy lies aligned, a mapped file may not
    optimizer.load_state_dict({**optimizer.state_dict(), "state": state})
