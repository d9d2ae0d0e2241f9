"""The dispatcher with every router; aiogram's own states stay off, ours are in the database."""

from aiogram import Dispatcher, Router


def build_dispatcher(*routers: Router) -> Dispatcher:
    dispatcher = Dispatcher(disable_fsm=True)
    dispatcher.include_routers(*routers)
    return dispatcher
