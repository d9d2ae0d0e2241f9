"""Another project's reading of Telegram's rules agrees with ours; it only counts markup too."""

from typing import Any

import pytest
from aiogram import Bot
from aiogram.methods import AnswerCallbackQuery, SendMessage, TelegramMethod
from aiogram.types import InlineKeyboardMarkup
from teremok.validation import ApiRuleViolation, validate_method

from sandbox.telegram.demo import FINANCE
from sandbox.telegram.person import Person
from tests.sandbox.conftest import TOKEN, Api

MESSAGES = [
    {"text": "x"},
    {"text": ""},
    {"text": "字" * 4096},
    {"text": "字" * 4097},
    {"text": "😀" * 2048},
    {"text": "😀" * 2049},
    {"text": "<b>1</b> <i>2</i> &lt;", "parse_mode": "HTML"},
    {"text": "<b>1<i>2</b></i>", "parse_mode": "HTML"},
    {"text": "<b>1", "parse_mode": "HTML"},
    {"text": "1</b>", "parse_mode": "HTML"},
    {"text": "<h1>1</h1>", "parse_mode": "HTML"},
    {"text": "<span class='tg-spoiler'>1</span>", "parse_mode": "HTML"},
    {"text": "<span class='red'>1</span>", "parse_mode": "HTML"},
    {"text": "*1* _2_ __3__ ~4~ ||5|| `6`", "parse_mode": "MarkdownV2"},
    {"text": "[去](https://a.cn)", "parse_mode": "MarkdownV2"},
    {"text": "[去](https://a.cn", "parse_mode": "MarkdownV2"},
    {"text": "*1", "parse_mode": "MarkdownV2"},
    {"text": "¥1.00", "parse_mode": "MarkdownV2"},
    {"text": r"¥1\.00", "parse_mode": "MarkdownV2"},
    {"text": "ab", "entities": [{"type": "bold", "offset": 0, "length": 2}]},
    {"text": "ab", "entities": [{"type": "bold", "offset": 1, "length": 2}]},
    {"text": "x", "reply_markup": {"callback_data": "d" * 64}},
    {"text": "x", "reply_markup": {"callback_data": "d" * 65}},
    {"text": "x", "reply_markup": {"callback_data": "额" * 22}},
    {"text": "x", "reply_markup": {}},
    {"text": "x", "reply_markup": {"callback_data": "a", "url": "https://a.cn"}},
]


def refusal_of(method: TelegramMethod[Any]) -> str | None:
    bot = Bot(TOKEN)
    try:
        validate_method(bot, method)
    except ApiRuleViolation as violated:
        return violated.description
    return None


@pytest.mark.parametrize("fields", MESSAGES, ids=lambda fields: str(fields)[:60])
async def test_both_pass_or_refuse_a_message(
    api: Api, finance: Person, fields: dict[str, Any]
) -> None:
    if "reply_markup" in fields:
        button = {"text": "b", **fields["reply_markup"]}
        fields = {**fields, "reply_markup": {"inline_keyboard": [[button]]}}
    theirs = refusal_of(SendMessage(chat_id=FINANCE, **fields))

    ours = (await api.post("sendMessage", chat_id=FINANCE, **fields)).json()

    assert ours["ok"] == (theirs is None), (theirs, ours)


@pytest.mark.parametrize("length", [200, 201])
async def test_both_pass_or_refuse_an_answer(api: Api, finance: Person, length: int) -> None:
    await finance.forge("d", message_id=1, answer_within_s=0)
    query_id = (await api.updates())[-1]["callback_query"]["id"]
    theirs = refusal_of(AnswerCallbackQuery(callback_query_id=query_id, text="x" * length))

    body = {"callback_query_id": query_id, "text": "x" * length}
    ours = (await api.post("answerCallbackQuery", **body)).json()

    assert ours.get("description") == theirs


def test_the_other_reading_knows_keyboards() -> None:
    markup = InlineKeyboardMarkup.model_validate(
        {"inline_keyboard": [[{"text": "b", "callback_data": "d" * 65}]]}
    )

    assert refusal_of(SendMessage(chat_id=1, text="x", reply_markup=markup)) is not None
