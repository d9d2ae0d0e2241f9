"""`python -m tests.bench.aiogram_default PORT API`: the reference bot, as aiogram's pages show it.

A `State` and magic filters, states in memory, the webhook handler with its defaults: an update is
acknowledged before it is handled. It gets the event loop the product has.
"""

import sys

import uvloop
from aiogram import Bot, Dispatcher, F, Router
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.filters import Command
from aiogram.fsm.context import FSMContext
from aiogram.fsm.state import State, StatesGroup
from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup, Message
from aiogram.webhook.aiohttp_server import SimpleRequestHandler, setup_application
from aiohttp import web

from tests.bench.load import SECRET
from tests.bench.wire import HOST

TOKEN = "7000000001:AAGk3zBenchOnlyNeverARealToken000000"
PATH = "/telegram/webhook"


class TopUp(StatesGroup):
    amount = State()


async def enter(message: Message, state: FSMContext) -> None:
    await state.set_state(TopUp.amount)
    await message.answer("请选择充值金额，或直接输入整数元")


async def amount(message: Message, state: FSMContext) -> None:
    yuan = int(message.text or "0")
    await state.update_data(amount_fen=yuan * 100)
    await state.set_state(TopUp.amount)
    rows = [
        [InlineKeyboardButton(text="微信支付", callback_data="pay:wechat")],
        [
            InlineKeyboardButton(text="其他金额", callback_data="amount"),
            InlineKeyboardButton(text="取消", callback_data="cancel"),
        ],
    ]
    await message.answer(
        f"充值 <b>¥{yuan:,}.00</b>，请选择支付方式",
        parse_mode="HTML",
        reply_markup=InlineKeyboardMarkup(inline_keyboard=rows),
    )


def router() -> Router:
    made = Router()
    made.message.register(enter, Command("topup"))
    made.message.register(amount, TopUp.amount, F.text)
    return made


def main() -> None:
    port, api = int(sys.argv[1]), sys.argv[2]
    bot = Bot(TOKEN, session=AiohttpSession(api=TelegramAPIServer.from_base(api)))
    dispatcher = Dispatcher()
    dispatcher.include_router(router())
    app = web.Application()
    SimpleRequestHandler(dispatcher, bot, secret_token=SECRET).register(app, path=PATH)
    setup_application(app, dispatcher, bot=bot)
    web.run_app(app, host=HOST, port=port, loop=uvloop.new_event_loop(), print=None)


if __name__ == "__main__":
    main()
