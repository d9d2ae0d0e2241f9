"""Ordering at a channel, from whichever screen it was chosen: the card, or why there is none."""

from bot.conversations import refusals
from bot.conversations.kernel import Go, Step
from bot.conversations.model import Fields, ShowCard, Text
from bot.conversations.top_up_card import card_screen, subject_of
from core.app import Core
from core.channels import Channel
from core.errors import ForgedMessage, ProviderRefused, ProviderUnavailable
from core.ids import AccountId, TopUpId
from core.topup.orders import StartRequest


async def order(core: Core, step: Step, channel: Channel, bank: str | None = None) -> Go:
    """Order at the channel; when it does not answer, say so and offer another way on."""
    request = StartRequest(
        person_id=step.event.person.person_id,
        account_id=AccountId(step.fact("account")),
        amount_fen=step.number("amount_fen"),
        channel=channel,
        key=step.event.key,
        top_up_id=TopUpId(step.fact("wish")),
        bank=bank,
    )
    facts = {**step.facts, "channel": channel.value, "bank": bank or ""}
    try:
        view = await core.topups.start(request)
    except (ProviderUnavailable, ProviderRefused, ForgedMessage) as error:
        note = refusals.text_of(error)
        return Go(conversation="top_up", state="failed", facts=facts, note=note)
    card = ShowCard(subject=subject_of(view), screen=card_screen(view), anew=True)
    facts = {**facts, "wish": view.top_up.top_up_id}
    return Go(conversation="top_up", state="paying", facts=facts, also=(card,))


def channel_text(channel: str, bank: str | None) -> Text:
    """A channel's name; with its bank, online banking through that bank."""
    if not bank:
        return Text(f"channel.{channel}")
    fields: Fields = {"bank": Text(f"bank.{bank}")}
    return Text("channel.bank", fields)
