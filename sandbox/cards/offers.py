"""Reads what a merchant asks for when it opens a checkout session, and refuses what is wrong."""

from urllib.parse import urlsplit

from sandbox.cards.errors import invalid
from sandbox.cards.forms import Form, written
from sandbox.cards.model import Offer
from sandbox.cards.wallet import REDISPLAY

OFFER_FIELDS = frozenset(
    {
        "mode",
        "ui_mode",
        "customer",
        "client_reference_id",
        "metadata[*]",
        "locale",
        "submit_type",
        "expires_at",
        "success_url",
        "cancel_url",
        "billing_address_collection",
        "adaptive_pricing[enabled]",
        "expand[#]",
        "payment_method_types[#]",
        "allowed_payment_method_types[#]",
        "wallet_options[link][display]",
        "line_items[#][quantity]",
        "line_items[#][price_data][currency]",
        "line_items[#][price_data][unit_amount]",
        "line_items[#][price_data][product_data][name]",
        "line_items[#][price_data][product_data][description]",
        "payment_intent_data[metadata][*]",
        "payment_intent_data[capture_method]",
        "payment_intent_data[description]",
        "payment_intent_data[setup_future_usage]",
        "payment_intent_data[statement_descriptor]",
        "payment_intent_data[statement_descriptor_suffix]",
        "saved_payment_method_options[payment_method_save]",
        "saved_payment_method_options[payment_method_remove]",
        "saved_payment_method_options[allow_redisplay_filters][#]",
        "payment_method_options[card][restrictions][brands_blocked][#]",
        "payment_method_options[card][request_three_d_secure]",
        "customer_update[name]",
        "customer_update[address]",
    }
)
_LARGEST_AMOUNT = 99_999_999
_LEAST_LIFE_S, _LONGEST_LIFE_S = 30 * 60, 24 * 3600
_CURRENCIES = ("cny", "usd", "hkd", "eur", "gbp", "jpy", "sgd")
_BLOCKABLE = ("visa", "mastercard", "american_express", "discover_global_network")
_LOCALES = (
    *(
        "auto",
        "bg",
        "cs",
        "da",
        "de",
        "el",
        "en",
        "en-GB",
        "es",
        "es-419",
        "et",
        "fi",
        "fil",
        "fr",
    ),
    *("fr-CA", "hr", "hu", "id", "it", "ja", "ko", "lt", "lv", "ms", "mt", "nb", "nl", "pl", "pt"),
    *("pt-BR", "ro", "ru", "sk", "sl", "sv", "th", "tr", "vi", "zh", "zh-HK", "zh-TW"),
)
_CAPTURES = ("manual", "automatic", "automatic_async")
_FUTURE_USES = ("on_session", "off_session")
_ASKING = ("automatic", "any", "challenge")
_BILLING = ("auto", "required")
_SUBMITS = ("auto", "book", "donate", "pay", "subscribe")
_SWITCH = ("enabled", "disabled")
_CARD = ("payment_method_options", "card")
_SAVED = "saved_payment_method_options"


def read_offer(form: Form, *, now: int, least_amount: int) -> Offer:
    form.check_known(OFFER_FIELDS)
    _check_mode(form)
    currency, amount = _total(form, least_amount)
    intent = "payment_intent_data"
    return Offer(
        amount=amount,
        currency=currency,
        description=form.required("line_items", "0", "price_data", "product_data", "name"),
        success_url=_address(form, "success_url") or form.required("success_url"),
        cancel_url=_address(form, "cancel_url"),
        expires_at=_expiry(form, now),
        customer=form.text("customer"),
        order_no=form.text("client_reference_id", longest=200),
        metadata=form.metadata(),
        intent_metadata=form.metadata(intent),
        capture_method=form.choice(intent, "capture_method", allowed=_CAPTURES) or _CAPTURES[-1],
        setup_future_usage=form.choice(intent, "setup_future_usage", allowed=_FUTURE_USES),
        statement_descriptor_suffix=form.text(intent, "statement_descriptor_suffix", longest=22),
        can_save=_can(form, "payment_method_save"),
        can_remove=_can(form, "payment_method_remove"),
        redisplay_filters=_redisplay_filters(form),
        brands_blocked=form.texts(*_CARD, "restrictions", "brands_blocked", allowed=_BLOCKABLE),
        request_three_d_secure=_chosen(form, *_CARD, "request_three_d_secure", allowed=_ASKING),
        billing_address_collection=_chosen(form, "billing_address_collection", allowed=_BILLING),
        submit_type=_chosen(form, "submit_type", allowed=_SUBMITS),
        locale=_chosen(form, "locale", allowed=_LOCALES),
        payment_method_types=_methods(form),
    )


