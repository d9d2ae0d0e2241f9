"""Every state of every conversation entered, and everything shown tried where it must not act.

The states come from the conversations' tables: one that is added is walked too, and has to be
reachable in `world.py`.
"""

import asyncio
import os
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
import pytest_asyncio

from bot.conversations.model import CardPress, Command, Press
from bot.conversations.review_card import DECISIONS
from core.access.model import Role
from core.storage.engine import open_database
from core.storage.schema import migrate
from tests.conftest import SETTINGS
from tests.people import ACCOUNT, MEMBER, STRANGER, link
from tests.play import PlayClock
from tests.talk.noted_kernel import NotedKernel
from tests.talk.talk import reference_of
from tests.talk.transfers import with_reviews
from tests.talk.walk import Stood, Walk, card_moves, desk_of, pressed_now
from tests.talk.world import (
    DOUBLE,
    KINDS,
    NAMES,
    OUTSIDER,
    as_they_were,
    build_world,
    living_cards,
    take_away,
)
from tests.ways import all_ways

pytestmark = pytest.mark.asyncio(loop_scope="module")
NAME = NAMES[ACCOUNT]
NOWHERE = {"home", "not_linked", "not_allowed", "help", "language"}
OWN = {"link"}  # a link that was given to somebody is theirs, whoever they are otherwise
IS_RELEASE = os.environ.get("PROOF") == "release"
MOVES_OF_CARDS = {
    "topup": {"check", "change", "cancel"},
    "blocked": {"first", "all", "dismiss"},
    "request": {"pay", "decline"},
    "remit": {"answer", "edit", "withdraw", "resubmit", "resume"},
    "review": {*DECISIONS, "claim", "release"},
    "alert": {"take", "snooze"},
}
LOOKING = {"timeline", "details"}  # lead to a screen that asks for rights itself
PERSONAL = {"security", "cards"}  # about the person, not about an account


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def walk(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Walk]:
    """One walk for all tests; each of them puts the people back."""
    path = tmp_path_factory.mktemp("walk") / "topup.db"
    url = f"sqlite+aiosqlite:///{path}"
    await asyncio.to_thread(asyncio.run, migrate(url))
    database = await open_database(url)
    settings = with_reviews(replace(SETTINGS, receipts=path.parent / "receipts"))
    async with all_ways(database, PlayClock(), settings) as ways:
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


def one_of_each_move(walk: Walk) -> list[Press]:
    """A button for every move of every state that a button ever made."""
    found = {}
    for stood in walk.stood:
        for reference, meaning in stood.place.screen.items():
            assert isinstance(meaning, list)
            press = Press(version=stood.place.version, reference=reference)
            found[stood.key, meaning[0]] = press
    return list(found.values())


async def test_every_state_of_every_conversation_is_entered(walk: Walk) -> None:
    assert walk.tables() - {stood.key for stood in walk.stood} == set()


async def test_every_move_of_every_conversation_is_made(walk: Walk) -> None:
    assert walk.unmade() == set()


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
            press = CardPress(reference=reference_of(subject, person), move=move)
            response = await walk.talk(person).hear(press)
            assert "¥" not in walk.said(person, response, since), (subject, move)
        assert await walk.fingerprint() == before, subject
        assert await walk.card_of(subject, person) is None
        await as_they_were(walk.world, person)


@pytest.mark.proof
@pytest.mark.timeout(3600 if IS_RELEASE else 300)
async def test_every_button_ever_shown_does_nothing_in_every_other_place(walk: Walk) -> None:
    """Old buttons of everybody, in every state, by each kind of person: redrawn, never done.

    A few of them in each place; before a release one of each move there is.
    """
    buttons = one_of_each_move(walk)
    for person in KINDS:
        await as_they_were(walk.world, person)
    before = await walk.fingerprint()
    for position, stood in enumerate(several(walk)):
        await walk.stand(stood)
        for old in buttons if IS_RELEASE else buttons[position % 97 :: 97]:
            event = await walk.talk(stood.person).event(old)
            response = await walk.talk(stood.person).dialogue.handle(event)
            assert response.toast is not None, (stood.name, old)
            assert response.toast.text.key == "kernel.stale", (stood.name, old)
            assert response.place is not None
            assert (response.place.conversation, response.place.state) in {
                stood.key,
                ("menu", "home"),
            }
    assert await walk.fingerprint() == before


