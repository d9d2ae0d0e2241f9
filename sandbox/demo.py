"""`python -m sandbox.demo`: the whole product on one machine, with a pretended world around it."""

import argparse
import asyncio
import shutil
import signal
import socket
import sys
from collections.abc import Coroutine
from dataclasses import dataclass
from pathlib import Path

from sandbox.app import running
from sandbox.bot_process import BotFailed, BotProcess
from sandbox.channels import Channels, Surroundings
from sandbox.demo_settings import DemoSecrets, bot_environment
from sandbox.pay.callbacks import SCHEDULE_S
from sandbox.platform.client import PlatformClient, PlatformError
from sandbox.platform.console import DEMO_ACCOUNTS, console_routes
from sandbox.telegram.demo import REVIEWER_A, REVIEWER_B, demo_world
from sandbox.trace import Trace

HOST = "127.0.0.1"
FOLDER = Path("var/demo")
LARGEST_PORT = 65535
# A demo's viewer does not wait 15 seconds for the first repeat.
_FASTER = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    port: int
    bot_port: int
    folder: Path
    is_fresh: bool


class DemoFailed(Exception):
    """The demo cannot start; the text says why and what to do."""


class Demo:
    """Everything the demo runs, from the first port to the last process."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._folder = options.folder
        self._stop = asyncio.Event()

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._stop.set)
        self._prepare_folder()
        world = demo_world()
        demo = DemoSecrets.load_or_create(self._folder)
        channels = self._channels(world.trace)
        platform = PlatformClient(
            base_url=f"http://{HOST}:{self._options.bot_port}",
            api_key=demo.platform_api_key,
            trace=world.trace,
        )
        routes = [
            *channels.routes(),
            *console_routes(platform, webhook_secret=demo.webhook_secret),
        ]
        try:
            async with running(
                world, extra_routes=routes, host=HOST, port=self._options.port
            ) as address:
                await self._with_bot(self._bot(demo, channels, address), platform, address)
        finally:
            await channels.aclose()
            await platform.aclose()

    async def _with_bot(self, bot: BotProcess, platform: PlatformClient, address: str) -> None:
        try:
            if await self._unless_stopped(_start(bot, platform)):
                print(f"Open {address}/  (Ctrl-C stops the demo)", flush=True)
                story = await self._unless_stopped(bot.ended())
                if story:
                    print(
                        story, "The pages stay open; Ctrl-C ends the demo.", sep="\n", flush=True
                    )
                    await self._stop.wait()
        finally:
            await bot.stop()

    async def _unless_stopped(self, work: Coroutine[None, None, str]) -> str | None:
        """What the work gives, or None when the demo was stopped first."""
        task = asyncio.create_task(work)
        stopped = asyncio.create_task(self._stop.wait())
        await asyncio.wait({task, stopped}, return_when=asyncio.FIRST_COMPLETED)
        for each in (task, stopped):
            each.cancel()
        await asyncio.gather(task, stopped, return_exceptions=True)
        return None if task.cancelled() else task.result()

    def _prepare_folder(self) -> None:
        if self._options.is_fresh:
            shutil.rmtree(self._folder, ignore_errors=True)
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    def _channels(self, trace: Trace) -> Channels:
        bot_port = self._options.bot_port
        around = Surroundings(
            folder=self._folder,
            bot_url=f"http://{HOST}:{bot_port}",
            merchant_domains=(f"{HOST}:{bot_port}", f"localhost:{bot_port}"),
            recorder=trace,
            retry_delays_s=[delay_s / _FASTER for delay_s in SCHEDULE_S],
        )
        return Channels(around)

    def _bot(self, demo: DemoSecrets, channels: Channels, address: str) -> BotProcess:
        environment = bot_environment(
            folder=self._folder,
            demo=demo,
            sandbox_url=address,
            bot_port=self._options.bot_port,
            channels=channels.bot_settings(address),
        )
        return BotProcess(
            environment=environment,
            log=self._folder / "bot.log",
            address=f"http://{HOST}:{self._options.bot_port}",
        )


async def _start(bot: BotProcess, platform: PlatformClient) -> str:
    await bot.start()
    await bot.wait_until_ready()
    for account in DEMO_ACCOUNTS:
        await platform.put_account(account.account_id, account.name)
    present = await bot.command("staff", "list")
    for reviewer in (REVIEWER_A, REVIEWER_B):
        if str(reviewer) not in present:
            await bot.command("staff", "add", str(reviewer), "--role", "reviewer")
    return "ready"


def read_options(arguments: list[str] | None = None) -> Options:
    parser = argparse.ArgumentParser(prog="python -m sandbox.demo", description=__doc__)
    parser.add_argument("--port", type=_port, default=8080, help="of the pages (default 8080)")
    parser.add_argument("--bot-port", type=_port, help="of the bot (default: the next free one)")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="default var/demo")
    parser.add_argument("--fresh", action="store_true", help="forget the last demo")
    given = parser.parse_args(arguments)
    _check_free(given.port, "--port")
    bot_port = given.bot_port
    if bot_port is None:
        bot_port = _free_port_after(given.port)
    else:
        _check_free(bot_port, "--bot-port")
    if bot_port == given.port:
        raise DemoFailed("--port and --bot-port must be two different ports")
    return Options(port=given.port, bot_port=bot_port, folder=given.folder, is_fresh=given.fresh)


def _port(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= LARGEST_PORT:
        raise argparse.ArgumentTypeError(f"a port is a number from 1 to {LARGEST_PORT}")
    return int(text)


def _check_free(port: int, option: str) -> None:
    try:
        socket.create_server((HOST, port)).close()
    except OSError as error:
        text = f"Port {port} cannot be used ({error.strerror}); choose another with {option}."
        raise DemoFailed(text) from error


def _free_port_after(port: int) -> int:
    """The next one where that is free, so that a restart finds the same; else any."""
    try:
        _check_free(min(port + 1, LARGEST_PORT), "--bot-port")
    except DemoFailed:
        with socket.create_server((HOST, 0)) as listener:
            free: int = listener.getsockname()[1]
            return free
    return min(port + 1, LARGEST_PORT)


def main() -> int:
    try:
        asyncio.run(Demo(read_options()).run())
    except (DemoFailed, BotFailed) as failure:
        print(failure, file=sys.stderr)
        return 1
    except PlatformError as failure:
        print(f"The bot's platform API refused the demo accounts: {failure}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
