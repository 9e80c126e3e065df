import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { OpaqueModule, trainerClosure } from "./trainer-closure.ts";
import { TrainerModules } from "./trainer-modules.ts";

/** Files of a package, by their paths in it. */
type Files = { readonly [path: string]: string };

const start: Files = {
  "__init__.py": '"""A package."""\n',
  "start.py": `"""Starts."""
import json
from importlib import import_module
from typing import TYPE_CHECKING

import torch

from pack import tools as kit
from pack.loss import loss, rate
from pack.model import Model

if TYPE_CHECKING:
    from pack.types import Shape


def start(shape: "Shape") -> None:
    """Do it."""
    from pack.late import late

    try:
        from pack.fast import run
    except ImportError:
        from pack.slow import run
    # all at once
    print(json.dumps([run(loss(Model(shape, (rate))), late, kit.tool, import_module("pack.plugin").plug), torch]))


if __name__ == "__main__":
    start("x")
`,
  "tools.py": "tool = 1\n",
  "loss.py": "from pack.tools import tool\nrate = tool\n\n\ndef loss(x):\n    return x\n",
  "model.py": "import numpy as np\n\n\nclass Model:\n    size = np.ones(3)\n",
  "late.py": "late = 1\n",
  "fast.py": "from pack.ring import run\n",
  "slow.py": "def run(x):\n    return x\n",
  "ring.py": "from pack import gnir\n\n\ndef run(x):\n    return gnir.back(x)\n",
  "gnir.py": "from pack import ring\n\n\ndef back(x):\n    return x or ring.run(x)\n",
  "plugin.py": "plug = 2\n",
  "types.py": "Shape = str\n",
  "dpo.py": "from pack.start import start\n",
};

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "crisol-closure-"));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

function closure(files: Files, entry = "pack.start") {
  const folder = mkdtempSync(join(root, "trainer-"));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, "pack", path)), { recursive: true });
    writeFileSync(join(folder, "pack", path), text);
  }
  return trainerClosure(new TrainerModules(folder, "pack"), entry);
}

const digest = (files: Files, entry?: string) => closure(files, entry).digest;

const edit = (path: string, from: string | RegExp, to: string, files: Files = start): Files => {
  const before = files[path] ?? "";
  const after = before.replace(from, to);
  if (before === after) throw new Error(`the edit of ${path} changed nothing`);
  return { ...files, [path]: after };
};

/** Move modules, and adapt what imports them by their whole names. */
const move = (moves: { readonly [from: string]: string }, files: Files = start): Files => {
  const name = (path: string) => path.replace(".py", "").replaceAll("/", ".");
  const importing = (from: string) => ({
    package: name(from)
      .split(".")
      .slice(0, -1)
      .map((part) => `.${part}`)
      .join(""),
    module: name(from).split(".").at(-1) ?? "",
  });
  return Object.fromEntries(
    Object.entries(files).map(([path, text]) => {
      let moved = text;
      for (const [from, to] of Object.entries(moves)) {
        const { package: folder, module } = importing(to);
        moved = moved.replaceAll(`pack.${name(from)}`, `pack.${name(to)}`);
        moved = moved.replace(new RegExp(`from pack import ${name(from)}(?: as (\\w+))?$`, "gm"), (_, as = name(from)) => {
          return `from pack${folder} import ${module}${as === module ? "" : ` as ${as}`}`;
        });
      }
      return [moves[path] ?? path, moved];
    }),
  );
};

describe("changes nothing", () => {
  test.each<[string, Files]>([
    ["a new module, which imports the entry", { ...start, "dpo_2.py": "from pack.start import start\n" }],
    ["a module that the entry does not import", edit("dpo.py", /$/, "more = 1\n")],
    ["a comment", edit("start.py", "# all at once", "# one by one")],
    ["a docstring", edit("start.py", '"""Do it."""', '"""Do it now."""')],
    ["a docstring less", edit("__init__.py", /.*/, "")],
    ["blank lines", edit("loss.py", "\n\n\n", "\n\n\n\n# more\n\n")],
    ["layout", edit("start.py", "print(json", "print(\n        json")],
    ["quotes", edit("start.py", 'start("x")', "start('x')")],
    ["line ends", edit("start.py", /\n/g, "\r\n")],
    ["the order of imports", edit("start.py", /(from pack import.*\n)(from pack.loss.*\n)/, "$2$1")],
    ["the order of names of an import", edit("start.py", "loss, rate", "rate, loss")],
    ["an import in brackets", edit("start.py", "import loss, rate", "import (\n    loss,\n    rate,\n)")],
    ["a relative import", edit("start.py", "from pack.model", "from .model")],
    ["a module of a relative import", edit("start.py", "from pack import tools", "from . import tools")],
    ["a module, imported in another way", edit("start.py", "from pack import tools as kit", "import pack.tools as kit")],
    ["an import for types alone", edit("start.py", "from pack.types import Shape", "from pack.other_types import Shape")],
    ["a module that only types need", edit("types.py", "str", "int")],
    ["a module renamed", move({ "loss.py": "losses.py" })],
    ["a module moved into a folder", move({ "tools.py": "deep/er/tools.py" })],
    ["modules moved and renamed", move({ "tools.py": "deep/gear.py", "loss.py": "deep/loss.py", "plugin.py": "deep/plug.py" })],
    ["a circle moved", move({ "ring.py": "rings/one.py", "gnir.py": "rings/two.py" })],
    ["modules moved into packages", { ...move({ "loss.py": "deep/loss.py" }), "deep/__init__.py": '"""Deep."""\n' }],
  ])("%s", (_, files) => {
    expect(digest(files)).toBe(digest(start));
  });

  test("the entry moved", () => {
    expect(digest(move({ "start.py": "starting/start.py" }), "pack.starting.start")).toBe(digest(start));
  });
});

