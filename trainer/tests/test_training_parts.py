"""The parts of training, each against a figure computed in another way."""

import math
import random
from pathlib import Path

import numpy as np
import pytest
import torch
from tensorboard.backend.event_processing.event_file_loader import EventFileLoader
from torch.nn import functional

from crisol_trainer.runtime.durable import new_folder, write_bytes
from crisol_trainer.training.loss import token_losses, training_loss
from crisol_trainer.training.model import build_optimizer
from crisol_trainer.training.new_model import build_model
from crisol_trainer.training.schedule import learning_rate
from crisol_trainer.training.state import checkpoint as checkpoints
from crisol_trainer.training.state import random_state
from crisol_trainer.training.state.run_state import History, RunState
from crisol_trainer.training.tensorboard_events import FILE_NAME, write_events
from crisol_trainer.training.train_config import Architecture


def test_the_learning_rate_warms_up_and_follows_the_cosine_to_its_floor() -> None:
    rates = [learning_rate(step, steps=21, warmup=10, peak=1.0, floor=0.2) for step in range(21)]
    assert rates[:10] == pytest.approx([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0])
    assert rates[10] == 1.0
    assert rates[15] == pytest.approx(0.6)
    assert rates[12] == pytest.approx(0.2 + 0.8 * (1 + math.cos(math.pi * 0.2)) / 2)
    assert rates[20] == pytest.approx(0.2)


def test_the_learning_rate_is_defined_at_the_edges() -> None:
    assert learning_rate(0, steps=1, warmup=0, peak=1.0, floor=0.1) == 1.0
    assert learning_rate(4, steps=5, warmup=5, peak=1.0, floor=0.1) == 1.0


def test_the_piecewise_loss_and_its_gradients_are_those_of_pytorch() -> None:
    random_state.seed_all(1)
    h, w = torch.randn(1100, 24, requires_grad=True), torch.randn(97, 24, requires_grad=True)
    y = torch.randint(0, 97, (1100,))
    (training_loss(h, w, y) / 1100).backward()
    own = h.grad, w.grad
    h.grad = w.grad = None
    expected = functional.cross_entropy(h @ w.T, y)
    expected.backward()
    torch.testing.assert_close(training_loss(h, w, y) / 1100, expected)
    torch.testing.assert_close(own, (h.grad, w.grad))
    torch.testing.assert_close(token_losses(h, w, y).mean(), expected.detach())


def test_the_piecewise_loss_holds_for_large_logits() -> None:
    h, w = torch.full((2, 1), 200.0, requires_grad=True), torch.tensor([[1.0], [-1.0]], requires_grad=True)
    loss = training_loss(h, w, torch.tensor([0, 1]))
    assert loss.item() == pytest.approx(400.0)


def test_only_matrices_are_decayed() -> None:
    model = build_model(Architecture(layers=1, width=16, heads=2, context=8), vocabulary=32, end_of_text=0, seed=1)
    matrices, vectors = build_optimizer(model, weight_decay=0.1, betas=(0.9, 0.95)).param_groups
    assert matrices["weight_decay"] == 0.1
    assert {parameter.ndim for parameter in matrices["params"]} == {2}
    assert vectors["weight_decay"] == 0
    assert {parameter.ndim for parameter in vectors["params"]} == {1}


def test_a_model_is_a_function_of_its_seed() -> None:
    def weights(seed: int) -> torch.Tensor:
        architecture = Architecture(layers=1, width=16, heads=2, context=8)
        model = build_model(architecture, vocabulary=32, end_of_text=0, seed=seed)
        return torch.cat([parameter.detach().flatten() for parameter in model.parameters()])

    assert torch.equal(weights(1), weights(1))
    assert not torch.equal(weights(1), weights(2))


def test_random_generators_continue_where_they_were() -> None:
    def draw() -> tuple[float, float, float, float]:
        return random.random(), float(np.random.rand()), float(np.random.standard_normal()), torch.rand(1).item()

    random_state.seed_all(5)
    np.random.standard_normal()  # leaves NumPy with a second normal number cached
    states = random_state.capture()
    expected = [draw() for _ in range(3)]
    random_state.restore(states)
    assert [draw() for _ in range(3)] == expected


def test_early_stopping_counts_evaluations_without_improvement() -> None:
    state = RunState(micro_batch=1)
    improved = []
    for step, loss in enumerate([3.0, 2.0, 2.0, 2.5, 1.0, 1.5], start=1):
        state.step = step
        improved.append(state.evaluated(loss))
    assert improved == [True, True, False, False, True, False]
    assert (state.best_step, state.best_loss, state.evaluations_without_improvement) == (5, 1.0, 1)


