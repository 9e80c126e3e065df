"""Train a model.

PYTHONPATH=trainer python -m crisol_trainer.training.train config.json
"""

from pathlib import Path

from crisol_trainer.data.batches import Sequences
from crisol_trainer.data.token_stream import open_tokens
from crisol_trainer.runtime.process_setup import prepare_process
from crisol_trainer.runtime.protocol import Host, JsonObject, serve
from crisol_trainer.training.memory import require_memory
from crisol_trainer.training.train_config import TrainConfig


def train(config: TrainConfig, host: Host) -> JsonObject:
    """Train as configured, write the checkpoint artifact's files, and return the run's figures."""
    tokens = open_tokens(Path(config.tokens), vocabulary=config.vocabulary)
    validation = open_tokens(Path(config.validation), vocabulary=config.vocabulary)
    for name, stream in {"training": tokens, "validation": validation}.items():
        # too few tokens are reported before PyTorch is loaded
        Sequences(stream=stream, context=config.architecture.context, name=name)
    require_memory(config.architecture, vocabulary=config.vocabulary)
    prepare_process()
    from crisol_trainer.training.loop import Training
    from crisol_trainer.training.outputs import write_outputs

    training = Training(config, tokens, validation, host)
    return write_outputs(training, reason=training.run(), token_counts=tokens.counts)


if __name__ == "__main__":
    serve(TrainConfig, train)
