"""Encoding documents: the same ids as Hugging Face's, in files that Megatron reads."""

import json
import random
from pathlib import Path

import numpy as np
import pytest
from tokenizers import Tokenizer

from crisol_trainer.data.megatron import read_shard
from crisol_trainer.data.shard_writer import ShardWriter
from crisol_trainer.runtime.failure import Failure
from crisol_trainer.runtime.protocol import JsonObject
from crisol_trainer.tokenizer.byte_level import Pattern
from crisol_trainer.tokenizer.encoders import FastEncoder, Ids, Lengths, ReferenceEncoder, first_difference
from crisol_trainer.tokenizer.texts import batches, read_texts
from crisol_trainer.tokenizer.tokenize_documents import sample_of, work
from crisol_trainer.tokenizer.tokenize_documents_config import Shard, TokenizeDocumentsConfig
from crisol_trainer.tokenizer.train_tokenizer import work as train
from crisol_trainer.tokenizer.train_tokenizer_config import TrainTokenizerConfig
from tests.adversarial_texts import ENGLISH, SPANISH, TEXTS
from tests.silent_host import SilentHost


def write_texts(path: Path, texts: list[str]) -> Path:
    path.write_text("".join(json.dumps(text) + "\n" for text in texts))
    return path


def tokenizer_of(folder: Path, pattern: Pattern = "llama3") -> Path:
    texts = [ENGLISH, SPANISH, *TEXTS] * 2
    config = TrainTokenizerConfig(
        texts=str(write_texts(folder / "training.jsonl", texts)), documents=len(texts), output=str(folder / pattern),
        vocabulary=1000, pattern=pattern, min_frequency=2,
    )  # fmt: skip
    train(config, SilentHost())
    return folder / pattern / "tokenizer.json"


def tokenize(folder: Path, *shards: list[str], host: SilentHost | None = None, reference: bool = False) -> JsonObject:
    config = TokenizeDocumentsConfig(
        tokenizer=str(tokenizer_of(folder)),
        shards=tuple(
            Shard(texts=str(write_texts(folder / f"{number}.jsonl", texts)), output=str(folder / f"{number:05d}"))
            for number, texts in enumerate(shards)
        ),
        documents_before=0,
        documents_total=sum(map(len, shards)),
        reference=reference,
    )
    return work(config, host or SilentHost())


@pytest.mark.parametrize("pattern", ["llama3", "gpt2"])
def test_the_fast_encoder_gives_the_ids_of_tokenizers(tmp_path: Path, pattern: Pattern) -> None:
    path = tokenizer_of(tmp_path, pattern)
    fast, reference = FastEncoder(path), ReferenceEncoder(path)
    lot = random.Random(1)
    characters = [
        *map(
            chr, [*range(0x250), *range(0x300, 0x370), 0x17F, 0x212A, 0x1E9E, 0x200B, 0x200D, 0x2028, 0x3000, 0x4E00]
        ),
        *["😀", "🇪🇸", "'s", "'LL", "<|endoftext|>", "  ", "\n", "123", "ñ", "¿", "ción"],
    ]
    drawn = ["".join(lot.choice(characters) for _ in range(lot.randrange(30))) for _ in range(3000)]
    for texts in ([ENGLISH, SPANISH, *TEXTS], drawn):
        assert first_difference(texts, fast, reference) is None


def test_no_text_has_a_special_token_and_each_comes_back(tmp_path: Path) -> None:
    path = tokenizer_of(tmp_path)
    tokenizer = Tokenizer.from_file(str(path))
    ids, lengths = FastEncoder(path).encode(TEXTS)
    assert 0 not in ids
    rows = np.split(ids, np.cumsum(lengths)[:-1])
    assert [tokenizer.decode(row.tolist(), skip_special_tokens=False) for row in rows] == TEXTS


def test_shards_hold_documents_each_with_an_end_and_the_bytes_of_its_text(tmp_path: Path) -> None:
    first, second = [SPANISH, "", "a<|endoftext|>b", "", ENGLISH], ["", "ñ"]
    host = SilentHost()
    result = tokenize(tmp_path, first, second, host=host)
    assert (result["vocabulary"], result["endOfText"], result["dataType"]) == (1000, 0, "uint16")
    assert host.warnings == []
    assert host.done_counts == [5, 7]
    tokenizer = Tokenizer.from_file(str(tmp_path / "llama3/tokenizer.json"))
    tokenizer.encode_special_tokens = True
    for number, texts in enumerate([first, second]):
        shard = read_shard(tmp_path / f"{number:05d}.bin")
        assert shard.ids.dtype == np.uint16
        expected = [[*tokenizer.encode(text).ids, 0] for text in texts]
        assert [shard.document(index).tolist() for index in range(shard.documents)] == expected
        sizes = np.fromfile(tmp_path / f"{number:05d}.bytes", "<u4")
        assert sizes.tolist() == [len(text.encode()) for text in texts]
        reports = result["shards"]
        assert isinstance(reports, list)
        assert reports[number] == {
            "documents": len(texts),
            "tokens": sum(map(len, expected)),
            "textBytes": int(sizes.sum()),
            "encoder": "fastokens",
            "verified": len(texts),
        }


