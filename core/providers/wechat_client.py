"""Signed calls to WeChat Pay: one exchange with its limits, and what its answers mean.

Every call goes to `<host><path>` where `path` starts with `/v3/`. A host may be an address with a
prefix (`http://127.0.0.1:8080/wechat`); the signature covers the path exactly as it is sent, the
prefix included.
"""

import asyncio
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import httpx
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.x509 import Certificate

from core.clock import Clock
from core.errors import ForgedMessage, ProviderError, ProviderRefused, ProviderUnavailable
from core.ids import Ids
from core.providers.wechat_messages import Fields, parse
from core.providers.wechat_signing import (
    CIPHER,
    Keyring,
    Signer,
    decrypt,
    load_platform_certificate,
    verify,
)

OFFICIAL_HOSTS = ("https://api.mch.weixin.qq.com", "https://api2.mch.weixin.qq.com")
CALL_S = 5.0
CONNECT_S = 2.0  # leaves time for the second host within one call
DOWNLOAD_S = 60.0
LARGEST_ANSWER = 1024 * 1024
LARGEST_DOWNLOAD = 32 * 1024 * 1024
CERTIFICATES_LIVE = timedelta(hours=12)
CERTIFICATES_RETRY = timedelta(minutes=1)
USER_AGENT = "cloud-topup-bot"

