"""Calls a module's work in this process, with a real host whose messages go to a file: faster than a new process."""

import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from crisol_trainer.runtime.config import Config, read_config
from crisol_trainer.runtime.protocol import Host, JsonObject

C = TypeVar("C", bound=Config)
Message = dict[str, Any]


def call(
    work: Callable[[C, Host], JsonObject], config_class: type[C], config: Mapping[str, object], folder: Path
) -> tuple[JsonObject, list[Message]]:
    """The work's result, and the messages it sent."""
    folder.mkdir(parents=True, exist_ok=True)
    config_path, messages = folder / "config.json", folder / "messages.jsonl"
    config_path.write_text(json.dumps(config))
    descriptor = os.open(messages, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    try:
        result = work(read_config(config_class, config_path), Host(descriptor))
    finally:
        os.close(descriptor)
    return result, [json.loads(line) for line in messages.read_text().splitlines()]