def test_the_reference_alone_writes_the_same_files(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    tokenize(tmp_path / "a", [SPANISH, *TEXTS])
    tokenize(tmp_path / "b", [SPANISH, *TEXTS], reference=True)
    for extension in ("bin", "idx", "bytes"):
        assert (tmp_path / f"a/00000.{extension}").read_bytes() == (tmp_path / f"b/00000.{extension}").read_bytes()


class ForgetfulEncoder:
    """An encoder that gets one word wrong."""

    name = "fastokens"

    def __init__(self, tokenizer_json: Path) -> None:
        self._reference = ReferenceEncoder(tokenizer_json)

    def encode(self, texts: list[str]) -> tuple[Ids, Lengths]:
        return self._reference.encode([text.replace("hidalgo", "hidalgO") for text in texts])


def test_a_shard_on_which_the_encoders_differ_is_encoded_by_the_reference(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crisol_trainer.tokenizer.tokenize_documents.fastest_encoder", ForgetfulEncoder)
    host = SilentHost()
    result = tokenize(tmp_path, [ENGLISH, SPANISH], [ENGLISH], host=host)
    assert isinstance(result["shards"], list)
    assert [isinstance(shard, dict) and shard["encoder"] for shard in result["shards"]] == ["tokenizers", "fastokens"]
    assert len(host.warnings) == 1
    assert "document 1 of shard 00000" in host.warnings[0]
    shard = read_shard(tmp_path / "00000.bin")
    tokenizer = Tokenizer.from_file(str(tmp_path / "llama3/tokenizer.json"))
    assert tokenizer.decode(shard.document(1)[:-1].tolist()) == SPANISH


def test_without_fastokens_tokenizers_encodes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crisol_trainer.tokenizer.encoders.find_spec", lambda name: None)
    result = tokenize(tmp_path, [SPANISH])
    assert isinstance(result["shards"], list)
    assert [isinstance(shard, dict) and shard["encoder"] for shard in result["shards"]] == ["tokenizers"]


def test_the_sample_has_the_first_documents_and_others_and_never_changes(tmp_path: Path) -> None:
    texts = write_texts(tmp_path / "texts.jsonl", [f"document {number}" for number in range(1000)])
    lines = [line for line, _ in sample_of(texts)]
    assert lines[:100] == list(range(100))
    assert len(set(lines)) == 200
    assert max(lines) > 900
    assert lines == [line for line, _ in sample_of(texts)]
    huge = write_texts(tmp_path / "huge.jsonl", ["x" * 30_000] * 300)
    lengths = [len(text) for _, text in sample_of(huge)]
    assert lengths == [30_000] * 33 + [4096] * 167


def test_large_vocabularies_have_int32_ids(tmp_path: Path) -> None:
    with ShardWriter(tmp_path / "00000", 65_537) as writer:
        writer.write(np.array([65_536, 1, 0], np.uint32), np.array([2, 1]), [7, 0])
    shard = read_shard(tmp_path / "00000.bin")
    assert shard.ids.dtype == np.int32
    assert [shard.document(index).tolist() for index in range(2)] == [[65_536, 1], [0]]
    with ShardWriter(tmp_path / "00001", 65_536) as writer:
        writer.write(np.array([65_535], np.uint32), np.array([1]), [1])
    assert read_shard(tmp_path / "00001.bin").ids.tolist() == [65_535]


def test_a_tokenizer_without_an_end_of_text_is_refused(tmp_path: Path) -> None:
    path = tokenizer_of(tmp_path)
    path.write_text(path.read_text().replace("<|endoftext|>", "<|other|>"))
    config = TokenizeDocumentsConfig(tokenizer=str(path), shards=(), documents_before=0, documents_total=0)
    with pytest.raises(Failure, match="has no token") as raised:
        work(config, SilentHost())
    assert raised.value.code == "BAD_DATA"


def test_lone_surrogates_are_replaced_as_javascript_does(tmp_path: Path) -> None:
    path = tmp_path / "texts.jsonl"
    path.write_text('"a\\ud800b"\n"\\ude00\\ud83d"\n"\\ud83d\\ude00"\n')
    assert list(read_texts(path)) == ["a\ufffdb", "\ufffd\ufffd", "😀"]


def test_batches_have_about_the_requested_size() -> None:
    assert list(batches(["aa", "b", "", "cccc", "d"], 3)) == [["aa", "b"], ["", "cccc"], ["d"]]
    assert list(batches([], 3)) == []
