"""Reads what a merchant asks of QQ Wallet, to the letter of its interface."""

from datetime import datetime, timedelta

from starlette.requests import Request

from sandbox.pay.clock import BEIJING
from sandbox.qq.messages import read_message
from sandbox.tenpay.house.checks import Parameters
from sandbox.tenpay.house.errors import Refused, at_the_door
from sandbox.tenpay.house.keys import Credentials
from sandbox.tenpay.house.model import OrderRequest, Pairs, RefundRequest
from sandbox.tenpay.house.signing import is_same_sign, md5_sign, password_digest

NUMBER = r"[0-9A-Za-z_-]+"
_SHORTEST_SPAN = timedelta(minutes=5)


def read_signed(request: Request, body: bytes, credentials: Credentials) -> Parameters:
    """The parameters of a request that is this merchant's and rightly signed."""
    if request.method != "POST":
        raise at_the_door("REQUIRE_POST_METHOD", "请使用 post 方法")
    content_type = request.headers.get("content-type", "").partition(";")[0].strip()
    if content_type not in ("text/xml", "application/xml"):
        raise at_the_door("XML_FORMAT_ERROR", "Content-Type 应为 text/xml")
    pairs: Pairs = read_message(body)
    parameters = Parameters(pairs=pairs)
    parameters.text("nonce_str", longest=32)
    if parameters.text("mch_id", longest=32) != credentials.merchant:
        raise at_the_door("MCHID_NOT_EXIST", "mch_id 不存在")
    sign = parameters.text("sign", longest=128)
    if not is_same_sign(sign, md5_sign(pairs, credentials.key)):
        raise at_the_door("SIGNERROR", "签名错误")
    if parameters.optional("appid", longest=32):
        raise Refused("APPID_MCHID_NOT_MATCH", "appid 与 mch_id 不匹配：该商户没有 appid")
    return parameters


def read_order(parameters: Parameters, root: str, now: datetime) -> OrderRequest:
    parameters.exactly("fee_type", "CNY")
    parameters.exactly("trade_type", "NATIVE")
    parameters.ipv4("spbill_create_ip")
    for name in ("limit_pay", "promotion_tag", "contract_code", "device_info"):
        parameters.optional(name, longest=32)
    notify_url = parameters.address("notify_url")
    if "?" in notify_url:
        raise at_the_door("PARAM_ERROR", "notify_url 不能带参数")
    total_fen = parameters.fen("total_fee")
    description = parameters.text("body", longest=128)
    attach = parameters.optional("attach", longest=128)
    expires_at = _expiry(parameters, now)
    expiry = parameters.optional("time_expire", longest=14)
    return OrderRequest(
        out_trade_no=parameters.text("out_trade_no", longest=32, pattern=NUMBER),
        total_fen=total_fen,
        description=description,
        notify_url=notify_url,
        attach=attach,
        expires_at=expires_at,
        core=(str(total_fen), description, attach, notify_url, expiry),
        extra={"root": root},
    )


def read_refund(parameters: Parameters, credentials: Credentials) -> RefundRequest:
    operator = parameters.optional("op_user_id", longest=32) or credentials.merchant
    digest = parameters.text("op_user_passwd", longest=32)
    right = password_digest(credentials.op_user_passwd)
    if operator != credentials.op_user_id or not is_same_sign(digest, right, ignore_case=True):
        raise Refused("NOAUTH", "操作员或操作员密码错误")
    return RefundRequest(
        transaction_id=parameters.optional("transaction_id", longest=32),
        out_trade_no=_either_number(parameters),
        out_refund_no=parameters.text("out_refund_no", longest=32, pattern=NUMBER),
        refund_fen=parameters.fen("refund_fee"),
    )


def read_bill(parameters: Parameters, *, now: datetime, ready_hour: int) -> tuple[datetime, str]:
    """The day's first moment and the kind of bill; refused before it is out."""
    text = parameters.text("bill_date", longest=8, pattern=r"\d{8}")
    kind = parameters.exactly("bill_type", "ALL", "SUCCESS", "REFUND", "RECHAR")
    if parameters.optional("tar_type", longest=8) not in ("", "GZIP"):
        raise at_the_door("PARAM_ERROR", "tar_type 应为 GZIP 或不填")
    try:
        day = datetime.strptime(text, "%Y%m%d").replace(tzinfo=BEIJING)
    except ValueError as error:
        raise at_the_door("PARAM_ERROR", "bill_date 格式应为 yyyyMMdd") from error
    if now < day + timedelta(days=1, hours=ready_hour):
        raise at_the_door("BILL_CREATING", f"对账单未生成，请次日 {ready_hour} 点后再试")
    if now > day + timedelta(days=92):
        raise at_the_door("NO_BILL_EXIST", "仅提供近三个月的对账单")
    return day, kind


def _either_number(parameters: Parameters) -> str:
    number = parameters.optional("out_trade_no", longest=32)
    if not number and not parameters.pairs.get("transaction_id"):
        raise at_the_door("LACK_PARAMS", "transaction_id 与 out_trade_no 至少一项")
    return number


def _expiry(parameters: Parameters, now: datetime) -> datetime | None:
    start = parameters.moment("time_start") or now
    end = parameters.moment("time_expire")
    if end is not None and end - start <= _SHORTEST_SPAN:
        raise at_the_door("PARAM_ERROR", "time_expire 与 time_start 的间隔应大于 5 分钟")
    return end
