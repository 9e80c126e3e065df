"""Training tokenizers: the same bytes whichever library trains them, in a form that Transformers loads."""

import json
import random
import time
from pathlib import Path

import pytest
from tokenizers import Tokenizer
from transformers import AutoTokenizer

from crisol_trainer.runtime.failure import Failure
from crisol_trainer.runtime.protocol import Host, JsonObject
from crisol_trainer.tokenizer.byte_level import Pattern, alphabet, first_merges
from crisol_trainer.tokenizer.texts import cut_runs
from crisol_trainer.tokenizer.train_tokenizer import work
from crisol_trainer.tokenizer.train_tokenizer_config import TrainTokenizerConfig
from tests.adversarial_texts import ENGLISH, SPANISH, TEXTS
from tests.silent_host import SilentHost
from tests.started import run


def train(
    folder: Path,
    texts: list[str],
    *,
    pattern: Pattern = "llama3",
    vocabulary: int = 400,
    reference: bool = False,
    min_frequency: int = 2,
    host: Host | None = None,
) -> JsonObject:
    folder.mkdir(exist_ok=True)
    (folder / "texts.jsonl").write_text("".join(json.dumps(text) + "\n" for text in texts))
    config = TrainTokenizerConfig(
        texts=str(folder / "texts.jsonl"), documents=len(texts), output=str(folder / "out"), vocabulary=vocabulary,
        pattern=pattern, min_frequency=min_frequency, reference=reference,
    )  # fmt: skip
    return work(config, host or SilentHost())


def words(text: str, count: int, seed: int) -> list[str]:
    """Documents of words drawn from a text, with line ends between, so that many pairs are equally frequent."""
    lot = random.Random(seed)
    return [
        "".join(lot.choice(text.split()) + lot.choice([" ", " ", "\n", "\n\n", ", "]) for _ in range(count))
        for _ in range(5)
    ]


@pytest.mark.parametrize("vocabulary", [257, 258, 300, 500, 900])
@pytest.mark.parametrize("min_frequency", [1, 2, 5])
@pytest.mark.parametrize("corpus", ["english", "spanish", "adversarial", "both"])
def test_gigabpe_gives_the_bytes_of_tokenizers(
    tmp_path: Path, corpus: str, vocabulary: int, min_frequency: int
) -> None:
    texts = {
        "english": words(ENGLISH, 400, 1),
        "spanish": words(SPANISH, 400, 2),
        "adversarial": TEXTS,
        "both": [*words(ENGLISH + SPANISH, 300, 3), *TEXTS],
    }[corpus]
    results = [
        train(
            tmp_path / str(reference),
            texts,
            pattern="gpt2",
            vocabulary=vocabulary,
            min_frequency=min_frequency,
            reference=reference,
        )
        for reference in (False, True)
    ]
    assert [result["trainer"] for result in results] == ["gigabpe", "tokenizers"]
    fast, reference = ((tmp_path / name / "out" / "tokenizer.json").read_bytes() for name in ("False", "True"))
    assert fast == reference


