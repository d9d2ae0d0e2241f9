"""Switches that make the house misbehave as a provider sometimes does."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import ClassVar, Self

from sandbox.pay.errors import WrongControl

_LONGEST_WAIT_S = 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Faults:
    """What goes wrong now; `requests_left` ends the interface's faults after so many requests."""

    CHOICES: ClassVar[Mapping[str, tuple[str, ...]]] = {}

    down: bool = False  # 503 before anything happens
    system_error: bool = False  # the provider's own "try again" before anything happens
    slow_s: float = 0  # wait before the answer
    lose_answers: bool = False  # the request takes effect, the connection breaks
    wrong_signature: bool = False  # answers are signed with a stranger's key
    unsigned: bool = False  # answers carry no signature
    doctype_answers: bool = False  # answers carry a document type with an entity
    requests_left: int = 0  # 0: until switched off

    no_callbacks: bool = False  # payments are not announced
    callbacks_lost: int = 0  # so many tries get lost on the way; repeats come by schedule
    callback_delay_s: float = 0  # payments are announced late
    callback_times: int = 1  # each payment is announced so often
    callbacks_concurrent: bool = False  # and all of that at the same moment
    callback_shuffle_s: float = 0  # each try waits by chance up to so long: order is lost
    fresh_event_ids: bool = False  # each repeat has a nonce or notify_id of its own

    query_says_unpaid_s: float = 0  # so long after the payment a query does not know of it

    refund_delay_s: float = 1  # from PROCESSING to the end
    refund_outcome: str = "SUCCESS"  # PROCESSING never ends
    pot_is_empty: bool = False  # refunds are refused: not enough funds

    bill_ready_hour: int = 9  # Beijing, of the next day
    bill_omits: str = ""  # order numbers missing in the bill, separated by commas
    bill_repeats: str = ""  # order numbers that stand there twice
    bill_alters: str = ""  # order numbers that stand there with one fen more
    bill_delays: str = ""  # order numbers that stand in the bill of the next day
    bill_adds_fen: int = 0  # a payment of this amount stands in the bill and nowhere else
    bill_adds_refund_fen: int = 0  # a refund of this amount that nobody asked for

    def changed(self, changes: Mapping[str, object]) -> Self:
        known = {field.name: getattr(self, field.name) for field in fields(self)}
        checked: dict[str, object] = {}
        for name, value in changes.items():
            if name not in known:
                raise WrongControl(f"no switch {name!r}; there are {', '.join(known)}")
            checked[name] = self._fitting(name, value, known[name])
        return replace(self, **checked)  # type: ignore[arg-type]  # checked against each field

    def counted_down(self) -> Self:
        """After one more request: the interface's faults end when the count is used up."""
        if self.requests_left == 0:
            return self
        if self.requests_left > 1:
            return replace(self, requests_left=self.requests_left - 1)
        return replace(
            self,
            down=False,
            system_error=False,
            slow_s=0,
            lose_answers=False,
            wrong_signature=False,
            unsigned=False,
            doctype_answers=False,
            requests_left=0,
        )

    def view(self) -> dict[str, object]:
        return asdict(self)

    def _fitting(self, name: str, value: object, present: object) -> object:
        if isinstance(present, bool):
            if not isinstance(value, bool):
                raise WrongControl(f"{name} is true or false")
        elif isinstance(present, str):
            self._check_text(name, value)
        else:
            _check_number(name, value, whole=isinstance(present, int) and not name.endswith("_s"))
        return value

    def _check_text(self, name: str, value: object) -> None:
        choices = self.CHOICES.get(name)
        if not isinstance(value, str):
            raise WrongControl(f"{name} is a text")
        if choices is not None and value not in choices:
            raise WrongControl(f"{name} is one of {', '.join(map(repr, choices))}")


def _check_number(name: str, value: object, *, whole: bool) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
        raise WrongControl(f"{name} is a number from 0 up")
    if whole and not isinstance(value, int):
        raise WrongControl(f"{name} is a whole number")
    if name.endswith("_s") and value > _LONGEST_WAIT_S:
        raise WrongControl(f"{name} is at most {_LONGEST_WAIT_S}")
