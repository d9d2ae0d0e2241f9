"""Methods that set what people see beside the chat: commands, descriptions, the menu button."""

import json
import re
from typing import Any

from sandbox.telegram.call import Call
from sandbox.telegram.errors import bad_request
from sandbox.telegram.limits import (
    COMMAND_DESCRIPTION_LENGTH,
    COMMAND_LENGTH,
    COMMANDS,
    DESCRIPTION_LENGTH,
    NAME_LENGTH,
    SHORT_DESCRIPTION_LENGTH,
)
from sandbox.telegram.methods.targets import find_room, find_room_by
from sandbox.telegram.model import Json

_COMMAND = re.compile(rf"[a-z0-9_]{{1,{COMMAND_LENGTH}}}")
_LANGUAGE = re.compile(r"[a-z]{2}")
_DEFAULT_SCOPE = {"type": "default"}
_SCOPES = frozenset({"default", "all_private_chats", "all_group_chats", "all_chat_administrators"})
_CHAT_SCOPES = frozenset({"chat", "chat_administrators", "chat_member"})
DEFAULT_MENU_BUTTON = {"type": "default"}


def set_my_commands(call: Call) -> bool:
    commands = call.json("commands", "commands")
    if not isinstance(commands, list):
        raise bad_request("expected an Array of BotCommand")
    if len(commands) > COMMANDS:
        raise bad_request("BOT_COMMANDS_TOO_MUCH")
    call.account.profile.commands[_key(call)] = [_command(command) for command in commands]
    _announce(call)
    return True


def get_my_commands(call: Call) -> list[Json]:
    return call.account.profile.commands.get(_key(call), [])


def delete_my_commands(call: Call) -> bool:
    call.account.profile.commands.pop(_key(call), None)
    _announce(call)
    return True


def set_my_name(call: Call) -> bool:
    name = call.text("name")
    _set_text(call, "name", NAME_LENGTH, call.account.profile.names)
    if name and not call.has("language_code"):
        call.account.first_name = name
    return True


def get_my_name(call: Call) -> Json:
    names = call.account.profile.names
    return {"name": names.get(_language(call)) or call.account.first_name}


def set_my_description(call: Call) -> bool:
    return _set_text(call, "description", DESCRIPTION_LENGTH, call.account.profile.descriptions)


def get_my_description(call: Call) -> Json:
    return {"description": _get_text(call, call.account.profile.descriptions)}


def set_my_short_description(call: Call) -> bool:
    texts = call.account.profile.short_descriptions
    return _set_text(call, "short_description", SHORT_DESCRIPTION_LENGTH, texts)


def get_my_short_description(call: Call) -> Json:
    return {"short_description": _get_text(call, call.account.profile.short_descriptions)}


def set_chat_menu_button(call: Call) -> bool:
    button = call.json("menu_button", "menu button") or DEFAULT_MENU_BUTTON
    if button.get("type") not in {"default", "commands", "web_app"}:
        raise bad_request("can't parse menu button: unsupported type specified")
    call.account.profile.menu_buttons[_menu_chat(call)] = button
    _announce(call)
    return True


def get_chat_menu_button(call: Call) -> Json:
    buttons = call.account.profile.menu_buttons
    return buttons.get(_menu_chat(call)) or buttons.get(None) or DEFAULT_MENU_BUTTON


def _menu_chat(call: Call) -> int | None:
    return find_room(call).id if call.has("chat_id") else None


def _set_text(call: Call, field: str, longest: int, texts: dict[str, str]) -> bool:
    text = call.text(field)
    if len(text) > longest:
        raise bad_request(f"{field.replace('_', ' ')} is too long")
    language = _language(call)
    if text:
        texts[language] = text
    else:
        texts.pop(language, None)
    return True


def _get_text(call: Call, texts: dict[str, str]) -> str:
    return texts.get(_language(call)) or texts.get("", "")


def _command(data: Any) -> Json:
    command, description = (data or {}).get("command"), (data or {}).get("description")
    if not isinstance(command, str) or not _COMMAND.fullmatch(command.removeprefix("/").lower()):
        raise bad_request("BOT_COMMAND_INVALID")
    if not isinstance(description, str) or len(description) > COMMAND_DESCRIPTION_LENGTH:
        raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
    if not description:
        raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
    return {"command": command.removeprefix("/").lower(), "description": description}


def _key(call: Call) -> tuple[str, str]:
    scope = call.json("scope", "bot command scope") or _DEFAULT_SCOPE
    kind = scope.get("type")
    if kind not in _SCOPES | _CHAT_SCOPES:
        raise bad_request("can't parse BotCommandScope: unsupported type specified")
    if kind not in _CHAT_SCOPES:
        return scope_key(kind), _language(call)
    room = find_room_by(call, str(scope.get("chat_id") or ""))
    user_id = int(scope.get("user_id") or 0) if kind == "chat_member" else None
    return scope_key(kind, room.id, user_id), _language(call)


def scope_key(kind: str, chat_id: int | None = None, user_id: int | None = None) -> str:
    return json.dumps([kind, chat_id, user_id])


def _language(call: Call) -> str:
    language = call.text("language_code")
    if language and not _LANGUAGE.fullmatch(language):
        raise bad_request("invalid language code specified")
    return language


def _announce(call: Call) -> None:
    call.world.events.publish(call.world.people, {"type": "commands", "chat": None})
