"""One server, one port: the Bot API, the pages' API, and whatever routes the rest brings."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Generator, Sequence
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from sandbox.connection import DroppableProtocol
from sandbox.telegram.api import BotApi
from sandbox.telegram.page.acting import Acting
from sandbox.telegram.page.arranging import Arranging
from sandbox.telegram.page.reading import Reading
from sandbox.telegram.world import World

STATIC = Path(__file__).parent / "static"
CHAT_PAGE = STATIC / "index.html"
# Long polls end at once when the server stops; a page's last request gets this long.
LAST_REQUESTS_S = 2
TICK_S = 0.1
TICKS_PER_DAY = 864_000


def build_app(world: World, extra_routes: Sequence[BaseRoute] = ()) -> Starlette:
    """Extra routes come first, so that they may take any path."""
    routes = [
        *extra_routes,
        *BotApi(world).routes(),
        *Reading(world).routes(),
        *Acting(world).routes(),
        *Arranging(world).routes(),
        Mount("/static", StaticFiles(directory=STATIC)),
        Route("/", _chat_page),
    ]
    return Starlette(routes=routes)


class SandboxServer(uvicorn.Server):
    """Lets waiting bots and pages go before it closes, else they would hold it open."""

    def __init__(self, world: World, config: uvicorn.Config, *, takes_signals: bool) -> None:
        super().__init__(config)
        self._world = world
        self._takes_signals = takes_signals
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        self.should_exit = True
        self._stopping.set()

    async def main_loop(self) -> None:
        """As uvicorn's, but a stop from within is heeded at once."""
        counter = 0
        while not await self.on_tick(counter):
            counter = (counter + 1) % TICKS_PER_DAY
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(TICK_S):
                    await self._stopping.wait()

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Inside another programme, signals belong to that programme."""
        with super().capture_signals() if self._takes_signals else contextlib.nullcontext():
            yield

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._world.close()
        await super().shutdown(sockets)
        await self._world.close_webhooks()


def server(world: World, app: Starlette, *, takes_signals: bool) -> SandboxServer:
    config = uvicorn.Config(
        app,
        http=DroppableProtocol,
        ws="none",
        lifespan="off",
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_keep_alive=75,  # longer than clients keep theirs
        timeout_graceful_shutdown=LAST_REQUESTS_S,
    )
    return SandboxServer(world, config, takes_signals=takes_signals)


def listening(host: str, port: int) -> socket.socket:
    """Port 0 takes a free one."""
    listener = socket.create_server((host, port), backlog=512)
    listener.setblocking(False)
    return listener


@contextlib.asynccontextmanager
async def running(
    world: World,
    *,
    extra_routes: Sequence[BaseRoute] = (),
    host: str = "127.0.0.1",
    port: int = 0,
) -> AsyncIterator[str]:
    """The sandbox inside this process while the block runs; gives its address."""
    listener = listening(host, port)
    base_url = f"http://{host}:{listener.getsockname()[1]}"
    served = server(world, build_app(world, extra_routes), takes_signals=False)
    task = asyncio.create_task(served.serve(sockets=[listener]))
    try:
        # The socket already listens: whoever calls early waits in its queue.
        yield base_url
    finally:
        served.stop()
        await task
        listener.close()


async def _chat_page(_: Request) -> Response:
    if CHAT_PAGE.exists():
        return FileResponse(CHAT_PAGE)
    return PlainTextResponse("The sandbox is running; its chat page is not installed.")
