"""A tiny platform API with the contract's shapes, for the console alone."""

import secrets
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

KEY = "platform-key"
NOW = "2026-11-22T20:00:00+08:00"


@dataclass(slots=True)
class FakePlatform:
    """Keeps accounts and members; `keys` are the idempotency keys it was given."""

    accounts: dict[str, str] = field(default_factory=dict)
    members: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    entries: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    links: list[tuple[str, str]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    holds: dict[str, dict[str, Any]] = field(default_factory=dict)
    asked: list[dict[str, Any]] = field(default_factory=list)
    loses_answers: bool = False

    def routes(self) -> list[Route]:
        one = "/v1/accounts/{account_id}"
        return [
            Route(one, self.put, methods=["PUT"]),
            Route(f"{one}/links", self.link, methods=["POST"]),
            Route(f"{one}/balance", self.balance, methods=["GET"]),
            Route(f"{one}/members", self.list_members, methods=["GET"]),
            Route(f"{one}/members/{{member_id}}", self.remove, methods=["DELETE"]),
            Route(f"{one}/entries", self.list_entries, methods=["GET"]),
            Route(f"{one}/holds", self.place, methods=["POST"]),
            Route("/v1/holds/{hold_id}", self.hold, methods=["GET"]),
            Route("/v1/holds/{hold_id}/{act}", self.end, methods=["POST"]),
        ]

    def add_member(self, account_id: str, name: str, role: str) -> None:
        member = {
            "member_id": f"m{len(self.members.get(account_id, [])) + 1}",
            "role": role,
            "display_name": name,
            "linked_at": NOW,
            "last_active_at": NOW,
        }
        self.members.setdefault(account_id, []).append(member)

    def add_entry(
        self,
        account_id: str,
        amount_fen: int,
        kind: str,
        channel: str | None,
        reference: str | None = None,
    ) -> None:
        entries = self.entries.setdefault(account_id, [])
        after = amount_fen + (entries[0]["available_after_fen"] if entries else 0)
        entry = {
            "entry_id": f"e{len(entries)}",
            "at": NOW,
            "kind": kind,
            "channel": channel,
            "amount_fen": amount_fen,
            "available_after_fen": after,
            "reference": reference or f"420000200020261122{len(entries):010d}",
        }
        entries.insert(0, entry)

    async def put(self, request: Request) -> Response:
        if refusal := self._refusal(request, must_exist=False):
            return refusal
        account_id = request.path_params["account_id"]
        status = 200 if account_id in self.accounts else 201
        self.accounts[account_id] = (await request.json())["name"]
        return JSONResponse({"account_id": account_id}, status_code=status)

    async def link(self, request: Request) -> Response:
        if refusal := self._refusal(request):
            return refusal
        key = request.headers.get("idempotency-key")
        if not key:
            return JSONResponse({"code": "idempotency_key_missing"}, status_code=400)
        self.keys.append(key)
        self.links.append((request.path_params["account_id"], (await request.json())["role"]))
        token = secrets.token_urlsafe(16)
        url = f"https://t.me/cloud_topup_bot?start=link_{token}"
        return JSONResponse({"token": token, "url": url, "expires_at": NOW}, status_code=201)

    async def balance(self, request: Request) -> Response:
        account_id = request.path_params["account_id"]
        held = [each for each in self.holds.values() if each["account_id"] == account_id]
        frozen = sum(each["amount_fen"] for each in held if each["state"] == "open")
        available = self._available(account_id)
        value = {"available_fen": available, "frozen_fen": frozen, "currency": "CNY"}
        return self._refusal(request) or JSONResponse(value)

    def _available(self, account_id: str) -> int:
        entries = self.entries.get(account_id, [])
        return entries[0]["available_after_fen"] if entries else 0

    async def place(self, request: Request) -> Response:
        if refusal := self._refusal(request):
            return refusal
        account_id, asked = request.path_params["account_id"], await request.json()
        self.keys.append(request.headers["idempotency-key"])
        self.asked.append(asked)
        if asked["hold_id"] in self.holds:
            return JSONResponse(self.holds[asked["hold_id"]])
        missing = asked["amount_fen"] - self._available(account_id)
        if missing > 0:
            problem = {"code": "insufficient_balance", "shortfall_fen": missing}
            return JSONResponse(problem, status_code=402)
        told = {"account_id": account_id, "captured_fen": 0, "state": "open", "created_at": NOW}
        self.holds[asked["hold_id"]] = asked | told | {"expires_at": None}
        self.add_entry(account_id, -asked["amount_fen"], "hold_placed", None, asked["hold_id"])
        if self.loses_answers:
            return Response(status_code=502)
        return JSONResponse(self.holds[asked["hold_id"]], status_code=201)

    async def hold(self, request: Request) -> Response:
        return JSONResponse(self.holds[request.path_params["hold_id"]])

    async def end(self, request: Request) -> Response:
        hold, wanted = self.holds[request.path_params["hold_id"]], await request.json()
        if hold["state"] != "open":
            return JSONResponse({"code": "hold_ended"}, status_code=409)
        if request.path_params["act"] == "capture":
            hold["captured_fen"] = wanted.get("amount_fen", hold["amount_fen"])
            hold["state"] = "captured"
        else:
            hold["state"] = "released"
        return JSONResponse(hold)

    async def list_members(self, request: Request) -> Response:
        return self._list(request, self.members)

    async def list_entries(self, request: Request) -> Response:
        return self._list(request, self.entries)

    async def remove(self, request: Request) -> Response:
        account_id = request.path_params["account_id"]
        member_id = request.path_params["member_id"]
        kept = [each for each in self.members[account_id] if each["member_id"] != member_id]
        self.members[account_id] = kept
        return self._refusal(request) or Response(status_code=204)

    def _list(self, request: Request, table: dict[str, list[dict[str, Any]]]) -> Response:
        items = table.get(request.path_params["account_id"], [])
        return self._refusal(request) or JSONResponse({"items": items, "next_cursor": None})

    def _refusal(self, request: Request, *, must_exist: bool = True) -> Response | None:
        if request.headers.get("authorization") != f"Bearer {KEY}":
            return JSONResponse({"code": "unauthorized"}, status_code=401)
        if must_exist and request.path_params["account_id"] not in self.accounts:
            return JSONResponse({"code": "account_not_found"}, status_code=404)
        return None
