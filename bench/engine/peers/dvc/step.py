"""step.py sequence|tasks I: one step."""

import json
import sys
from pathlib import Path

from helper import inc
from steplog import mark

kind, i = sys.argv[1], int(sys.argv[2])
out = Path("out")
out.mkdir(exist_ok=True)
before = {"n": 0} if kind == "tasks" or i == 1 else json.loads((out / f"{i - 1}.json").read_text())
with mark(i):
    result = inc(before)
(out / f"{i}.json").write_text(json.dumps(result))
