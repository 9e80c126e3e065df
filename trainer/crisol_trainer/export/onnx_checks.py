"""Checks that exported graphs compute what the trained model computes. Loads PyTorch."""

import json
import math
from pathlib import Path

import numpy as np
import torch
from transformers.models.llama.modeling_llama import LlamaForCausalLM

from crisol_trainer.export.onnx_session import Floats, Ints, OnnxModel, positions
from crisol_trainer.runtime.failure import Failure

#: Logits may differ so much between ONNX Runtime and PyTorch.
LOGIT_TOLERANCE = 1e-3
#: The int8 file may have this share of the fp32 file's size.
SIZE_RATIO = 0.35
#: Bits per byte of int8 on held-out text may be higher than those of fp32 by this share.
BITS_PER_BYTE_INCREASE = 0.02

#: Bytes of an fp32 file below which the graph itself weighs as much as the weights.
_SMALL = 2**20
_TOO_SMALL = (
    'A model with so few weights is mostly graph: export it without int8 (`precision: ["fp32"]`), '
    "or train one with a larger width."
)
_DEFECT = "This is a defect of the export: report it with the checkpoint's config.json."

_PROMPT = 16
_DECODED = 8
_GENERATED = 32
_PADDING = 4


def logit_difference(model: LlamaForCausalLM, exported: OnnxModel, x_T: Ints) -> dict[str, float]:
    """The largest absolute difference of logits: for a prompt, for single tokens after it, for a padded batch."""
    prompt = max(1, min(len(x_T) - 1, 2 * _PROMPT))
    decoded = x_T[prompt : prompt + _DECODED]
    expected = _reference(model, x_T[None, : prompt + len(decoded)])
    logits, past = exported.step(x_T[None, :prompt])
    without_past = _distance(logits, expected[:, :prompt])
    with_past = 0.0
    for step, token in enumerate(decoded):
        logits, past = exported.step(np.array([[token]]), past)
        with_past = max(with_past, _distance(logits, expected[:, prompt + step : prompt + step + 1]))
    return {
        "withoutPast": without_past,
        "withPast": with_past,
        "padded": _padded_difference(model, exported, x_T[:prompt]),
    }


def require_logits(differences: dict[str, float]) -> None:
    """Refuse a graph whose logits are not the model's."""
    for case, difference in differences.items():
        if not difference < LOGIT_TOLERANCE:
            raise _failure(
                f"the logits of ONNX Runtime and PyTorch differ by {difference:.2e} ({case}), "
                f"where {LOGIT_TOLERANCE:.0e} is allowed",
                "model.onnx",
            )


def greedy_tokens(model: LlamaForCausalLM, exported: OnnxModel, prompts: list[Ints]) -> int:
    """Let both continue every prompt with the likeliest token each time, and return how many tokens were the same.

    Tokens whose logits differ by less than the tolerance count as the same, and end that text.
    """
    same = 0
    for prompt in prompts:
        text, past, new = prompt[None], None, prompt[None]
        for _ in range(min(_GENERATED, model.config.max_position_embeddings - len(prompt))):
            expected = _reference(model, text)[0, -1]
            logits, past = exported.step(new, past)
            ours, theirs = int(logits[0, -1].argmax()), int(expected.argmax())
            if ours != theirs:
                if expected[theirs] - expected[ours] < 2 * LOGIT_TOLERANCE:
                    break
                raise _failure(
                    f"after {text.shape[1]} tokens, ONNX Runtime continues with {ours} and PyTorch with {theirs}",
                    "model.onnx",
                )
            same += 1
            new = np.array([[ours]])
            text = np.concatenate([text, new], axis=1)
    return same


def require_size(fp32: int, int8: int) -> float:
    """Refuse an int8 file that is too large, and return its size relative to the fp32 file."""
    ratio = int8 / fp32
    if ratio > SIZE_RATIO:
        raise _failure(
            f"the int8 file has {ratio:.1%} of the size of the fp32 file, where {SIZE_RATIO:.0%} are allowed",
            "model_quantized.onnx",
            _TOO_SMALL if fp32 < _SMALL else _DEFECT,
        )
    return ratio


