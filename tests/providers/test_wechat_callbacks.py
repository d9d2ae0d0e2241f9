"""What `read` makes of a true callback, and what is answered to it."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest

from core.channels import Channel
from core.errors import ForgedMessage, NotOurMoney
from core.providers.base import Outcome, RefundReport, RefundState, Reply, Report, Source, Verdict
from core.providers.wechat_pay import WechatPay
from tests.providers.wechat_stand_in import MovableClock, WechatSide

Callback = tuple[dict[str, str], bytes]


def test_the_full_callback_of_the_vectors_is_read(reader: WechatPay, genuine: Callback) -> None:
    assert reader.read(*genuine) == Report(
        channel=Channel.WECHAT,
        source=Source.CALLBACK,
        event_id="EV-2026112220400000001",
        order_no="TOPUP202611220001",
        outcome=Outcome.PAID,
        merchant="1230000109",
        app="wxd678efh567hg6787",
        trade_no="4200002000202611220000000001",
        amount_fen=100,
        currency="CNY",
        occurred_at=datetime(2026, 11, 22, 12, 40, tzinfo=UTC),
    )


@pytest.mark.parametrize("spelling", [str.lower, str.upper, str.title])
def test_header_names_may_have_any_case(
    spelling: Callable[[str], str], reader: WechatPay, genuine: Callback
) -> None:
    headers, body = genuine

    report = reader.read({spelling(name): value for name, value in headers.items()}, body)

    assert report == reader.read(headers, body)


def test_a_missing_signature_type_means_the_usual_one(
    reader: WechatPay, genuine: Callback
) -> None:
    headers, body = genuine
    del headers["Wechatpay-Signature-Type"]

    assert isinstance(reader.read(headers, body), Report)


@pytest.mark.parametrize("seconds", [-299, 299])
def test_a_callback_299_seconds_away_is_fresh(
    seconds: int, reader: WechatPay, genuine: Callback, clock: MovableClock
) -> None:
    clock.forward(seconds)

    assert isinstance(reader.read(*genuine), Report)


@pytest.mark.parametrize("seconds", [-86400, -300, 300, 31_536_000])
def test_a_callback_300_seconds_away_is_refused(
    seconds: int, reader: WechatPay, genuine: Callback, clock: MovableClock
) -> None:
    clock.forward(seconds)

    with pytest.raises(ForgedMessage, match="300 s"):
        reader.read(*genuine)


def test_what_wechat_states_is_reported_for_the_core_to_compare(
    reader: WechatPay, wechat: WechatSide, trade: dict[str, Any]
) -> None:
    other = {
        "mchid": "1900007291",
        "appid": "wxother",
        "out_trade_no": "UNKNOWN1",
        "amount": {"total": 1, "currency": "USD"},
    }

    report = reader.read(*wechat.callback(trade | other))

    assert isinstance(report, Report)
    assert (report.merchant, report.app) == ("1900007291", "wxother")
    assert (report.order_no, report.amount_fen, report.currency) == ("UNKNOWN1", 1, "USD")


def test_a_currency_that_is_not_named_is_not_guessed(
    reader: WechatPay, wechat: WechatSide, trade: dict[str, Any]
) -> None:
    report = reader.read(*wechat.callback(trade | {"amount": {"total": 100}}))

    assert isinstance(report, Report)
    assert report.currency is None


def test_the_same_callback_reads_the_same_twice_and_at_once(
    reader: WechatPay, genuine: Callback
) -> None:
    with ThreadPoolExecutor(8) as threads:
        reports = list(threads.map(lambda _: reader.read(*genuine), range(64)))

    assert all(report == reports[0] for report in reports)


REFUND = {
    "mchid": "1230000109",
    "out_trade_no": "TOPUP202611220001",
    "transaction_id": "4200002000202611220000000001",
    "out_refund_no": "REFUND0001",
    "refund_id": "50300000002026112200000000001",
    "refund_status": "SUCCESS",
    "success_time": "2026-11-22T20:41:00+08:00",
    "user_received_account": "支付用户零钱",
    "amount": {"total": 100, "refund": 40, "payer_total": 100, "payer_refund": 40},
}


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("SUCCESS", RefundState.DONE),
        ("ABNORMAL", RefundState.ABNORMAL),
        ("CLOSED", RefundState.CLOSED),
    ],
)
def test_a_refund_callback_is_read_as_a_refund(
    status: str, state: RefundState, reader: WechatPay, wechat: WechatSide
) -> None:
    callback = wechat.callback(REFUND | {"refund_status": status}, event=f"REFUND.{status}")

    assert reader.read(*callback) == RefundReport(
        channel=Channel.WECHAT,
        refund_no="REFUND0001",
        provider_refund_no="50300000002026112200000000001",
        state=state,
        refund_fen=40,
    )


def test_a_refund_of_another_merchant_is_not_our_money(
    reader: WechatPay, wechat: WechatSide
) -> None:
    with pytest.raises(NotOurMoney):
        reader.read(*wechat.callback(REFUND | {"mchid": "1"}, event="REFUND.SUCCESS"))


@pytest.mark.parametrize(
    "change",
    [
        {"refund_status": "DONE"},
        {"refund_status": None, "status": "SUCCESS"},
        {"amount": {"refund": 0}},
        {"amount": {"refund": "40"}},
        {"refund_id": ""},
        {"out_refund_no": 1},
    ],
    ids=str,
)
def test_a_refund_of_odd_form_is_refused(
    change: dict[str, Any], reader: WechatPay, wechat: WechatSide
) -> None:
    with pytest.raises(ForgedMessage):
        reader.read(*wechat.callback(REFUND | change, event="REFUND.SUCCESS"))


def test_a_payment_told_as_a_refund_is_refused(
    reader: WechatPay, wechat: WechatSide, trade: dict[str, Any]
) -> None:
    with pytest.raises(ForgedMessage):
        reader.read(*wechat.callback(trade, event="REFUND.SUCCESS"))
    with pytest.raises(ForgedMessage):
        reader.read(*wechat.callback(REFUND, event="TRANSACTION.SUCCESS"))


def test_a_recorded_callback_is_acknowledged_with_an_empty_200(reader: WechatPay) -> None:
    assert reader.acknowledge(Verdict.RECORDED) == Reply(status=200)


@pytest.mark.parametrize(("verdict", "status"), [(Verdict.FORGED, 401), (Verdict.FAILED, 500)])
def test_a_callback_that_was_not_recorded_is_answered_with_fail(
    verdict: Verdict, status: int, reader: WechatPay
) -> None:
    reply = reader.acknowledge(verdict)

    assert (reply.status, reply.media_type) == (status, "application/json")
    assert json.loads(reply.body)["code"] == "FAIL"
