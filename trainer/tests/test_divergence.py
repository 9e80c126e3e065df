"""Training that diverges: it is reported with where it started, and never saved."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from crisol_trainer.data.batches import Sequences, batch_numbers
from crisol_trainer.data.token_stream import open_tokens
from crisol_trainer.runtime.config import read_config
from crisol_trainer.runtime.failure import Failure
from crisol_trainer.runtime.protocol import Host
from crisol_trainer.training.divergence import all_finite
from crisol_trainer.training.loop import Training
from crisol_trainer.training.pace import Pace
from crisol_trainer.training.state import checkpoint as checkpoints
from crisol_trainer.training.train_config import TrainConfig
from tests.small_training import VOCABULARY, configuration, train_here, write_data

#: A decay of ten times the weights makes them nine times as large, step after step.
RUNAWAY: dict[str, object] = {"learningRate": 1.0, "warmup": 0, "weightDecay": 10.0, "steps": 400}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_data(tmp_path_factory.mktemp("data"))


def test_a_loss_that_is_not_a_number_is_reported_with_its_step_batch_and_remedy(data: Path, tmp_path: Path) -> None:
    with pytest.raises(Failure) as raised:
        train_here(tmp_path, data, **RUNAWAY, checkpointEverySteps=5)
    failure = raised.value
    messages = [json.loads(line) for line in (tmp_path / "messages.jsonl").read_text().splitlines()]
    step = int(failure.what.removeprefix("training diverged at step ").split(":")[0])
    assert failure.code == "DIVERGED"
    assert failure.what.endswith(", gradient norm nan")

    sequences = Sequences(stream=open_tokens(data / "training", vocabulary=VOCABULARY), context=16)
    batch = batch_numbers(sequences, seed=1, step=step - 1, batch=4)
    assert f"step {step}, whose batch is the sequences {', '.join(map(str, batch))} " in failure.where
    saved = [message["step"] for message in messages if message["type"] == "checkpoint"]
    assert saved[-1] == (step - 1) // 5 * 5
    assert failure.why.endswith(f"The checkpoint of step {saved[-1]} is kept.")
    assert failure.fix.startswith("Use a smaller learningRate than 1, 0.5 for instance")

    assert kept(tmp_path) == [f"step-{number:08d}" for number in saved[-2:]]
    for path in (tmp_path / "checkpoints").iterdir():
        state = checkpoints.load(path)
        assert all_finite([*state.model.values(), *state.optimizer.values()])
    assert not (tmp_path / "output").exists()


def test_resumed_with_the_same_settings_it_diverges_at_the_same_step(data: Path, tmp_path: Path) -> None:
    failures = []
    for resume_from in (None, str(tmp_path / "checkpoints")):
        with pytest.raises(Failure) as raised:
            train_here(tmp_path, data, **RUNAWAY, checkpointEverySteps=5, resumeFrom=resume_from)
        failures.append(str(raised.value))
    assert failures[0] == failures[1]


def harmed_after(step: int, harm: Callable[[Training], None], folder: Path, data: Path) -> Failure:
    """Train with a checkpoint every 5 steps, do harm after a step, return the failure. The last id is in no text."""
    settings = {
        "vocabulary": VOCABULARY + 1,
        "architecture": {"layers": 1, "width": 32, "heads": 2, "context": 16, "tieEmbeddings": False},
        "checkpointEverySteps": 5,
    }
    path = folder / "config.json"
    path.write_text(json.dumps(configuration(folder, data, **settings)))
    tokens, validation = (open_tokens(data / name, vocabulary=VOCABULARY + 1) for name in ("training", "validation"))

    class Harmed(Training):
        def _tell(self, pace: Pace) -> None:
            super()._tell(pace)
            if self.state.step == step:
                harm(self)

    messages = os.open(folder / "messages", os.O_WRONLY | os.O_CREAT)
    try:
        with pytest.raises(Failure) as raised:
            Harmed(read_config(TrainConfig, path), tokens, validation, Host(messages)).run()
    finally:
        os.close(messages)
    assert raised.value.code == "DIVERGED"
    return raised.value


def kept(folder: Path) -> list[str]:
    """The names of the checkpoints that exist."""
    return sorted(path.name for path in (folder / "checkpoints").iterdir())


@pytest.mark.parametrize(
    ("after", "what", "checkpoints"),
    [
        (15, "step 15: its weights contain values that are not finite numbers", ["step-00000005", "step-00000010"]),
        (8, "step 9: its update produces weights that are not finite numbers", ["step-00000005"]),
    ],
)
def test_a_weight_that_no_loss_shows_is_found_and_not_saved(
    data: Path, tmp_path: Path, after: int, what: str, checkpoints: list[str]
) -> None:
    def harm(training: Training) -> None:
        # no loss or gradient depends on the embedding of an id that is in no text
        training.model.model.embed_tokens.weight.data[VOCABULARY, 3] = float("nan")

    assert harmed_after(after, harm, tmp_path, data).what == f"training diverged at {what}"
    assert kept(tmp_path) == checkpoints


def test_a_moment_that_is_not_a_number_is_not_saved(data: Path, tmp_path: Path) -> None:
    def harm(training: Training) -> None:
        training.optimizer.state[training.model.model.embed_tokens.weight]["exp_avg_sq"][5, 5] = float("inf")

    failure = harmed_after(12, harm, tmp_path, data)
    assert failure.what == "training diverged at step 15: its moments contain values that are not finite numbers"
    assert kept(tmp_path) == ["step-00000005", "step-00000010"]


def test_finite_numbers_are_distinguished_from_others() -> None:
    tensors = [torch.randn(3, 4), torch.tensor(1.0), torch.tensor([3e38, -3e38])]
    assert all_finite(tensors)
    for value in ("nan", "inf", "-inf"):
        assert not all_finite([*tensors, torch.tensor([0.0, float(value), 1.0])])
