"""The loss of a model on each document of a token stream. Loads PyTorch and Transformers.

Shapes: B windows, T places of the longest window, N targets that count, E width.
"""

from collections.abc import Iterator
from itertools import islice

import numpy as np
import torch
from numpy.typing import NDArray
from transformers.models.llama.modeling_llama import LlamaForCausalLM

from crisol_trainer.data.token_stream import TokenStream
from crisol_trainer.evaluation.windows import Window, windows
from crisol_trainer.runtime.numerics import Numerics
from crisol_trainer.runtime.protocol import Host, Stopped
from crisol_trainer.training.loss import token_losses
from crisol_trainer.training.model import head_weight, hidden_states


@torch.no_grad()
def document_nats(
    model: LlamaForCausalLM, stream: TokenStream, *, stride: int, batch: int, numerics: Numerics, host: Host
) -> NDArray[np.float64]:
    """The summed loss of each document, in order. Raises Stopped when the host asks for it."""
    context = int(model.config.max_position_embeddings)
    nats = np.zeros(sum(shard.documents for shard in stream.shards), np.float64)
    scored = 0
    remaining = _all_windows(stream, end_of_text=int(model.config.eos_token_id), context=context, stride=stride)
    model.eval()
    while group := list(islice(remaining, batch)):
        losses_N = _score(model, group, numerics)
        documents = np.concatenate([np.full(len(w.targets) - w.skipped, w.document) for w in group])
        np.add.at(nats, documents, losses_N)
        scored += len(losses_N)
        host.progress(done=scored, total=len(stream), unit="tokens")
        if host.stop_requested:
            raise Stopped
    return nats


def _all_windows(stream: TokenStream, *, end_of_text: int, context: int, stride: int) -> Iterator[Window]:
    number = 0
    for shard in stream.shards:
        for place in range(shard.documents):
            ids = shard.document(place).astype(np.int64)
            yield from windows(number, ids, end_of_text=end_of_text, context=context, stride=stride)
            number += 1


def _score(model: LlamaForCausalLM, group: list[Window], numerics: Numerics) -> NDArray[np.float64]:
    longest = max(len(window.inputs) for window in group)
    x_BT = np.zeros((len(group), longest), np.int64)  # what follows a window's end can't affect it
    y_BT = np.zeros((len(group), longest), np.int64)
    counts_BT = np.zeros((len(group), longest), np.bool_)
    for row, window in enumerate(group):
        length = len(window.inputs)
        x_BT[row, :length], y_BT[row, :length] = window.inputs, window.targets
        counts_BT[row, window.skipped : length] = True
    device = numerics.device
    counts = torch.from_numpy(counts_BT).to(device)
    with numerics.autocast():
        h_BTE = hidden_states(model, torch.from_numpy(x_BT).to(device))
        losses_N = token_losses(h_BTE[counts], head_weight(model), torch.from_numpy(y_BT).to(device)[counts])
    result: NDArray[np.float64] = losses_N.double().cpu().numpy()
    return result
