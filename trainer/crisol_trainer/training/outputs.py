"""The files of a checkpoint artifact: their bytes depend only on the run's result. Loads PyTorch and Transformers."""

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import save_file

from crisol_trainer.runtime.durable import new_folder, write_json
from crisol_trainer.runtime.protocol import JsonObject
from crisol_trainer.training.loop import Training
from crisol_trainer.training.model import parameter_count
from crisol_trainer.training.tensorboard_events import write_events

_POINTS = 1000


def write_outputs(training: Training, *, reason: str, token_counts: NDArray[np.int64]) -> JsonObject:
    """Write model, unigram counts, history and event files into the output folder, and return a summary."""
    config, state = training.config, training.state
    result: JsonObject = {
        "step": state.step,
        "steps": config.steps,
        "stoppedBy": reason,
        "weights": "last" if training.best is None else "best",
        "weightsStep": state.step if training.best is None else state.best_step,
        "loss": state.history.loss[-1],
        "validationLoss": state.history.validation_loss[-1] if training.best is None else state.best_loss,
        "bestStep": state.best_step,
        "bestValidationLoss": state.best_loss,
        "parameters": parameter_count(training.model),
        "context": config.architecture.context,
        "vocabulary": config.vocabulary,
        "sequences": len(training.sequences),
        "tokens": len(training.sequences.stream),
        "batch": config.batch,
        "microBatch": state.micro_batch,
        "tokensSeen": state.step * config.batch * config.architecture.context,
    }
    with new_folder(Path(config.output)) as folder:
        _put(training, training.result_weights())
        training.model.save_pretrained(folder)
        save_file({"counts": torch.from_numpy(token_counts)}, folder / "unigram.safetensors")
        write_events(state.history, folder / "tensorboard")
        write_json(folder / "training.json", {**result, "history": _thinned(training)})
    return result


def _put(training: Training, weights: dict[str, torch.Tensor]) -> None:
    with torch.no_grad():
        for name, weight in training.model.named_parameters():
            weight.copy_(weights[name])


def _thinned(training: Training) -> JsonObject:
    """The history with at most a thousand training steps: the last step of each of equally long stretches."""
    history = training.state.history
    stride = -(-len(history.loss) // _POINTS)
    steps = [*range(stride, len(history.loss) + 1, stride)]
    return {
        "training": [
            {"step": n, "loss": history.loss[n - 1], "learningRate": history.learning_rate[n - 1]} for n in steps
        ],
        "validation": [
            {"step": n, "loss": loss} for n, loss in zip(history.evaluated_at, history.validation_loss, strict=True)
        ],
    }
