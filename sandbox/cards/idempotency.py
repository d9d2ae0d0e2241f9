"""What was answered under each idempotency key, for the day that Stripe remembers it."""

from dataclasses import dataclass

from sandbox.cards.errors import StripeError, invalid
from sandbox.pay.clock import ShiftedClock

_KEPT_S = 24 * 3600
_LONGEST_KEY = 255
_KIND = "idempotency_error"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    fingerprint: str  # method, path and parameters
    status: int
    body: bytes
    at: int
    request_id: str


class IdempotencyKeys:
    def __init__(self, clock: ShiftedClock) -> None:
        self._clock = clock
        self._kept: dict[str, Kept] = {}
        self._in_use: set[str] = set()

    def take(self, key: str) -> None:
        """To be given back with `release`; two requests may not use a key at once."""
        if len(key) > _LONGEST_KEY:
            raise invalid(f"Idempotency keys have at most {_LONGEST_KEY} characters.")
        if key in self._in_use:
            raise StripeError(
                409,
                "There is currently another in-progress request using this Idempotent Key. "
                "Please try again later.",
                kind=_KIND,
                code="idempotency_key_in_use",
            )
        self._in_use.add(key)

    def release(self, key: str) -> None:
        self._in_use.discard(key)

    def find(self, key: str, fingerprint: str) -> Kept | None:
        kept = self._kept.get(key)
        if kept is None or self._clock.timestamp() - kept.at > _KEPT_S:
            return None
        if kept.fingerprint != fingerprint:
            raise StripeError(
                400,
                "Keys for idempotent requests can only be used with the same parameters they were "
                f"first used with. Try using a key other than '{key}' if you meant to execute a "
                "different request.",
                kind=_KIND,
            )
        return kept

    def keep(
        self, key: str, *, fingerprint: str, status: int, body: bytes, request_id: str
    ) -> None:
        self._kept[key] = Kept(
            fingerprint=fingerprint,
            status=status,
            body=body,
            at=self._clock.timestamp(),
            request_id=request_id,
        )
