"""Training interrupted at any moment gives the same bytes as uninterrupted training."""

import random
import shutil
import signal
import time
from pathlib import Path

import pytest

from crisol_trainer.runtime.failure import Failure
from tests.small_training import STEPS, configuration, contents, train_here, write_data
from tests.started import Started, run


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_data(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="module")
def unbroken(data: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("unbroken")
    message = run("training.train", configuration(folder, data), folder)
    assert message["type"] == "done", message
    assert message["result"]["step"] == STEPS
    return contents(folder / "output")


def test_the_outputs_are_complete(unbroken: dict[str, bytes]) -> None:
    assert sorted(unbroken) == [
        "config.json",
        "generation_config.json",
        "model.safetensors",
        "tensorboard/events.out.tfevents.0.crisol",
        "training.json",
        "unigram.safetensors",
    ]


def test_when_a_run_saves_changes_no_byte(data: Path, unbroken: dict[str, bytes], tmp_path: Path) -> None:
    _, messages = train_here(tmp_path, data, checkpointEverySteps=None, checkpointEverySeconds=0.1)
    assert [message for message in messages if message["type"] == "checkpoint"]
    assert contents(tmp_path / "output") == unbroken


def test_sigkill_at_random_moments_changes_no_byte(data: Path, unbroken: dict[str, bytes], tmp_path: Path) -> None:
    seed = 1
    moments = random.Random(seed)
    checkpoints = tmp_path / "checkpoints"

    def resume_from() -> str | None:
        return str(checkpoints) if checkpoints.exists() and any(checkpoints.glob("step-*")) else None

    for _ in range(3):
        started = Started("training.train", configuration(tmp_path, data, resumeFrom=resume_from()), tmp_path)
        try:
            started.wait_for("step")
            time.sleep(moments.random() * 0.25)
            started.process.send_signal(signal.SIGKILL)
            started.process.wait()
        finally:
            started.close()
    message = run("training.train", configuration(tmp_path, data, resumeFrom=resume_from()), tmp_path)
    assert message["type"] == "done", (seed, message)
    assert contents(tmp_path / "output") == unbroken, f"seed {seed}"


def test_a_stop_is_answered_with_a_checkpoint_to_continue_from(
    data: Path, unbroken: dict[str, bytes], tmp_path: Path
) -> None:
    started = Started("training.train", configuration(tmp_path, data, checkpointEverySteps=None), tmp_path)
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
    train_here(tmp_path, data, resumeFrom=str(laid_out))
    assert contents(tmp_path / "output") == unbroken


@pytest.fixture(scope="module")
def saved(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of two checkpoints of a run that was killed after the second."""
    folder = tmp_path_factory.mktemp("saved")
    started = Started("training.train", configuration(folder, data, checkpointEverySteps=20), folder)
    try:
        started.wait_for("checkpoint", step=40)
    finally:
        started.close()
    assert [path.name for path in sorted((folder / "checkpoints").iterdir())] == ["step-00000020", "step-00000040"]
    return folder / "checkpoints"


def test_a_damaged_checkpoint_is_skipped_for_the_one_before(
    data: Path, unbroken: dict[str, bytes], saved: Path, tmp_path: Path
) -> None:
    shutil.copytree(saved, tmp_path / "checkpoints")
    damaged = tmp_path / "checkpoints" / "step-00000040" / "optimizer.safetensors"
    flipped = bytearray(damaged.read_bytes())
    flipped[len(flipped) // 2] ^= 1
    damaged.write_bytes(flipped)
    _, messages = train_here(tmp_path, data, resumeFrom=str(tmp_path / "checkpoints"), checkpointEverySteps=None)
    assert messages[0]["type"] == "warn"
    assert str(damaged) in messages[0]["message"]
    assert messages[1]["step"] == 21
    assert contents(tmp_path / "output") == unbroken


def test_without_a_checkpoint_that_verifies_training_starts_over(
    data: Path, unbroken: dict[str, bytes], saved: Path, tmp_path: Path
) -> None:
    shutil.copytree(saved / "step-00000040", tmp_path / "laid-out")
    (tmp_path / "laid-out" / "best.safetensors").unlink()
    _, messages = train_here(tmp_path, data, resumeFrom=str(tmp_path / "laid-out"))
    assert [message["type"] for message in messages[:3]] == ["warn", "warn", "step"]
    assert messages[2]["step"] == 1
    assert contents(tmp_path / "output") == unbroken


def test_a_checkpoint_of_other_settings_is_refused_by_name(data: Path, saved: Path, tmp_path: Path) -> None:
    with pytest.raises(Failure, match=r"learningRate is 0\.0001, but was 0\.001") as failure:
        train_here(tmp_path, data, resumeFrom=str(saved), learningRate=1e-4)
    assert failure.value.code == "BAD_CONFIG"


def test_a_checkpoint_of_other_data_is_refused(data: Path, saved: Path, tmp_path: Path) -> None:
    with pytest.raises(Failure, match="tokens is"):
        train_here(tmp_path, data, resumeFrom=str(saved), tokens=str(data / "validation"))


def test_training_ends_when_its_host_is_gone(data: Path, tmp_path: Path) -> None:
    settings = configuration(tmp_path, data, steps=100_000, checkpointEverySteps=None)
    started = Started("training.train", settings, tmp_path)
    try:
        started.wait_for("step")
        assert started.process.stdin is not None
        started.process.stdin.close()
        assert started.process.wait(timeout=5) == 2
    finally:
        started.process.kill()
