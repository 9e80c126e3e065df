"""From a JSON configuration to a frozen dataclass, reporting all problems at once.

    @dataclass(frozen=True, kw_only=True, slots=True)
    class ScoreConfig:
        output: str
        batch_size: int = 8          # `batchSize` in the JSON

        def __post_init__(self) -> None:
            check((self.batch_size > 0, "batchSize", "must be at least 1"))

Fields may be of type bool, int, float, str, a Literal, None, list[T], tuple[T, ...], dict[str, T], a union of those,
or another such dataclass. Names are camelCase in the JSON and snake_case here.
"""

import json
import math
import types
from collections.abc import Iterator
from dataclasses import MISSING, Field, fields, is_dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from crisol_trainer.runtime.failure import Failure

C = TypeVar("C")


class ConfigProblems(ValueError):
    """What is wrong with the values of one dataclass: (field in JSON, problem) pairs."""

    def __init__(self, problems: list[tuple[str, str]]) -> None:
        super().__init__("; ".join(f"{path}: {problem}" for path, problem in problems))
        self.problems = problems


def check(*rules: tuple[bool, str, str]) -> None:
    """Raise ConfigProblems with every (holds, field, problem) rule that does not hold."""
    broken = [(path, problem) for holds, path, problem in rules if not holds]
    if broken:
        raise ConfigProblems(broken)


def read_config(config_class: type[C], path: Path) -> C:
    """Read a configuration file.

    Raises Failure BAD_CONFIG with all its problems.
    """
    try:
        value = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise _failure(path, f"the file is not readable JSON ({error})") from error
    problems: list[tuple[str, str]] = []
    config = _build(config_class, value, "", problems)
    if problems:
        raise _failure(path, "; ".join(f"{where or 'the file'} {problem}" for where, problem in problems))
    assert isinstance(config, config_class)
    return config


def camel_case(name: str) -> str:
    """The JSON name of a field: batch_size -> batchSize."""
    first, *others = name.split("_")
    return first + "".join(word.capitalize() for word in others)


def _failure(path: Path, problem: str) -> Failure:
    return Failure(
        code="BAD_CONFIG",
        what=f"the trainer's configuration is wrong: {problem}",
        where=str(path),
        why="With a wrong setting the result would not be what the pipeline specifies.",
        fix="Correct the named settings of the stage in the pipeline file.",
    )


def _build(config_class: type, value: object, path: str, problems: list[tuple[str, str]]) -> object:
    if not isinstance(value, dict):
        problems.append((path, f"must be an object, not {_noun(value)}"))
        return None
    before = len(problems)
    hints = get_type_hints(config_class)
    declared = {camel_case(field.name): field for field in _init_fields(config_class)}
    for name in sorted(value.keys() - declared.keys()):
        problems.append((_join(path, name), "is not a setting"))
    arguments: dict[str, object] = {}
    for name, field in declared.items():
        if name in value:
            arguments[field.name] = _convert(hints[field.name], value[name], _join(path, name), problems)
        elif field.default is MISSING and field.default_factory is MISSING:
            problems.append((_join(path, name), "is missing"))
    if len(problems) > before:
        return None
    try:
        return config_class(**arguments)
    except ConfigProblems as broken:
        problems.extend((_join(path, name), problem) for name, problem in broken.problems)
        return None


def _init_fields(config_class: type) -> Iterator[Field[Any]]:
    return (field for field in fields(config_class) if field.init)


def _convert(hint: Any, value: object, path: str, problems: list[tuple[str, str]]) -> object:
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        if value is None and type(None) in arguments:
            return None
        options = [argument for argument in arguments if argument is not type(None)]
        for option in options[:-1]:
            trial: list[tuple[str, str]] = []
            converted = _convert(option, value, path, trial)
            if not trial:
                return converted
        return _convert(options[-1], value, path, problems)
    if origin is Literal:
        if value not in arguments:
            problems.append((path, f"must be one of {', '.join(map(repr, arguments))}, not {value!r}"))
        return value
    if origin in (list, tuple):
        if not isinstance(value, list):
            problems.append((path, f"must be a list, not {_noun(value)}"))
            return None
        items = [_convert(arguments[0], item, f"{path}[{index}]", problems) for index, item in enumerate(value)]
        return tuple(items) if origin is tuple else items
    if origin is dict:
        if not isinstance(value, dict):
            problems.append((path, f"must be an object, not {_noun(value)}"))
            return None
        return {name: _convert(arguments[1], item, _join(path, name), problems) for name, item in value.items()}
    if is_dataclass(hint):
        assert isinstance(hint, type)
        return _build(hint, value, path, problems)
    return _scalar(hint, value, path, problems)


def _scalar(hint: Any, value: object, path: str, problems: list[tuple[str, str]]) -> object:
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if hint is int and isinstance(value, float) and value.is_integer():
        return int(value)
    if type(value) is not hint:
        problems.append((path, f"must be {_NOUNS.get(hint, hint)}, not {_noun(value)}"))
        return None
    if isinstance(value, float) and not math.isfinite(value):
        problems.append((path, "must be finite"))
    return value


_NOUNS = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "a text",
    type(None): "null",
    list: "a list",
    dict: "an object",
}


def _noun(value: object) -> str:
    return _NOUNS.get(type(value), type(value).__name__)


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
