"""Every name the environment may set, with its meaning, its form and its default."""

from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

from bot import settings_parsing as parsing
from bot.settings import Secret, TelegramMode
from bot.settings_channels import (
    ADDRESS,
    LINE,
    QqEnvironment,
    StripeEnvironment,
    TenpayEnvironment,
    WechatEnvironment,
)
from bot.settings_parsing import Network
from bot.settings_source import FromEnvironment, Setting
from core.remittance.calendar import NO_OVERRIDES, Overrides
from core.remittance.receipt_places import Bucket

LARGEST_ID = 2**52  # Telegram: at most 52 significant bits


class DatabaseEnvironment(FromEnvironment):
    """What a command that only opens the books needs."""

    database_url: Annotated[
        Secret,
        Setting(
            meaning="The database",
            allowed="sqlite+aiosqlite:///FILE or postgresql+asyncpg://USER:PASSWORD@HOST/NAME",
            parse=parsing.database_url,
            default="sqlite+aiosqlite:///var/topup.db",
        ),
    ]


class TelegramEnvironment(FromEnvironment):
    """What is needed to ask Telegram who the bot is."""

    bot_token: Annotated[
        Secret,
        Setting(
            meaning="The bot's token",
            allowed="the token @BotFather gave, digits:letters (required)",
            parse=parsing.secret(parsing.matching(r"[0-9]{1,20}:[A-Za-z0-9_-]{1,200}")),
        ),
    ]
    telegram_api: Annotated[
        str,
        Setting(
            meaning="Base address of the Bot API server",
            allowed=ADDRESS,
            parse=parsing.address,
            default="https://api.telegram.org",
        ),
    ]


class UpdatesEnvironment(TelegramEnvironment):
    telegram_mode: Annotated[
        TelegramMode,
        Setting(
            meaning="How Telegram's updates reach us",
            allowed="polling or webhook",
            parse=parsing.choice(TelegramMode),
            default="polling",
        ),
    ]
    webhook_secret: Annotated[
        Secret | None,
        Setting(
            meaning="What Telegram sends along with each update; required in webhook mode",
            allowed="1 to 256 of A-Z a-z 0-9 _ -",
            parse=parsing.secret(parsing.matching(r"[A-Za-z0-9_-]{1,256}")),
        ),
    ] = None
    review_chat_id: Annotated[
        int | None,
        Setting(
            meaning="Group for review cards; unset: each reviewer's private chat",
            allowed="the id of a group, a negative whole number",
            parse=parsing.whole_number(-LARGEST_ID, -1),
        ),
    ] = None


class HttpEnvironment(FromEnvironment):
    public_url: Annotated[
        str | None,
        Setting(
            meaning="Where providers, payers and Telegram reach us; required with a payment"
            " channel and in webhook mode",
            allowed=ADDRESS,
            parse=parsing.address,
        ),
    ] = None
    listen: Annotated[
        tuple[str, int],
        Setting(
            meaning="Where the HTTP server listens",
            allowed="host:port, the port from 1 to 65535",
            parse=parsing.host_and_port,
            default="127.0.0.1:8000",
        ),
    ]
    trusted_proxies: Annotated[
        tuple[Network, ...],
        Setting(
            meaning="Whose `X-Forwarded-For` counts; unset: nobody's",
            allowed="IP addresses or networks, comma-separated",
            parse=parsing.networks,
        ),
    ] = ()
    platform_api_key: Annotated[
        tuple[Secret, ...],
        Setting(
            meaning="Bearer key of the platform API; unset: the API is off. Two during rotation",
            allowed="one key or two, comma-separated, of A-Z a-z 0-9 - . _ ~ + / =",
            parse=parsing.api_keys,
        ),
    ] = ()
    platform_webhook_url: Annotated[
        str | None,
        Setting(
            meaning="Where signed events for the platform go; unset: nowhere",
            allowed=ADDRESS,
            parse=parsing.address,
        ),
    ] = None
    platform_webhook_secret: Annotated[
        Secret | None,
        Setting(
            meaning="Signs the events for the platform; required with their address",
            allowed="Base64 of 24 to 64 bytes, whsec_ before it or not",
            parse=parsing.standard_webhooks_secret,
        ),
    ] = None


class CodesEnvironment(FromEnvironment):
    """What the commands for top-up codes need beside the database."""

    code_key: Annotated[
        tuple[Secret, ...],
        Setting(
            meaning="Key of the HMAC under which top-up codes are stored; required for codes."
            " To change it, put the new key before the old one",
            allowed="one line of text; several keys comma-separated, the newest first",
            parse=parsing.code_keys,
        ),
    ] = ()
    timezone: Annotated[
        ZoneInfo,
        Setting(
            meaning="Zone in which times are shown",
            allowed="a name of the IANA time zone database",
            parse=parsing.timezone,
            default="Asia/Shanghai",
        ),
    ]


class RulesEnvironment(CodesEnvironment):
    receipts: Annotated[
        Path | Bucket,
        Setting(
            meaning="Where receipts of remittances are kept",
            allowed="a folder, or s3://BUCKET/PREFIX",
            parse=parsing.receipts,
            default="var/receipts",
        ),
    ]
    four_eyes_yuan: Annotated[
        int,
        Setting(
            meaning="Above this amount two reviewers approve a remittance",
            allowed="whole yuan from 0 to 999999999",
            parse=parsing.whole_number(0, 999_999_999),
            default="50000",
        ),
    ]
    bank_days: Annotated[
        Overrides,
        Setting(
            meaning="File of bank days that the holiday calendar does not know or has wrong",
            allowed="a UTF-8 file, one a line: YYYY-MM-DD,open or YYYY-MM-DD,closed, or YYYY for"
            " a year whose list is complete; # begins a comment",
            parse=parsing.bank_days,
        ),
    ] = NO_OVERRIDES
    order_minutes: Annotated[
        int,
        Setting(
            meaning="Life of a payment order",
            allowed="whole minutes from 1 to 1440",
            parse=parsing.whole_number(1, 1440),
            default="30",
        ),
    ]
    undo_seconds: Annotated[
        int,
        Setting(
            meaning="Grace before an approval is posted",
            allowed="whole seconds from 0 to 3600",
            parse=parsing.whole_number(0, 3600),
            default="0",
        ),
    ]
    payee_name: Annotated[
        str | None,
        Setting(
            meaning="Holder of the bank account remittances go to",
            allowed=LINE,
            parse=parsing.line,
        ),
    ] = None
    payee_account: Annotated[
        str | None,
        Setting(meaning="Number of that bank account", allowed=LINE, parse=parsing.line),
    ] = None
    payee_bank: Annotated[
        str | None,
        Setting(meaning="Bank of that account", allowed=LINE, parse=parsing.line),
    ] = None
    default_language: Annotated[
        str,
        Setting(
            meaning="Language for people whose own is not known",
            allowed="zh_CN or en",
            parse=parsing.matching("zh_CN|en"),
            default="zh_CN",
        ),
    ]


class Environment(
    StripeEnvironment,
    TenpayEnvironment,
    QqEnvironment,
    WechatEnvironment,
    RulesEnvironment,
    HttpEnvironment,
    DatabaseEnvironment,
    UpdatesEnvironment,
):
    """All of it; bases are read from the last to the first, which is the order of the docs."""
