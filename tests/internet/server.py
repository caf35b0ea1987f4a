"""The replay server: one loopback port behind which all outside services are."""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING, Any, Self, TypeVar

from aiohttp import web

from tests.internet import control
from tests.internet.facts import Facts
from tests.internet.ledger import Violation
from tests.internet.service import Service, World, not_found
from tests.internet.services import SERVICES

if TYPE_CHECKING:
    from types import TracebackType

S = TypeVar("S", bound=Service)

LOOPBACK = "127.0.0.1"
BACKLOG = 1024
STOP_SECONDS = 0.2  # nobody is left to read what is still unanswered then


class Internet:
    """All outside services. `async with Internet() as internet:` runs it in this event loop.

    Each service is an attribute (`internet.wikipedia`), with its ledger and its faults
    (`Service`). What the services know is `facts`.
    """

    def __init__(self, port: int = 0) -> None:
        self.facts = Facts()
        self._world = World(self.facts)
        self._world.services.extend(kind(self._world) for kind in SERVICES)
        self._services = {service.name: service for service in self._world.services}
        self._by_prefix = {
            prefix: service
            for service in self._world.services
            for prefix in service.prefixes or (service.name,)
        }
        self._port = port
        self._socket: socket.socket | None = None
        self._site: web.SockSite | None = None
        self._outage: asyncio.Task[None] | None = None
        application = web.Application()
        application.router.add_route("*", "/{path:.*}", self._receive)
        # Requests that hang, or wait, end when the client hangs up.
        self._runner = web.AppRunner(
            application,
            access_log=None,
            handler_cancellation=True,
            shutdown_timeout=STOP_SECONDS,
        )

    def __getattr__(self, name: str) -> Service:
        try:
            return self.__dict__["_services"][name]  # type: ignore[no-any-return]
        except KeyError:
            raise AttributeError(f"there is no service {name!r}") from None

    def service(self, kind: type[S]) -> S:
        """The service of this class, for what only this class has."""
        service = self._services[kind.name]
        assert isinstance(service, kind)
        return service

    @property
    def services(self) -> dict[str, Service]:
        """All services by name."""
        return dict(self._services)

    @property
    def violations(self) -> list[Violation]:
        """What was asked in a way the real services forbid; at most 1,000 are kept."""
        return self._world.violations

    @property
    def knows_everything(self) -> bool:
        """Whether ids that were never registered get plausible, distinct answers too."""
        return self.facts.knows_everything

    @knows_everything.setter
    def knows_everything(self, value: bool) -> None:
        self.facts.knows_everything = value

    @property
    def enforces_limits(self) -> bool:
        """Whether the services answer 429 when more is asked than they allow."""
        return self._world.enforces_limits

    @enforces_limits.setter
    def enforces_limits(self, value: bool) -> None:
        self._world.enforces_limits = value

    @property
    def url(self) -> str:
        """Address of the server, without a slash at the end; the port stays the same for good."""
        assert self._port, "the replay server has not been started"
        return f"http://{LOOPBACK}:{self._port}"

    def settings(self) -> dict[str, Any]:
        """The settings that send a server here instead of the internet, with keys that work."""
        settings: dict[str, Any] = {}
        for service in self._world.services:
            settings |= service.settings(self.url)
        return settings

    def recovers(self) -> None:
        """Lift the faults of all services."""
        for service in self._world.services:
            service.recovers()

    def forget(self) -> None:
        """Begin a new page in all ledgers, violations included."""
        for service in self._world.services:
            service.forget()
        self._world.violations.clear()

    async def down(self) -> None:
        """Cut all connections and refuse new ones."""
        if self._site is None:
            return
        await self._site.stop()
        self._site = None
        assert self._runner.server is not None
        for connection in self._runner.server.connections:
            connection.force_close()
        # A socket that is bound and does not listen refuses, and nobody else gets the port.
        self._socket = self._bound()

    def goes_down(self, seconds: float) -> None:
        """Be down for this long, beginning when this event loop gets round to it."""
        self._outage = asyncio.create_task(self._out_for(seconds))

    async def _out_for(self, seconds: float) -> None:
        await self.down()
        await asyncio.sleep(seconds)
        await self.up()

    async def up(self) -> None:
        """Accept connections (again), on the same port."""
        if self._site is not None:
            return
        self._site = web.SockSite(self._runner, self._socket or self._bound(), backlog=BACKLOG)
        self._socket = None
        await self._site.start()

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        await self.up()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._outage is not None:
            self._outage.cancel()
            await asyncio.wait([self._outage])
        self.recovers()
        await self._runner.cleanup()
        if self._socket is not None:
            self._socket.close()

    def _bound(self) -> socket.socket:
        bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            bound.bind((LOOPBACK, self._port))
        except OSError:
            bound.close()
            raise
        self._port = bound.getsockname()[1]
        return bound

    async def _receive(self, request: web.Request) -> web.StreamResponse:
        path = request.rel_url.raw_path
        prefix = path.split("/", 2)[1]
        if prefix == control.PREFIX:
            return await control.answer(self, request)
        service = self._by_prefix.get(prefix)
        if service is None:
            known = ", ".join(sorted(self._by_prefix))
            reason = f"no such service; there are {known}"
            self._world.record(Violation("", reason, str(request.rel_url)))
            return not_found(reason)
        return await service.receive(request, path)
