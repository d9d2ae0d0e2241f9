"""Identifiers and chance: distinct id types, and where random ones come from."""

import hashlib
import secrets
from typing import NewType, Protocol

AccountId = NewType("AccountId", str)  # the cloud account, named by the platform
PersonId = NewType("PersonId", int)  # a Telegram user
MemberId = NewType("MemberId", str)
TopUpId = NewType("TopUpId", str)
PaymentId = NewType("PaymentId", str)
OrderNo = NewType("OrderNo", str)  # ours, told to a provider
TransferId = NewType("TransferId", int)
CaseId = NewType("CaseId", str)
HoldId = NewType("HoldId", str)  # a purchase's hold, named by the platform
CodeId = NewType("CodeId", str)  # what people quote; never the code itself
BatchId = NewType("BatchId", str)  # a batch of codes, by the name it was given
NoticeId = NewType("NoticeId", int)
JobId = NewType("JobId", int)

# Crockford's base 32: no I, L, O, U, so that an id can be read out loud.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


class Ids(Protocol):
    """Makes ids nobody can guess."""

    def short(self, length: int) -> str: ...

    def token(self) -> str: ...


class RandomIds:
    """Ids from the system's random source."""

    def short(self, length: int) -> str:
        """`length` symbols of Crockford base 32, 5 bits each."""
        return "".join(secrets.choice(ALPHABET) for _ in range(length))

    def token(self) -> str:
        """256 bits as 43 characters of `[A-Za-z0-9_-]`."""
        return secrets.token_urlsafe(32)


def token_hash(token: str) -> str:
    """How a token is stored: SHA-256 in hex; 256 random bits need no salt."""
    return hashlib.sha256(token.encode()).hexdigest()
