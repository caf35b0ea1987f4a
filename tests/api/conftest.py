"""A catalogue of thirty singers, and outside services that know them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests import dumps
from tests.api.singers import BUDGET, PATIENCE, choir, known_by

if TYPE_CHECKING:
    from lidarrmetadata.embedded import PostgresAddress
    from tests.dumps import Database
    from tests.internet import Internet


@pytest.fixture(scope="session")
def singers(postgres: PostgresAddress) -> Database:
    """The catalogue of tests/api/singers.py."""
    return dumps.create(postgres, "singers", choir().write)


@pytest.fixture
def known(internet: Internet) -> Internet:
    """Outside services that know the singers."""
    known_by(internet)
    return internet


@pytest.fixture
def settings(known: Internet, singers: Database) -> dict[str, Any]:
    """Settings of a server over both that gives sources little time."""
    patience = dict.fromkeys(
        ("FANART_TIMEOUT", "THEAUDIODB_TIMEOUT", "WIKIPEDIA_TIMEOUT"), PATIENCE
    )
    return {"DATABASE": singers, "ANSWER_BUDGET": BUDGET, **patience, **known.settings()}
