"""What the HTTP edge counts, for Prometheus."""

from collections.abc import Mapping
from datetime import datetime

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from core.figures import Figures

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
Backlog = tuple[int, int, datetime | None]  # waiting, dead, since when the oldest waits


class Metrics:
    """Counters and gauges in one registry; labels come from closed lists, never from a request."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._registry = registry
        self._requests = Counter(
            "topup_http_requests",
            "HTTP requests answered",
            ["route", "method", "status"],
            registry=registry,
        )
        self._seconds = Histogram(
            "topup_http_request_seconds", "Time to answer", ["route"], registry=registry
        )
        self._callbacks = Counter(
            "topup_provider_callbacks",
            "Provider callbacks by what became of them",
            ["channel", "result"],
            registry=registry,
        )
        self._updates = Counter(
            "topup_telegram_updates_received", "Telegram updates stored", registry=registry
        )
        self._refused_updates = Counter(
            "topup_telegram_updates_refused",
            "Webhook calls refused",
            ["reason"],
            registry=registry,
        )
        self._backlog = Gauge(
            "topup_backlog", "Work not done yet", ["queue", "state"], registry=registry
        )
        self._oldest = Gauge(
            "topup_backlog_oldest_seconds",
            "How long the oldest waits",
            ["queue"],
            registry=registry,
        )
        self._database_up = Gauge(
            "topup_database_up", "1 when the database could be read", registry=registry
        )

        self._cases = Gauge(
            "topup_cases", "Cases that wait for a decision", ["kind"], registry=registry
        )
        self._case_age = Gauge(
            "topup_cases_oldest_seconds",
            "Age of the oldest open case",
            ["kind"],
            registry=registry,
        )
        self._case_money = Gauge(
            "topup_cases_fen", "Money in open cases", ["kind"], registry=registry
        )
        self._failures = Gauge(
            "topup_channel_failures", "Failed calls in a row", ["channel"], registry=registry
        )
        self._unread = Gauge(
            "topup_notices_unread", "Notices nobody could be reached with", registry=registry
        )

    def state(self, figures: Figures, *, now: datetime) -> None:
        """Set the gauges; kinds that no longer wait disappear."""
        for gauge in (self._cases, self._case_age, self._case_money, self._failures):
            gauge.clear()
        for kind, waiting in figures.cases.items():
            self._cases.labels(kind).set(waiting.count)
            self._case_money.labels(kind).set(waiting.amount_fen)
            self._case_age.labels(kind).set(max((now - waiting.since).total_seconds(), 0.0))
        for channel, failures in figures.channel_failures.items():
            self._failures.labels(channel).set(failures)
        self._unread.set(figures.unread_notices)

    def answered(self, *, route: str, method: str, status: int, seconds: float) -> None:
        method = method if method in METHODS else "other"
        self._requests.labels(route, method, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def callback(self, channel: str, result: str) -> None:
        self._callbacks.labels(channel, result).inc()

    def update_received(self) -> None:
        self._updates.inc()

    def update_refused(self, reason: str) -> None:
        self._refused_updates.labels(reason).inc()

    def scrape(self, backlogs: Mapping[str, Backlog] | None, *, now: datetime) -> bytes:
        """The exposition; `backlogs` by queue, None when the database could not be read."""
        self._database_up.set(0 if backlogs is None else 1)
        for queue, (waiting, dead, since) in (backlogs or {}).items():
            self._backlog.labels(queue, "waiting").set(waiting)
            self._backlog.labels(queue, "dead").set(dead)
            waited_s = 0.0 if since is None else max((now - since).total_seconds(), 0.0)
            self._oldest.labels(queue).set(waited_s)
        return generate_latest(self._registry)
