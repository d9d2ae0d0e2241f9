"""How each notice of the closed list reads."""

from collections.abc import Callable, Mapping
from functools import partial

from bot.conversations.case_screens import channel_text, kind_text
from bot.conversations.history_screens import channel_name
from bot.conversations.model import Button, Field, Navigate, Screen, Text
from bot.conversations.paragraphs import below
from bot.conversations.refusals import reason_text
from bot.conversations.remit_card import reject_text
from core.notices.model import Notice, NoticeKind

Facts = Mapping[str, object]
MARKS = {"late": "notice.mark_late", "extra": "notice.mark_extra"}

ALARMS = {
    "channel_failing": "alarm.channel_failing",
    "channel_recovered": "alarm.channel_recovered",
    "not_our_money": "alarm.not_our_money",
    "backlog": "alarm.backlog",
    "suspense_old": "alarm.suspense_old",
    "dead_job": "alarm.dead_job",
    "dead_update": "alarm.dead_update",
    "books_broken": "alarm.books_broken",
    "bank_days": "alarm.bank_days",
    "forged_callbacks": "alarm.forged_callbacks",
}


def screen_of(notice: Notice) -> Screen:
    """The message for a notice; every kind has one."""
    return SAID[notice.kind](notice.facts)


def _payment_in_review(facts: Facts) -> Screen:
    return Screen(text=_case_text("notice.payment_in_review", facts))


def _member_linked(facts: Facts) -> Screen:
    role = Text(f"role.{facts['role']}")
    return Screen(text=Text("notice.member_linked", {**_plain(facts), "role": role}))


def _link_ending(facts: Facts) -> Screen:
    """One's own link ends soon: by its age, or because nobody uses it."""
    key = "notice.link_idle" if facts.get("idle") else "notice.link_ending"
    role = Text(f"role.{facts['role']}")
    renew = Button(label=Text("members.renew"), action=Navigate(command="members"))
    return Screen(text=Text(key, {**_plain(facts), "role": role}), rows=((renew,),))


def _renewal_asked(facts: Facts) -> Screen:
    role = Text(f"role.{facts['role']}")
    members = Button(label=Text("command.members"), action=Navigate(command="members"))
    text = Text("notice.renewal_asked", {**_plain(facts), "role": role})
    return Screen(text=text, rows=((members,),))


def _request_ended(facts: Facts) -> Screen:
    return Screen(text=Text(f"notice.request_{facts['outcome']}", _plain(facts)))


def _alarm(facts: Facts) -> Screen:
    """What operators have to know; an alarm without a text of its own says its facts."""
    fields = _plain(facts)
    if "channel" in facts:
        fields["channel"] = channel_text(facts["channel"])
    if "queue" in facts:
        fields["queue"] = Text(f"alarm.queue_{facts['queue']}")
    return Screen(text=Text(ALARMS.get(str(facts["what"]), "notice.alarm"), fields))


def _step_up_reset(_facts: Facts) -> Screen:
    security = Button(label=Text("command.security"), action=Navigate(command="security"))
    return Screen(text=Text("notice.step_up_reset"), rows=((security,),))


def _batch(kind: NoticeKind, facts: Facts) -> Screen:
    codes = Button(label=Text("command.codes"), action=Navigate(command="codes"))
    return Screen(text=Text(f"notice.{kind}", _plain(facts)), rows=((codes,),))


def _digest(facts: Facts) -> Screen:
    told = {name: value for name, value in facts.items() if name not in {"first", "last"}}
    fields = {**_plain(told), "first_on": str(facts["first"]), "last_on": str(facts["last"])}
    history = Button(label=Text("command.history"), action=Navigate(command="history"))
    return Screen(text=Text("notice.digest", fields), rows=((history,),))


def _funds_arrived(facts: Facts) -> Screen:
    fields: dict[str, Field | Text] = {
        **_plain(facts),
        "channel": _way(facts),
    }
    of_order = facts.get("order_no") is not None
    text = Text(
        "notice.funds_arrived" if of_order else "notice.funds_arrived_without_order", fields
    )
    if (mark := MARKS.get(str(facts.get("mark")))) is not None:
        text = Text("kernel.noted", {"note": text, "screen": Text(mark)})
    if facts.get("declared_fen") not in {None, facts["amount_fen"]}:
        text = below(text, Text("notice.arrived_differs", _plain(facts)))
    balance = Button(label=Text("command.balance"), action=Navigate(command="balance"))
    if mark is None:
        return Screen(text=text, rows=((balance,),))
    refund = Button(label=Text("command.refund"), action=Navigate(command="refund"))
    return Screen(text=text, rows=((balance,), (refund,)))


def _purchases_funded(facts: Facts) -> Screen:
    balance = Button(label=Text("command.balance"), action=Navigate(command="balance"))
    text = Text("notice.purchases_funded", _with_products(facts))
    return Screen(text=text, rows=((balance,),))


def _purchase_goes_on(facts: Facts) -> Screen:
    return Screen(text=Text("notice.purchase_goes_on", _with_products(facts)))


