"""Which class of settings is used: one picked by key, dotted path or file, or config.py's."""

from __future__ import annotations

import importlib
import importlib.util
import logging
import re
import sys
import traceback
from contextlib import contextmanager
from importlib.machinery import ModuleSpec, SourceFileLoader
from typing import TYPE_CHECKING, Any, cast

from lidarrmetadata.config import ConfigMeta, DefaultConfig
from lidarrmetadata.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path
    from types import ModuleType

CHOICE = "LIDARR_METADATA_CONFIG"
OPERATOR_MODULE = "_lidarr_metadata_operator_config"
_log = logging.getLogger(__name__)


def chosen_class(choice: str, folder: Path) -> type[DefaultConfig]:
    """Return the class that `choice`, the value of `LIDARR_METADATA_CONFIG`, stands for.

    Files are looked for in `folder`; its config.py is used when nothing is chosen. Raises
    ConfigurationError when there is no such class or the operator's code fails.
    """
    if not choice:
        return _lying_there(folder) or DefaultConfig
    found: object
    if in_file := re.fullmatch(r"(.+\.py)(?::(\w+))?", choice):
        path = folder / in_file[1]
        if not path.is_file():
            raise ConfigurationError(f"{CHOICE} names {choice!r}, but there is no file {path}.")
        found = _class_of(_run(path), in_file[2])
    elif dotted := re.fullmatch(r"([\w.]+)[.:](\w+)", choice):
        with _running(f"{CHOICE}={choice}"):
            found = _class_of(importlib.import_module(dotted[1]), dotted[2])
    else:
        found = ConfigMeta.find(choice) or (_lying_there(folder) and ConfigMeta.find(choice))
    if isinstance(found, type) and issubclass(found, DefaultConfig):
        return found
    raise ConfigurationError(
        f"{CHOICE} is {choice!r}, where there is no class over lidarrmetadata.config.DefaultConfig;"
        f" name a key ({', '.join(ConfigMeta.classes)}), a dotted path "
        "or a file (config.py:Config)."
    )


def _lying_there(folder: Path) -> type[DefaultConfig] | None:
    """Return the class of the folder's `config.py`; None, told in the log, when it is not ours.

    Only a file that imports this package is run: others may do anything. Such a file that fails is
    the operator's, and raises ConfigurationError.
    """
    path = folder / "config.py"
    if not path.is_file():
        return None
    try:
        source = path.read_bytes()
    except OSError as error:
        _log.warning("config.py ignored path=%s reason=%s", path, error.strerror)
        return None
    found = None
    if re.search(rb"^[ \t]*(from|import)[ \t]+lidarrmetadata\b", source, re.MULTILINE):
        found = _class_of(_run(path), None)
    if found is None:
        _log.warning(
            "config.py ignored path=%s reason=it has no class over lidarrmetadata.config", path
        )
    return found


def _class_of(module: ModuleType, name: str | None) -> type[DefaultConfig] | None:
    """Return the class of this name; without one `Config`, else the last one defined there."""
    if name is None:
        own = [
            value
            for value in vars(module).values()
            if isinstance(value, ConfigMeta) and value.__module__ == module.__name__
        ]
        found: object = vars(module).get("Config", own[-1] if own else None)
    else:
        found = vars(module).get(name)
    return found if isinstance(found, type) and issubclass(found, DefaultConfig) else None


def _run(path: Path) -> ModuleType:
    loader = _UncachedLoader(OPERATOR_MODULE, str(path))
    spec = importlib.util.spec_from_file_location(OPERATOR_MODULE, path, loader=loader)
    module = importlib.util.module_from_spec(cast("ModuleSpec", spec))
    sys.modules[OPERATOR_MODULE] = module  # type hints and source files are looked up through it
    with _running(str(path)):
        loader.exec_module(module)
    return module


class _UncachedLoader(SourceFileLoader):
    """Compiles the file each time: no bytecode in the operator's folder, and no stale one read."""

    def path_stats(self, path: str) -> Mapping[str, Any]:
        """Refuse what bytecode is judged by, which makes the import system do without."""
        raise OSError(path)


@contextmanager
def _running(what: str) -> Iterator[None]:
    """Turn whatever an operator's own code raises into a ConfigurationError that says where."""
    try:
        yield
    except Exception as error:  # the code is the operator's: it may raise anything
        lines = [
            f" in line {frame.lineno}"
            for frame in traceback.extract_tb(error.__traceback__)
            if frame.filename == what
        ]
        raise ConfigurationError(
            f"{what} cannot be used for settings: {type(error).__name__}: {error}"
            f"{lines[-1] if lines else ''}."
        ) from error
