"""What belongs to one account is not reached by asking for another: every route there is."""

import re
from collections.abc import Iterator

import httpx
import pytest
from fastapi import FastAPI

from core.access.model import Role
from core.app import Core
from core.holds.model import HoldRequest
from core.ids import HoldId, PersonId
from tests.people import ACCOUNT, FINANCE, OTHER_ACCOUNT, link
from tests.play import PlayProvider
from tests.web.conftest import keyed, order

NAME, AMOUNT = "星河科技", 123_450_00
BODIES: dict[str, dict[str, object]] = {
    "links": {"role": "viewer"},
    "holds": {"hold_id": "NEW", "amount_fen": 1, "product": "p"},
    "capture": {},
    "release": {},
    "code-batches": {},
}


def routes(app: FastAPI) -> Iterator[tuple[str, str]]:
    for route in app.routes:
        nested = getattr(route, "original_router", None)
        for each in nested.routes if nested is not None else [route]:
            for method in sorted(getattr(each, "methods", None) or ()):
                yield method, each.path


@pytest.fixture
async def theirs(core: Core, linked: dict[str, PersonId], provider: PlayProvider) -> str:
    """Money, a member and a hold of the first account, and an empty second one."""
    view = await order(core)
    await core.topups.record_payment(provider.pay(view.payment.order_no))
    hold = HoldRequest(hold_id=HoldId("H1"), account_id=ACCOUNT, amount_fen=100, product="秘密")
    await core.holds.place(hold)
    await core.access.save_account(OTHER_ACCOUNT, "海风数据")
    await link(core, PersonId(77), Role.CREATOR, OTHER_ACCOUNT)
    members = await core.access.members(ACCOUNT)
    return next(item.member_id for item in members if item.person_id == FINANCE)


async def test_no_route_under_one_account_shows_or_changes_another(
    app: FastAPI, api: httpx.AsyncClient, core: Core, theirs: str
) -> None:
    under = [item for item in routes(app) if "{account_id}" in item[1]]
    assert len(under) >= 7
    values = {"account_id": OTHER_ACCOUNT, "member_id": theirs}
    for number, (method, path) in enumerate(under):
        address = re.sub(r"\{(\w+)\}", lambda found: values.get(found[1], "x"), path)
        body = {"name": "海风"} if method == "PUT" else BODIES.get(path.rsplit("/", 1)[-1])
        answer = await api.request(method, address, json=body, headers=keyed(f"k{number}"))

        for secret in (NAME, ACCOUNT, str(AMOUNT), "秘密", "H1", theirs, f"person {FINANCE}"):
            assert secret not in answer.text, (method, path, secret)
    assert (await core.ledger.balance(ACCOUNT)).available_fen == AMOUNT - 100
    assert len(await core.access.members(ACCOUNT)) == 4


async def test_no_route_answers_a_stranger_with_data(
    app: FastAPI, client: httpx.AsyncClient, theirs: str
) -> None:
    """Without the key, with every path filled with what is true."""
    values = {"account_id": ACCOUNT, "member_id": theirs, "hold_id": "H1"}
    found = list(routes(app))
    assert len(found) > 15
    for method, path in found:
        address = re.sub(r"\{(\w+)\}", lambda part: values.get(part[1], "x" * 43), path)
        answer = await client.request(method, address)
        for secret in (NAME, ACCOUNT, str(AMOUNT), "1,234", "秘密", theirs):
            assert secret not in answer.text, (method, path, secret)
