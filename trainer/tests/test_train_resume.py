"""Training broken at any moment gives the bytes that it gives unbroken."""

import os
import random
import shutil
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from tests.started import Started, run
from tests.token_artifact import example_documents, write_artifact

VOCABULARY = 64
STEPS = 60


def configuration(folder: Path, data: Path, **settings: object) -> dict[str, Any]:
    return {
        "tokens": str(data / "training"),
        "validation": str(data / "validation"),
        "output": str(folder / "output"),
        "checkpoints": str(folder / "checkpoints"),
        "vocabulary": VOCABULARY,
        "architecture": {"layers": 2, "width": 32, "heads": 2, "context": 16, "dropout": 0.1},
        "steps": STEPS,
        "batch": 4,
        "microBatch": 2,
        "evaluateEvery": 10,
        "evaluationBatches": 2,
        "patience": 100,
        "checkpointEverySteps": 7,
        "checkpointEverySeconds": None,
        "threads": 1,
        **settings,
    }


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    write_artifact(folder / "training", example_documents(60, vocabulary=VOCABULARY, seed=1), shards=3)
    write_artifact(folder / "validation", example_documents(10, vocabulary=VOCABULARY, seed=2))
    return folder


@pytest.fixture(scope="module")
def unbroken(data: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("unbroken")
    message = run("train", configuration(folder, data), folder)
    assert message["type"] == "done", message
    assert message["result"]["step"] == STEPS
    return contents(folder / "output")


def test_outputs_are_complete_and_the_model_has_learnt(unbroken: dict[str, bytes]) -> None:
    assert sorted(unbroken) == [
        "config.json",
        "generation_config.json",
        "model.safetensors",
        "tensorboard/events.out.tfevents.0.crisol",
        "training.json",
        "unigram.safetensors",
    ]


def test_another_unbroken_run_gives_the_same_bytes_whatever_it_saves(
    data: Path, unbroken: dict[str, bytes], tmp_path: Path
) -> None:
    settings = configuration(tmp_path, data, checkpointEverySteps=None, checkpointEverySeconds=0.05)
    assert run("train", settings, tmp_path)["type"] == "done"
    assert contents(tmp_path / "output") == unbroken


@pytest.mark.parametrize("seed", [1, 2])
def test_sigkill_at_random_moments_changes_no_byte(
    data: Path, unbroken: dict[str, bytes], tmp_path: Path, seed: int
) -> None:
    moments = random.Random(seed)
    checkpoints = tmp_path / "checkpoints"
    for _ in range(3):
        resume_from = str(checkpoints) if checkpoints.exists() and any(checkpoints.glob("step-*")) else None
        started = Started("train", configuration(tmp_path, data, resumeFrom=resume_from), tmp_path)
        try:
            started.wait_for("step")
            time.sleep(moments.random() * 0.25)
            started.process.send_signal(signal.SIGKILL)
            started.process.wait()
        finally:
            started.close()
    resume_from = str(checkpoints) if any(checkpoints.glob("step-*")) else None
    message = run("train", configuration(tmp_path, data, resumeFrom=resume_from), tmp_path)
    assert message["type"] == "done", (seed, message)
    assert contents(tmp_path / "output") == unbroken, f"seed {seed}"


def test_a_stop_is_answered_with_a_checkpoint_that_goes_on(
    data: Path, unbroken: dict[str, bytes], tmp_path: Path
) -> None:
    started = Started("train", configuration(tmp_path, data, checkpointEverySteps=None), tmp_path)
    try:
        started.wait_for("step")
        started.command("stop")
        checkpoint = started.wait_for("checkpoint")
        stopped = started.finish()
        assert stopped == {"type": "stopped", "step": checkpoint["step"]}
        assert 1 <= checkpoint["step"] < STEPS
        assert started.process.returncode == 0
        assert not (tmp_path / "output").exists()
    finally:
        started.close()
    laid_out = tmp_path / "elsewhere" / "laid-out-by-the-host"
    shutil.copytree(checkpoint["path"], laid_out)
    message = run("train", configuration(tmp_path, data, resumeFrom=str(laid_out)), tmp_path)
    assert message["type"] == "done"
    assert contents(tmp_path / "output") == unbroken


@pytest.fixture(scope="module")
def saved(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of two checkpoints of a run that was killed after the second."""
    folder = tmp_path_factory.mktemp("saved")
    started = Started("train", configuration(folder, data, checkpointEverySteps=20), folder)
    try:
        started.wait_for("checkpoint", step=40)
    finally:
        started.close()
    assert [path.name for path in sorted((folder / "checkpoints").iterdir())] == ["step-00000020", "step-00000040"]
    return folder / "checkpoints"


@pytest.mark.parametrize("file", ["model.safetensors", "optimizer.safetensors", "state.json", "digests.json"])
def test_a_flipped_bit_is_found_and_the_checkpoint_before_is_used(
    data: Path, unbroken: dict[str, bytes], saved: Path, tmp_path: Path, file: str
) -> None:
    checkpoints = tmp_path / "checkpoints"
    shutil.copytree(saved, checkpoints)
    damaged = checkpoints / "step-00000040" / file
    flipped = bytearray(damaged.read_bytes())
    flipped[len(flipped) // 2] ^= 1
    damaged.write_bytes(flipped)
    settings = configuration(tmp_path, data, resumeFrom=str(checkpoints), checkpointEverySteps=None)
    started = Started("train", settings, tmp_path)
    try:
        assert "step-00000040" in started.wait_for("warn")["message"]
        assert started.wait_for("step")["step"] == 21
        assert started.finish()["type"] == "done"
    finally:
        started.close()
    assert contents(tmp_path / "output") == unbroken


@pytest.mark.parametrize("damage", ["missing file", "short file", "extra file"])
def test_without_a_checkpoint_that_verifies_training_starts_again(
    data: Path, unbroken: dict[str, bytes], saved: Path, tmp_path: Path, damage: str
) -> None:
    laid_out = tmp_path / "laid-out"
    shutil.copytree(saved / "step-00000040", laid_out)
    if damage == "missing file":
        (laid_out / "best.safetensors").unlink()
    elif damage == "short file":
        os.truncate(laid_out / "model.safetensors", 1000)
    else:
        (laid_out / "other.safetensors").write_bytes(b"")
    started = Started("train", configuration(tmp_path, data, resumeFrom=str(laid_out)), tmp_path)
    try:
        assert str(laid_out) in started.wait_for("warn")["message"]
        assert started.wait_for("step")["step"] == 1
        assert started.finish()["type"] == "done"
    finally:
        started.close()
    assert contents(tmp_path / "output") == unbroken


def test_a_checkpoint_of_other_settings_is_refused_by_name(data: Path, saved: Path, tmp_path: Path) -> None:
    settings = configuration(tmp_path, data, resumeFrom=str(saved), learningRate=1e-4)
    message = run("train", settings, tmp_path)
    assert message["type"] == "fail"
    assert message["code"] == "BAD_CONFIG"
    assert "learningRate is 0.0001 and was 0.003" in message["what"]


def test_the_trainer_dies_with_its_parent(data: Path, tmp_path: Path) -> None:
    settings = configuration(tmp_path, data, steps=100_000, checkpointEverySteps=None)
    started = Started("train", settings, tmp_path)
    try:
        started.wait_for("step")
        assert started.process.stdin is not None
        started.process.stdin.close()
        assert started.process.wait(timeout=5) == 2
    finally:
        started.process.kill()
