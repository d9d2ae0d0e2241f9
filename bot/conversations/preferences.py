"""What a person chose: language, account and notifications, with the way to change each."""

from bot.conversations.alerts import quiet_text
from bot.conversations.menu_rows import go
from bot.conversations.model import Button, Fields, Move, Screen, Style, Text
from bot.conversations.paragraphs import below
from core.access.model import Membership, Person, Right, Role
from core.alerts.model import ALWAYS, OPEN_TO, Choices, Topic
from core.app import Core

LANGUAGES = ("zh_CN", "en")


async def preferences_screen(core: Core, person: Person) -> Screen:
    """Languages are chosen here; accounts and notifications have screens of their own."""
    held = await core.access.memberships(person.person_id)
    lines = [Text("preferences.language", {"language": Text(f"language.{person.language}")})]
    if held:
        lines += _account(held[0], len(held) - 1)
    may_choose = bool(held) and held[0].may(Right.SEE_MONEY)
    if may_choose:
        lines += await _notifications(core, held[0])
    elif held:
        lines.append(Text("preferences.no_notifications"))
    switch = (go("accounts"),) if len(held) > 1 else ()
    alerts = (go("alerts"),) if may_choose else ()
    rows = (_languages(person.language), (*switch, *alerts), (go("security"), go("menu")))
    kept = tuple(row for row in rows if row)
    return Screen(text=below(Text("preferences.head"), *lines), rows=kept)


def _languages(chosen: str) -> tuple[Button, ...]:
    return tuple(
        Button(
            label=Text(f"language.{code}"),
            action=Move(name="choose", argument=code),
            style=Style.PRIMARY if code == chosen else Style.PLAIN,
        )
        for code in LANGUAGES
    )


def _account(member: Membership, others: int) -> list[Text]:
    fields: Fields = {"account": member.account.name, "role": Text(f"role.{member.role}")}
    lines = [Text("preferences.account", fields)]
    if others:
        lines.append(Text("preferences.more_accounts", {"count": others}))
    return lines


async def _notifications(core: Core, member: Membership) -> list[Text]:
    _, choices = await core.alerts.choices(member.person_id, member.account.account_id)
    topics = [_topic(member.role, choices, topic) for topic in Topic if _is_open(member, topic)]
    fields: Fields = {
        "quiet": quiet_text(choices),
        "digest": Text(f"alerts.digest.{choices.digest}"),
    }
    return [Text("preferences.notifications"), *topics, Text("preferences.when", fields)]


def _is_open(member: Membership, topic: Topic) -> bool:
    return topic in OPEN_TO[member.role]


def _topic(role: Role, choices: Choices, topic: Topic) -> Text:
    name = Text(f"alerts.topic.{topic}")
    if topic in ALWAYS.get(role, frozenset()):
        return Text("preferences.always", {"topic": name})
    state = Text("alerts.on" if choices.wants(role, topic) else "alerts.off")
    return Text("preferences.topic", {"topic": name, "state": state})
