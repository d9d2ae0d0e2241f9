"""Use cases of reviewers with bank lines: how they stand, and approving what surely arrived.

Nothing is approved by itself: each exact match is a decision of its own, by somebody, with the
same seats, limits and second proof as any other.
"""

from core.banklines import claiming
from core.banklines.model import Standing
from core.clock import Clock
from core.ids import PersonId
from core.remittance import audience
from core.remittance.model import Remittance, RemittanceId
from core.reviews import deciding, desk, lines, store
from core.reviews.model import Matched, Outcome, Reviewed, ReviewRules, Sure, WarningKind
from core.reviews.warnings import warnings_of
from core.stepup import service as stepup
from core.storage.database import Database
from core.storage.transaction import Tx

MOST_WAITING = 2_000
MOST_AT_ONCE = 20
MOST_FITTING = 3
ODD = frozenset(
    {
        WarningKind.SAME_FILE,
        WarningKind.LOOKS_ALIKE,
        WarningKind.SAME_SERIAL,
        WarningKind.HIDDEN_SIGNS,
    }
)


class Matches:
    """What waits held against the bank's lines, for reviewers."""

    def __init__(self, database: Database, clock: Clock, rules: ReviewRules) -> None:
        self._database = database
        self._clock = clock
        self._rules = rules

    async def standing(self, person_id: PersonId) -> Standing:
        """How many lines nobody has taken, and how many of them fit what waits."""

        def work(tx: Tx) -> Standing:
            desk.require_reviewer(tx, person_id)
            waiting = store.all_waiting(tx, limit=MOST_WAITING)
            return claiming.standing(tx, [lines.claim_of(item) for item in waiting])

        return await self._database.read(work)

    async def fitting(self, person_id: PersonId, line_id: int) -> list[Remittance]:
        """What waits and may be this free line's, best first, without matters of their own."""

        def work(tx: Tx) -> list[Remittance]:
            desk.require_reviewer(tx, person_id)
            waiting = {
                item.remittance_id: item
                for item in store.all_waiting(tx, limit=MOST_WAITING)
                if not audience.is_own_matter(tx, item, person_id)
            }
            claims = [lines.claim_of(item) for item in waiting.values()]
            matches = claiming.fitting(tx, line_id, claims)[:MOST_FITTING]
            return [waiting[RemittanceId(match.claim_id)] for match in matches]

        return await self._database.read(work)

    async def exact(self, person_id: PersonId) -> Matched:
        """Exact matches this person may decide now, oldest due first, up to twenty.

        What is odd about a remittance is left for a look of its own.
        """

        def work(tx: Tx) -> Matched:
            desk.require_reviewer(tx, person_id)
            waiting = store.all_waiting(tx, limit=MOST_WAITING)
            matches = claiming.exact(tx, [lines.claim_of(item) for item in waiting])
            by_id = {match.claim_id: match.line for match in matches}
            sure = [
                Sure(remittance=item, line=by_id[item.remittance_id])
                for item in waiting
                if item.remittance_id in by_id and self._may_decide(tx, item, person_id)
            ]
            even = [item for item in sure if not _is_odd(tx, item.remittance)]
            return Matched(sure=tuple(even[:MOST_AT_ONCE]), odd=len(sure) - len(even))

        return await self._database.read(work)

    def _may_decide(self, tx: Tx, found: Remittance, person_id: PersonId) -> bool:
        if audience.is_own_matter(tx, found, person_id) or _is_changed(found):
            return False
        return desk.in_the_way(tx, found, person_id, at=self._clock.now()) is None

    async def approve(
        self, remittance_id: str, person_id: PersonId, line_id: int, *, shown_fen: int
    ) -> Reviewed:
        """Claim and approve the declared sum by a line that still is its exact match.

        `LINE_GONE` when it is not, or when the sum is not what was shown. Raises `StepUpNeeded`.
        """

        def work(tx: Tx) -> Reviewed:
            now = self._clock.now()
            found = desk.find(tx, remittance_id, person_id, lock=True)
            if (outcome := desk.in_the_way(tx, found, person_id, at=now)) is not None:
                return desk.reviewed(tx, found, outcome, at=now)
            is_exact = claiming.is_exact(tx, lines.claim_of(found), line_id)
            is_same = found.declared.amount_fen == shown_fen and not _is_changed(found)
            if not (is_exact and is_same):
                return desk.reviewed(tx, found, Outcome.LINE_GONE, at=now)
            stepup.require(tx, person_id)
            held = desk.claim(tx, found, person_id, at=now)
            return deciding.approve(
                tx, held, person_id, shown_fen, None, line_id=line_id, rules=self._rules, at=now
            )

        return await self._database.write(work)


def _is_changed(found: Remittance) -> bool:
    """Whether a first reviewer approved another sum than the declared one."""
    return found.received_fen not in {None, found.declared.amount_fen}


def _is_odd(tx: Tx, found: Remittance) -> bool:
    return any(warned.kind in ODD for warned in warnings_of(tx, found, ()))
