"""Imports between the parts of the trainer go one way."""

import ast
from pathlib import Path

PACKAGE = Path(__file__).parent.parent / "crisol_trainer"

# what a part may import beside itself
USES = {
    "runtime": set[str](),
    "data": {"runtime"},
    "tokenizer": {"runtime", "data"},
    "training": {"runtime", "data"},
    "evaluation": {"runtime", "data", "training"},
    "export": {"runtime", "data"},
}


def imported(path: Path) -> set[str]:
    """The parts that a module imports from, at its top or in its functions."""
    names = set[str]()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module is not None:
            names.add(node.module)
        elif isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
    return {name.split(".")[1] for name in names if name.startswith("crisol_trainer.")}


def test_imports_go_one_way() -> None:
    modules = [path for path in PACKAGE.rglob("*.py") if path.parent != PACKAGE]
    parts = {path.relative_to(PACKAGE).parts[0] for path in modules}
    assert parts == set(USES)
    used = {part: set[str]() for part in parts}
    for path in modules:
        part = path.relative_to(PACKAGE).parts[0]
        used[part] |= imported(path) - {part}
    assert used == USES


def test_the_package_itself_holds_no_module() -> None:
    assert [path.name for path in PACKAGE.glob("*.py")] == ["__init__.py"]
