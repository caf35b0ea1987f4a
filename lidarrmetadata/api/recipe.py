"""What documents are made by: when that changes, those made before are not what they would be."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import orjson

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lidarrmetadata.config import DefaultConfig

# Goes up with every version of this program that makes another document of the same facts.
_EDITION = 1
_SETTINGS = (
    "UNKNOWN_RELEASE_STATUS",
    "COLLABORATIONS",
    "PREFERRED_ALIAS_LOCALES",
    "EXCLUDED_MEDIA_FORMATS",
    "OVERVIEW_LANGUAGES",
    "COVERARTARCHIVE_URL",
    "IMAGE_CACHE_URL",
)


def recipe(config: DefaultConfig, sources: Iterable[str]) -> str:
    """A word that is another one whenever documents of the same facts would be others.

    `sources` are the names of the providers that documents are made of, in their order. A catalogue
    is known by where it is, less its port, which for an embedded one is another after each start.
    """
    ingredients = {
        "edition": _EDITION,
        "sources": list(sources),
        "catalogue": [config.DATABASE["host"], config.DATABASE["database"]],
        **{name: getattr(config, name) for name in _SETTINGS},
    }
    return hashlib.blake2b(orjson.dumps(ingredients, default=list), digest_size=8).hexdigest()
