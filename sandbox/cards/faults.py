"""Switches that make the stand-in misbehave as Stripe sometimes does."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace

from sandbox.cards.model import RefundStatus
from sandbox.pay.errors import WrongControl

_LONGEST_WAIT_S = 600
_OUTCOMES = tuple(status.value for status in RefundStatus)


@dataclass(frozen=True, slots=True, kw_only=True)
class Faults:
    """What goes wrong now; `requests_left` ends the provider's faults after so many requests."""

    down: bool = False  # 503 before anything happens
    api_error: bool = False  # 500 before anything happens
    error_is_kept: bool = False  # that 500 is answered again under the same key
    rate_limited: bool = False  # 429 before anything happens
    slow_s: float = 0  # wait before the answer
    lose_answers: bool = False  # the request takes effect, the connection breaks
    only: str = ""  # the faults above meet only calls with this in their path, as "capture"
    requests_left: int = 0  # 0: until switched off

    no_callbacks: bool = False  # nothing is announced
    callbacks_lost: str = ""  # event types that are never announced, separated by commas
    callback_delay_s: float = 0  # everything is announced late
    callback_times: int = 1  # everything is announced so often
    callbacks_shuffled: bool = False  # the events of one act come in any order

    capture_fails: bool = False  # the bank takes the authorisation back
    cards_attach_at_capture: bool = False  # a saved card appears at the capture, not before

    refund_delay_s: float = 0  # from pending to the end; 0: at once
    refund_outcome: str = "succeeded"  # or failed, canceled, requires_action, pending
    pot_is_empty: bool = False  # refunds are refused for want of balance

    bill_omits: str = ""  # order numbers missing among the balance transactions
    bill_repeats: str = ""  # order numbers that stand there twice
    bill_adds_fen: int = 0  # a charge of this amount stands there and nowhere else
    settlement_rate: float = 0  # above 0: the account settles in US dollars at this rate

    def changed(self, changes: Mapping[str, object]) -> "Faults":
        known = {field.name: getattr(self, field.name) for field in fields(self)}
        checked: dict[str, object] = {}
        for name, value in changes.items():
            if name not in known:
                raise WrongControl(f"no switch {name!r}; there are {', '.join(known)}")
            checked[name] = _fitting(name, value, known[name])
        return replace(self, **checked)  # type: ignore[arg-type]  # checked against each field

    def counted_down(self) -> "Faults":
        """After one more request that they met."""
        if self.requests_left == 0:
            return self
        if self.requests_left > 1:
            return replace(self, requests_left=self.requests_left - 1)
        return replace(
            self,
            down=False,
            api_error=False,
            error_is_kept=False,
            rate_limited=False,
            slow_s=0,
            lose_answers=False,
            only="",
            requests_left=0,
        )

    def view(self) -> dict[str, object]:
        return asdict(self)


def _fitting(name: str, value: object, present: object) -> object:
    if isinstance(present, bool):
        if not isinstance(value, bool):
            raise WrongControl(f"{name} is true or false")
    elif isinstance(present, str):
        _check_text(name, value)
    elif isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
        raise WrongControl(f"{name} is a number from 0 up")
    elif isinstance(value, float) and not name.endswith(("_s", "_rate")):
        raise WrongControl(f"{name} is a whole number")
    elif name.endswith("_s") and value > _LONGEST_WAIT_S:
        raise WrongControl(f"{name} is at most {_LONGEST_WAIT_S}")
    return value


def _check_text(name: str, value: object) -> None:
    if not isinstance(value, str):
        raise WrongControl(f"{name} is a text")
    if name == "refund_outcome" and value not in _OUTCOMES:
        raise WrongControl(f"refund_outcome is one of {', '.join(_OUTCOMES)}")