describe("changes the digest", () => {
  test.each<[string, Files]>([
    ["a line of the entry", edit("start.py", 'start("x")', 'start("y")')],
    ["a line of a module", edit("loss.py", "return x", "return -x")],
    ["of one two imports away", edit("tools.py", "1", "2")],
    ["of one that a function imports", edit("late.py", "1", "2")],
    ["of one that is tried", edit("fast.py", /$/, "more = 1\n")],
    ["of one that is tried if another fails", edit("slow.py", "return x", "return 1")],
    ["of one in a circle", edit("gnir.py", "x or", "x and")],
    ["of one that is imported by a text", edit("plugin.py", "2", "3")],
    ["a package that runs something", edit("__init__.py", /$/, "import torch\n")],
    ["a package around a module that runs something", { ...move({ "tools.py": "deep/tools.py" }), "deep/__init__.py": "import torch\n" }],
    ["a name that an import binds", edit("start.py", "import tools as kit", "import tools as gear")],
    ["a name that is imported", edit("start.py", "loss, rate", "loss, rate as ratio")],
    ["a package that is imported", edit("model.py", "numpy as np", "nympy as np")],
    ["modules that change places", edit("start.py", "pack.late import late", "pack.plugin import plug as late")],
    ["the order of an import and a statement", edit("loss.py", /(from.*\n)(rate.*\n)/, "$2$1")],
    ["the type of an argument, which a program can read", edit("start.py", 'shape: "Shape"', 'shape: "Size"')],
    ["what TYPE_CHECKING says", edit("start.py", "import TYPE_CHECKING\n", "import TYPE_CHECKING\nTYPE_CHECKING = True\n")],
  ])("%s", (_, files) => {
    expect(digest(files)).not.toBe(digest(start));
  });

  test("imports of one name, of which the last counts", () => {
    const files = { "a.py": "x = 1\n", "b.py": "x = 2\n", "start.py": "from pack.a import x\nfrom pack.b import x\n" };
    expect(digest(edit("start.py", /(.*\n)(.*\n)/, "$2$1", files))).not.toBe(digest(files));
  });

  test("one module instead of two that are alike: they would share what they keep", () => {
    const files = { "a.py": "x = []\n", "b.py": "x = []\n", "start.py": "from pack.a import x\nfrom pack.b import x as y\n" };
    expect(digest(edit("start.py", "pack.b", "pack.a", files))).not.toBe(digest(files));
  });

  test("modules of a circle that are alike, and change places", () => {
    const ring = (next: string) => `from pack import ${next} as next\nx = []\n`;
    const files = {
      "a.py": ring("b"),
      "b.py": ring("c"),
      "c.py": ring("a"),
      "start.py": "from pack.a import next\nfrom pack.b import x\n",
    };
    expect(digest(edit("start.py", "pack.b", "pack.c", files))).not.toBe(digest(files));
  });

  test("modules that change names, where they are reached through their package", () => {
    const files = { "a.py": "x = 1\n", "b.py": "x = 2\n", "start.py": "import pack.a\nimport pack.b\nprint(pack.a.x)\n" };
    expect(digest({ ...files, "a.py": files["b.py"], "b.py": files["a.py"] })).not.toBe(digest(files));
  });

  test("a module that says its name, renamed", () => {
    const files = edit("loss.py", "return x", "return __name__");
    expect(digest(move({ "loss.py": "losses.py" }, files))).not.toBe(digest(files));
  });
});

test("what is imported from elsewhere, however far away", () => {
  expect([...closure(start).elsewhere.keys()].sort()).toEqual(["importlib", "json", "numpy", "torch", "typing"]);
});

test.each([
  ["a module named by something else than a text", "import_module(name)"],
  ["a module named by a text that is put together", 'import_module(f"pack.{name}")'],
  ["import_module by another name", "load = import_module"],
  ["a text that begins like a module's name", 'run(["-m", "pack.nothing"])'],
  ["a module that is not there", "from pack.nothing import x"],
  ["everything of a package", "from pack import *"],
  ["what was loaded", "import sys\nsys.modules[name]"],
  ["files beside the code", "open(__file__)"],
  ["files in the package's folder", 'open("pack/data.json")'],
  ["docstrings", "print(start.__doc__)"],
  ["code as text", 'exec("import torch")'],
  ["a way of its own to import", "import pkgutil"],
  ["Python that cannot be read", "def f(:"],
])("cannot be followed: %s", (_, line) => {
  expect(() => closure(edit("loss.py", /$/, `${line}\n`))).toThrow(OpaqueModule);
});
