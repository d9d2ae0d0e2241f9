"""The bank account remittances go to."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Payee:
    """Holder, number and bank, as a payer writes them on a transfer."""

    name: str
    account: str
    bank: str


def remark(account_id: str) -> str:
    """What a payer writes on a transfer so that it is found: the old page's wording."""
    return f"云服务费+{account_id}"
