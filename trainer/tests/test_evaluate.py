"""Evaluation, against figures computed by hand or with Transformers' own loss."""

import json
import math
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers.models.llama.modeling_llama import LlamaForCausalLM

from crisol_trainer.evaluation.bootstrap import ratio_interval
from crisol_trainer.evaluation.evaluate import evaluate
from crisol_trainer.evaluation.evaluate_config import EvaluateConfig
from crisol_trainer.evaluation.unigram import unigram_nats
from crisol_trainer.evaluation.windows import windows
from crisol_trainer.runtime.failure import Failure
from crisol_trainer.runtime.protocol import JsonObject
from crisol_trainer.training.new_model import build_model
from crisol_trainer.training.train_config import Architecture
from tests.called import call
from tests.started import run
from tests.token_artifact import example_documents, write_artifact

VOCABULARY = 32
CONTEXT = 8


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint of random weights, large enough to prefer some tokens."""
    folder = tmp_path_factory.mktemp("checkpoint")
    architecture = Architecture(layers=1, width=16, heads=2, context=CONTEXT, initializer_range=0.5)
    build_model(architecture, vocabulary=VOCABULARY, end_of_text=0, seed=1).save_pretrained(folder)
    save_file({"counts": torch.arange(VOCABULARY)}, folder / "unigram.safetensors")
    (folder / "tokenizer.json").write_text(json.dumps({"name": "t"}))
    return folder


def configuration(folder: Path, checkpoint: Path, tokens: Path, **settings: object) -> dict[str, Any]:
    return {
        "checkpoint": str(checkpoint),
        "checkpointDigest": "c" * 64,
        "tokens": str(tokens),
        "tokensDigest": "d" * 64,
        "output": str(folder / "output"),
        "threads": 1,
        **settings,
    }


def evaluate_here(folder: Path, checkpoint: Path, tokens: Path, **settings: object) -> JsonObject:
    return call(evaluate, EvaluateConfig, configuration(folder, checkpoint, tokens, **settings), folder)[0]


def test_diverged_weights_are_measured_without_a_crash(checkpoint: Path, tmp_path: Path) -> None:
    wild = tmp_path / "wild"
    shutil.copytree(checkpoint, wild)
    weights = load_file(wild / "model.safetensors")
    save_file({name: weight * 1000 for name, weight in weights.items()}, wild / "model.safetensors", {"format": "pt"})
    write_artifact(tmp_path / "tokens", example_documents(5, vocabulary=VOCABULARY, seed=1))
    shutil.copy(checkpoint / "tokenizer.json", tmp_path / "tokens")
    report = evaluate_here(tmp_path, wild, tmp_path / "tokens")
    assert isinstance(report["loss"], float)
    assert isinstance(report["perplexity"], float)
    assert report["loss"] > 710
    assert math.isfinite(report["perplexity"])


def test_the_figures_are_those_of_the_models_own_loss(checkpoint: Path, tmp_path: Path) -> None:
    documents = example_documents(5, vocabulary=VOCABULARY, seed=1)
    tokens = write_artifact(tmp_path / "tokens", documents)
    message = run(
        "evaluation.evaluate", configuration(tmp_path, checkpoint, tokens, stride=CONTEXT, batch=3), tmp_path
    )
    assert message["type"] == "done", message
    report = json.loads((tmp_path / "output" / "report.json").read_bytes())
    assert report == message["result"]

    model = LlamaForCausalLM.from_pretrained(checkpoint)
    nats = []
    for document in documents:
        sequence = torch.tensor([0, *document])
        total = 0.0
        for start in range(0, len(document), CONTEXT):
            end = min(start + CONTEXT, len(document))
            first = max(0, end - CONTEXT)
            logits = model(input_ids=sequence[None, first:end]).logits[0].log_softmax(-1)
            total -= sum(logits[place - first, sequence[place + 1]].item() for place in range(start, end))
        nats.append(total)
    tokens_total = sum(map(len, documents))
    assert report["tokens"] == tokens_total
    assert report["documents"] == 5
    assert report["textBytes"] == tokens_total * 3
    assert report["perplexity"] == pytest.approx(math.exp(sum(nats) / tokens_total), rel=1e-5)
    assert report["bitsPerByte"] == pytest.approx(sum(nats) / math.log(2) / (tokens_total * 3), rel=1e-5)
    assert report["interval"][0] <= report["bitsPerByte"] <= report["interval"][1]
    assert (report["checkpoint"], report["evaluatedTokens"]) == ("c" * 64, "d" * 64)
    lines = [json.loads(line) for line in (tmp_path / "output" / "documents.jsonl").read_text().splitlines()]
    assert [line["loss"] * line["tokens"] for line in lines] == pytest.approx(nats, rel=1e-5)


def test_the_unigram_baseline_is_that_of_a_hand_computation(checkpoint: Path, tmp_path: Path) -> None:
    tokens = write_artifact(tmp_path / "tokens", [[3, 3, 7, 0], [1, 0]])
    report = evaluate_here(tmp_path, checkpoint, tokens)
    total = sum(range(VOCABULARY)) + VOCABULARY
    nats = -sum(math.log((count + 1) / total) for count in (3, 3, 7, 0, 1, 0))
    assert report["unigramBitsPerByte"] == pytest.approx(nats / math.log(2) / 18)
    assert report["unigramPerplexity"] == pytest.approx(math.exp(nats / 6))


def test_an_evaluation_is_repeated_to_the_byte(checkpoint: Path, tmp_path: Path) -> None:
    tokens = write_artifact(tmp_path / "tokens", example_documents(8, vocabulary=VOCABULARY, seed=2), shards=2)
    reports = []
    for name in ("first", "second"):
        evaluate_here(tmp_path / name, checkpoint, tokens)
        reports.append(
            [(tmp_path / name / "output" / file).read_bytes() for file in ("report.json", "documents.jsonl")]
        )
    assert reports[0] == reports[1]


def test_tokens_of_another_tokenizer_are_refused(checkpoint: Path, tmp_path: Path) -> None:
    tokens = write_artifact(tmp_path / "tokens", [[1, 0]], tokenizer="another")
    with pytest.raises(Failure, match="the tokens are of tokenizer") as failure:
        evaluate_here(tmp_path, checkpoint, tokens)
    assert failure.value.code == "BAD_DATA"


def test_lengths_that_miss_a_document_are_refused(checkpoint: Path, tmp_path: Path) -> None:
    tokens = write_artifact(tmp_path / "tokens", [[1, 0], [2, 0]])
    (tokens / "tokens" / "00000.bytes").write_bytes(bytes(4))
    with pytest.raises(Failure, match="1 documents where the index has 2"):
        evaluate_here(tmp_path, checkpoint, tokens)


def test_a_checkpoint_without_a_model_is_refused(checkpoint: Path, tmp_path: Path) -> None:
    shutil.copytree(checkpoint, tmp_path / "checkpoint")
    (tmp_path / "checkpoint" / "config.json").write_text("{}")
    tokens = write_artifact(tmp_path / "tokens", [[1, 0]])
    with pytest.raises(Failure, match=r"config\.json is not a model's configuration"):
        evaluate_here(tmp_path, tmp_path / "checkpoint", tokens)


def test_a_single_document_gets_a_warning(checkpoint: Path, tmp_path: Path) -> None:
    tokens = write_artifact(tmp_path / "tokens", [[1, 2, 0]])
    result, messages = call(evaluate, EvaluateConfig, configuration(tmp_path, checkpoint, tokens), tmp_path)
    assert "too few for an interval" in messages[-1]["message"]
    assert result["interval"] == [result["bitsPerByte"], result["bitsPerByte"]]


@pytest.mark.parametrize("length", [1, 2, 7, 8, 9, 15, 16, 17, 40])
@pytest.mark.parametrize("stride", [1, 3, 6, 8])
def test_windows_score_every_token_once_with_context_before_it(length: int, stride: int) -> None:
    ids = np.arange(1, length + 1)
    scored: list[int] = []
    for window in windows(4, ids, end_of_text=0, context=8, stride=stride):
        assert window.document == 4
        assert len(window.inputs) == len(window.targets) <= 8
        assert (window.targets == window.inputs + 1).all()
        new = window.targets[window.skipped :].tolist()
        if scored:
            assert window.skipped >= 8 - stride or len(window.targets) < 8
            assert len(new) <= stride
        scored.extend(new)
    assert scored == ids.tolist()


def test_the_interval_contains_the_truth_as_often_as_it_claims() -> None:
    random = np.random.default_rng(1)
    held = 0
    for trial in range(200):
        sizes = random.integers(50, 150, size=60).astype(np.float64)
        low, high = ratio_interval(sizes * random.normal(2.0, 0.5, size=60), sizes, resamples=300, seed=trial)
        held += low <= 2.0 <= high
    assert 0.89 <= held / 200 <= 0.99


def test_the_interval_is_a_ratio_of_sums_not_a_mean_of_ratios() -> None:
    low, high = ratio_interval(np.array([1.0, 300.0]), np.array([1.0, 100.0]), resamples=500, seed=1)
    assert (low, high) == (1.0, 3.0)
    sums, sizes = np.array([1.0] * 50 + [30.0]), np.array([1.0] * 50 + [10.0])
    low, high = ratio_interval(sums, sizes, resamples=2000, seed=1)
    assert low == 1.0
    assert high < 2.1  # three copies of the large document: (50 - 2 + 90) / (50 - 2 + 30) = 1.8


def test_an_unseen_token_costs_a_finite_amount() -> None:
    assert unigram_nats(np.array([9, 0]), np.array([0, 1])) == pytest.approx(math.log(11))
