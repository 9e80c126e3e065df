"""A training run that takes a second, and the files it leaves."""

from pathlib import Path
from typing import Any

from crisol_trainer.runtime.protocol import JsonObject
from crisol_trainer.training.train import train
from crisol_trainer.training.train_config import TrainConfig
from tests.called import Message, call
from tests.token_artifact import example_documents, write_artifact

VOCABULARY = 64
STEPS = 60


def write_data(folder: Path) -> Path:
    """Tokens to train and to validate on."""
    write_artifact(folder / "training", example_documents(60, vocabulary=VOCABULARY, seed=1), shards=3)
    write_artifact(folder / "validation", example_documents(10, vocabulary=VOCABULARY, seed=2))
    return folder


def configuration(folder: Path, data: Path, **settings: object) -> dict[str, Any]:
    """A complete configuration; every feature that has a state is on."""
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
        "checkpointEverySeconds": 86_400,
        "device": "cpu",
        "threads": 1,
        **settings,
    }


def train_here(folder: Path, data: Path, **settings: object) -> tuple[JsonObject, list[Message]]:
    """Train in this process."""
    return call(train, TrainConfig, configuration(folder, data, **settings), folder)


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below a folder."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}
