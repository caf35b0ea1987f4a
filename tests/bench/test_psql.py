from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bench import BenchError, psql
from bench.statements import Document, Sent, recorder
from tests.catalogue.edge_cases import ADA, INKWELL

if TYPE_CHECKING:
    from bench.target import Target

AWKWARD = ['a"b', "c\\d", "e'f", "g,h", "{}", "", "NULL", "ø"]


async def test_arguments_arrive_as_they_were(edge_target: Target) -> None:
    connection = await edge_target.connect({})
    try:
        texts = await connection.fetchval(f"SELECT {psql.literal(AWKWARD)}::text[]")
        numbers = await connection.fetchval(f"SELECT {psql.literal([3, -1])}::int[]")
        truth = await connection.fetchval(f"SELECT {psql.literal(True)}")
        number = await connection.fetchval(f"SELECT {psql.literal(7)}")
        nothing = await connection.fetchval(f"SELECT {psql.literal([])}::int[]")
    finally:
        await connection.close()
    assert (texts, numbers, truth, number, nothing) == (AWKWARD, [3, -1], True, 7, [])


async def test_each_document_gets_a_time_of_its_own(edge_target: Target) -> None:
    async with recorder(edge_target) as provider:
        documents = [
            await provider.document("artist", ADA),
            await provider.document("album", INKWELL),
            await provider.document("album", INKWELL),
        ]
        times = psql.milliseconds(edge_target, provider.session, documents)
    assert len(times) == 3
    assert all(time > 0 for time in times)


def test_a_statement_that_fails_is_an_error_that_says_why(edge_target: Target) -> None:
    broken = Document(ADA, (Sent("artists", (["not a number"],)),), 0)
    with pytest.raises(BenchError, match="invalid input syntax for type integer"):
        psql.milliseconds(edge_target, {"search_path": "musicbrainz"}, [broken])
