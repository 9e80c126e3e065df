"""Crisol's byte-level BPE tokenizer, and the canonical form of its files.

Equal merges give equal bytes, whichever library learned them.
"""

import json
from dataclasses import dataclass
from typing import Literal

from crisol_trainer.runtime.protocol import JsonObject

Pattern = Literal["llama3", "gpt2"]

#: Its id is 0. It ends every document and is known to no text: in a document it is seven tokens like any others.
END_OF_TEXT = "<|endoftext|>"

#: Special token and bytes: what a vocabulary has before the first merge.
SMALLEST_VOCABULARY = 257

#: The split of Llama 3: words with the one sign before them, digits in groups of at most three, line ends together.
#: https://github.com/meta-llama/llama3/blob/main/llama/tokenizer.py
LLAMA3_SPLIT = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}"
    r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)


def alphabet() -> list[str]:
    """The characters that stand for the 256 bytes, in order of code point, which is the order of their ids.

    https://github.com/openai/gpt-2/blob/master/src/encoder.py, bytes_to_unicode
    """
    printable = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
    return sorted(map(chr, [*printable, *range(256, 256 + 256 - len(printable))]))


@dataclass(frozen=True, slots=True)
class Merges:
    """The merges of a tokenizer, in order, and its vocabulary, in order of id."""

    pairs: list[tuple[str, str]]
    vocabulary: list[str]


def first_merges(pairs: list[tuple[str, str]], vocabulary_size: int) -> Merges:
    """The merges that fill a vocabulary of this size; two merges may produce the same token."""
    tokens = dict.fromkeys([END_OF_TEXT, *alphabet()])
    kept = []
    for left, right in pairs:
        if len(tokens) >= vocabulary_size:
            break
        if left + right == END_OF_TEXT:
            raise AssertionError(f"a merge produces {END_OF_TEXT} from plain text")
        kept.append((left, right))
        tokens[left + right] = None
    return Merges(kept, list(tokens))


def pre_tokenizer(pattern: Pattern) -> JsonObject:
    """The part of tokenizer.json that splits a text into the pieces within which merges happen."""
    if pattern == "gpt2":
        return _byte_level(use_regex=True)
    split: JsonObject = {
        "type": "Split",
        "pattern": {"Regex": LLAMA3_SPLIT},
        "behavior": "Isolated",
        "invert": False,
    }
    return {"type": "Sequence", "pretokenizers": [split, _byte_level(use_regex=False)]}


def tokenizer_json(pattern: Pattern, merges: Merges) -> bytes:
    """The contents of tokenizer.json."""
    value = {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [
            {
                "id": 0,
                "content": END_OF_TEXT,
                "single_word": False,
                "lstrip": False,
                "rstrip": False,
                "normalized": False,
                "special": True,
            }
        ],
        "normalizer": None,
        "pre_tokenizer": pre_tokenizer(pattern),
        "post_processor": _byte_level(use_regex=True),
        "decoder": _byte_level(use_regex=True),
        "model": {
            "type": "BPE",
            "dropout": None,
            "unk_token": None,
            "continuing_subword_prefix": None,
            "end_of_word_suffix": None,
            "fuse_unk": False,
            "byte_fallback": False,
            "ignore_merges": False,
            "vocab": {token: index for index, token in enumerate(merges.vocabulary)},
            "merges": [list(pair) for pair in merges.pairs],
        },
    }
    return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode()


def tokenizer_config() -> bytes:
    """The contents of tokenizer_config.json."""
    value = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "bos_token": END_OF_TEXT,
        "eos_token": END_OF_TEXT,
        "pad_token": END_OF_TEXT,
        "unk_token": None,
        "add_prefix_space": False,
        "clean_up_tokenization_spaces": False,
    }
    return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode()


def _byte_level(*, use_regex: bool) -> JsonObject:
    return {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": False, "use_regex": use_regex}
