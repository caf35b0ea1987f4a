"""The database that is measured, as each of its clients wants to be told of it."""

from __future__ import annotations

import getpass
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, unquote, urlsplit

import asyncpg

from bench import BenchError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lidarrmetadata.embedded import PostgresAddress

_SCHEMES = ("postgresql", "postgres")
_PORT = 5432  # PostgreSQL's own


@dataclass(frozen=True)
class Target:
    """A database; `host` is a name, an address or the folder of a Unix socket."""

    host: str
    port: int
    user: str
    password: str
    database: str

    @classmethod
    def of_url(cls, url: str) -> Target:
        """The database of a URL such as `postgresql://user:password@host:5432/name`.

        The folder of a Unix socket is given as `postgresql:///name?host=/run/postgresql`. Raises
        `BenchError` for anything else.
        """
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError as error:
            raise BenchError(f"--dsn: {error} in {url!r}; {_EXAMPLE}") from error
        database = unquote(parts.path.removeprefix("/"))
        if parts.scheme not in _SCHEMES or not database:
            raise BenchError(f"--dsn: {url!r} is not the URL of a database; {_EXAMPLE}")
        more = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        return cls(
            host=more.get("host") or unquote(parts.hostname or "") or "localhost",
            port=port or int(more.get("port", _PORT)),
            user=unquote(parts.username or "") or getpass.getuser(),
            password=unquote(parts.password or ""),
            database=database,
        )

    @classmethod
    def of_embedded(cls, server: PostgresAddress, database: str) -> Target:
        """A database of a server of our own."""
        return cls(server.host, server.port, server.user, server.password, database)

    async def connect(self, session: Mapping[str, str]) -> asyncpg.Connection:
        """A connection with these settings of the session."""
        return await asyncpg.connect(
            host=self.host,
            port=self.port,
            database=self.database,
            user=self.user,
            password=self.password or None,
            server_settings=dict(session),
        )

    @property
    def setting(self) -> dict[str, object]:
        """The server's setting `DATABASE`."""
        return {
            "host": self.host,
            "port": self.port,
            "database": self.database,
            "user": self.user,
            "password": self.password,
        }

    @property
    def server_environment(self) -> dict[str, str]:
        """The setting `DATABASE` as environment variables."""
        return {f"DATABASE__{name.upper()}": str(value) for name, value in self.setting.items()}

    @property
    def psql_environment(self) -> dict[str, str]:
        """What psql and everything else of libpq reads."""
        return {
            "PGHOST": self.host,
            "PGPORT": str(self.port),
            "PGDATABASE": self.database,
            "PGUSER": self.user,
            "PGPASSWORD": self.password,
        }


_EXAMPLE = "one looks like postgresql://user:password@localhost:5432/musicbrainz_db"
