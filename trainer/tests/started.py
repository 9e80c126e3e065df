"""Starts a module of the trainer as a host does: messages on descriptor 3, commands on standard input."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

TRAINER = Path(__file__).parent.parent
Message = dict[str, Any]


class Started:
    """A running module, and the messages it sends."""

    def __init__(self, module: str, config: Mapping[str, object], folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        config_path = folder / "config.json"
        config_path.write_text(json.dumps(config))
        reader, writer = os.pipe()
        self.errors = folder / "stderr.txt"
        with self.errors.open("wb") as errors:
            self.process = subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    module if module.startswith("tests.") else f"crisol_trainer.{module}",
                    str(config_path),
                ],
                env={**os.environ, "PYTHONPATH": str(TRAINER), "CUDA_VISIBLE_DEVICES": ""},
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=errors,
                pass_fds=(3,),
                preexec_fn=lambda: os.dup2(writer, 3),
            )
        os.close(writer)
        self._lines = os.fdopen(reader, "rb")

    def messages(self) -> Iterator[Message]:
        """The messages from here on, until the module ends."""
        for line in self._lines:
            yield json.loads(line)

    def wait_for(self, kind: str, *, step: int = 0) -> Message:
        """The next message of a type (from a step on)."""
        for message in self.messages():
            if message["type"] == kind and message.get("step", step) >= step:
                return message
        raise AssertionError(f"ended without a message {kind}: {self.errors.read_text()}")

    def command(self, line: str) -> None:
        """Send a line on standard input."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{line}\n".encode())
        self.process.stdin.flush()

    def finish(self) -> Message:
        """Wait for the end; the last message."""
        last: Message = {"type": "none", "stderr": ""}
        for message in self.messages():
            last = message
        self.process.wait()
        return last if last["type"] != "none" else {"type": "none", "stderr": self.errors.read_text()}

    def detach_reader(self) -> int:
        """Take the messages' descriptor away, to close it."""
        descriptor = os.dup(self._lines.fileno())
        self._lines.close()
        return descriptor

    def close(self) -> None:
        """End it, whatever state it is in."""
        self.process.kill()
        self.process.wait()
        self._lines.close()
        assert self.process.stdin is not None
        self.process.stdin.close()


def run(module: str, config: Mapping[str, object], folder: Path) -> Message:
    """Run a module to its end; its last message."""
    started = Started(module, config, folder)
    try:
        return started.finish()
    finally:
        started.close()
