"""When training saves by time."""

from crisol_trainer.training.state.saving_times import SavingTimes


class Clock:
    """A clock that advances on request."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_training_saves_at_an_interval_in_seconds() -> None:
    clock = Clock()
    times = SavingTimes(30.0, clock=clock)
    for _ in range(3):
        clock.now += 29.9
        assert not times.due(1)
        clock.now += 0.1
        assert times.due(1)
        with times.saving():
            clock.now += 1.5
        assert times.cost == 1.5
        assert not times.due(1)
        assert times.notice() is None


def test_saving_takes_at_most_a_twentieth_of_the_time() -> None:
    clock = Clock()
    times, began, blocked = SavingTimes(30.0, clock=clock), clock.now, 0.0
    for cost in [4.0, 2.0, 8.0, 1.0, 6.0] * 4:
        while not times.due(1):
            clock.now += 0.5
        with times.saving():
            clock.now += cost
        blocked += cost
        assert times.interval == max(30.0, 19 * cost)
    clock.now += times.interval or 0
    assert blocked / (clock.now - began) <= 0.05


def test_less_frequent_saving_is_reported_once() -> None:
    clock = Clock()
    times = SavingTimes(30.0, clock=clock)
    with times.saving():
        clock.now += 2.0
    expected = "a checkpoint takes 2.0 s: one every 38 s instead of 30 s, so that saving takes at most 5 % of the time"
    assert [times.notice(), times.notice()] == [expected, None]


def test_without_a_number_of_seconds_it_never_saves_by_time() -> None:
    clock = Clock()
    times = SavingTimes(None, clock=clock)
    clock.now += 1e9
    assert not times.due(1)


def test_training_also_saves_at_an_interval_in_steps() -> None:
    times = SavingTimes(30.0, steps=4, clock=Clock())
    with times.saving():
        pass
    assert [step for step in range(1, 13) if times.due(step)] == [4, 8, 12]
