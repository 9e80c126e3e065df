"""The modules that the process that forks trainers loads, in the order in which a trainer does."""

from crisol_trainer.runtime.process_setup import prepare_process

prepare_process()

import crisol_trainer.training.loop  # noqa: E402
import crisol_trainer.training.outputs  # noqa: E402, F401
