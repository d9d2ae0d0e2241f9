"""The platform API's calls about holds: place, look, capture, release."""

from typing import Annotated

from fastapi import APIRouter, Path
from starlette.requests import Request
from starlette.responses import Response

from core.app import Core
from core.errors import InsufficientBalance
from core.holds.model import Hold, Short
from core.ids import AccountId, HoldId
from core.platform.model import Answer
from core.storage.transaction import Tx
from web.openapi import problems
from web.platform_hold_models import HOLD, HOLD_ID, CaptureWish, HoldAnswer, HoldWish, ReleaseWish
from web.platform_models import AccountPath
from web.platform_once import Key, OncePerKey, refused

HoldPath = Annotated[str, Path(min_length=1, max_length=64, pattern=HOLD_ID, examples=[HOLD])]


LINKS = {  # where the id of a placed hold leads, for those who read the description
    name: {"operationId": name, "parameters": {"hold_id": "$response.body#/hold_id"}}
    for name in ("hold", "capture", "release")
}


class HoldCalls:
    """Adds its routes to the router of the platform API."""

    def __init__(self, core: Core, once: OncePerKey) -> None:
        self._holds = core.holds
        self._once = once

    def add_to(self, router: APIRouter) -> None:
        router.add_api_route(
            "/accounts/{account_id}/holds",
            self.place,
            methods=["POST"],
            status_code=201,
            response_model=HoldAnswer,
            responses={
                201: {"links": LINKS},
                200: {
                    "model": HoldAnswer,
                    "description": "Placed before; as it stands",
                    "links": LINKS,
                },
                **problems(400, 402, 404, 409),
            },
        )
        router.add_api_route(
            "/holds/{hold_id}",
            self.hold,
            methods=["GET"],
            response_model=HoldAnswer,
            responses=problems(404),
        )
        for name, call in (("capture", self.capture), ("release", self.release)):
            router.add_api_route(
                f"/holds/{{hold_id}}/{name}",
                call,
                methods=["POST"],
                response_model=HoldAnswer,
                responses=problems(400, 404, 409),
            )

    async def place(
        self, request: Request, account_id: AccountPath, wish: HoldWish, key: Key
    ) -> Response:
        """Freeze an amount for a purchase; after a 402 the same hold_id may come again."""

        def effect(tx: Tx) -> Answer:
            placed = self._holds.place_in(tx, wish.request(AccountId(account_id)))
            if isinstance(placed, Short):
                return refused(InsufficientBalance(shortfall_fen=placed.shortfall_fen))
            return _answer(placed.hold, 200 if placed.repeated else 201)

        return await self._once.answer(request, key, wish, effect)

    async def hold(self, hold_id: HoldPath) -> HoldAnswer:
        return HoldAnswer.of(await self._holds.hold(HoldId(hold_id)))

    async def capture(
        self, request: Request, hold_id: HoldPath, key: Key, wish: CaptureWish | None = None
    ) -> Response:
        """Charge all or a part of the hold; the rest is available again at the same moment."""
        asked = wish or CaptureWish()

        def effect(tx: Tx) -> Answer:
            return _answer(self._holds.capture_in(tx, HoldId(hold_id), asked.amount_fen))

        return await self._once.answer(request, key, asked, effect)

    async def release(
        self, request: Request, hold_id: HoldPath, key: Key, wish: ReleaseWish | None = None
    ) -> Response:
        """Give all of the hold back."""

        def effect(tx: Tx) -> Answer:
            return _answer(self._holds.release_in(tx, HoldId(hold_id)))

        return await self._once.answer(request, key, wish or ReleaseWish(), effect)


def _answer(hold: Hold, status: int = 200) -> Answer:
    return Answer(status=status, body=HoldAnswer.of(hold).model_dump(mode="json"))
