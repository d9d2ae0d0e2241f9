"""The platform API's bodies about top-up codes."""

from datetime import datetime
from typing import Annotated

from fastapi import Path
from pydantic import BaseModel, Field, JsonValue

from core.codes.model import (
    LONGEST_NAME,
    MOST_CODES,
    NAME_FORM,
    BatchReport,
    BatchState,
    BatchWish,
    IssuedCodes,
)
from core.ids import BatchId
from core.money import MAXIMUM_FEN
from web.platform_hold_models import Time
from web.platform_models import Asked, like

BatchPath = Annotated[
    str,
    Path(min_length=1, max_length=LONGEST_NAME, pattern=NAME_FORM, examples=["spring-2027"]),
]
Whole = Annotated[int, Field(strict=True, ge=1, le=MOST_CODES)]
Batch = Annotated[
    str,
    Field(
        strict=True,
        min_length=1,
        max_length=LONGEST_NAME,
        pattern=NAME_FORM,
        examples=["spring-2027"],
    ),
]
Codes = Annotated[
    list[str],
    Field(description="Told here and nowhere else.", examples=[["8F3KQ-2M7XV-0TRWA-9C4ZD-6H1YP"]]),
]


WISH: dict[str, JsonValue] = {
    "batch": "spring-2027",
    "count": 2,
    "amount_fen": 100_00,
    "expires_at": "2027-05-01T00:00:00+08:00",
    "per_account": 1,
}


class BatchAsked(Asked):
    model_config = like(**WISH)

    batch: Batch
    count: Annotated[Whole, Field(examples=[500])]
    amount_fen: Annotated[int, Field(strict=True, ge=1, le=MAXIMUM_FEN, examples=[10_000])]
    expires_at: Annotated[Time, Field(examples=["2027-05-01T00:00:00+08:00"])]
    per_account: Annotated[
        Whole | None,
        Field(description="How many of them one account may redeem; all, unless set."),
    ] = None

    def wish(self) -> BatchWish:
        return BatchWish(
            batch_id=BatchId(self.batch),
            count=self.count,
            amount_fen=self.amount_fen,
            expires_at=self.expires_at,
            per_account=self.per_account,
        )


class BatchMade(BaseModel):
    model_config = like(
        **WISH, codes=["8F3KQ-2M7XV-0TRWA-9C4ZD-6H1YP", "3C9VT-7Y2NB-5KQWD-1RX8M-4ZGJA"]
    )

    batch: str
    count: int
    amount_fen: int
    expires_at: datetime
    per_account: int | None
    codes: Codes

    @classmethod
    def of(cls, issued: IssuedCodes) -> "BatchMade":
        wish = issued.batch.wish
        return cls(
            batch=wish.batch_id,
            count=wish.count,
            amount_fen=wish.amount_fen,
            expires_at=wish.expires_at,
            per_account=wish.per_account,
            codes=list(issued.codes),
        )


class BatchAnswer(BaseModel):
    model_config = like(**WISH, state="released", active=1, redeemed=1, revoked=0, expired=0)

    batch: str
    count: int
    amount_fen: int
    expires_at: datetime
    per_account: int | None
    state: BatchState
    active: int
    redeemed: int
    revoked: int
    expired: int

    @classmethod
    def of(cls, report: BatchReport) -> "BatchAnswer":
        wish, counts = report.batch.wish, report.counts
        return cls(
            batch=wish.batch_id,
            count=wish.count,
            amount_fen=wish.amount_fen,
            expires_at=wish.expires_at,
            per_account=wish.per_account,
            state=report.batch.state,
            active=counts.active,
            redeemed=counts.redeemed,
            revoked=counts.revoked,
            expired=counts.expired,
        )
