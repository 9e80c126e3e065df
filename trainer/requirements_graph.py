"""Write requirements.graph.json: what each package of requirements.lock brings along, read from what is installed.

    .venv/bin/python trainer/requirements_graph.py [--check]

From the two files crisol knows which packages a module of the trainer needs, and so what its results depend on.
`--check` writes nothing and fails (exit code 1) when the file is not that of the lock.

A package that is needed on some systems or Pythons alone is listed for all, so that the file is the same wherever it
is written. Packages that are not in the lock are left out.
"""

import json
import sys
from collections.abc import Iterator
from importlib.metadata import distribution, packages_distributions
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

FOLDER = Path(__file__).parent
LOCK = FOLDER / "requirements.lock"
GRAPH = FOLDER / "requirements.graph.json"


def main(arguments: list[str]) -> int:
    """Write or check the graph; the exit code."""
    lines = [line for line in LOCK.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
    locked = {canonicalize_name(name): version for name, version in (line.split("==") for line in lines)}
    other = [name for name, version in locked.items() if distribution(name).version.split("+")[0] != version]
    if other:
        print(f"installed in another version than {LOCK.name} says: {', '.join(other)}", file=sys.stderr)
        return 1
    modules = modules_by_package()
    packages = [
        {
            "name": name,
            "version": version,
            "modules": sorted(modules.get(name, [])),
            "needs": sorted(set(needs(name, frozenset())) & locked.keys()),
        }
        for name, version in sorted(locked.items())
    ]
    rows = ",\n".join(f"  {json.dumps(package)}" for package in packages)
    text = f"[\n{rows}\n]\n"
    if "--check" not in arguments:
        GRAPH.write_text(text, encoding="utf-8")
        return 0
    if GRAPH.exists() and GRAPH.read_text(encoding="utf-8") == text:
        return 0
    print(f"{GRAPH.name} is not that of {LOCK.name}", file=sys.stderr)
    return 1


def modules_by_package() -> dict[str, list[str]]:
    """The public names that each installed package is imported by."""
    found: dict[str, list[str]] = {}
    for module, names in packages_distributions().items():
        if module.isidentifier() and not module.startswith("_"):
            for name in set(names):
                found.setdefault(canonicalize_name(name), []).append(module)
    return found


def needs(name: str, extras: frozenset[str]) -> Iterator[str]:
    """The packages that one asks for with these extras; with each, what the extras asked of it bring."""
    for line in distribution(name).requires or []:
        requirement = Requirement(line)
        marker = str(requirement.marker or "")
        if "extra ==" in marker and not any(f'extra == "{extra}"' in marker for extra in extras):
            continue
        yield canonicalize_name(requirement.name)
        if requirement.extras:
            yield from needs(requirement.name, frozenset(requirement.extras))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
