"""Truly signed events that still do not fit."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from sandbox.cards.keys import random_letters
from sandbox.cards.model import Event, SessionStatus
from sandbox.cards.views import Json

_AMOUNT_OFF = 1


def _unpaid(event: Event) -> Event:
    """Says that the session is complete, and shows it open."""
    open_ = {"status": SessionStatus.OPEN.value, "payment_intent": None}
    return replace(event, content=event.content | open_)


def _other_amount(event: Event) -> Event:
    amount = event.content.get("amount_total")
    off = amount + _AMOUNT_OFF if isinstance(amount, int) else amount
    return replace(event, content=event.content | {"amount_total": off})


def _other_currency(event: Event) -> Event:
    return replace(event, content=event.content | {"currency": "usd"})


def _other_order(event: Event) -> Event:
    number = f"NOBODYS{random_letters(12)}"
    other: Json = {"client_reference_id": number, "metadata": {"order_no": number}}
    return replace(event, content=event.content | other)


def _unknown_session(event: Event) -> Event:
    return replace(event, content=event.content | {"id": f"cs_test_{random_letters(58)}"})


def _other_mode(event: Event) -> Event:
    return replace(event, content=event.content | {"livemode": not event.content["livemode"]})


def _unknown_type(event: Event) -> Event:
    return replace(event, kind="treasury.moon_landing.completed")


# rightly signed events that are not the money the merchant asked for
ODD_EVENTS: Mapping[str, Callable[[Event], Event]] = {
    "unpaid": _unpaid,
    "other_amount": _other_amount,
    "other_currency": _other_currency,
    "other_order": _other_order,
    "unknown_session": _unknown_session,
    "other_mode": _other_mode,
    "unknown_type": _unknown_type,
}
