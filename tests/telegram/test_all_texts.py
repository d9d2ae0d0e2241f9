"""Every text there is, said in both languages with sample fields, as a person would read it."""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum

import pytest
import structlog
from babel.dates import format_date, format_datetime
from babel.numbers import format_currency

from bot.conversations import history_screens, pictures_screens
from bot.conversations.menu_rows import ORDER
from bot.conversations.model import Field, Fields, Text
from bot.conversations.preferences import LANGUAGES
from bot.locales import plurals, po_files
from bot.locales.catalogue import HERE, Catalogue
from bot.locales.fields import formatted, short_day
from bot.locales.template import Template
from bot.telegram.setup import (
    CUSTOMER_COMMANDS,
    GROUP_COMMANDS,
    OPERATOR_COMMANDS,
    REVIEWER_COMMANDS,
    STAFF_COMMANDS,
)
from bot.telegram_edge import COMMANDS
from core import money
from core.access.model import Role, StaffRole
from core.alerts.model import Digest, Topic
from core.cases.model import Decision
from core.channels import Channel
from core.codes.model import BatchState
from core.remittance.model import Happened, RejectCode, Way
from core.requests.model import RequestState
from core.statements.model import ExportForm
from core.stories.model import Part
from tests.talk.talk import ZONE

TEXTS = po_files.read_all(HERE)
SAY = Catalogue(TEXTS, ZONE)
CJK = re.compile(r"[\u3000-\u303f\u3400-\u9fff\uf900-\ufaff\uff01-\uff5e]")
SENTENCE = re.compile(r"(?:\b[A-Za-z]{2,}\b[ ,]*){3,}")
UNFILLED = re.compile(r"\[[a-z0-9_]+\?\]|\{[a-z0-9_]+\}")
OWN_NAMES = {"language.zh_CN", "language.en"}
KEYS = sorted({key for entries in TEXTS.values() for key in entries})
LONGEST = {".about": 256, "bot.description": 512, "bot.short_description": 120}
MOMENT, DAY = datetime(2026, 3, 9, 16, 5, tzinfo=UTC), date(2026, 3, 9)


def samples(key: str, count: int) -> Fields:
    """A value for each field that the text has, of the kind its name tells."""
    names = {
        name for entries in TEXTS.values() for name in Template.read(entries.get(key, "")).names
    }
    return {name: count if name == "count" else "7" for name in names}


def said(language: str, key: str, *, count: int = 5) -> str:
    return SAY.say(language, Text(key.removesuffix(plurals.SINGULAR), samples(key, count)))


def bare(text: str) -> str:
    """What is read: no tags, no commands."""
    return re.sub(r"/[a-z]+|https?://\S+", "", re.sub(r"<[^>]+>", "", text))


def of_language(language: str) -> list[str]:
    return [key for key in KEYS if key in TEXTS[language]]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("count", [0, 1, 5])
def test_every_text_is_filled_and_none_falls_back(language: str, count: int) -> None:
    with structlog.testing.capture_logs() as lines:
        for key in of_language(language):
            text = said(language, key, count=count)
            assert text.strip(), key
            assert not UNFILLED.search(text), key
            assert key not in text, key
    assert lines == []


def test_no_english_text_has_chinese_signs() -> None:
    found = {key: said("en", key) for key in of_language("en") if key not in OWN_NAMES}

    assert {key: text for key, text in found.items() if CJK.search(text)} == {}


def test_no_chinese_text_has_an_english_sentence() -> None:
    found = {key: bare(said("zh_CN", key)) for key in of_language("zh_CN")}

    assert {key: text for key, text in found.items() if SENTENCE.search(text)} == {}


def test_one_thing_is_said_in_the_singular() -> None:
    """Where English tells one from several, one is never "1 things"."""
    for key in of_language("en"):
        if key.endswith(plurals.SINGULAR):
            assert said("en", key, count=1) != said("en", key, count=5).replace("5", "1"), key
        assert not re.search(r"\b1 (?:people|\w+[^s\W]s)\b", bare(said("en", key, count=1))), key


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_telegram_limits_is_short_enough(language: str) -> None:
    for key in of_language(language):
        limit = next((most for end, most in LONGEST.items() if key.endswith(end)), None)
        assert limit is None or len(said(language, key)) <= limit, key


# --- keys that code builds ----------------------------------------------------------------------

EVERY: Mapping[str, Iterable[str]] = {
    "role.{}": Role,
    "role.{}.rights": Role,
    "help.role_{}": Role,
    "help.staff_{}": StaffRole,
    "alerts.topic.{}": Topic,
    "alerts.digest.{}": Digest,
    "alerts.make_digest.{}": Digest,
    "channel.{}": {*Channel, *history_screens.CHANNELS},
    "hint.{}": set(Channel) - {Channel.WECHAT, Channel.QQ},
    "app.{}": Channel,
    "kind.{}": history_screens.KINDS,
    "time.{}": {*history_screens.TIMES, *pictures_screens.TIMES, "all"},
    "export.form.{}": ExportForm,
    "pictures.turn.{}": (pictures_screens.BALANCE, pictures_screens.SPENDING),
    "story.who.{}": Part,
    "remit.way_{}": Way,
    "remit.reject_{}": RejectCode,
    "remit.happened_{}": Happened,
    "cases.do_{}": set(Decision) - {Decision.SETTLED},
    "cases.decided_{}": Decision,
    "request.card_{}": RequestState,
    "batch.state_{}": BatchState,
    "language.{}": LANGUAGES,
    "command.{}": {name for name, _ in ORDER},
    "command.{}.about": {
        *CUSTOMER_COMMANDS,
        *GROUP_COMMANDS,
        *STAFF_COMMANDS,
        *REVIEWER_COMMANDS,
        *OPERATOR_COMMANDS,
    },
}


@pytest.mark.parametrize("pattern", EVERY)
def test_a_key_that_is_built_exists_for_every_value(pattern: str) -> None:
    wanted = {
        pattern.format(value.value if isinstance(value, StrEnum) else value)
        for value in EVERY[pattern]
    }

    assert wanted - set(KEYS) == set()


def test_every_command_of_the_menus_is_one_the_dialogue_knows() -> None:
    shown = {
        *CUSTOMER_COMMANDS,
        *GROUP_COMMANDS,
        *STAFF_COMMANDS,
        *REVIEWER_COMMANDS,
        *OPERATOR_COMMANDS,
    }

    assert shown | {name for name, _ in ORDER} <= set(COMMANDS)


# --- dates and money, as Babel writes them ------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("fen", [0, 1, -5, 99, 100, 123_450, -123_456_789, 99_999_999_999])
def test_money_is_written_as_babel_writes_it(language: str, fen: int) -> None:
    told = format_currency(Decimal(fen).scaleb(-2), "CNY", "¥#,##0.00;-¥#,##0.00", locale=language)

    assert money.show(fen) == told


def value_of(name: str, value: Field, language: str) -> str:
    return formatted(name, value, ZONE, language)[1]


@pytest.mark.parametrize("language", LANGUAGES)
def test_dates_and_times_are_written_as_babel_writes_them(language: str) -> None:
    local = MOMENT.astimezone(ZONE)
    told = format_datetime(local, "yyyy-MM-dd HH:mm", locale=language)

    assert value_of("made_at", MOMENT.isoformat(), language) == told == "2026-03-10 00:05"
    assert value_of("day_on", DAY.isoformat(), language) == format_date(DAY, locale=language)


def test_a_day_on_a_picture_is_short() -> None:
    assert [short_day(DAY, language) for language in LANGUAGES] == ["3月9日", "Mar 9"]
