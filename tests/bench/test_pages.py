from __future__ import annotations

from typing import TYPE_CHECKING

from bench.pages import NESTED, count_pages
from bench.statements import recorder
from tests.catalogue.edge_cases import INKWELL, INKWELL_RELEASE_MERGED

if TYPE_CHECKING:
    from bench.target import Target


async def test_pages_of_every_statement_and_of_the_nested_form_are_counted(
    edge_target: Target,
) -> None:
    async with recorder(edge_target) as provider:
        await provider.document("album", INKWELL)
        album = await provider.document("album", INKWELL)
        pages = await count_pages(edge_target, provider.session, album)
    assert list(pages.by_statement) == [sent.name for sent in album.sent]
    assert pages.ours == sum(pages.by_statement.values())
    assert pages.by_statement["releases"] > 0
    assert pages.nested > 0
    assert pages.ratio == pages.ours / pages.nested


async def test_the_nested_form_holds_the_album_with_its_tracks(edge_target: Target) -> None:
    connection = await edge_target.connect({"search_path": "musicbrainz,public"})
    try:
        text = await connection.fetchval(NESTED.read_text(encoding="utf-8"), [INKWELL])
    finally:
        await connection.close()
    assert '"title":"Inkwell"' in text
    assert '"trackname":"Second Draft"' in text
    assert INKWELL_RELEASE_MERGED in text
