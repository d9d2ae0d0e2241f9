"""Every error the core raises on purpose; edges map them to texts and answers by `code`.

TopupError
├── Refusal                      somebody asked for what is not allowed now
│   ├── AmountRefused            typed amount is outside what the channel or the page allows
│   ├── DatesRefused             typed dates cannot be read as a day, two days or a month
│   ├── ThresholdRefused         an alert's amount is negative or too large
│   ├── CannotSwitchOff          this notice is not for this role to switch
│   ├── NotLinked                the person has no live membership
│   ├── NotAllowed               the person's role does not reach this
│   ├── LinkUnusable             link token unknown, used, expired, revoked or somebody else's
│   ├── AccountNotFound          no such cloud account
│   ├── NotFound                 no such record for this person
│   │   ├── HoldNotFound         no such hold
│   │   ├── MemberNotFound       no such member of this account
│   │   └── BatchNotFound        no such batch of codes
│   ├── IllegalStep              the record's state table has no such event now
│   │   └── HoldEnded            the hold was captured, released or has expired
│   ├── HoldConflict             the hold's id stands for another purchase
│   ├── BatchExists              the name of a batch of codes is taken
│   ├── SamePerson               who made something may not release it too
│   ├── CodesOff                 no key for codes is configured
│   ├── ChannelOff               the channel is not configured
│   ├── ReceiptRefused           a file that is not taken as a receipt
│   ├── StatementRefused         a file that is not taken as a bank's statement
│   ├── InsufficientBalance      the account would go below zero
│   ├── MoneyPaused              a restored copy is not reconciled yet
│   ├── StepUpNeeded             the person's second proof is asked for before this
│   ├── StepUpWrong              the code is not the app's, or was used before
│   ├── StepUpLocked             too many wrong codes; says until when
│   ├── StepUpBroken             the secret behind the codes cannot be read any more
│   ├── TooManyRequests          somebody has asked often enough for now
│   ├── FileTooBig               an attachment is larger than what is taken
│   ├── FileUnavailable          an attachment could not be fetched from the messenger
│   └── InvalidRequest           a value from outside does not have its form
├── Conflict                     the same key came with other content
│   ├── ReferenceConflict        a transfer reference was used for another transfer
│   └── IdempotencyConflict      an idempotency key was used for another request
├── ProviderError                a payment provider
│   ├── ProviderUnavailable      could not be reached, timed out, or failed on its side
│   ├── ProviderRefused          answered with a business error
│   ├── ForgedMessage            signature, freshness or form is not the provider's
│   └── NotOurMoney              truly signed, but for another merchant or app
├── NoticeFailed                 a message could not be handed over
│   ├── RetryLater               not now; says in how many seconds
│   └── Undeliverable            never: the person blocked the bot or is gone
└── StorageFault                 the database
    ├── StorageAway              it cannot be reached, or takes nothing at present
    ├── DuplicateKey             a named UNIQUE constraint refused the row
    ├── RuleBroken               a named CHECK constraint refused the row
    ├── ReceiptLost              a kept file is missing or is not what was kept
    └── BooksBroken              a ledger invariant does not hold
"""

from datetime import datetime


class TopupError(Exception):
    """Root; `code` is stable and names the error for texts, logs and problem answers."""

    code = "error"


class Refusal(TopupError):
    """Somebody asked for what is not allowed now; nothing was changed."""

    code = "refused"


class AmountRefused(Refusal):
    """An amount outside the allowed range, in fen, or not readable as an amount at all."""

    code = "amount_refused"

    def __init__(self, *, minimum_fen: int, maximum_fen: int) -> None:
        super().__init__(f"{minimum_fen}..{maximum_fen}")
        self.minimum_fen = minimum_fen
        self.maximum_fen = maximum_fen


class DatesRefused(Refusal):
    """Typed dates that are none, stand in the wrong order, or lie too far back."""

    code = "dates_refused"


class ThresholdRefused(Refusal):
    """An alert's amount outside of zero to `maximum_fen`, or not readable as an amount."""

    code = "threshold_refused"

    def __init__(self, *, maximum_fen: int) -> None:
        super().__init__(str(maximum_fen))
        self.maximum_fen = maximum_fen


class CannotSwitchOff(Refusal):
    """A notice this role always gets, or never."""

    code = "cannot_switch_off"


class NotLinked(Refusal):
    """The person has no live membership of a cloud account."""

    code = "not_linked"


class NotAllowed(Refusal):
    """The person's role on the account does not reach this action."""

    code = "not_allowed"


class LinkUnusable(Refusal):
    """A link token that is unknown, used, expired, revoked, or shown to somebody else."""

    code = "link_unusable"


class AccountNotFound(Refusal):
    """No cloud account has this id."""

    code = "account_not_found"


class NotFound(Refusal):
    """No such record, or none this person may see: the two are not told apart."""

    code = "not_found"


class IllegalStep(Refusal):
    """The state table of a record has no move for this event."""

    code = "illegal_step"

    def __init__(self, *, record: str, state: str, event: str) -> None:
        super().__init__(f"{record}: {event} in state {state}")
        self.record = record
        self.state = state
        self.event = event


class MoneyPaused(Refusal):
    """A copy was restored: money commands wait until what happened since is found again."""

    code = "money_paused"


class StepUpNeeded(Refusal):
    """The act asks for a code of the person's authenticator app, shown a moment ago."""

    code = "step_up_needed"


