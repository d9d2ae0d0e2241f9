"""The gate before Stripe's calls: key, version, form, idempotency, faults, record."""

import asyncio
import base64
import hmac
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from starlette.requests import Request
from starlette.responses import Response

from sandbox.cards.account import Caller
from sandbox.cards.answers import Page, shown
from sandbox.cards.errors import StripeError, invalid
from sandbox.cards.faults import Faults
from sandbox.cards.forms import Form, read_form
from sandbox.cards.idempotency import IdempotencyKeys
from sandbox.cards.keys import random_letters
from sandbox.cards.model import Record
from sandbox.cards.provider import Stripe
from sandbox.cards.views import API_VERSION, encode
from sandbox.connection import drop_connection

_FORM_TYPE = "application/x-www-form-urlencoded"
_LARGEST_BODY = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One checked request; `root` is the address the interface is mounted under."""

    form: Form
    path: dict[str, str]
    url: str
    root: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)
    is_kept: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """A request as it came; `key` is None where nothing is remembered."""

    request: Request
    body: bytes
    request_id: str
    key: str | None

    @property
    def parameters(self) -> str:
        if self.request.method == "POST":
            return self.body.decode()
        return self.request.url.query

    @property
    def fingerprint(self) -> str:
        fields = sorted(read_form(self.parameters).values.items())
        return f"{self.request.method} {self.request.url.path} {fields}"


Handler = Callable[[Call], Record | Page]
Endpoint = Callable[[Request], Awaitable[Response]]


class Gate:
    """Wraps each handler with what is the same for all of the interface."""

    def __init__(self, stripe: Stripe, prefix: str) -> None:
        self._stripe = stripe
        self._prefix = prefix
        self._keys = IdempotencyKeys(stripe.clock)

    def endpoint(self, handler: Handler) -> Endpoint:
        async def answer(request: Request) -> Response:
            return await self._answer(request, handler)

        return answer

    async def _answer(self, request: Request, handler: Handler) -> Response:
        key = request.headers.get("idempotency-key") if request.method == "POST" else None
        received = Received(
            request=request,
            body=await request.body(),
            request_id=f"req_{random_letters(14)}",
            key=key,
        )
        faults = self._faults_for(request)
        try:
            if key is not None:
                self._keys.take(key)
            try:
                answer = await self._decide(received, handler, faults)
            finally:
                if key is not None:
                    self._keys.release(key)
        except StripeError as error:  # the key is in use
            answer = _refusal(error, received.request_id)
        self._record(received, answer)
        self._stripe.tell_soon()
        if faults.lose_answers:
            return await drop_connection(request)
        headers = {"Request-Id": received.request_id, "Stripe-Version": API_VERSION}
        return Response(
            answer.body, answer.status, headers | answer.headers, media_type="application/json"
        )

    def _faults_for(self, request: Request) -> Faults:
        faults = self._stripe.faults
        if faults.only not in request.url.path:
            return Faults()
        self._stripe.faults = faults.counted_down()
        return faults

    async def _decide(self, received: Received, handler: Handler, faults: Faults) -> Answer:
        if faults.slow_s:
            await asyncio.sleep(faults.slow_s)
        answer = _edge_fault(faults, received.request_id)
        if answer is None:
            answer = self._handle(received, handler)
        elif answer.is_kept:
            self._keep(received, answer)
        return answer

    def _handle(self, received: Received, handler: Handler) -> Answer:
        try:
            self._check(received)
            if received.key is not None:
                kept = self._keys.find(received.key, received.fingerprint)
                if kept is not None:
                    replayed = {
                        "Idempotent-Replayed": "true",
                        "Original-Request": kept.request_id,
                    }
                    return Answer(status=kept.status, body=kept.body, headers=replayed)
            answer = self._execute(received, handler)
        except StripeError as error:
            answer = _refusal(error, received.request_id)
        if answer.is_kept:
            self._keep(received, answer)
        return answer

    def _execute(self, received: Received, handler: Handler) -> Answer:
        account = self._stripe.account
        self._stripe.tick()
        account.caller = Caller(request_id=received.request_id, idempotency_key=received.key)
        try:
            form = read_form(received.parameters)
            call = Call(
                form=form,
                path=dict(received.request.path_params),
                url=received.request.url.path.removeprefix(self._prefix),
                root=str(received.request.base_url).rstrip("/") + self._prefix,
            )
            view = shown(account, handler(call), form)
        finally:
            account.caller = Caller()
        return Answer(status=200, body=encode(view), is_kept=True)

    def _check(self, received: Received) -> None:
        request = received.request
        _check_key(request.headers.get("authorization", ""), self._stripe.credentials.secret_key)
        version = request.headers.get("stripe-version")
        if version != API_VERSION:
            raise invalid(f"Invalid Stripe API version: {version}; here it is {API_VERSION}")
        if len(received.body) > _LARGEST_BODY:
            raise invalid(f"A request has at most {_LARGEST_BODY} bytes")
        if received.body and not request.headers.get("content-type", "").startswith(_FORM_TYPE):
            raise invalid(f"Request bodies are sent as {_FORM_TYPE}")
        if received.body and request.method == "GET":
            raise invalid("GET requests have no body")
        try:
            received.body.decode()
        except UnicodeDecodeError:
            raise invalid("Request bodies are sent in UTF-8") from None

    def _keep(self, received: Received, answer: Answer) -> None:
        if received.key is not None:
            self._keys.keep(
                received.key,
                fingerprint=received.fingerprint,
                status=answer.status,
                body=answer.body,
                request_id=received.request_id,
            )

    def _record(self, received: Received, answer: Answer) -> None:
        request = received.request
        title = f"{request.method} {request.url.path.removeprefix(self._prefix)}"
        sent = received.body.decode(errors="replace") or request.url.query
        self._stripe.recorder.record("stripe", title, sent, answer.body.decode(), answer.status)


def _check_key(header: str, secret_key: str) -> None:
    scheme, _, given = header.partition(" ")
    if scheme.lower() == "basic":
        given = _user_name(given)
    elif scheme.lower() != "bearer":
        raise StripeError(401, "You did not provide an API key: use the Authorization header.")
    if not hmac.compare_digest(given.encode(), secret_key.encode()):
        raise StripeError(401, f"Invalid API Key provided: {given[:8]}***")


def _user_name(encoded: str) -> str:
    try:
        return base64.b64decode(encoded).decode().partition(":")[0]
    except ValueError:
        return ""


def _edge_fault(faults: Faults, request_id: str) -> Answer | None:
    if faults.rate_limited:
        return _refusal(
            StripeError(429, "Too many requests hit the API too quickly.", code="rate_limit"),
            request_id,
        )
    if faults.down:
        return _refusal(StripeError(503, "Stripe is unavailable.", kind="api_error"), request_id)
    if faults.api_error:
        error = StripeError(
            500, "An unknown error occurred.", kind="api_error", was_executed=faults.error_is_kept
        )
        return _refusal(error, request_id)
    return None


def _refusal(error: StripeError, request_id: str) -> Answer:
    headers = {"Stripe-Should-Retry": "true"} if error.status == 409 else {}
    return Answer(
        status=error.status,
        body=encode(error.body(request_id)),
        headers=headers,
        is_kept=error.was_executed,
    )
