"""generate.py sequence|tasks N: writes dvc.yaml. The helper is not a declared dependency, as when nobody thinks of declaring it."""

import sys
from pathlib import Path

kind, n = sys.argv[1], int(sys.argv[2])
lines = ["stages:"]
for i in range(1, n + 1):
    deps = ["step.py"] + ([f"out/{i - 1}.json"] if kind == "sequence" and i > 1 else [])
    lines += [f"  s{i}:", f"    cmd: {sys.executable} step.py {kind} {i}", "    deps:", *[f"      - {d}" for d in deps]]
    lines += ["    outs:", f"      - out/{i}.json"]
Path("dvc.yaml").write_text("\n".join(lines) + "\n")