class StepUpWrong(Refusal):
    """A code that is not the app's now, or was used before; `left` tries remain."""

    code = "step_up_wrong"

    def __init__(self, *, left: int) -> None:
        super().__init__(f"{left} tries left")
        self.left = left


class StepUpLocked(Refusal):
    """Too many wrong codes in a row."""

    code = "step_up_locked"

    def __init__(self, until: datetime) -> None:
        super().__init__(f"until {until.isoformat()}")
        self.until = until


class StepUpBroken(Refusal):
    """The key that sealed the secret is not in the settings any more."""

    code = "step_up_broken"


class TooManyRequests(Refusal):
    """The person has as many requests open as one may have."""

    code = "too_many_requests"


class FileTooBig(Refusal):
    """An attachment has more bytes than are taken here."""

    code = "file_too_big"

    def __init__(self, *, at_most: int) -> None:
        super().__init__(f"at most {at_most} bytes")
        self.at_most = at_most


class FileUnavailable(Refusal):
    """The messenger did not hand an attachment over."""

    code = "file_unavailable"


class HoldNotFound(NotFound):
    """No hold has this id."""

    code = "hold_not_found"


class MemberNotFound(NotFound):
    """The account has no such member."""

    code = "member_not_found"


class HoldEnded(IllegalStep):
    """A hold has one end, and this one had it."""

    code = "hold_ended"

    def __init__(self, *, state: str, event: str) -> None:
        super().__init__(record="Hold", state=state, event=event)


class HoldConflict(Refusal):
    """The id of a hold came again for another account, amount, product, buyer or end time."""

    code = "hold_conflict"


class BatchNotFound(NotFound):
    """No batch of codes has this name."""

    code = "batch_not_found"


class BatchExists(Refusal):
    """A batch of codes has this name already, and its codes were told then."""

    code = "batch_exists"


class SamePerson(Refusal):
    """What somebody made has to be released by somebody else."""

    code = "same_person"


class CodesOff(Refusal):
    """No key for codes is configured: none can be made or redeemed."""

    code = "codes_off"


class ChannelOff(Refusal):
    """The payment channel is not configured here."""

    code = "channel_off"


class InsufficientBalance(Refusal):
    """A movement would take a customer account below zero; carries what is missing, in fen."""

    code = "insufficient_balance"

    def __init__(self, *, shortfall_fen: int) -> None:
        super().__init__(f"short by {shortfall_fen} fen")
        self.shortfall_fen = shortfall_fen


class ReceiptRefused(Refusal):
    """A file is not taken as a receipt; `reason` is one of `ReceiptReason`."""

    code = "receipt_refused"

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class StatementRefused(Refusal):
    """A file is not taken as a bank's statement; `reason` is one of `StatementReason`."""

    code = "statement_refused"

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class InvalidRequest(Refusal):
    """A value from outside does not have its allowed form; the text says what is allowed."""

    code = "invalid_request"


class Conflict(TopupError):
    """The same key came again with other content."""

    code = "conflict"


class ReferenceConflict(Conflict):
    """A transfer's reference already stands for another transfer."""

    code = "reference_conflict"


class IdempotencyConflict(Conflict):
    """An idempotency key was used before for another request."""

    code = "idempotency_conflict"


class ProviderError(TopupError):
    """A call to, or a message from, a payment provider did not go well."""

    code = "provider_error"


class ProviderUnavailable(ProviderError):
    """Not reached, timed out, or failed on its own side; whether it took effect is unknown."""

    code = "provider_unavailable"


class ProviderRefused(ProviderError):
    """The provider answered with a business error; `reason` is its own code."""

    code = "provider_refused"

    def __init__(self, reason: str, message: str = "") -> None:
        super().__init__(f"{reason}: {message}")
        self.reason = reason


class ForgedMessage(ProviderError):
    """Signature, freshness or form show that the provider did not send this now."""

    code = "forged_message"


class NotOurMoney(ProviderError):
    """Truly signed by the provider, but for another merchant or app than ours."""

    code = "not_our_money"


class NoticeFailed(TopupError):
    """A message could not be handed to the messenger."""

    code = "notice_failed"


class RetryLater(NoticeFailed):
    """Not now: try again after `after_s` seconds."""

    code = "retry_later"

    def __init__(self, after_s: float) -> None:
        super().__init__(f"after {after_s} s")
        self.after_s = after_s


class Undeliverable(NoticeFailed):
    """Never: the person blocked the bot or no longer exists."""

    code = "undeliverable"


class StorageFault(TopupError):
    """The database refused or contradicts itself."""

    code = "storage_fault"


class StorageAway(StorageFault):
    """The database cannot be reached, or takes nothing at present: the same may succeed later.

    Whether a write was committed is not known; doing it again with the same key is safe.
    """

    code = "storage_away"


class DuplicateKey(StorageFault):
    """A UNIQUE constraint refused a row; `constraint` is its name in `core.storage.tables`."""

    code = "duplicate_key"

    def __init__(self, constraint: str) -> None:
        super().__init__(constraint)
        self.constraint = constraint


class RuleBroken(StorageFault):
    """A CHECK constraint refused a row; `constraint` is its name in `core.storage.tables`."""

    code = "rule_broken"

    def __init__(self, constraint: str) -> None:
        super().__init__(constraint)
        self.constraint = constraint


class ReceiptLost(StorageFault):
    """A receipt's file is missing, or its bytes are not those that were kept."""

    code = "receipt_lost"


class BooksBroken(StorageFault):
    """A ledger or audit invariant does not hold; names the first broken row."""

    code = "books_broken"
