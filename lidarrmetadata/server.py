"""Runs the server: the embedded database if there is no other, then Hypercorn.

Settings are read once, by the first process, and handed to the others.
"""

from __future__ import annotations

import asyncio
import errno
import gc
import importlib
import importlib.util
import logging
import os
import signal
import socket
import sys
from collections.abc import Mapping
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

import asyncpg
from hypercorn.asyncio import serve as serve_app
from hypercorn.config import Config as HypercornConfig

from lidarrmetadata import build, logs
from lidarrmetadata.app import create_app
from lidarrmetadata.config import EMBEDDED, DefaultConfig
from lidarrmetadata.embedded import EmbeddedServices
from lidarrmetadata.embedded.sample import load_sample
from lidarrmetadata.errors import ConfigurationError, EmbeddedError
from lidarrmetadata.settings import data_dir
from lidarrmetadata.workers import TEND_SECONDS, stop_workers, supervise

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from lidarrmetadata.embedded import PostgresAddress

log = logging.getLogger(__name__)

CATALOGUE = "musicbrainz_db"  # name of the embedded database, the one MusicBrainz gives its own
CACHE = "lidarrmetadata_cache"  # name of the embedded database that caches are kept in
# A request line with headers may be this long, in bytes: enough for the longest search anybody has
# sent, and for an answer of ours instead of the server's bare one to a longer one.
_REQUEST_HEAD = 128 * 1024
_KEEP_ALIVE = 75  # seconds; Lidarr keeps its connections
_MOST_REQUESTS = 1_000_000  # on one connection; by default it is closed after a thousand
SWITCH_SECONDS = 0.001
"""How long a thread computes before others get their turn, the event loop among them. Python's own
5 ms is long beside answers that take less than one."""
_BACKLOG = 512  # connections that may wait to be accepted
_CLOSING = 10.0  # seconds a worker gets, once its requests are done, to close what it has open
_STOPS = (signal.SIGINT, signal.SIGTERM)
_EVERYWHERE = ("", "0.0.0.0", "::")  # noqa: S104 - compared with, not listened on


def serve(config: DefaultConfig) -> None:
    """Serve until told to stop, by SIGINT or SIGTERM, and return when everything is stopped.

    Raises `ConfigurationError` or `EmbeddedError` if that cannot begin, and `ChildProcessError` if
    workers die as soon as they are started. Nothing is left running then either.
    """
    logs.configure(config.LOG_LEVEL)
    # Until Hypercorn listens for them, both ways to be told to stop are Ctrl-C: what was started is
    # stopped again. SIGTERM is handed on, since asyncio takes only SIGINT between two callbacks; an
    # exception in the middle of a driver written in C can crash it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
    with ExitStack() as stack:
        try:
            _serve(config, stack)
        except KeyboardInterrupt:
            pass
        finally:
            # Being told twice makes nothing faster, and would cut off a database that is writing.
            for stop in _STOPS:
                signal.signal(stop, signal.SIG_IGN)
        log.info("event=stopping")
    log.info("event=stopped")


def _serve(config: DefaultConfig, stack: ExitStack) -> None:
    # First what fails at once and for a reason the operator can mend.
    create_app(config)
    listener = stack.enter_context(_bound(config))
    log.info(
        "event=starting version=%s commit=%s workers=%d",
        build.VERSION,
        build.commit()[:12],
        config.WORKERS,
    )
    config, tend = with_embedded(config, stack)
    with _explained(config):
        listener.listen(_BACKLOG)
    log.info("%s", _welcome(config, listener))
    arguments = (_plain(vars(config)), listener)
    # One worker is this very process: half the memory of a supervisor with one child.
    if config.WORKERS == 1:
        work(*arguments, tend)
    else:
        stack.callback(stop_workers, config.GRACEFUL_TIMEOUT + _CLOSING)
        supervise(config.WORKERS, work, arguments, tend)


def work(
    settings: Mapping[str, Any], listener: socket.socket, tend: Callable[[], None] | None = None
) -> None:
    """Answer requests on a listening socket until SIGTERM or SIGINT; one process does that.

    Calls `tend`, if there is one, every second from this thread.
    """
    config = DefaultConfig(settings, settings["sources"])
    logs.configure(config.LOG_LEVEL)
    app = create_app(config)
    sys.setswitchinterval(SWITCH_SECONDS)
    # What is there now stays for good: let no collection in the middle of an answer go through it.
    gc.collect()
    gc.freeze()
    with _event_loop() as runner:
        runner.run(_tended(serve_app(app, _hypercorn(config, listener)), tend))


async def _tended(serving: Awaitable[None], tend: Callable[[], None] | None) -> None:
    async def keep_tending(tend: Callable[[], None]) -> None:
        while True:
            await asyncio.sleep(TEND_SECONDS)
            tend()

    tending = asyncio.create_task(keep_tending(tend)) if tend else None
    try:
        await serving
    finally:
        if tending is not None:
            tending.cancel()


