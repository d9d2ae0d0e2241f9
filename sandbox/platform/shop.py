"""What the cloud sells after use, and the purchases made of it: bought, blocked, billed."""

import asyncio
import contextlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sandbox.platform.client import PlatformClient, PlatformError

OPEN = "open"
_INVALID = 422
_NOT_FOUND = 404


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """Sold after use: `freeze_fen` is frozen when it is bought."""

    key: str
    name: str
    name_en: str
    freeze_fen: int


PRODUCTS = (
    Product(
        key="server",
        name="云服务器 4核8G 按量计费",
        name_en="Cloud server, 4 cores 8 GB, pay as you go",
        freeze_fen=360_00,
    ),
    Product(key="storage", name="对象存储", name_en="Object storage", freeze_fen=50_00),
    Product(
        key="database",
        name="云数据库 主备版",
        name_en="Cloud database, two nodes",
        freeze_fen=888_00,
    ),
    Product(key="gpu", name="GPU 实例", name_en="GPU instance", freeze_fen=12_800_00),
)
_BY_KEY = {product.key: product for product in PRODUCTS}


class Shop:
    """The billing side of one demo: remembers purchases that are blocked and holds that are open.

    A purchase keeps its hold id over every try, so that one whose answer was lost is safe to try
    again; each try has a key of its own.
    """

    def __init__(self, client: PlatformClient) -> None:
        self._client = client
        self._blocked: dict[str, dict[str, Any]] = {}
        self._holds: dict[str, dict[str, Any]] = {}
        self._went_on: set[str] = set()

    def catalogue(self) -> list[dict[str, Any]]:
        return [asdict(product) for product in PRODUCTS]

    async def buy(
        self, account_id: str, product_key: object, requested_by: object
    ) -> dict[str, Any]:
        product = _BY_KEY.get(str(product_key))
        if product is None or not (requested_by is None or isinstance(requested_by, str)):
            detail = f"product is one of {', '.join(_BY_KEY)}; requested_by is a name or null"
            raise PlatformError(_INVALID, {"code": "invalid_request", "detail": detail})
        purchase = {
            "account_id": account_id,
            "hold_id": f"buy-{secrets.token_hex(6)}",
            "amount_fen": product.freeze_fen,
            "product": product.name,
            "requested_by": requested_by,
        }
        return await self._place(purchase)

    async def try_again(self, account_id: str, hold_id: str) -> dict[str, Any]:
        return await self._place(self._blocked_one(account_id, hold_id))

    async def go_on(self, hold_id: str) -> None:
        """The product says that the funds are there: try once more by itself."""
        purchase = self._blocked.get(hold_id)
        if purchase is None:
            return
        with contextlib.suppress(PlatformError):  # then it stays blocked, with the new reason
            await self._place(purchase)
            self._went_on.add(hold_id)

    def forget(self, account_id: str, hold_id: str) -> None:
        """The buyer gives the purchase up."""
        self._blocked_one(account_id, hold_id)
        del self._blocked[hold_id]

    async def bill(self, hold_id: str, amount_fen: int | None) -> dict[str, Any]:
        return self._keep(await self._client.capture(hold_id, amount_fen))

    async def release(self, hold_id: str) -> dict[str, Any]:
        return self._keep(await self._client.release(hold_id))

    def blocked(self, account_id: str) -> list[dict[str, Any]]:
        return [each for each in self._blocked.values() if each["account_id"] == account_id]

    async def open_holds(
        self, account_id: str, entries: Sequence[Mapping[str, Any]]
    ) -> list[dict[str, Any]]:
        """Asks for each that may be open; the entries name those of an earlier demo."""
        named = [entry["reference"] for entry in entries if entry["kind"] == "hold_placed"]
        mine = [key for key, hold in self._holds.items() if hold["account_id"] == account_id]
        wanted = [name for name in dict.fromkeys([*mine, *named]) if self._may_be_open(name)]
        found = await asyncio.gather(*(self._client.hold(name) for name in wanted))
        for hold in found:
            self._keep(hold)
        held = [hold for hold in self._holds.values() if hold["account_id"] == account_id]
        return sorted(
            (
                hold | {"went_on": hold["hold_id"] in self._went_on}
                for hold in held
                if hold["state"] == OPEN
            ),
            key=lambda hold: (hold["created_at"], hold["hold_id"]),
            reverse=True,
        )

    def _may_be_open(self, hold_id: str) -> bool:
        known = self._holds.get(hold_id)
        return known is None or known["state"] == OPEN

    async def _place(self, purchase: dict[str, Any]) -> dict[str, Any]:
        """A purchase that did not go through is kept, and its refusal passed on."""
        asked = {key: value for key, value in purchase.items() if key in _SENT}
        try:
            hold = await self._client.place_hold(purchase["account_id"], asked)
        except PlatformError as error:
            told = {key: error.problem.get(key) for key in ("code", "shortfall_fen")}
            self._blocked[purchase["hold_id"]] = purchase | told
            raise
        return self._keep(hold)

    def _keep(self, hold: dict[str, Any]) -> dict[str, Any]:
        self._holds[hold["hold_id"]] = hold
        self._blocked.pop(hold["hold_id"], None)
        return hold

    def _blocked_one(self, account_id: str, hold_id: str) -> dict[str, Any]:
        purchase = self._blocked.get(hold_id)
        if purchase is None or purchase["account_id"] != account_id:
            problem = {"code": "not_found", "detail": "no blocked purchase has this id"}
            raise PlatformError(_NOT_FOUND, problem)
        return purchase


_SENT = frozenset({"hold_id", "amount_fen", "product", "requested_by"})
