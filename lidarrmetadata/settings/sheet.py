"""The values of all settings with their origins, filled in layer over layer and checked."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

from lidarrmetadata.errors import ConfigurationError
from lidarrmetadata.settings.kinds import Kind, kinds_of
from lidarrmetadata.settings.masking import is_secret, masked

Place = tuple[str, ...]  # ("PORT",) or ("DATABASE", "host")


class Origin(NamedTuple):
    """Where a value is from: `source` as in `Described`, `where` as an error message says it."""

    source: str
    where: str


def name_of(place: Place) -> str:
    """Return the name the environment has for it: `DATABASE__HOST`."""
    return "__".join(place).upper()


def suggestion(near: Sequence[str]) -> str:
    """Return a half sentence that suggests the first of these names, if there is one."""
    return f"; did you mean {near[0]}?" if near else ""


class Sheet:
    """The settings of one class while they are being filled in, layer over layer."""

    def __init__(self, lineage: Sequence[type]) -> None:
        self.kinds = kinds_of(lineage)
        self.values: dict[Place, Any] = {}
        self.sources: dict[Place, str] = {}

    def names(self) -> list[str]:
        """All settings and entries, as the environment names them."""
        whole = [name for name, kind in self.kinds.items() if kind.type is dict]
        return [*whole, *map(name_of, self.values)]

    def nearest(self, name: str) -> str:
        """Return a half sentence that suggests the known name most like this one, or nothing."""
        return suggestion(difflib.get_close_matches(name.upper(), self.names(), n=1))

    def find(self, name: str, where: str) -> tuple[Place, Kind] | None:
        """Return what a name such as `DATABASE__HOST` stands for, None when it is nobody's.

        Raises ConfigurationError when it is an unknown entry of a known setting.
        """
        first, *keys = name.split("__")
        kind = self.kinds.get(first)
        if kind is None or (keys and kind.type is not dict):
            return None
        place: Place = (first,)
        for key in keys:
            place, kind = self.entry(place, kind, key, where)
        return place, kind

    def entry(self, place: Place, kind: Kind, key: object, where: str) -> tuple[Place, Kind]:
        """Return place and kind of an entry; ConfigurationError when there is no such entry."""
        found = kind.entry(key) if isinstance(key, str) else None
        if found is None:
            name = name_of((*place, str(key)))
            raise ConfigurationError(
                f"{where} sets {name}, which is no setting{self.nearest(name) or '.'} "
                f"{name_of(place)} has the entries {', '.join(kind.entries)}."
            )
        return (*place, found[0]), found[1]

    def put(self, place: Place, kind: Kind, value: object, origin: Origin) -> None:
        """Set one setting, or entry by entry one that has entries; others keep their values."""
        if kind.type is dict and isinstance(value, Mapping):
            for key, entry in value.items():
                self.put(*self.entry(place, kind, key, origin.where), entry, origin)
            return
        try:
            self.values[place] = kind.checked(value)
        except ValueError:
            raise self.refused(place, kind, value, origin) from None
        self.sources[place] = origin.source

    def put_text(self, place: Place, kind: Kind, text: str, origin: Origin) -> None:
        """Set a setting to what the text of an environment variable or file stands for."""
        try:
            value = kind.parsed(text)
            if not (kind.type is dict and isinstance(value, Mapping)):
                kind.checked(value)
        except ValueError:
            raise self.refused(place, kind, text, origin) from None
        self.put(place, kind, value, origin)

    def refused(
        self, place: Place, kind: Kind, value: object, origin: Origin
    ) -> ConfigurationError:
        """Return the error that names the setting, its value (secrets masked) and the cure."""
        name = name_of(place)
        secret = any(is_secret(name_of((*place, entry))) for entry in kind.entries)
        shown = "***" if secret else masked(name, value)
        return ConfigurationError(
            f"{name} is {shown!r} in {origin.where}; it must be {kind.expected}."
        )

    def nested(self) -> dict[str, Any]:
        """Values by setting; those with entries as read-only mappings."""
        tree: dict[str, Any] = {n: {} for n, kind in self.kinds.items() if kind.type is dict}
        for place, value in self.values.items():
            branch = tree
            for key in place[:-1]:
                branch = branch.setdefault(key, {})
            branch[place[-1]] = value
        return {name: _read_only(value) for name, value in tree.items()}


def _read_only(value: object) -> object:
    if not isinstance(value, dict):
        return value
    return MappingProxyType({key: _read_only(entry) for key, entry in value.items()})
