"""How a module and its host communicate, and that a module never outlives its host."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.started import TRAINER, Started, run

MODULE = "tests.answering_module"


def test_done_carries_the_result(tmp_path: Path) -> None:
    assert run(MODULE, {"do": "finish", "batchSize": 3}, tmp_path) == {"type": "done", "result": {"batchSize": 3}}


def test_a_failure_is_reported_in_four_parts(tmp_path: Path) -> None:
    parts = {"code": "BAD_DATA", "what": "w", "where": "x", "why": "y", "fix": "z"}
    assert run(MODULE, {"do": "fail"}, tmp_path) == {"type": "fail", **parts}


@pytest.mark.parametrize(("do", "code"), [("fill memory", "OUT_OF_MEMORY"), ("fill disk", "ENVIRONMENT")])
def test_limits_of_the_machine_have_codes(tmp_path: Path, do: str, code: str) -> None:
    message = run(MODULE, {"do": do}, tmp_path)
    assert (message["type"], message["code"]) == ("fail", code)


def test_a_bug_is_a_traceback_and_no_message(tmp_path: Path) -> None:
    started = Started(MODULE, {"do": "break"}, tmp_path)
    message = started.finish()
    assert message["type"] == "none"
    assert "KeyError: 'a bug'" in message["stderr"]
    assert started.process.returncode == 70


def test_all_problems_of_a_configuration_are_reported_at_once(tmp_path: Path) -> None:
    message = run(MODULE, {"do": "dance", "batchSize": "many", "speed": 1}, tmp_path)
    assert (message["type"], message["code"]) == ("fail", "BAD_CONFIG")
    for problem in (
        "do: Input should be 'finish', 'fail'",
        "batchSize: Input should be a valid integer",
        "speed: Extra inputs are not permitted",
    ):
        assert problem in message["what"]


def test_failed_checks_name_the_settings_as_in_json(tmp_path: Path) -> None:
    message = run(MODULE, {"do": "finish", "batchSize": 0, "rate": 0}, tmp_path)
    assert (
        "batchSize: Input should be greater than or equal to 1; rate: Input should be greater than 0"
        in message["what"]
    )


def test_a_missing_setting_is_reported(tmp_path: Path) -> None:
    assert "do: Field required" in run(MODULE, {}, tmp_path)["what"]


def test_stop_is_answered(tmp_path: Path) -> None:
    started = Started(MODULE, {"do": "wait"}, tmp_path)
    started.wait_for("progress")
    started.command("stop")
    assert started.finish() == {"type": "stopped", "step": 7}
    assert started.process.returncode == 0


def test_steps_are_reported_five_times_a_second_and_the_last_always(tmp_path: Path) -> None:
    started = Started(MODULE, {"do": "steps"}, tmp_path)
    begin = time.monotonic()
    steps = [message["step"] for message in started.messages() if message["type"] == "step"]
    assert steps[0] == 1
    assert steps[-1] == 100
    assert len(steps) <= 2 + (time.monotonic() - begin) / 0.2


def test_the_end_of_standard_input_ends_the_module(tmp_path: Path) -> None:
    started = Started(MODULE, {"do": "wait"}, tmp_path)
    started.wait_for("progress")
    assert started.process.stdin is not None
    started.process.stdin.close()
    assert started.process.wait(timeout=10) == 2


def test_the_end_of_its_reader_ends_the_module(tmp_path: Path) -> None:
    started = Started(MODULE, {"do": "steps"}, tmp_path)
    started.wait_for("step")
    os.close(started.detach_reader())
    assert started.process.wait(timeout=10) == 2


def test_a_killed_parent_takes_the_module_along(tmp_path: Path) -> None:
    config = tmp_path / "config.json"
    config.write_text('{"do": "wait"}')
    program = (
        "import subprocess, sys, time\n"
        f"child = subprocess.Popen([sys.executable, '-m', {MODULE!r}, {str(config)!r}])\n"
        "print(child.pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    # This test holds standard input open, so that only the parent's death can end the child.
    parent = subprocess.Popen(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": str(TRAINER)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    assert b"progress" in parent.stdout.readline()
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    deadline = time.monotonic() + 10
    while _is_running(child):
        assert time.monotonic() < deadline, "the module outlived its parent"
        time.sleep(0.02)


def _is_running(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False
