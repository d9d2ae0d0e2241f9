"""The models by which aiogram reads Telegram's answers, held so that they are built once.

aiogram makes `Response[...]` of a method's result at every call; pydantic remembers such a model
only while somebody holds it, and building one costs more than sending the call.
"""

from aiogram.methods import (
    AnswerCallbackQuery,
    DeleteMessage,
    EditMessageCaption,
    EditMessageMedia,
    EditMessageReplyMarkup,
    EditMessageText,
    GetUpdates,
    Response,
    SendMessage,
    SendPhoto,
)

METHODS = (
    AnswerCallbackQuery,
    DeleteMessage,
    EditMessageCaption,
    EditMessageMedia,
    EditMessageReplyMarkup,
    EditMessageText,
    GetUpdates,
    SendMessage,
    SendPhoto,
)
HELD = tuple(Response[method.__returning__] for method in METHODS)  # type: ignore[name-defined]
