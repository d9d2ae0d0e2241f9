"""Problem answers (RFC 9457): which error of the core is told how, and everything else."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus

import structlog
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from core import errors
from core.errors import (
    AmountRefused,
    BatchExists,
    CodesOff,
    HoldConflict,
    HoldEnded,
    InsufficientBalance,
    InvalidRequest,
    TopupError,
)
from core.ids import Ids

MEDIA_TYPE = "application/problem+json"
log = structlog.get_logger()

# The nearest class of an error's own line of ancestors decides.
STATUS_OF: Mapping[type[TopupError], int] = {
    errors.AmountRefused: 422,
    errors.NotLinked: 403,
    errors.NotAllowed: 403,
    errors.LinkUnusable: 404,
    errors.AccountNotFound: 404,
    errors.NotFound: 404,
    errors.IllegalStep: 409,
    errors.ChannelOff: 409,
    errors.InsufficientBalance: 402,
    errors.MoneyPaused: 409,
    errors.InvalidRequest: 422,
    errors.Refusal: 409,
    errors.Conflict: 409,
    errors.ProviderUnavailable: 503,
    errors.ProviderRefused: 502,
    errors.ForgedMessage: 401,
    errors.NotOurMoney: 401,
    errors.ProviderError: 502,
    errors.NoticeFailed: 503,
    errors.StorageAway: 503,
    errors.StorageFault: 500,
    errors.TopupError: 500,
}
CODE_OF = {
    400: "invalid_request",
    401: "unauthorized",
    404: "not_found",
    405: "method_not_allowed",
    408: "body_too_slow",
    413: "body_too_large",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """A refusal as the caller reads it; `code` is stable, `facts` are further members."""

    status: int
    code: str
    detail: str | None = None
    facts: Mapping[str, object] = field(default_factory=dict)

    def body(self) -> dict[str, object]:
        content: dict[str, object] = {
            "type": "about:blank",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "code": self.code,
        }
        if self.detail is not None:
            content["detail"] = self.detail
        return {**content, **self.facts}


class ProblemError(Exception):
    """Ends a request with this problem."""

    def __init__(self, problem: Problem, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(problem.code)
        self.problem = problem
        self.headers = headers or {}


def answer(problem: Problem, headers: Mapping[str, str] | None = None) -> Response:
    return JSONResponse(
        problem.body(), status_code=problem.status, media_type=MEDIA_TYPE, headers=headers
    )


def problem_of(error: TopupError) -> Problem:
    status = next(STATUS_OF[kind] for kind in type(error).__mro__ if kind in STATUS_OF)
    detail, facts = None, {}
    if isinstance(error, InvalidRequest):
        detail = str(error) or None
    elif isinstance(error, InsufficientBalance):
        facts = {"shortfall_fen": error.shortfall_fen}
    elif isinstance(error, AmountRefused):
        detail = f"an amount is {error.minimum_fen} to {error.maximum_fen} fen"
    elif isinstance(error, HoldEnded):
        detail = f"the hold is {error.state}; only an open one can be ended"
    elif isinstance(error, BatchExists):
        detail = "a batch has this name already; its codes were told when it was made"
    elif isinstance(error, CodesOff):
        detail = "no key for codes is configured"
    elif isinstance(error, HoldConflict):
        detail = "this hold_id stands for another purchase; a new purchase needs a new one"
    return Problem(status=status, code=error.code, detail=detail, facts=facts)


def log_failure(ids: Ids, error: BaseException, *, where: str) -> str:
    """Log a failure of ours; returns the reference to quote it by."""
    reference = ids.short(8)
    log.error("web.failed", reference=reference, where=where, exc_info=error)
    return reference


def our_failure(ids: Ids, error: BaseException, *, where: str) -> Problem:
    """The problem that tells of a failure of ours by its reference and nothing else."""
    reference = log_failure(ids, error, where=where)
    return Problem(status=500, code="internal_error", facts={"reference": reference})


def route_of(request: Request) -> str:
    """The route's template: paths may carry tokens, templates do not."""
    return str(getattr(request.scope.get("route"), "path", "other"))


class ErrorAnswers:
    """The handlers a FastAPI application asks when an endpoint raises."""

    def __init__(self, ids: Ids) -> None:
        self._ids = ids

    def install(self, app: FastAPI) -> None:
        app.add_exception_handler(ProblemError, self.problem)
        app.add_exception_handler(TopupError, self.topup)
        app.add_exception_handler(RequestValidationError, self.invalid)
        app.add_exception_handler(HTTPException, self.http)

    async def problem(self, _request: Request, error: Exception) -> Response:
        if not isinstance(error, ProblemError):
            raise error
        return answer(error.problem, error.headers)

    async def topup(self, request: Request, error: Exception) -> Response:
        if not isinstance(error, TopupError):
            raise error
        problem = problem_of(error)
        if problem.status == HTTPStatus.INTERNAL_SERVER_ERROR:
            problem = our_failure(self._ids, error, where=route_of(request))
        return answer(problem)

    async def invalid(self, _request: Request, error: Exception) -> Response:
        if not isinstance(error, RequestValidationError):
            raise error
        return answer(
            Problem(
                status=422,
                code="invalid_request",
                detail="the request does not have its allowed form",
                facts={"errors": [_fault(item) for item in error.errors()]},
            )
        )

    async def http(self, _request: Request, error: Exception) -> Response:
        if not isinstance(error, HTTPException):
            raise error
        status = 422 if error.status_code == 400 else error.status_code
        code = CODE_OF.get(error.status_code, "refused")
        return answer(Problem(status=status, code=code), error.headers)


def _fault(item: Mapping[str, object]) -> dict[str, str]:
    """Where and what, without the value that was sent."""
    place = item["loc"]
    parts = place if isinstance(place, Sequence) else ()
    return {"at": "/".join(str(part) for part in parts), "detail": str(item["msg"])}
