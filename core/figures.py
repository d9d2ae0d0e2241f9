"""The state of the business in a few numbers, cheap enough to be read at every scrape."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from core.cases import store as cases
from core.channels import Channel
from core.notices import store as notices
from core.storage.transaction import Tx
from core.topup import store as topup


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """Open cases of one kind: how many, worth how many fen, and since when the oldest."""

    count: int
    amount_fen: int
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What waits for people, and what fails, by kind."""

    cases: Mapping[str, Waiting]
    channel_failures: Mapping[Channel, int]
    unread_notices: int


def read(tx: Tx) -> Figures:
    """One consistent reading; every query goes over what is open, never over history."""
    waiting = {
        kind: Waiting(count=count, amount_fen=amount_fen, since=since)
        for kind, count, amount_fen, since in cases.waiting_by_kind(tx)
    }
    failures = {channel: held.failures for channel, held in topup.channel_calls(tx).items()}
    return Figures(
        cases=waiting,
        channel_failures=failures,
        unread_notices=notices.undeliverable(tx),
    )
