"""The credentials of international cards, as the settings layer hands them over."""

from dataclasses import dataclass, field

LIVE = ("sk_live_", "rk_live_")
TEST = ("sk_test_", "rk_test_")


@dataclass(frozen=True, slots=True, kw_only=True)
class CardSettings:
    """`base_url` None means Stripe's own host; the key decides live or test."""

    base_url: str | None = None
    secret_key: str = field(repr=False)
    webhook_secret: str = field(repr=False)

    @property
    def is_live(self) -> bool:
        return self.secret_key.startswith(LIVE)

    def checked(self) -> "CardSettings":
        """These, or ValueError."""
        if not self.secret_key.startswith(LIVE + TEST):
            raise ValueError(f"Stripe's key must start with one of {', '.join(LIVE + TEST)}")
        if not self.webhook_secret:
            raise ValueError("the signing secret of Stripe's webhook must not be empty")
        return self
