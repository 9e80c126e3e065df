"""From a JSON configuration to a frozen object of its class, reporting all problems at once.

The classes are written by `npm run generate`; parameters, defaults and rules stand in schemas/trainer/.
"""

from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.alias_generators import to_camel

from crisol_trainer.runtime.failure import Failure


class Config(BaseModel):
    """Settings: `batchSize` in the JSON, `batch_size` here. Nothing is converted, and unknown names are errors."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        validate_by_name=True,
        strict=True,
        extra="forbid",
        frozen=True,
        allow_inf_nan=False,
    )


C = TypeVar("C", bound=Config)


def read_config(config_class: type[C], path: Path) -> C:
    """Read a configuration file.

    Raises Failure BAD_CONFIG with all its problems.
    """
    try:
        return config_class.model_validate_json(path.read_bytes(), by_alias=True, by_name=False)
    except OSError as error:
        raise _failure(path, f"the file cannot be read ({error.strerror})") from error
    except ValidationError as error:
        problems = [f"{_place(problem['loc'])}: {problem['msg']}" for problem in error.errors(include_url=False)]
        raise _failure(path, "; ".join(problems)) from error


def _place(location: tuple[int | str, ...]) -> str:
    return ".".join(str(part) for part in location) or "the file"


def _failure(path: Path, problem: str) -> Failure:
    return Failure(
        code="BAD_CONFIG",
        what=f"the trainer's configuration is wrong: {problem}",
        where=str(path),
        why="With a wrong setting the result would not be what the pipeline specifies.",
        fix="Correct the named settings of the stage in the pipeline file.",
    )
