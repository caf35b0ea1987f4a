"""Times of documents about which nothing is remembered, so that outside services are asked."""

from __future__ import annotations

import http.client
import json
import time
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bench import BenchError, psql, servers
from bench.allowance import Allowance
from bench.cases import COLD_ARTIST
from bench.measure import Client, Times, check
from lidarrmetadata.embedded.address import LOOPBACK
from lidarrmetadata.provider.fanart import FanArtTvProvider
from lidarrmetadata.resilience.limit import Rate

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bench.cases import Case
    from bench.statements import Document
    from bench.target import Target

CHAIN = 2
"""Requests of which each needs what the one before it said: Wikidata, then Wikipedia."""
MOST = 1.3
"""Times the chain and the SQL that an album may take."""

# TheAudioDB is left out: of its 30 requests a minute one compilation uses up all.
_PROVIDERS = "musicbrainz_db,fanart,wikipedia"
_WARM_UP = 1  # documents that do not count: connections are made, statements planned
_TIMEOUT = 10.0  # seconds
_WIKIMEDIA = ("wikidata", "wikipedia")
_WIKIMEDIA_RATE = Rate(
    requests=200, seconds=60
)  # with a contact, which the stand-in's settings have
_LATE = 0.2  # seconds by which the server may have made a request later than we noted


@dataclass(frozen=True)
class ColdResult:
    """What was measured of a case, each document asked for once.

    `delay` is that of every outside service, in seconds; `requests` is what was asked of them for
    the documents that count, by service. `linked` of the documents have an overview.
    """

    case: Case
    delay: float
    http: Times
    psql: Times
    ceiling: Times
    size: int
    requests: Mapping[str, int]
    linked: int

    @property
    def least(self) -> float:
        """Milliseconds that no code can save: the chain, and the SQL in psql."""
        return CHAIN * self.delay * 1000 + self.psql.p50

    @property
    def target(self) -> float | None:
        """The median aimed at, in milliseconds; None without delay and for artists."""
        is_artist = self.case.question is COLD_ARTIST
        return None if is_artist or not self.delay else MOST * self.least

    @property
    def met(self) -> bool | None:
        """Whether the target is met, None without one."""
        return None if self.target is None else self.http.p50 <= self.target


class Outside:
    """The stand-in for outside services on a port, looked at through its control."""

    def __init__(self, port: int) -> None:
        self._port = port

    @property
    def settings(self) -> dict[str, str]:
        """The server's settings for asking it."""
        settings = {name: str(value) for name, value in self._summary()["settings"].items()}
        return {**settings, "PROVIDERS": _PROVIDERS}

    def asked(self) -> dict[str, int]:
        """Requests so far by service. Raises `BenchError` if the real ones would refuse one."""
        summary = self._summary()
        if violations := summary["violations"]:
            raise BenchError(
                f"the server asks {violations[0]['service']} what it would refuse: "
                f"{violations[0]['reason']}"
            )
        return {name: service["requests"] for name, service in summary["services"].items()}

    def _summary(self) -> dict[str, Any]:
        connection = http.client.HTTPConnection(LOOPBACK, self._port, timeout=_TIMEOUT)
        try:
            connection.request("GET", servers.CONTROL)
            summary: dict[str, Any] = json.loads(connection.getresponse().read())
        finally:
            connection.close()
        return summary


def measure_cold(
    case: Case,
    recorded: Sequence[Document],
    target: Target,
    session: Mapping[str, str],
    bare: int,
    delay: float,
) -> ColdResult:
    """Measure a case on a server of its own that knows nothing yet; `bare` is a port.

    Waits between documents as long as the services' rates demand: a server that has to wait for its
    turn is not what is measured. The first document does not count, unless it is the only one.
    """
    warm_up = min(_WARM_UP, len(recorded) - 1)
    with ExitStack() as stack:
        outside = Outside(stack.enter_context(servers.internet(delay)))
        server = stack.enter_context(
            Client(stack.enter_context(servers.product(target, outside.settings)))
        )
        asking = _Asking(server, outside)
        asking.ask(case.paths[:warm_up])
        before = outside.asked()
        answers = asking.ask(case.paths[warm_up:])
        after = outside.asked()
    sizes = sorted(len(body) for _, body in answers)
    with Client(bare) as client:
        ready = [client.get(f"/{size}")[0] for size in (1, *sizes)]
    counted = list(recorded[warm_up:])
    return ColdResult(
        case=case,
        delay=delay,
        http=Times(tuple(took for took, _ in answers)),
        psql=Times(tuple(psql.milliseconds(target, session, counted))),
        ceiling=Times(tuple(ready[1:])),
        size=sizes[len(sizes) // 2],
        requests={name: after[name] - before[name] for name in after if after[name]},
        linked=asking.linked,
    )


class _Asking:
    """Asks for documents no faster than the services behind them allow."""

    def __init__(self, server: Client, outside: Outside) -> None:
        self._server = server
        self._outside = outside
        self._allowances = {
            (FanArtTvProvider.name,): Allowance(FanArtTvProvider.rate),
            _WIKIMEDIA: Allowance(_WIKIMEDIA_RATE),
        }
        self._most = dict.fromkeys(self._allowances, 0)
        self.linked = 0

    def ask(self, paths: Sequence[str]) -> list[tuple[float, bytes]]:
        """The time and the body of each. Raises `BenchError` if the services were not heard."""
        answers = []
        self.linked = 0
        for path in paths:
            self._wait()
            before = self._outside.asked()
            answer = self._server.get(path)
            self._note(before, self._outside.asked())
            document = check(path, answer[1])
            linked = any("wikidata.org/" in link["target"] for link in document["links"])
            if linked and not document["overview"]:
                raise BenchError(f"{path} came without the overview that Wikipedia has for it")
            self.linked += linked
            answers.append(answer)
        return answers

    def _wait(self) -> None:
        now = time.monotonic()
        time.sleep(
            max(
                allowance.seconds_until(self._most[names], now)
                for names, allowance in self._allowances.items()
            )
        )

    def _note(self, before: Mapping[str, int], after: Mapping[str, int]) -> None:
        now = time.monotonic() + _LATE
        for names, allowance in self._allowances.items():
            many = sum(after[name] - before[name] for name in names)
            allowance.made(many, now)
            self._most[names] = max(self._most[names], many)