def _bound(config: DefaultConfig) -> socket.socket:
    """The socket to listen on; it does not yet, so that nobody waits for a database to start."""
    with _explained(config), ExitStack() as stack:
        family, kind, protocol, _, address = socket.getaddrinfo(
            config.HOST or None, config.PORT, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        bound = stack.enter_context(socket.socket(family, kind, protocol))
        # Else the port of a server just stopped stays closed for a minute.
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(address)
        stack.pop_all()
    return bound


@contextmanager
def _explained(config: DefaultConfig) -> Iterator[None]:
    """Turn why the system does not let us listen into the setting that mends it."""
    try:
        yield
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            cure = "Another server is running there: stop it, or set PORT to another one"
        elif error.errno == errno.EACCES:
            cure = "Set PORT to one above 1023, or let this account use low ones"
        else:
            cure = "Set HOST to an address of this machine, or to 0.0.0.0 for all of them"
        raise ConfigurationError(
            f"cannot listen on {_address(config.HOST, config.PORT)}: {error.strerror}. {cure}."
        ) from error


def _welcome(config: DefaultConfig, listener: socket.socket) -> str:
    port = listener.getsockname()[1]
    root = config.APPLICATION_ROOT.rstrip("/")
    everywhere = config.HOST in _EVERYWHERE
    here = f"http://{_address('localhost' if everywhere else config.HOST, port)}{root}"
    there = config.PUBLIC_URL or (
        f"http://<address of this machine>:{port}{root}" if everywhere else here
    )
    return (
        f"Listening on {here}. For Lidarr to use it, set its metadataSource to {there} "
        "(PUT /api/v1/config/metadataprovider; there is no field for it in Lidarr's pages)."
    )


def _address(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def with_embedded(
    config: DefaultConfig, stack: ExitStack
) -> tuple[DefaultConfig, Callable[[], None]]:
    """Start the servers that no setting replaces.

    Returns the settings with their addresses in them, and what keeps these servers alive.
    The catalogue is needed, the caches are a help: without them the server says so and goes on.
    """
    catalogue = not config.DATABASE["host"]
    store, memory = not config.CACHE["postgres_url"], not config.CACHE["redis_url"]
    if not (catalogue or store or memory):
        return config, _nothing_to_tend
    folder = data_dir(config, os.environ)
    try:
        services = stack.enter_context(
            EmbeddedServices(folder, postgres=catalogue or store, valkey=memory)
        )
    except EmbeddedError as error:
        if catalogue:
            raise
        log.warning("event=caches_off cause=%r", str(error))
        return config, _nothing_to_tend
    if services.postgres is not None:
        with _event_loop() as runner:
            runner.run(_prepare_databases(services.postgres, config))
    return _addressed(config, services), services.revive


def _nothing_to_tend() -> None:
    """There are no servers of our own."""


async def _prepare_databases(address: PostgresAddress, config: DefaultConfig) -> None:
    """Make the databases that are to be embedded, the catalogue's with the sample in it."""
    wanted = {
        CATALOGUE: not config.DATABASE["host"],
        CACHE: not config.CACHE["postgres_url"],
    }
    connection = await asyncpg.connect(address.dsn("postgres"))
    try:
        rows = await connection.fetch("SELECT datname FROM pg_database")
        there = {row["datname"] for row in rows}
        for name in (name for name, needed in wanted.items() if needed and name not in there):
            await connection.execute(
                f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8' "
                "LC_COLLATE 'C' LC_CTYPE 'C'"
            )
    finally:
        await connection.close()
    if not (wanted[CATALOGUE] and config.SAMPLE_CATALOGUE):
        return
    connection = await asyncpg.connect(address.dsn(CATALOGUE))
    try:
        await load_sample(connection)
    finally:
        await connection.close()


def _addressed(config: DefaultConfig, services: EmbeddedServices) -> DefaultConfig:
    """The settings with the addresses of the embedded servers wherever there were none."""
    values, sources = dict(vars(config)), dict(config.sources)
    address = services.postgres
    if address is not None and not config.DATABASE["host"]:
        values["DATABASE"] = {
            "host": address.host,
            "port": address.port,
            "database": CATALOGUE,
            "user": address.user,
            "password": address.password,
        }
        sources["DATABASE__HOST"] = EMBEDDED
    redis_url, postgres_url = config.CACHE["redis_url"], config.CACHE["postgres_url"]
    if not redis_url and services.valkey_url:
        redis_url, sources["CACHE__REDIS_URL"] = services.valkey_url, EMBEDDED
    if not postgres_url and address:
        postgres_url, sources["CACHE__POSTGRES_URL"] = address.dsn(CACHE), EMBEDDED
    values["CACHE"] = {"redis_url": redis_url, "postgres_url": postgres_url}
    return type(config)(values, sources)


def _plain(value: Any) -> Any:  # noqa: ANN401 - whatever a setting holds
    """Settings as plain dicts; read-only ones cannot be handed to another process."""
    if isinstance(value, Mapping):
        return {key: _plain(entry) for key, entry in value.items()}
    return value


@contextmanager
def _event_loop() -> Iterator[asyncio.Runner]:
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        # A half-made loop complains when it is thrown away, so being told to stop waits for it.
        blocked = signal.pthread_sigmask(signal.SIG_BLOCK, _STOPS)
        try:
            runner.get_loop().set_exception_handler(_report)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
        yield runner


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    if importlib.util.find_spec("uvloop") is None:
        return None
    factory: Callable[[], asyncio.AbstractEventLoop] = importlib.import_module(
        "uvloop"
    ).new_event_loop
    return factory


def _report(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    # A connection cut off because the time to stop is over is no error, but Python 3.11's streams
    # call it one.
    if not isinstance(context.get("exception"), asyncio.CancelledError):
        loop.default_exception_handler(context)


def _hypercorn(config: DefaultConfig, listener: socket.socket) -> HypercornConfig:
    hypercorn = HypercornConfig()
    hypercorn.bind = [f"fd://{listener.detach()}"]  # it closes what it is given
    hypercorn.backlog = _BACKLOG
    hypercorn.graceful_timeout = config.GRACEFUL_TIMEOUT
    hypercorn.keep_alive_timeout = _KEEP_ALIVE
    hypercorn.keep_alive_max_requests = _MOST_REQUESTS
    hypercorn.h11_max_incomplete_size = _REQUEST_HEAD
    hypercorn.include_server_header = False
    hypercorn.errorlog = logging.getLogger("hypercorn")
    return hypercorn
