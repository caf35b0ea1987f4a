"""Times, in milliseconds, of documents over HTTP, in psql, and of ready bytes over HTTP."""

from __future__ import annotations

import gzip
import http.client
import math
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import orjson

from bench import BenchError, psql
from lidarrmetadata.embedded.address import LOOPBACK

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import TracebackType

    from bench.cases import Case
    from bench.statements import Document
    from bench.target import Target

_WARM_UP = 5  # requests that do not count: connections are made, statements planned
_TIMEOUT = 60.0  # seconds
_HEADERS = {"Accept": "application/json", "Accept-Encoding": "gzip"}


@dataclass(frozen=True)
class Times:
    """Measured times in milliseconds, in no order."""

    values: tuple[float, ...]

    def __post_init__(self) -> None:
        if not self.values:
            raise ValueError("nothing was measured")

    @property
    def least(self) -> float:
        """The one that whatever else the machine did disturbed least."""
        return min(self.values)

    @property
    def p50(self) -> float:
        """The median."""
        return self.percentile(50)

    @property
    def p95(self) -> float:
        """What 95 of 100 do not exceed."""
        return self.percentile(95)

    def percentile(self, percent: float) -> float:
        """The least measured time that so many of 100 do not exceed."""
        ordered = sorted(self.values)
        rank = math.ceil(percent / 100 * len(ordered))
        return ordered[max(rank, 1) - 1]

    def as_json(self) -> dict[str, float | int]:
        """What the report keeps of them."""
        return {
            "least": round(self.least, 3),
            "p50": round(self.p50, 3),
            "p95": round(self.p95, 3),
            "measured": len(self.values),
        }


@dataclass(frozen=True)
class Result:
    """What was measured of a case. `size` is the median of the answers on the wire, in bytes."""

    case: Case
    http: Times
    psql: Times
    ceiling: Times
    size: int
    statements: int  # most of any document
    others: int  # round trips besides, most of any document

    @property
    def met(self) -> bool | None:
        """Whether the target is met, None for a case without one."""
        target = self.case.question.target
        return None if target is None else self.http.p50 <= target


class Client:
    """One connection that is kept, as Lidarr keeps its own."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection(LOOPBACK, port, timeout=_TIMEOUT)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close the connection."""
        self._connection.close()

    def get(self, path: str) -> tuple[float, bytes]:
        """Milliseconds until the last byte, and the document or bytes as they were on the wire.

        Raises `BenchError` for any answer but 200.
        """
        started = time.perf_counter()
        self._connection.request("GET", path, headers=_HEADERS)
        response = self._connection.getresponse()
        body = response.read()
        took = (time.perf_counter() - started) * 1000
        if response.status != http.client.OK:
            raise BenchError(f"{path} is answered {response.status}: {body[:500]!r}")
        return took, body


def measure(
    case: Case,
    recorded: Sequence[Document],
    target: Target,
    session: Mapping[str, str],
    server: Client,
    bare: Client,
    repeat: int,
) -> Result:
    """Measure a case whose documents the database has in memory.

    A case of one document is measured `repeat` times, one of many once for each of them.
    """
    rounds = 1 if case.question.many else repeat
    for path in case.paths[:_WARM_UP]:
        check(path, server.get(path)[1])
        bare.get("/1")
    paths = case.paths * rounds
    answers = [server.get(path) for path in paths]
    ready = [bare.get(f"/{len(body)}")[0] for _, body in answers]
    for path, (_, body) in zip(paths, answers, strict=True):
        check(path, body)
    sizes = sorted(len(body) for _, body in answers)
    return Result(
        case=case,
        http=Times(tuple(took for took, _ in answers)),
        psql=Times(tuple(psql.milliseconds(target, session, [*recorded] * rounds))),
        ceiling=Times(tuple(ready)),
        size=sizes[len(sizes) // 2],
        statements=max(len(document.sent) for document in recorded),
        others=max(document.others for document in recorded),
    )


def check(path: str, body: bytes) -> dict[str, Any]:
    """The document asked for; raises `BenchError` for another: an error is quick too."""
    packed = body.startswith(b"\x1f\x8b")
    document: dict[str, Any] = orjson.loads(gzip.decompress(body) if packed else body)
    if document["id"] != path.rpartition("/")[2]:
        raise BenchError(f"{path} is answered with another document: {document['id']}")
    return document
