"""The platform API: accounts, links, members and money as the cloud platform asks for them."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from core.access.model import Membership
from core.app import Core
from core.ids import AccountId, MemberId
from core.platform.model import Answer
from core.storage.transaction import Tx
from core.topup.model import CURRENCY
from web.cursors import read_cursor, read_number, write_cursor
from web.errors import Problem, ProblemError
from web.gate import caller_of
from web.openapi import describe, problems
from web.platform_codes import CodeCalls
from web.platform_holds import HoldCalls
from web.platform_models import (
    MEMBER,
    MEMBER_ID,
    AccountAnswer,
    AccountName,
    AccountPath,
    BalanceAnswer,
    EntryItem,
    EntryPage,
    LinkAnswer,
    LinkWish,
    MemberItem,
    MemberPage,
)
from web.platform_once import Key, OncePerKey
from web.settings import WebSettings

MemberPath = Annotated[str, Path(pattern=MEMBER_ID, examples=[MEMBER["member_id"]])]
Cursor = Annotated[str | None, Query(max_length=200)]
Limit = Annotated[int, Query(ge=1, le=100)]


class PlatformApi:
    """Routes under `/v1`; every POST runs once per idempotency key."""

    def __init__(self, core: Core, settings: WebSettings) -> None:
        self._core = core
        self._settings = settings
        self._once = OncePerKey(core)
        self._router = APIRouter(
            prefix="/v1",
            dependencies=[Depends(caller_of)],
            generate_unique_id_function=lambda route: route.name,
        )

    def router(self) -> APIRouter:
        account = "/accounts/{account_id}"
        add = self._router.add_api_route
        add("/openapi.json", self.openapi, methods=["GET"], include_in_schema=False)
        add(
            account,
            self.save_account,
            methods=["PUT"],
            response_model=AccountAnswer,
            responses={201: {"model": AccountAnswer, "description": "Created"}, **problems()},
        )
        add(
            f"{account}/links",
            self.issue_link,
            methods=["POST"],
            status_code=201,
            response_model=LinkAnswer,
            responses=problems(400, 404, 409, 503),
        )
        add(
            f"{account}/members",
            self.members,
            methods=["GET"],
            response_model=MemberPage,
            responses=problems(404),
        )
        add(
            f"{account}/members/{{member_id}}",
            self.remove_member,
            methods=["DELETE"],
            status_code=204,
            response_class=Response,
            responses=problems(404),
        )
        self._add_money(account)
        HoldCalls(self._core, self._once).add_to(self._router)
        CodeCalls(self._core, self._once).add_to(self._router)
        return self._router

    def _add_money(self, account: str) -> None:
        self._router.add_api_route(
            f"{account}/balance",
            self.balance,
            methods=["GET"],
            response_model=BalanceAnswer,
            responses=problems(404),
        )
        self._router.add_api_route(
            f"{account}/entries",
            self.entries,
            methods=["GET"],
            response_model=EntryPage,
            responses=problems(404),
        )

    async def openapi(self) -> Response:
        return JSONResponse(describe(self._router.routes, public_url=self._settings.public_url))

    async def save_account(self, account_id: AccountPath, wish: AccountName) -> Response:
        """Create the account, or give it a new name."""
        created = await self._core.access.save_account(AccountId(account_id), wish.name)
        found = AccountAnswer(account_id=account_id, name=wish.name)
        return JSONResponse(found.model_dump(mode="json"), 201 if created else 200)

    async def issue_link(
        self, request: Request, account_id: AccountPath, wish: LinkWish, key: Key
    ) -> Response:
        """A one-time link for one person; the token is told here and nowhere else."""
        username = self._username()
        life = timedelta(seconds=wish.ttl_seconds)

        def effect(tx: Tx) -> Answer:
            link = self._core.access.issue_link_in(tx, AccountId(account_id), wish.role, life)
            told = LinkAnswer(
                token=link.token,
                url=f"https://t.me/{username}?start=link_{link.token}",
                expires_at=link.expires_at,
            )
            return Answer(status=201, body=told.model_dump(mode="json"))

        return await self._once.answer(request, key, wish, effect)

    async def members(
        self, account_id: AccountPath, cursor: Cursor = None, limit: Limit = 50
    ) -> MemberPage:
        held = await self._core.access.members(AccountId(account_id))
        if cursor is not None:
            after = read_cursor(cursor)
            held = [item for item in held if _place(item) > after]
        rest = held[limit:]
        return MemberPage(
            items=[MemberItem.of(item) for item in held[:limit]],
            next_cursor=write_cursor(_place(held[limit - 1])) if rest else None,
        )

    async def remove_member(self, account_id: AccountPath, member_id: MemberPath) -> Response:
        """End a membership; it holds from the person's next tap on."""
        await self._core.access.account(AccountId(account_id))
        await self._core.access.remove_member(AccountId(account_id), MemberId(member_id))
        return Response(status_code=204)

    async def balance(self, account_id: AccountPath) -> BalanceAnswer:
        await self._core.access.account(AccountId(account_id))
        held = await self._core.ledger.balance(AccountId(account_id))
        return BalanceAnswer(
            available_fen=held.available_fen, frozen_fen=held.frozen_fen, currency=CURRENCY
        )

    async def entries(
        self, account_id: AccountPath, cursor: Cursor = None, limit: Limit = 50
    ) -> EntryPage:
        """Changes of the available balance, newest first."""
        before = None if cursor is None else read_number(cursor)
        await self._core.access.account(AccountId(account_id))
        found = await self._core.ledger.history(
            AccountId(account_id), before=before, limit=limit + 1
        )
        shown = found[:limit]
        return EntryPage(
            items=[EntryItem.of(item) for item in shown],
            next_cursor=write_cursor(str(shown[-1].entry_id)) if found[limit:] else None,
        )

    def _username(self) -> str:
        username = self._settings.bot_username()
        if not username:
            detail = "the bot's name is not known yet: Telegram was not reached since the start"
            raise ProblemError(Problem(status=503, code="not_ready", detail=detail))
        return username


def _place(item: Membership) -> str:
    """Where a member stands in the list, as text that sorts."""
    return f"{item.linked_at:%Y%m%d%H%M%S%f}{item.member_id}"
