"""The worked examples of `docs/platform-api.md`, tried one after the other."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import select

from core.access.model import Role
from core.app import Core
from core.ids import token_hash
from core.storage.platform_tables import platform_events
from tests.holds.purse import fund
from tests.people import FINANCE
from tests.web.conftest import on_sqlite

pytestmark = on_sqlite
PAGE = Path(__file__).parents[2] / "docs" / "platform-api.md"
ANYTHING = "…"


@dataclass(frozen=True, slots=True)
class Example:
    method: str
    path: str
    headers: dict[str, str]
    body: str | None
    status: int
    answer: Any


def examples() -> list[Example]:
    found = re.findall(r"```http\n(.*?)\n```", PAGE.read_text("utf-8"), re.DOTALL)
    return [read(text) for text in found]


def read(text: str) -> Example:
    asked, _, told = text.partition("\n\n")
    first, *rest = asked.split("\n")
    method, path = first.split(" ")
    headers = dict(line.split(": ", 1) for line in rest if re.match(r"[A-Z][A-Za-z-]+: ", line))
    body = next((line for line in rest if line.startswith("{")), None)
    status, _, answer = told.partition("\n")
    return Example(method, path, headers, body, int(status), json.loads(answer))


def alike(told: Any, got: Any) -> bool:
    """`…` stands for any text."""
    if told == ANYTHING:
        return isinstance(got, str)
    if isinstance(told, dict):
        return (
            isinstance(got, dict)
            and told.keys() == got.keys()
            and all(alike(value, got[name]) for name, value in told.items())
        )
    if isinstance(told, list):
        return len(told) == len(got) and all(map(alike, told, got))
    return bool(told == got)


async def meanwhile(core: Core, example: Example, answer: httpx.Response) -> None:
    """What happens between the examples: somebody links, and money comes twice."""
    if example.path.endswith("/links"):
        await core.access.meet(FINANCE, "王小财", "zh_CN")
        await core.access.accept_link(token_hash(answer.json()["token"]), FINANCE)
    elif example.path.endswith("/members"):
        await fund(core, 100_000)
    elif example.headers.get("Idempotency-Key") == "place-2":
        await fund(core, 20_000)


async def test_every_example_is_answered_as_the_page_says(
    api: httpx.AsyncClient, core: Core
) -> None:
    held = examples()
    for example in held:
        answer = await api.request(
            example.method,
            example.path,
            content=example.body,
            headers={"Content-Type": "application/json", **example.headers},
        )
        assert answer.status_code == example.status, (example, answer.text)
        assert alike(example.answer, answer.json()), (example, answer.text)
        await meanwhile(core, example, answer)

    assert len(held) >= 13
    members = await core.access.members(held[0].path.rpartition("/")[2])  # type: ignore[arg-type]
    assert [item.role for item in members] == [Role.FINANCE]
    (event,) = re.findall(r"```json\n(.*?)\n```", PAGE.read_text("utf-8"), re.DOTALL)
    rows = await core.database.read(lambda tx: tx.all(select(platform_events)))
    fundable = [row.data for row in rows if row.type == "hold.fundable"]
    assert fundable == [json.loads(event)["data"]]
