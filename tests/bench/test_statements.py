from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bench import BenchError
from bench.statements import recorder
from tests.catalogue.edge_cases import ADA, INKWELL

if TYPE_CHECKING:
    from bench.target import Target

NOBODY_HAS_THIS_ID = "00000000-0000-4000-8000-000000000000"


async def test_what_an_album_takes_is_written_down_in_order_with_its_arguments(
    edge_target: Target,
) -> None:
    async with recorder(edge_target) as provider:
        await provider.document("album", INKWELL)
        album = await provider.document("album", INKWELL)
    names = [sent.name for sent in album.sent]
    assert names.index("release_groups") < names.index("releases") < names.index("tracks")
    asked = next(sent for sent in album.sent if sent.name == "release_groups")
    assert list(asked.arguments[0]) == [INKWELL]
    assert "FROM release_group" in asked.sql
    assert album.others >= 2  # its transaction begins and ends


async def test_looking_the_database_over_is_told_from_what_a_document_takes(
    edge_target: Target,
) -> None:
    async with recorder(edge_target) as provider:
        assert (await provider.document("artist", ADA)).looked_over
        assert not (await provider.document("artist", ADA)).looked_over


async def test_the_session_is_that_of_the_provider(edge_target: Target) -> None:
    async with recorder(edge_target) as provider:
        await provider.document("artist", ADA)
        assert provider.session["application_name"] == "lidarr-metadata"
        assert provider.session["default_transaction_read_only"] == "on"


async def test_a_document_that_is_not_there_is_an_error(edge_target: Target) -> None:
    async with recorder(edge_target) as provider:
        with pytest.raises(BenchError, match=NOBODY_HAS_THIS_ID):
            await provider.document("album", NOBODY_HAS_THIS_ID)
