"""Fifty kills over one training run, each of a real process while it trains, saves, loads or writes its outputs."""

import json
import random
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from tests.forked import Forked
from tests.small_training import configuration, contents, train_here, write_data
from tests.started import Message, run

KILLS = 50
SEED = 7


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_data(tmp_path_factory.mktemp("data"))


def go_on(folder: Path, data: Path, **settings: object) -> dict[str, Any]:
    """The configuration of a run that continues from its last checkpoint, if there is one."""
    checkpoints = folder / "checkpoints"
    saved = checkpoints.exists() and any(checkpoints.glob("step-*"))
    return configuration(folder, data, resumeFrom=str(checkpoints) if saved else None, **settings)


def marks(messages: Iterator[Message]) -> Iterator[Message]:
    """Messages that come at known steps, however fast the steps are."""
    return (message for message in messages if message["type"] in ("checkpoint", "eval"))


def test_fifty_sigkills_at_random_moments_change_no_byte(data: Path, tmp_path: Path) -> None:
    print(f"seed {SEED}")
    settings: dict[str, object] = {"steps": 400, "checkpointEverySteps": 4, "evaluateEvery": 5}
    whole = run("training.train", configuration(tmp_path / "whole", data, **settings), tmp_path / "whole")
    assert whole["type"] == "done", whole

    draw, broken, saved = random.Random(SEED), tmp_path / "broken", 0
    for kill in range(1, KILLS):
        trainer = Forked(go_on(broken, data, **settings), broken)
        messages = trainer.messages()
        count = draw.choice([0, 1, 1, 2, 3])
        if count > 0:
            first = next(messages)
            assert first["step"] > saved, f"seed {SEED}: kill {kill - 1} cost work that was saved"
            for mark in islice(marks(messages), count):
                saved = max(saved, mark["step"] if mark["type"] == "checkpoint" else 0)
        time.sleep(draw.random() * (0.02 if count > 0 else 0.2))
        trainer.kill()
    print(f"saved step {saved} of 400 after {KILLS - 1} kills")
    assert 0 < saved < 400
    trainer = Forked(go_on(broken, data, **settings), broken)
    assert any(message["type"] == "step" and message["step"] == 400 for message in trainer.messages())
    trainer.kill()

    last = run("training.train", go_on(broken, data, **settings), broken)
    assert last["type"] == "done", (f"seed {SEED}", last)
    assert contents(broken / "output") == contents(tmp_path / "whole" / "output"), f"seed {SEED}"


def test_patience_keeps_counting_after_kills_between_evaluations(data: Path, tmp_path: Path) -> None:
    settings: dict[str, object] = {
        "learningRate": 0.03,
        "steps": 5000,
        "evaluateEvery": 25,
        "patience": 3,
        "checkpointEverySteps": 10,
    }
    result, _ = train_here(tmp_path / "whole", data, **settings)
    assert result["stoppedBy"] == "patience"
    best = result["bestStep"]
    assert isinstance(best, int)

    broken = tmp_path / "broken"
    for evaluations in (1, 2):
        trainer = Forked(go_on(broken, data, **settings), broken)
        step = best + 25 * evaluations
        assert any(mark["type"] == "checkpoint" and mark["step"] > step for mark in marks(trainer.messages()))
        trainer.kill()
        newest = max((broken / "checkpoints").glob("step-*"))
        state = json.loads((newest / "state.json").read_bytes())
        assert (state["bestStep"], state["evaluationsWithoutImprovement"]) == (best, evaluations)
    again, _ = train_here(broken, data, resumeFrom=str(broken / "checkpoints"), **settings)
    assert again == result
    assert contents(broken / "output") == contents(tmp_path / "whole" / "output")
