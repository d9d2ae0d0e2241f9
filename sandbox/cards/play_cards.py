"""The test cards, what their banks do, and the little that is kept of any card."""

import hashlib
import hmac
from dataclasses import dataclass

from sandbox.cards.errors import StripeError, card_error
from sandbox.cards.model import Card

_SALT = b"sandbox card fingerprint"
_YEAR_DIGITS = 2000
_LATEST_YEARS = 50
# brands that the switch "discover_global_network" stands for
_DISCOVER_NETWORK = ("discover", "diners", "jcb", "unionpay", "elo")


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayCard:
    name: str
    number: str
    brand: str
    country: str | None
    error_code: str | None = None
    decline_code: str | None = None
    asks_holder: bool = False
    is_disputed: bool = False

    @property
    def refusal(self) -> StripeError | None:
        return card_error(self.error_code, self.decline_code) if self.error_code else None

    @property
    def fingerprint(self) -> str:
        return hmac.new(_SALT, self.number.encode(), hashlib.sha256).hexdigest()[:16]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What a payer typed; lives as long as the request."""

    number: str
    exp_month: int
    exp_year: int
    cvc: str


def _declining(name: str, number: str, code: str, decline_code: str | None = None) -> PlayCard:
    return PlayCard(
        name=name,
        number=number,
        brand="visa",
        country="US",
        error_code=code,
        decline_code=decline_code,
    )


PLAY_CARDS = (
    PlayCard(name="visa", number="4242424242424242", brand="visa", country="US"),
    PlayCard(name="mastercard", number="5555555555554444", brand="mastercard", country="US"),
    PlayCard(name="jcb", number="3566002020360505", brand="jcb", country="JP"),
    PlayCard(name="jcb_other", number="3530111333300000", brand="jcb", country="JP"),
    PlayCard(name="visa_hk", number="4000003440000004", brand="visa", country="HK"),
    PlayCard(name="visa_tw", number="4000001580000008", brand="visa", country="TW"),
    PlayCard(name="visa_sg", number="4000007020000003", brand="visa", country="SG"),
    PlayCard(name="visa_cn", number="4000001560000002", brand="visa", country="CN"),
    PlayCard(name="visa_no_country", number="4000009990000005", brand="visa", country=None),
    PlayCard(name="unionpay", number="6200000000000005", brand="unionpay", country="CN"),
    PlayCard(name="amex", number="378282246310005", brand="amex", country="US"),
    PlayCard(name="discover", number="6011111111111117", brand="discover", country="US"),
    PlayCard(name="diners", number="30569309025904", brand="diners", country="US"),
    PlayCard(
        name="three_d_secure",
        number="4000002760003184",
        brand="visa",
        country="DE",
        asks_holder=True,
    ),
    _declining("declined", "4000000000000002", "card_declined", "generic_decline"),
    _declining("insufficient_funds", "4000000000009995", "card_declined", "insufficient_funds"),
    _declining("fails_later", "4000000000000341", "card_declined", "generic_decline"),
    _declining("expired", "4000000000000069", "expired_card"),
    _declining("wrong_cvc", "4000000000000127", "incorrect_cvc"),
    _declining("processing_error", "4000000000000119", "processing_error"),
    PlayCard(
        name="disputed", number="4000000000000259", brand="visa", country="US", is_disputed=True
    ),
)
BY_NAME = {card.name: card for card in PLAY_CARDS}
_BY_NUMBER = {card.number: card for card in PLAY_CARDS}
_BY_FINGERPRINT = {card.fingerprint: card for card in PLAY_CARDS}


def find(number: str) -> PlayCard:
    if not _is_number(number):
        raise card_error("incorrect_number", param="number")
    card = _BY_NUMBER.get(number)
    if card is None:
        raise card_error("card_declined", "test_mode_live_card", "number")
    return card


def behind(card: Card) -> PlayCard:
    """How the bank of a saved card behaves."""
    return _BY_FINGERPRINT[card.fingerprint]


def is_blocked(card: Card, blocked: tuple[str, ...]) -> bool:
    if card.brand == "amex":
        return "american_express" in blocked
    if card.brand in _DISCOVER_NETWORK:
        return "discover_global_network" in blocked
    return card.brand in blocked


def read_card(entry: Entry, *, year: int, month: int) -> Card:
    """Checked as the page does it before any bank is asked."""
    play = find(entry.number)
    exp_year = entry.exp_year + (_YEAR_DIGITS if entry.exp_year < 100 else 0)
    if not 1 <= entry.exp_month <= 12:
        raise card_error("invalid_expiry_month", param="exp_month")
    if not (year, month) <= (exp_year, entry.exp_month) <= (year + _LATEST_YEARS, 12):
        raise card_error("invalid_expiry_year", param="exp_year")
    if not entry.cvc.isdecimal() or len(entry.cvc) != (4 if play.brand == "amex" else 3):
        raise card_error("invalid_cvc", param="cvc")
    return Card(
        brand=play.brand,
        last4=play.number[-4:],
        exp_month=entry.exp_month,
        exp_year=exp_year,
        country=play.country,
        fingerprint=play.fingerprint,
    )


def _is_number(number: str) -> bool:
    """Length and Luhn's check digit."""
    if not (number.isascii() and number.isdecimal() and 12 <= len(number) <= 19):
        return False
    digits = [int(digit) for digit in reversed(number)]
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[1::2]]
    return (sum(digits[::2]) + sum(doubled)) % 10 == 0
