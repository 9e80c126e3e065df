"""What checkpoints cost at the default interval, and one of them beside `torch.save` of the same state:

    .venv/bin/python bench/checkpoints.py [SECONDS]

For the quickstart's model and one of 69 million parameters: a real trainer trains for SECONDS (150 if not given) and
on until its next checkpoint, and reports how long it paused for each before that one: their sum is shown as a share
of the time. Then one state is saved in turn by crisol (with the digests that a load verifies, fsynced) and by
`torch.save` and fsync. Exits with 1 when a share is above 5 %.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT / "trainer")]

from crisol_trainer.runtime.process_setup import prepare_process  # noqa: E402

prepare_process()

import numpy as np  # noqa: E402
import torch  # noqa: E402

from crisol_trainer.training.state import checkpoint as checkpoints  # noqa: E402
from crisol_trainer.training.state import random_state  # noqa: E402
from crisol_trainer.training.model import build_optimizer  # noqa: E402
from crisol_trainer.training.new_model import build_model  # noqa: E402
from crisol_trainer.training.state.optimizer_state import allocate_moments, optimizer_tensors  # noqa: E402
from crisol_trainer.training.state.run_state import RunState  # noqa: E402
from crisol_trainer.data.shard_writer import ShardWriter  # noqa: E402
from crisol_trainer.training.train_config import Architecture  # noqa: E402

MODELS = {
    "quickstart": (Architecture(layers=4, width=256, heads=4), 4096, 6),
    "69 million": (Architecture(layers=8, width=768, heads=12), 16_000, 1),
}
Message = dict[str, Any]
MOST = 0.05
REPEATS = 5


def write_tokens(folder: Path, *, vocabulary: int) -> Path:
    """A shard of 200,000 random tokens."""
    (folder / "tokens").mkdir(parents=True)
    with ShardWriter(folder / "tokens" / "00000", vocabulary) as writer:
        ids = np.random.default_rng(1).integers(1, vocabulary, 200_000, dtype=np.uint32)
        writer.write(ids, np.full(200, 1000), [3000] * 200)
    return folder


def train(architecture: Architecture, vocabulary: int, batch: int, folder: Path) -> Generator[Message, None, None]:
    """Train for ever with the defaults; yield the messages."""
    tokens = str(write_tokens(folder / "tokens", vocabulary=vocabulary))
    config = folder / "config.json"
    shape = {"layers": architecture.layers, "width": architecture.width, "heads": architecture.heads}
    places = {"output": str(folder / "output"), "checkpoints": str(folder / "checkpoints")}
    settings = {"tokens": tokens, "validation": tokens, "vocabulary": vocabulary, "batch": batch, "steps": 1_000_000}
    config.write_text(json.dumps({**settings, **places, "architecture": shape, "evaluateEvery": 1_000_000}))
    command = [sys.executable, "-m", "crisol_trainer.training.train", str(config)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "trainer"), "CUDA_VISIBLE_DEVICES": ""}
    with subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as trainer:
        assert trainer.stdout is not None
        try:
            yield from map(json.loads, trainer.stdout)
        finally:
            trainer.kill()


def costs_of(messages: Iterator[Message], seconds: float) -> tuple[list[float], float]:
    """The cost of each checkpoint in seconds, and the seconds in which they were saved: up to the start of one more."""
    costs: list[float] = []
    assert next(messages)["type"] == "step"
    began = time.monotonic()
    for message in messages:
        if message["type"] == "warn":
            print(f"{'':12} the trainer warns: {message['message']}")
        if message["type"] == "checkpoint":
            until = time.monotonic() - message["seconds"] - began
            if costs and until >= seconds:
                return costs, until
            costs.append(message["seconds"])
    raise AssertionError("the trainer ended by itself")


def save_in_turn(architecture: Architecture, vocabulary: int, folder: Path) -> tuple[float, float]:
    """Seconds that crisol and `torch.save` take for one state, each the median of some."""
    model = build_model(architecture, vocabulary=vocabulary, end_of_text=0, seed=1)
    optimizer = build_optimizer(model, weight_decay=0.1, betas=(0.9, 0.95))
    allocate_moments(optimizer)
    ours, theirs = [], []
    for step in range(REPEATS):
        began = time.monotonic()
        state = checkpoints.Checkpoint(
            state=RunState(micro_batch=1, step=step),
            settings={},
            model={name: weight.detach() for name, weight in model.named_parameters()},
            optimizer=optimizer_tensors(optimizer),
            random=random_state.capture(),
            best=None,
        )
        checkpoints.save(state, folder)
        ours.append(time.monotonic() - began)
        began = time.monotonic()
        with (folder / "state.pt").open("wb") as file:
            torch.save({"model": model.state_dict(), "optimizer": optimizer.state_dict()}, file)
            os.fsync(file.fileno())
        theirs.append(time.monotonic() - began)
    return statistics.median(ours), statistics.median(theirs)


def main() -> None:
    """Measure both models."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 150.0
    shares = []
    for name, (architecture, vocabulary, batch) in MODELS.items():
        with tempfile.TemporaryDirectory() as folder:
            messages = train(architecture, vocabulary, batch, Path(folder))
            costs, until = costs_of(messages, seconds)
            messages.close()
            ours, theirs = save_in_turn(architecture, vocabulary, Path(folder, "in-turn"))
        shares.append(sum(costs) / until)
        each = ", ".join(f"{cost:.2f}" for cost in costs)
        print(f"{name:12} {len(costs)} checkpoints in {until:.0f} s, of {each} s: {shares[-1]:.2%} of the time")
        print(f"{'':12} one state: crisol {ours:.2f} s   torch.save {theirs:.2f} s   ratio {ours / theirs:.2f}")
    if max(shares) > MOST:
        sys.exit(1)


if __name__ == "__main__":
    main()
