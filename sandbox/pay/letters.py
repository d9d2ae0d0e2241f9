"""Callbacks as they go over the wire: the honest one, and every bad one to be refused."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key

from sandbox.pay.clock import rfc3339
from sandbox.pay.keys import Credentials
from sandbox.pay.signing import encrypt_resource, signature_headers
from sandbox.pay.views import encode

_STALE_S = 301


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What is to be announced, and where."""

    url: str
    event_id: str
    event_type: str
    original_type: str
    summary: str
    created_at: datetime
    content: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One callback request, ready to send."""

    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Whose keys sign, and at what time (Unix seconds) it is done."""

    credentials: Credentials
    timestamp: int
    use_certificate: bool = False

    def seal(self, notice: Notice, *, associated_data: str | None = None) -> bytes:
        kind = notice.original_type
        resource = encrypt_resource(
            self.credentials.api_v3_key, encode(notice.content), associated_data or kind
        )
        return envelope(notice, resource)

    def sign(
        self,
        body: bytes,
        *,
        key: RSAPrivateKey | None = None,
        shift_s: int = 0,
    ) -> Letter:
        credentials = self.credentials
        own_key = credentials.platform_key if self.use_certificate else credentials.wechat_key
        serial = credentials.platform_serial if self.use_certificate else credentials.public_key_id
        headers = signature_headers(key or own_key, serial, self.timestamp + shift_s, body)
        headers |= {"Content-Type": "application/json", "User-Agent": "Mozilla/4.0"}
        return Letter(headers=headers, body=body)


def envelope(notice: Notice, resource: Mapping[str, str]) -> bytes:
    return encode(
        {
            "id": notice.event_id,
            "create_time": rfc3339(notice.created_at),
            "resource_type": "encrypt-resource",
            "event_type": notice.event_type,
            "summary": notice.summary,
            "resource": {"original_type": notice.original_type, **resource},
        }
    )


def honest(notice: Notice, sender: Sender) -> Letter:
    return sender.sign(sender.seal(notice))


def _bad_signature(notice: Notice, sender: Sender) -> Letter:
    letter = honest(notice, sender)
    other = sender.sign(b"something else").headers["Wechatpay-Signature"]
    return _with(letter, "Wechatpay-Signature", other)


def _other_key(notice: Notice, sender: Sender) -> Letter:
    stranger = generate_private_key(public_exponent=65537, key_size=2048)
    return sender.sign(sender.seal(notice), key=stranger)


def _unknown_serial(notice: Notice, sender: Sender) -> Letter:
    serial = f"PUB_KEY_ID_{secrets.randbelow(10**28):028d}"
    return _with(honest(notice, sender), "Wechatpay-Serial", serial)


def _tampered_body(notice: Notice, sender: Sender) -> Letter:
    letter = honest(notice, sender)
    changed = letter.body.replace(notice.event_id.encode(), notice.event_id[::-1].encode())
    return Letter(headers=letter.headers, body=changed)


def _stale(notice: Notice, sender: Sender) -> Letter:
    return sender.sign(sender.seal(notice), shift_s=-_STALE_S)


def _future(notice: Notice, sender: Sender) -> Letter:
    return sender.sign(sender.seal(notice), shift_s=_STALE_S)


def _probe(notice: Notice, sender: Sender) -> Letter:
    letter = honest(notice, sender)
    signature = "WECHATPAY/SIGNTEST/" + letter.headers["Wechatpay-Signature"]
    return _with(letter, "Wechatpay-Signature", signature)


def _no_signature(notice: Notice, sender: Sender) -> Letter:
    letter = honest(notice, sender)
    kept = {name: text for name, text in letter.headers.items() if "Wechatpay" not in name}
    return Letter(headers=kept, body=letter.body)


def _wrong_type(notice: Notice, sender: Sender) -> Letter:
    return _with(honest(notice, sender), "Wechatpay-Signature-Type", "WECHATPAY2-SM2-WITH-SM3")


def _wrong_associated_data(notice: Notice, sender: Sender) -> Letter:
    sealed = sender.seal(notice, associated_data="another")
    kind = notice.original_type
    claimed = sealed.replace(
        b'"associated_data":"another"', f'"associated_data":"{kind}"'.encode()
    )
    return sender.sign(claimed)


def _broken_tag(notice: Notice, sender: Sender) -> Letter:
    resource = encrypt_resource(
        secrets.token_hex(16), encode(notice.content), notice.original_type
    )
    return sender.sign(envelope(notice, resource))


def _with(letter: Letter, header: str, text: str) -> Letter:
    return Letter(headers={**letter.headers, header: text}, body=letter.body)


# what a merchant must refuse, whatever it says
FORGERIES: Mapping[str, Callable[[Notice, Sender], Letter]] = {
    "bad_signature": _bad_signature,
    "other_key": _other_key,
    "unknown_serial": _unknown_serial,
    "tampered_body": _tampered_body,
    "stale": _stale,
    "future": _future,
    "signtest": _probe,
    "no_signature": _no_signature,
    "wrong_type": _wrong_type,
    "wrong_associated_data": _wrong_associated_data,
    "broken_tag": _broken_tag,
}
