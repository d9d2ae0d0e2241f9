"""`python -m sandbox --port N`: the pretended Telegram by itself."""

import argparse

from sandbox.app import build_app, listening, server
from sandbox.telegram.demo import demo_world


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, default=8080, help="0 takes a free port")
    options = parser.parse_args()
    world = demo_world()
    listener = listening(options.host, options.port)
    address = f"http://{options.host}:{listener.getsockname()[1]}"
    print(f"Sandbox: {address}/  Bot API base: {address}", flush=True)
    server(world, build_app(world), takes_signals=True).run(sockets=[listener])


if __name__ == "__main__":
    main()
