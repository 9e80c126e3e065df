"""Learn a byte-level BPE tokenizer from documents.

    python -m crisol_trainer.tokenizer.train_tokenizer config.json

The merges are those of Hugging Face `tokenizers`, including ties, and depend on the texts alone, not on their order
or on threads. The pattern `gpt2` is trained with `gigabpe` if it is installed, which learns the same merges from the
same lines 15 to 25 times faster; it supports no other pattern.
"""

import json
import os
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from tokenizers import Tokenizer, trainers

from crisol_trainer.runtime.durable import new_folder, write_bytes
from crisol_trainer.runtime.failure import Failure
from crisol_trainer.runtime.protocol import Host, JsonObject, serve
from crisol_trainer.tokenizer.byte_level import (
    END_OF_TEXT,
    SMALLEST_VOCABULARY,
    Merges,
    alphabet,
    first_merges,
    tokenizer_config,
    tokenizer_json,
)
from crisol_trainer.tokenizer.texts import cut_runs, read_texts
from crisol_trainer.tokenizer.train_tokenizer_config import TrainTokenizerConfig


def work(config: TrainTokenizerConfig, host: Host) -> JsonObject:
    """Train, and write the two files."""
    with new_folder(Path(config.output)) as folder:
        if config.pattern == "gpt2":
            merges, trainer = _train_on_lines(config, host, folder / "lines.txt")
        else:
            merges, trainer = train_with_tokenizers(config, _told(config, host)), "tokenizers"
        if not merges.pairs and config.vocabulary > SMALLEST_VOCABULARY:
            raise _no_text_failure(config)
        write_bytes(folder / "tokenizer.json", tokenizer_json(config.pattern, merges))
        write_bytes(folder / "tokenizer_config.json", tokenizer_config())
    return {"vocabulary": len(merges.vocabulary), "merges": len(merges.pairs), "trainer": trainer}


def train_with_tokenizers(config: TrainTokenizerConfig, texts: Iterator[str] | Path) -> Merges:
    """Train with Hugging Face `tokenizers`: on whole texts, or on the lines of a file."""
    empty = json.loads(tokenizer_json(config.pattern, first_merges([], 0)))
    # A token that it already knew would be cut out of the documents, not learned as the plain text that it is there.
    tokenizer = Tokenizer.from_str(json.dumps({**empty, "added_tokens": []}))
    trainer = trainers.BpeTrainer(
        vocab_size=config.vocabulary,
        min_frequency=config.min_frequency,
        special_tokens=[END_OF_TEXT],
        initial_alphabet=alphabet(),
        show_progress=False,
    )
    if isinstance(texts, Path):
        tokenizer.train([str(texts)], trainer)
    else:
        tokenizer.train_from_iterator(texts, trainer)
    model = json.loads(tokenizer.to_str())["model"]
    merges = first_merges([(left, right) for left, right in model["merges"]], config.vocabulary)
    if {token: index for index, token in enumerate(merges.vocabulary)} != model["vocab"]:
        raise AssertionError("tokenizers numbers its tokens differently from what crisol expects")
    return merges


def train_with_gigabpe(config: TrainTokenizerConfig, lines: Path) -> Merges:
    """Train with gigabpe on the lines of a file; only for the pattern gpt2.

    It does not count bytes that it has not seen, so it is asked for more merges than are needed.
    """
    _, pairs = import_module("gigabpe").train_bpe(
        [str(lines)],
        config.vocabulary,
        special_tokens=[END_OF_TEXT],
        min_frequency=config.min_frequency,
        pretokenizer="bytelevel",
    )
    return first_merges([(left, right) for left, right in pairs], config.vocabulary)


def _train_on_lines(config: TrainTokenizerConfig, host: Host, lines: Path) -> tuple[Merges, str]:
    with lines.open("w", encoding="utf-8", newline="") as file:
        for text in _told(config, host):
            file.write(text)
            file.write("\n")
    try:
        if find_spec("gigabpe") is None or config.reference:
            return train_with_tokenizers(config, lines), "tokenizers"
        return train_with_gigabpe(config, lines), "gigabpe"
    finally:
        lines.unlink()


def _told(config: TrainTokenizerConfig, host: Host) -> Iterator[str]:
    for done, text in enumerate(read_texts(Path(config.texts)), start=1):
        yield from cut_runs(text)
        if done % 256 == 0 or done == config.documents:
            host.progress(done=done, total=config.documents, unit="documents")


def _no_text_failure(config: TrainTokenizerConfig) -> Failure:
    return Failure(
        code="BAD_DATA",
        what=f"the training documents contain no pair of characters that occurs {config.min_frequency} times",
        where=f"{config.documents} documents",
        why="A tokenizer without merges turns every byte into a token.",
        fix="Give the pipeline more text, lower `minFrequency`, or raise `sampleBytes` if it is small.",
    )


if __name__ == "__main__":
    os.environ["TOKENIZERS_PARALLELISM"] = "true"  # off elsewhere: it must not be on when a process forks
    serve(TrainTokenizerConfig, work)
