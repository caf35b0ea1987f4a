from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from lidarrmetadata.errors import ProviderUnavailable
from lidarrmetadata.provider.coalesce import Coalescer

if TYPE_CHECKING:
    from collections.abc import Sequence


class Oracle:
    """Knows the length of every key but of "untold"; asked for "down", it is."""

    def __init__(self) -> None:
        self.asked: list[list[str]] = []

    async def ask(self, keys: Sequence[str]) -> dict[str, int]:
        self.asked.append(list(keys))
        await asyncio.sleep(0)
        if "down" in keys:
            raise ProviderUnavailable("down")
        return {key: len(key) for key in keys if key != "untold"}


async def test_what_is_asked_at_the_same_moment_is_asked_as_one() -> None:
    oracle = Oracle()
    together = Coalescer(oracle.ask)
    answers = await asyncio.gather(together.get(["a", "bb"]), together.get(["bb", "ccc"]))
    assert list(answers) == [{"a": 1, "bb": 2}, {"bb": 2, "ccc": 3}]
    assert oracle.asked == [["a", "bb", "ccc"]]
    assert await together.get(["a"]) == {"a": 1}
    assert len(oracle.asked) == 2


async def test_who_was_told_nothing_is_unavailable_and_the_others_are_told() -> None:
    together = Coalescer(Oracle().ask)
    one, other = await asyncio.gather(
        together.get(["a"]), together.get(["untold"]), return_exceptions=True
    )
    assert one == {"a": 1}
    assert isinstance(other, ProviderUnavailable)


async def test_a_failure_reaches_everybody_and_the_next_ask_anew() -> None:
    together = Coalescer(Oracle().ask)
    failures = await asyncio.gather(
        together.get(["a"]), together.get(["down"]), return_exceptions=True
    )
    assert [str(failure) for failure in failures] == ["down", "down"]
    assert await together.get(["a"]) == {"a": 1}


async def test_one_who_goes_away_takes_nobody_along() -> None:
    together = Coalescer(Oracle().ask)
    gone, stays = (asyncio.create_task(together.get([key])) for key in ("a", "bb"))
    await asyncio.sleep(0)
    gone.cancel()
    assert await stays == {"bb": 2}
    assert gone.cancelled()


async def test_what_is_under_way_ends_with_close() -> None:
    together = Coalescer(Oracle().ask)
    waiting = asyncio.create_task(together.get(["a"]))
    await asyncio.sleep(0)
    await together.close()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert await together.get(["a"]) == {"a": 1}
