"""TensorBoard event files whose bytes depend only on the figures: no clock, no host name.

An event's wall time is its step, as seconds.
"""

from pathlib import Path

from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.summary.writer.record_writer import RecordWriter

from crisol_trainer.runtime.durable import write_bytes
from crisol_trainer.training.state.run_state import History

FILE_NAME = "events.out.tfevents.0.crisol"


class _Buffer(bytearray):
    """The interface of a file that RecordWriter uses."""

    def write(self, piece: bytes) -> None:
        self.extend(piece)


def write_events(history: History, folder: Path) -> None:
    """Write a run's history as one event file."""
    buffer = _Buffer()
    writer = RecordWriter(buffer)
    writer.write(Event(wall_time=0.0, file_version="brain.Event:2").SerializeToString())
    validation = dict(zip(history.evaluated_at, history.validation_loss, strict=True))
    for index, loss in enumerate(history.loss):
        step = index + 1
        figures = {
            "loss/training": loss,
            "optimizer/learning_rate": history.learning_rate[index],
            "optimizer/gradient_norm": history.gradient_norm[index],
        }
        if step in validation:
            figures["loss/validation"] = validation[step]
        values = [Summary.Value(tag=tag, simple_value=value) for tag, value in figures.items()]
        event = Event(wall_time=float(step), step=step, summary=Summary(value=values))
        writer.write(event.SerializeToString(deterministic=True))
    write_bytes(folder / FILE_NAME, bytes(buffer))
