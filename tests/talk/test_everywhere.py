"""Every state of every conversation entered, and everything shown tried where it must not act.

The states come from the conversations' tables: one that is added is walked too, and has to be
reachable in `world.py`.
"""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from bot.conversations.model import CardPress, Command, Press
from core.access.model import Role
from core.storage.engine import open_database
from core.storage.schema import migrate
from tests.conftest import SETTINGS
from tests.people import ACCOUNT, MEMBER, STRANGER, link
from tests.play import PlayClock
from tests.talk.walk import Stood, Walk, card_moves, pressed_now, reference_of
from tests.talk.world import DOUBLE, KINDS, NAMES, OUTSIDER, as_they_were, build_world, take_away
from tests.ways import all_ways

pytestmark = pytest.mark.asyncio(loop_scope="module")
NAME = NAMES[ACCOUNT]
NOWHERE = {"home", "not_linked", "not_allowed", "help", "language"}
OWN = {"link"}  # a link that was given to somebody is theirs, whoever they are otherwise
# Their states need cases and files that the world here does not make: only those that one gets
# into by commands, typed texts and buttons are walked; tests/talk/test_remit_talk.py,
# test_review_talk.py and tests/money_view/test_alerts_talk.py go through the rest.
HALF_WALKED = {"remit", "remit_status", "review", "alerts", "blocked", "lines", "ours"}
PERSONAL = {"security", "cards"}  # about the person, not about an account


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def walk(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Walk]:
    """One walk for all tests; each of them puts the people back."""
    path = tmp_path_factory.mktemp("walk") / "topup.db"
    url = f"sqlite+aiosqlite:///{path}"
    await asyncio.to_thread(asyncio.run, migrate(url))
    database = await open_database(url)
    async with all_ways(database, PlayClock(), SETTINGS) as ways:
        one = Walk(await build_world(ways))
        await one.everywhere()
        yield one
    await database.close()


def several(walk: Walk) -> list[Stood]:
    """One place of each state for each kind of person: enough to try things in."""
    found = {}
    for stood in walk.stood:
        kind = KINDS[stood.person]
        may_pay = kind in {Role.CREATOR, Role.FINANCE}
        what = "double" if stood.person == DOUBLE else "pays" if may_pay else kind
        found[stood.key, what] = stood
    return list(found.values())


async def test_every_state_of_every_conversation_is_entered(walk: Walk) -> None:
    missing = walk.tables() - {stood.key for stood in walk.stood}
    assert {key for key in missing if key[0] not in HALF_WALKED} == set()


async def test_every_move_of_every_conversation_is_made(walk: Walk) -> None:
    unmade = {move for move in walk.unmade() if move[0] not in HALF_WALKED}
    # Offered after a month of purchases, and beside a bank transfer.
    assert unmade <= {("menu", "balance", "fill"), ("menu", "help", "remittance")}


async def test_a_role_removed_between_any_two_steps_refuses_the_next_and_clears_the_place(
    walk: Walk,
) -> None:
    """The place is put back after the removal: nothing but the acting transaction can refuse."""
    for stood in several(walk):
        if KINDS[stood.person] is None or stood.place.conversation in OWN:
            continue
        await as_they_were(walk.world, stood.person)
        await take_away(walk.world, stood.person)
        before = await walk.fingerprint()
        for heard, what in walk.few(stood):
            version, since = await walk.stand(stood), len(walk.talk(stood.person).shown)

            response = await walk.talk(stood.person).hear(pressed_now(heard, version))

            said, where = walk.said(stood.person, response, since), f"{stood.name} {what}"
            assert "¥" not in said, where
            assert NAME not in said, where
            place = await walk.world.core.inbox.place(stood.person)
            assert place is not None
            assert (place.conversation, place.state in NOWHERE) == ("menu", True), where
            assert ACCOUNT not in repr(place.facts), where
        assert await walk.fingerprint() == before, stood.name
        await as_they_were(walk.world, stood.person)


async def test_a_removal_clears_the_place_at_once(walk: Walk) -> None:
    for stood in several(walk):
        if not isinstance(KINDS[stood.person], Role):
            continue
        await as_they_were(walk.world, stood.person)
        version = await walk.stand(stood)
        await take_away(walk.world, stood.person)
        place = await walk.world.core.inbox.place(stood.person)
        assert place is not None
        assert (place.conversation, place.facts, place.screen) == ("", {}, {}), stood.name
        assert place.version > version, stood.name
        await as_they_were(walk.world, stood.person)


async def test_a_role_that_was_lowered_moves_no_money_from_any_step(walk: Walk) -> None:
    money = ("payments", "top_ups", "transfers", "entries", "refunds", "trades", "holds")
    for stood in several(walk):
        if KINDS[stood.person] not in {Role.CREATOR, Role.FINANCE} or stood.person == DOUBLE:
            continue
        await as_they_were(walk.world, stood.person)
        await link(walk.world.core, stood.person, Role.MEMBER)
        before = await walk.fingerprint()
        for heard, _ in walk.few(stood):
            version = await walk.stand(stood)
            await walk.talk(stood.person).hear(pressed_now(heard, version))
        after = await walk.fingerprint()
        assert [name for name in money if after[name] != before[name]] == [], stood.name
        await as_they_were(walk.world, stood.person)


