from __future__ import annotations

from typing import Any

import pytest

from lidarrmetadata.api.recipe import recipe
from lidarrmetadata.settings import load_config

SOURCES = ["musicbrainz_db", "fanart"]
DATABASE = {"host": "db.example", "port": 5432, "database": "musicbrainz", "user": "u"}


def of(**settings: Any) -> str:
    environ = {"LIDARR_METADATA_CONFIG": "TEST"}
    return recipe(load_config(environ=environ, **{"DATABASE": DATABASE, **settings}), SOURCES)


def test_the_same_settings_are_the_same_recipe_in_every_process() -> None:
    assert of() == of()
    assert len(of()) == 16


@pytest.mark.parametrize(
    "settings",
    [
        {"UNKNOWN_RELEASE_STATUS": "hide"},
        {"PREFERRED_ALIAS_LOCALES": ["de"]},
        {"EXCLUDED_MEDIA_FORMATS": ["Vinyl"]},
        {"OVERVIEW_LANGUAGES": ["de", "en"]},
        {"COVERARTARCHIVE_URL": "https://covers.example"},
        {"IMAGE_CACHE_URL": "https://images.example"},
        {"DATABASE": {**DATABASE, "host": "other.example"}},
        {"DATABASE": {**DATABASE, "database": "other"}},
    ],
)
def test_what_makes_other_documents_is_another_recipe(settings: dict[str, Any]) -> None:
    assert of(**settings) != of()


@pytest.mark.parametrize(
    "settings",
    [
        {"PORT": 9999},
        {"ANSWER_BUDGET": 1.0},
        {"DATABASE": {**DATABASE, "port": 6543}},  # an embedded one has another after each start
        {"DATABASE": {**DATABASE, "user": "other", "password": "secret"}},
    ],
)
def test_what_makes_the_same_documents_is_the_same_recipe(settings: dict[str, Any]) -> None:
    assert of(**settings) == of()


def test_sources_and_their_order_are_part_of_it() -> None:
    config = load_config(environ={"LIDARR_METADATA_CONFIG": "TEST"})
    orders = [SOURCES, SOURCES[::-1], SOURCES[:1]]
    assert len({recipe(config, sources) for sources in orders}) == 3
