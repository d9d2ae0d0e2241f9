"""The screens of declaring a bank transfer."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from bot.conversations.model import (
    Button,
    Copy,
    Field,
    Fields,
    Move,
    Navigate,
    Screen,
    Style,
    Text,
)
from bot.conversations.paragraphs import below
from bot.conversations.remit_reading import way_text
from core import money
from core.payee import Payee, remark
from core.remittance.model import Remittance, RemittanceState, RemittanceView, Way

LONGEST_COPY = 256
WAYS = (Way.TENPAY, Way.CASH, Way.CHEQUE, Way.WIRE, Way.ONLINE)
EDITABLE = ("amount", "payer", "payer_account", "date", "serial", "note", "receipt")
DATES_OFFERED = 4  # today and the days before


def ways(
    account: str,
    account_id: str,
    drafts: Sequence[Remittance],
    carried: object = None,
    *,
    is_new: bool = True,
) -> Screen:
    """How the money will travel; drafts that wait can be gone on with."""
    rows: list[tuple[Button, ...]] = [
        (
            Button(
                label=Text("remit.resume", {"reference": item.reference}),
                action=Move(name="resume", argument=item.remittance_id),
                style=Style.PRIMARY,
            ),
        )
        for item in drafts[:3]
    ]
    rows += [
        (Button(label=way_text(way), action=Move(name="way", argument=way.value)),) for way in WAYS
    ]
    if is_new:
        rows.append((Button(label=Text("remit.ours"), action=Move(name="ours")),))
    copy = Button(label=Text("remit.copy_account_id"), action=Copy(value=account_id))
    rows.append((copy, _leave()))
    fields: Fields = {"account": account, "account_id": account_id}
    return Screen(text=_carrying(Text("remit.ask_way", fields), carried), rows=tuple(rows))


def _carrying(text: Text, carried: object) -> Text:
    """With the amount that was chosen before, if one was."""
    if not isinstance(carried, int):
        return text
    return below(text, Text("remit.carried", {"amount_fen": carried}))


def cash() -> Screen:
    yes = Button(label=Text("button.confirm"), action=Move(name="confirm"), style=Style.PRIMARY)
    back = Button(label=Text("button.back"), action=Move(name="back"))
    return Screen(text=Text("remit.cash_in_beijing"), rows=((yes, back),))


def details(view: RemittanceView, payee: Payee, carried: object = None) -> Screen:
    """Where the money goes; every part can be copied, and all of it at once."""
    found = view.remittance
    parts = {
        "payee": payee.name,
        "bank_account": payee.account,
        "bank": payee.bank,
        "remark": remark(found.account_id),
        "reference": found.reference,
        "account_id": found.account_id,
    }
    copies = [
        Button(label=Text(f"remit.copy_{name}"), action=Copy(value=value))
        for name, value in parts.items()
    ]
    rows: list[tuple[Button, ...]] = [tuple(copies[at : at + 2]) for at in range(0, 6, 2)]
    whole = "\n".join((payee.name, payee.account, payee.bank, remark(found.account_id)))
    if len(whole) <= LONGEST_COPY:
        rows.append((Button(label=Text("remit.copy_all"), action=Copy(value=whole)),))
    submit = Button(label=Text("remit.begin"), action=Move(name="submit"), style=Style.PRIMARY)
    other = Button(label=Text("remit.other_way"), action=Move(name="ways"))
    fields: Fields = {**parts, "account": found.account_name, "way": way_text(found.way)}
    text = _carrying(Text("remit.details", fields), carried)
    return Screen(text=text, rows=(*rows, (submit,), (other, _leave())))


def question(name: str, view: RemittanceView, facts: Mapping[str, object], today: date) -> Screen:
    """One question, with the answers that can be guessed as buttons."""
    found = view.remittance
    fields: Fields = {
        "reference": found.reference,
        "account": found.account_name,
        "count": len(view.files),
        "minimum_fen": 1,
        "maximum_fen": money.MAXIMUM_FEN,
    }
    rows = _guesses(name, view, facts, today)
    if facts.get("editing"):
        rows.append((Button(label=Text("button.back"), action=Move(name="back")),))
    else:
        rows.append((Button(label=Text("remit.later"), action=Move(name="leave")),))
    return Screen(text=Text(f"remit.ask_{name}", fields), rows=tuple(rows))


def _guesses(
    name: str, view: RemittanceView, facts: Mapping[str, object], today: date
) -> list[tuple[Button, ...]]:
    found = view.remittance
    carried = facts.get("amount_fen")
    if name == "amount" and isinstance(carried, int):
        yuan = f"{carried // 100}.{carried % 100:02d}"
        return [(_use(Text("remit.use_amount", {"amount_fen": carried}), yuan),)]
    if name == "payer":
        label = Text("remit.use_payer", {"account": found.account_name})
        return [(_use(label, found.account_name),)]
    if name == "date":
        return day_buttons(today)
    if name == "serial":
        return [(Button(label=Text("remit.no_serial"), action=Move(name="skip")),)]
    if name == "receipt" and view.files and found.state is RemittanceState.DRAFT:
        return [(Button(label=Text("remit.drop_files"), action=Move(name="drop")),)]
    return []


def day_buttons(today: date) -> list[tuple[Button, ...]]:
    days = [today - timedelta(days=back) for back in range(DATES_OFFERED)]
    labels = [Text("remit.today"), Text("remit.yesterday")]
    labels += [Text("remit.day", {"day": day.isoformat()}) for day in days[2:]]
    buttons = [_use(label, day.isoformat()) for label, day in zip(labels, days, strict=True)]
    return [tuple(buttons[:2]), tuple(buttons[2:])]


def _use(label: Text, value: str) -> Button:
    return Button(label=label, action=Move(name="use", argument=value))


def summary(view: RemittanceView) -> Screen:
    """Everything that was said, before and after it is submitted."""
    found = view.remittance
    rows: list[tuple[Button, ...]] = []
    if found.state in {RemittanceState.DRAFT, RemittanceState.NEEDS_INFO}:
        confirm = Button(
            label=Text("remit.confirm"), action=Move(name="confirm"), style=Style.PRIMARY
        )
        rows.append((confirm,))
    if view.may_change:
        edit_button = Button(label=Text("remit.edit"), action=Move(name="edit"))
        withdraw_button = Button(label=Text("remit.withdraw"), action=Move(name="withdraw"))
        rows.append((edit_button, withdraw_button))
    rows.append((Button(label=Text("command.status"), action=Navigate(command="status")),))
    text = Text("remit.summary", summary_fields(view))
    return Screen(text=text, rows=tuple(rows))


def summary_fields(view: RemittanceView) -> dict[str, Field | Text]:
    found, said = view.remittance, view.remittance.declared
    unsaid = Text("remit.unsaid")
    day = said.transfer_date.isoformat() if said.transfer_date else None
    return {
        "reference": found.reference,
        "account": found.account_name,
        "account_id": found.account_id,
        "way": way_text(found.way),
        "amount_fen": said.amount_fen or 0,
        "payer": said.payer_name or unsaid,
        "payer_account": said.payer_account or unsaid,
        "day": day or unsaid,
        "serial": said.bank_serial or unsaid,
        "note": said.note or unsaid,
        "count": len(view.files),
    }


def edit(view: RemittanceView) -> Screen:
    """Which part is to be said anew."""
    fields = [
        Button(label=Text(f"remit.field_{name}"), action=Move(name="field", argument=name))
        for name in EDITABLE
    ]
    fields.append(Button(label=Text("remit.field_way"), action=Move(name="way")))
    rows = [tuple(fields[at : at + 2]) for at in range(0, len(fields), 2)]
    back = Button(label=Text("button.back"), action=Move(name="back"))
    text = below(Text("remit.summary", summary_fields(view)), Text("remit.ask_field"))
    return Screen(text=text, rows=(*rows, (back,)))


def withdraw(view: RemittanceView) -> Screen:
    fields = summary_fields(view)
    label = Text("remit.withdraw_yes", {"amount_fen": view.remittance.declared.amount_fen or 0})
    yes = Button(label=label, action=Move(name="yes"), style=Style.DANGER)
    back = Button(label=Text("button.back"), action=Move(name="back"))
    return Screen(text=Text("remit.ask_withdraw", fields), rows=((yes, back),))


def _leave() -> Button:
    return Button(label=Text("button.cancel"), action=Move(name="leave"))
