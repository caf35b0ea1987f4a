from __future__ import annotations

import pytest

from lidarrmetadata.settings import describe, load_config
from tests.settings.support import (
    empty_folder,  # noqa: F401 - in force by being imported
    refusal,
)

SECRETS = {
    "FANART_API_KEY": "hush",
    "SPOTIFY_CLIENT_SECRET": "hush",
    "CLOUDFLARE_API_TOKEN": "hush",
    "INVALIDATE_APIKEY": "hush",
    "SENTRY_DSN": "https://hush@sentry.example/1",
    "DATABASE__PASSWORD": "hush",
    "CACHE__REDIS_URL": "redis://:hu@hush@cache:6379/0",
    "CACHE__POSTGRES_URL": "postgresql://me:hush@db/cache?sslmode=require&password=hush",
    "SOLR_URL": "http://me:hush@solr:8983",
}


def test_what_is_in_force_is_described_without_its_secrets() -> None:
    rows = {row.name: row.value for row in describe(load_config(SECRETS))}
    assert "hush" not in str(rows)
    assert rows["FANART_API_KEY"] == rows["DATABASE__PASSWORD"] == rows["SENTRY_DSN"] == "***"
    assert rows["CACHE__REDIS_URL"] == "redis://:***@cache:6379/0"
    assert rows["CACHE__POSTGRES_URL"] == (
        "postgresql://me:***@db/cache?sslmode=require&password=***"
    )
    assert rows["SOLR_URL"] == "http://me:***@solr:8983"
    assert rows["FANART_CLIENT_KEY"] == ""
    assert rows["WIKIPEDIA_URL"] == "https://{lang}.wikipedia.org"
    assert rows["PORT"] == 5001


def test_the_repr_tells_what_is_set_and_no_secret() -> None:
    text = repr(load_config(SECRETS))
    assert "hush" not in text
    assert "FANART_API_KEY from environment variable FANART_API_KEY" in text
    assert repr(load_config({})) == "<DefaultConfig: all defaults>"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("FANART_API_KEY", "hush\nhush"),
        ("SENTRY_DSN", "hush"),
        ("DATABASE", '{"password": "hush"'),
        ("CACHE", '{"redis_url": "redis://:hush@cache"'),
        ("CACHE__REDIS_URL", "http://:hush@cache"),
        ("CACHE__REDIS_URL", "redis//:hush@cache"),
        ("CACHE__POSTGRES_URL", "me:hush@db"),
        ("SOLR_URL", "solr:8983?token=hush"),
    ],
)
def test_a_refusal_does_not_give_a_secret_away(name: str, text: str) -> None:
    message = refusal({name: text})
    assert f"environment variable {name}" in message
    assert "***" in message
    assert "hush" not in message
