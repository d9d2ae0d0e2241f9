"""The bodies of the webhooks to the platform, for the description."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, JsonValue

from core.platform.model import EventType
from web.platform_hold_models import HOLD
from web.platform_models import ACCOUNT, CHANNELS, EARLIER, like

Channel = Annotated[str, Field(json_schema_extra={"enum": [*CHANNELS]})]
_ABOUT_A_HOLD: dict[str, JsonValue] = {
    "account_id": ACCOUNT,
    "hold_id": HOLD,
    "amount_fen": 360_00,
}
_REFERENCE = "4200002026112200001234567890"


class FundsArrived(BaseModel):
    model_config = like(
        account_id=ACCOUNT,
        amount_fen=260_00,
        channel="wechat",
        reference=_REFERENCE,
        available_fen=360_00,
    )

    account_id: str
    amount_fen: int
    channel: Channel
    reference: str
    available_fen: int


class HoldFundable(BaseModel):
    model_config = like(**_ABOUT_A_HOLD)

    account_id: str
    hold_id: str
    amount_fen: int


class HoldExpired(BaseModel):
    model_config = like(**_ABOUT_A_HOLD)

    account_id: str
    hold_id: str
    amount_fen: int


class RemittanceDecided(BaseModel):
    model_config = like(
        account_id=ACCOUNT, remittance_id="R20261122ABCD", decision="approved", amount_fen=260_00
    )

    account_id: str
    remittance_id: str
    decision: Literal["approved", "rejected"]
    amount_fen: int


DATA_OF: dict[EventType, type[BaseModel]] = {
    EventType.FUNDS_ARRIVED: FundsArrived,
    EventType.HOLD_FUNDABLE: HoldFundable,
    EventType.HOLD_EXPIRED: HoldExpired,
    EventType.REMITTANCE_DECIDED: RemittanceDecided,
}
MEANING = {
    EventType.FUNDS_ARRIVED: "Money came to an account",
    EventType.HOLD_FUNDABLE: "A refused hold fits now: place it again under a new key",
    EventType.HOLD_EXPIRED: "A hold ended by itself; its money is available again",
    EventType.REMITTANCE_DECIDED: "A bank transfer was approved or rejected",
}


class Envelope(BaseModel):
    """What every webhook carries beside its `data`."""

    type: str
    timestamp: datetime


def schemas() -> dict[str, Any]:
    return {model.__name__: model.model_json_schema() for model in DATA_OF.values()}


def webhooks() -> dict[str, Any]:
    """The description's `webhooks`, by type."""
    return {kind.value: {"post": _webhook(kind)} for kind in DATA_OF}


def _webhook(kind: EventType) -> dict[str, Any]:
    name = DATA_OF[kind].__name__
    envelope = Envelope.model_json_schema()
    properties = envelope["properties"] | {
        "type": {"const": kind.value},
        "data": {"$ref": f"#/components/schemas/{name}"},
    }
    schema = {
        "type": "object",
        "properties": properties,
        "required": ["type", "timestamp", "data"],
        "examples": [
            {
                "type": kind.value,
                "timestamp": EARLIER,
                "data": DATA_OF[kind].model_json_schema()["examples"][0],
            }
        ],
    }
    return {
        "summary": MEANING[kind],
        "operationId": f"webhook_{name}",
        "requestBody": {"content": {"application/json": {"schema": schema}}},
        "responses": {"2XX": {"description": "Taken; anything else is sent again"}},
    }
