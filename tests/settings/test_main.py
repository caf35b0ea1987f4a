from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def test_the_program_says_how_to_use_it() -> None:
    command = [sys.executable, "-m", "lidarrmetadata.settings"]
    root = Path(__file__).parents[2]
    helped = subprocess.run(
        [*command, "--help"], check=True, cwd=root, capture_output=True, text=True
    )
    assert "--write-operator-file" in helped.stdout
    idle = subprocess.run(command, check=False, cwd=root, capture_output=True, text=True)
    assert idle.returncode == 2
    assert "say what to write" in idle.stderr
