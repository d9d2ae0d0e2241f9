"""Which error is told how."""

import httpx
import pytest
from fastapi import FastAPI

from core import errors
from core.app import Core
from core.errors import AmountRefused, InsufficientBalance, InvalidRequest, TopupError
from tests.web.conftest import client_of, on_sqlite
from web.errors import STATUS_OF, problem_of


def every(kind: type[TopupError] = TopupError) -> list[type[TopupError]]:
    """The core's own: an edge may have added to the tree by the time this runs."""
    children = [item for item in kind.__subclasses__() if item.__module__ == "core.errors"]
    return [kind, *(found for child in children for found in every(child))]


@pytest.mark.parametrize("kind", every())
def test_every_error_of_the_core_has_a_status_chosen_for_it_or_its_kind(
    kind: type[TopupError],
) -> None:
    chosen = [parent for parent in kind.__mro__ if parent in STATUS_OF]

    assert chosen[0] is kind or chosen[0] is not TopupError


def test_refusals_are_never_told_as_our_failure() -> None:
    for kind in every(errors.Refusal):
        status = next(STATUS_OF[parent] for parent in kind.__mro__ if parent in STATUS_OF)
        assert 400 <= status < 500


def test_facts_of_a_refusal_are_members_of_the_problem() -> None:
    short = problem_of(InsufficientBalance(shortfall_fen=150)).body()
    form = problem_of(InvalidRequest("a link lives from 1 second to 1 day")).body()
    amount = problem_of(AmountRefused(minimum_fen=100, maximum_fen=900)).body()

    assert (short["status"], short["code"], short["shortfall_fen"]) == (
        402,
        "insufficient_balance",
        150,
    )
    assert form["detail"] == "a link lives from 1 second to 1 day"
    assert amount["detail"] == "an amount is 100 to 900 fen"


@on_sqlite
async def test_a_failure_nobody_expected_is_a_reference_and_nothing_else(
    app: FastAPI, core: Core, capsys: pytest.CaptureFixture[str]
) -> None:
    @app.get("/broken")
    async def broken() -> None:
        raise ZeroDivisionError("password")

    async with client_of(app) as client:
        answer: httpx.Response = await client.get("/broken")

    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert "password" not in answer.text
    assert answer.json()["reference"] in capsys.readouterr().out
