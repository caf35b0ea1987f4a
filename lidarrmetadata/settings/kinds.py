"""What a setting may hold, read from its annotation or else its default, and text made into it."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import NoneType, UnionType
from typing import (
    Annotated,
    Any,
    ClassVar,
    Union,
    cast,
    get_args,
    get_origin,
    get_type_hints,
    is_typeddict,
)

from lidarrmetadata.errors import ConfigurationError
from lidarrmetadata.setting_types import Rule

BOOLEANS = {
    **dict.fromkeys(("true", "yes", "on", "1"), True),
    **dict.fromkeys(("false", "no", "off", "0"), False),
}

PLAIN_TYPES: dict[type, str] = {
    bool: "true or false (also yes/no, on/off, 1/0)",
    int: "a whole number",
    float: "a number",
    str: "text",
    tuple: "a list, separated by commas or as JSON",
    dict: "a JSON object",
}


@dataclass(frozen=True)
class Kind:
    """What a setting may hold; for dicts the known entries, or in `other` the kind of any."""

    type: type
    rule: Rule | None = None
    optional: bool = False
    items: Kind | None = None
    entries: Mapping[str, Kind] = field(default_factory=dict)
    other: Kind | None = None

    @property
    def expected(self) -> str:
        """What completes "it must be …"."""
        return self.rule.expected if self.rule else PLAIN_TYPES.get(self.type, self.type.__name__)

    def entry(self, key: str) -> tuple[str, Kind] | None:
        """Return the entry of this name in any case: key as declared and kind, else None."""
        for known, kind in self.entries.items():
            if known.casefold() == key.casefold():
                return known, kind
        return (key.lower(), self.other) if self.other else None

    def checked(self, value: object) -> object:
        """Return the value in its written form; ValueError when the type or the rule refuses it."""
        if value is None and self.optional:
            return None
        if self.type is float and type(value) is int:
            value = float(value)
        if self.type is tuple and self.items and isinstance(value, list | tuple):
            value = tuple(self.items.checked(item) for item in value)
        # To Python, True is an int.
        if not isinstance(value, self.type) or (self.type is int and isinstance(value, bool)):
            raise ValueError(self.expected)
        if isinstance(value, float) and not math.isfinite(value):
            raise ValueError(self.expected)
        if self.rule:
            value = self.rule.tidy(value)
            if not self.rule.holds(value):
                raise ValueError(self.expected)
        return value

    def parsed(self, text: str) -> object:
        """Return what the text of a variable stands for, unchecked; ValueError for nothing."""
        if self.type is str:
            return text
        if self.type is tuple and self.items and not text.lstrip().startswith("["):
            return [self.items.parsed(item.strip()) for item in text.split(",") if item.strip()]
        if self.type in (tuple, dict):
            return json.loads(text)
        if self.type is bool and text.strip().lower() in BOOLEANS:
            return BOOLEANS[text.strip().lower()]
        if self.type in (int, float):
            return self.type(text)
        raise ValueError(self.expected)


def settings_of(klass: type) -> dict[str, Any]:
    """Return what this class itself sets, by name; its bases are left out."""
    return {
        name: value for name, value in vars(klass).items() if re.match(r"[A-Z][A-Z0-9_]*$", name)
    }


def kinds_of(lineage: Sequence[type]) -> dict[str, Kind]:
    """Return the kinds of all settings of these classes; the base that declares one decides."""
    kinds: dict[str, Kind] = {}
    for klass in lineage:
        hints = get_type_hints(klass, include_extras=True)
        for name, value in settings_of(klass).items():
            if name not in kinds:
                kinds[name] = (
                    _kind_of_hint(hints[name]) if name in hints else _kind_of_default(value)
                )
    return kinds


def _kind_of_hint(hint: object) -> Kind:
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is ClassVar:
        return _kind_of_hint(arguments[0])
    if origin is Annotated:
        rule = next((extra for extra in arguments[1:] if isinstance(extra, Rule)), None)
        return replace(_kind_of_hint(arguments[0]), rule=rule)
    if origin in (Union, UnionType):
        inner = next(argument for argument in arguments if argument is not NoneType)
        return replace(_kind_of_hint(inner), optional=NoneType in arguments)
    if is_typeddict(hint):
        entries = get_type_hints(cast("type", hint), include_extras=True)
        return Kind(dict, entries={key: _kind_of_hint(entry) for key, entry in entries.items()})
    plain = origin or hint
    if not isinstance(plain, type):
        raise ConfigurationError(f"{plain} is no type for a setting; take a plain one such as str.")
    if issubclass(plain, Mapping):
        return Kind(dict, other=_kind_of_hint(arguments[1] if arguments else str))
    if issubclass(plain, Sequence) and not issubclass(plain, str):
        return Kind(tuple, items=_kind_of_hint(arguments[0] if arguments else str))
    return Kind(plain)


def _kind_of_default(value: object) -> Kind:
    if isinstance(value, Mapping):
        return Kind(dict, entries={key: _kind_of_default(entry) for key, entry in value.items()})
    if isinstance(value, list | tuple):
        return Kind(tuple, items=_kind_of_default(value[0]) if value else Kind(str))
    return Kind(str, optional=True) if value is None else Kind(type(value))
