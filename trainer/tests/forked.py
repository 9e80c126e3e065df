"""Starts trainers by fork from a process that has loaded PyTorch: each is a separate process, and trains at once.

A trainer started like this runs from its first line on, like one started by a host; only the seconds that PyTorch
takes to load are saved.
"""

import json
import multiprocessing
import os
import sys
from collections.abc import Iterator, Mapping
from multiprocessing.connection import Connection
from pathlib import Path

from crisol_trainer.runtime.protocol import COMMANDS, MESSAGES, serve
from crisol_trainer.training.train import train
from crisol_trainer.training.train_config import TrainConfig
from tests.started import TRAINER, Message


class Forked:
    """A running trainer, and the messages it sends."""

    def __init__(self, config: Mapping[str, object], folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        config_path = folder / "config.json"
        config_path.write_text(json.dumps(config))
        os.environ["PYTHONPATH"] = str(TRAINER)  # where the fork server finds what to load
        server = multiprocessing.get_context("forkserver")
        server.set_forkserver_preload(["tests.preloaded"])
        commands, self._commands = server.Pipe(duplex=False)
        reader, messages = server.Pipe(duplex=False)
        self.process = server.Process(target=_serve, args=(str(config_path), commands, messages), daemon=True)
        self.process.start()
        commands.close()
        messages.close()
        self._lines = os.fdopen(os.dup(reader.fileno()), "rb")
        reader.close()

    def messages(self) -> Iterator[Message]:
        """The messages from here on, until the trainer ends."""
        for line in self._lines:
            if line.endswith(b"\n"):  # otherwise it died within a line
                yield json.loads(line)

    def kill(self) -> None:
        """Send SIGKILL and wait for its end; fails if it had ended by itself."""
        self.process.kill()
        self.process.join()
        self._lines.close()
        self._commands.close()
        assert self.process.exitcode == -9, f"the trainer ended with {self.process.exitcode} before it was killed"


def _serve(config: str, commands: Connection, messages: Connection) -> None:
    os.dup2(commands.fileno(), COMMANDS)
    os.dup2(messages.fileno(), MESSAGES)
    sys.argv = ["train", config]
    serve(TrainConfig, train)
