"""The files written from the comments in lidarrmetadata/config.py are in step with them."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
from pathlib import Path

from lidarrmetadata import config
from lidarrmetadata.config import DefaultConfig
from lidarrmetadata.settings import describe, documented, load_config

ROOT = Path(__file__).parent.parent


def written(folder: Path) -> tuple[str, str]:
    page, operator_file = folder / "settings.md", folder / "config.py"
    command = [sys.executable, "-W", "error", "-m", "lidarrmetadata.settings"]
    options = ["--write", str(page), "--write-operator-file", str(operator_file)]
    subprocess.run([*command, *options], check=True, cwd=ROOT)
    return page.read_text(encoding="utf-8"), operator_file.read_text(encoding="utf-8")


def test_the_page_and_the_operators_file_are_what_the_comments_make_of_them(tmp_path: Path) -> None:
    page, operator_file = written(tmp_path)
    cure = "run python -m lidarrmetadata.settings --write docs/settings.md"
    assert (ROOT / "docs/settings.md").read_text(encoding="utf-8") == page, cure
    cure = "run python -m lidarrmetadata.settings --write-operator-file config.py"
    assert (ROOT / "config.py").read_text(encoding="utf-8") == operator_file, cure


def test_every_setting_and_every_entry_has_a_comment() -> None:
    rows = documented(inspect.getsource(config))
    assert {row.name for row in rows} == {name for name in vars(DefaultConfig) if name.isupper()}
    assert [row.name for row in rows if not row.comment] == []
    bare = [f"{row.name}[{key}]" for row in rows for key, text in row.entries.items() if not text]
    assert bare == []
    entries = {row.name: set(row.entries) for row in rows if row.entries}
    assert entries == {
        name: set(value)
        for name, value in vars(DefaultConfig).items()
        if name.isupper() and isinstance(value, dict)
    }


def test_a_setting_without_a_comment_is_seen_as_such() -> None:
    [bare, good] = documented(
        "class DefaultConfig:\n"
        "    # --- Head ---\n\n"
        "    BARE: int = 1\n\n"
        "    # Why.\n"
        "    # And how.\n"
        "    GOOD: int = 2  # aside\n"
    )
    assert (bare.name, bare.comment, bare.section) == ("BARE", "", "Head")
    assert (good.comment, good.assignment) == ("Why.\nAnd how.", "GOOD = 2")


def test_the_page_has_every_variable_of_the_environment() -> None:
    page = (ROOT / "docs/settings.md").read_text(encoding="utf-8")
    assert [row.name for row in describe(load_config({})) if f"`{row.name}`" not in page] == []


def test_the_operators_file_as_it_comes_changes_nothing() -> None:
    loaded = load_config({}, ROOT)
    assert type(loaded).__name__ == "Config"
    assert {row.source for row in describe(loaded)} == {"default"}


def test_the_operators_file_with_every_mark_taken_off_holds_the_defaults(tmp_path: Path) -> None:
    text = (ROOT / "config.py").read_text(encoding="utf-8")
    code = r"^    # (?=[A-Z][A-Z0-9_]* = | {4}|[]}])"
    (tmp_path / "config.py").write_text(re.sub(code, "    ", text, flags=re.MULTILINE), "utf-8")
    loaded = describe(load_config({}, tmp_path))
    assert {row.source for row in loaded} == {"Config"}
    assert {row.name: row.value for row in loaded} == {
        row.name: row.value for row in describe(load_config({"LIDARR_METADATA_CONFIG": "default"}))
    }
