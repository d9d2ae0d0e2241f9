"""Provider callbacks: read, recorded, and acknowledged in the provider's form after the commit."""

import asyncio
from collections.abc import Mapping

import structlog
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from core.app import Core
from core.channels import Channel
from core.errors import (
    ForgedMessage,
    NotFound,
    NotOurMoney,
    ProviderRefused,
    ProviderUnavailable,
)
from core.providers.base import (
    Confirms,
    DisputeReport,
    Provider,
    RefundReport,
    Reply,
    Report,
    Verdict,
)
from core.topup.model import Landing
from core.topup.provider_orders import CALLBACK_NAME
from web.body import BodyBounds, read_body
from web.errors import Problem, ProblemError, log_failure, route_of
from web.forgeries import MANY, Forgeries
from web.metrics import Metrics

BOUNDS = BodyBounds(largest=64 * 1024, seconds=5.0)
RECORD_S = 2.0
CONFIRM_S = 12.0  # two calls of 5 s at a provider whose word is checked while it waits
LONGEST_QUERY = 8 * 1024
CHANNEL_OF: Mapping[str, Channel] = {name: channel for channel, name in CALLBACK_NAME.items()}
log = structlog.get_logger()


class Notifications:
    """One address per channel. What is not the provider's ends in 401 and leaves only a count."""

    def __init__(self, core: Core, metrics: Metrics) -> None:
        self._core = core
        self._metrics = metrics
        self._forgeries = Forgeries()

    def router(self) -> APIRouter:
        router = APIRouter(include_in_schema=False)
        router.add_api_route("/notify/{name}", self.receive, methods=["POST"])
        router.add_api_route("/notify/tenpay", self.receive_query, methods=["GET"])
        return router

    async def receive_query(self, request: Request) -> Response:
        """Tenpay may call back by GET: the query is what it signed."""
        query = request.url.query.encode()
        if len(query) > LONGEST_QUERY:
            detail = f"a query has at most {LONGEST_QUERY} bytes"
            raise ProblemError(Problem(status=413, code="body_too_large", detail=detail))
        return await self._hear(request, "tenpay", query)

    async def receive(self, request: Request, name: str) -> Response:
        self._channel(name)
        return await self._hear(request, name, await read_body(request, BOUNDS))

    def _channel(self, name: str) -> tuple[Channel, Provider]:
        channel = CHANNEL_OF.get(name)
        provider = self._core.providers.get(channel) if channel else None
        if channel is None or provider is None:
            raise ProblemError(Problem(status=404, code="not_found"))
        return channel, provider

    async def _hear(self, request: Request, name: str, body: bytes) -> Response:
        channel, provider = self._channel(name)
        merchant = "unknown"
        try:
            told = provider.read(request.headers, body)
            merchant = told.merchant if isinstance(told, Report) else merchant
            return await self._record(provider, told)
        except ForgedMessage:
            await self._note_forgery(channel)
            return _refused(provider)
        except NotOurMoney as error:
            await self._note_foreign(channel, merchant, error)
            return _refused(provider)
        except (ProviderUnavailable, ProviderRefused) as error:  # its word could not be checked
            self._metrics.callback(channel, "unchecked")
            log.warning("callback.unchecked", channel=channel.value, why=error.code)
            return _failed(provider)
        except TimeoutError:  # the disk or the queue is slow: the provider sends it again
            self._metrics.callback(channel, "too_slow")
            log.warning("callback.too_slow", channel=channel.value)
            return _failed(provider)
        except Exception as error:  # noqa: BLE001 - logged; the provider has to send it again
            self._metrics.callback(channel, "failed")
            log_failure(self._core.ids, error, where=f"{route_of(request)} {channel}")
            return _failed(provider)

    async def _record(
        self, provider: Provider, told: Report | RefundReport | DisputeReport | None
    ) -> Response:
        if told is None:
            self._metrics.callback(provider.channel, "ignored")
            return _answer(provider.acknowledge(Verdict.RECORDED))
        if isinstance(told, RefundReport):
            return await self._record_refund(provider, told)
        if isinstance(told, DisputeReport):
            return await self._record_dispute(provider, told)
        waits = isinstance(provider, Confirms) and not provider.confirms_later
        async with asyncio.timeout(CONFIRM_S if waits else RECORD_S):
            landing = await self._core.topups.hear(told)
        self._metrics.callback(provider.channel, landing)
        if landing is Landing.UNCONFIRMED:
            log.warning("callback.unconfirmed", channel=provider.channel, order=told.order_no)
            return _failed(provider)
        return _answer(provider.acknowledge(Verdict.RECORDED))

    async def _record_refund(self, provider: Provider, told: RefundReport) -> Response:
        """A refund of ours moves as told; one we never asked for is left to the bill."""
        try:
            async with asyncio.timeout(CONFIRM_S):
                refund = await self._core.refunds.record_report(told)
        except NotFound:
            self._metrics.callback(provider.channel, "refund_unknown")
            log.warning("refund.unknown", channel=provider.channel, refund=told.refund_no)
            return _failed(provider)
        self._metrics.callback(provider.channel, f"refund_{refund.state}")
        return _answer(provider.acknowledge(Verdict.RECORDED))

    async def _record_dispute(self, provider: Provider, told: DisputeReport) -> Response:
        """Told again while its payment may still be on its way to us."""
        try:
            async with asyncio.timeout(RECORD_S):
                await self._core.disputes.record(told)
        except NotFound:
            self._metrics.callback(provider.channel, "dispute_early")
            return _failed(provider)
        self._metrics.callback(provider.channel, f"dispute_{told.state}")
        return _answer(provider.acknowledge(Verdict.RECORDED))

    async def _note_forgery(self, channel: Channel) -> None:
        """A forged one leaves a count; many at once are told once a day."""
        self._metrics.callback(channel, "forged")
        if self._forgeries.are_many(channel, self._core.clock.now()):
            await self._alarm("forged_callbacks", channel, "", {"number": MANY})

    async def _note_foreign(self, channel: Channel, merchant: str, error: NotOurMoney) -> None:
        self._metrics.callback(channel, "not_our_money")
        await self._alarm("not_our_money", channel, merchant[:64], {"detail": str(error)[:300]})

    async def _alarm(
        self, what: str, channel: Channel, whose: str, told: Mapping[str, object]
    ) -> None:
        """Once per day, however often it happens; `whose` tells apart what is told apart."""
        day = self._core.clock.now().date().isoformat()
        facts = {"what": what, "channel": channel.value, **told}
        try:
            async with asyncio.timeout(RECORD_S):
                await self._core.raise_alarm(f"{what}:{channel}:{whose}:{day}", facts)
        except Exception as failure:  # noqa: BLE001 - logged; the refusal stands without the alarm
            log_failure(self._core.ids, failure, where=f"{what} alarm")


def _answer(reply: Reply, status: int | None = None) -> Response:
    return Response(reply.body, status or reply.status, media_type=reply.media_type)


def _refused(provider: Provider) -> Response:
    return _answer(provider.acknowledge(Verdict.FORGED), 401)


def _failed(provider: Provider) -> Response:
    """The provider's own words of failure, with a status that every client repeats on."""
    reply = provider.acknowledge(Verdict.FAILED)
    return _answer(reply, max(reply.status, 500))
