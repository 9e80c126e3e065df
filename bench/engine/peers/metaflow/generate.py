"""generate.py sequence|tasks N: writes sequence.py (N steps between start and end) or tasks.py (a foreach of N)."""

import sys
from pathlib import Path

kind, n = sys.argv[1], int(sys.argv[2])
head = ["from metaflow import FlowSpec, step", "from helper import inc", "from steplog import mark", ""]
tail = ["", "if __name__ == '__main__':", f"    {kind.capitalize()}()"]
body = [f"class {kind.capitalize()}(FlowSpec):", "    @step", "    def start(self):"]
if kind == "sequence":
    body += ["        self.d = {'n': 0}", "        self.next(self.s1)"]
    for i in range(1, n + 1):
        body += ["    @step", f"    def s{i}(self):", f"        with mark({i}):", "            self.d = inc(self.d)"]
        body += [f"        self.next(self.{f's{i + 1}' if i < n else 'end'})"]
else:
    body += [f"        self.numbers = list(range({n}))", "        self.next(self.one, foreach='numbers')"]
    body += ["    @step", "    def one(self):", "        self.d = inc({'n': self.input})", "        self.next(self.join)"]
    body += ["    @step", "    def join(self, inputs):", "        self.count = len([i.d for i in inputs])", "        self.next(self.end)"]
body += ["    @step", "    def end(self):", "        pass"]
Path(f"{kind}.py").write_text("\n".join(head + body + tail) + "\n")
