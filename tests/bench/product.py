"""`python -m tests.bench.product [ROLE]`: `topup serve` without Telegram's sending rates.

They would hold every figure at 30 messages a second; all else is the product as it is.
"""

import sys

from bot.commands.serving import serve
from bot.serve_role import ServeRole
from bot.telegram import sender
from bot.telegram.limits import NO_LIMITS, Limits

FREE = Limits(overall=NO_LIMITS, private=NO_LIMITS, group=NO_LIMITS, reserve=0)


def lift_limits() -> None:
    setattr(sender, "Limits", lambda: FREE)  # noqa: B010 - what a new Sender takes by default


def main() -> None:
    lift_limits()
    serve(ServeRole(sys.argv[1]) if len(sys.argv) > 1 else ServeRole.ALL)


if __name__ == "__main__":
    main()
