"""Catalogues of real names, and what the back ends find in them; each made once a session."""

from __future__ import annotations

import asyncio
from functools import cache
from typing import TYPE_CHECKING

import pytest

from tests import dumps
from tests.search.backends import outcomes
from tests.search.catalogue import Names, all_names, small_names
from tests.search.report import Report
from tests.shared import shared_data

if TYPE_CHECKING:
    from collections.abc import Callable

    from lidarrmetadata.embedded import PostgresAddress
    from tests.dumps import Database

    Ask = Callable[[str], Report]


@pytest.fixture(scope="session")
def names() -> Names:
    """50,000 artists and 14,000 albums."""
    return all_names(shared_data("musicbrainz"))


@pytest.fixture(scope="session")
def names_catalogue(postgres: PostgresAddress, names: Names) -> Database:
    """Those in a MusicBrainz database."""
    return dumps.create(postgres, "names", names.catalogue.write)


@pytest.fixture(scope="session")
def few_names() -> Names:
    """Some hundred artists, for who has nothing but the checkout."""
    return small_names()


@pytest.fixture(scope="session")
def few_names_catalogue(postgres: PostgresAddress, few_names: Names) -> Database:
    """Those in a MusicBrainz database."""
    return dumps.create(postgres, "few_names", few_names.catalogue.write)


@pytest.fixture(scope="session")
def report_on(
    names: Names, names_catalogue: Database, tmp_path_factory: pytest.TempPathFactory
) -> Ask:
    """What a back end makes of the cases over all names: `report_on("index")`."""
    return _asker(names, names_catalogue, tmp_path_factory)


@pytest.fixture(scope="session")
def report_on_few(
    few_names: Names, few_names_catalogue: Database, tmp_path_factory: pytest.TempPathFactory
) -> Ask:
    """What a back end makes of the cases over the few names."""
    return _asker(few_names, few_names_catalogue, tmp_path_factory)


def _asker(names: Names, database: Database, folders: pytest.TempPathFactory) -> Ask:
    @cache
    def ask(backend: str) -> Report:
        folder = folders.mktemp("search")
        return Report(asyncio.run(outcomes(backend, database, names.labels, folder)))

    return ask
