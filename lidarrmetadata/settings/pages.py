"""The files written from the comments: docs/settings.md and the operator's config.py."""

from __future__ import annotations

import inspect
import json
import textwrap
from typing import TYPE_CHECKING

from lidarrmetadata import config as declared
from lidarrmetadata.config import DefaultConfig
from lidarrmetadata.settings.comments import documented
from lidarrmetadata.settings.kinds import kinds_of
from lidarrmetadata.settings.sheet import name_of

if TYPE_CHECKING:
    from lidarrmetadata.settings.kinds import Kind

PAGE = """# Settings

Nothing has to be set: the server runs with the defaults below. What is to be different is set in
the environment, or in a file `config.py`. A wrong value ends the start with a message that names
the setting and what would be right. `lidarr-metadata doctor` shows what is in force.

## In the environment

- By name: `PORT=8000`. Lists are separated by commas: `PROVIDERS=one,two`.
- An entry of a setting by two underscores, in any case: `CACHE__REDIS_URL=redis://cache:6379`. The
  setting as a whole takes a JSON object: `DATABASE={"host": "db", "port": 5433}`; entries it does
  not name keep their values.
- From a file, which suits secrets: `DATABASE__PASSWORD_FILE=/run/secrets/password` reads the value
  from there, less one line break at its end. This works for every setting and entry, but not both
  ways at once.
- With the name of the class in front, should a name be taken by another program:
  `DEFAULTCONFIG_PORT=8000`. This wins over the plain name, and a name that does not exist is told
  in the log.

## In config.py

A `config.py` in the folder the server is started in is read if it holds a class over one of the
classes in `lidarrmetadata.config`:

```python
from lidarrmetadata.config import ProductionConfig


class Config(ProductionConfig):
    PORT = 8000
    DATABASE = {"host": "db"}  # the other entries keep their values
```

The `config.py` that comes with the server names every setting, commented out.
`LIDARR_METADATA_CONFIG` picks another class: by key (`PRODUCTION`, `DEVELOPMENT`), by dotted path
(`lidarrmetadata.config.ProductionConfig`) or by file (`/etc/lidarr-metadata/config.py:Config`).

## What wins

From weakest to strongest: the default, `config.py` or the class picked, the plain name in the
environment, the name with a class in front (of several, the class derived furthest). An entry by
itself wins over the setting as a whole given in the same way.
"""
OPERATOR_FILE = '''"""The settings of this server. Nothing is required.

What is commented out has the value shown. Take the mark off a line to change it, or set the same
name in the environment, which wins over this file. docs/settings.md tells more.
"""

from lidarrmetadata.config import DefaultConfig


class Config(DefaultConfig):
    """What is different here; `ProductionConfig` as its base suits a server behind a proxy."""
'''


def settings_page() -> str:
    """Return docs/settings.md, written from the comments in `lidarrmetadata.config`."""
    kinds, page, section = kinds_of([DefaultConfig]), PAGE, ""
    for setting in documented(inspect.getsource(declared)):
        if setting.section != section:
            section = setting.section
            page += f"\n## {section}\n"
        kind, default = kinds[setting.name], getattr(DefaultConfig, setting.name)
        page += f"\n### `{setting.name}`\n\n{setting.comment}\n\n"
        if not setting.entries:
            page += f"- Type: {_type(kind)}\n- Default: `{_json(default)}`\n"
            page += f"- Environment: `{setting.name}`\n"
            continue
        page += "| Entry | Environment | Type | Default | |\n" + "| --- " * 5 + "|\n"
        for key, comment in setting.entries.items():
            page += f"| `{key}` | `{name_of((setting.name, key))}` | {_type(kind.entries[key])} "
            page += f"| `{_json(default[key])}` | {' '.join(comment.splitlines())} |\n"
    return page


def operator_file() -> str:
    """Return the operator's config.py: every setting explained and commented out."""
    text, section = OPERATOR_FILE, ""
    for setting in documented(inspect.getsource(declared)):
        if setting.section != section:
            section = setting.section
            text += f"\n    # --- {section} ---\n"
        assignment = textwrap.dedent(f"    {setting.assignment}").splitlines()
        text += "".join(f"\n    # {line}" for line in [*setting.comment.splitlines(), *assignment])
        text += "\n"
    return text


def _type(kind: Kind) -> str:
    name = "list" if kind.type is tuple else kind.type.__name__
    return f"{name}, {kind.expected}" if kind.rule or kind.type is bool else name


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
