"""`python -m tests.bench.ptb_conversation PORT API`: the same bot on python-telegram-bot.

Its own webhook needs tornado, which is not installed here: its pages then show a small Starlette
app that fills the application's queue, which is what this is.
"""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Update
from telegram.ext import (
    Application,
    CommandHandler,
    ContextTypes,
    ConversationHandler,
    MessageHandler,
    filters,
)

from tests.bench.aiogram_default import PATH, TOKEN
from tests.bench.load import SECRET
from tests.bench.wire import HOST

AMOUNT = 0


async def enter(update: Update, _context: ContextTypes.DEFAULT_TYPE) -> int:
    assert update.message is not None
    await update.message.reply_text("请选择充值金额，或直接输入整数元")
    return AMOUNT


async def amount(update: Update, context: ContextTypes.DEFAULT_TYPE) -> int:
    assert update.message is not None
    assert context.user_data is not None
    yuan = int(update.message.text or "0")
    context.user_data["amount_fen"] = yuan * 100
    rows = [
        [InlineKeyboardButton("微信支付", callback_data="pay:wechat")],
        [
            InlineKeyboardButton("其他金额", callback_data="amount"),
            InlineKeyboardButton("取消", callback_data="cancel"),
        ],
    ]
    await update.message.reply_text(
        f"充值 <b>¥{yuan:,}.00</b>，请选择支付方式",
        parse_mode="HTML",
        reply_markup=InlineKeyboardMarkup(rows),
    )
    return AMOUNT


def application(api: str) -> "Application[Any, Any, Any, Any, Any, Any]":
    built = Application.builder().token(TOKEN).base_url(f"{api}/bot").updater(None).build()
    typed: MessageHandler[Any, Any] = MessageHandler(filters.TEXT & ~filters.COMMAND, amount)
    built.add_handler(
        ConversationHandler(
            entry_points=[CommandHandler("topup", enter)],
            states={AMOUNT: [typed]},
            fallbacks=[],
        )
    )
    return built


def main() -> None:
    port, api = int(sys.argv[1]), sys.argv[2]
    bot = application(api)

    async def receive(request: Request) -> Response:
        if request.headers.get("X-Telegram-Bot-Api-Secret-Token") != SECRET:
            return Response(status_code=401)
        await bot.update_queue.put(Update.de_json(await request.json(), bot.bot))
        return Response()

    @asynccontextmanager
    async def life(_app: Starlette) -> AsyncIterator[None]:
        async with bot:
            await bot.start()
            yield
            await bot.stop()

    app = Starlette(routes=[Route(PATH, receive, methods=["POST"])], lifespan=life)
    uvicorn.run(app, host=HOST, port=port, loop="uvloop", log_config=None, access_log=False)


if __name__ == "__main__":
    main()
