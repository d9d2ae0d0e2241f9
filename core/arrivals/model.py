"""Money that came to an account, as those who are told of it need it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from core.ids import AccountId, PersonId


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A credit that was posted in this transaction.

    `channel` is one of the platform API's (`wechat qq tenpay card remittance code`), `reference`
    what people quote. `key` is unique for the credit, as its reference in the books is. `facts`
    are further fields of the notice; `also_tell` hears of it beside the finance people.
    """

    account_id: AccountId
    amount_fen: int
    channel: str
    reference: str
    key: str
    facts: Mapping[str, object] = field(default_factory=dict)
    also_tell: frozenset[PersonId] = frozenset()
