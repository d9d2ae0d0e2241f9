"""The story of one entry: what it was, then a timeline that folds."""

from bot.conversations.history_screens import channel_name, line_fields
from bot.conversations.model import Button, Copy, Field, Fields, Move, Navigate, Screen, Text
from core.stories.model import Part, Step, Story

# Actions of the audit trail that have words of their own; the beginning of a longer one counts.
ACTIONS = {
    "opened": "story.opened",
    "paid": "story.paid",
    "callback": "story.callback",
    "told": "story.told",
    "not_told": "story.not_told",
    "booked": "story.booked",
    "payment.ordered": "story.payment_ordered",
    "payment.credited": "story.payment_credited",
    "payment.refused": "story.payment_refused",
    "topup.cancelled": "story.topup_cancelled",
    "case.opened": "story.case_opened",
    "case.claimed": "story.case_claimed",
    "case.released": "story.case_released",
    "case": "story.case_decided",
    "refund.asked": "story.refund_asked",
    "refund.approved": "story.refund_approved",
    "refund.refused": "story.refund_refused",
    "refund.done": "story.refund_done",
    "refund.failed": "story.refund_failed",
    "refund": "story.refund_other",
    "hold.placed": "story.hold_placed",
    "hold.captured": "story.hold_captured",
    "hold.released": "story.hold_released",
    "hold.expired": "story.hold_expired",
    "remittance.opened": "story.remittance_opened",
    "remittance.submit": "story.remittance_submitted",
    "remittance.claim": "story.remittance_claimed",
    "remittance.approve": "story.remittance_approved",
    "remittance.reject": "story.remittance_rejected",
    "remittance.ask": "story.remittance_asked",
    "remittance.undo": "story.remittance_undone",
    "code.redeemed": "story.code_redeemed",
}
SHOWN_FACTS = ("amount_fen", "captured_fen", "received_fen", "order_no", "batch", "serial_no")


def story_screen(story: Story) -> Screen:
    """The first line says what happened; sums and references can be copied."""
    line = story.line
    text = Text(
        "story.head" if line.channel else "story.head_without_channel", _head_fields(story)
    )
    details = [
        Text(f"story.{name}", {"value": value})
        for name, value in (
            ("order_no", story.order_no),
            ("trade_no", story.trade_no),
            ("product", story.product),
        )
        if value
    ]
    for detail in details:
        text = Text("kernel.lines", {"above": text, "below": detail})
    text = Text("story.told_as", {"head": text, "steps": _timeline(story.steps)})
    return Screen(text=text, rows=_rows(story))


def _head_fields(story: Story) -> Fields:
    line = story.line
    return {
        **line_fields(line),
        "occurred_at": line.occurred_at.isoformat(),
        "place": Text(
            "story.available_after"
            if line.available_after_fen is not None
            else "story.frozen_after"
        ),
    }


def _rows(story: Story) -> tuple[tuple[Button, ...], ...]:
    copies = [Button(label=Text("story.copy"), action=Copy(value=story.line.reference))]
    if story.order_no and story.order_no != story.line.reference:
        label = Text("story.copy_order")
        copies.append(Button(label=label, action=Copy(value=story.order_no)))
    back = Button(label=Text("button.back"), action=Move(name="back"))
    menu = Button(label=Text("command.menu"), action=Navigate(command="menu"))
    return tuple(copies), (back, menu)


def _timeline(steps: tuple[Step, ...]) -> Text:
    texts = [_step(step) for step in steps]
    whole = texts[0]
    for text in texts[1:]:
        whole = Text("kernel.lines", {"above": whole, "below": text})
    return whole


def _step(step: Step) -> Text:
    fields: dict[str, Field | Text] = {
        "step_at": step.at.isoformat(),
        "what": _what(step.what),
        "who": _who(step),
    }
    facts = _facts(step)
    if not facts:
        return Text("story.step_alone", fields)
    whole = facts[0]
    for fact in facts[1:]:
        whole = Text("story.joined", {"one": whole, "other": fact})
    return Text("story.step", {**fields, "facts": whole})


def _what(action: str) -> Text:
    name = action
    while name:
        if (key := ACTIONS.get(name)) is not None:
            return Text(key)
        name = name.rpartition(".")[0]
    return Text("story.other", {"value": action})


def _who(step: Step) -> Text:
    if step.who.part is Part.PERSON:
        return Text("story.who.person", {"name": step.who.name})
    return Text(f"story.who.{step.who.part}")


def _facts(step: Step) -> list[Text]:
    """What the trail says beside it, in the order people ask for it."""
    channel = step.facts.get("channel")
    texts = [
        Text(f"story.fact.{name}", {name: _plain(value)})
        for name in SHOWN_FACTS
        if (value := step.facts.get(name))
    ]
    if isinstance(channel, str) and step.what == "payment.ordered":
        name = channel_name(channel, step.facts.get("bank"))
        return [Text("story.fact.channel", {"channel": name}), *texts]
    return texts


def _plain(value: object) -> Field:
    return value if isinstance(value, int) else str(value)
