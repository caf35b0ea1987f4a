from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lidarrmetadata.build import checkout_state

if TYPE_CHECKING:
    from pathlib import Path

COMMIT = "0123456789abcdef0123456789abcdef01234567"
OTHER = "f" * 40


@pytest.fixture
def git(tmp_path: Path) -> Path:
    """A `.git` folder on a branch without commits."""
    (tmp_path / "refs/heads/feature").mkdir(parents=True)
    (tmp_path / "HEAD").write_text("ref: refs/heads/feature/search\n")
    return tmp_path


def test_a_branch_is_read_from_its_own_file(git: Path) -> None:
    (git / "refs/heads/feature/search").write_text(f"{COMMIT}\n")
    assert checkout_state(git) == ("feature/search", COMMIT)


def test_a_packed_branch_is_told_from_others_with_a_like_name(git: Path) -> None:
    (git / "packed-refs").write_text(
        "# pack-refs with: peeled fully-peeled sorted\n"
        f"{OTHER} refs/heads/feature/search2\n"
        f"{OTHER} refs/remotes/origin/feature/search\n"
        f"{COMMIT} refs/heads/feature/search\n"
        f"^{OTHER}\n"
    )
    assert checkout_state(git) == ("feature/search", COMMIT)


def test_the_branch_s_own_file_is_newer_than_the_packed_one(git: Path) -> None:
    (git / "packed-refs").write_text(f"{OTHER} refs/heads/feature/search\n")
    (git / "refs/heads/feature/search").write_text(f"{COMMIT}\n")
    assert checkout_state(git) == ("feature/search", COMMIT)


def test_a_checked_out_commit_has_no_branch(git: Path) -> None:
    (git / "HEAD").write_text(f"{COMMIT}\n")
    assert checkout_state(git) == ("detached", COMMIT)


def test_what_cannot_be_read_is_unknown(git: Path, tmp_path: Path) -> None:
    assert checkout_state(git)[1] == "unknown"
    assert checkout_state(tmp_path / "nowhere") == ("unknown", "unknown")
    (git / "HEAD").write_bytes(b"\xff\xfe")
    assert checkout_state(git) == ("unknown", "unknown")