async def test_no_button_of_another_version_makes_a_move_in_any_state(walk: Walk) -> None:
    """Every button ever shown in every state: the kernel alone, its conversations taking notes."""
    kernel = NotedKernel(walk)
    buttons = {(s.place.version, r) for s in walk.stood for r in s.place.screen}
    for place in {stood.key: stood.place for stood in walk.stood}.values():
        for version, reference in buttons:
            if version != place.version:
                assert await kernel.press(place, version, reference) == []
    for stood in walk.stood:  # and the present ones make just the move they stand for
        for reference, meaning in stood.place.screen.items():
            assert isinstance(meaning, list)
            made = await kernel.press(stood.place, stood.place.version, reference)
            assert made == [(*stood.key, meaning[0])], stood.name


async def test_old_buttons_of_a_card_do_nothing_that_it_does_not_show(walk: Walk) -> None:
    """Every button a card of its desk ever had, on every card there is, as it stands now."""
    for subject, person in sorted({*walk.brought, *await living_cards(walk.world)}):
        await as_they_were(walk.world, person)
        if (screen := await walk.card_of(subject, person)) is None:
            continue
        await walk.show_card(subject, person, screen)
        shown = set(card_moves(screen))
        assert shown <= {*MOVES_OF_CARDS[desk_of(subject)], *LOOKING}
        before = await walk.fingerprint()
        for move in MOVES_OF_CARDS[desk_of(subject)] - shown:
            if "claim" in shown and move in DECISIONS:  # a decision takes a free case in work
                continue
            press = CardPress(reference=reference_of(subject, person), move=move)
            await walk.talk(person).hear(press)
        assert await walk.fingerprint() == before, (subject, person, shown)


async def test_a_card_pressed_by_anybody_else_does_nothing(walk: Walk) -> None:
    for subject, (owner, screen) in walk.cards.items():
        await as_they_were(walk.world, owner)
        await walk.show_card(subject, owner, screen)
        before = await walk.fingerprint()
        for person in [*KINDS, OUTSIDER]:
            if person == owner:
                continue
            for move in [*card_moves(screen), "nonsense"]:
                since = len(walk.talk(person).shown)
                press = CardPress(reference=reference_of(subject, owner), move=move)
                response = await walk.talk(person).hear(press)
                assert response.toast is None or "¥" not in walk.talk(person).text(
                    response.toast.text
                )
                if person in {STRANGER, OUTSIDER}:
                    assert NAME not in walk.said(person, response, since), (subject, person)
        assert await walk.fingerprint() == before, subject


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
    before = await walk.fingerprint()
    for stood in several(walk):
        if KINDS[stood.person] is None or stood.place.conversation in OWN:
            continue
        if stood.person == DOUBLE:  # at home in the outsider's account too
            continue
        for heard, what in walk.few(stood):
            version, since = await walk.stand(stood, OUTSIDER), len(walk.talk(OUTSIDER).shown)

            response = await walk.talk(OUTSIDER).hear(pressed_now(heard, version))

            where = f"{stood.name} {what}"
            assert NAME not in walk.said(OUTSIDER, response, since), where
            held = await core.access.memberships(OUTSIDER)
            assert [item.account.account_id for item in held] != [ACCOUNT], where
        after = await walk.fingerprint()
        if stood.place.conversation not in PERSONAL and stood.place.facts:
            assert [name for name in after if after[name] != before[name]] == [], stood.name
        before = after


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
