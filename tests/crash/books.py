"""What the database of an installation holds, read from beside: updates, integrity, credits."""

import sqlite3
from collections import Counter
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

from sandbox.telegram.updates import UpdateFeed


class Acknowledged:
    """Notes which updates the pretended Telegram may forget, because the bot took them."""

    def __init__(self, feed: UpdateFeed) -> None:
        self.update_ids: set[int] = set()
        self._done = feed.done
        feed.done = self._note  # type: ignore[method-assign]  # looks on, changes nothing

    def _note(self, update_id: int) -> None:
        self.update_ids.add(update_id)
        self._done(update_id)


def read(path: Path, question: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        return connection.execute(question).fetchall()


def states_of_updates(path: Path) -> dict[int, str]:
    return {
        int(str(update_id)): str(state)
        for update_id, state in read(path, "SELECT update_id, state FROM updates")
    }


def is_whole(path: Path) -> bool:
    return read(path, "PRAGMA integrity_check") == [("ok",)]


def lost(path: Path, acknowledged: Iterable[int]) -> dict[int, str]:
    """Updates Telegram will not repeat and that were not handled to the end."""
    states = states_of_updates(path)
    return {
        update_id: states.get(update_id, "never stored")
        for update_id in acknowledged
        if states.get(update_id) != "done"
    }


def credited_other_than_once(references: Iterable[object], paid: Iterable[str]) -> dict[str, int]:
    counted = Counter(str(reference) for reference in references)
    wrong = {trade: counted[trade] for trade in paid if counted[trade] != 1}
    return wrong | {trade: number for trade, number in counted.items() if trade not in set(paid)}
