"""Texts of documents as stages pass them on: a file with one JSON string per line."""

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

#: Characters in a row, without white space or of white space alone, after which a text is cut for learning.
LONGEST_RUN = 256

_LONG_RUN = re.compile(rf"\S{{{LONGEST_RUN}}}(?=\S)|\s{{{LONGEST_RUN}}}(?=\s)")
_LONG_SPACE = re.compile(rf"\s{{{LONGEST_RUN + 1}}}")


def read_texts(path: Path) -> Iterator[str]:
    """The texts in a file, in order; a lone surrogate, which UTF-8 can't hold, is U+FFFD."""
    with path.open("rb") as file:
        for line in file:
            text: str = json.loads(line)
            yield text if text.isascii() else well_formed(text)


def well_formed(text: str) -> str:
    """The text with every lone surrogate replaced, as String.prototype.toWellFormed does it."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def cut_runs(text: str) -> Iterator[str]:
    """The text in pieces, cut where it runs too long without a change between white space and anything else.

    A line of a million dashes would take minutes to learn merges from, and fill the vocabulary with useless tokens.
    """
    if len(max(text.split(), key=len, default="")) > LONGEST_RUN or _LONG_SPACE.search(text):
        start = 0
        for run in _LONG_RUN.finditer(text):
            yield text[start : run.end()]
            start = run.end()
        text = text[start:]
    yield text


def batches(texts: Iterable[str], characters: int) -> Iterator[list[str]]:
    """Texts in lists of about this many characters, each of at least one text."""
    batch: list[str] = []
    size = 0
    for text in texts:
        batch.append(text)
        size += len(text)
        if size >= characters:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch
