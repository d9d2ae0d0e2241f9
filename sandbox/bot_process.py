"""The bot as a process of its own: started, waited for, asked things, stopped."""

import asyncio
import contextlib
import signal
import sys
from collections.abc import Mapping
from pathlib import Path

import httpx

READY_WITHIN_S = 120
STOPPED_WITHIN_S = 15
_COMMAND_WITHIN_S = 60
_SHOWN_LINES = 20
_PAUSE_S = 0.2


class BotFailed(Exception):
    """The bot did not do what the demo needs; the text is for the person who started it."""


class BotProcess:
    """`python -m bot` with one environment; its output goes to a log file."""

    def __init__(
        self,
        *,
        environment: Mapping[str, str],
        log: Path,
        address: str,
        stopped_within_s: float = STOPPED_WITHIN_S,
    ) -> None:
        self._environment = dict(environment)
        self._log = log
        self._address = address
        self._stopped_within_s = stopped_within_s
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        with self._log.open("ab") as output:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "bot",
                "serve",
                env=self._environment,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=asyncio.subprocess.STDOUT,
                # Ctrl-C is for the demo alone, which then stops the bot in order
                start_new_session=True,
            )

    async def wait_until_ready(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(READY_WITHIN_S), httpx.AsyncClient(trust_env=False) as http:
                while not await self._is_ready(http):  # noqa: ASYNC110  # another process
                    await asyncio.sleep(_PAUSE_S)
                return
        raise BotFailed(self._story(f"The bot is not ready after {READY_WITHIN_S} seconds."))

    async def command(self, *arguments: str) -> str:
        """Runs `python -m bot …` beside the serving one; gives what it printed."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "bot",
            *arguments,
            env=self._environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        try:
            output, _ = await asyncio.wait_for(process.communicate(), _COMMAND_WITHIN_S)
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        text = output.decode(errors="replace")
        if process.returncode != 0:
            raise BotFailed(f"`python -m bot {' '.join(arguments)}` failed:\n{text}")
        return text

    async def ended(self) -> str:
        """Waits until the bot ends by itself; gives its story."""
        if self._process is None:
            raise BotFailed("the bot has not been started")
        code = await self._process.wait()
        return self._story(f"The bot ended with exit code {code}.")

    async def stop(self) -> None:
        process = self._process
        if process is None or process.returncode is not None:
            return
        process.send_signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(process.wait(), self._stopped_within_s)
        except TimeoutError:
            process.kill()
            await process.wait()

    async def _is_ready(self, http: httpx.AsyncClient) -> bool:
        if self._process is None or self._process.returncode is not None:
            raise BotFailed(await self.ended())
        try:
            return (await http.get(f"{self._address}/readyz")).is_success
        except httpx.HTTPError:
            return False

    def _story(self, what: str) -> str:
        lines = self._log.read_text(errors="replace").splitlines()[-_SHOWN_LINES:]
        return "\n".join([what, f"Its log is {self._log}; the last lines are:", *lines])
