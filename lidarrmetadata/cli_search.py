"""`lidarr-metadata search`: makes, updates and shows the built-in search index."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from contextlib import ExitStack, asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import click

from lidarrmetadata import logs
from lidarrmetadata.config import EMBEDDED
from lidarrmetadata.embedded.services import attach
from lidarrmetadata.errors import EmbeddedError, MetadataError
from lidarrmetadata.provider.http import Tools
from lidarrmetadata.provider.mixins import NamesMixin
from lidarrmetadata.provider.registry import Providers
from lidarrmetadata.resilience.clock import SystemClock
from lidarrmetadata.search.index.build import build
from lidarrmetadata.search.index.errors import (
    IndexBusy,
    IndexUnavailable,
    IndexUnwritable,
    RebuildNeeded,
)
from lidarrmetadata.search.index.folder import IndexFolder
from lidarrmetadata.search.index.reader import check
from lidarrmetadata.search.index.update import update
from lidarrmetadata.server import CATALOGUE, with_embedded
from lidarrmetadata.settings import data_dir, load_config

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from lidarrmetadata.config import DefaultConfig
    from lidarrmetadata.documents import Kind
    from lidarrmetadata.embedded.address import Addresses
    from lidarrmetadata.search.index.build import Progress

_SAY_SECONDS = 10.0  # between two lines about a build that no terminal shows
_ERRORS = (IndexBusy, IndexUnavailable, IndexUnwritable, RebuildNeeded, MetadataError, OSError)


# \b keeps click from joining the lines of the paragraph it begins.
_HELP = """Make, update and show the built-in search index.

It is a folder of files, made from the catalogue and read by every server process. Without one
the server searches in the catalogue's own database, which forgives no typos. For the embedded
catalogue the server makes it by itself; for a database of your own:

\b
  DATABASE__HOST=db.lan lidarr-metadata search build     once
  DATABASE__HOST=db.lan lidarr-metadata search update    every hour, by cron

Both may run while the server does. It goes on with the old index until the new one is whole, and
takes that up within a second.
"""


@click.group(help=_HELP)
def search() -> None:
    """Hold the commands together."""


@search.command(name="build")
@click.option(
    "--anew", is_flag=True, help="Begin from the start, even if an earlier build was cut off."
)
def build_command(anew: bool) -> None:
    """Make the index from the whole catalogue.

    Takes some minutes for all of MusicBrainz, about 1 GB of disk, and SEARCH_INDEX_MEMORY of
    memory. One that is cut off goes on where it was when it is called again within a day.
    """
    with _explained(), _config() as config:
        folder = IndexFolder.of(config)
        begun = time.monotonic()

        async def run() -> None:
            async with _catalogue(config) as catalogue:
                with _Bar() as bar:
                    state = await build(
                        catalogue,
                        folder,
                        memory=config.SEARCH_INDEX_MEMORY,
                        progress=bar.show,
                        anew=anew,
                    )
            click.echo(
                f"Indexed {state.artists:,} artists and {state.albums:,} albums in "
                f"{time.monotonic() - begun:.0f} seconds, in {folder.path}"
            )

        asyncio.run(run())


@search.command(name="update")
def update_command() -> None:
    """Bring the index up to what has changed in the catalogue.

    Takes seconds when called every hour. If too much has changed it says that the index has to be
    built anew.
    """
    with _explained(), _config() as config:

        async def run() -> None:
            async with _catalogue(config) as catalogue:
                updated = await update(
                    catalogue, IndexFolder.of(config), memory=config.SEARCH_INDEX_MEMORY
                )
            click.echo(f"Updated {updated.artists:,} artists and {updated.albums:,} albums")

        asyncio.run(run())


@search.command()
def status() -> None:
    """Show where the index is, how much is in it, how old it is and what it takes on disk."""
    with _explained():
        folder = IndexFolder.of(load_config())
        state = check(folder)
        generation = folder.current()
        now = datetime.now(UTC)
        rows = {
            "folder": str(generation.path),
            "artists": f"{state.artists:,}",
            "albums": f"{state.albums:,}",
            "built": _age(state.built, now),
            "updated": _age(state.updated, now),
            "on disk": f"{generation.bytes() / 1e6:,.1f} MB",
        }
        for name, value in rows.items():
            click.echo(f"{name:8} {value}")


class _Bar:
    """Shows how far a build is: a bar on a terminal, a line now and then elsewhere."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._is_terminal = sys.stderr.isatty()
        self._kind: Kind | None = None
        self._bar: click._termui_impl.ProgressBar[int] | None = None
        self._said = time.monotonic()

    def __enter__(self) -> _Bar:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def show(self, progress: Progress) -> None:
        """Show this."""
        if self._is_terminal:
            self._move(progress)
        elif time.monotonic() - self._said >= _SAY_SECONDS:
            self._said = time.monotonic()
            click.echo(f"{progress.done:,} of about {progress.about:,} {progress.kind}s", err=True)

    def _move(self, progress: Progress) -> None:
        if self._bar is None or self._kind != progress.kind:
            self._stack.close()
            self._kind = progress.kind
            self._bar = self._stack.enter_context(
                click.progressbar(
                    length=progress.about,
                    label=f"{progress.kind}s".ljust(8),
                    show_pos=True,
                    file=sys.stderr,
                )
            )
        self._bar.length = progress.about
        self._bar.update(progress.done - self._bar.pos)


@contextmanager
def _explained() -> Iterator[None]:
    """Say in one line what went wrong."""
    try:
        yield
    except _ERRORS as error:
        raise click.ClickException(str(error)) from error


@contextmanager
def _config() -> Iterator[DefaultConfig]:
    """The settings, with the address of the embedded database if that is the catalogue.

    It is started unless a server runs that has it. Raises `EmbeddedError`.
    """
    config = load_config()
    logs.configure("WARNING")
    with ExitStack() as stack:
        if not config.DATABASE["host"]:
            try:
                config = _joined(config, attach(data_dir(config, os.environ)))
            except EmbeddedError:
                config, _ = with_embedded(config, stack)
        yield config


def _joined(config: DefaultConfig, running: Addresses) -> DefaultConfig:
    """The settings, leading to the embedded catalogue of a server that runs."""
    address = running.postgres
    if address is None:
        raise click.ClickException(
            "the server that runs in this DATA_DIR has no embedded catalogue: set DATABASE__HOST "
            "as it is set for the server"
        )
    database = {
        "host": address.host,
        "port": address.port,
        "database": CATALOGUE,
        "user": address.user,
        "password": address.password,
    }
    sources = {**config.sources, "DATABASE__HOST": EMBEDDED}
    return type(config)({**vars(config), "DATABASE": database}, sources)


@asynccontextmanager
async def _catalogue(config: DefaultConfig) -> AsyncIterator[NamesMixin]:
    """The first of the PROVIDERS that can list its names, opened."""
    providers = Providers(config, Tools.of_this_process(SystemClock()))
    catalogues = providers.having(NamesMixin)
    if not catalogues:
        raise click.ClickException(
            "none of the PROVIDERS can list its names: put musicbrainz_db among them"
        )
    try:
        await providers.open()
        yield catalogues[0]
    finally:
        await providers.close()


def _age(text: str, now: datetime) -> str:
    then = datetime.fromisoformat(text)
    age = timedelta(seconds=round((now - then).total_seconds()))
    return f"{then.astimezone():%Y-%m-%d %H:%M} ({age} ago)"
