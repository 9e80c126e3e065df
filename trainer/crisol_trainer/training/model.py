"""The model: Transformers' own Llama, which many programs can load. Loads PyTorch and Transformers."""

from pathlib import Path

import torch
from transformers.models.llama.configuration_llama import LlamaConfig
from transformers.models.llama.modeling_llama import LlamaForCausalLM

from crisol_trainer.training.train_config import Architecture


def build_model(architecture: Architecture, *, vocabulary: int, end_of_text: int, seed: int) -> LlamaForCausalLM:
    """A new model, its weights drawn from the seed."""
    torch.manual_seed(seed)
    return LlamaForCausalLM(
        LlamaConfig(
            vocab_size=vocabulary,
            hidden_size=architecture.width,
            intermediate_size=architecture.feed_forward_width,
            num_hidden_layers=architecture.layers,
            num_attention_heads=architecture.heads,
            num_key_value_heads=architecture.key_value_heads or architecture.heads,
            max_position_embeddings=architecture.context,
            attention_dropout=architecture.dropout,
            initializer_range=architecture.initializer_range,
            tie_word_embeddings=architecture.tie_embeddings,
            rope_parameters={"rope_type": "default", "rope_theta": architecture.rope_theta},
            bos_token_id=end_of_text,
            eos_token_id=end_of_text,
            pad_token_id=None,
            attn_implementation="sdpa",
        )
    )


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
