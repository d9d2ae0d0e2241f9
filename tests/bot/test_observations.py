"""What is counted on the way: landings, provider calls, calls to Telegram, checks of the books."""

import pytest
from prometheus_client import CollectorRegistry

from bot.duties import Verifying
from bot.observations import Observations
from core.app import Core
from core.channels import Channel
from core.errors import BooksBroken, ProviderUnavailable
from core.ids import AccountId, PersonId, TopUpId
from core.storage.database import Database
from core.topup.orders import StartRequest
from tests.conftest import SETTINGS
from tests.people import link_everybody
from tests.play import PlayClock, PlayProvider


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


@pytest.fixture
async def watched(
    database: Database, clock: PlayClock, provider: PlayProvider, registry: CollectorRegistry
) -> Core:
    core = Core(
        database,
        {provider.channel: provider},
        SETTINGS,
        clock=clock,
        observer=Observations(registry),
    )
    await link_everybody(core)
    return core


def request(person: PersonId, account: AccountId, key: str) -> StartRequest:
    return StartRequest(
        person_id=person,
        account_id=account,
        amount_fen=10_000,
        channel=Channel.WECHAT,
        key=key,
        top_up_id=TopUpId(f"wish-{key}"),
    )


async def test_a_credit_and_the_calls_before_it_are_counted(
    watched: Core,
    provider: PlayProvider,
    registry: CollectorRegistry,
    linked: dict[str, PersonId],
    account: AccountId,
) -> None:
    view = await watched.topups.start(request(linked["finance"], account, "a"))
    report = provider.pay(view.payment.order_no)
    await watched.topups.record_payment(report)
    await watched.topups.record_payment(report)

    def landed(landing: str) -> float | None:
        labels = {"channel": "wechat", "landing": landing}
        return registry.get_sample_value("topup_payments_landed_total", labels)

    assert (landed("credited"), landed("repeated")) == (1, 1)
    answered = {"channel": "wechat", "outcome": "answered"}
    assert registry.get_sample_value("topup_provider_call_seconds_count", answered) == 1


async def test_an_outage_is_counted_as_one(
    watched: Core,
    provider: PlayProvider,
    registry: CollectorRegistry,
    linked: dict[str, PersonId],
    account: AccountId,
) -> None:
    provider.fail["create"] = ProviderUnavailable("timeout")

    with pytest.raises(ProviderUnavailable):
        await watched.topups.start(request(linked["finance"], account, "b"))

    labels = {"channel": "wechat", "outcome": "unavailable"}
    assert registry.get_sample_value("topup_provider_call_seconds_count", labels) == 1


async def test_the_daily_check_of_the_books_is_told(
    watched: Core, registry: CollectorRegistry, clock: PlayClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    observations = Observations(CollectorRegistry())
    told: list[bool] = []

    def checked(*, holds: bool, at_s: float) -> None:
        told.append(holds)
        observations.ledger_checked(holds=holds, at_s=at_s)

    verifying = Verifying(watched, "test", checked)
    await verifying.verify()

    async def broken() -> None:
        raise BooksBroken("CONSERVE: row 7")

    monkeypatch.setattr(watched.ledger, "verify", broken)
    await verifying.verify()

    assert told == [True, False]
