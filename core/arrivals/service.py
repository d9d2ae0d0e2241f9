"""What follows from money that arrived, by whatever channel: one place for all of them."""

from collections.abc import Mapping
from datetime import datetime

from core.access import store as access
from core.alerts import watch
from core.alerts.model import Topic
from core.arrivals.model import Arrival
from core.ledger import store as ledger
from core.notices import store as notices
from core.notices.model import NoticeKind, Recipient
from core.platform import events
from core.platform.model import EventType
from core.requests import service as requests
from core.shortfalls import reckoning
from core.storage.transaction import Tx


def announce(tx: Tx, arrival: Arrival, *, at: datetime) -> Mapping[str, object]:
    """Tell of a credit: once, in the transaction that posted it and after it was posted.

    Who may see the account's money and wants it told, and `also_tell`, get a notice; the platform
    gets `funds.arrived`; blocked purchases that fit now can go on. Returns the facts that were
    told, for the caller's audit line.
    """
    account = access.account(tx, arrival.account_id)
    available_fen = ledger.balance(tx, arrival.account_id).available_fen
    told = {
        "account_id": arrival.account_id,
        "amount_fen": arrival.amount_fen,
        "channel": arrival.channel,
        "reference": arrival.reference,
        "available_fen": available_fen,
    }
    facts: dict[str, object] = {
        "order_no": None,
        "mark": None,
        "top_up": None,
        **arrival.facts,
        **told,
        "account": "" if account is None else account.name,
    }
    recipients = _listeners(tx, arrival)
    requests.answer(tx, arrival.account_id, arrival.amount_fen, arrival.facts.get("top_up"), at=at)
    notices.add(tx, recipients, NoticeKind.FUNDS_ARRIVED, key=arrival.key, facts=facts, at=at)
    events.add(tx, EventType.FUNDS_ARRIVED, told, at)
    reckoning.reckon(tx, arrival.account_id, at=at)
    return facts


def _listeners(tx: Tx, arrival: Arrival) -> list[Recipient]:
    finance = watch.listeners(tx, arrival.account_id, Topic.ARRIVALS, arrival.amount_fen)
    people = {item.person_id for item in finance} | arrival.also_tell
    return [
        Recipient(person_id=person, account_id=arrival.account_id) for person in sorted(people)
    ]
