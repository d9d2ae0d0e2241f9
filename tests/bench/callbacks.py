"""Payment callbacks at a steady 50 a second on SQLite, from the provider's side and the person's.

Signed WeChat Pay callbacks go to the running product over HTTP, evenly and without waiting for
one another: the time from sending to the acknowledgement, which follows the commit, and from the
acknowledgement to the moment the arrival message reaches a silent Bot API server. Percentiles are
taken in slices of four seconds; the figure is the median slice, its spread that of the slices.
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sandbox.pay.keys import Credentials
from sandbox.pay.letters import Letter, Notice, Sender, honest
from tests.bench.frame import Figure, Options, at_most, figure, percentile
from tests.bench.installation import Installation, install
from tests.bench.seeding import AMOUNT_FEN, Waiting
from tests.bench.servers import Server, running
from tests.bench.wire import Caller, connect, silent_telegram

LINE = "callbacks"
A_SECOND = 50
ACCOUNTS = 100
CONNECTIONS = 32
SLICE_S = 4  # the spread is that of slices of the run this long
TOLD_WITHIN_S = 20.0


@dataclass(slots=True)
class _Seen:
    """When each order's callback was answered (and how long it took), and its person told."""

    took_ms: list[float] = field(default_factory=list)
    answered: dict[int, float] = field(default_factory=dict)
    told: dict[int, float] = field(default_factory=dict)
    by_trade: dict[bytes, int] = field(default_factory=dict)

    def heard(self, method: str, _chat_id: int, body: bytes) -> None:
        if method != "sendMessage":
            return
        start = body.find(b"4200")
        if (number := self.by_trade.get(body[start : start + 28])) is not None:
            self.told.setdefault(number, time.perf_counter())


async def measure(options: Options) -> list[Figure]:
    seconds = 4 if options.quick else 20
    seen = _Seen()
    async with silent_telegram(seen.heard) as api:
        installed = await install(
            options.folder, api, accounts=ACCOUNTS, orders_each=A_SECOND * seconds // ACCOUNTS
        )
        async with running(
            "tests.bench.product",
            environment=installed.environment,
            port=installed.port,
            log=installed.log,
        ) as server:
            cpu_ms = await _run(installed, server, seen)
    return _figures(seen, cpu_ms)


async def _run(installed: Installation, server: Server, seen: _Seen) -> float:
    """Send everything at its time; returns processor milliseconds per callback."""
    letters = _letters(installed.credentials, installed.waiting)
    seen.by_trade = {_trade_no(n).encode(): n for n in range(len(letters))}
    callers: asyncio.Queue[Caller] = asyncio.Queue()
    for _ in range(CONNECTIONS):
        callers.put_nowait(await connect(server.port))
    before, began = server.cpu_s(), time.perf_counter()
    async with asyncio.TaskGroup() as sending:
        for number, letter in enumerate(letters):
            await asyncio.sleep(max(0.0, began + number / A_SECOND - time.perf_counter()))
            sending.create_task(_send(callers, number, letter, seen))
    async with asyncio.timeout(TOLD_WITHIN_S):
        while len(seen.told) < len(letters):
            await asyncio.sleep(0.05)
    return (server.cpu_s() - before) / len(letters) * 1000


async def _send(
    callers: "asyncio.Queue[Caller]", number: int, letter: Letter, seen: _Seen
) -> None:
    began = time.perf_counter()
    caller = await callers.get()
    status = await caller.post("/notify/wechat", letter.body, letter.headers)
    now = time.perf_counter()
    callers.put_nowait(caller)
    if status not in {200, 204}:
        raise AssertionError(f"a callback was answered {status}")
    seen.took_ms.append((now - began) * 1000)
    seen.answered[number] = now


def _letters(credentials: Credentials, waiting: Sequence[Waiting]) -> list[Letter]:
    sender = Sender(credentials=credentials, timestamp=int(time.time()))
    return [
        honest(notice_of(credentials, item.order_no, number), sender)
        for number, item in enumerate(waiting)
    ]


def notice_of(credentials: Credentials, order_no: str, number: int) -> Notice:
    now = datetime.now(UTC)
    amount = {
        "total": AMOUNT_FEN,
        "payer_total": AMOUNT_FEN,
        "currency": "CNY",
        "payer_currency": "CNY",
    }
    content = {
        "mchid": credentials.mchid,
        "appid": credentials.appid,
        "out_trade_no": order_no,
        "transaction_id": _trade_no(number),
        "trade_type": "NATIVE",
        "trade_state": "SUCCESS",
        "trade_state_desc": "支付成功",
        "bank_type": "OTHERS",
        "attach": "",
        "success_time": now.isoformat(timespec="seconds"),
        "payer": {"openid": "o-bench"},
        "amount": amount,
    }
    return Notice(
        url="",
        event_id=f"EV-{order_no}",
        event_type="TRANSACTION.SUCCESS",
        original_type="transaction",
        summary="支付成功",
        created_at=now,
        content=content,
    )


def _trade_no(number: int) -> str:
    return f"4200{number:024d}"


def _figures(seen: _Seen, cpu_ms: float) -> list[Figure]:
    told_ms = [max(0.0, seen.told[n] - at) * 1000 for n, at in sorted(seen.answered.items())]
    figures = []
    for what, times, bound in (
        ("callback to answer after commit", seen.took_ms, 50),
        ("commit to message at Telegram", told_ms, 300),
    ):
        size = A_SECOND * SLICE_S
        slices = [times[start : start + size] for start in range(0, len(times), size)]
        p50 = [percentile(some, 50) for some in slices]
        p99 = [percentile(some, 99) for some in slices]
        figures.append(figure(LINE, f"{what}, p50", "ms", p50))
        figures.append(figure(LINE, f"{what}, p99", "ms", p99, at_most(bound)))
    figures.append(figure(LINE, "processor time a callback", "ms", [cpu_ms]))
    return figures
