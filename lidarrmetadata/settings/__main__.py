"""Writes docs/settings.md and the operator's config.py; run it after every change to a setting."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from lidarrmetadata.settings.pages import operator_file, settings_page

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the files made from the comments in `lidarrmetadata.config`, as asked for."""
    parser = argparse.ArgumentParser(
        prog="python -m lidarrmetadata.settings",
        description="Write the files made from the comments in lidarrmetadata/config.py.",
    )
    parser.add_argument("--write", type=Path, metavar="docs/settings.md", help="write the page")
    parser.add_argument(
        "--write-operator-file", type=Path, metavar="config.py", help="write the operator's file"
    )
    asked = parser.parse_args(arguments)
    if not (asked.write or asked.write_operator_file):
        parser.error("say what to write: --write or --write-operator-file")
    if asked.write:
        asked.write.write_text(settings_page(), encoding="utf-8")
    if asked.write_operator_file:
        asked.write_operator_file.write_text(operator_file(), encoding="utf-8")


if __name__ == "__main__":
    main()
