"""Calls the product's platform API, as the cloud's billing system would."""

import uuid
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import httpx

from sandbox.trace import Trace

_ANSWER_WITHIN_S = 10
UNREACHABLE = "api_unreachable"


class PlatformError(Exception):
    """The API refused or cannot be reached; `problem` is its problem document."""

    def __init__(self, status: int, problem: Mapping[str, object]) -> None:
        super().__init__(f"{status} {problem.get('code')}")
        self.status = status
        self.problem = dict(problem)


class PlatformClient:
    """One method per call; answers are the API's JSON."""

    def __init__(self, *, base_url: str, api_key: str, trace: Trace | None = None) -> None:
        self.trace = trace or Trace()
        self._client = httpx.AsyncClient(
            base_url=base_url,
            headers={"Authorization": f"Bearer {api_key}"},
            timeout=_ANSWER_WITHIN_S,
            trust_env=False,
        )

    async def aclose(self) -> None:
        await self._client.aclose()

    async def put_account(self, account_id: str, name: str) -> Any:
        return await self._call("PUT", _account(account_id), {"name": name})

    async def create_link(self, account_id: str, role: str) -> Any:
        return await self._call("POST", f"{_account(account_id)}/links", {"role": role})

    async def balance(self, account_id: str) -> Any:
        return await self._call("GET", f"{_account(account_id)}/balance")

    async def members(self, account_id: str) -> Any:
        return (await self._call("GET", f"{_account(account_id)}/members"))["items"]

    async def remove_member(self, account_id: str, member_id: str) -> None:
        path = f"{_account(account_id)}/members/{quote(member_id, safe='')}"
        await self._call("DELETE", path)

    async def entries(self, account_id: str, limit: int) -> Any:
        return (await self._call("GET", f"{_account(account_id)}/entries?limit={limit}"))["items"]

    async def place_hold(self, account_id: str, hold: Mapping[str, object]) -> Any:
        return await self._call("POST", f"{_account(account_id)}/holds", dict(hold))

    async def hold(self, hold_id: str) -> Any:
        return await self._call("GET", _hold(hold_id))

    async def capture(self, hold_id: str, amount_fen: int | None) -> Any:
        """Without an amount, all that is held."""
        body = {} if amount_fen is None else {"amount_fen": amount_fen}
        return await self._call("POST", f"{_hold(hold_id)}/capture", body)

    async def release(self, hold_id: str) -> Any:
        return await self._call("POST", f"{_hold(hold_id)}/release", {})

    async def _call(self, method: str, path: str, body: object = None) -> Any:
        headers = {"Idempotency-Key": str(uuid.uuid4())} if method == "POST" else {}
        try:
            answer = await self._client.request(method, path, json=body, headers=headers)
        except httpx.HTTPError as error:
            detail = f"{type(error).__name__}: {error}"
            self._record(method, path, body, detail, 0)
            raise PlatformError(503, {"code": UNREACHABLE, "detail": detail}) from error
        self._record(method, path, body, answer.text, answer.status_code)
        value = _json(answer)
        if answer.is_error:
            raise PlatformError(answer.status_code, value)
        return value

    def _record(self, method: str, path: str, body: object, answer: str, status: int) -> None:
        """Not the console's reading: it goes on all the time and would drown the rest."""
        if method != "GET":
            self.trace.record("platform", f"{method} {path}", body, answer, status)


def _account(account_id: str) -> str:
    return f"/v1/accounts/{quote(account_id, safe='')}"


def _hold(hold_id: str) -> str:
    return f"/v1/holds/{quote(hold_id, safe='')}"


def _json(answer: httpx.Response) -> Any:
    if not answer.content:
        return {}
    try:
        return answer.json()
    except ValueError as error:
        problem = {"code": "not_json", "detail": answer.text[:200]}
        raise PlatformError(502, problem) from error
