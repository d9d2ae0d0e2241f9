"""Draws `docs/states.md` from the state tables; `python -m tests.docs_states` writes it."""

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path

from core.banklines.model import LINE_STEPS, LineState
from core.codes.model import BATCH_STEPS, CODE_STEPS, BatchState, CodeState
from core.holds.model import HOLD_STEPS, HoldState
from core.platform.model import EVENT_STEPS, EventState
from core.remittance.model import REMITTANCE_STEPS, RemittanceState
from core.requests.model import REQUEST_STEPS, RequestState
from core.shortfalls.model import BLOCKED_STEPS, BlockedState
from core.topup.model import PAYMENT_STEPS, TOP_UP_STEPS, PaymentState, TopUpState

PAGE = Path(__file__).parent.parent / "docs" / "states.md"
HEAD = """# States

Drawn from the tables in the code by `make docs`; a test compares.
An event that is not drawn raises `IllegalStep` and changes nothing.
"""


def page() -> str:
    return "\n".join(
        [
            HEAD,
            _diagram("Top-up", TopUpState.OPEN, TOP_UP_STEPS),
            _diagram("Payment", PaymentState.CREATING, PAYMENT_STEPS),
            _diagram("Bank line", LineState.NEW, LINE_STEPS),
            _diagram("Remittance", RemittanceState.DRAFT, REMITTANCE_STEPS),
            _diagram("Hold", HoldState.OPEN, HOLD_STEPS),
            _diagram("Request to pay", RequestState.OPEN, REQUEST_STEPS),
            _diagram("Code batch", BatchState.DRAFT, BATCH_STEPS),
            _diagram("Code", CodeState.ACTIVE, CODE_STEPS),
            _diagram("Blocked purchase", BlockedState.WAITING, BLOCKED_STEPS),
            _diagram("Event for the platform", EventState.WAITING, EVENT_STEPS),
        ]
    )


def _diagram(name: str, first: StrEnum, steps: Mapping[tuple[StrEnum, StrEnum], StrEnum]) -> str:
    lines = [f"    {state} --> {after}: {event}" for (state, event), after in steps.items()]
    drawn = "\n".join(["```mermaid", "stateDiagram-v2", f"    [*] --> {first}", *lines, "```"])
    return f"## {name}\n\n{drawn}\n"


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
