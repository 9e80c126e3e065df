"""The training loop. Loads PyTorch and Transformers."""

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from crisol_trainer.data.batches import Sequences, batch_numbers
from crisol_trainer.data.token_stream import TokenStream
from crisol_trainer.runtime.numerics import set_up
from crisol_trainer.runtime.protocol import Host, Stopped
from crisol_trainer.training.derived_settings import decisive_settings, lowest_rate, warmup_steps
from crisol_trainer.training.divergence import Moment, all_finite, check_figures, diverged
from crisol_trainer.training.loss import token_losses, training_loss
from crisol_trainer.training.micro_batches import fitting, shrink
from crisol_trainer.training.model import build_optimizer, head_weight, hidden_states
from crisol_trainer.training.new_model import build_model
from crisol_trainer.training.pace import Pace
from crisol_trainer.training.schedule import learning_rate
from crisol_trainer.training.state import checkpoint as checkpoints
from crisol_trainer.training.state import random_state
from crisol_trainer.training.state.optimizer_state import allocate_moments, optimizer_tensors, restore_optimizer
from crisol_trainer.training.state.run_state import RunState
from crisol_trainer.training.state.saving_times import SavingTimes
from crisol_trainer.training.train_config import TrainConfig


class Training:
    """One training run, from its first step or from a checkpoint."""

    def __init__(self, config: TrainConfig, tokens: TokenStream, validation: TokenStream, host: Host) -> None:
        self.config, self.host = config, host
        self.numerics = set_up(device=config.device, precision=config.precision, threads=config.threads)
        self.sequences = Sequences(stream=tokens, context=config.architecture.context, name="training")
        held_out = Sequences(stream=validation, context=config.architecture.context, name="validation")
        self.validation_BT1 = held_out.read(held_out.spread(config.evaluation_batches * config.batch))
        self.settings = {**decisive_settings(config), "tokens": tokens.digest, "validation": validation.digest}
        random_state.seed_all(config.seed)
        self.model = build_model(
            config.architecture, vocabulary=config.vocabulary, end_of_text=config.end_of_text, seed=config.seed
        ).to(self.numerics.device)
        self.optimizer = build_optimizer(
            self.model, weight_decay=config.weight_decay, betas=(config.beta1, config.beta2)
        )
        allocate_moments(self.optimizer)
        self.state = RunState(micro_batch=config.micro_batch or config.batch)
        self.best: dict[str, torch.Tensor] | None = None
        #: The step of the last checkpoint.
        self.saved: int | None = None
        if config.resume_from is not None:
            self._resume(Path(config.resume_from))
        #: Of the last checkpoint: a resumed run must not meet the same end of memory again.
        self.saved_micro_batch = self.state.micro_batch
        limit = config.micro_batch_limit
        if limit is not None and limit < self.state.micro_batch:
            shrink(self.state, limit, batch=config.batch, host=host)

    def run(self) -> str:
        """Train to the end, and return why it ended.

        Raises Stopped after a checkpoint when the host asks for it; Failure DIVERGED when a loss or a weight is
        not finite, OUT_OF_MEMORY when a single sequence does not fit.
        """
        pace = Pace(self.config.batch * self.config.architecture.context)
        times = SavingTimes(self.config.checkpoint_every_seconds, steps=self.config.checkpoint_every_steps)
        while (reason := self._end()) is None:
            self._step()
            self._tell(pace)
            if self.state.step % self.config.evaluate_every == 0 or self.state.step == self.config.steps:
                self._evaluate()
            stop = self.host.stop_requested
            smaller = self.state.micro_batch < self.saved_micro_batch
            if stop or (self._end() is None and (smaller or times.due(self.state.step))):
                self._save(times)
            if stop:
                raise Stopped(self.state.step)
        return reason

    def result_weights(self) -> dict[str, torch.Tensor]:
        """The resulting weights: with early stopping the best by validation loss, else the last."""
        return self._weights() if self.best is None else self.best

    def _end(self) -> str | None:
        patience = self.config.patience
        if patience is not None and self.state.evaluations_without_improvement >= patience:
            return "patience"
        return "steps" if self.state.step >= self.config.steps else None

    def _step(self) -> None:
        step, config = self.state.step, self.config
        moment = self._moment(step)
        rows_BT1 = self.sequences.read(np.asarray(moment.batch))
        loss, norm = fitting(lambda: self._accumulate(rows_BT1), self.state, batch=config.batch, host=self.host)
        check_figures(moment, loss=loss, norm=norm)
        rate = learning_rate(
            step, steps=config.steps, warmup=warmup_steps(config), peak=config.learning_rate, floor=lowest_rate(config)
        )
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        self.optimizer.step()
        if not all_finite(self.model.parameters()):
            raise diverged(moment, "its update produces weights that are not finite numbers")
        self.state.step = step + 1
        self.state.history.loss.append(loss)
        self.state.history.learning_rate.append(rate)
        self.state.history.gradient_norm.append(norm)

    def _accumulate(self, rows_BT1: NDArray[np.int64]) -> tuple[float, float]:
        """The batch's mean loss and the norm of its gradients before clipping."""
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

    def _evaluate(self) -> None:
        loss = fitting(self._validation_loss, self.state, batch=self.config.batch, host=self.host)
        check_figures(self._moment(self.state.step - 1), loss=loss, norm=0.0)
        if self.state.evaluated(loss) and self.config.patience is not None:
            self.best = self._weights()
        self.host.evaluation(step=self.state.step, loss=loss)

    @torch.no_grad()
    def _validation_loss(self) -> float:
        self.model.eval()
        total = 0.0
        for x_BT, y_N in self._micro_batches(self.validation_BT1):
            with self.numerics.autocast():
                h_BTE = hidden_states(self.model, x_BT)
                losses_N = token_losses(h_BTE.flatten(0, 1), head_weight(self.model), y_N)
            total += losses_N.double().sum().item()
        return total / (len(self.validation_BT1) * self.config.architecture.context)

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

    def _weights(self) -> dict[str, torch.Tensor]:
        return {name: weight.detach().to("cpu", copy=True) for name, weight in self.model.named_parameters()}

    def _save(self, times: SavingTimes) -> None:
        checkpoint = checkpoints.Checkpoint(
            state=self.state,
            settings=self.settings,
            model={name: weight.detach().cpu() for name, weight in self.model.named_parameters()},
            optimizer=optimizer_tensors(self.optimizer),
            random=random_state.capture(),
            best=self.best,
        )
        with times.saving():
            try:
                path = checkpoints.save(checkpoint, Path(self.config.checkpoints))
            except checkpoints.BrokenState as broken:
                raise diverged(self._moment(self.state.step - 1), str(broken)) from broken
        self.saved, self.saved_micro_batch = self.state.step, self.state.micro_batch
        self.host.checkpoint(step=self.state.step, path=path, seconds=times.cost)
        if (notice := times.notice()) is not None:
            self.host.warn(notice)

    def _resume(self, path: Path) -> None:
        checkpoint = checkpoints.load_newest(path, settings=self.settings, warn=self.host.warn)
        if checkpoint is None:
            return
        with torch.no_grad():
            for name, weight in self.model.named_parameters():
                weight.copy_(checkpoint.model[name])
        restore_optimizer(self.optimizer, checkpoint.optimizer)
        random_state.restore(checkpoint.random)
        self.state, self.best, self.saved = checkpoint.state, checkpoint.best, checkpoint.state.step

    def _moment(self, step: int) -> Moment:
        """Where training is in a step (from 0)."""
        config = self.config
        return Moment(
            step=step + 1,
            batch=batch_numbers(self.sequences, seed=config.seed, step=step, batch=config.batch).tolist(),
            context=config.architecture.context,
            saved=self.saved,
            peak=config.learning_rate,
        )
