"""Whatever is typed into a search box is answered: with what was found, or with what was wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.search.backends import BACKENDS, served
from tests.search.hostile import bear, hostile_queries

if TYPE_CHECKING:
    from pathlib import Path

    from tests.dumps import Database

MANY = 1000  # for each back end; `python -m tests.search.report --hostile 5000` asks more


@pytest.mark.parametrize("backend", BACKENDS)
async def test_hostile_queries_are_answered_with_200_or_400(
    backend: str, few_names_catalogue: Database, tmp_path: Path
) -> None:
    async with served(backend, few_names_catalogue, tmp_path) as http:
        borne = await bear(http, hostile_queries(MANY))
    assert set(borne.statuses) <= {200, 400}
    assert borne.statuses[200] > MANY // 2
    assert borne.unreadable == []
