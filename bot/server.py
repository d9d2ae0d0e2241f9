"""The HTTP server inside our process: started and stopped with everything else."""

import asyncio
import contextlib
from collections.abc import Iterator

import uvicorn
from fastapi import FastAPI

STOP_S = 8
KEEP_ALIVE_S = 75  # longer than proxies keep theirs, so that none reuses a closed one


class _Quiet(uvicorn.Server):
    """Signals are the process's affair, not the server's."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class HttpServer:
    """Listens until the stop, then lets requests under way finish."""

    def __init__(self, app: FastAPI, host: str, port: int) -> None:
        config = uvicorn.Config(
            app,
            host=host,
            port=port,
            log_config=None,
            access_log=False,
            lifespan="off",
            server_header=False,
            proxy_headers=False,  # who is behind a proxy is decided by our own setting
            timeout_graceful_shutdown=STOP_S,
            limit_concurrency=1000,
            timeout_keep_alive=KEEP_ALIVE_S,
        )
        self._server = _Quiet(config)

    async def run(self, stop: asyncio.Event) -> None:
        """A port that cannot be had ends this with OSError's message in the log."""
        serving = asyncio.ensure_future(self._server.serve())
        stopped = asyncio.ensure_future(stop.wait())
        await asyncio.wait({serving, stopped}, return_when=asyncio.FIRST_COMPLETED)
        self._server.should_exit = True
        stopped.cancel()
        await serving
