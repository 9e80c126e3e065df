"""Saved states of a training run: safetensors and JSON, complete or absent, verified when read. Loads PyTorch.

A checkpoint is a folder `step-00000120` of `model`, `optimizer`, `random`, `history` and, with early stopping, `best`
(`.safetensors`), `state.json`, and `digests.json` with the sha-256 of each of those.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

from crisol_trainer.runtime.durable import new_folder, remove_folder, write_json
from crisol_trainer.runtime.failure import Failure
from crisol_trainer.training.divergence import all_finite
from crisol_trainer.training.state.run_state import History, RunState

_VERSION = 1
_KEPT = 2
_DIGESTS = "digests.json"


class DamagedCheckpoint(Exception):
    """A checkpoint that differs from what was written."""


class BrokenState(Exception):
    """A state with a NaN or an infinity: it is not saved."""


@dataclass(kw_only=True, slots=True)
class Checkpoint:
    """All that a run needs to continue as if it had never stopped."""

    state: RunState
    #: The settings that affect the result, and the data's digests: what this checkpoint belongs to.
    settings: dict[str, str]
    model: dict[str, torch.Tensor]
    optimizer: dict[str, torch.Tensor]
    random: dict[str, torch.Tensor]
    #: The best weights by validation loss; None without early stopping.
    best: dict[str, torch.Tensor] | None


def save(checkpoint: Checkpoint, folder: Path) -> Path:
    """Write a checkpoint below a folder, delete all but the last two, and return its path.

    Raises BrokenState, with nothing written or deleted, when a weight or a moment is not a finite number.
    """
    parts = {"weights": checkpoint.model, "moments": checkpoint.optimizer, "best weights": checkpoint.best or {}}
    broken = [name for name, tensors in parts.items() if tensors and not all_finite(tensors.values())]
    if broken:
        raise BrokenState(f"its {' and '.join(broken)} contain values that are not finite numbers")
    path = folder / f"step-{checkpoint.state.step:08d}"
    history = checkpoint.state.history
    with new_folder(path) as temporary:
        save_file(checkpoint.model, temporary / "model.safetensors")
        save_file(checkpoint.optimizer, temporary / "optimizer.safetensors")
        save_file(checkpoint.random, temporary / "random.safetensors")
        if checkpoint.best is not None:
            save_file(checkpoint.best, temporary / "best.safetensors")
        save_file(
            {
                "loss": torch.tensor(history.loss, dtype=torch.float64),
                "learning_rate": torch.tensor(history.learning_rate, dtype=torch.float64),
                "gradient_norm": torch.tensor(history.gradient_norm, dtype=torch.float64),
                "evaluated_at": torch.tensor(history.evaluated_at, dtype=torch.int64),
                "validation_loss": torch.tensor(history.validation_loss, dtype=torch.float64),
            },
            temporary / "history.safetensors",
        )
        write_json(
            temporary / "state.json",
            {
                "version": _VERSION,
                "step": checkpoint.state.step,
                "microBatch": checkpoint.state.micro_batch,
                "bestStep": checkpoint.state.best_step,
                "bestLoss": checkpoint.state.best_loss,
                "evaluationsWithoutImprovement": checkpoint.state.evaluations_without_improvement,
                "settings": dict(checkpoint.settings),
            },
        )
        write_json(temporary / _DIGESTS, {file.name: _digest(file) for file in sorted(temporary.iterdir())})
    for old in sorted(folder.glob("step-*"))[:-_KEPT]:
        remove_folder(old)
    return path


def load(path: Path) -> Checkpoint:
    """Read a checkpoint.

    Raises DamagedCheckpoint unless every file is present and matches its digest.
    """
    _verify(path)
    state = json.loads((path / "state.json").read_bytes())
    if state["version"] != _VERSION:
        raise DamagedCheckpoint(f"{path} is of version {state['version']}, not {_VERSION}")
    history = load_file(path / "history.safetensors")
    best = path / "best.safetensors"
    return Checkpoint(
        state=RunState(
            micro_batch=state["microBatch"],
            step=state["step"],
            best_step=state["bestStep"],
            best_loss=state["bestLoss"],
            evaluations_without_improvement=state["evaluationsWithoutImprovement"],
            history=History(
                loss=history["loss"].tolist(),
                learning_rate=history["learning_rate"].tolist(),
                gradient_norm=history["gradient_norm"].tolist(),
                evaluated_at=history["evaluated_at"].tolist(),
                validation_loss=history["validation_loss"].tolist(),
            ),
        ),
        settings=state["settings"],
        model=load_file(path / "model.safetensors"),
        optimizer=load_file(path / "optimizer.safetensors"),
        random=load_file(path / "random.safetensors"),
        best=load_file(best) if best.exists() else None,
    )


def load_newest(path: Path, *, settings: dict[str, str], warn: Callable[[str], None]) -> Checkpoint | None:
    """The newest checkpoint that verifies; `path` is one, or a folder of them. None, with warnings, if there is none.

    Raises Failure BAD_CONFIG when it belongs to other settings or data.
    """
    candidates = [path] if (path / _DIGESTS).exists() else sorted(path.glob("step-*"), reverse=True)
    for candidate in candidates or [path]:
        try:
            checkpoint = load(candidate)
        except DamagedCheckpoint as damage:
            warn(f"skipped a damaged checkpoint: {damage}")
            continue
        _check_settings(checkpoint.settings, settings, candidate)
        return checkpoint
    warn(f"found no usable checkpoint in {path}: training starts over from its first step")
    return None


def _verify(path: Path) -> None:
    try:
        digests = json.loads((path / _DIGESTS).read_bytes())
        names = {file.name for file in path.iterdir()} - {_DIGESTS}
    except (OSError, ValueError) as error:
        raise DamagedCheckpoint(f"{path / _DIGESTS} is not readable ({error})") from error
    if not isinstance(digests, dict) or digests.keys() != names:
        raise DamagedCheckpoint(f"{path} does not hold the files that {_DIGESTS} lists")
    for name, digest in digests.items():
        if _digest(path / name) != digest:
            raise DamagedCheckpoint(f"{path / name} does not match its digest")


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(1 << 20):
            digest.update(piece)
    return digest.hexdigest()


def _check_settings(saved: dict[str, str], settings: dict[str, str], path: Path) -> None:
    differences = [
        f"{name} is {settings.get(name)}, but was {saved.get(name)}"
        for name in sorted(saved.keys() | settings.keys())
        if saved.get(name) != settings.get(name)
    ]
    if differences:
        raise Failure(
            code="BAD_CONFIG",
            what=f"the checkpoint belongs to a different training run: {'; '.join(differences)}",
            where=str(path),
            why="Continuing from it would give a model that neither configuration describes.",
            fix="Resume with the settings and data that it was saved with, or train from the start.",
        )
