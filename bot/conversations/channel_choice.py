"""The screen on which a payer chooses how to pay: what fits, what works, what else there is."""

from bot.conversations.model import Button, Fields, Move, Screen, Style, Text
from core import money
from core.channels import Channel
from core.topup.model import ChannelOffer


def channel_screen(
    *, account: str, amount_fen: int, offers: list[ChannelOffer], has_payee: bool
) -> Screen:
    """Fitting channels as buttons, those that fail at present last and marked; limits and
    reasons in the text; bank transfer where it is set up.
    """
    fields: Fields = {"account": account, "amount_fen": amount_fen}
    working = [offer for offer in offers if offer.fits and not offer.failing]
    text = Text(_head(offers, working, has_payee=has_payee), fields)
    for line in _lines(offers, working):
        text = Text("kernel.lines", {"above": text, "below": line})
    rows = [row for offer in offers if offer.fits for row in _channel_rows(offer)]
    if has_payee:
        rows.append((Button(label=Text("channel.remittance"), action=Move(name="transfer")),))
    rows.append(
        (
            Button(label=Text("topup.other_amount"), action=Move(name="amount")),
            Button(label=Text("button.cancel"), action=Move(name="leave")),
        )
    )
    return Screen(text=text, rows=tuple(rows))


def _head(offers: list[ChannelOffer], working: list[ChannelOffer], *, has_payee: bool) -> str:
    if working:
        return "topup.ask_channel"
    if has_payee:
        return "topup.only_transfer"
    return "topup.no_channel_fits" if offers else "topup.no_channel"


def _lines(offers: list[ChannelOffer], working: list[ChannelOffer]) -> list[Text]:
    """Each channel's limits; why one cannot be used, and which can instead."""
    lines = [Text(f"topup.{_standing(offer)}", _limits(offer)) for offer in offers]
    troubled = any(not offer.fits or offer.failing for offer in offers)
    if troubled and working:
        lines.append(Text("topup.rather", {"channel": _name(working[0].channel)}))
    return lines


def _standing(offer: ChannelOffer) -> str:
    if not offer.fits:
        return "channel_does_not_fit"
    return "channel_failing" if offer.failing else "channel_limits"


def _limits(offer: ChannelOffer) -> Fields:
    return {
        "channel": _name(offer.channel),
        "minimum_fen": max(offer.minimum_fen, money.MINIMUM_FEN),
        "maximum_fen": min(offer.maximum_fen, money.MAXIMUM_FEN),
    }


def _name(channel: Channel) -> Text:
    return Text(f"channel.{channel}")


def _channel_rows(offer: ChannelOffer) -> list[tuple[Button, ...]]:
    pay = Move(name="pay", argument=offer.channel.value)
    rows: list[tuple[Button, ...]] = [(_button(_name(offer.channel), pay, offer),)]
    if offer.channel is Channel.TENPAY:
        rows.append((_button(Text("channel.online_banking"), Move(name="bank"), offer),))
    return rows


def _button(label: Text, move: Move, offer: ChannelOffer) -> Button:
    if offer.failing:
        return Button(label=Text("topup.failing_label", {"channel": label}), action=move)
    return Button(label=label, action=move, style=Style.PRIMARY)
