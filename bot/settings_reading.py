"""From the environment to `Settings`, or to every fault in it at once."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from bot.settings import (
    HttpSettings,
    PlatformSettings,
    Rules,
    Secret,
    Settings,
    TelegramSettings,
)
from bot.settings_channels import CHANNELS
from bot.settings_environment import (
    CodesEnvironment,
    DatabaseEnvironment,
    Environment,
    TelegramEnvironment,
)
from bot.settings_faults import Fault, SettingsRefused
from bot.settings_providers import provider_settings
from bot.settings_source import FromEnvironment, given_to, name_faults, settings_of, variable
from core.money import FEN_PER_YUAN
from core.payee import Payee

Model = TypeVar("Model", bound=FromEnvironment)
PAYEE = ("payee_name", "payee_account", "payee_bank")
EVENTS = ("platform_webhook_url", "platform_webhook_secret")
# Read by subjects that this version does not have: accepted, and said at the start.
WITHOUT_EFFECT: tuple[str, ...] = ()


def read_settings() -> Settings:
    """The whole of the environment; raises `SettingsRefused`."""
    given = given_to(Environment)
    environment, faults = _validated(Environment, given)
    faults = [*name_faults(Environment), *faults, *_completeness(given)]
    if environment is None or faults:
        raise SettingsRefused(faults)
    without_effect = tuple(variable(name) for name in WITHOUT_EFFECT if name in given)
    return _settings(environment, without_effect)


def read_database_url() -> Secret:
    """For commands that only open the books; other settings may be absent or wrong."""
    return _read_part(DatabaseEnvironment).database_url


def read_telegram_access() -> tuple[Secret, str]:
    """The bot's token and the address of the Bot API server."""
    part = _read_part(TelegramEnvironment)
    return part.bot_token, part.telegram_api


def read_code_settings() -> tuple[tuple[Secret, ...], ZoneInfo]:
    """The keys of top-up codes, and the zone in which a day ends."""
    part = _read_part(CodesEnvironment)
    return part.code_key, part.timezone


def _read_part(model: type[Model]) -> Model:
    part, faults = _validated(model, given_to(model))
    unknown = name_faults(Environment)
    if part is None or unknown:
        raise SettingsRefused([*unknown, *faults])
    return part


def _validated(
    model: type[Model], given: Mapping[str, object]
) -> tuple[Model | None, list[Fault]]:
    settings = dict(settings_of(model))
    defaults = {
        name: setting.default for name, setting in settings.items() if setting.default is not None
    }
    try:
        return model.model_validate(defaults | dict(given)), []
    except ValidationError as error:
        faults = []
        for item in error.errors(include_url=False):
            name = str(item["loc"][0])
            reason = item.get("ctx", {}).get("error", "is missing")
            faults.append(Fault(variable(name), str(reason), settings[name].allowed))
        return None, faults


def _completeness(given: Mapping[str, object]) -> Iterator[Fault]:
    """Settings that others make necessary."""
    allowed = {name: setting.allowed for name, setting in settings_of(Environment)}
    is_webhook = given.get("telegram_mode") == "webhook"
    if is_webhook and "webhook_secret" not in given:
        yield _missing("webhook_secret", "in webhook mode", allowed)
    has_channel = any(given.keys() & group.model.model_fields.keys() for group in CHANNELS)
    if "public_url" not in given and (is_webhook or has_channel):
        reason = "with a payment channel" if has_channel else "in webhook mode"
        yield _missing("public_url", reason, allowed)
    for names in (PAYEE, EVENTS):
        present = [variable(name) for name in names if name in given]
        for name in names if present else ():
            if name not in given:
                yield _missing(name, f"with {present[0]}", allowed)
    for group in CHANNELS:
        yield from group.faults(given)


def _missing(name: str, when: str, allowed: Mapping[str, str]) -> Fault:
    return Fault(variable(name), f"is missing, and needed {when}", allowed[name])


def _settings(environment: Environment, without_effect: tuple[str, ...]) -> Settings:
    host, port = environment.listen
    return Settings(
        database_url=environment.database_url,
        telegram=TelegramSettings(
            token=environment.bot_token,
            api=environment.telegram_api,
            mode=environment.telegram_mode,
            webhook_secret=environment.webhook_secret,
            review_chat_id=environment.review_chat_id,
        ),
        http=HttpSettings(
            public_url=environment.public_url,
            host=host,
            port=port,
            trusted_proxies=environment.trusted_proxies,
        ),
        platform=PlatformSettings(
            api_keys=environment.platform_api_key,
            webhook_url=environment.platform_webhook_url,
            webhook_secret=environment.platform_webhook_secret,
        ),
        rules=_rules(environment),
        payee=_payee(environment),
        receipts=environment.receipts,
        bank_days=environment.bank_days,
        code_keys=environment.code_key,
        timezone=environment.timezone,
        default_language=environment.default_language,
        channels=provider_settings(environment),
        without_effect=without_effect,
    )


def _rules(environment: Environment) -> Rules:
    return Rules(
        order_life=timedelta(minutes=environment.order_minutes),
        four_eyes_fen=environment.four_eyes_yuan * FEN_PER_YUAN,
        undo=timedelta(seconds=environment.undo_seconds),
    )


def _payee(environment: Environment) -> Payee | None:
    name, account, bank = (
        environment.payee_name,
        environment.payee_account,
        environment.payee_bank,
    )
    if name is None or account is None or bank is None:
        return None
    return Payee(name=name, account=account, bank=bank)
