"""Stripe's webhooks: the published vector, and every way a letter can be wrong."""

import hashlib
import hmac
import json
from datetime import UTC, datetime

import pytest
import stripe

from core.channels import Channel
from core.errors import ForgedMessage, NotOurMoney
from core.providers.base import DisputeReport, DisputeState, Outcome, RefundReport, Report
from core.providers.card_events import check_signature, read_event

SECRET = "whsec_test_secret_0123456789abcdef"
AT = 1795264801
NOW = datetime.fromtimestamp(AT, UTC)
V1 = "26f6a2ab5488cc41a84bdf05ad57f34c8c90dea43f5990edd44f0344959d2698"
BODY = (
    b'{"id":"evt_test_0001","object":"event","api_version":"2026-10-28.endive",'
    b'"created":1795264800,"data":{"object":{"id":"cs_test_0001","object":"checkout.session",'
    b'"amount_total":10000,"client_reference_id":"TOPUP202611220004","currency":"cny",'
    b'"payment_status":"unpaid","status":"complete"}},"livemode":false,'
    b'"type":"checkout.session.completed"}'
)


def header(body: bytes = BODY, *, at: int = AT, secret: str = SECRET) -> str:
    signed = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={signed}"


def test_the_published_vector_is_accepted() -> None:
    assert len(BODY) == 341
    assert header() == f"t={AT},v1={V1}"
    check_signature({"stripe-signature": f"t={AT},v1={V1}"}, BODY, secret=SECRET, now=NOW)


def test_stripes_own_library_signs_the_same() -> None:
    theirs = stripe.WebhookSignature._compute_signature(f"{AT}.{BODY.decode()}", SECRET)

    assert theirs == V1


@pytest.mark.parametrize(
    "given",
    [
        header(BODY.replace(b":", b": ")),
        header(secret="whsec_another"),
        f"t={AT},v0={V1}",
        header(at=AT - 301),
        header(at=AT + 301),
        "",
        f"v1={V1}",
        f"t=x,v1={V1}",
        f"t={AT},v1=",
    ],
)
def test_a_wrong_letter_is_refused(given: str) -> None:
    with pytest.raises(ForgedMessage):
        check_signature({"stripe-signature": given}, BODY, secret=SECRET, now=NOW)


def test_one_right_signature_of_two_is_enough() -> None:
    given = f"t={AT},v1={'0' * 64},v1={V1}"

    check_signature({"stripe-signature": given}, BODY, secret=SECRET, now=NOW)


def event(kind: str, subject: dict[str, object], *, livemode: bool = False) -> bytes:
    return json.dumps(
        {"id": "evt_1", "type": kind, "livemode": livemode, "data": {"object": subject}}
    ).encode()


SESSION = {"id": "cs_test_1", "payment_intent": "pi_1", "metadata": {"order_no": "T2026"}}


def test_a_session_is_a_hint_of_its_order() -> None:
    told = read_event(event("checkout.session.completed", SESSION), is_live=False)

    assert isinstance(told, Report)
    assert (told.channel, told.order_no, told.outcome) == (
        Channel.CARD,
        "T2026",
        Outcome.AUTHORISED,
    )
    assert (told.reference, told.trade_no, told.amount_fen) == ("cs_test_1", "pi_1", None)


def test_a_payment_intent_is_one_too() -> None:
    subject = {"id": "pi_1", "metadata": {"order_no": "T2026"}}
    told = read_event(event("payment_intent.amount_capturable_updated", subject), is_live=False)

    assert isinstance(told, Report)
    assert (told.reference, told.trade_no) == (None, "pi_1")


def test_a_refund_is_a_report_of_its_number() -> None:
    subject = {
        "id": "re_1",
        "amount": 500,
        "status": "succeeded",
        "metadata": {"refund_no": "R1"},
    }
    told = read_event(event("refund.updated", subject), is_live=False)

    assert isinstance(told, RefundReport)
    assert (told.refund_no, told.refund_fen, told.state) == ("R1", 500, "done")


@pytest.mark.parametrize(
    ("kind", "subject"),
    [
        ("customer.created", {"id": "cus_1"}),
        ("checkout.session.completed", {"id": "cs_2", "metadata": {}}),
        ("refund.created", {"id": "re_2", "metadata": {}, "amount": 1}),
        ("something.new", {}),
    ],
)
def test_what_is_not_about_an_order_is_ignored(kind: str, subject: dict[str, object]) -> None:
    assert read_event(event(kind, subject), is_live=False) is None


@pytest.mark.parametrize("is_live", [True, False])
def test_the_other_mode_is_not_our_money(is_live: bool) -> None:
    with pytest.raises(NotOurMoney):
        read_event(
            event("checkout.session.completed", SESSION, livemode=not is_live), is_live=is_live
        )


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"type":"x"}', b'{"a":1,"a":2}'])
def test_what_is_no_event_is_refused(body: bytes) -> None:
    with pytest.raises((ForgedMessage, NotOurMoney)):
        read_event(body, is_live=False)


def a_dispute(status: str, **changes: object) -> bytes:
    subject: dict[str, object] = {
        "id": "dp_1",
        "object": "dispute",
        "amount": 60_00,
        "created": AT,
        "currency": "cny",
        "payment_intent": "pi_1",
        "reason": "fraudulent",
        "status": status,
        "evidence_details": {"due_by": AT},
        **changes,
    }
    event = {
        "id": "evt_1",
        "type": "charge.dispute.created",
        "livemode": False,
        "data": {"object": subject},
    }
    return json.dumps(event).encode()


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("needs_response", DisputeState.OPEN),
        ("warning_under_review", DisputeState.OPEN),
        ("a_status_of_tomorrow", DisputeState.OPEN),
        ("won", DisputeState.WON),
        ("warning_closed", DisputeState.WON),
        ("lost", DisputeState.LOST),
    ],
)
def test_a_dispute_is_told_with_its_sum_its_trade_and_its_day(
    status: str, state: DisputeState
) -> None:
    told = read_event(a_dispute(status), is_live=False)

    assert told == DisputeReport(
        channel=Channel.CARD,
        merchant="stripe",
        dispute_no="dp_1",
        trade_no="pi_1",
        state=state,
        amount_fen=60_00,
        currency="CNY",
        reason="fraudulent",
        opened_at=NOW,
        due_at=NOW,
    )


def test_a_dispute_without_a_payment_or_a_day_is_read() -> None:
    assert read_event(a_dispute("won", payment_intent=None), is_live=False) is None
    told = read_event(a_dispute("won", evidence_details=None), is_live=False)
    assert isinstance(told, DisputeReport)
    assert told.due_at is None
