"""Loads the settings: the class chosen, the environment over it, arguments over both."""

from __future__ import annotations

import difflib
import inspect
import logging
import os
from pathlib import Path
from typing import TYPE_CHECKING

from lidarrmetadata.config import DefaultConfig
from lidarrmetadata.errors import ConfigurationError
from lidarrmetadata.settings.choice import CHOICE, OPERATOR_MODULE, chosen_class
from lidarrmetadata.settings.environment import put_environment
from lidarrmetadata.settings.kinds import settings_of
from lidarrmetadata.settings.sheet import Origin, Sheet, name_of, suggestion

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_log = logging.getLogger(__name__)


def load_config(
    environ: Mapping[str, str] | None = None, folder: Path | None = None, **overrides: object
) -> DefaultConfig:
    """Return the settings in force, checked and frozen, as an instance of the class chosen.

    Weakest first: the classes, base before derived; the environment (plain names, then prefixed
    ones, the most derived class last); `overrides`. `environ` is `os.environ` by default, `folder`
    (of config.py and of relative paths) the current one. Raises ConfigurationError, which names
    what is wrong and what would be right.
    """
    environ = os.environ if environ is None else environ
    folder = folder or Path.cwd()
    chosen = chosen_class(environ.get(CHOICE, ""), folder)
    lineage = [klass for klass in reversed(chosen.__mro__) if klass is not object]
    sheet = Sheet(lineage)
    _put_classes(sheet, lineage)
    put_environment(sheet, lineage, environ, folder)
    for name, value in overrides.items():
        target = sheet.find(name, "an argument")
        if target is None:
            raise ConfigurationError(f"{name} is no setting{sheet.nearest(name) or '.'}")
        sheet.put(*target, value, Origin("argument", "an argument"))
    values = sheet.nested()
    return chosen(values, {name_of(place): source for place, source in sheet.sources.items()})


def _put_classes(sheet: Sheet, lineage: Sequence[type]) -> None:
    for klass in lineage:
        file = inspect.getsourcefile(klass) if klass.__module__ == OPERATOR_MODULE else None
        where = f"class {klass.__name__} of {file or klass.__module__}"
        source = "default" if klass is DefaultConfig else klass.__name__
        for name, value in settings_of(klass).items():
            sheet.put((name,), sheet.kinds[name], value, Origin(source, where))
            # An annotation declares a new setting on purpose; without one it is a slip of the pen.
            if not any(name in inspect.get_annotations(base) for base in lineage):
                near = difflib.get_close_matches(name, settings_of(DefaultConfig), n=1)
                _log.warning("unknown setting name=%s in=%s%s", name, where, suggestion(near))
