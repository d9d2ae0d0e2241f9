"""The sender against a Bot API server with bad days."""

import asyncio
import time

import pytest
import structlog
from aiogram import Bot
from aiogram.methods import AnswerCallbackQuery, EditMessageText, LeaveChat, SendMessage

from bot.telegram.errors import CallRefused, MessageGone
from bot.telegram.limits import NO_LIMITS, Limits, Rate
from bot.telegram.sender import Sender
from core.errors import RetryLater, Undeliverable
from tests.telegram.conftest import QUICK
from tests.telegram.scripted_api import MESSAGE, TOKEN, ScriptedApi

CHAT = 42


def hello(text: str = "hello", chat_id: int = CHAT) -> SendMessage:
    return SendMessage(chat_id=chat_id, text=text)


async def test_a_pause_telegram_asks_for_is_kept_to_the_second(api: ScriptedApi, bot: Bot) -> None:
    api.refuse("sendMessage", 429, "Too Many Requests: retry after 1", retry_after=1)

    sent = await Sender(bot, QUICK).call(hello(), chat_id=CHAT)

    first, second = api.made("sendMessage")
    assert sent.message_id == 7
    assert 1.0 <= second.at - first.at < 1.5


async def test_a_pause_of_one_chat_does_not_hold_up_another(api: ScriptedApi, bot: Bot) -> None:
    api.refuse("sendMessage", 429, "Too Many Requests: retry after 1", retry_after=1)
    sender = Sender(bot, QUICK)
    waiting = asyncio.create_task(sender.call(hello(), chat_id=CHAT))
    await asyncio.sleep(0.2)

    started = time.monotonic()
    await sender.call(hello(chat_id=43), chat_id=43)

    assert time.monotonic() - started < 0.5
    await waiting


async def test_a_pause_without_a_chat_holds_everything(api: ScriptedApi, bot: Bot) -> None:
    api.results["leaveChat"] = True
    api.refuse("leaveChat", 429, "Too Many Requests: retry after 1", retry_after=1)
    sender = Sender(bot, QUICK)
    waiting = asyncio.create_task(sender.call(LeaveChat(chat_id=1), chat_id=None))
    await asyncio.sleep(0.2)

    await sender.call(hello(), chat_id=CHAT)

    assert api.made("sendMessage")[0].at - api.made("leaveChat")[0].at >= 1.0
    await waiting


async def test_a_long_pause_is_left_to_whoever_can_wait(api: ScriptedApi, bot: Bot) -> None:
    api.refuse("sendMessage", 429, "Too Many Requests: retry after 300", retry_after=300)
    sender = Sender(bot, QUICK)

    with pytest.raises(RetryLater) as first:
        await sender.call(hello(), chat_id=CHAT)
    with pytest.raises(RetryLater) as second:
        await sender.call(hello(), chat_id=CHAT)

    assert first.value.after_s == pytest.approx(300, abs=1)
    assert second.value.after_s == pytest.approx(300, abs=1)
    assert len(api.calls) == 1


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (502, {"ok": False, "error_code": 502, "description": "Bad Gateway"}),
        (500, {"ok": False}),
        (502, "<html>Bad Gateway</html>"),
        (200, "cut off"),
        (0, ""),
    ],
)
async def test_what_passes_is_tried_again(
    api: ScriptedApi, bot: Bot, status: int, body: object
) -> None:
    api.then("sendMessage", status, body)

    sent = await Sender(bot, QUICK).call(hello(), chat_id=CHAT)

    assert sent.message_id == 7
    assert len(api.calls) == 2


async def test_a_server_that_never_answers_ends_in_retry_later(api: ScriptedApi, bot: Bot) -> None:
    api.delay_s = 5
    limits = Limits(overall=NO_LIMITS, request_s=1, patience_s=1.5, first_backoff_s=0.1)

    started = time.monotonic()
    with pytest.raises(RetryLater):
        await Sender(bot, limits).call(hello(), chat_id=CHAT)

    assert time.monotonic() - started < 4


@pytest.mark.parametrize(
    ("code", "description"),
    [
        (403, "Forbidden: bot was blocked by the user"),
        (400, "Bad Request: chat not found"),
        (403, "Forbidden: user is deactivated"),
        (403, "Forbidden: bot was kicked from the group chat"),
    ],
)
async def test_who_is_gone_is_undeliverable(
    api: ScriptedApi, bot: Bot, code: int, description: str
) -> None:
    api.refuse("sendMessage", code, description)

    with pytest.raises(Undeliverable):
        await Sender(bot, QUICK).call(hello(), chat_id=CHAT)

    assert len(api.calls) == 1


async def test_a_message_that_is_not_modified_counts_as_edited(api: ScriptedApi, bot: Bot) -> None:
    api.refuse("editMessageText", 400, "Bad Request: message is not modified: specified new")

    edit = EditMessageText(chat_id=CHAT, message_id=7, text="same")
    assert await Sender(bot, QUICK).call(edit, chat_id=CHAT) is True


async def test_a_press_that_is_too_old_counts_as_answered(api: ScriptedApi, bot: Bot) -> None:
    api.refuse("answerCallbackQuery", 400, "Bad Request: query is too old and response timeout")

    answer = AnswerCallbackQuery(callback_query_id="1")
    assert await Sender(bot, QUICK).call(answer, chat_id=None) is True


