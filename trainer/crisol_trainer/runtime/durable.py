"""Files and folders that exist either in full or not at all, even if their writer is killed."""

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from crisol_trainer.runtime.protocol import Json


def write_bytes(path: Path, contents: bytes) -> None:
    """Write a file atomically and durably; its folder is created if it is missing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as file:
            file.write(contents)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def write_json(path: Path, value: Json) -> None:
    """Write a JSON file in a form that depends on the value alone."""
    write_bytes(path, json_bytes(value))


def json_bytes(value: Json) -> bytes:
    """A value as the JSON text of a file: names sorted, two spaces of indent, a final line feed."""
    return (json.dumps(value, ensure_ascii=False, allow_nan=False, indent=2, sort_keys=True) + "\n").encode()


@contextmanager
def new_folder(path: Path) -> Iterator[Path]:
    """Yield a folder to fill; when the block ends, it is on disk as `path`, replacing any folder of that name."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir(parents=True)
    try:
        yield temporary
        sync_tree(temporary)
        if path.exists():
            remove_folder(path)
        temporary.rename(path)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise
    sync_folder(path.parent)


def remove_folder(path: Path) -> None:
    """Delete a folder: its name goes first, so that no reader sees it with only some of its files."""
    going = path.with_name(f".{path.name}.{os.getpid()}.gone")
    path.rename(going)
    shutil.rmtree(going)


def sync_tree(folder: Path) -> None:
    """Sync everything below a folder to disk."""
    for parent, _, names in os.walk(folder):
        for name in names:
            _sync(Path(parent, name))
        sync_folder(Path(parent))


def sync_folder(folder: Path) -> None:
    """Sync a folder's list of names to disk."""
    _sync(folder)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
