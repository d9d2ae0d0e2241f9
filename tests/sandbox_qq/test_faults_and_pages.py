"""What QQ Wallet does wrong on demand, and what its payer and its controls see."""

import base64
from pathlib import Path

import httpx
import pytest

from sandbox.pay.callbacks import Recorder
from sandbox.qq.keys import bot_settings, generate_credentials, load_credentials, save_credentials
from sandbox.qq.wallet import QqWallet
from tests.sandbox_qq.merchant import CREDENTIALS, NUMBER, Merchant, from_xml, sign, to_xml

QUERY = "pay/qpay_order_query"


def query() -> bytes:
    asked = {"mch_id": CREDENTIALS.merchant, "nonce_str": "1" * 32, "out_trade_no": NUMBER}
    return to_xml(asked | {"sign": sign(asked)})


async def test_an_outage_ends_after_so_many_requests(merchant: Merchant) -> None:
    await merchant.create()
    await merchant.control("PUT", "/faults", down=True, requests_left=2)

    statuses = [(await merchant.post(QUERY, query())).status_code for _ in range(3)]

    assert statuses == [503, 503, 200]


async def test_a_system_error_is_signed_and_changes_nothing(merchant: Merchant) -> None:
    await merchant.control("PUT", "/faults", system_error=True)
    reply = await merchant.call("pay/qpay_unified_order", merchant.order())

    orders = await merchant.control("GET", "/orders")

    assert reply["err_code"] == "SYSTEMERROR"
    assert orders.json()["orders"] == []


async def test_a_lost_answer_has_taken_effect(merchant: Merchant) -> None:
    await merchant.control("PUT", "/faults", lose_answers=True, requests_left=1)

    with pytest.raises(httpx.RemoteProtocolError):
        await merchant.create()

    assert (await merchant.query())["trade_state"] == "NOTPAY"


@pytest.mark.parametrize("switch", ["unsigned", "wrong_signature"])
async def test_answers_come_without_a_good_signature(merchant: Merchant, switch: str) -> None:
    await merchant.create()
    await merchant.control("PUT", "/faults", **{switch: True})

    fields = from_xml((await merchant.post(QUERY, query())).content)

    assert fields["return_code"] == "SUCCESS"
    assert fields.get("sign") != sign(fields)


async def test_answers_come_with_a_document_type(merchant: Merchant) -> None:
    await merchant.create()
    await merchant.control("PUT", "/faults", doctype_answers=True)

    assert (await merchant.post(QUERY, query())).content.startswith(b"<!DOCTYPE")


async def test_a_query_does_not_know_of_the_payment_for_a_while(
    merchant: Merchant, qq: QqWallet
) -> None:
    await merchant.create()
    await merchant.control("PUT", "/faults", query_says_unpaid_s=60)
    await merchant.control("POST", f"/orders/{NUMBER}/pay")

    at_first = await merchant.query()
    qq.clock.offset_s = 61

    assert at_first["trade_state"] == "NOTPAY"
    assert "transaction_id" not in at_first
    assert (await merchant.query())["trade_state"] == "SUCCESS"


@pytest.mark.parametrize("state", ["USERPAYING", "REVOKED", "SOMETHINGNEW"])
async def test_a_query_says_what_it_is_told_to(merchant: Merchant, state: str) -> None:
    await merchant.create()
    await merchant.control("PUT", "/faults", query_state=state)

    assert (await merchant.query())["trade_state"] == state


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", "/faults", {"nothing": True}),
        ("PUT", "/faults", {"down": 1}),
        ("PUT", "/faults", {"slow_s": -1}),
        ("PUT", "/faults", {"callback_times": 1.5}),
        ("PUT", "/faults", {"refund_outcome": "LOST"}),
        ("PUT", "/clock", {"offset_s": "1"}),
        ("POST", f"/orders/{NUMBER}/pay", {"amount": 1}),
        ("POST", f"/orders/{NUMBER}/pay", {"amount_fen": 0}),
        ("POST", f"/orders/{NUMBER}/pay", {"times": 51}),
        ("POST", f"/orders/{NUMBER}/pay", {"late": "yes"}),
        ("POST", f"/orders/{NUMBER}/callback", {"kind": "nonsense"}),
        ("POST", f"/orders/{NUMBER}/decline", {"reason": "mood"}),
        ("POST", "/callback", {"url": 1}),
    ],
)
async def test_a_wrong_control_is_told_what_is_allowed(
    merchant: Merchant, method: str, path: str, body: dict[str, object]
) -> None:
    await merchant.create()

    reply = await merchant.control(method, path, **body)

    assert reply.status_code == 422
    assert reply.json()["message"]


