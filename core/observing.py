"""What the core tells whoever keeps figures about it; who does not care passes nothing."""

from typing import Protocol


class Observer(Protocol):
    """Called outside transactions, from the event loop; must return at once."""

    def landed(self, channel: str, landing: str) -> None:
        """A provider's word about a payment was landed, as one of `topup.model.Landing`."""
        ...

    def provider_called(self, channel: str, outcome: str, seconds: float) -> None:
        """A provider was called: `answered`, `unavailable` or `refused`."""
        ...


class Unobserved:
    """Keeps nothing."""

    def landed(self, channel: str, landing: str) -> None:
        """Nobody counts."""

    def provider_called(self, channel: str, outcome: str, seconds: float) -> None:
        """Nobody counts."""
