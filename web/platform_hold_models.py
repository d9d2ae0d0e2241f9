"""The platform API's bodies about holds."""

import re
from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, Field, JsonValue

from core.holds.model import Hold, HoldRequest, HoldState
from core.ids import AccountId, HoldId
from web.platform_models import ACCOUNT, EARLIER, LATER, Asked, Name, like

HOLD_ID = r"^[A-Za-z0-9][A-Za-z0-9._:~-]*$"
LARGEST_FEN = 2**53 - 1  # what every reader of JSON takes exactly
_RFC_3339 = re.compile(
    r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})", re.ASCII
)


def _written_as_time(value: object) -> object:
    """Numbers and other notations are not left to guessing."""
    if isinstance(value, str) and _RFC_3339.fullmatch(value):
        return value
    raise ValueError("has to be a time of RFC 3339 such as 2026-11-22T20:00:00+08:00")


def _in_utc(value: datetime) -> datetime:
    try:
        return value.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("has to be within the years 1 to 9999") from error


Fen = Annotated[int, Field(strict=True, ge=1, le=LARGEST_FEN)]
Time = Annotated[AwareDatetime, BeforeValidator(_written_as_time), AfterValidator(_in_utc)]


HOLD = "order-20261122-0001"  # the examples speak of this one
PURCHASE: dict[str, JsonValue] = {
    "hold_id": HOLD,
    "amount_fen": 360_00,
    "product": "云服务器 4核8G",
    "requested_by": "赵开发",
}


class HoldWish(Asked):
    model_config = like(**PURCHASE)

    hold_id: Annotated[str, Field(strict=True, min_length=1, max_length=64, pattern=HOLD_ID)]
    amount_fen: Fen
    product: Name
    requested_by: Annotated[
        Name | None,
        Field(
            description="Who buys, in your words; a member_id is shown by its name, and that"
            " person hears when the purchase can go on."
        ),
    ] = None
    expires_at: Annotated[
        Time | None, Field(description="When the hold ends by itself; has to be in the future.")
    ] = None

    def request(self, account_id: AccountId) -> HoldRequest:
        return HoldRequest(
            hold_id=HoldId(self.hold_id),
            account_id=account_id,
            amount_fen=self.amount_fen,
            product=self.product,
            requested_by=self.requested_by,
            expires_at=self.expires_at,
        )


class CaptureWish(Asked):
    model_config = like(amount_fen=299_00)

    amount_fen: Annotated[Fen | None, Field(description="Without it, all that is held.")] = None


class ReleaseWish(Asked):
    """Nothing: the path says it all."""

    model_config = like()


class HoldAnswer(BaseModel):
    model_config = like(
        **PURCHASE,
        account_id=ACCOUNT,
        captured_fen=0,
        state="open",
        created_at=EARLIER,
        expires_at=LATER,
    )

    hold_id: str
    account_id: str
    amount_fen: int
    captured_fen: int
    state: HoldState
    product: str
    requested_by: str | None
    created_at: datetime
    expires_at: datetime | None

    @classmethod
    def of(cls, hold: Hold) -> "HoldAnswer":
        asked = hold.request
        return cls(
            hold_id=asked.hold_id,
            account_id=asked.account_id,
            amount_fen=asked.amount_fen,
            captured_fen=hold.captured_fen,
            state=hold.state,
            product=asked.product,
            requested_by=asked.requested_by,
            created_at=hold.created_at,
            expires_at=asked.expires_at,
        )