def require_operators(operators: dict[str, int], weight_products: int) -> None:
    """Refuse a graph in which not every product with a weight is quantized."""
    integer = operators.get("MatMulInteger", 0)
    if integer < weight_products or not operators.get("DynamicQuantizeLinear", 0):
        raise _failure(
            f"{integer} of the {weight_products} products with a weight are quantized", "model_quantized.onnx"
        )


def bits_per_byte(exported: OnnxModel, sequences: Ints, bytes_of_token: Ints) -> float:
    """Bits per byte of text for the predicted tokens of sequences x_BT1."""
    nats = sum(float(exported.losses(x_T1).sum()) for x_T1 in sequences)
    return nats / math.log(2) / int(bytes_of_token[sequences[:, 1:]].sum())


def require_bits_per_byte(fp32: float, int8: float) -> float:
    """Refuse an int8 graph that predicts held-out text much worse, and return how much worse, as a share."""
    increase = int8 / fp32 - 1
    if not increase <= BITS_PER_BYTE_INCREASE:
        raise _failure(
            f"int8 needs {int8:.4f} bits per byte of held-out text where fp32 needs {fp32:.4f}: {increase:+.1%}, "
            f"where {BITS_PER_BYTE_INCREASE:+.0%} is allowed",
            "model_quantized.onnx",
            'Export without it (`precision: ["fp32"]`), or train longer: outliers in the weights suffer most.',
        )
    return increase


def bytes_of_tokens(tokenizer_json: Path) -> Ints:
    """The bytes of text that each id stands for: in a byte-level vocabulary, its characters; 0 for special tokens."""
    tokenizer = json.loads(tokenizer_json.read_bytes())
    vocabulary: dict[str, int] = tokenizer["model"]["vocab"]
    special = {token["id"]: token["content"] for token in tokenizer["added_tokens"]}
    sizes = np.zeros(max(*vocabulary.values(), *special) + 1, np.int64)
    for token, index in vocabulary.items():
        sizes[index] = 0 if index in special else len(token)
    return sizes


def prompts_of(sequences: Ints) -> list[Ints]:
    """The beginnings of the first three sequences."""
    return [x_T1[: min(_PROMPT, len(x_T1) - 1)] for x_T1 in sequences[:3]]


def _padded_difference(model: LlamaForCausalLM, exported: OnnxModel, x_T: Ints) -> float:
    x_BT = np.stack([x_T, np.roll(x_T, 1)])
    mask_BT = np.ones_like(x_BT)
    padding = min(_PADDING, len(x_T) - 1)
    mask_BT[1, :padding] = 0
    logits, _ = exported.step(x_BT, mask_BS=mask_BT)
    expected = _reference(model, x_BT, mask_BT)
    return max(_distance(logits[0], expected[0]), _distance(logits[1, padding:], expected[1, padding:]))


@torch.no_grad()
def _reference(model: LlamaForCausalLM, x_BT: Ints, mask_BT: Ints | None = None) -> Floats:
    mask_BT = np.ones_like(x_BT) if mask_BT is None else mask_BT
    output = model(
        input_ids=torch.from_numpy(x_BT),
        attention_mask=torch.from_numpy(mask_BT),
        position_ids=torch.from_numpy(positions(mask_BT)),
        use_cache=False,
    )
    logits: Floats = output.logits.numpy()
    return logits


def _distance(one: Floats, other: Floats) -> float:
    return float(np.abs(one - other).max())


def _failure(what: str, where: str, fix: str = _DEFECT) -> Failure:
    return Failure(
        code="CHECK_FAILED",
        what=what,
        where=where,
        why="The exported model would not be the model that was evaluated and passed the gate.",
        fix=fix,
    )
