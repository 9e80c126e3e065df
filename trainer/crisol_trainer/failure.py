"""The one error that the trainer raises on purpose; everything else is a bug."""

from dataclasses import dataclass
from typing import Literal

FailureCode = Literal["BAD_DATA", "BAD_CONFIG", "OUT_OF_MEMORY", "DIVERGED", "CHECK_FAILED", "ENVIRONMENT"]


@dataclass(kw_only=True)
class Failure(Exception):
    """An error in four parts: what happened, where, why it matters, what to do."""

    code: FailureCode
    what: str
    where: str
    why: str
    fix: str

    def __str__(self) -> str:
        return f"{self.code}: {self.what} ({self.where}). {self.why} {self.fix}"
