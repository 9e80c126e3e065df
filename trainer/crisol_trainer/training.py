"""The training loop. Loads PyTorch and Transformers."""

import time
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from crisol_trainer import checkpoint as checkpoints
from crisol_trainer import random_state
from crisol_trainer.batches import Sequences, training_batch
from crisol_trainer.divergence import check_finite
from crisol_trainer.loss import token_losses, training_loss
from crisol_trainer.model import build_model, build_optimizer, head_weight, hidden_states
from crisol_trainer.numerics import set_up
from crisol_trainer.optimizer_state import optimizer_tensors, restore_optimizer
from crisol_trainer.pace import Pace
from crisol_trainer.protocol import Host, Stopped
from crisol_trainer.run_state import RunState
from crisol_trainer.schedule import learning_rate
from crisol_trainer.token_stream import TokenStream
from crisol_trainer.train_config import TrainConfig


class Training:
    """One run of training, from its first step or from a checkpoint."""

    def __init__(self, config: TrainConfig, tokens: TokenStream, validation: TokenStream, host: Host) -> None:
        self.config, self.host = config, host
        self.numerics = set_up(device=config.device, precision=config.precision, threads=config.threads)
        self.sequences = Sequences(stream=tokens, context=config.architecture.context, name="training")
        held_out = Sequences(stream=validation, context=config.architecture.context, name="validation")
        self.validation_BT1 = held_out.read(held_out.spread(config.evaluation_batches * config.batch))
        self.settings = {**config.decisive, "tokens": tokens.digest, "validation": validation.digest}
        random_state.seed_all(config.seed)
        self.model = build_model(
            config.architecture, vocabulary=config.vocabulary, end_of_text=config.end_of_text, seed=config.seed
        ).to(self.numerics.device)
        self.optimizer = build_optimizer(
            self.model, weight_decay=config.weight_decay, betas=(config.beta1, config.beta2)
        )
        self.state = RunState(micro_batch=config.micro_batch or config.batch)
        self.best: dict[str, torch.Tensor] | None = None
        if config.resume_from is not None:
            self._resume(Path(config.resume_from))

    def run(self) -> str:
        """Train to the end; why it is the end.

        Raises Stopped after a checkpoint when the host asks for it, Failure DIVERGED when a loss is no number.
        """
        pace = Pace(self.config.batch * self.config.architecture.context)
        saved_at, saving = time.monotonic(), 0.0
        while (reason := self._end()) is None:
            self._step()
            self._tell(pace)
            if self.state.step % self.config.evaluate_every == 0 or self.state.step == self.config.steps:
                self._evaluate()
            stop = self.host.stop_requested
            if stop or (self._end() is None and self._checkpoint_due(time.monotonic() - saved_at, saving)):
                began = time.monotonic()
                self._save()
                saved_at = time.monotonic()
                saving = saved_at - began
            if stop:
                raise Stopped(self.state.step)
        return reason

    def result_weights(self) -> dict[str, torch.Tensor]:
        """The weights to hand on: with early stopping the best by validation loss, else the last."""
        return self._weights() if self.best is None else self.best

    def _end(self) -> str | None:
        patience = self.config.patience
        if patience is not None and self.state.evaluations_without_improvement >= patience:
            return "patience"
        return "steps" if self.state.step >= self.config.steps else None

    def _step(self) -> None:
        step, config = self.state.step, self.config
        rows_BT1 = training_batch(self.sequences, seed=config.seed, step=step, batch=config.batch)
        loss, norm = self._gradients(rows_BT1)
        check_finite(step=step + 1, loss=loss, norm=norm, peak=config.learning_rate)
        rate = learning_rate(
            step, steps=config.steps, warmup=config.warmup_steps, peak=config.learning_rate, floor=config.floor
        )
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        self.optimizer.step()
        self.state.step = step + 1
        self.state.history.loss.append(loss)
        self.state.history.learning_rate.append(rate)
        self.state.history.gradient_norm.append(norm)

    def _gradients(self, rows_BT1: NDArray[np.int64]) -> tuple[float, float]:
        """The batch's mean loss and the norm of its gradients before clipping; a micro-batch that fits is found."""
        random = random_state.capture()
        while True:
            try:
                return self._accumulate(rows_BT1)
            except torch.OutOfMemoryError:
                if self.state.micro_batch == 1:
                    raise
            self.state.micro_batch = _half(self.state.micro_batch, self.config.batch)
            self.host.warn(
                f"memory is too small: micro-batches of {self.state.micro_batch} from step "
                f"{self.state.step + 1} on, of the same batch of {self.config.batch}"
            )
            self.optimizer.zero_grad(set_to_none=True)
            torch.cuda.empty_cache()
            random_state.restore(random)

    def _accumulate(self, rows_BT1: NDArray[np.int64]) -> tuple[float, float]:
        self.optimizer.zero_grad(set_to_none=True)
        self.model.train()
        total = 0.0
        for x_BT, y_N in self._micro_batches(rows_BT1):
            with self.numerics.autocast():
                h_BTE = hidden_states(self.model, x_BT)
                loss = training_loss(h_BTE.flatten(0, 1), head_weight(self.model), y_N)
            mean = loss / (len(rows_BT1) * x_BT.shape[1])
            mean.backward()
            total += mean.item()
        norm = torch.nn.utils.clip_grad_norm_(self.model.parameters(), self.config.clip)
        return total, norm.item()

    @torch.no_grad()
    def _evaluate(self) -> None:
        self.model.eval()
        total = 0.0
        for x_BT, y_N in self._micro_batches(self.validation_BT1):
            with self.numerics.autocast():
                h_BTE = hidden_states(self.model, x_BT)
                losses_N = token_losses(h_BTE.flatten(0, 1), head_weight(self.model), y_N)
            total += losses_N.double().sum().item()
        loss = total / (len(self.validation_BT1) * self.config.architecture.context)
        check_finite(step=self.state.step, loss=loss, norm=0.0, peak=self.config.learning_rate)
        if self.state.evaluated(loss) and self.config.patience is not None:
            self.best = self._weights()
        self.host.evaluation(step=self.state.step, loss=loss)

    def _micro_batches(self, rows_BT1: NDArray[np.int64]) -> list[tuple[torch.Tensor, torch.Tensor]]:
        rows = torch.from_numpy(rows_BT1).to(self.numerics.device)
        return [(piece_BT1[:, :-1], piece_BT1[:, 1:].reshape(-1)) for piece_BT1 in rows.split(self.state.micro_batch)]

    def _tell(self, pace: Pace) -> None:
        step, history = self.state.step, self.state.history
        rate = pace.tick()
        self.host.step(
            step=step,
            steps=self.config.steps,
            loss=history.loss[-1],
            learningRate=history.learning_rate[-1],
            gradientNorm=history.gradient_norm[-1],
            tokensPerSecond=rate * pace.tokens_per_step,
            eta=(self.config.steps - step) / rate,
        )

    def _checkpoint_due(self, seconds: float, saving: float) -> bool:
        """Whether to save, `seconds` after the last time, which took `saving`: by time, a tenth of it at most."""
        every_steps, every_seconds = self.config.checkpoint_every_steps, self.config.checkpoint_every_seconds
        by_steps = every_steps is not None and self.state.step % every_steps == 0
        return by_steps or (every_seconds is not None and seconds >= max(every_seconds, 9 * saving))

    def _weights(self) -> dict[str, torch.Tensor]:
        return {name: weight.detach().to("cpu", copy=True) for name, weight in self.model.named_parameters()}

    def _save(self) -> None:
        checkpoint = checkpoints.Checkpoint(
            state=self.state,
            settings=self.settings,
            model=self._weights(),
            optimizer=optimizer_tensors(self.optimizer),
            random=random_state.capture(),
            best=self.best,
        )
        path = checkpoints.save(checkpoint, Path(self.config.checkpoints))
        self.host.checkpoint(step=self.state.step, path=path)

    def _resume(self, path: Path) -> None:
        checkpoint = checkpoints.load_newest(path, settings=self.settings, warn=self.host.warn)
        if checkpoint is None:
            return
        with torch.no_grad():
            for name, weight in self.model.named_parameters():
                weight.copy_(checkpoint.model[name])
        restore_optimizer(self.optimizer, checkpoint.optimizer)
        random_state.restore(checkpoint.random)
        self.state, self.best = checkpoint.state, checkpoint.best


def _half(micro_batch: int, batch: int) -> int:
    """The largest divisor of the batch that is at most half of the micro-batch."""
    return next(size for size in range(micro_batch // 2, 0, -1) if batch % size == 0)