def _chosen(form: Form, *path: str, allowed: tuple[str, ...]) -> str:
    """The first is Stripe's own choice."""
    return form.choice(*path, allowed=allowed) or allowed[0]


def _redisplay_filters(form: Form) -> tuple[str, ...]:
    name = "allow_redisplay_filters"
    return form.texts(_SAVED, name, allowed=REDISPLAY) or ("always",)


def _check_mode(form: Form) -> None:
    if form.has("payment_method_types"):
        raise invalid(
            "The payment_method_types parameter is no longer supported in this API version. Use "
            "allowed_payment_method_types, or manage payment methods in the Dashboard.",
            "payment_method_types",
            "payment_method_types_no_longer_supported",
        )
    form.required("mode")
    form.choice("mode", allowed=("payment",))
    form.choice("ui_mode", allowed=("hosted_page",))
    form.choice("wallet_options", "link", "display", allowed=("auto", "never"))
    form.flag("adaptive_pricing", "enabled")
    for name in ("name", "address"):
        if form.choice("customer_update", name, allowed=("auto", "never")):
            _require_customer(form, "customer_update")
    if form.has("payment_intent_data", "statement_descriptor"):
        raise invalid(
            "statement_descriptor is not allowed for card payments; use "
            "statement_descriptor_suffix.",
            "payment_intent_data[statement_descriptor]",
        )


def _methods(form: Form) -> tuple[str, ...]:
    """A filter on what the account has switched on, which is cards and Link."""
    name = "allowed_payment_method_types"
    return form.texts(name, allowed=("card", "link")) or ("card", "link")


def _total(form: Form, least_amount: int) -> tuple[str, int]:
    places = sorted({path[1] for path in form.values if path[0] == "line_items"})
    if not places:
        raise invalid("Missing required param: line_items.", "line_items", "parameter_missing")
    currencies, total = set(), 0
    for place in places:
        price = ("line_items", place, "price_data")
        form.required(*price, "product_data", "name")
        form.required(*price, "currency")
        currencies.add(form.choice(*price, "currency", allowed=_CURRENCIES) or "")
        form.required(*price, "unit_amount")
        quantity = form.integer("line_items", place, "quantity", least=1, most=999_999)
        total += (form.integer(*price, "unit_amount") or 0) * (quantity or 1)
    if len(currencies) > 1:
        raise invalid("All line items must have the same currency.", "line_items")
    if total > _LARGEST_AMOUNT:
        text = f"Amount must be no more than {_LARGEST_AMOUNT}"
        raise invalid(text, "line_items", "amount_too_large")
    if total < least_amount:
        text = f"The total must amount to at least {least_amount} in the smallest unit"
        raise invalid(text, "line_items", "amount_too_small")
    return currencies.pop(), total


def _address(form: Form, name: str) -> str | None:
    address = form.text(name)
    if address is None:
        return None
    parts = urlsplit(address)
    is_local = parts.hostname in ("127.0.0.1", "localhost", "::1")
    if not parts.hostname or not (
        parts.scheme == "https" or (parts.scheme == "http" and is_local)
    ):
        raise invalid(f"Not a valid URL: {address}", name, "url_invalid")
    return address


def _expiry(form: Form, now: int) -> int:
    expires_at = form.integer("expires_at")
    if expires_at is None:
        return now + _LONGEST_LIFE_S
    if not now + _LEAST_LIFE_S <= expires_at <= now + _LONGEST_LIFE_S:
        raise invalid(
            "The expires_at timestamp must be between 30 minutes and 24 hours after Checkout "
            "Session creation.",
            "expires_at",
        )
    return expires_at


def _can(form: Form, name: str) -> bool:
    chosen = form.choice(_SAVED, name, allowed=_SWITCH)
    if chosen is not None:
        _require_customer(form, written((_SAVED, name)))
    return chosen == "enabled"


def _require_customer(form: Form, name: str) -> None:
    if form.text("customer") is None:
        raise invalid(f"{name} can only be given with a customer.", name)
