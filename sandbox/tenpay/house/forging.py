"""A callback's parameters with their signature: the honest ones, and every bad kind of them."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sandbox.tenpay.house.model import Pairs
from sandbox.tenpay.house.signing import NOT_SIGNED, md5_sign, with_sign

Sequence = list[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """How a protocol calls what forgers change."""

    merchant: str
    other_currency: str
    unpaid_state: str


def _one_fen_more(pairs: Mapping[str, str]) -> Pairs:
    total = pairs.get("total_fee", "0")
    return {**pairs, "total_fee": str(int(total) + 1) if total.isdigit() else total}


def _other_merchant(pairs: Mapping[str, str], names: Names) -> Pairs:
    return {**pairs, names.merchant: "1999999999"}


def _other_currency(pairs: Mapping[str, str], names: Names) -> Pairs:
    return {**pairs, "fee_type": names.other_currency}


def _other_amount(pairs: Mapping[str, str], _names: Names) -> Pairs:
    return _one_fen_more(pairs)


def _unknown_order(pairs: Mapping[str, str], _names: Names) -> Pairs:
    return {**pairs, "out_trade_no": f"NOBODYS{secrets.token_hex(8)}"}


def _unpaid(pairs: Mapping[str, str], names: Names) -> Pairs:
    return {**pairs, "trade_state": names.unpaid_state}


# rightly signed contents that are not the money the merchant asked for
ODD_CONTENTS: Mapping[str, Callable[[Mapping[str, str], Names], Pairs]] = {
    "other_merchant": _other_merchant,
    "other_currency": _other_currency,
    "other_amount": _other_amount,
    "unknown_order": _unknown_order,
    "unpaid": _unpaid,
}


def _bad_signature(signed: Pairs) -> Sequence:
    other = md5_sign({"something": "else"}, secrets.token_hex(16))
    return list({**signed, NOT_SIGNED: other}.items())


def _altered_amount(signed: Pairs) -> Sequence:
    return list(_one_fen_more(signed).items())


def _extra_field(signed: Pairs) -> Sequence:
    return [*signed.items(), ("remark", "added on the way")]


def _no_signature(signed: Pairs) -> Sequence:
    return [(name, text) for name, text in signed.items() if name != NOT_SIGNED]


def _empty_signature(signed: Pairs) -> Sequence:
    return list({**signed, NOT_SIGNED: ""}.items())


def _duplicate_field(signed: Pairs) -> Sequence:
    return [*signed.items(), ("total_fee", "1")]


def _too_big(signed: Pairs) -> Sequence:
    return [*signed.items(), ("attach2", "x" * 10_000_000)]


# what a merchant must refuse, whatever it says
FORGERIES: Mapping[str, Callable[[Pairs], Sequence]] = {
    "bad_signature": _bad_signature,
    "other_key": lambda signed: list(signed.items()),
    "altered_amount": _altered_amount,
    "extra_field": _extra_field,
    "no_signature": _no_signature,
    "empty_signature": _empty_signature,
    "duplicate_field": _duplicate_field,
    "too_big": _too_big,
}


def written(
    kind: str, content: Mapping[str, str], key: str, names: Names, charset: str = "UTF-8"
) -> Sequence:
    """The parameters to send; a kind that is neither odd nor forged is signed as it is."""
    if kind in ODD_CONTENTS:
        content = ODD_CONTENTS[kind](content, names)
    signed = with_sign(content, secrets.token_hex(16) if kind == "other_key" else key, charset)
    return FORGERIES[kind](signed) if kind in FORGERIES else list(signed.items())
