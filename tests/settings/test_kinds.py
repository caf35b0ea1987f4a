from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import pytest

from lidarrmetadata.config import ProductionConfig
from lidarrmetadata.settings import load_config
from tests.settings.support import (
    OURS,
    empty_folder,  # noqa: F401 - in force by being imported
    refusal,
    source,
)

if TYPE_CHECKING:
    from pathlib import Path


class OwnConfig(ProductionConfig):
    """What an operator might add: settings of a source of his own."""

    NICKNAME: str | None = None
    RATIO = 0.5
    WEIGHTS: ClassVar[dict[str, int]] = {"title": 3}
    STEPS: tuple[int, ...] = (1, 2)


OWN = {"LIDARR_METADATA_CONFIG": f"{__name__}.OwnConfig"}


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("PORT", "8000", 8000),
        ("PORT", "0", 0),
        ("APPLICATION_ROOT", "/lidarr/", "/lidarr"),
        ("HOST", "workstation", "workstation"),
        ("OPERATOR_CONTACT", "", ""),
        ("ANSWER_BUDGET", "2.5", 2.5),
        ("ANSWER_BUDGET", "2", 2.0),
        ("MEMORY_CACHE_BYTES", "0", 0),
        ("PROVIDERS", "one, two,", ("one", "two")),
        ("PROVIDERS", '["one", "two"]', ("one", "two")),
        ("UNKNOWN_RELEASE_STATUS", "pseudo-release", "Pseudo-Release"),
        ("UNKNOWN_RELEASE_STATUS", "HIDE", "hide"),
        ("LOG_LEVEL", "debug", "DEBUG"),
        ("SOLR_URL", "http://solr:8983/solr/", "http://solr:8983/solr"),
        *[("SAMPLE_CATALOGUE", yes, True) for yes in ("true", "1", "Yes", "ON")],
        *[("SAMPLE_CATALOGUE", no, False) for no in ("false", "0", "No", "off")],
    ],
)
def test_text_becomes_a_value_of_the_settings_type(name: str, text: str, value: object) -> None:
    config = load_config({name: text})
    assert getattr(config, name) == value
    assert type(getattr(config, name)) is type(value)
    assert source(config, name) == f"environment variable {name}"


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("PORT", "abc", "a port from 0 to 65535"),
        ("PORT", "", "a port from 0 to 65535"),
        ("PORT", "65536", "a port from 0 to 65535"),
        ("PORT", "-1", "a port from 0 to 65535"),
        ("PORT", "80.5", "a port from 0 to 65535"),
        ("DATABASE__PORT", "0", "a port from 1 to 65535"),
        ("WORKERS", "0", "a whole number, 1 or more"),
        ("MUSICBRAINZ_TIMEOUT", "0", "a number of seconds above 0"),
        ("MUSICBRAINZ_TIMEOUT", "nan", "a number of seconds above 0"),
        ("MUSICBRAINZ_TIMEOUT", "inf", "a number of seconds above 0"),
        ("SAMPLE_CATALOGUE", "maybe", "true or false"),
        ("SAMPLE_CATALOGUE", "", "true or false"),
        ("FANART_URL", "fanart.tv", "http:// or https://"),
        ("FANART_URL", "", "http:// or https://"),
        ("FANART_URL", "https://", "http:// or https://"),
        ("CACHE__REDIS_URL", "http://cache", "redis://, rediss:// or unix://"),
        ("CACHE__POSTGRES_URL", "mysql://cache", "postgresql://"),
        ("APPLICATION_ROOT", "lidarr", "a path beginning with /"),
        ("APPLICATION_ROOT", "", "a path beginning with /"),
        ("OPERATOR_CONTACT", "me\nX-Header: you", "one line"),
        ("UNKNOWN_RELEASE_STATUS", "Unknown", "Official, Promotion, Bootleg, Pseudo-Release, hide"),
        ("PROVIDERS", "", "a list of at least one name"),
        ("PROVIDERS", '["one"', "a list of at least one name"),
        ("PROVIDERS", "[1]", "a list of at least one name"),
        ("CACHE_TTL", "300", "a JSON object"),
        ("CACHE_TTL__ALBUM", "0", "a whole number of seconds, 1 or more"),
    ],
)
def test_a_wrong_value_names_the_variable_the_value_and_what_would_be_right(
    name: str, text: str, expected: str
) -> None:
    message = refusal({name: text})
    assert f"environment variable {name};" in message
    assert expected in message
    assert repr(text) in message


def test_settings_an_operator_adds_are_read_by_their_own_types() -> None:
    own = vars(load_config({**OWN, "NICKNAME": "n", "WEIGHTS__ARTIST": "5", "RATIO": "1"}))
    assert (own["NICKNAME"], own["RATIO"]) == ("n", 1.0)
    assert own["WEIGHTS"] == {"title": 3, "artist": 5}
    assert vars(load_config(OWN))["NICKNAME"] is None
    assert vars(load_config({**OWN, "STEPS": "3,4"}))["STEPS"] == (3, 4)
    assert "WEIGHTS__ARTIST is 'x'" in refusal({**OWN, "WEIGHTS__ARTIST": "x"})


def test_settings_an_operator_adds_without_a_type_take_it_from_their_value(tmp_path: Path) -> None:
    body = "    SIZES = [250]\n    LIMITS = {'low': 1}\n    WORDS = ()\n    LABEL = None\n"
    (tmp_path / "config.py").write_text(f"{OURS}class Config(DefaultConfig):\n{body}")
    own = vars(load_config({"SIZES": "500,1200", "LIMITS__LOW": "2", "WORDS": "a", "LABEL": "b"}))
    assert (own["SIZES"], own["LIMITS"]) == ((500, 1200), {"low": 2})
    assert (own["WORDS"], own["LABEL"]) == (("a",), "b")
    assert "LIMITS__HIGH, which is no setting" in refusal({"LIMITS__HIGH": "2"})


def test_a_setting_of_a_type_that_text_cannot_name_is_refused(tmp_path: Path) -> None:
    body = "from typing import Literal\nclass Config(DefaultConfig):\n    SIZE: Literal[1] = 1\n"
    (tmp_path / "config.py").write_text(OURS + body)
    assert "no type for a setting" in refusal({})
