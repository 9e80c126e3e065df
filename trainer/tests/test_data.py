"""Reading token shards, and cutting batches from them."""

from pathlib import Path

import numpy as np
import pytest

from crisol_trainer.data.batches import Sequences, batch_numbers
from crisol_trainer.data.permutation import permute
from crisol_trainer.data.token_stream import TokenStream, open_tokens
from crisol_trainer.runtime.failure import Failure
from tests.token_artifact import write_artifact, write_shard


def numbered(folder: Path, *, lengths: list[int], shards: int = 1) -> TokenStream:
    """A stream in which the id at each place is the place's number."""
    ids = iter(range(sum(lengths)))
    documents = [[next(ids) for _ in range(length)] for length in lengths]
    for number in range(shards):
        write_shard(
            folder, number, documents[number * len(documents) // shards : (number + 1) * len(documents) // shards]
        )
    return open_tokens(folder, vocabulary=sum(lengths))


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 15, 16, 17, 1000, 4097])
def test_a_permutation_visits_each_place_once(size: int) -> None:
    for epoch in range(3):
        places = permute(np.arange(size), size=size, seed=7, epoch=epoch)
        assert sorted(places.tolist()) == list(range(size))


def test_permutations_differ_by_seed_and_epoch_and_any_place_is_computed_alone() -> None:
    places = np.arange(1000)
    orders = [permute(places, size=1000, seed=seed, epoch=epoch) for seed in (1, 2) for epoch in (0, 1)]
    for number, order in enumerate(orders):
        assert all((order == other).mean() < 0.02 for other in orders[number + 1 :])
        assert abs(np.corrcoef(places, order)[0, 1]) < 0.1
    assert permute(np.array([123]), size=1000, seed=1, epoch=0)[0] == orders[0][123]


def test_a_permutation_sends_every_place_to_both_halves_alike() -> None:
    low = [permute(np.array([5]), size=1000, seed=seed, epoch=0)[0] < 500 for seed in range(2000)]
    assert abs(np.mean(low) - 0.5) < 0.05


def test_reading_crosses_the_ends_of_shards(tmp_path: Path) -> None:
    stream = numbered(tmp_path, lengths=[3, 4, 5, 6], shards=3)
    assert stream.read(0, 18).tolist() == list(range(18))
    assert stream.read(6, 7).tolist() == list(range(6, 13))
    assert stream.counts.tolist() == [1] * 18


def test_an_epoch_trains_on_every_sequence_once_with_one_token_shared(tmp_path: Path) -> None:
    sequences = Sequences(stream=numbered(tmp_path, lengths=[50, 51]), context=10)
    assert len(sequences) == 10
    first, second = (
        np.concatenate([batch_numbers(sequences, seed=3, step=step, batch=5) for step in steps])
        for steps in (range(2), range(2, 4))
    )
    assert sorted(first.tolist()) == sorted(second.tolist()) == list(range(10))
    assert first.tolist() != second.tolist()
    rows = sequences.read(first)
    assert sorted(rows[:, 0].tolist()) == list(range(0, 100, 10))
    assert (np.diff(rows) == 1).all()


def test_a_batch_across_the_end_of_an_epoch_takes_from_both(tmp_path: Path) -> None:
    sequences = Sequences(stream=numbered(tmp_path, lengths=[71]), context=10)
    numbers = [number for step in range(7) for number in batch_numbers(sequences, seed=3, step=step, batch=4)]
    for epoch in range(4):
        assert sorted(numbers[epoch * 7 : epoch * 7 + 7]) == list(range(7))


def test_ranks_share_a_batch_in_order(tmp_path: Path) -> None:
    sequences = Sequences(stream=numbered(tmp_path, lengths=[101]), context=10)
    shares = [batch_numbers(sequences, seed=3, step=1, batch=4, rank=rank, ranks=2) for rank in range(2)]
    assert np.array_equal(np.concatenate(shares), batch_numbers(sequences, seed=3, step=1, batch=4))


def test_too_few_tokens_for_a_sequence_are_refused(tmp_path: Path) -> None:
    with pytest.raises(Failure, match="the 10 held-out tokens are fewer than one sequence of 11"):
        Sequences(stream=numbered(tmp_path, lengths=[10]), context=10)


def test_int32_shards_are_read(tmp_path: Path) -> None:
    write_shard(tmp_path, 0, [[70_000, 1, 0]], data_type=np.int32)
    assert open_tokens(tmp_path, vocabulary=70_001).read(0, 3).tolist() == [70_000, 1, 0]


def test_an_artifact_without_shards_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Failure, match="no token shard"):
        open_tokens(tmp_path, vocabulary=10)


def test_an_id_outside_the_vocabulary_is_named_with_file_and_document(tmp_path: Path) -> None:
    write_artifact(tmp_path, [[1, 2, 0], [3, 0], [4, 99, 5, 0]])
    with pytest.raises(Failure, match=r"99.*vocabulary of 64.*00000\.bin, document 2") as failure:
        open_tokens(tmp_path, vocabulary=64)
    assert failure.value.code == "BAD_DATA"


@pytest.mark.parametrize(
    ("file", "position", "value", "message"),
    [
        ("idx", 0, 0, "not a Megatron index"),
        ("idx", 9, 2, "version 2"),
        ("idx", 17, 5, "type 5"),
        ("idx", 18, 9, "bytes where its header says"),
        ("idx", 34, 9, "does not place a document right after.*document 1"),
        ("idx", 34 + 12 + 24 + 8, 2, "one sequence per document"),
        ("idx", 34 + 4, 0, "without tokens.*document 1"),
        ("bin", None, None, "has 16 bytes where its index says 18"),
        ("idx", None, None, "bytes where its header says"),
    ],
)
def test_an_index_that_does_not_describe_its_ids_is_refused(
    tmp_path: Path, file: str, position: int | None, value: int | None, message: str
) -> None:
    path = write_shard(tmp_path, 0, [[1, 2, 0], [3, 0], [4, 5, 6, 0]]).with_suffix(f".{file}")
    contents = bytearray(path.read_bytes())
    if position is None or value is None:
        del contents[-2:]
    else:
        contents[position] = value
    path.write_bytes(contents)
    with pytest.raises(Failure, match=message) as failure:
        open_tokens(tmp_path, vocabulary=64)
    assert failure.value.code == "BAD_DATA"


def test_a_missing_index_is_refused_by_name(tmp_path: Path) -> None:
    write_shard(tmp_path, 0, [[1, 0]]).with_suffix(".idx").unlink()
    with pytest.raises(Failure, match=r"00000\.idx cannot be read"):
        open_tokens(tmp_path, vocabulary=64)
