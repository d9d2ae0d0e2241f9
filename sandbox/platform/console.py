"""The cloud console's page and what it asks of this server, which holds the platform's key."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

from sandbox.platform.client import PlatformClient, PlatformError
from sandbox.platform.shop import Shop
from sandbox.platform.webhooks import Webhooks

ROLES = ("creator", "finance", "viewer", "member")
_STATIC = Path(__file__).parent.parent / "static"
_RECENT = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoAccount:
    account_id: str
    name: str
    name_en: str


DEMO_ACCOUNTS = (
    DemoAccount(account_id="100001234567", name="星河科技", name_en="Galaxy Technology"),
    DemoAccount(account_id="100007654321", name="海风数据", name_en="Seabreeze Data"),
)


def console_routes(
    client: PlatformClient,
    accounts: Sequence[DemoAccount] = DEMO_ACCOUNTS,
    *,
    webhook_secret: str | None = None,
) -> list[Route]:
    """`/console` and `/switchboard` with what the console needs under `/console/api`; with a
    secret, also the address of the platform's webhooks.
    """
    shop = Shop(client)
    console = Console(client, shop, accounts)
    heard = [Webhooks(shop, webhook_secret, client.trace).route()] if webhook_secret else []
    one = "/console/api/accounts/{account_id}"
    return [
        *heard,
        Route("/console", _page("console.html"), methods=["GET"]),
        Route("/switchboard", _page("switchboard.html"), methods=["GET"]),
        Route("/console/api/accounts", _safe(console.overview), methods=["GET"]),
        Route(one, _safe(console.create), methods=["PUT"]),
        Route(f"{one}/links", _safe(console.link), methods=["POST"]),
        Route(f"{one}/members/{{member_id}}", _safe(console.remove), methods=["DELETE"]),
        Route(f"{one}/purchases", _safe(console.buy), methods=["POST"]),
        Route(f"{one}/purchases/{{hold_id}}", _safe(console.forget), methods=["DELETE"]),
        Route(f"{one}/purchases/{{hold_id}}/again", _safe(console.buy_again), methods=["POST"]),
        Route(f"{one}/holds/{{hold_id}}/bill", _safe(console.bill), methods=["POST"]),
        Route(f"{one}/holds/{{hold_id}}/release", _safe(console.release), methods=["POST"]),
    ]


class Console:
    """One method per thing the page does."""

    def __init__(
        self, client: PlatformClient, shop: Shop, accounts: Sequence[DemoAccount]
    ) -> None:
        self._client = client
        self._shop = shop
        self._accounts = {account.account_id: account for account in accounts}

    async def overview(self, _request: Request) -> dict[str, Any]:
        shown = await asyncio.gather(*(self._show(each) for each in self._accounts.values()))
        return {"accounts": shown, "roles": ROLES, "products": self._shop.catalogue()}

    async def create(self, request: Request) -> dict[str, Any]:
        account = self._account(request)
        await self._client.put_account(account.account_id, account.name)
        return await self._show(account)

    async def link(self, request: Request) -> dict[str, Any]:
        """`{role, person_id}`: a one-time link, and where the chat page opens it."""
        wanted = await request.json()
        role, person_id = wanted.get("role"), wanted.get("person_id")
        if role not in ROLES or not isinstance(person_id, int):
            detail = f"role is one of {', '.join(ROLES)}; person_id is a number"
            raise PlatformError(422, {"code": "invalid_request", "detail": detail})
        link = await self._client.create_link(self._account(request).account_id, role)
        opens = f"/?person={person_id}&start={quote(_payload(link))}"
        return {"open": opens, "url": link["url"], "expires_at": link["expires_at"]}

    async def remove(self, request: Request) -> dict[str, Any]:
        account = self._account(request)
        await self._client.remove_member(account.account_id, str(request.path_params["member_id"]))
        return {}

    async def buy(self, request: Request) -> dict[str, Any]:
        """`{product, requested_by}`: a hold, or the refusal that keeps the purchase blocked."""
        account, wanted = self._account(request), await request.json()
        return await self._shop.buy(
            account.account_id, wanted.get("product"), wanted.get("requested_by")
        )

    async def buy_again(self, request: Request) -> dict[str, Any]:
        return await self._shop.try_again(self._account(request).account_id, _hold_id(request))

    async def forget(self, request: Request) -> dict[str, Any]:
        self._shop.forget(self._account(request).account_id, _hold_id(request))
        return {}

    async def bill(self, request: Request) -> dict[str, Any]:
        """`{amount_fen}`: what is charged of the hold."""
        self._account(request)
        wanted = await request.json()
        return await self._shop.bill(_hold_id(request), wanted.get("amount_fen"))

    async def release(self, request: Request) -> dict[str, Any]:
        self._account(request)
        return await self._shop.release(_hold_id(request))

    def _account(self, request: Request) -> DemoAccount:
        account = self._accounts.get(request.path_params["account_id"])
        if account is None:
            known = ", ".join(self._accounts)
            raise PlatformError(404, {"code": "account_not_found", "detail": f"one of {known}"})
        return account

    async def _show(self, account: DemoAccount) -> dict[str, Any]:
        head = {
            "account_id": account.account_id,
            "name": account.name,
            "name_en": account.name_en,
        }
        try:
            balance, members, entries = await asyncio.gather(
                self._client.balance(account.account_id),
                self._client.members(account.account_id),
                self._client.entries(account.account_id, _RECENT),
            )
        except PlatformError as error:
            if error.problem.get("code") != "account_not_found":
                raise
            return head | {"exists": False, "members": [], "entries": []}
        holds = await self._shop.open_holds(account.account_id, entries)
        return head | {
            "exists": True,
            "balance": balance,
            "members": members,
            "entries": entries,
            "blocked": self._shop.blocked(account.account_id),
            "holds": holds,
        }


def _hold_id(request: Request) -> str:
    return str(request.path_params["hold_id"])


def _payload(link: dict[str, Any]) -> str:
    """What the chat's start button sends, as the link itself says."""
    query = parse_qs(urlsplit(link["url"]).query)
    return query["start"][0] if "start" in query else f"link_{link['token']}"


def _safe(action: Callable[[Request], Awaitable[dict[str, Any]]]) -> Callable[..., Any]:
    async def answer(request: Request) -> Response:
        try:
            return JSONResponse(await action(request))
        except PlatformError as error:
            return JSONResponse(error.problem, status_code=error.status)

    return answer


def _page(name: str) -> Callable[[Request], Awaitable[Response]]:
    async def show(_request: Request) -> Response:
        return FileResponse(_STATIC / name)

    return show
