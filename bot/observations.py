"""What a process counts about providers, Telegram and the books, for Prometheus."""

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
)

BUCKETS_S = (0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 3.0, 5.0)  # calls end after 5 s


class Observations:
    """The core's `Observer`, and the sender's; labels come from closed lists."""

    def __init__(self, registry: CollectorRegistry) -> None:
        ProcessCollector(registry=registry)
        self._landings = Counter(
            "topup_payments_landed",
            "Reports of providers by what became of them",
            ["channel", "landing"],
            registry=registry,
        )
        self._calls = Histogram(
            "topup_provider_call_seconds",
            "Calls to payment providers",
            ["channel", "outcome"],
            buckets=BUCKETS_S,
            registry=registry,
        )
        self._telegram = Counter(
            "topup_telegram_calls", "Bot API calls by outcome", ["outcome"], registry=registry
        )
        self._verified_at = Gauge(
            "topup_ledger_verified_timestamp_seconds",
            "When every invariant of the books was last checked",
            registry=registry,
        )
        self._holds = Gauge(
            "topup_ledger_holds", "1 when the last check found the books sound", registry=registry
        )

    def landed(self, channel: str, landing: str) -> None:
        self._landings.labels(channel, landing).inc()

    def provider_called(self, channel: str, outcome: str, seconds: float) -> None:
        self._calls.labels(channel, outcome).observe(seconds)

    def telegram_called(self, outcome: str) -> None:
        """`done`, `paused` (429), `failed`, or the verdict on the refusal."""
        self._telegram.labels(outcome).inc()

    def ledger_checked(self, *, holds: bool, at_s: float) -> None:
        """`at_s` is a Unix time."""
        self._holds.set(1 if holds else 0)
        self._verified_at.set(at_s)
