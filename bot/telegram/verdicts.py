"""Reads Telegram's refusals: which mean success, a gone message, a gone person, or a fault."""

from enum import Enum, auto

from aiogram.exceptions import (
    ClientDecodeError,
    TelegramBadRequest,
    TelegramEntityTooLarge,
    TelegramForbiddenError,
    TelegramNetworkError,
    TelegramNotFound,
    TelegramServerError,
    TelegramUnauthorizedError,
)

_AS_GOOD_AS_DONE = (
    "message is not modified",
    "query is too old",
    "query id is invalid",
    "message to delete not found",
)
_MESSAGE_GONE = (
    "message to edit not found",
    "message can't be edited",
    "message_id_invalid",
    "message identifier is not specified",
    "there is no text in the message",
    "there is no caption in the message",
    "there is no media in the message",
    "message can't be deleted",
)
_PERSON_GONE = (
    "chat not found",
    "user is deactivated",
    "user not found",
    "peer_id_invalid",
    "chat_write_forbidden",
    "not enough rights",
    "have no rights to send",
    "group chat was deactivated",
)


class Verdict(Enum):
    """What to make of a failed call."""

    DONE = auto()
    MESSAGE_GONE = auto()
    PERSON_GONE = auto()
    TRANSIENT = auto()
    MISCONFIGURED = auto()
    OUR_FAULT = auto()


def verdict_on(error: Exception) -> Verdict:
    """The verdict on any error aiogram raises for a call, pauses and moved chats aside."""
    if isinstance(error, TelegramBadRequest):
        return _verdict_on_words(error.message.lower())
    if isinstance(error, TelegramForbiddenError):
        return Verdict.PERSON_GONE
    if isinstance(error, TelegramUnauthorizedError | TelegramNotFound):
        return Verdict.MISCONFIGURED
    if isinstance(error, TelegramEntityTooLarge):  # aiogram counts it as a network error
        return Verdict.OUR_FAULT
    if isinstance(error, TelegramNetworkError | TelegramServerError):
        return Verdict.TRANSIENT
    if isinstance(error, ClientDecodeError):
        return _verdict_on_form(error)
    # aiogram stumbles over a 5xx answer that has no description.
    return Verdict.TRANSIENT if isinstance(error, TypeError | OSError) else Verdict.OUR_FAULT


def _verdict_on_words(words: str) -> Verdict:
    for phrases, verdict in (
        (_AS_GOOD_AS_DONE, Verdict.DONE),
        (_MESSAGE_GONE, Verdict.MESSAGE_GONE),
        (_PERSON_GONE, Verdict.PERSON_GONE),
    ):
        if any(phrase in words for phrase in phrases):
            return verdict
    return Verdict.OUR_FAULT


def _verdict_on_form(error: ClientDecodeError) -> Verdict:
    """A gateway's page in place of JSON passes; a success we cannot read must not be repeated."""
    is_success = isinstance(error.data, dict) and error.data.get("ok") is True
    return Verdict.OUR_FAULT if is_success else Verdict.TRANSIENT
