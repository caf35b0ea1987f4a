"""Searches an index in a process of its own until its input ends; then says what it saw.

python -m tests.search.index.asking <root>
"""

from __future__ import annotations

import json
import sys
import threading
from collections import Counter
from pathlib import Path

from lidarrmetadata.search.index.errors import IndexUnavailable
from lidarrmetadata.search.index.folder import IndexFolder
from tests.search.index.searching import Search


def main(root: str) -> None:
    search = Search(IndexFolder(Path(root), "embedded"))
    ended = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), ended.set()), daemon=True).start()
    seen: Counter[str] = Counter()
    search.everybody()
    print("searching", flush=True)  # noqa: T201
    while not ended.is_set():
        try:
            found = search.everybody()
        except IndexUnavailable as error:
            seen[str(error)] += 1
        else:
            seen[f"{len(found)} {len(set(found))}"] += 1
    print(json.dumps(seen))  # noqa: T201


if __name__ == "__main__":
    main(*sys.argv[1:])
