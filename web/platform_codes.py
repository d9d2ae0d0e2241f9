"""The platform API's calls about top-up codes: make a batch, look how it goes."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from core.app import Core
from core.ids import BatchId
from core.platform.model import Answer
from core.storage.transaction import Tx
from web.openapi import problems
from web.platform_code_models import BatchAnswer, BatchAsked, BatchMade, BatchPath
from web.platform_once import Key, OncePerKey


class CodeCalls:
    """Adds its routes to the router of the platform API."""

    def __init__(self, core: Core, once: OncePerKey) -> None:
        self._batches = core.code_batches
        self._once = once

    def add_to(self, router: APIRouter) -> None:
        router.add_api_route(
            "/code-batches",
            self.create,
            methods=["POST"],
            status_code=201,
            response_model=BatchMade,
            responses=problems(400, 409),
        )
        router.add_api_route(
            "/code-batches/{batch}",
            self.batch,
            methods=["GET"],
            response_model=BatchAnswer,
            responses=problems(404),
        )

    async def create(self, request: Request, wish: BatchAsked, key: Key) -> Response:
        """Make codes that are active at once; they are told here and nowhere else."""

        def effect(tx: Tx) -> Answer:
            issued = self._batches.create_in(tx, wish.wish())
            return Answer(status=201, body=BatchMade.of(issued).model_dump(mode="json"))

        return await self._once.answer(request, key, wish, effect)

    async def batch(self, batch: BatchPath) -> BatchAnswer:
        """How many codes of the batch are in which state."""
        return BatchAnswer.of(await self._batches.report(BatchId(batch)))