def test_event_files_contain_the_figures_and_no_time_of_day(tmp_path: Path) -> None:
    history = History(
        loss=[3.0, 2.5, 2.0],
        learning_rate=[0.1, 0.2, 0.1],
        gradient_norm=[1.0, 1.5, 1.25],
        evaluated_at=[2],
        validation_loss=[2.75],
    )
    write_events(history, tmp_path)
    events = list(EventFileLoader(str(tmp_path / FILE_NAME)).Load())
    assert [(event.step, event.wall_time) for event in events[1:]] == [(1, 1.0), (2, 2.0), (3, 3.0)]
    second = {value.tag: value.tensor.float_val[0] for value in events[2].summary.value}
    assert second == pytest.approx(
        {
            "loss/training": 2.5,
            "loss/validation": 2.75,
            "optimizer/learning_rate": 0.2,
            "optimizer/gradient_norm": 1.5,
        }
    )


def example_checkpoint(step: int) -> checkpoints.Checkpoint:
    return checkpoints.Checkpoint(
        state=RunState(
            micro_batch=2,
            step=step,
            best_step=step,
            best_loss=0.1 + 0.2,
            history=History(loss=[1 / 3], learning_rate=[0.1], gradient_norm=[0.7]),
        ),
        settings={"seed": "1"},
        model={"w": torch.arange(6.0).reshape(2, 3)},
        optimizer={"0.step": torch.tensor(float(step))},
        random=random_state.capture(),
        best=None,
    )


def test_a_checkpoint_comes_back_as_it_was_and_the_last_two_are_kept(tmp_path: Path) -> None:
    for step in (5, 10, 15):
        checkpoints.save(example_checkpoint(step), tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["step-00000010", "step-00000015"]
    loaded = checkpoints.load_newest(tmp_path, settings={"seed": "1"}, warn=pytest.fail)
    assert loaded is not None
    saved = example_checkpoint(15)
    assert loaded.state == saved.state
    assert torch.equal(loaded.model["w"], saved.model["w"])
    assert loaded.best is None


def test_any_flipped_bit_in_any_file_is_found(tmp_path: Path) -> None:
    path = checkpoints.save(example_checkpoint(5), tmp_path)
    draw = random.Random(1)
    for file in sorted(path.iterdir()):
        contents = file.read_bytes()
        for _ in range(20):
            place, bit = draw.randrange(len(contents)), draw.randrange(8)
            flipped = bytearray(contents)
            flipped[place] ^= 1 << bit
            file.write_bytes(flipped)
            with pytest.raises(checkpoints.DamagedCheckpoint):
                checkpoints.load(path)
        file.write_bytes(contents)
    checkpoints.load(path)


@pytest.mark.parametrize("damage", ["missing file", "short file", "extra file", "empty folder"])
def test_a_checkpoint_that_is_not_whole_is_skipped_for_the_one_before(tmp_path: Path, damage: str) -> None:
    checkpoints.save(example_checkpoint(5), tmp_path)
    path = checkpoints.save(example_checkpoint(10), tmp_path)
    if damage == "extra file":
        (path / "other").touch()
    for file in path.iterdir():
        if damage == "empty folder" or (damage == "missing file" and file.name == "random.safetensors"):
            file.unlink()
        elif damage == "short file" and file.name == "model.safetensors":
            file.write_bytes(file.read_bytes()[:-1])
    warnings: list[str] = []
    loaded = checkpoints.load_newest(tmp_path, settings={"seed": "1"}, warn=warnings.append)
    assert loaded is not None
    assert loaded.state.step == 5
    assert len(warnings) == 1
    assert "step-00000010" in warnings[0]


def test_a_folder_that_was_not_finished_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(KeyError), new_folder(tmp_path / "result") as folder:
        write_bytes(folder / "part", b"x")
        raise KeyError
    assert list(tmp_path.iterdir()) == []


def test_a_new_folder_takes_the_place_of_an_old_one(tmp_path: Path) -> None:
    for contents in (b"old", b"new"):
        with new_folder(tmp_path / "result") as folder:
            write_bytes(folder / "part", contents)
    assert (tmp_path / "result" / "part").read_bytes() == b"new"
    assert [path.name for path in tmp_path.iterdir()] == ["result"]
