"""The platform API's description, and what is answered beside it."""

import re

import httpx

from tests.web.conftest import (
    BASE,
    is_problem,
    on_sqlite,
)


@on_sqlite
async def test_the_description_names_every_call(api: httpx.AsyncClient) -> None:
    document = (await api.get("/v1/openapi.json")).json()

    assert document["openapi"].startswith("3.1")
    assert document["security"] == [{"bearer": []}]
    calls = {(method, path) for path, methods in document["paths"].items() for method in methods}
    account = "/v1/accounts/{account_id}"
    assert calls == {
        ("put", account),
        ("post", f"{account}/links"),
        ("get", f"{account}/members"),
        ("delete", f"{account}/members/{{member_id}}"),
        ("get", f"{account}/balance"),
        ("get", f"{account}/entries"),
        ("post", f"{account}/holds"),
        ("get", "/v1/holds/{hold_id}"),
        ("post", "/v1/holds/{hold_id}/capture"),
        ("post", "/v1/holds/{hold_id}/release"),
        ("post", "/v1/code-batches"),
        ("get", "/v1/code-batches/{batch}"),
    }
    for path, method in ((f"{account}/links", "post"), (account, "put")):
        answers = document["paths"][path][method]["responses"]
        for status in ("401", "422", "429"):
            assert list(answers[status]["content"]) == ["application/problem+json"]
    assert "HTTPValidationError" not in document["components"]["schemas"]
    assert set(document["paths"][account]["put"]["responses"]) >= {"200", "201"}


@on_sqlite
async def test_every_reference_in_the_description_leads_somewhere(api: httpx.AsyncClient) -> None:
    answer = await api.get("/v1/openapi.json")

    names = set(re.findall(r'"#/components/schemas/([^"]+)"', answer.text))
    assert names <= answer.json()["components"]["schemas"].keys()


@on_sqlite
async def test_a_wrong_path_or_method_is_a_problem_too(api: httpx.AsyncClient) -> None:
    path = await api.get("/v1/no/such/path")
    slash = await api.get(f"{BASE}/balance/")
    method = await api.delete(f"{BASE}/balance")

    assert is_problem(path, 404, "not_found")
    assert is_problem(slash, 404, "not_found")
    assert is_problem(method, 405, "method_not_allowed")
    assert method.headers["allow"] == "GET"


@on_sqlite
async def test_documentation_pages_are_off(client: httpx.AsyncClient) -> None:
    for path in ("/docs", "/redoc", "/openapi.json"):
        assert (await client.get(path)).status_code == 404
