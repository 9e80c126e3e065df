"""What a training run does when all goes well and when something fails."""

import json
import os
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from transformers.models.llama.modeling_llama import LlamaForCausalLM

from crisol_trainer.data.token_stream import open_tokens
from crisol_trainer.runtime.config import read_config
from crisol_trainer.runtime.failure import Failure
from crisol_trainer.runtime.protocol import Host
from crisol_trainer.training.loop import Training
from crisol_trainer.training.memory import parameters_of
from crisol_trainer.training.model import parameter_count
from crisol_trainer.training.new_model import build_model
from crisol_trainer.training.train_config import Architecture, TrainConfig
from tests.small_training import VOCABULARY, configuration, train_here, write_data


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_data(tmp_path_factory.mktemp("data"))


def test_a_model_learns_and_loads_with_transformers_alone(data: Path, tmp_path: Path) -> None:
    result, messages = train_here(tmp_path, data, learningRate=0.01, steps=200, evaluateEvery=50)
    evaluations = [message["loss"] for message in messages if message["type"] == "eval"]
    assert len(evaluations) == 4
    assert evaluations[-1] < 2 < 3.5 < messages[0]["loss"]
    assert result["validationLoss"] == min(evaluations)
    model = LlamaForCausalLM.from_pretrained(tmp_path / "output").eval()
    assert sum(parameter.numel() for parameter in model.parameters()) == result["parameters"]
    stream = open_tokens(data / "validation", vocabulary=VOCABULARY)
    count = (len(stream) - 1) // 16
    kept = [number * count // min(8, count) for number in range(min(8, count))]
    rows = torch.stack([torch.from_numpy(stream.read(number * 16, 17)) for number in kept])
    logits = model(input_ids=rows[:, :-1]).logits
    loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1), rows[:, 1:].flatten()).item()
    assert loss == pytest.approx(result["validationLoss"], rel=1e-4)


def test_the_unigram_counts_are_those_of_the_training_tokens(data: Path, tmp_path: Path) -> None:
    train_here(tmp_path, data, steps=1)
    counts = load_file(tmp_path / "output" / "unigram.safetensors")["counts"]
    stream = open_tokens(data / "training", vocabulary=VOCABULARY)
    expected = torch.bincount(torch.from_numpy(stream.read(0, len(stream))), minlength=VOCABULARY)
    assert torch.equal(counts, expected)


def test_micro_batches_change_the_gradient_by_rounding_only(data: Path, tmp_path: Path) -> None:
    without_dropout = {"layers": 1, "width": 32, "heads": 2, "context": 16}
    losses = [
        train_here(tmp_path / str(size), data, architecture=without_dropout, steps=5, microBatch=size)[0]["loss"]
        for size in (1, 2, 4)
    ]
    assert losses == pytest.approx([losses[0]] * 3, rel=1e-5)


def test_without_improvement_training_stops_and_keeps_the_best_weights(data: Path, tmp_path: Path) -> None:
    settings = {"learningRate": 0.03, "steps": 5000, "evaluateEvery": 25, "patience": 3, "checkpointEverySteps": None}
    result, messages = train_here(tmp_path, data, **settings)
    evaluations = [(message["step"], message["loss"]) for message in messages if message["type"] == "eval"]
    best_step, best_loss = min(evaluations, key=lambda evaluation: evaluation[1])
    assert result["stoppedBy"] == "patience"
    assert result["weights"] == "best"
    assert result["step"] == best_step + 3 * 25 < 5000
    assert (result["weightsStep"], result["validationLoss"]) == (best_step, best_loss)
    training = json.loads((tmp_path / "output" / "training.json").read_bytes())
    assert training["history"]["validation"][-1]["step"] == result["step"]


def test_the_parameters_counted_before_training_are_those_of_the_model() -> None:
    for shape in ({}, {"key_value_heads": 1}, {"tie_embeddings": False}, {"feed_forward": 100}):
        architecture = Architecture(layers=3, width=48, heads=4, context=16, **shape)
        model = build_model(architecture, vocabulary=77, end_of_text=0, seed=1)
        assert parameters_of(architecture, 77) == parameter_count(model)


def test_a_model_larger_than_the_machine_is_refused_before_it_is_built(data: Path, tmp_path: Path) -> None:
    giant = {"layers": 1000, "width": 65536, "heads": 1024, "context": 16}
    with pytest.raises(Failure, match="GiB to train, but the machine has") as failure:
        train_here(tmp_path, data, architecture=giant)
    assert failure.value.code == "OUT_OF_MEMORY"


def test_too_few_tokens_are_reported_with_the_side_that_has_too_few(data: Path, tmp_path: Path) -> None:
    with pytest.raises(Failure, match="validation tokens are fewer than one sequence of 513"):
        train_here(tmp_path, data, architecture={"layers": 1, "width": 32, "heads": 2, "context": 512})


class SmallMemory(Training):
    """A run on a device that holds micro-batches of at most two; the error is CUDA's, as no test machine has a GPU."""

    def _accumulate(self, rows_BT1):  # type: ignore[no-untyped-def]
        if self.state.micro_batch > 2:
            torch.rand(1)  # what was drawn before memory ran out must not count
            raise torch.OutOfMemoryError
        return super()._accumulate(rows_BT1)


def test_a_micro_batch_that_does_not_fit_is_halved_and_the_batch_stays(data: Path, tmp_path: Path) -> None:
    def losses(kind: type[Training], micro_batch: int) -> tuple[list[float], str]:
        folder = tmp_path / f"{kind.__name__}-{micro_batch}"
        folder.mkdir()
        path = folder / "config.json"
        path.write_text(json.dumps(configuration(folder, data, batch=8, microBatch=micro_batch, steps=5)))
        descriptor = os.open(folder / "messages", os.O_WRONLY | os.O_CREAT)
        tokens, validation = (open_tokens(data / name, vocabulary=VOCABULARY) for name in ("training", "validation"))
        training = kind(read_config(TrainConfig, path), tokens, validation, Host(descriptor))
        training.run()
        os.close(descriptor)
        return training.state.history.loss, (folder / "messages").read_text()

    halved, messages = losses(SmallMemory, 8)
    assert halved == losses(Training, 2)[0]
    assert messages.count('"warn"') == 2
    assert "micro-batches of 2 from step 1 on, within the same batch of 8" in messages
