"""Trains as `crisol_trainer.training.train` does, but may map no more than SPARE_MIB beyond what PyTorch itself takes.

The limit is the kernel's (RLIMIT_AS): allocations beyond it fail as they do on a machine that has no more memory.
"""

import os
import resource
from pathlib import Path

from crisol_trainer.runtime.process_setup import prepare_process
from crisol_trainer.runtime.protocol import Host, JsonObject, serve
from crisol_trainer.training.train import train
from crisol_trainer.training.train_config import TrainConfig


def train_in_little_memory(config: TrainConfig, host: Host) -> JsonObject:
    prepare_process()
    import crisol_trainer.training.loop
    import crisol_trainer.training.outputs  # noqa: F401

    mapped = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    most = mapped + int(os.environ["SPARE_MIB"]) * 2**20
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    return train(config, host)


if __name__ == "__main__":
    serve(TrainConfig, train_in_little_memory)
