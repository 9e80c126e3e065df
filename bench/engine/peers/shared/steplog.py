"""Notes in the file STEP_LOG which step starts and ends, and sleeps STEP_SLEEP seconds in between."""

import contextlib
import os
import time


def say(text):
    if path := os.environ.get("STEP_LOG"):
        with open(path, "a") as log:
            log.write(text + "\n")


@contextlib.contextmanager
def mark(i):
    say(f"start {i}")
    time.sleep(float(os.environ.get("STEP_SLEEP", "0")))
    yield
    say(f"end {i}")
