"""What Telegram is told at start."""

import json

from aiogram import Bot

from bot.locales import po_files
from bot.locales.catalogue import HERE, Catalogue
from bot.telegram.sender import Sender
from bot.telegram.setup import CUSTOMER_COMMANDS, Introduction, use_webhook, who_am_i
from tests.telegram.conftest import QUICK
from tests.telegram.scripted_api import ScriptedApi
from tests.telegram.texts import SHANGHAI

DONE = ("setMyCommands", "setMyDescription", "setMyShortDescription", "setWebhook")


async def test_menus_and_descriptions_are_given_per_scope_and_language(
    api: ScriptedApi, bot: Bot
) -> None:
    api.results.update(dict.fromkeys(DONE, True))
    introduction = Introduction(Sender(bot, QUICK), Catalogue.load(SHANGHAI), "zh_CN")

    await introduction.give()

    menus = {
        (json.loads(call.fields["scope"])["type"], call.fields.get("language_code")): [
            item["command"] for item in json.loads(call.fields["commands"])
        ]
        for call in api.made("setMyCommands")
    }
    for code in (None, "zh", "en"):
        assert menus["all_private_chats", code] == list(CUSTOMER_COMMANDS)
        assert menus["all_group_chats", code] == ["help"]
    descriptions = api.made("setMyDescription")
    assert [call.fields.get("language_code") for call in descriptions] == [None, "zh", "en"]
    assert "云费用账户" in descriptions[0].fields["description"]
    assert all(len(call.fields["description"]) <= 512 for call in descriptions)
    short = api.made("setMyShortDescription")
    assert all(len(call.fields["short_description"]) <= 120 for call in short)


async def test_staff_see_their_commands_too(api: ScriptedApi, bot: Bot) -> None:
    api.results.update(dict.fromkeys(DONE, True))
    introduction = Introduction(Sender(bot, QUICK), Catalogue.load(SHANGHAI), "zh_CN")

    await introduction.show_staff_commands(5)
    await introduction.show_staff_commands(-100)

    own, group = api.calls[0], api.calls[3]
    assert json.loads(own.fields["scope"]) == {"type": "chat", "chat_id": 5}
    assert {"menu", "queue", "cases"} <= {
        item["command"] for item in json.loads(own.fields["commands"])
    }
    assert [item["command"] for item in json.loads(group.fields["commands"])] == ["queue", "cases"]


async def test_the_webhook_is_set_with_its_secret_and_the_kinds_we_read(
    api: ScriptedApi, bot: Bot
) -> None:
    api.results.update(dict.fromkeys(DONE, True))

    await use_webhook(Sender(bot, QUICK), "https://pay.example.com/telegram/webhook", "s3cret")

    (call,) = api.calls
    assert call.fields["secret_token"] == "s3cret"
    assert "my_chat_member" in json.loads(call.fields["allowed_updates"])
    assert call.fields["max_connections"] == "40"


async def test_the_bot_knows_its_own_name(api: ScriptedApi, bot: Bot) -> None:
    api.results["getMe"] = {"id": 1, "is_bot": True, "first_name": "云费用", "username": "fee_bot"}

    assert (await who_am_i(Sender(bot, QUICK))).username == "fee_bot"


def test_commands_and_descriptions_fit_telegrams_limits() -> None:
    for entries in po_files.read_all(HERE).values():
        about = [text for key, text in entries.items() if key.endswith(".about")]
        assert about
        assert all(1 <= len(text) <= 256 for text in about)
