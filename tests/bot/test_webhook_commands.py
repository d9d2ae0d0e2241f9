"""`topup webhooks`: reading the delivery log and sending again, beside a running `serve`."""

import asyncio
import re
from collections.abc import Callable

import pytest

from core.app import Core
from core.platform.model import Event, Tried
from core.storage.engine import open_database
from tests.bot.conftest import Ran, Setter
from tests.conftest import SETTINGS
from tests.holds.purse import fund
from tests.people import ACCOUNT
from tests.play import PlayClock, PlayMessenger

Topup = Callable[..., Ran]


class Refusing:
    async def send(self, event: Event, at: object) -> Tried:
        return Tried(status=503) if event.data["amount_fen"] == 100 else Tried(fault="ReadTimeout")


async def events_of_a_bad_day(url: str) -> None:
    database = await open_database(url)
    core = Core(database, {}, SETTINGS, clock=PlayClock(), webhook=Refusing())
    await core.access.save_account(ACCOUNT, "n")
    await fund(core, 100)
    await core.drain(PlayMessenger()).settle()
    core.clock.forward(hours=1)  # type: ignore[attr-defined]
    await fund(core, 200)
    await core.drain(PlayMessenger()).settle()
    await database.close()


@pytest.fixture
def on(database_url: str, put: Setter) -> str:
    put(DATABASE_URL=database_url)
    asyncio.run(events_of_a_bad_day(database_url))
    return database_url


def test_the_log_tells_every_try_newest_event_first(topup: Topup, on: str) -> None:
    ran = topup("webhooks", "log")

    assert ran.code == 0
    lines = [re.sub(r"evt_\w{26}", "EVT", line) for line in ran.out.splitlines()]
    assert lines[0] == "EVT funds.arrived 2026-11-22T13:00:00+00:00 waiting"
    assert lines[1].startswith("  try 1 2026-11-22T13:00:00+00:00 no answer (ReadTimeout) in ")
    assert lines[2] == "EVT funds.arrived 2026-11-22T12:00:00+00:00 waiting"
    assert lines[3].startswith("  try 1 2026-11-22T12:00:00+00:00 HTTP 503 in ")
    assert [line for line in lines if line.startswith("EVT")] == [lines[0], lines[2]]
    assert len(topup("webhooks", "log", "--limit", "1").out.splitlines()) == 2


def test_one_event_is_logged_and_sent_again(topup: Topup, on: str) -> None:
    event_id = topup("webhooks", "log").out.split(" ", 1)[0]

    logged = topup("webhooks", "log", "--event", event_id)
    again = topup("webhooks", "replay", "--event", event_id)

    assert len(logged.out.splitlines()) == 2
    assert (again.code, again.out) == (0, "1 to be sent again by the running `topup serve`\n")


@pytest.mark.parametrize(
    ("since", "count"), [("2026-11-22T20:00:00+08:00", 2), ("2026-11-22T12:30:00Z", 1)]
)
def test_all_since_a_time_are_sent_again(topup: Topup, on: str, since: str, count: int) -> None:
    assert topup("webhooks", "replay", "--since", since).out.startswith(f"{count} to be sent")


def test_without_an_option_only_what_was_lost_is_sent_again(topup: Topup, on: str) -> None:
    assert topup("webhooks", "replay").out.startswith("0 to be sent")


@pytest.mark.parametrize("command", ["log", "replay"])
def test_an_unknown_event_is_refused(topup: Topup, on: str, command: str) -> None:
    ran = topup("webhooks", command, "--event", "evt_none")

    assert (ran.code, ran.err) == (1, "error: there is no event evt_none\n")


@pytest.mark.parametrize(
    "arguments",
    [
        ("--since", "yesterday"),
        ("--since", "2026-11-22T20:00:00"),
        ("--since", "2026-11-22T20:00:00Z", "--event", "evt_1"),
    ],
)
def test_wrong_options_are_misuse(topup: Topup, on: str, arguments: tuple[str, ...]) -> None:
    ran = topup("webhooks", "replay", *arguments)

    assert ran.code == 2
    assert "--since" in ran.err
