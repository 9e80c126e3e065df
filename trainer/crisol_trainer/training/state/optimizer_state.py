"""The state of AdamW as named tensors, and back. Loads PyTorch."""

import torch


def optimizer_tensors(optimizer: torch.optim.Optimizer) -> dict[str, torch.Tensor]:
    """The optimizer's tensors on the CPU, named `<number of the parameter>.<name>`; they may share its memory."""
    state = optimizer.state_dict()["state"]
    return {
        f"{number}.{name}": value.detach().cpu() for number, values in state.items() for name, value in values.items()
    }


def restore_optimizer(optimizer: torch.optim.Optimizer, tensors: dict[str, torch.Tensor]) -> None:
    """Restore the tensors; the settings stay those that the optimizer was created with."""
    state: dict[int, dict[str, torch.Tensor]] = {}
    for key, value in tensors.items():
        number, name = key.split(".", 1)
        state.setdefault(int(number), {})[name] = value.clone()  # a copy is aligned, a mapped file may not be
    optimizer.load_state_dict({**optimizer.state_dict(), "state": state})


def allocate_moments(optimizer: torch.optim.AdamW) -> None:
    """Allocate what the first step would: a step then needs no lasting memory, and can be retried."""
    parameters = [parameter for group in optimizer.param_groups for parameter in group["params"]]
    state = {
        number: {
            "step": torch.zeros((), device=parameter.device),
            "exp_avg": torch.zeros_like(parameter),
            "exp_avg_sq": torch.zeros_like(parameter),
        }
        for number, parameter in enumerate(parameters)
    }
    optimizer.load_state_dict({**optimizer.state_dict(), "state": state})
