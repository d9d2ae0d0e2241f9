"""The platform API's bodies: what may be asked and what is answered."""

from datetime import datetime
from typing import Annotated

from fastapi import Path
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, JsonValue, StringConstraints

from core.access.model import Membership, Role
from core.ledger.model import Entry

ACCOUNT = "100001234567"  # the examples speak of this one
LINK = "made-up-for-the-description-of-43-letters-0"
EARLIER, LATER = "2026-11-22T12:00:00Z", "2026-11-23T12:00:00Z"
ACCOUNT_ID = r"^[-_]*[A-Za-z0-9][A-Za-z0-9_-]*$"
MEMBER_ID = r"^[0-9A-Z]{1,32}$"
NO_CONTROLS = r"^[^\x00-\x1f\x7f]*[^\x00-\x20\x7f][^\x00-\x1f\x7f]*$"  # and not only blanks
SECONDS_OF_A_DAY = 86_400
CHANNELS = ["wechat", "qq", "tenpay", "card", "remittance", "code"]
KINDS = [
    "payment",
    "remittance",
    "code",
    "hold_placed",
    "hold_captured",
    "hold_released",
    "hold_expired",
    "refund",
    "correction",
]

AccountPath = Annotated[
    str, Path(min_length=1, max_length=64, pattern=ACCOUNT_ID, examples=[ACCOUNT])
]


def _stripped(value: str) -> str:
    if not (stripped := value.strip()):
        raise ValueError("has to have a visible character")
    return stripped


Name = Annotated[
    str,
    StringConstraints(min_length=1, max_length=200, pattern=NO_CONTROLS),
    AfterValidator(_stripped),
]


def like(**example: JsonValue) -> ConfigDict:
    """What such a body looks like, for the description."""
    return ConfigDict(json_schema_extra={"examples": [example]})


class Asked(BaseModel):
    """A request body: unknown members are refused, so that a typing error is never ignored."""

    model_config = ConfigDict(extra="forbid")


class AccountName(Asked):
    model_config = like(name="星河科技")

    name: Name


class LinkWish(Asked):
    model_config = like(role="finance", ttl_seconds=600)

    role: Role
    ttl_seconds: Annotated[int, Field(strict=True, ge=1, le=SECONDS_OF_A_DAY)] = 600


class AccountAnswer(BaseModel):
    model_config = like(account_id=ACCOUNT, name="星河科技")

    account_id: str
    name: str


class LinkAnswer(BaseModel):
    model_config = like(
        token=LINK,
        url=f"https://t.me/cloud_topup_bot?start=link_{LINK}",
        expires_at=EARLIER,
    )

    token: str
    url: str
    expires_at: datetime


MEMBER: dict[str, JsonValue] = {
    "member_id": "7Q2M9XKD4TRB",
    "role": "finance",
    "display_name": "王小财",
    "linked_at": EARLIER,
    "last_active_at": LATER,
}


class MemberItem(BaseModel):
    model_config = like(**MEMBER)

    member_id: str
    role: Role
    display_name: str
    linked_at: datetime
    last_active_at: datetime

    @classmethod
    def of(cls, held: Membership) -> "MemberItem":
        return cls(
            member_id=held.member_id,
            role=held.role,
            display_name=held.display_name,
            linked_at=held.linked_at,
            last_active_at=held.last_active_at,
        )


class MemberPage(BaseModel):
    model_config = like(items=[MEMBER], next_cursor="MjAyNjExMjIxMjAwMDA")

    items: list[MemberItem]
    next_cursor: str | None


class BalanceAnswer(BaseModel):
    model_config = like(available_fen=123_450_00, frozen_fen=360_00, currency="CNY")

    available_fen: int
    frozen_fen: int
    currency: str


ENTRY: dict[str, JsonValue] = {
    "entry_id": 3,
    "at": LATER,
    "kind": "payment",
    "channel": "wechat",
    "amount_fen": 100_00,
    "available_after_fen": 123_450_00,
    "reference": "4200002026112200001234567890",
}


class EntryItem(BaseModel):
    model_config = like(**ENTRY)

    entry_id: Annotated[int, Field(description="Unique within the account; newer is larger.")]
    at: datetime
    kind: Annotated[str, Field(json_schema_extra={"enum": KINDS})]
    channel: Annotated[str | None, Field(json_schema_extra={"enum": [*CHANNELS, None]})]
    amount_fen: Annotated[int, Field(description="Below zero where it left the balance.")]
    available_after_fen: int
    reference: str

    @classmethod
    def of(cls, entry: Entry) -> "EntryItem":
        return cls(
            entry_id=entry.entry_id,
            at=entry.at,
            kind=entry.kind,
            channel=entry.channel,
            amount_fen=entry.amount_fen,
            available_after_fen=entry.available_after_fen,
            reference=entry.reference,
        )


class EntryPage(BaseModel):
    model_config = like(items=[ENTRY], next_cursor="Mw")

    items: list[EntryItem]
    next_cursor: str | None


class ProblemAnswer(BaseModel):
    """RFC 9457; further members depend on `code`."""

    model_config = ConfigDict(
        extra="allow",
        json_schema_extra={
            "examples": [
                {
                    "type": "about:blank",
                    "title": "Payment Required",
                    "status": 402,
                    "code": "insufficient_balance",
                    "shortfall_fen": 260_00,
                }
            ]
        },
    )

    type: str
    title: str
    status: int
    code: str
    detail: str | None = None
