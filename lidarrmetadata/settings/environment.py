"""What the environment overrides: by name, by name with a class in front, from a file (`_FILE`)."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from lidarrmetadata.errors import ConfigurationError
from lidarrmetadata.settings.sheet import Origin, name_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from lidarrmetadata.settings.kinds import Kind
    from lidarrmetadata.settings.sheet import Place, Sheet

_log = logging.getLogger(__name__)


def put_environment(
    sheet: Sheet, lineage: Sequence[type], environ: Mapping[str, str], folder: Path
) -> None:
    """Set what the variables set: plain names first, the most derived class's prefix last.

    A name with a prefix that is no setting is a warning. Raises ConfigurationError when two
    variables mean the same setting, a file cannot be read or a value is wrong.
    """
    prefixes = ["", *(f"{klass.__name__.upper()}_" for klass in lineage)]
    found: dict[tuple[int, int, Place], tuple[str, Kind]] = {}
    for variable in sorted(environ):
        ranks = [rank for rank, prefix in enumerate(prefixes) if variable.startswith(prefix)]
        for rank in ranks:
            name = variable.removeprefix(prefixes[rank])
            if name not in sheet.kinds:
                name = name.removesuffix("_FILE")
            target = sheet.find(name, f"environment variable {variable}")
            if target is None:
                continue
            place, kind = target
            other = found.setdefault((rank, len(place), place), (variable, kind))[0]
            if other != variable:
                raise ConfigurationError(
                    f"{other} and {variable} are both set in the environment and mean the same "
                    "setting; remove one of them."
                )
            break
        else:
            if len(ranks) > 1:
                name = variable.removeprefix(prefixes[ranks[-1]])
                _log.warning("unknown setting variable=%s%s", variable, sheet.nearest(name))
    for (_, _, place), (variable, kind) in sorted(found.items(), key=lambda item: item[0]):
        origin = Origin(f"environment variable {variable}", f"environment variable {variable}")
        text = environ[variable]
        if variable.endswith("_FILE") and not name_of(place).endswith("_FILE"):
            text, file = _content(variable, text, folder), f"file {text} ({variable})"
            origin = Origin(file, file)
        sheet.put_text(place, kind, text, origin)


def _content(variable: str, path: str, folder: Path) -> str:
    try:
        text = (folder / path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise ConfigurationError(
            f"{variable} names the file {path!r}, which cannot be read ({reason}); put the value "
            f"there, or remove {variable}."
        ) from error
    return text.removesuffix("\n")
