"""The one error that the trainer raises on purpose; everything else is a bug."""

import errno
from dataclasses import dataclass
from typing import Literal

from crisol_trainer.runtime.allocation import ran_out_of_memory

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


def as_failure(error: Exception) -> Failure | None:
    """The failure that an exception amounts to; None for a bug."""
    if isinstance(error, Failure):
        return error
    if ran_out_of_memory(error):
        return Failure(
            code="OUT_OF_MEMORY",
            what=f"memory ran out ({error})",
            where="the trainer's process",
            why="The work, as configured, does not fit on this machine.",
            fix="Use a smaller micro-batch, context or model, or a machine with more memory.",
        )
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES):
        return Failure(
            code="ENVIRONMENT",
            what=f"cannot write: {error.strerror}",
            where=str(error.filename or "the trainer's folder"),
            why="Nothing of this attempt can be kept.",
            fix="Free space on that disk, or give crisol a folder that it may write to, then resume the run.",
        )
    return None