async def test_a_declined_order_stays_open_and_an_expired_one_ends(merchant: Merchant) -> None:
    await merchant.create()
    declined = await merchant.control("POST", f"/orders/{NUMBER}/decline", reason="timeout")
    expired = await merchant.control("POST", f"/orders/{NUMBER}/expire")

    assert (declined.json()["trade_state"], declined.json()["declines"]) == ("NOTPAY", ["timeout"])
    assert expired.json()["trade_state"] == "CLOSED"


async def test_a_scan_a_code_and_a_deep_link_lead_to_the_pay_page(merchant: Merchant) -> None:
    code = (await merchant.create())["code_url"]
    deep = {"url_prefix": base64.b64encode(code.encode()).decode()}
    bridge = {"Referer": "https://pay.example.com/pay/abc"}

    scanned = await merchant.client.get(f"{merchant.root}/scan", params={"code": code})
    opened = await merchant.client.get(f"{merchant.root}/open", params=deep, headers=bridge)
    page = await merchant.client.get(code, follow_redirects=True)

    assert scanned.headers["location"] == f"/qq/pay?order={NUMBER}"
    assert "back=https%3A%2F%2Fpay.example.com%2Fpay%2Fabc" in opened.headers["location"]
    assert page.status_code == 200
    assert "qq_pay.js" in page.text


async def test_a_strangers_page_is_no_way_back(merchant: Merchant) -> None:
    code = (await merchant.create())["code_url"]

    came = await merchant.client.get(code, headers={"Referer": "https://evil.example/pay"})

    assert came.headers["location"] == f"/qq/pay?order={NUMBER}"


@pytest.mark.parametrize("query", [{"url_prefix": "%%"}, {"url_prefix": "aHR0cA=="}, {}])
async def test_a_bad_deep_link_is_gone(merchant: Merchant, query: dict[str, str]) -> None:
    reply = await merchant.client.get(f"{merchant.root}/open", params=query)

    assert reply.status_code == 404
    assert "已失效" in reply.text


async def test_a_code_lives_two_hours(merchant: Merchant, qq: QqWallet) -> None:
    code = (await merchant.create())["code_url"]
    found = await merchant.client.get(f"{merchant.root}/control/link", params={"code": code})
    qq.clock.offset_s = 2 * 3600 + 1

    assert found.json()["out_trade_no"] == NUMBER
    assert (await merchant.client.get(code)).status_code == 404


async def test_the_phone_page_is_there(merchant: Merchant) -> None:
    assert "qq_phone.js" in (await merchant.client.get(f"{merchant.root}/phone")).text


async def test_the_record_of_the_traffic_holds_no_password(
    merchant: Merchant, qq: QqWallet
) -> None:
    items: list[str] = []

    class Kept(Recorder):
        def record(
            self, side: str, title: str, request: object, response: object, status: int
        ) -> None:
            items.append(f"{side} {title} {request} {response} {status}")

    qq.recorder = Kept()
    await merchant.create()
    await merchant.refund(op_user_passwd="0123456789abcdef0123456789abcdef")

    assert "qq POST /cgi-bin/pay/qpay_unified_order.cgi" in items[0]
    assert "0123456789abcdef0123456789abcdef" not in str(items)


def test_credentials_are_kept_in_a_folder(tmp_path: Path) -> None:
    made = generate_credentials()
    assert load_credentials(tmp_path) is None

    save_credentials(made, tmp_path)
    settings = bot_settings(made, tmp_path, "http://127.0.0.1:8080/qq")

    assert load_credentials(tmp_path) == made
    assert settings["TOPUP_QQ_KEY"] == made.key
    assert set(settings) == {
        "TOPUP_QQ_BASE_URL",
        "TOPUP_QQ_MCH_ID",
        "TOPUP_QQ_KEY",
        "TOPUP_QQ_OP_USER_ID",
        "TOPUP_QQ_OP_USER_PASSWD",
        "TOPUP_QQ_CLIENT_CERT_FILE",
        "TOPUP_QQ_CLIENT_KEY_FILE",
    }
    assert "CERTIFICATE" in Path(settings["TOPUP_QQ_CLIENT_CERT_FILE"]).read_text()
    assert (tmp_path / "client_key.pem").stat().st_mode & 0o077 == 0