def _with_products(facts: Facts) -> dict[str, Field | Text]:
    products = facts["products"]
    names = products if isinstance(products, list) else []
    return {**_plain(facts), "products": " · ".join(str(name) for name in names)}


def _payment_refused(facts: Facts) -> Screen:
    fields: dict[str, Field | Text] = {
        **_plain(facts),
        "channel": _way(facts),
        "reason": reason_text(str(facts.get("reason"))),
    }
    again = Button(label=Text("topup.once_more"), action=Navigate(command="topup"))
    return Screen(text=Text("notice.payment_refused", fields), rows=((again,),))


def _case_text(key: str, facts: Facts) -> Text:
    kind = Text(f"case.{facts['kind']}")
    return Text(key, {**_plain(facts), "kind": kind, "channel": _way(facts)})


def _case_opened(facts: Facts) -> Screen:
    fields = {**_told(facts), "kind": kind_text(str(facts["kind"]))}
    cases = Button(label=Text("command.cases"), action=Navigate(command="cases"))
    return Screen(text=Text("notice.case_opened", fields), rows=((cases,),))


def _books_differ(facts: Facts) -> Screen:
    """What a morning's comparison of a bill with the books found."""
    text = Text("notice.books_differ", _told(facts))
    for name in ("missed", "unexplained_fen"):
        if facts.get(name):
            more = Text(f"notice.books_{name.removesuffix('_fen')}", _told(facts))
            text = Text("kernel.lines", {"above": text, "below": more})
    cases = Button(label=Text("command.cases"), action=Navigate(command="cases"))
    return Screen(text=text, rows=((cases,),))


def _outcome(facts: Facts) -> Screen:
    """What was decided about a case of the payer's, or became of a refund."""
    if "outcome" in facts:
        return Screen(text=Text(f"notice.refund_{facts['outcome']}", _told(facts)))
    return Screen(text=Text(f"notice.case_{facts['decision']}", _told(facts)))


def _told(facts: Facts) -> dict[str, Field | Text]:
    answer = str(facts.get("answer") or facts.get("note") or "—")
    known = {name: value if value is not None else "—" for name, value in facts.items()}
    return {**_plain(known), "channel": channel_text(facts.get("channel")), "answer": answer}


def _remittance(key: str, command: str) -> Callable[[Facts], Screen]:
    """What is said of a remittance, with the button that takes the next step."""

    def said(facts: Facts) -> Screen:
        fields = {**_told(facts), "reason": reject_text(str(facts.get("code") or ""))}
        step = Button(label=Text(f"command.{command}"), action=Navigate(command=command))
        return Screen(text=Text(f"notice.{key}", fields), rows=((step,),))

    return said


def _way(facts: Facts) -> Text:
    """How it was paid, in the words it was chosen by."""
    return channel_name(str(facts["channel"]), facts.get("bank"))


def _plain(facts: Facts) -> dict[str, Field | Text]:
    return {
        name: value if isinstance(value, int) else str(value)
        for name, value in facts.items()
        if value is not None
    }


SAID: Mapping[NoticeKind, Callable[[Facts], Screen]] = {
    NoticeKind.FUNDS_ARRIVED: _funds_arrived,
    NoticeKind.DIGEST: _digest,
    NoticeKind.PAYMENT_IN_REVIEW: _payment_in_review,
    NoticeKind.PAYMENT_REFUSED: _payment_refused,
    NoticeKind.CASE_OPENED: _case_opened,
    NoticeKind.CASE_DECIDED: _outcome,
    NoticeKind.REFUND_DECIDED: _outcome,
    NoticeKind.REFUND_ENDED: _outcome,
    NoticeKind.PURCHASES_FUNDED: _purchases_funded,
    NoticeKind.PURCHASE_GOES_ON: _purchase_goes_on,
    NoticeKind.REMITTANCE_REJECTED: _remittance("remittance_rejected", "remit_next"),
    NoticeKind.REMITTANCE_NEEDS_INFO: _remittance("remittance_needs_info", "remit_next"),
    NoticeKind.REMITTANCE_LATE: _remittance("remittance_late", "status"),
    NoticeKind.REMITTANCE_REVERSED: _remittance("remittance_reversed", "status"),
    NoticeKind.REVIEW_REMINDER: _remittance("review_reminder", "queue"),
    NoticeKind.REVIEW_ESCALATED: _remittance("review_escalated", "menu"),
    NoticeKind.REVERSAL_ASKED: _remittance("reversal_asked", "queue"),
    NoticeKind.MEMBER_LINKED: _member_linked,
    NoticeKind.BOOKS_DIFFER: _books_differ,
    NoticeKind.LINK_ENDING: _link_ending,
    NoticeKind.RENEWAL_ASKED: _renewal_asked,
    NoticeKind.REQUEST_ENDED: _request_ended,
    NoticeKind.BATCH_WAITS: partial(_batch, NoticeKind.BATCH_WAITS),
    NoticeKind.BATCH_RELEASED: partial(_batch, NoticeKind.BATCH_RELEASED),
    NoticeKind.STEP_UP_RESET: _step_up_reset,
    NoticeKind.ALARM: _alarm,
}
