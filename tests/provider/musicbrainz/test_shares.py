"""Who may hold how many connections."""

from __future__ import annotations

from contextlib import AsyncExitStack

import pytest

from lidarrmetadata.provider.musicbrainz.shares import Share, Shares


async def taken(held: AsyncExitStack, share: Share) -> int:
    """Take turns until one would have to be waited for; how many connections that is."""
    for number in range(100):
        if any(turn.locked() for turn in share.turns):
            return number
        for turn in share.turns:
            await held.enter_async_context(turn)
    raise AssertionError("there is no end to it")


@pytest.mark.parametrize("size", range(4, 30))
async def test_nobody_can_take_all_that_others_need(size: int) -> None:
    shares = Shares(size)
    async with AsyncExitStack() as held:
        albums = await taken(held, shares.albums)
        artists = await taken(held, shares.artists)
        vintage = await taken(held, shares.vintage)
        changes = await taken(held, shares.changes)
    assert 0 < artists <= albums <= 0.6 * size
    assert vintage == changes == 1
    assert albums + artists + vintage + changes <= size


@pytest.mark.parametrize("size", range(6, 30))
async def test_searches_and_names_are_left_some_and_take_few(size: int) -> None:
    for first in ("artists", "albums"):
        shares = Shares(size)
        async with AsyncExitStack() as held:
            documents = await taken(held, vars(shares)[first])
            searches = await taken(held, shares.search)
            names = await taken(held, shares.names)
        assert 1 <= searches <= 2
        assert names == 1
        assert documents + searches + names + 2 <= size  # with the vintage and the changes


@pytest.mark.parametrize("size", [1, 2, 3])
async def test_of_few_connections_each_may_have_one(size: int) -> None:
    for name in ("artists", "albums", "search", "vintage", "changes", "names"):
        share = vars(Shares(size))[name]
        async with AsyncExitStack() as held:
            assert await taken(held, share) == 1