def test_without_gigabpe_tokenizers_trains(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = train(tmp_path / "with", words(SPANISH, 300, 4), pattern="gpt2")
    monkeypatch.setattr("crisol_trainer.tokenizer.train_tokenizer.find_spec", lambda name: None)
    result = train(tmp_path / "without", words(SPANISH, 300, 4), pattern="gpt2")
    assert (expected["trainer"], result["trainer"]) == ("gigabpe", "tokenizers")
    assert (tmp_path / "with/out/tokenizer.json").read_bytes() == (
        tmp_path / "without/out/tokenizer.json"
    ).read_bytes()


@pytest.mark.parametrize("pattern", ["llama3", "gpt2"])
def test_neither_the_order_of_documents_nor_threads_matter(
    tmp_path: Path, pattern: Pattern, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = [*words(ENGLISH, 100, 5), *words(SPANISH, 100, 6), *TEXTS]
    contents = []
    for number, threads in enumerate(["1", "4"]):
        monkeypatch.setenv("RAYON_NUM_THREADS", threads)
        folder = tmp_path / str(number)
        folder.mkdir()
        random.Random(number).shuffle(texts)
        (folder / "texts.jsonl").write_text("".join(json.dumps(text) + "\n" for text in texts))
        config = {
            "texts": str(folder / "texts.jsonl"), "documents": len(texts), "output": str(folder / "out"),
            "vocabulary": 600, "pattern": pattern, "minFrequency": 2,
        }  # fmt: skip
        assert run("tokenizer.train_tokenizer", config, folder)["type"] == "done"
        contents.append((folder / "out/tokenizer.json").read_bytes())
    assert contents[0] == contents[1]


@pytest.mark.parametrize("pattern", ["llama3", "gpt2"])
def test_transformers_loads_it_and_every_text_comes_back(tmp_path: Path, pattern: Pattern) -> None:
    train(tmp_path, [ENGLISH, SPANISH] * 3, pattern=pattern)
    tokenizer = AutoTokenizer.from_pretrained(tmp_path / "out")
    assert tokenizer.is_fast
    assert (tokenizer.eos_token_id, tokenizer.bos_token_id, tokenizer.pad_token_id) == (0, 0, 0)
    assert len(tokenizer) == 400
    for text in [ENGLISH, SPANISH, *TEXTS]:
        ids = tokenizer(text, split_special_tokens=True)["input_ids"]
        assert 0 not in ids
        assert tokenizer.decode(ids) == text


def test_the_end_of_text_is_id_0_then_the_bytes_then_merges(tmp_path: Path) -> None:
    result = train(tmp_path, [ENGLISH, SPANISH] * 3, vocabulary=300)
    assert result == {"vocabulary": 300, "merges": 43, "trainer": "tokenizers"}
    tokenizer = Tokenizer.from_file(str(tmp_path / "out/tokenizer.json"))
    assert [tokenizer.id_to_token(index) for index in range(257)] == ["<|endoftext|>", *alphabet()]


def test_digits_are_in_groups_of_at_most_three(tmp_path: Path) -> None:
    train(tmp_path, ["12345678 2024 1999 1234567 " * 50], vocabulary=300)
    model = json.loads((tmp_path / "out/tokenizer.json").read_bytes())["model"]
    digits = [token for token in model["vocab"] if token.strip("Ġ").isdigit()]
    assert max(len(token) for token in digits) == 3


@pytest.mark.parametrize("pattern", ["llama3", "gpt2"])
@pytest.mark.parametrize("reference", [False, True])
def test_the_end_of_text_in_documents_is_learned_like_any_other_text(
    tmp_path: Path, pattern: Pattern, reference: bool
) -> None:
    train(tmp_path, ["<|endoftext|> <|endoftext|>\n" * 500], pattern=pattern, vocabulary=1000, reference=reference)
    model = json.loads((tmp_path / "out/tokenizer.json").read_bytes())["model"]
    learnt = [token for token in model["vocab"] if "endoftext" in token]
    assert learnt == ["<|endoftext|>", "endoftext"]
    tokenizer = Tokenizer.from_file(str(tmp_path / "out/tokenizer.json"))
    tokenizer.encode_special_tokens = True
    assert 0 not in tokenizer.encode("a<|endoftext|>b").ids


def test_a_vocabulary_larger_than_the_texts_allow_is_reported(tmp_path: Path) -> None:
    result = train(tmp_path, ["hola hola hola"], vocabulary=1000)
    assert isinstance(result["vocabulary"], int)
    assert 257 < result["vocabulary"] < 1000


def test_texts_without_pairs_are_refused(tmp_path: Path) -> None:
    with pytest.raises(Failure, match="no pair") as raised:
        train(tmp_path, ["", "a"])
    assert raised.value.code == "BAD_DATA"
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("pattern", ["llama3", "gpt2"])
def test_a_run_of_a_hundred_thousand_characters_takes_no_minutes_and_gives_no_tokens_of_that_length(
    tmp_path: Path, pattern: Pattern
) -> None:
    began = time.monotonic()
    train(tmp_path, [f"{SPANISH} {sign * 100_000}" for sign in ("-", "a", " ", "語")], pattern=pattern, vocabulary=600)
    assert time.monotonic() - began < 20  # 100,000 letters in one piece took the trainer 4 s, and the loader minutes
    model = json.loads((tmp_path / "out/tokenizer.json").read_bytes())["model"]
    assert max(map(len, model["vocab"])) <= 3 * 256


def test_texts_without_long_runs_are_not_cut() -> None:
    for text in (*TEXTS, ENGLISH, SPANISH):
        assert "".join(cut_runs(text)) == text
    for text in (ENGLISH, SPANISH, "a" * 256, " " * 256, ""):
        assert list(cut_runs(text)) == [text]
    assert list(cut_runs("a" * 600 + " b" + " " * 300)) == [
        "a" * 256,
        "a" * 256,
        "a" * 88 + " b" + " " * 256,
        " " * 44,
    ]


def test_two_merges_may_produce_the_same_token() -> None:
    merges = first_merges([("a", "b"), ("b", "c"), ("ab", "c"), ("a", "bc"), ("c", "d")], 257 + 4)
    assert merges.vocabulary[257:] == ["ab", "bc", "abc", "cd"]
    assert len(merges.pairs) == 5
