"""The parts of the product that a process may run alone."""

from enum import StrEnum


class ServeRole(StrEnum):
    """`web` listens and `worker` works; both may run many times on PostgreSQL."""

    ALL = "all"
    WEB = "web"
    WORKER = "worker"
