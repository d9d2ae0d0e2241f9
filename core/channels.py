"""Ways to pay, and the forms an order takes for the payer."""

from dataclasses import dataclass
from enum import StrEnum


class Channel(StrEnum):
    """Ways to pay online; online banking goes over `tenpay`."""

    WECHAT = "wechat"
    QQ = "qq"
    TENPAY = "tenpay"
    CARD = "card"


class Form(StrEnum):
    """How an order is handed to the payer: a code to scan, or a link for the phone's browser."""

    QR = "qr"
    LINK = "link"


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedCard:
    """A card a payer chose to keep at the provider; never its number."""

    card_id: str
    brand: str  # visa, mastercard, jcb
    last_four: str
    expiry_month: int
    expiry_year: int
