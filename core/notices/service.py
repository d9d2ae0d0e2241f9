"""Delivering notices: each ends sent, dropped, or undeliverable with a reason."""

from collections.abc import Callable

from core.clock import Clock
from core.errors import Undeliverable
from core.ids import NoticeId, PersonId
from core.notices import store
from core.notices.model import Messenger, Notice
from core.storage.database import Database
from core.storage.transaction import Tx

Entitled = Callable[[Tx, Notice], bool]  # may this person still see this notice?
Speaks = Callable[[Tx, PersonId], str]  # the person's language
Reachable = Callable[[Tx, PersonId, bool], None]  # remember whether the person can be reached


class Notices:
    """Takes notices from the outbox to the messenger, at least once each."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        *,
        entitled: Entitled,
        speaks: Speaks,
        reachable: Reachable,
    ) -> None:
        self._database = database
        self._clock = clock
        self._entitled = entitled
        self._speaks = speaks
        self._reachable = reachable

    async def deliver(self, notice_id: NoticeId, messenger: Messenger) -> Callable[[Tx], None]:
        """Send one pending notice; returns what is to be kept of it, in the caller's commit.

        Raises `RetryLater` when it has to be tried again.
        """
        found = await self._database.read(lambda tx: self._still_due(tx, notice_id))
        if found is None:
            return lambda tx: self._drop(tx, notice_id)
        notice, language = found
        try:
            await messenger.tell(notice, language)
        except Undeliverable as error:
            reason = str(error) or "gone"
            return lambda tx: self._give_up(tx, notice, reason)
        return lambda tx: store.end(tx, notice_id, "sent", at=self._clock.now())

    def _still_due(self, tx: Tx, notice_id: NoticeId) -> tuple[Notice, str] | None:
        notice = store.pending(tx, notice_id)
        if notice is None or not self._entitled(tx, notice):
            return None
        return notice, self._speaks(tx, notice.person_id)

    def _drop(self, tx: Tx, notice_id: NoticeId) -> None:
        """Ended before, or no longer for this person's eyes."""
        if store.pending(tx, notice_id) is not None:
            store.end(tx, notice_id, "dropped", at=self._clock.now(), reason="not entitled")

    def _give_up(self, tx: Tx, notice: Notice, reason: str) -> None:
        store.end(tx, notice.notice_id, "undeliverable", at=self._clock.now(), reason=reason)
        self._reachable(tx, notice.person_id, False)

    async def missed(self, person_id: PersonId) -> list[Notice]:
        """What the person did not get while unreachable and may still see; now taken as read."""
        return await self._database.write(lambda tx: self._take_missed(tx, person_id))

    def _take_missed(self, tx: Tx, person_id: PersonId) -> list[Notice]:
        found = store.missed(tx, person_id)
        for notice in found:
            store.end(tx, notice.notice_id, "read", at=self._clock.now())
        if found:
            self._reachable(tx, person_id, True)
        return [notice for notice in found if self._entitled(tx, notice)]
