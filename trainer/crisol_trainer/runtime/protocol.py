"""How a module communicates with the host that started it: messages on descriptor 3, commands on standard input.

    def work(config: ScoreConfig, host: Host) -> JsonObject:
        host.progress(done=1, total=2, unit="documents")
        return {"documents": 2}

    if __name__ == "__main__":
        serve(ScoreConfig, work)

Messages are those of schemas/trainer/messages.ts. Started by hand, without a descriptor 3, a module prints them on
standard output.
"""

import ctypes
import json
import os
import signal
import stat
import sys
import threading
import time
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NoReturn, TypeAlias, TypeVar

from crisol_trainer.runtime.config import Config, read_config
from crisol_trainer.runtime.failure import Failure, as_failure

Json: TypeAlias = "str | int | float | bool | list[Json] | dict[str, Json] | None"
JsonObject: TypeAlias = dict[str, Json]
C = TypeVar("C", bound=Config)

MESSAGES = 3
COMMANDS = 0
#: Exit codes: after `done` or `stopped`; after `fail`; when the host is gone; after a bug, its traceback being on
#: standard error.
EXIT_OK, EXIT_FAILED, EXIT_ORPHANED, EXIT_BUG = 0, 1, 2, 70

_PR_SET_PDEATHSIG = 1
_SECONDS_BETWEEN_STEPS = 0.2


class Stopped(Exception):
    """Raised by a module that was asked to stop, once everything worth keeping is saved."""

    def __init__(self, step: int = 0) -> None:
        super().__init__(f"stopped at step {step}")
        self.step = step


class Host:
    """The process that started this one."""

    def __init__(self, messages: int) -> None:
        self._messages = messages
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._last_step = 0.0

    @property
    def stop_requested(self) -> bool:
        """Whether the host asked the module to save and end: save a checkpoint, then raise Stopped."""
        return self._stop.is_set()

    def request_stop(self) -> None:
        """Handle the line `stop` on standard input."""
        self._stop.set()

    def step(self, **figures: float) -> None:
        """Report a training step; at most five per second are sent, and always the last of a run."""
        now = time.monotonic()
        if now - self._last_step >= _SECONDS_BETWEEN_STEPS or figures["step"] == figures["steps"]:
            self._last_step = now
            self._send({"type": "step", **figures})

    def evaluation(self, *, step: int, loss: float) -> None:
        """Report the loss on the validation tokens after a step."""
        self._send({"type": "eval", "step": step, "loss": loss})

    def checkpoint(self, *, step: int, path: Path, seconds: float) -> None:
        """Report a complete, fsynced folder, which training paused to save; keep it until two more are reported."""
        self._send({"type": "checkpoint", "step": step, "path": str(path), "seconds": seconds})

    def progress(self, *, done: float, total: float | None = None, unit: str) -> None:
        """Report the progress of work without steps."""
        self._send({"type": "progress", "done": done, "unit": unit, **({} if total is None else {"total": total})})

    def warn(self, message: str) -> None:
        """Report something that people should know but that does not stop the work."""
        self._send({"type": "warn", "message": message})

    def done(self, result: JsonObject) -> None:
        """Report that the work is done and its outputs are where the configuration says."""
        self._send({"type": "done", "result": result})

    def stopped(self, *, step: int) -> None:
        """Answer a `stop`."""
        self._send({"type": "stopped", "step": step})

    def fail(self, failure: Failure) -> None:
        """Report an error in its four parts."""
        parts = {part: getattr(failure, part) for part in ("code", "what", "where", "why", "fix")}
        self._send({"type": "fail", **parts})

    def _send(self, message: Mapping[str, object]) -> None:
        line = json.dumps(message, ensure_ascii=False, allow_nan=False).encode() + b"\n"
        with self._lock:
            try:
                while line:
                    line = line[os.write(self._messages, line) :]
            except BrokenPipeError:
                os._exit(EXIT_ORPHANED)


def serve(config_class: type[C], work: Callable[[C, Host], JsonObject]) -> NoReturn:
    """Run a module's work on the configuration named on the command line, and exit."""
    host = Host(MESSAGES if _is_pipe(MESSAGES) else sys.stdout.fileno())
    _die_with_parent()
    threading.Thread(target=_listen, args=(host,), daemon=True, name="commands").start()
    sys.stdout.flush()
    code = _answer(host, config_class, work)
    sys.stderr.flush()
    os._exit(code)  # the libraries' own teardown takes up to a second and can only fail


def _answer(host: Host, config_class: type[C], work: Callable[[C, Host], JsonObject]) -> int:
    try:
        if len(sys.argv) != 2:
            raise _usage_failure()
        host.done(work(read_config(config_class, Path(sys.argv[1])), host))
    except Stopped as stopped:
        host.stopped(step=stopped.step)
    except Exception as error:
        failure = as_failure(error)
        if failure is None:
            traceback.print_exc()
            return EXIT_BUG
        if not isinstance(error, Failure):
            traceback.print_exc()
        host.fail(failure)
        return EXIT_FAILED
    return EXIT_OK


def _usage_failure() -> Failure:
    return Failure(
        code="BAD_CONFIG",
        what=f"expected one argument, the configuration's path, not {len(sys.argv) - 1}",
        where="the trainer's command line",
        why="All settings come from that file.",
        fix="Start it as `python -m crisol_trainer.<part>.<module> config.json`.",
    )


def _is_pipe(descriptor: int) -> bool:
    try:
        mode = os.fstat(descriptor).st_mode
    except OSError:
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)


def _die_with_parent() -> None:
    """Let the kernel kill this process when its parent dies; on other systems the end of standard input ends it."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def _listen(host: Host) -> None:
    rest = b""
    while chunk := os.read(COMMANDS, 4096):
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            if line.strip() == b"stop":
                host.request_stop()
    os._exit(EXIT_ORPHANED)
