"""The description's examples are true: each request is answered as its example says."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012
from sqlalchemy import select

from core.app import Core
from core.ids import AccountId, HoldId
from core.platform.model import EventType
from core.storage.platform_tables import platform_events
from tests.holds.purse import fund, purchase
from tests.people import ACCOUNT, link_everybody
from tests.web.conftest import on_sqlite

pytestmark = on_sqlite
SUCCESS = ("200", "201", "204")


@pytest.fixture
async def document(api: httpx.AsyncClient) -> dict[str, Any]:
    return (await api.get("/v1/openapi.json")).json()


def faults(document: dict[str, Any], schema: object, value: object) -> list[str]:
    """What in the value is not as the schema says; references lead into the document."""
    resource = Resource(contents=document, specification=DRAFT202012)
    whole = {"$ref": "urn:it#/x-asked"}
    asked = Resource(contents={**document, "x-asked": schema}, specification=DRAFT202012)
    registry = Registry().with_resources([("urn:it", asked), ("", resource)])
    validator = Draft202012Validator(whole, registry=registry)
    return [error.message for error in validator.iter_errors(value)]


def operations(document: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (method, path, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]


def example_of(document: dict[str, Any], schema: dict[str, Any]) -> Any:
    for one in schema.get("anyOf", [schema]):
        held = one
        if "$ref" in one:
            held = document["components"]["schemas"][one["$ref"].rpartition("/")[2]]
        if held.get("examples"):
            return held["examples"][0]
    raise AssertionError(f"no example in {schema}")


def body_of(document: dict[str, Any], operation: dict[str, Any]) -> Any:
    return example_of(document, operation["requestBody"]["content"]["application/json"]["schema"])


async def the_member(core: Core) -> str:
    return next(item.member_id for item in await core.access.members(AccountId(ACCOUNT)))


async def send(
    api: httpx.AsyncClient,
    document: dict[str, Any],
    call: tuple[str, str, dict[str, Any]],
    ids: dict[str, str],
    key: str,
) -> httpx.Response:
    """The call as its examples have it, but for `ids` that have to be real."""
    method, path, operation = call
    headers = {}
    for parameter in operation.get("parameters", []):
        name = parameter["name"]
        if parameter["in"] == "path":
            example = parameter["schema"]["examples"][0]
            path = path.replace(f"{{{name}}}", ids.get(name, example))
        elif parameter["in"] == "header":
            assert parameter["schema"]["examples"]
            headers[name] = key
    body = body_of(document, operation) if "requestBody" in operation else None
    return await api.request(method, path, json=body, headers=headers)


async def test_every_request_of_the_description_is_answered_as_described(
    api: httpx.AsyncClient, core: Core, document: dict[str, Any]
) -> None:
    calls = operations(document)
    for number, call in enumerate(calls):
        method, path, operation = call
        await link_everybody(core)
        await fund(core, 1_000_00)
        ids = {"member_id": await the_member(core)}
        if path.startswith("/v1/holds/"):
            ids["hold_id"] = f"H{number}"
            await core.holds.place(purchase(ids["hold_id"], 360_00))

        answer = await send(api, document, call, ids, f"key-{number}")

        assert str(answer.status_code) in SUCCESS, (method, path, answer.text)
        described = operation["responses"][str(answer.status_code)]
        if answer.status_code != 204:
            schema = described["content"]["application/json"]["schema"]
            assert faults(document, schema, answer.json()) == []
    assert len(calls) >= 10


async def test_every_example_of_an_answer_has_the_form_it_is_an_example_of(
    document: dict[str, Any],
) -> None:
    schemas = document["components"]["schemas"]
    seen = 0
    for name, schema in schemas.items():
        for example in schema.get("examples", []):
            found = faults(document, {"$ref": f"#/components/schemas/{name}"}, example)
            assert found == [], name
            seen += 1
    assert seen >= 12
    for kind, webhook in document["webhooks"].items():
        schema = webhook["post"]["requestBody"]["content"]["application/json"]["schema"]
        assert faults(document, schema, schema["examples"][0]) == [], kind
    assert set(document["webhooks"]) == {kind.value for kind in EventType}


async def test_every_body_has_an_example(document: dict[str, Any]) -> None:
    for _, _, operation in operations(document):
        if "requestBody" in operation:
            body_of(document, operation)
        for status, answer in operation["responses"].items():
            if status in SUCCESS and "content" in answer:
                example_of(document, answer["content"]["application/json"]["schema"])


async def test_events_have_the_form_the_description_gives_them(
    core: Core, document: dict[str, Any]
) -> None:
    await link_everybody(core)
    with pytest.raises(Exception, match="short"):
        await core.holds.place(purchase("A", 500))
    await fund(core, 500)
    await core.holds.place(purchase("A", 500, expires_at=core.clock.now() + timedelta(hours=1)))
    core.clock.forward(hours=2)  # type: ignore[attr-defined]
    await core.holds.expire(HoldId("A"))
    rows = await core.database.read(lambda tx: tx.all(select(platform_events)))

    assert {row.type for row in rows} == {"funds.arrived", "hold.fundable", "hold.expired"}
    for row in rows:
        schema = document["webhooks"][row.type]["post"]["requestBody"]["content"][
            "application/json"
        ]["schema"]
        sent = {
            "type": row.type,
            "timestamp": row.happened_at.isoformat(),
            "data": row.data,
        }
        assert faults(document, schema, sent) == []
        known = document["components"]["schemas"][
            schema["properties"]["data"]["$ref"].rpartition("/")[2]
        ]
        assert set(row.data) == set(known["properties"])
