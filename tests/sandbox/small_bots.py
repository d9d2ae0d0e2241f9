"""The same small bot on two client libraries, each fed by polling or through a webhook."""

import asyncio
import contextlib
import hashlib
from collections.abc import AsyncIterator

import aiogram
import telegram
import uvicorn
from aiogram import Bot, Dispatcher, F, Router
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.filters import CommandStart
from aiogram.types import (
    BufferedInputFile,
    CallbackQuery,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputMediaPhoto,
    Message,
)
from aiogram.webhook.aiohttp_server import SimpleRequestHandler
from aiohttp import web
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from telegram.ext import (
    Application,
    CallbackQueryHandler,
    CommandHandler,
    ContextTypes,
    MessageHandler,
    filters,
)

from sandbox.app import listening
from tests.sandbox.conftest import TOKEN, picture

SECRET = "from-telegram"
LABELS = (("余额", "balance"), ("改字", "edit"))
ALBUM = [picture(color=color) for color in ("red", "blue")]
PDF = b"%PDF-1.7 \x00\xff"


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


# python-telegram-bot


async def ptb_start(update: telegram.Update, _: ContextTypes.DEFAULT_TYPE) -> None:
    row = [telegram.InlineKeyboardButton(text, callback_data=data) for text, data in LABELS]
    await update.effective_message.reply_html(
        "<b>菜单</b>", reply_markup=telegram.InlineKeyboardMarkup([row])
    )


async def ptb_press(update: telegram.Update, _: ContextTypes.DEFAULT_TYPE) -> None:
    query = update.callback_query
    if query.data == "balance":
        await query.answer("¥1.00", show_alert=True)
    else:
        await query.answer()
        await query.edit_message_text("改了", reply_markup=query.message.reply_markup)


async def ptb_photo(update: telegram.Update, _: ContextTypes.DEFAULT_TYPE) -> None:
    message = update.effective_message
    file = await message.photo[-1].get_file()
    content = bytes(await file.download_as_bytearray())
    await message.reply_photo(message.photo[-1].file_id, caption=digest(content))


async def ptb_document(update: telegram.Update, _: ContextTypes.DEFAULT_TYPE) -> None:
    message = update.effective_message
    file = await message.document.get_file()
    content = bytes(await file.download_as_bytearray())
    await message.reply_document(PDF, caption=digest(content), filename="回单.pdf")


async def ptb_text(update: telegram.Update, _: ContextTypes.DEFAULT_TYPE) -> None:
    media = [telegram.InputMediaPhoto(content) for content in ALBUM]
    await update.effective_message.reply_media_group(media, caption="两张")


def ptb_application(base_url: str) -> Application:
    builder = Application.builder().token(TOKEN).base_url(f"{base_url}/bot")
    application = builder.base_file_url(f"{base_url}/file/bot").build()
    application.add_handler(CommandHandler("start", ptb_start))
    application.add_handler(CallbackQueryHandler(ptb_press))
    application.add_handler(MessageHandler(filters.PHOTO, ptb_photo))
    application.add_handler(MessageHandler(filters.Document.ALL, ptb_document))
    application.add_handler(MessageHandler(filters.TEXT, ptb_text))
    return application


@contextlib.asynccontextmanager
async def ptb_polling(base_url: str) -> AsyncIterator[None]:
    async with ptb_application(base_url) as application:
        await application.start()
        await application.updater.start_polling(timeout=2)
        yield
        await application.updater.stop()
        await application.stop()


@contextlib.asynccontextmanager
async def ptb_webhook(base_url: str) -> AsyncIterator[None]:
    async with ptb_application(base_url) as application:

        async def take(request: Request) -> Response:
            assert request.headers["X-Telegram-Bot-Api-Secret-Token"] == SECRET
            update = telegram.Update.de_json(await request.json(), application.bot)
            await application.update_queue.put(update)
            return Response()

        listener = listening("127.0.0.1", 0)
        app = Starlette(routes=[Route("/hook", take, methods=["POST"])])
        config = uvicorn.Config(app, log_level="warning", lifespan="off", ws="none")
        served = uvicorn.Server(config)
        serving = asyncio.create_task(served._serve(sockets=[listener]))
        await application.start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/hook"
        await application.bot.set_webhook(url, secret_token=SECRET)
        yield
        await application.bot.delete_webhook()
        await application.stop()
        served.should_exit = True
        await serving


# aiogram


async def aiogram_start(message: Message) -> None:
    row = [InlineKeyboardButton(text=text, callback_data=data) for text, data in LABELS]
    keyboard = InlineKeyboardMarkup(inline_keyboard=[row])
    await message.answer("<b>菜单</b>", parse_mode="HTML", reply_markup=keyboard)


async def aiogram_press(query: CallbackQuery) -> None:
    if query.data == "balance":
        await query.answer("¥1.00", show_alert=True)
    else:
        await query.answer()
        await query.message.edit_text("改了", reply_markup=query.message.reply_markup)


async def aiogram_photo(message: Message, bot: Bot) -> None:
    content = await bot.download(message.photo[-1])
    await message.answer_photo(message.photo[-1].file_id, caption=digest(content.read()))


async def aiogram_document(message: Message, bot: Bot) -> None:
    content = await bot.download(message.document)
    file = BufferedInputFile(PDF, "回单.pdf")
    await message.answer_document(file, caption=digest(content.read()))


async def aiogram_text(message: Message) -> None:
    captions = ("两张", None)
    media = [
        InputMediaPhoto(media=BufferedInputFile(content, "p.png"), caption=caption)
        for content, caption in zip(ALBUM, captions, strict=True)
    ]
    await message.answer_media_group(media)


def aiogram_bot(base_url: str) -> tuple[Bot, Dispatcher]:
    router = Router()
    router.message.register(aiogram_start, CommandStart())
    router.callback_query.register(aiogram_press)
    router.message.register(aiogram_photo, F.photo)
    router.message.register(aiogram_document, F.document)
    router.message.register(aiogram_text, F.text)
    dispatcher = Dispatcher()
    dispatcher.include_router(router)
    session = AiohttpSession(api=TelegramAPIServer.from_base(base_url))
    return aiogram.Bot(TOKEN, session=session), dispatcher


@contextlib.asynccontextmanager
async def aiogram_polling(base_url: str) -> AsyncIterator[None]:
    bot, dispatcher = aiogram_bot(base_url)
    polling = asyncio.create_task(
        dispatcher.start_polling(bot, polling_timeout=2, handle_signals=False)
    )
    yield
    await dispatcher.stop_polling()
    await polling


@contextlib.asynccontextmanager
async def aiogram_webhook(base_url: str) -> AsyncIterator[None]:
    bot, dispatcher = aiogram_bot(base_url)
    app = web.Application()
    # Not in the background: its answer to the delivery is then the first call itself.
    handler = SimpleRequestHandler(
        dispatcher, bot, handle_in_background=False, secret_token=SECRET
    )
    handler.register(app, path="/hook")
    runner = web.AppRunner(app)
    await runner.setup()
    listener = listening("127.0.0.1", 0)
    await web.SockSite(runner, listener).start()
    url = f"http://127.0.0.1:{listener.getsockname()[1]}/hook"
    await bot.set_webhook(url, secret_token=SECRET)
    yield
    await bot.delete_webhook()
    await runner.cleanup()
    await bot.session.close()


BOTS = {
    "python-telegram-bot, polling": ptb_polling,
    "python-telegram-bot, webhook": ptb_webhook,
    "aiogram, polling": aiogram_polling,
    "aiogram, webhook": aiogram_webhook,
}
