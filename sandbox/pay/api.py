"""The gate before WeChat Pay's calls: checks the merchant's signature, signs the answer."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus

from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from starlette.requests import Request
from starlette.responses import Response

from sandbox.connection import drop_connection
from sandbox.pay.errors import WechatError, parameter_error, sign_error
from sandbox.pay.faults import Faults
from sandbox.pay.provider import WechatPay
from sandbox.pay.signing import Authorization, SignedRequest, signature_headers
from sandbox.pay.views import encode

_JSON = "application/json"
_LARGEST_BODY = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One checked request; `root` is the address the interface is mounted under."""

    request: Request
    body: bytes
    root: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    status: int = HTTPStatus.OK
    body: bytes = b""
    media_type: str = _JSON
    is_signed: bool = True


Handler = Callable[[Call], Answer]
Endpoint = Callable[[Request], Awaitable[Response]]


class Gate:
    """Wraps each handler with what is the same for all of the interface."""

    def __init__(self, wechat: WechatPay, prefix: str) -> None:
        self._wechat = wechat
        self._prefix = prefix

    def endpoint(self, handler: Handler) -> Endpoint:
        async def answer(request: Request) -> Response:
            return await self._answer(request, handler)

        return answer

    async def _answer(self, request: Request, handler: Handler) -> Response:
        body = await request.body()
        faults = self._wechat.faults
        self._wechat.faults = faults.counted_down()
        if faults.slow_s:
            await asyncio.sleep(faults.slow_s)
        answer = _edge_fault(faults) or self._handle(request, body, handler)
        self._record(request, body, answer)
        if faults.lose_answers:
            return await drop_connection(request)
        return self._reply(request, answer, faults)

    def _handle(self, request: Request, body: bytes, handler: Handler) -> Answer:
        root = str(request.base_url).rstrip("/") + self._prefix
        try:
            _check_headers(request, body)
            self._check_signature(request, body)
            return handler(Call(request=request, body=body, root=root))
        except WechatError as error:
            # refusals at the door are not signed, those of the business are
            is_signed = error.status != HTTPStatus.UNAUTHORIZED
            return _error_answer(error, is_signed=is_signed)

    def _check_signature(self, request: Request, body: bytes) -> None:
        credentials = self._wechat.credentials
        claim = Authorization.read(request.headers.get("authorization"))
        if claim.mchid != credentials.mchid:
            raise sign_error("mchid 不存在")
        if claim.serial_no != credentials.merchant_serial:
            raise sign_error("serial_no 不是该商户的证书序列号")
        claim.check_fresh(self._wechat.wire_clock.timestamp())
        claim.check_signature(credentials.merchant_key.public_key(), self._signed(request, body))

    def _signed(self, request: Request, body: bytes) -> list[SignedRequest]:
        """WeChat's host has no prefix: with one, the path is right as sent and without it."""
        target = _target(request)
        targets = (target, target.removeprefix(self._prefix))
        return [SignedRequest(method=request.method, target=each, body=body) for each in targets]

    def _reply(self, request: Request, answer: Answer, faults: Faults) -> Response:
        headers = {"Request-ID": secrets.token_hex(16).upper()}
        if answer.is_signed and not faults.unsigned:
            headers |= self._signature(request, answer.body, faults)
        media_type = answer.media_type if answer.body else None
        return Response(answer.body, answer.status, headers, media_type)

    def _signature(self, request: Request, body: bytes, faults: Faults) -> dict[str, str]:
        """With the public key where the merchant asked for that one, else the certificate's."""
        credentials = self._wechat.credentials
        if request.headers.get("wechatpay-serial") == credentials.public_key_id:
            key, serial = credentials.wechat_key, credentials.public_key_id
        else:
            key, serial = credentials.platform_key, credentials.platform_serial
        if faults.wrong_signature:
            key = generate_private_key(public_exponent=65537, key_size=2048)
        return signature_headers(key, serial, self._wechat.wire_clock.timestamp(), body)

    def _record(self, request: Request, body: bytes, answer: Answer) -> None:
        title = f"{request.method} {request.url.path.removeprefix(self._prefix)}"
        is_text = answer.media_type == _JSON
        response = answer.body.decode() if is_text else f"{len(answer.body)} bytes"
        self._wechat.recorder.record(
            "wechat", title, body.decode(errors="replace"), response, int(answer.status)
        )


def _target(request: Request) -> str:
    path: bytes = request.scope["raw_path"]
    query: bytes = request.scope["query_string"]
    return (path + (b"?" + query if query else b"")).decode("latin-1")


def _check_headers(request: Request, body: bytes) -> None:
    if not request.headers.get("user-agent"):
        raise parameter_error("User-Agent", None, "必填", "header")
    accept = request.headers.get("accept", "")
    if _JSON not in accept and "/billdownload/" not in request.url.path:
        raise parameter_error("Accept", accept, f"应为 {_JSON}", "header")
    content_type = request.headers.get("content-type", "")
    if body and not content_type.startswith(_JSON):
        raise parameter_error("Content-Type", content_type, f"应为 {_JSON}", "header")
    if len(body) > _LARGEST_BODY:
        raise parameter_error("/", len(body), f"请求体不超过 {_LARGEST_BODY} 字节")


def _edge_fault(faults: Faults) -> Answer | None:
    if faults.down:
        return _error_answer(WechatError(503, "SERVICE_UNAVAILABLE", "服务不可用"))
    if faults.system_error:
        return _error_answer(WechatError(500, "SYSTEM_ERROR", "系统异常，请稍后重试"))
    if faults.rate_limited:
        return _error_answer(WechatError(429, "FREQUENCY_LIMITED", "频率限制，请降低请求频率"))
    return None


def _error_answer(error: WechatError, *, is_signed: bool = False) -> Answer:
    return Answer(status=error.status, body=encode(error.body()), is_signed=is_signed)
