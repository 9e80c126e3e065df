"""Exporting: graphs compute what the model computes and are the same every time, and a wrong one is refused."""

import hashlib
import json
import math
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import torch
from transformers.models.llama.configuration_llama import LlamaConfig
from transformers.models.llama.modeling_llama import LlamaForCausalLM

from crisol_trainer.export import onnx_checks as checks
from crisol_trainer.export.export_onnx import work
from crisol_trainer.export.export_onnx_config import ExportOnnxConfig
from crisol_trainer.export.onnx_graph import export_graph, serialized
from crisol_trainer.export.onnx_int8 import quantize, quantized_operators, weight_products
from crisol_trainer.export.onnx_session import CacheShape, OnnxModel
from crisol_trainer.runtime.failure import Failure
from crisol_trainer.tokenizer.train_tokenizer import work as train_tokenizer
from crisol_trainer.tokenizer.train_tokenizer_config import TrainTokenizerConfig
from tests.adversarial_texts import ENGLISH, SPANISH
from tests.silent_host import SilentHost
from tests.started import run
from tests.token_artifact import example_documents, write_artifact

VOCABULARY = 512


def small_model(*, tied: bool, key_value_heads: int = 2, seed: int = 0) -> LlamaForCausalLM:
    torch.manual_seed(seed)
    return LlamaForCausalLM(
        LlamaConfig(
            vocab_size=VOCABULARY, hidden_size=128, intermediate_size=256, num_hidden_layers=2, num_attention_heads=4,
            num_key_value_heads=key_value_heads, max_position_embeddings=64, tie_word_embeddings=tied,
            initializer_range=0.1, bos_token_id=0, eos_token_id=0, pad_token_id=None,
        )
    ).eval()  # fmt: skip


@cache
def exported_graph(*, tied: bool, key_value_heads: int = 2) -> onnx.ModelProto:
    """The graph of a small model; do not change it."""
    return export_graph(small_model(tied=tied, key_value_heads=key_value_heads))


@cache
def quantized_graph(*, tied: bool, key_value_heads: int = 2) -> onnx.ModelProto:
    """The same in int8; do not change it."""
    return quantize(exported_graph(tied=tied, key_value_heads=key_value_heads))