async def test_cards_of_a_removed_person_are_dead(walk: Walk) -> None:
    for subject, (person, screen) in walk.cards.items():
        await as_they_were(walk.world, person)
        await walk.show_card(subject, person, screen)
        await take_away(walk.world, person)
        before = await walk.fingerprint()
        for move in card_moves(screen):
            since = len(walk.talk(person).shown)
            press = CardPress(reference=reference_of(subject), move=move)
            response = await walk.talk(person).hear(press)
            assert "¥" not in walk.said(person, response, since), (subject, move)
        assert await walk.fingerprint() == before, subject
        assert await walk.card_of(subject, person) is None
        await as_they_were(walk.world, person)


async def test_every_button_ever_shown_does_nothing_in_every_other_place(walk: Walk) -> None:
    """Old buttons of everybody, in every state, by each kind of person: redrawn, never done."""
    buttons = sorted(
        {
            (stood.place.version, reference)
            for stood in walk.stood
            for reference in stood.place.screen
        }
    )
    for position, stood in enumerate(several(walk)):
        await as_they_were(walk.world, stood.person)
        await walk.stand(stood)
        before = await walk.fingerprint()
        # Each button meets several places, and each place many buttons of all people.
        for version, reference in buttons[position % 23 :: 23]:
            event = await walk.talk(stood.person).event(
                Press(version=version, reference=reference)
            )
            response = await walk.talk(stood.person).dialogue.handle(event)
            assert response.toast is not None, (stood.name, version, reference)
            assert response.toast.text.key == "kernel.stale", (stood.name, version, reference)
            assert response.place is not None
            assert (response.place.conversation, response.place.state) in {
                stood.key,
                ("menu", "home"),
            }
        assert await walk.fingerprint() == before, stood.name


async def test_a_card_pressed_by_anybody_else_does_nothing(walk: Walk) -> None:
    for subject, (owner, screen) in walk.cards.items():
        await as_they_were(walk.world, owner)
        await walk.show_card(subject, owner, screen)
        for person in [*KINDS, OUTSIDER]:
            if person == owner:
                continue
            before = await walk.fingerprint()
            for move in [*card_moves(screen), "nonsense"]:
                since = len(walk.talk(person).shown)
                press = CardPress(reference=reference_of(subject), move=move)
                response = await walk.talk(person).hear(press)
                assert response.toast is None or "¥" not in walk.talk(person).text(
                    response.toast.text
                )
                if person in {STRANGER, OUTSIDER}:
                    assert NAME not in walk.said(person, response, since), (subject, person)
            assert await walk.fingerprint() == before, (subject, person)


# --- two accounts -------------------------------------------------------------------------------


async def test_no_command_shows_another_accounts_name_or_money(walk: Walk) -> None:
    for command in walk.world.commands:
        since = len(walk.talk(OUTSIDER).shown)
        response = await walk.talk(OUTSIDER).hear(Command(name=command))
        said = walk.said(OUTSIDER, response, since)
        assert NAME not in said, command
        for sum_ in ("1,100.00", "800.00", "300.00", "777.00", "9,000.00", "49.00", "66.00"):
            assert f"¥{sum_}" not in said, command


async def test_no_place_of_another_account_can_be_taken_on(walk: Walk) -> None:
    """Another account's place, under an outsider with its buttons live: refused all the same."""
    core = walk.world.core
    for stood in several(walk):
        if KINDS[stood.person] is None or stood.place.conversation in OWN:
            continue
        if stood.person == DOUBLE:  # at home in the outsider's account too
            continue
        before = await walk.fingerprint()
        for heard, what in walk.few(stood):
            version, since = await walk.stand(stood, OUTSIDER), len(walk.talk(OUTSIDER).shown)

            response = await walk.talk(OUTSIDER).hear(pressed_now(heard, version))

            where = f"{stood.name} {what}"
            assert NAME not in walk.said(OUTSIDER, response, since), where
            held = await core.access.memberships(OUTSIDER)
            assert [item.account.account_id for item in held] != [ACCOUNT], where
        if stood.place.conversation not in PERSONAL and stood.place.facts:
            after = await walk.fingerprint()
            assert [name for name in after if after[name] != before[name]] == [], stood.name


async def test_no_card_of_another_account_is_shown_or_acts(walk: Walk) -> None:
    for subject, (_, screen) in walk.cards.items():
        assert await walk.card_of(subject, OUTSIDER) is None, subject
        assert await walk.card_of(subject, STRANGER) is None, subject
        desk = walk.talk(OUTSIDER).dialogue._cards
        for move in card_moves(screen):
            before = await walk.fingerprint()
            event = await walk.talk(OUTSIDER).event(CardPress(reference="x", move=move))
            with pytest.raises(Exception) as error:
                await desk.press(subject, move, event)
            assert type(error.value).__name__ in {"NotLinked", "NotAllowed", "NotFound"}
            assert await walk.fingerprint() == before, (subject, move)


# --- screens ------------------------------------------------------------------------------------


async def test_the_account_is_named_on_every_screen_with_money(walk: Walk) -> None:
    """For customers; the desks of staff show many accounts at once."""
    customers = [person for person, kind in KINDS.items() if isinstance(kind, Role)]
    shown = {
        walk.talk(person).text(item.screen.text)
        for person in customers
        for item in walk.talk(person).shown
    }
    # The limit a person sets for themselves is of no account.
    money = {text for text in shown if "¥" in text and "动态码" not in text}
    assert len(money) > 20
    assert {text for text in money if not any(name in text for name in NAMES.values())} == set()


async def test_members_without_rights_see_only_the_sums_they_typed(walk: Walk) -> None:
    shown = "".join(walk.talk(MEMBER).text(item.screen.text) for item in walk.talk(MEMBER).shown)
    for word in ("可用余额", "冻结", "¥800.00", "¥1,100.00"):
        assert word not in shown
