"""Switches that make the stand-in misbehave as a provider sometimes does."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace

from sandbox.pay.errors import WrongControl

_LONGEST_WAIT_S = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class Faults:
    """What goes wrong now; `requests_left` ends the provider's faults after so many requests."""

    down: bool = False  # 503 before anything happens
    system_error: bool = False  # 500 SYSTEM_ERROR before anything happens
    rate_limited: bool = False  # 429 before anything happens
    slow_s: float = 0  # wait before the answer
    lose_answers: bool = False  # the request takes effect, the connection breaks
    wrong_signature: bool = False  # answers are signed with a stranger's key
    unsigned: bool = False  # answers carry no signature
    requests_left: int = 0  # 0: until switched off

    no_callbacks: bool = False  # payments are not announced
    callback_delay_s: float = 0  # payments are announced late
    fresh_event_ids: bool = False  # each retry of a callback has another id
    certificate_callbacks: bool = False  # callbacks are signed with the certificate's key

    refund_delay_s: float = 1  # from PROCESSING to the end
    refund_outcome: str = "SUCCESS"  # or CLOSED, ABNORMAL, PROCESSING (never ends)
    pot_is_empty: bool = False  # refunds answer NOT_ENOUGH

    bill_omits: str = ""  # order numbers missing in the bill, separated by commas
    bill_repeats: str = ""  # order numbers that stand there twice
    bill_alters: str = ""  # order numbers that stand there with one fen more
    bill_delays: str = ""  # order numbers that stand in the bill of the next day
    bill_other_currency: str = ""  # order numbers that stand there in US dollars
    bill_other_merchant: str = ""  # order numbers that stand there as another merchant's
    bill_other_fee: str = ""  # order numbers that stand there with a fee that is not due
    bill_adds_fen: int = 0  # a payment of this amount stands in the bill and nowhere else
    bill_adds_refund_fen: int = 0  # a refund of this amount that nobody asked for
    bill_starts_with_bom: bool = False

    def changed(self, changes: Mapping[str, object]) -> "Faults":
        known = {field.name: getattr(self, field.name) for field in fields(self)}
        checked: dict[str, object] = {}
        for name, value in changes.items():
            if name not in known:
                raise WrongControl(f"no switch {name!r}; there are {', '.join(known)}")
            checked[name] = _fitting(name, value, known[name])
        return replace(self, **checked)  # type: ignore[arg-type]  # checked against each field

    def counted_down(self) -> "Faults":
        """After one more request: the provider's faults end when the count is used up."""
        if self.requests_left == 0:
            return self
        if self.requests_left > 1:
            return replace(self, requests_left=self.requests_left - 1)
        return replace(
            self,
            down=False,
            system_error=False,
            rate_limited=False,
            slow_s=0,
            lose_answers=False,
            wrong_signature=False,
            unsigned=False,
            requests_left=0,
        )

    def view(self) -> dict[str, object]:
        return asdict(self)


def numbers_in(text: str) -> frozenset[str]:
    """Order numbers as people write them: commas between."""
    return frozenset(filter(None, (each.strip() for each in text.split(","))))


def _fitting(name: str, value: object, present: object) -> object:
    if isinstance(present, bool):
        if not isinstance(value, bool):
            raise WrongControl(f"{name} is true or false")
    elif isinstance(present, str):
        _check_text(name, value)
    elif isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
        raise WrongControl(f"{name} is a number from 0 up")
    elif name.endswith("_s") and value > _LONGEST_WAIT_S:
        raise WrongControl(f"{name} is at most {_LONGEST_WAIT_S}")
    return value


def _check_text(name: str, value: object) -> None:
    if not isinstance(value, str):
        raise WrongControl(f"{name} is a text")
    outcomes = ("SUCCESS", "CLOSED", "ABNORMAL", "PROCESSING")
    if name == "refund_outcome" and value not in outcomes:
        raise WrongControl(f"refund_outcome is one of {', '.join(outcomes)}")
