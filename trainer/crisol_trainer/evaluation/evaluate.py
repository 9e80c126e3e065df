"""Measure a model on text that it has not seen.

    PYTHONPATH=trainer python -m crisol_trainer.evaluation.evaluate config.json

Bits per byte is the loss over the text's UTF-8 bytes, so that models with different tokenizers compare; perplexity is
per token. Both count the end of each document as a token to predict.
"""

import hashlib
import json
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from crisol_trainer.data.megatron import bad_data
from crisol_trainer.data.token_stream import TokenStream, open_tokens
from crisol_trainer.evaluation.bootstrap import ratio_interval
from crisol_trainer.evaluation.evaluate_config import EvaluateConfig
from crisol_trainer.evaluation.unigram import unigram_nats
from crisol_trainer.runtime.durable import new_folder, write_bytes, write_json
from crisol_trainer.runtime.failure import Failure
from crisol_trainer.runtime.process_setup import prepare_process
from crisol_trainer.runtime.protocol import Host, JsonObject, serve


@dataclass(frozen=True, kw_only=True, slots=True)
class _Model:
    """What the checkpoint's files say about the model."""

    folder: Path
    context: int
    vocabulary: int


def evaluate(config: EvaluateConfig, host: Host) -> JsonObject:
    """Score the tokens, write `report.json` and `documents.jsonl`, and return the report."""
    model = _read_model(Path(config.checkpoint))
    stride = min(model.context, config.stride or max(1, model.context * 3 // 4))
    _check_tokenizer(model.folder, Path(config.tokens))
    stream = open_tokens(Path(config.tokens), vocabulary=model.vocabulary)
    text_bytes = _text_bytes(stream)
    nats = _score(config, model, stream, stride, host)
    report = _report(config, model, stream, stride=stride, nats=nats, text_bytes=text_bytes)
    if len(nats) < 2:
        host.warn("a single document is too few for an interval: its bounds are the figure itself")
    lengths = np.concatenate([np.diff(shard.offsets) for shard in stream.shards])
    with new_folder(Path(config.output)) as folder:
        write_json(folder / "report.json", report)
        write_bytes(folder / "documents.jsonl", _document_lines(nats, lengths, text_bytes))
    return report


def _report(
    config: EvaluateConfig,
    model: _Model,
    stream: TokenStream,
    *,
    stride: int,
    nats: NDArray[np.float64],
    text_bytes: NDArray[np.int64],
) -> JsonObject:
    bits, total_bytes = nats / math.log(2), int(text_bytes.sum())
    low, high = ratio_interval(bits, text_bytes.astype(np.float64), resamples=config.resamples, seed=config.seed)
    unigram = unigram_nats(_unigram_counts(model), stream.counts)
    loss = float(nats.sum()) / len(stream)
    return {
        "checkpoint": config.checkpoint_digest,
        "evaluatedTokens": config.tokens_digest,
        "loss": loss,
        "perplexity": _perplexity(loss),
        "bitsPerByte": float(bits.sum()) / total_bytes,
        "interval": [low, high],
        "confidence": 0.95,
        "resamples": config.resamples,
        "seed": config.seed,
        "unigramBitsPerByte": unigram / math.log(2) / total_bytes,
        "unigramPerplexity": _perplexity(unigram / len(stream)),
        "tokens": len(stream),
        "documents": len(nats),
        "textBytes": total_bytes,
        "context": model.context,
        "stride": stride,
    }


def _perplexity(loss: float) -> float:
    return math.exp(min(loss, 700.0))  # for diverged weights: e to the 710 is not a float, and JSON has no infinity


def _score(config: EvaluateConfig, model: _Model, stream: TokenStream, stride: int, host: Host) -> NDArray[np.float64]:
    prepare_process()
    from crisol_trainer.evaluation.scoring import document_nats
    from crisol_trainer.runtime.numerics import set_up
    from crisol_trainer.training.model import load_model

    numerics = set_up(device=config.device, precision=config.precision, threads=config.threads)
    loaded = load_model(model.folder).to(numerics.device)
    nats = document_nats(loaded, stream, stride=stride, batch=config.batch, numerics=numerics, host=host)
    if not np.isfinite(nats).all():
        raise Failure(
            code="DIVERGED",
            what=f"the loss of document {int(np.argmin(np.isfinite(nats)))} is not a finite number",
            where=str(model.folder),
            why="A model with NaN or infinite weights can't be measured.",
            fix="Train again with a smaller learningRate.",
        )
    return nats


def _read_model(folder: Path) -> _Model:
    try:
        settings = json.loads((folder / "config.json").read_bytes())
        return _Model(folder=folder, context=settings["max_position_embeddings"], vocabulary=settings["vocab_size"])
    except (OSError, ValueError, KeyError) as error:
        raise bad_data(f"is not a model's configuration ({error!r})", folder / "config.json") from error


def _check_tokenizer(checkpoint: Path, tokens: Path) -> None:
    digests = [_file_digest(folder / "tokenizer.json") for folder in (checkpoint, tokens)]
    if digests[0] != digests[1]:
        raise Failure(
            code="BAD_DATA",
            what=f"the tokens are of tokenizer {digests[1][:12]}, the model of {digests[0][:12]}",
            where=f"{tokens / 'tokenizer.json'} and {checkpoint / 'tokenizer.json'}",
            why="To the model, another tokenizer's ids stand for other words: every figure would be meaningless.",
            fix="Tokenize the held-out documents with the tokenizer that the model was trained with.",
        )


def _file_digest(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise bad_data(f"cannot be read ({error.strerror})", path) from error


def _text_bytes(stream: TokenStream) -> NDArray[np.int64]:
    counts = []
    for shard in stream.shards:
        path = shard.path.with_suffix(".bytes")
        lengths = np.frombuffer(path.read_bytes(), "<u4") if path.exists() else np.empty(0, "<u4")
        if len(lengths) != shard.documents:
            raise bad_data(f"lists {len(lengths)} documents where the index has {shard.documents}", path)
        counts.append(lengths.astype(np.int64))
    text_bytes = np.concatenate(counts)
    if text_bytes.sum() == 0:
        raise bad_data("holds no text to measure on", stream.folder)
    return text_bytes


def _unigram_counts(model: _Model) -> NDArray[np.int64]:
    from safetensors.numpy import load_file

    path = model.folder / "unigram.safetensors"
    try:
        counts: NDArray[np.int64] = load_file(path)["counts"]
    except (OSError, KeyError) as error:
        raise bad_data(f"holds no token counts ({error!r})", path) from error
    if counts.shape != (model.vocabulary,):
        raise bad_data(f"counts {len(counts)} ids where the vocabulary has {model.vocabulary}", path)
    return counts


def _document_lines(nats: NDArray[np.float64], lengths: NDArray[np.int64], text_bytes: NDArray[np.int64]) -> bytes:
    columns = zip(nats.tolist(), lengths.tolist(), text_bytes.tolist(), strict=True)
    lines = (
        json.dumps(
            {
                "document": number,
                "tokens": tokens,
                "textBytes": size,
                "loss": loss / tokens,
                "bitsPerByte": loss / math.log(2) / size if size else None,
            }
        )
        for number, (loss, tokens, size) in enumerate(columns)
    )
    return "".join(f"{line}\n" for line in lines).encode()


if __name__ == "__main__":
    serve(EvaluateConfig, evaluate)
