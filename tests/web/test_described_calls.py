"""Thousands of calls made from the description find no answer that it does not allow."""

import asyncio
import re
import sys
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import func, select

from core.app import Core
from core.storage.tables import metadata
from tests.holds.purse import fund
from tests.people import ACCOUNT, link_everybody
from tests.web.conftest import BASE, BEARER, KEY, is_problem, keyed, on_sqlite, serve

pytestmark = on_sqlite
ALONE = "examples,coverage,fuzzing"  # phases that look at one call at a time
SETTINGS = f"""
[parameters]
account_id = "{ACCOUNT}"
[checks.positive_data_acceptance]
expected-statuses = ["2xx", 402, 404, 409, 422]
"""


async def explore(app: FastAPI, folder: Path, *options: str) -> tuple[int, str]:
    """A run of schemathesis over the served description; its exit code and what it said."""
    settings = folder / "schemathesis.toml"
    settings.write_text(SETTINGS)
    async with serve(app) as address:
        running = await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",
            "from schemathesis.cli import schemathesis; schemathesis()",
            "--config-file",
            str(settings),
            "run",
            f"{address}/v1/openapi.json",
            "--header",
            f"Authorization: Bearer {KEY}",
            "--checks",
            "all",
            "--seed",
            "20261122",
            *options,
            cwd=folder,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        said, _ = await running.communicate()
    return running.returncode or 0, said.decode()


@pytest.mark.timeout(900)
async def test_no_call_of_the_description_is_answered_against_it(
    app: FastAPI, core: Core, tmp_path: Path
) -> None:
    await link_everybody(core)
    await fund(core, 10**12)

    code, said = await explore(app, tmp_path, "--exclude-path-regex", "code-batches", "-n", "500")

    assert code == 0, said
    cases = re.search(r"(\d+) generated, (\d+) passed", said)
    assert cases is not None, said
    assert int(cases[1]) >= 5000
    assert cases[1] == cases[2]
    for phase in ("Examples", "Coverage", "Fuzzing", "Stateful"):
        assert f"✅ {phase}" in said


async def test_no_call_about_codes_is_answered_against_the_description(
    app: FastAPI, core: Core, tmp_path: Path
) -> None:
    """Fewer: each may make ten thousand codes."""
    code, said = await explore(
        app, tmp_path, "--include-path-regex", "code-batches", "--phases", ALONE, "-n", "15"
    )

    assert code == 0, said
    assert "Operations:       2 selected" in said


async def rows(core: Core) -> dict[str, int]:
    """How many rows each table has."""
    return {
        name: await core.database.read(
            lambda tx, table=table: tx.scalar(select(func.count()).select_from(table)) or 0
        )
        for name, table in metadata.tables.items()
    }


async def test_nothing_happens_without_a_key(
    client: httpx.AsyncClient, core: Core, app: FastAPI
) -> None:
    """Every call of the description with its example, without the bearer or the other key."""
    await link_everybody(core)
    await fund(core, 10**6)
    held = {"hold_id": "H1", "amount_fen": 100, "product": "p"}
    await client.post(f"{BASE}/holds", json=held, headers={**BEARER, **keyed("first")})
    document = (await client.get("/v1/openapi.json", headers=BEARER)).json()
    members = (await client.get(f"{BASE}/members", headers=BEARER)).json()["items"]
    before = await rows(core)
    tried = 0

    for template, methods in document["paths"].items():
        path = template.replace("{account_id}", ACCOUNT).replace("{hold_id}", "H1")
        path = path.replace("{member_id}", members[0]["member_id"])
        for method in methods:
            body = {"holds": {**held, "hold_id": "H2"}, "links": {"role": "finance"}}
            content = body.get(path.rpartition("/")[2], {"name": "n"})
            wrong = {"Authorization": f"Bearer {KEY}x", **keyed("k")}
            for headers in ({}, keyed("k"), wrong):
                answer = await client.request(method, path, json=content, headers=headers)
                assert is_problem(answer, 401, "unauthorized"), (method, path)
                tried += 1
            if method == "post":
                answer = await client.request(method, path, json=content, headers=BEARER)
                assert is_problem(answer, 400, "idempotency_key_missing"), path
                tried += 1

    assert tried >= 34
    assert await rows(core) == before


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/v1/no/such/path", 404, "not_found"),
        (f"{BASE}/balance", 405, "method_not_allowed"),
        (BASE, 405, "method_not_allowed"),
    ],
)
async def test_a_post_that_nothing_takes_needs_no_key(
    api: httpx.AsyncClient, path: str, status: int, code: str
) -> None:
    assert is_problem(await api.post(path, json={}), status, code)
