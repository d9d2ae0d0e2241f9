"""What a Bot API call can end in besides its result; `core.errors` has the two notices end in.

`RetryLater` and `Undeliverable` come from `core.errors`. None of these carries the token.
"""

from core.errors import TopupError


class MessageGone(TopupError):
    """The message to edit is not there, is not ours, or is of another kind: send a new one."""

    code = "message_gone"


class CallRefused(TopupError):
    """Telegram refuses the call as such: a fault of ours, which no repeating mends."""

    code = "call_refused"
