"""The model: Transformers' own Llama, which many programs can load. Loads PyTorch and Transformers."""

from pathlib import Path

import torch
from transformers.models.llama.modeling_llama import LlamaForCausalLM


def hidden_states(model: LlamaForCausalLM, x_BT: torch.Tensor) -> torch.Tensor:
    """The last hidden states h_BTE, before the head: losses apply it in pieces."""
    hidden: torch.Tensor = model.model(input_ids=x_BT, use_cache=False).last_hidden_state
    return hidden


def head_weight(model: LlamaForCausalLM) -> torch.Tensor:
    """The head's matrix w_VE."""
    weight: torch.Tensor = model.lm_head.weight
    return weight


def parameter_count(model: LlamaForCausalLM) -> int:
    """The number of parameters, shared ones counted once."""
    return sum(parameter.numel() for parameter in model.parameters())


def build_optimizer(model: LlamaForCausalLM, *, weight_decay: float, betas: tuple[float, float]) -> torch.optim.AdamW:
    """AdamW that decays matrices only; the learning rate is set before each step."""
    parameters = list(model.parameters())
    groups = [
        {"params": [parameter for parameter in parameters if parameter.ndim >= 2], "weight_decay": weight_decay},
        {"params": [parameter for parameter in parameters if parameter.ndim < 2], "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=0.0, betas=betas, fused=True)


def load_model(folder: Path) -> LlamaForCausalLM:
    """The trained model in a checkpoint artifact's folder, in float32."""
    return LlamaForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation="sdpa")
