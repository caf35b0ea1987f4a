from __future__ import annotations

import pytest

from bench.burst import Burst
from bench.hot import Hot
from bench.load import BARE, MEMORY, POSTGRES, Load, Point, Window
from bench.load_client import Outcome
from bench.load_report import Check, checks, load_table

ONE, MANY = Point("artist", "gzip", 1), Point("artist", "gzip", 64)


def windows(*rates: float, client: float = 0.5, processor: float = 0.0001) -> list[Window]:
    return [Window(Outcome(10, 12, rate, 1.0, 2.0, 3.0, client), processor, 0.0) for rate in rates]


def load(
    found: dict[tuple[str, Point], list[Window]],
    *,
    idle: int = 100_000_000,
    connections: int = 20,
    burst: tuple[float, ...] = (240.0,),
) -> Load:
    return Load(
        client="client",
        seconds=3.0,
        hot={"artist": Hot("/artist/id", 15_000)},
        windows=found,
        idle=idle,
        loaded=130_000_000,
        connections=connections,
        burst=Burst(20, burst),
    )


def check(load: Load, beginning: str) -> Check:
    return next(each for each in checks(load) if each.what.startswith(beginning))


def test_a_ratio_is_that_of_the_middle_round_of_rounds_measured_side_by_side() -> None:
    found = load(
        {(MEMORY, ONE): windows(900, 300, 80), (BARE, ONE): windows(1000, 1000, 100)},
    )
    assert found.ratios(MEMORY, BARE) == [0.8]
    assert check(found, f"{MEMORY} ÷ {BARE}").met is True


def test_the_point_in_the_middle_decides_and_the_range_is_told() -> None:
    found = load(
        {
            (MEMORY, ONE): windows(6000),
            (POSTGRES, ONE): windows(1000),
            (MEMORY, MANY): windows(9000),
            (POSTGRES, MANY): windows(1000),
        },
    )
    ratio = check(found, f"{MEMORY} ÷ {POSTGRES}")
    assert ratio.value == 7.5
    assert "(6.00–9.00)" in ratio.what
    assert ratio.met is False


def test_a_ratio_to_what_is_not_there_is_not_measured() -> None:
    found = load({(MEMORY, ONE): windows(6000), (BARE, ONE): windows(6000)})
    assert check(found, f"{MEMORY} ÷ {POSTGRES}").met is None
    table = load_table(found)
    assert f"{MEMORY} ÷ {POSTGRES}, target ≥ 8: not measured" in table
    assert "there is no PostgreSQL hit" in table


@pytest.mark.parametrize(
    ("idle", "connections", "burst", "met"),
    [
        (120_000_000, 20, (400.0, 250.0, 100.0), True),
        (120_000_001, 21, (400.0, 251.0, 100.0), False),
    ],
)
def test_memory_connections_and_the_burst_have_targets(
    idle: int, connections: int, burst: tuple[float, ...], met: bool
) -> None:
    found = load(
        {(MEMORY, ONE): windows(1), (BARE, ONE): windows(1)},
        idle=idle,
        connections=connections,
        burst=burst,
    )
    assert {check(found, what).met for what in ("memory of", "connections", "first 20")} == {met}


def test_it_is_told_where_the_client_and_not_the_server_is_the_limit() -> None:
    found = load(
        {
            (MEMORY, ONE): windows(1000, client=0.95, processor=0.0005),
            (BARE, ONE): windows(1000, client=0.95, processor=0.00095),
        },
    )
    table = load_table(found)
    assert f"the client could not ask faster: {MEMORY}, gzip artist on 1" in table
    assert f"on 1; {BARE}" not in table
