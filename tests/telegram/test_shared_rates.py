"""Several processes of one bot together keep Telegram's rates: each takes its part."""

import pytest

from bot.telegram.limits import Bucket, Limits, Rate
from bot.telegram.pace import Pace

CHAT, GROUP = 42, -42


def calls_within(pace: Pace, seconds: float, chat_ids: list[int], start: float = 0) -> int:
    """How many calls nobody waits for pass in so much time, tried every twentieth of a second."""
    passed = 0
    for tick in range(round(seconds * 20)):
        now = start + tick / 20
        for chat_id in chat_ids:
            if not pace.take(chat_id, pace.chat(chat_id, now), now, urgent=False):
                passed += 1
    return passed


@pytest.mark.parametrize("processes", [1, 2, 4])
def test_all_together_stay_within_the_rate_of_one_bot(processes: int) -> None:
    chats = list(range(1, 60))
    total = 0
    for _ in range(processes):
        pace = Pace(Limits(reserve=0))
        pace.share(processes)
        total += calls_within(pace, 10, chats)

    assert total <= 30 * 10 + 30 + processes  # at least one call passes at once in each


def test_a_group_is_shared_too() -> None:
    total = 0
    for _ in range(2):
        pace = Pace(Limits())
        pace.share(2)
        total += calls_within(pace, 60, [GROUP])

    assert total <= 20 + 5 + 2


def test_a_process_that_is_alone_again_has_the_whole_rate() -> None:
    pace = Pace(Limits(reserve=0))
    pace.share(4)
    before = calls_within(pace, 10, list(range(1, 60)))
    pace.share(1)

    assert before < 100
    assert calls_within(pace, 10, list(range(1, 60)), start=10) > 250


def test_what_was_saved_up_does_not_outlast_a_slower_rate() -> None:
    bucket = Bucket(Rate(per_second=30, burst=30), 0)

    bucket.slow_down(Rate(per_second=3, burst=3), 0)
    for _ in range(3):
        assert bucket.wait_s(0) == 0
        bucket.take()

    assert bucket.wait_s(0) == pytest.approx(1 / 3)
