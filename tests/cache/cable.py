"""Networks that break."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from asyncio import StreamReader, StreamWriter
    from collections.abc import AsyncIterator

    from lidarrmetadata.embedded import PostgresAddress


class Cable:
    """A way to a server's socket that breaks as networks do: nothing comes, nothing is closed."""

    def __init__(self, server: PostgresAddress) -> None:
        self._socket_path = f"{server.host}/.s.PGSQL.{server.port}"
        self._tasks: list[asyncio.Task[None]] = []
        self._ends: list[StreamWriter] = []
        self.connections = 0

    @asynccontextmanager
    async def plugged_in(self, database: str) -> AsyncIterator[str]:
        """The URL of a database, through the cable."""
        server = await asyncio.start_server(self._connect, "127.0.0.1", 0)
        login, _, rest = database.partition("@")
        port, name = server.sockets[0].getsockname()[1], rest.partition("?")[0]
        try:
            yield f"{login}@127.0.0.1:{port}{name}?sslmode=disable"
        finally:
            server.close()
            for end in self._ends:
                end.close()
            gone = [*self._tasks, *(end.wait_closed() for end in self._ends)]
            await asyncio.gather(*gone, return_exceptions=True)

    def break_connections(self) -> None:
        """Nothing passes any more on the connections there are; new ones work."""
        for task in self._tasks:
            task.cancel()

    async def _connect(self, near: StreamReader, back: StreamWriter) -> None:
        self.connections += 1
        far, forth = await asyncio.open_unix_connection(self._socket_path)
        self._ends += [back, forth]
        self._tasks += [
            asyncio.create_task(self._pass_on(near, forth)),
            asyncio.create_task(self._pass_on(far, back)),
        ]

    async def _pass_on(self, reader: StreamReader, writer: StreamWriter) -> None:
        while data := await reader.read(65536):
            writer.write(data)
        writer.close()
