from __future__ import annotations

import pytest

from bench.measure import Times


def test_percentiles_are_measured_times_that_so_many_do_not_exceed() -> None:
    times = Times(tuple(float(number) for number in range(100, 0, -1)))
    assert (times.least, times.p50, times.p95) == (1.0, 50.0, 95.0)
    assert times.percentile(100) == 100.0
    assert times.percentile(0) == 1.0


def test_of_few_times_the_95th_percentile_is_the_longest() -> None:
    assert Times((3.0, 1.0, 2.0)).p95 == 3.0
    assert Times((7.0,)).p50 == 7.0


def test_no_times_have_no_percentile() -> None:
    with pytest.raises(ValueError, match="nothing was measured"):
        Times(())
