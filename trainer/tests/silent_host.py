"""A host for calls within the process, which keeps what is reported to it."""

from crisol_trainer.runtime.protocol import Host


class SilentHost(Host):
    """Keeps warnings and progress."""

    def __init__(self) -> None:
        super().__init__(messages=-1)
        self.warnings: list[str] = []
        self.done_counts: list[float] = []

    def warn(self, message: str) -> None:
        self.warnings.append(message)

    def progress(self, *, done: float, total: float | None = None, unit: str) -> None:
        self.done_counts.append(done)
