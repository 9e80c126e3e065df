"""The state of AdamW as named tensors, and back. Loads PyTorch."""

import torch


def optimizer_tensors(optimizer: torch.optim.Optimizer) -> dict[str, torch.Tensor]:
    """Its tensors on the CPU, named `<number of the parameter>.<name>`; they may be the optimizer's own."""
    state = optimizer.state_dict()["state"]
    return {
        f"{number}.{name}": value.detach().cpu() for number, values in state.items() for name, value in values.items()
    }


def restore_optimizer(optimizer: torch.optim.Optimizer, tensors: dict[str, torch.Tensor]) -> None:
    """Put the tensors back; the settings stay those the optimizer was made with."""
    state: dict[int, dict[str, torch.Tensor]] = {}
    for key, value in tensors.items():
        number, name = key.split(".", 1)
        state.setdefault(int(number), {})[name] = value.clone()  # a copy lies aligned, a mapped file may not
    optimizer.load_state_dict({**optimizer.state_dict(), "state": state})


def allocate_moments(optimizer: torch.optim.AdamW) -> None:
    """Make the state that the first step would make: a step needs no lasting memory then, and can be tried again."""
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
