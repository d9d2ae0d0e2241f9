"""The living card of a threshold: told when the balance is below it, seen by all who were told."""

from bot.conversations.kernel import Go
from bot.conversations.model import (
    Button,
    CardMove,
    Event,
    Fields,
    Navigate,
    Response,
    Screen,
    ShowCard,
    Style,
    Text,
    Toast,
)
from core.alerts.model import AlertView
from core.app import Core
from core.ids import PersonId

PREFIX = "alert:"


class AlertCards:
    """Rights and balance are read again at every press."""

    def __init__(self, core: Core) -> None:
        self._alerts = core.alerts

    async def screen(self, subject: str, chat_id: int) -> Screen | None:
        view = await self._alerts.view(PersonId(chat_id), subject.removeprefix(PREFIX))
        return card_screen(view)

    async def press(self, subject: str, move: str, event: Event) -> Response | Go:
        person_id, threshold_id = event.person.person_id, subject.removeprefix(PREFIX)
        toast = None
        if move == "take":
            await self._alerts.take(person_id, threshold_id)
        elif move == "snooze":
            await self._alerts.snooze(person_id, threshold_id)
        view = await self._alerts.view(person_id, threshold_id)
        if move == "snooze" and view.threshold.below_since is not None:
            toast = Toast(text=Text("alert.snoozed"))
        card = ShowCard(subject=subject, screen=card_screen(view))
        return Response(language=event.person.language, shows=(card,), toast=toast)


def card_screen(view: AlertView) -> Screen:
    """The first line says whether money is needed."""
    fields: Fields = {
        "account": view.account_name,
        "available_fen": view.available_fen,
        "threshold_fen": view.threshold.amount_fen,
    }
    alerts = Button(label=Text("command.alerts"), action=Navigate(command="alerts"))
    if view.threshold.below_since is None:
        return Screen(text=Text("alert.recovered", fields), rows=((alerts,),))
    text = Text("alert.below", fields)
    if view.taker is not None:
        taken = Text("alert.taken", {"name": view.taker})
        text = Text("kernel.lines", {"above": text, "below": taken})
    return Screen(text=text, rows=_rows(view, alerts))


def _rows(view: AlertView, alerts: Button) -> tuple[tuple[Button, ...], ...]:
    rows: list[tuple[Button, ...]] = []
    if view.may_top_up:
        top_up = Button(
            label=Text("command.topup"),
            action=Navigate(command="topup"),
            style=Style.PRIMARY,
        )
        rows.append((top_up,))
    take = Button(label=Text("alert.take"), action=CardMove(name="take"))
    snooze = Button(label=Text("alert.snooze"), action=CardMove(name="snooze"))
    rows.append((take, snooze) if view.taker is None else (snooze,))
    return (*rows, (alerts,))
