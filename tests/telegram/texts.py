"""Texts of the tests' own conversation."""

from zoneinfo import ZoneInfo

from bot.locales.catalogue import Catalogue

SHANGHAI = ZoneInfo("Asia/Shanghai")
TEXTS = {
    "zh_CN": {
        "play.home": "你说了<b>{said}</b>，一共 {count} 次",
        "play.add": "加一",
        "play.card": "卡片 {count}",
        "play.said": "顺便说一句 {said}",
        "play.money": "金额 {amount}，时间 {expires}",
        "play.dated": "{first}",
        "play.days": "{count} 天",
        "kernel.stale": "按钮已过期",
        "kernel.not_understood": "没看懂",
        "kernel.noted": "{note}\n\n{screen}",
        "kernel.not_yours": "不是你的",
        "failed.update": "没有完成 {reference}",
        "group.private_only": "请私聊",
        "command.menu": "菜单",
        "refused.file_too_big": "太大，最多 {megabytes} MB",
    },
    "en": {
        "refused.file_too_big": "Too big, up to {megabytes} MB",
        "play.home": "You said <b>{said}</b>, {count} times",
        "play.add": "Add one",
        "play.card": "Card {count}",
        "play.said": "By the way {said}",
        "play.money": "Amount {amount}, at {expires}",
        "play.dated": "{first}",
        "play.days": "{count} days",
        "play.days.singular": "{count} day",
        "kernel.stale": "That button is old",
        "kernel.not_understood": "Not understood",
        "kernel.noted": "{note}\n\n{screen}",
        "kernel.not_yours": "Not yours",
        "failed.update": "That did not work {reference}",
        "group.private_only": "Write to me in private",
        "command.menu": "Menu",
    },
}


def catalogue() -> Catalogue:
    return Catalogue(TEXTS, SHANGHAI)
