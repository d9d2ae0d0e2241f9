"""Saved cards: kept by the provider for a payer who chose so; we keep only who the payer is."""

from collections.abc import Mapping

from core.access import store as access
from core.access.model import Right
from core.audit import store as audit
from core.channels import Channel, SavedCard
from core.clock import Clock
from core.errors import ChannelOff, NotAllowed, NotLinked
from core.ids import PersonId
from core.providers.base import KeepsCards, Provider
from core.storage.database import Database
from core.storage.transaction import Tx
from core.topup import store


class Cards:
    """A person's own cards, for those who may move money anywhere."""

    def __init__(
        self, database: Database, clock: Clock, providers: Mapping[Channel, Provider]
    ) -> None:
        self._database = database
        self._clock = clock
        self._providers = providers

    @property
    def are_kept(self) -> bool:
        """Whether a channel that keeps cards is on."""
        return isinstance(self._providers.get(Channel.CARD), KeepsCards)

    async def customer(self, person_id: PersonId, provider: Provider) -> str | None:
        """The payer's id at a provider that keeps cards, made where there is none."""
        if not isinstance(provider, KeepsCards):
            return None
        held = await self._database.read(lambda tx: store.customer(tx, person_id, provider.app))
        if held is not None:
            return held
        made = await provider.new_customer(str(person_id))
        await self._database.write(
            lambda tx: store.add_customer(tx, person_id, provider.app, made, at=self._clock.now())
        )
        return made

    async def saved(self, person_id: PersonId) -> tuple[SavedCard, ...]:
        """As the provider lists them now; raises `ProviderError`, `ChannelOff`."""
        provider, keeper = self._keeper()
        customer = await self._database.read(
            lambda tx: _customer_of_payer(tx, person_id, provider.app)
        )
        return () if customer is None else await keeper.cards(customer)

    async def unbind(self, person_id: PersonId, card_id: str) -> None:
        """Forget a card for good; `NotFound` when it is not this person's."""
        provider, keeper = self._keeper()
        customer = await self._database.read(
            lambda tx: _customer_of_payer(tx, person_id, provider.app)
        )
        if customer is None:
            return
        await keeper.unbind(customer, card_id)
        await self._database.write(
            lambda tx: audit.append(
                tx,
                at=self._clock.now(),
                actor=f"person:{person_id}",
                action="card.unbound",
                subject=f"card:{card_id}",
                account_id=None,
                facts={},
            )
        )

    def _keeper(self) -> tuple[Provider, KeepsCards]:
        provider = self._providers.get(Channel.CARD)
        if provider is None or not isinstance(provider, KeepsCards):
            raise ChannelOff(Channel.CARD)
        return provider, provider


def _customer_of_payer(tx: Tx, person_id: PersonId, app: str) -> str | None:
    held = access.memberships_of(tx, person_id)
    if not held:
        raise NotLinked
    if not any(member.may(Right.MOVE_MONEY) for member in held):
        raise NotAllowed
    return store.customer(tx, person_id, app)