# What can leave httpx: HTTPError is only one of its four roots; OSError covers sockets and our own
# TimeoutError.
FOREIGN = (
    httpx.HTTPError,
    httpx.InvalidURL,
    httpx.CookieConflict,
    httpx.StreamError,
    OSError,
)
UNREACHED = (httpx.ConnectError, httpx.ConnectTimeout)
# Codes that say "the same again later" whatever status carries them.
PASSING = frozenset(
    {
        "SYSTEM_ERROR",
        "SERVICE_UNAVAILABLE",
        "FREQUENCY_LIMITED",
        "RATELIMIT_EXCEEDED",
        "STATEMENT_CREATING",
    }
)
_CODE = re.compile(r"[0-9A-Z_]{1,64}")
_REQUEST_ID = re.compile(r"[0-9A-Za-z-]{1,80}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An HTTP answer, read whole, not yet believed."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def reference(self) -> str:
        """How WeChat's support finds this exchange."""
        found = self.headers.get("request-id", "")
        return found if _REQUEST_ID.fullmatch(found) else "none"


class WechatClient:
    """Calls WeChat Pay and believes only what it signed.

    `call` and `download` raise `ProviderUnavailable` (not reached, too slow, failing, or to be
    asked again), `ProviderRefused` (a business error) or `ForgedMessage` (not signed by WeChat).
    """

    def __init__(
        self,
        *,
        hosts: tuple[str, ...],
        http: httpx.AsyncClient,
        clock: Clock,
        ids: Ids,
        signer: Signer,
        keyring: Keyring,
        cipher: AESGCM,
        call_s: float = CALL_S,
    ) -> None:
        self.keyring = keyring
        self._hosts = tuple(host.rstrip("/") for host in hosts)
        self._http = http
        self._clock = clock
        self._ids = ids
        self._signer = signer
        self._cipher = cipher
        self._call_s = call_s
        self._refresh_due: datetime | None = None

    async def call(
        self, method: str, path: str, content: Mapping[str, object] | None = None
    ) -> bytes:
        """The body of a 200 or 204 that WeChat signed."""
        if self.keyring.public_key is None:
            await self._keep_certificates_fresh()
        answer = await self._exchange(method, path, _encode(content), self._call_s, LARGEST_ANSWER)
        _expect_success(answer)
        verify(answer.headers, answer.body, keyring=self.keyring, now=self._clock.now())
        return answer.body

    async def download(self, path: str) -> bytes:
        """A file; WeChat does not sign these, so the caller compares a hash it was told."""
        answer = await self._exchange("GET", path, b"", DOWNLOAD_S, LARGEST_DOWNLOAD)
        _expect_success(answer)
        return answer.body

    async def refresh_certificates(self) -> None:
        """Replaces the platform certificates by those WeChat lists now.

        The first list is signed by a certificate inside it, so it is opened before its signature
        is checked; the APIv3 key, which WeChat shares with this merchant only, vouches for it.
        """
        answer = await self._exchange("GET", "/v3/certificates", b"", self._call_s, LARGEST_ANSWER)
        _expect_success(answer)
        listed = parse(answer.body).groups("data")
        found = self.keyring.with_certificates(dict(self._open(item) for item in listed))
        now = self._clock.now()
        verify(answer.headers, answer.body, keyring=found, now=now)
        self.keyring = found
        self._refresh_due = now + CERTIFICATES_LIVE

    async def _keep_certificates_fresh(self) -> None:
        now = self._clock.now()
        if self._refresh_due is not None and now < self._refresh_due:
            return
        self._refresh_due = now + CERTIFICATES_RETRY if self.keyring.certificates else None
        try:
            await self.refresh_certificates()
        except ProviderError:
            if not self.keyring.certificates:
                raise
            # Those we have are checked against their own dates, so they serve until then.

    def _open(self, item: Fields) -> tuple[int, Certificate]:
        sealed = item.group("encrypt_certificate")
        if sealed.text("algorithm") != CIPHER:
            raise ForgedMessage(f"algorithm must be {CIPHER}")
        certificate = load_platform_certificate(
            decrypt(
                self._cipher,
                nonce=sealed.text("nonce"),
                ciphertext=sealed.text("ciphertext"),
                associated_data=sealed.text("associated_data"),
            )
        )
        return certificate.serial_number, certificate

    async def _exchange(
        self, method: str, path: str, body: bytes, limit_s: float, largest: int
    ) -> Answer:
        """One answer within `limit_s` in all. The next host is tried only where no connection
        came about, so that nothing was sent yet.
        """
        try:
            async with asyncio.timeout(limit_s):
                for host in self._hosts[:-1]:
                    try:
                        return await self._send(host, method, path, body, largest)
                    except UNREACHED:
                        continue
                return await self._send(self._hosts[-1], method, path, body, largest)
        except FOREIGN as fault:
            raise ProviderUnavailable(f"WeChat Pay: {type(fault).__name__}") from fault

    async def _send(self, host: str, method: str, path: str, body: bytes, largest: int) -> Answer:
        async with self._http.stream(
            method,
            host + path,
            content=body or None,
            headers=self._headers(method, urlsplit(host).path.rstrip("/") + path, body),
            follow_redirects=False,
            timeout=httpx.Timeout(DOWNLOAD_S, connect=CONNECT_S),
        ) as response:
            return Answer(
                status=response.status_code,
                headers=dict(response.headers),
                body=await _read(response, largest),
            )

    def _headers(self, method: str, path: str, body: bytes) -> dict[str, str]:
        headers = {
            "Authorization": self._signer.authorization(
                method=method,
                path=path,
                body=body,
                timestamp=int(self._clock.now().timestamp()),
                nonce=self._ids.short(32),
            ),
            "Accept": "application/json",
            "Accept-Encoding": "identity",  # a few bytes cannot unpack to many
            "User-Agent": USER_AGENT,
        }
        if body:
            headers["Content-Type"] = "application/json"
        if self.keyring.public_key_id is not None:
            headers["Wechatpay-Serial"] = self.keyring.public_key_id
        return headers


def _encode(content: Mapping[str, object] | None) -> bytes:
    if content is None:
        return b""
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


async def _read(response: httpx.Response, largest: int) -> bytes:
    if response.headers.get("content-encoding", "identity") != "identity":
        raise ProviderUnavailable("WeChat Pay: the answer is compressed, which was not asked for")
    body = bytearray()
    async for chunk in response.aiter_raw():
        body += chunk
        if len(body) > largest:
            raise ProviderUnavailable(f"WeChat Pay: the answer is larger than {largest} bytes")
    return bytes(body)


def _expect_success(answer: Answer) -> None:
    """Lets 200 and 204 pass. Error answers may be unsigned, so they only ever say "no"."""
    if answer.status in (200, 204):
        return
    code, message = _error(answer)
    said = f"WeChat Pay: HTTP {answer.status} {code} (request {answer.reference})"
    if code in PASSING or answer.status == 429 or not 400 <= answer.status < 500:
        raise ProviderUnavailable(said)
    raise ProviderRefused(code, f"{message[:200]} (request {answer.reference})")


def _error(answer: Answer) -> tuple[str, str]:
    """WeChat's code and text; edge servers answer without them."""
    fallback = f"HTTP_{answer.status}"
    try:
        fields = parse(answer.body)
        code, message = fields.text("code"), fields.content.get("message")
    except ForgedMessage:
        return fallback, ""
    text = message if isinstance(message, str) else ""
    return (code, text) if _CODE.fullmatch(code) else (fallback, text)
