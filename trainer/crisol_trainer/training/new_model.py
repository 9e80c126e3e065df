"""A model before its first step. Loads PyTorch and Transformers."""

import torch
from transformers.models.llama.configuration_llama import LlamaConfig
from transformers.models.llama.modeling_llama import LlamaForCausalLM

from crisol_trainer.training.derived_settings import feed_forward_width
from crisol_trainer.training.train_config import Architecture


def build_model(architecture: Architecture, *, vocabulary: int, end_of_text: int, seed: int) -> LlamaForCausalLM:
    """A new model, its weights drawn from the seed."""
    torch.manual_seed(seed)
    return LlamaForCausalLM(
        LlamaConfig(
            vocab_size=vocabulary,
            hidden_size=architecture.width,
            intermediate_size=feed_forward_width(architecture),
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
