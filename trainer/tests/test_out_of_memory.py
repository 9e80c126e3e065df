"""Training with too little memory: allocations really fail, beyond a limit that the kernel enforces."""

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from crisol_trainer.runtime.allocation import ran_out_of_memory
from tests.small_training import VOCABULARY, configuration, contents, train_here
from tests.started import Started
from tests.token_artifact import example_documents, write_artifact

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux enforces RLIMIT_AS")

#: Most of the memory that a step needs is its activations': 32 sequences take about 330 MiB, 8 about 90.
SETTINGS: dict[str, object] = {
    "architecture": {"layers": 2, "width": 64, "heads": 2, "context": 256, "dropout": 0.1},
    "batch": 32,
    "steps": 3,
    "evaluateEvery": 2,
    "checkpointEverySteps": None,
}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    write_artifact(folder / "training", example_documents(2000, vocabulary=VOCABULARY, seed=1))
    write_artifact(folder / "validation", example_documents(200, vocabulary=VOCABULARY, seed=2))
    return folder


@pytest.fixture(scope="module")
def eights(data: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The result of training without a memory limit, configured to use micro-batches of 8."""
    folder = tmp_path_factory.mktemp("eights")
    result, messages = train_here(folder, data, **SETTINGS, microBatch=8)
    assert result["microBatch"] == 8
    assert not [message for message in messages if message["type"] == "warn"]
    return contents(folder / "output")


def start(folder: Path, data: Path, monkeypatch: pytest.MonkeyPatch, *, spare: int) -> Started:
    """Train on whole batches, mapping at most `spare` MiB beyond what PyTorch itself takes."""
    monkeypatch.setenv("SPARE_MIB", str(spare))
    return Started("tests.limited_memory", configuration(folder, data, **SETTINGS, microBatch=None), folder)


def test_a_micro_batch_that_does_not_fit_in_memory_is_halved_and_the_batch_stays(
    data: Path, eights: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = start(tmp_path, data, monkeypatch, spare=130)
    try:
        messages = list(started.messages())
    finally:
        started.close()
    assert [message["message"] for message in messages if message["type"] == "warn"] == [
        "memory ran out with micro-batches of 32: micro-batches of 16 from step 1 on, within the same batch of 32",
        "memory ran out with micro-batches of 16: micro-batches of 8 from step 1 on, within the same batch of 32",
    ]
    done = messages[-1]
    assert done["type"] == "done", (done, started.errors.read_text())
    assert (done["result"]["batch"], done["result"]["microBatch"]) == (32, 8)
    assert contents(tmp_path / "output") == eights


def test_a_resumed_run_keeps_the_smaller_micro_batch(
    data: Path, eights: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = start(tmp_path, data, monkeypatch, spare=130)
    try:
        checkpoint = started.wait_for("checkpoint")
    finally:
        started.close()
    assert checkpoint["step"] == 1
    result, messages = train_here(tmp_path, data, **SETTINGS, microBatch=None, resumeFrom=checkpoint["path"])
    assert messages[0]["type"] == "step"
    assert result["microBatch"] == 8
    assert contents(tmp_path / "output") == eights


def test_a_trainer_that_follows_one_killed_for_lack_of_memory_keeps_to_a_limit(
    data: Path, eights: dict[str, bytes], tmp_path: Path
) -> None:
    limited = {**SETTINGS, "microBatch": None, "microBatchLimit": 9}
    result, messages = train_here(tmp_path, data, **limited)
    assert [message["type"] for message in messages[:3]] == ["warn", "step", "checkpoint"]
    expected = (
        "memory ran out with micro-batches of 32: micro-batches of 8 from step 1 on, within the same batch of 32"
    )
    assert messages[0]["message"] == expected
    assert result["microBatch"] == 8
    assert contents(tmp_path / "output") == eights
    _, again = train_here(tmp_path, data, **limited, resumeFrom=messages[2]["path"])
    assert again[0]["type"] == "step"


def test_a_single_sequence_that_does_not_fit_in_memory_is_a_failure_with_advice(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = start(tmp_path, data, monkeypatch, spare=8)
    try:
        *warnings, failure = started.messages()
    finally:
        started.close()
    assert [warning["type"] for warning in warnings] == ["warn"] * 5
    assert (failure["type"], failure["code"]) == ("fail", "OUT_OF_MEMORY")
    assert failure["what"].startswith("memory ran out with one sequence at a time: ")
    assert "smaller context" in failure["fix"]


def failure_of(allocate: Any) -> Exception:
    try:
        allocate()
    except Exception as error:
        return error
    raise AssertionError("there was room for it")


def test_failed_allocations_are_distinguished_from_other_errors() -> None:
    assert ran_out_of_memory(failure_of(lambda: torch.empty(1 << 60)))
    assert ran_out_of_memory(failure_of(lambda: np.ones(1 << 58)))
    assert ran_out_of_memory(failure_of(lambda: bytes(1 << 60)))
    assert ran_out_of_memory(torch.cuda.OutOfMemoryError())  # no test machine has a GPU to fill
    assert not ran_out_of_memory(failure_of(lambda: torch.zeros(2) @ torch.zeros(3)))
    assert not ran_out_of_memory(failure_of(lambda: int("x")))
