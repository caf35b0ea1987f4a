from __future__ import annotations

import stat
from typing import TYPE_CHECKING

from lidarrmetadata.embedded.copies import copied, fingerprint

if TYPE_CHECKING:
    from pathlib import Path


def test_everybody_may_read_and_run_a_copy_and_nothing_unused_is_in_it(tmp_path: Path) -> None:
    source = tmp_path / "installed"
    for name in ("lib/cube.so", "lib/libpq.a", "include/libpq.h"):
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).touch(0o600)
    (source / "server").touch(0o700)
    made = copied(tmp_path / "programs", "postgresql", "1", {"pg": source})
    modes = {
        str(path.relative_to(made)): stat.S_IMODE(path.stat().st_mode) for path in made.rglob("*")
    }
    assert modes == {"pg": 0o755, "pg/server": 0o755, "pg/lib": 0o755, "pg/lib/cube.so": 0o644}


def test_half_a_copy_and_older_ones_go_and_other_programs_stay(tmp_path: Path) -> None:
    (tmp_path / "server").touch()
    programs = tmp_path / "programs"
    for name in ("valkey-1", "valkey-2.new", "postgresql-1"):
        (programs / name).mkdir(parents=True)
    made = copied(programs, "valkey", "2", {"valkey-server": tmp_path / "server"})
    assert made == programs / "valkey-2"
    assert sorted(path.name for path in programs.iterdir()) == ["postgresql-1", "valkey-2"]


def test_a_replaced_program_has_another_fingerprint(tmp_path: Path) -> None:
    program = tmp_path / "server"
    program.write_text("one")
    before = fingerprint(program)
    assert fingerprint(program) == before
    program.write_text("another")
    assert fingerprint(program) != before
