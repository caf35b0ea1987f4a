"""`python -m tests.internet`: the replay server as a process, until it is told to stop."""

from __future__ import annotations

import argparse
import asyncio
import shlex
import signal
import sys

from tests.internet.server import Internet


def main() -> None:
    """Read the command line and serve."""
    parser = argparse.ArgumentParser(prog="python -m tests.internet", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="default: any free one")
    parser.add_argument("--delay", type=float, default=0.0, help="seconds before each answer")
    parser.add_argument("--everything", action="store_true", help="answer for unknown ids too")
    parser.add_argument("--limits", action="store_true", help="enforce the services' limits")
    arguments = parser.parse_args()
    try:
        asyncio.run(_serve(arguments))
    except OSError as error:
        parser.exit(1, f"port {arguments.port} cannot be had ({error}); name another: --port\n")


async def _serve(arguments: argparse.Namespace) -> None:
    told_to_stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, told_to_stop.set)
    async with Internet(arguments.port) as internet:
        internet.knows_everything = arguments.everything
        internet.enforces_limits = arguments.limits
        if arguments.delay:
            for service in internet.services.values():
                service.delays(arguments.delay)
        for name, value in internet.settings().items():
            sys.stdout.write(f"export {name}={shlex.quote(value)}\n")
        sys.stdout.write(f"# {internet.url}/__control\n")
        sys.stdout.flush()
        await told_to_stop.wait()


if __name__ == "__main__":
    main()