@pytest.mark.parametrize(
    "description",
    [
        "Bad Request: message to edit not found",
        "Bad Request: message can't be edited",
        "Bad Request: there is no text in the message to edit",
        "Bad Request: MESSAGE_ID_INVALID",
    ],
)
async def test_a_message_that_cannot_be_edited_is_gone(
    api: ScriptedApi, bot: Bot, description: str
) -> None:
    api.refuse("editMessageText", 400, description)

    edit = EditMessageText(chat_id=CHAT, message_id=7, text="new")

    with pytest.raises(MessageGone):
        await Sender(bot, QUICK).call(edit, chat_id=CHAT)


async def test_a_fault_of_ours_is_not_repeated(api: ScriptedApi, bot: Bot) -> None:
    api.refuse("sendMessage", 400, "Bad Request: can't parse entities: unclosed tag")

    with pytest.raises(CallRefused):
        await Sender(bot, QUICK).call(hello(), chat_id=CHAT)

    assert len(api.calls) == 1


async def test_a_success_we_cannot_read_is_not_sent_again(api: ScriptedApi, bot: Bot) -> None:
    api.then("sendMessage", 200, {"ok": True, "result": {"strange": True}})

    with pytest.raises(CallRefused):
        await Sender(bot, QUICK).call(hello(), chat_id=CHAT)

    assert len(api.calls) == 1


async def test_a_group_that_became_a_supergroup_is_followed(api: ScriptedApi, bot: Bot) -> None:
    api.refuse("sendMessage", 400, "Bad Request: group chat was upgraded", migrate_to_chat_id=-100)
    sender = Sender(bot, QUICK)

    await sender.call(hello(chat_id=-5), chat_id=-5)
    await sender.call(hello(chat_id=-5), chat_id=-5)

    chats = [call.fields["chat_id"] for call in api.calls]
    assert chats == ["-5", "-100", "-100"]


async def test_messages_of_one_chat_keep_their_order(api: ScriptedApi, bot: Bot) -> None:
    for _ in range(3):
        api.refuse("sendMessage", 502, "Bad Gateway")
    sender = Sender(bot, QUICK)

    await asyncio.gather(*(sender.call(hello(str(n)), chat_id=CHAT) for n in range(10)))

    texts = [call.fields["text"] for call in api.made("sendMessage")]
    assert list(dict.fromkeys(texts)) == [str(n) for n in range(10)]
    assert texts[:4] == ["0"] * 4


async def test_a_chat_gets_a_burst_and_then_one_a_second(api: ScriptedApi, bot: Bot) -> None:
    sender = Sender(bot, Limits(private=Rate(per_second=5, burst=3)))

    await asyncio.gather(*(sender.call(hello(), chat_id=CHAT) for _ in range(6)))

    times = [call.at for call in api.calls]
    assert times[2] - times[0] < 0.2
    assert times[5] - times[0] >= 0.55


async def test_answers_to_people_go_before_notices(api: ScriptedApi, bot: Bot) -> None:
    limits = Limits(overall=Rate(per_second=5, burst=6), reserve=4)
    sender = Sender(bot, limits)
    notices = [
        asyncio.create_task(sender.call(hello("notice", chat), chat_id=chat))
        for chat in range(100, 106)
    ]
    await asyncio.sleep(0.05)

    await sender.call(hello("answer"), chat_id=CHAT, urgent=True)

    texts = [call.fields["text"] for call in api.calls]
    assert texts.index("answer") <= 3
    for task in notices:
        task.cancel()
    await asyncio.gather(*notices, return_exceptions=True)


async def test_an_answer_passes_what_waits_for_the_pace_of_its_own_chat(
    api: ScriptedApi, bot: Bot
) -> None:
    sender = Sender(bot, Limits(private=Rate(per_second=2, burst=1)))
    notices = [asyncio.create_task(sender.call(hello(str(n)), chat_id=CHAT)) for n in range(3)]
    await asyncio.sleep(0.1)

    started = time.monotonic()
    await sender.call(hello("answer"), chat_id=CHAT, urgent=True)

    assert time.monotonic() - started < 0.3
    await asyncio.gather(*notices)
    texts = [call.fields["text"] for call in api.made("sendMessage")]
    assert texts == ["0", "answer", "1", "2"]


async def test_idle_chats_are_forgotten(api: ScriptedApi, bot: Bot) -> None:
    limits = Limits(overall=NO_LIMITS, private=NO_LIMITS, reserve=0, chats_remembered=10)
    sender = Sender(bot, limits)

    for chat in range(1, 40):
        await sender.call(hello(chat_id=chat), chat_id=chat)

    assert len(sender._pace._chats) <= 11


async def test_no_error_and_no_log_line_holds_the_token(api: ScriptedApi, bot: Bot) -> None:
    api.then("sendMessage", 0, "")
    api.refuse("sendMessage", 404, "Not Found")
    with structlog.testing.capture_logs() as lines, pytest.raises(RetryLater) as caught:
        await Sender(bot, QUICK).call(hello(), chat_id=CHAT)

    secret = TOKEN.partition(":")[2]
    assert lines
    assert secret not in repr(lines) + str(caught.value)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


async def test_the_answer_is_telegrams_message(api: ScriptedApi, bot: Bot) -> None:
    api.results["sendMessage"] = {**MESSAGE, "message_id": 99}

    assert (await Sender(bot, QUICK).call(hello(), chat_id=CHAT)).message_id == 99