def loaded(graph: onnx.ModelProto, model: LlamaForCausalLM) -> OnnxModel:
    config = model.config
    cache = CacheShape(config.num_hidden_layers, config.num_key_value_heads, config.head_dim)
    return OnnxModel(serialized(graph), cache, threads=1)


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Folders of a checkpoint and of held-out tokens."""
    folder = tmp_path_factory.mktemp("export")
    texts = [ENGLISH, SPANISH] * 4
    (folder / "texts.jsonl").write_text("".join(json.dumps(text) + "\n" for text in texts))
    config = TrainTokenizerConfig(
        texts=str(folder / "texts.jsonl"), documents=len(texts), output=str(folder / "tokenizer"), pattern="llama3",
        vocabulary=VOCABULARY, min_frequency=1,
    )  # fmt: skip
    assert train_tokenizer(config, SilentHost())["vocabulary"] == VOCABULARY
    checkpoint = folder / "checkpoint"
    small_model(tied=True).save_pretrained(checkpoint)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        (checkpoint / name).write_bytes((folder / "tokenizer" / name).read_bytes())
    write_artifact(folder / "tokens", example_documents(40, vocabulary=VOCABULARY, seed=1))
    yield {"checkpoint": str(checkpoint), "tokens": str(folder / "tokens")}


@pytest.mark.parametrize(("tied", "key_value_heads"), [(True, 2), (False, 2), (True, 4), (False, 1)])
def test_both_graphs_compute_what_the_model_does(tied: bool, key_value_heads: int) -> None:
    model = small_model(tied=tied, key_value_heads=key_value_heads)
    graph = exported_graph(tied=tied, key_value_heads=key_value_heads)
    quantized = quantized_graph(tied=tied, key_value_heads=key_value_heads)
    x_T = np.random.default_rng(0).integers(0, VOCABULARY, 60)
    differences = checks.logit_difference(model, loaded(graph, model), x_T)
    assert max(differences.values()) < 1e-4
    expected = model(torch.from_numpy(x_T[None])).logits.detach().numpy()
    logits, _ = loaded(quantized, model).step(x_T[None])
    assert np.corrcoef(logits.ravel(), expected.ravel())[0, 1] > 0.99
    assert weight_products(graph) == quantized_operators(quantized)["MatMulInteger"] == 2 * 7 + 1
    onnx.checker.check_model(graph, full_check=True)
    onnx.checker.check_model(quantized)


@pytest.mark.parametrize("make", [exported_graph, quantized_graph])
def test_inputs_and_outputs_have_the_names_and_shapes_of_transformers_js(make: Callable[..., onnx.ModelProto]) -> None:
    """As `decoder_forward` and `getCacheShapes` of @huggingface/transformers 4.3.1 feed and read them."""

    def shapes(values: Any) -> dict[str, list[str | int]]:
        return {
            value.name: [size.dim_param or size.dim_value for size in value.type.tensor_type.shape.dim]
            for value in values
        }

    graph = make(tied=True).graph
    past = {
        f"past_key_values.{layer}.{part}": ["batch", 2, "past", 32] for layer in (0, 1) for part in ("key", "value")
    }
    assert shapes(graph.input) == {
        "input_ids": ["batch", "sequence"],
        "attention_mask": ["batch", "total"],
        "position_ids": ["batch", "sequence"],
        **past,
    }
    assert shapes(graph.output) == {
        "logits": ["batch", "sequence", VOCABULARY],
        **{name.replace("past_key_values", "present"): ["batch", 2, "total", 32] for name in past},
    }


def test_int8_reads_past_tokens_as_it_reads_them_at_once() -> None:
    model = small_model(tied=True)
    quantized = loaded(quantized_graph(tied=True), model)
    x_T = np.random.default_rng(1).integers(0, VOCABULARY, 20)
    once, _ = quantized.step(x_T[None])
    _, past = quantized.step(x_T[None, :10])
    for position in range(10, 20):
        logits, past = quantized.step(x_T[None, position : position + 1], past)
        # activations share one scale per call, so these differ by quantization, not by position
        assert np.corrcoef(logits[0, 0], once[0, position])[0, 1] > 0.99


def test_a_shared_table_is_stored_once() -> None:
    tied, untied = (exported_graph(tied=tied) for tied in (True, False))
    table = VOCABULARY * 128
    assert len(serialized(untied)) - len(serialized(tied)) == pytest.approx(4 * table, rel=0.01)
    tied, untied = (quantized_graph(tied=tied) for tied in (True, False))
    assert len(serialized(untied)) - len(serialized(tied)) == pytest.approx(table, rel=0.05)


def test_the_stage_exports_checks_and_reports_numbers(inputs: dict[str, str], tmp_path: Path) -> None:
    host = SilentHost()
    result: dict[str, Any] = work(
        ExportOnnxConfig(**inputs, output=str(tmp_path / "out"), precision=("fp32", "int8"), threads=1), host
    )
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["model.onnx", "model_quantized.onnx"]
    assert set(result["logitDifference"]) == {"withoutPast", "withPast", "padded"}
    assert max(result["logitDifference"].values()) < 1e-3
    assert result["greedyTokens"] > 0
    assert result["int8Bytes"] / result["fp32Bytes"] == result["int8SizeRatio"] <= 0.35
    assert abs(result["bitsPerByteIncrease"]) <= 0.02
    assert result["quantizedOperators"]["MatMulInteger"] == 15
    assert (result["context"], result["vocabulary"], result["heldOutTokens"] % 64) == (64, VOCABULARY, 0)
    assert host.done_counts == [1, 2, 3, 4, 5, 6]


def test_equal_checkpoints_give_equal_bytes_in_any_process_and_folder(inputs: dict[str, str], tmp_path: Path) -> None:
    digests = []
    for number in range(2):
        folder = tmp_path / f"folder-{number}"
        config = {**inputs, "output": str(folder / "out"), "precision": ["fp32", "int8"], "threads": number + 1}
        message = run("export.export_onnx", config, folder)
        assert message["type"] == "done", message
        contents = [(folder / "out" / name).read_bytes() for name in ("model.onnx", "model_quantized.onnx")]
        assert all(place not in content for content in contents for place in (b"/tmp", b"crisol_trainer", b".py"))
        digests.append([hashlib.sha256(content).hexdigest() for content in contents])
    assert digests[0] == digests[1]


@pytest.mark.parametrize(("precision", "files"), [(("fp32",), ["model.onnx"]), (("int8",), ["model_quantized.onnx"])])
def test_only_the_requested_files_are_written(
    inputs: dict[str, str], tmp_path: Path, precision: Any, files: list[str]
) -> None:
    work(ExportOnnxConfig(**inputs, output=str(tmp_path / "out"), precision=precision, threads=1), SilentHost())
    assert [path.name for path in (tmp_path / "out").iterdir()] == files


def test_another_model_is_refused_by_its_logits_and_by_its_text() -> None:
    one, other = small_model(tied=True), small_model(tied=True, seed=1)
    exported = loaded(exported_graph(tied=True), one)
    x_T = np.arange(1, 41)
    with pytest.raises(Failure, match="logits of ONNX Runtime and PyTorch differ") as raised:
        checks.require_logits(checks.logit_difference(other, exported, x_T))
    assert raised.value.code == "CHECK_FAILED"
    with pytest.raises(Failure, match=r"continues with \d+ and PyTorch with \d+"):
        checks.greedy_tokens(other, exported, [x_T[:5]])
    assert checks.greedy_tokens(one, exported, [x_T[:5], x_T]) == 32 + 24


def test_a_graph_that_reads_no_past_is_refused() -> None:
    model = small_model(tied=True)
    graph = onnx.ModelProto()
    graph.CopyFrom(exported_graph(tied=True))
    node = next(node for node in graph.graph.node if "past_key_values.1.key" in node.input)
    node.input[list(node.input).index("past_key_values.1.key")] = "past_key_values.1.value"
    differences = checks.logit_difference(model, loaded(graph, model), np.arange(1, 41))
    assert differences["withoutPast"] < 1e-3
    with pytest.raises(Failure, match="withPast"):
        checks.require_logits(differences)


def test_logits_that_are_not_numbers_are_refused() -> None:
    with pytest.raises(Failure):
        checks.require_logits({"withoutPast": math.nan})


def test_a_graph_without_quantized_products_is_refused() -> None:
    graph = exported_graph(tied=True)
    with pytest.raises(Failure, match="0 of the 15 products"):
        checks.require_operators(quantized_operators(graph), weight_products(graph))


def test_size_and_loss_of_int8_have_limits() -> None:
    assert checks.require_size(100, 35) == 0.35
    with pytest.raises(Failure, match=r"36\.0%.*fp32.*larger width"):
        checks.require_size(100, 36)
    with pytest.raises(Failure, match="defect"):
        checks.require_size(100 * 2**20, 36 * 2**20)
    assert checks.require_bits_per_byte(1.0, 1.0199) == pytest.approx(0.0199)
    with pytest.raises(Failure, match="held-out"):
        checks.require_bits_per_byte(1.0, 1.021)
    with pytest.raises(Failure):
        checks.require_bits_per_byte(1.0, math.nan)


def test_losses_over_pieces_are_those_of_the_model() -> None:
    model = small_model(tied=False)
    exported = loaded(exported_graph(tied=False), model)
    x_T1 = np.random.default_rng(3).integers(0, VOCABULARY, 65)
    with torch.no_grad():
        logits = model(torch.from_numpy(x_T1[None, :-1])).logits[0]
    expected = torch.nn.functional.cross_entropy(logits, torch.from_numpy(x_T1[1:]), reduction="none")
    np.testing.assert_allclose(exported.losses(x_T1), expected.numpy(), rtol=1e-4)


def test_bytes_of_tokens_sum_to_the_bytes_of_the_text(inputs: dict[str, str]) -> None:
    from tokenizers import Tokenizer

    path = Path(inputs["checkpoint"], "tokenizer.json")
    ids = Tokenizer.from_file(str(path)).encode(SPANISH).ids
    sizes = checks.bytes_of_tokens(path)
    assert int(sizes[ids].sum()) == len(SPANISH.encode())
    assert sizes[0] == 0
