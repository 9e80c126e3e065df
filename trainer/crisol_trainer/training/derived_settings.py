"""What follows from the settings of a training run: values for what they leave open, and which of them decide."""

import math

from crisol_trainer.training.train_config import Architecture, TrainConfig

#: Settings that say where things lie, when to save and what memory there is: a result does not follow from them.
WITHOUT_EFFECT = {
    "tokens",
    "validation",
    "output",
    "checkpoints",
    "resume_from",
    "checkpoint_every_steps",
    "checkpoint_every_seconds",
    "micro_batch_limit",
}


def feed_forward_width(architecture: Architecture) -> int:
    """The inner width of a feed-forward block: 8/3 of the width, up to a multiple of 64, if none is given."""
    return architecture.feed_forward or 64 * math.ceil(architecture.width * 8 / 3 / 64)


def lowest_rate(config: TrainConfig) -> float:
    """The learning rate of the last step: a tenth of the peak if none is given."""
    return config.learning_rate / 10 if config.minimum_learning_rate is None else config.minimum_learning_rate


def warmup_steps(config: TrainConfig) -> int:
    """Steps until the peak: a tenth of all, at most 2,000, if none are given."""
    return min(2000, math.ceil(config.steps / 10)) if config.warmup is None else config.warmup


def decisive_settings(config: TrainConfig) -> dict[str, str]:
    """The settings that affect the result, as text, by their JSON names."""
    return {
        field.alias or name: repr(getattr(config, name))
        for name, field in TrainConfig.model_fields.items()
        if name not in WITHOUT_EFFECT
    }
