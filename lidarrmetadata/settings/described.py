"""What is in force and where it is from, for people to read: secrets are masked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lidarrmetadata.settings.masking import masked

if TYPE_CHECKING:
    from lidarrmetadata.config import DefaultConfig


@dataclass(frozen=True)
class Described:
    """One setting in force: its name (`DATABASE__HOST` for an entry), its value, its origin.

    Secrets in `value` are `***`. `source` is `default`, the name of a class, `environment
    variable …`, `file … (…)` or `argument`.
    """

    name: str
    value: object
    source: str


def describe(config: DefaultConfig) -> list[Described]:
    """Return every setting in force with its origin, entries one by one, secrets masked."""
    described = []
    for name, source in config.sources.items():
        first, *keys = name.split("__")
        value = getattr(config, first)
        for key in keys:
            value = next(entry for known, entry in value.items() if known.upper() == key)
        described.append(Described(name, masked(name, value), source))
    return described
