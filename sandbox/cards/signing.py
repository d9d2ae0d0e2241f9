"""Stripe's webhook signature, written from its description and not from anybody's library."""

import hashlib
import hmac
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass

HEADER = "Stripe-Signature"
_STALE_S = 301


def mark(secret: str, timestamp: int, body: bytes) -> str:
    """The whole secret, its prefix included, is the key."""
    return hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256).hexdigest()


def signature(secret: str, timestamp: int, body: bytes) -> str:
    return f"t={timestamp},v1={mark(secret, timestamp, body)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One webhook request as it goes over the wire."""

    body: bytes
    signature: str | None

    @property
    def headers(self) -> dict[str, str]:
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
            "Accept": "*/*; q=0.5, application/xml",
        }
        return headers | ({} if self.signature is None else {HEADER: self.signature})


Signer = Callable[[str, int, bytes], Letter]


def honest(secret: str, now: int, body: bytes) -> Letter:
    return Letter(body=body, signature=signature(secret, now, body))


def rolled_secret(secret: str, now: int, body: bytes) -> Letter:
    """Two marks while a secret is being replaced; one of them is right, and that is enough."""
    other = mark(_stranger(), now, body)
    return Letter(body=body, signature=f"t={now},v1={other},v1={mark(secret, now, body)}")


def _bad_signature(_secret: str, now: int, body: bytes) -> Letter:
    return Letter(body=body, signature=f"t={now},v1={secrets.token_hex(32)}")


def _other_secret(_secret: str, now: int, body: bytes) -> Letter:
    return honest(_stranger(), now, body)


def _bare_secret(secret: str, now: int, body: bytes) -> Letter:
    """Signed without the prefix of the secret, as some other services do."""
    return honest(secret.removeprefix("whsec_"), now, body)


def _tampered_body(secret: str, now: int, body: bytes) -> Letter:
    letter = honest(secret, now, body)
    return Letter(body=body.replace(b"evt_", b"evt-", 1), signature=letter.signature)


def _reformatted_body(secret: str, now: int, body: bytes) -> Letter:
    return Letter(body=body.replace(b"\n", b""), signature=signature(secret, now, body))


def _stale(secret: str, now: int, body: bytes) -> Letter:
    return honest(secret, now - _STALE_S, body)


def _future(secret: str, now: int, body: bytes) -> Letter:
    return honest(secret, now + _STALE_S, body)


def _moved_time(secret: str, now: int, body: bytes) -> Letter:
    return Letter(body=body, signature=f"t={now},v1={mark(secret, now - _STALE_S, body)}")


def _old_scheme(secret: str, now: int, body: bytes) -> Letter:
    return Letter(body=body, signature=f"t={now},v0={mark(secret, now, body)}")


def _no_time(secret: str, now: int, body: bytes) -> Letter:
    return Letter(body=body, signature=f"v1={mark(secret, now, body)}")


def _no_signature(_secret: str, _now: int, body: bytes) -> Letter:
    return Letter(body=body, signature=None)


def _empty_signature(_secret: str, now: int, body: bytes) -> Letter:
    return Letter(body=body, signature=f"t={now},v1=")


def _empty_secret(_secret: str, now: int, body: bytes) -> Letter:
    return honest("", now, body)


def _stranger() -> str:
    return f"whsec_{secrets.token_hex(16)}"


# what a merchant must refuse, whatever it says
FORGERIES: Mapping[str, Signer] = {
    "bad_signature": _bad_signature,
    "other_secret": _other_secret,
    "bare_secret": _bare_secret,
    "empty_secret": _empty_secret,
    "tampered_body": _tampered_body,
    "reformatted_body": _reformatted_body,
    "stale": _stale,
    "future": _future,
    "moved_time": _moved_time,
    "old_scheme": _old_scheme,
    "no_time": _no_time,
    "no_signature": _no_signature,
    "empty_signature": _empty_signature,
}
