"""One source after the other, and when "not there" may be said."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lidarrmetadata.api.lookup import first_answer
from lidarrmetadata.errors import NotFound, ProviderUnavailable, Unavailable
from lidarrmetadata.provider.mixins import Found

if TYPE_CHECKING:
    from collections.abc import Sequence

MBID = "b10bbbfc-cf9e-42e0-be17-e2c3e1d2600d"

HAS_IT = Found({MBID: "document"}, frozenset())
HAS_IT_TOO = Found({MBID: "another"}, frozenset())
LACKS_IT: Found[str] = Found({}, frozenset({MBID}))
CANNOT_SAY: Found[str] = Found({}, frozenset())
IS_DOWN = ProviderUnavailable("it is down", 7)

Source = Found[str] | ProviderUnavailable


async def ask(*sources: Source) -> str:
    async def answer(source: Source, _: Sequence[str]) -> Found[str]:
        if isinstance(source, ProviderUnavailable):
            raise source
        return source

    return await first_answer(sources, answer, MBID, "artist")


@pytest.mark.parametrize(
    "sources",
    [
        (HAS_IT,),
        (HAS_IT, HAS_IT_TOO),
        (IS_DOWN, HAS_IT),
        (LACKS_IT, HAS_IT),
        (CANNOT_SAY, IS_DOWN, HAS_IT, LACKS_IT),
    ],
)
async def test_the_first_source_that_has_it_answers(sources: tuple[Source, ...]) -> None:
    assert await ask(*sources) == "document"


@pytest.mark.parametrize("sources", [(LACKS_IT,), (LACKS_IT, LACKS_IT)])
async def test_it_is_not_there_if_all_say_so(sources: tuple[Source, ...]) -> None:
    with pytest.raises(NotFound, match=MBID):
        await ask(*sources)


@pytest.mark.parametrize(
    "sources",
    [
        (IS_DOWN,),
        (CANNOT_SAY,),
        (LACKS_IT, IS_DOWN),
        (IS_DOWN, LACKS_IT),
        (LACKS_IT, CANNOT_SAY),
        (),
    ],
)
async def test_else_it_cannot_be_known_now(sources: tuple[Source, ...]) -> None:
    with pytest.raises(Unavailable) as raised:
        await ask(*sources)
    assert raised.value.retry_after > 0


async def test_the_reason_is_that_of_the_source_that_is_down() -> None:
    with pytest.raises(Unavailable, match="it is down") as raised:
        await ask(LACKS_IT, IS_DOWN)
    assert raised.value.retry_after == 7
