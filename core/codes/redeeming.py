"""Redeeming a code inside a transaction: who may, how often, once, and what follows."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from core.access import rights
from core.access import store as access
from core.access.model import Membership, Right
from core.arrivals import service as arrivals
from core.arrivals.model import Arrival
from core.audit import store as audit
from core.codes import guesses, store
from core.codes.guesses import Guesser
from core.codes.model import Code, CodeState, Redemption, Result, TypedCode
from core.errors import NotAllowed, NotLinked
from core.ids import AccountId, PersonId
from core.ledger import postings
from core.ledger import store as ledger
from core.storage.transaction import Tx

CHANNEL = "code"
UNUSABLE = Redemption(result=Result.UNUSABLE)


def redeem(
    tx: Tx, person_id: PersonId, account_id: AccountId, typed: TypedCode, *, at: datetime
) -> Redemption:
    """Credit the account, once per code.

    What is wrong with a code is an answer, not an error: a failure has to be counted, and an error
    would undo that. Raises `NotLinked` and `NotAllowed`.
    """
    member = rights.require(tx, person_id, account_id, Right.MOVE_MONEY)
    guesser = Guesser(person_id=person_id, account_id=account_id)
    guesses.hold(tx, guesser)
    if (until := guesses.wait_until(tx, guesser, at=at)) is not None:
        return Redemption(result=Result.WAIT, until=until)
    code = store.find(tx, typed.digests)
    answer = UNUSABLE if code is None else _answer(tx, code, member, at=at)
    if answer.result is Result.UNUSABLE:
        guesses.note(tx, guesser, at=at)
        facts = {"last_four": typed.tail}
        _record(tx, member, "code.refused", f"account:{account_id}", facts, at=at)
    return answer


def _answer(tx: Tx, code: Code, member: Membership, *, at: datetime) -> Redemption:
    if code.redeemed_by == member.person_id:
        return _again(tx, code, member.person_id)
    if code.state is not CodeState.ACTIVE or code.expires_at <= at:
        return UNUSABLE
    account_id = member.account.account_id
    most = code.per_account
    if most is not None and store.redeemed_of(tx, code.batch_id, account_id) >= most:
        return Redemption(result=Result.LIMIT)
    if not store.redeem(tx, code.code_id, member.person_id, account_id, at=at):
        return UNUSABLE
    return _credit(tx, replace(code, account_id=account_id), member, at=at)


def _again(tx: Tx, code: Code, person_id: PersonId) -> Redemption:
    """The person's own success, as long as they still belong to that account's finance."""
    if code.account_id is None:
        return UNUSABLE
    try:
        member = rights.require(tx, person_id, code.account_id, Right.MOVE_MONEY)
    except (NotLinked, NotAllowed):
        return UNUSABLE
    return _redeemed(tx, code, member)


def _credit(tx: Tx, code: Code, member: Membership, *, at: datetime) -> Redemption:
    account_id = member.account.account_id
    transfer = postings.code_redeemed(
        code_id=code.code_id,
        batch_id=code.batch_id,
        account_id=account_id,
        amount_fen=code.amount_fen,
        occurred_at=at,
    )
    ledger.append(tx, transfer, at=at)
    arrival = Arrival(
        account_id=account_id,
        amount_fen=code.amount_fen,
        channel=CHANNEL,
        reference=code.code_id,
        key=transfer.reference,
    )
    arrivals.announce(tx, arrival, at=at)
    facts = {"amount_fen": code.amount_fen, "batch": code.batch_id}
    _record(tx, member, "code.redeemed", f"code:{code.code_id}", facts, at=at)
    return _redeemed(tx, code, member)


def _redeemed(tx: Tx, code: Code, member: Membership) -> Redemption:
    account = access.account(tx, member.account.account_id) or member.account
    return Redemption(
        result=Result.REDEEMED,
        code_id=code.code_id,
        account_id=account.account_id,
        account_name=account.name,
        amount_fen=code.amount_fen,
        available_fen=ledger.balance(tx, account.account_id).available_fen,
    )


def _record(
    tx: Tx,
    member: Membership,
    action: str,
    subject: str,
    facts: Mapping[str, object],
    *,
    at: datetime,
) -> None:
    audit.append(
        tx,
        at=at,
        actor=f"person:{member.person_id}",
        action=action,
        subject=subject,
        account_id=member.account.account_id,
        facts=facts,
    )
