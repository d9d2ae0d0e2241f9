"""How each of the core's errors is said to a person."""

from bot.conversations.model import Text
from core import money
from core.errors import (
    AmountRefused,
    BatchExists,
    CannotSwitchOff,
    ChannelOff,
    CodesOff,
    DatesRefused,
    FileTooBig,
    FileUnavailable,
    ForgedMessage,
    IllegalStep,
    InsufficientBalance,
    LinkUnusable,
    MoneyPaused,
    NotFound,
    ProviderError,
    ProviderRefused,
    ProviderUnavailable,
    ReceiptRefused,
    Refusal,
    SamePerson,
    StatementRefused,
    StepUpBroken,
    StepUpLocked,
    StepUpNeeded,
    StepUpWrong,
    ThresholdRefused,
    TooManyRequests,
)

MEGABYTE = 1024 * 1024


def text_of(error: Refusal | ProviderError) -> Text:
    """The text that says why, and what is allowed; every class the core raises has one."""
    if isinstance(error, AmountRefused):
        fields = {
            "minimum": money.whole_yuan(error.minimum_fen),
            "maximum": money.whole_yuan(error.maximum_fen),
        }
        return Text("refused.amount", fields)
    if isinstance(error, InsufficientBalance):
        return Text("refused.insufficient", {"shortfall_fen": error.shortfall_fen})
    if isinstance(error, FileTooBig):
        return Text("refused.file_too_big", {"megabytes": error.at_most // MEGABYTE})
    return _file(error) or _step_up(error) or _plain(error)


def _file(error: Refusal | ProviderError) -> Text | None:
    if isinstance(error, ReceiptRefused):
        return Text(f"refused.receipt.{error.reason}")
    if isinstance(error, StatementRefused):
        return Text(f"refused.statement.{error.reason}")
    return None


def _step_up(error: Refusal | ProviderError) -> Text | None:
    if isinstance(error, StepUpWrong):
        return Text("refused.step_up_wrong", {"left": error.left})
    if isinstance(error, StepUpLocked):
        return Text("refused.step_up_locked", {"until_at": error.until.isoformat()})
    return None


def _plain(error: Refusal | ProviderError) -> Text:
    if isinstance(error, ThresholdRefused):
        return Text("refused.threshold", {"maximum": money.whole_yuan(error.maximum_fen)})
    for kind, key in _KEYS.items():
        if isinstance(error, kind):
            return Text(key)
    return Text("refused.other")


_KEYS: dict[type[Refusal | ProviderError], str] = {
    LinkUnusable: "refused.link",
    DatesRefused: "refused.dates",
    CannotSwitchOff: "refused.cannot_switch_off",
    ChannelOff: "refused.channel_off",
    CodesOff: "refused.codes_off",
    BatchExists: "batch.name_taken",
    SamePerson: "batch.same_person",
    IllegalStep: "refused.too_late",
    StepUpNeeded: "refused.step_up_needed",
    StepUpBroken: "refused.step_up_broken",
    TooManyRequests: "refused.too_many_requests",
    NotFound: "refused.not_found",
    MoneyPaused: "refused.money_paused",
    FileUnavailable: "refused.file_unavailable",
    ProviderUnavailable: "refused.provider_down",
    ForgedMessage: "refused.provider_down",
    ProviderRefused: "refused.provider_refused",
}


REASONS = frozenset({"card_country", "card_brand", "card_unknown", "authorisation_differs"})


def reason_text(reason: str | None) -> Text:
    """Why a provider's payment was refused."""
    return Text(f"reason.{reason}" if reason in REASONS else "reason.other")
