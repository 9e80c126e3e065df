"""Running an exported graph as a text generator does: ids in, logits out, the cache in between."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import onnxruntime

from crisol_trainer.export.onnx_graph import cache_names

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]

#: Tokens in one call when many are read: logits of long contexts and large vocabularies are big.
_PIECE = 256


@dataclass(frozen=True, slots=True)
class CacheShape:
    """The shape of a model's cache."""

    layers: int
    heads: int
    size: int

    def empty(self, batch: int) -> list[Floats]:
        """An empty cache."""
        return [np.zeros((batch, self.heads, 0, self.size), np.float32) for _ in range(2 * self.layers)]


class OnnxModel:
    """An exported graph, loaded."""

    def __init__(self, contents: bytes, cache: CacheShape, *, threads: int) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._session = onnxruntime.InferenceSession(contents, options, providers=["CPUExecutionProvider"])
        self._past = cache_names("past_key_values", cache.layers)
        self._cache = cache

    def step(
        self, x_BT: Ints, past: list[Floats] | None = None, mask_BS: Ints | None = None
    ) -> tuple[Floats, list[Floats]]:
        """The logits of new tokens, and the cache including them; without a mask, all tokens are seen."""
        past = self._cache.empty(len(x_BT)) if past is None else past
        if mask_BS is None:
            mask_BS = np.ones((len(x_BT), past[0].shape[2] + x_BT.shape[1]), np.int64)
        feed = {
            "input_ids": x_BT,
            "attention_mask": mask_BS,
            "position_ids": positions(mask_BS)[:, -x_BT.shape[1] :],
            **dict(zip(self._past, past, strict=True)),
        }
        logits, *present = self._session.run(None, feed)
        return logits, present

    def losses(self, x_T1: Ints) -> npt.NDArray[np.float64]:
        """The loss in nats of every token but the first."""
        past: list[Floats] | None = None
        losses = []
        for start in range(0, len(x_T1) - 1, _PIECE):
            piece = x_T1[start : min(start + _PIECE, len(x_T1) - 1)]
            logits_1TV, past = self.step(piece[None], past)
            logits_TV = logits_1TV[0].astype(np.float64)
            logits_TV -= logits_TV.max(axis=1, keepdims=True)
            targets = x_T1[start + 1 : start + 1 + len(piece)]
            chosen = np.take_along_axis(logits_TV, targets[:, None], axis=1)[:, 0]
            losses.append(np.log(np.exp(logits_TV).sum(axis=1)) - chosen)
        return np.concatenate(losses)


def positions(mask_BS: Ints) -> Ints:
    """Each token's position among the tokens that are seen."""
    return np.maximum(np.cumsum(mask_BS, axis=1) - 1, 0)
