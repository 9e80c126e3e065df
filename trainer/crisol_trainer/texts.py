"""Texts of documents as stages hand them over: a file with one JSON string a line."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path


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


def batches(texts: Iterable[str], characters: int) -> Iterator[list[str]]:
    """Texts in lists of about so many characters, each of at least one text."""
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
