"""A launcher in a process of its own, to be killed, interrupted and asked by the tests.

    python launcher.py DATA_DIR [--as-uid N] [--no-postgres] [--no-valkey] [--deaf]

Writes one line of JSON when the servers are ready, or the message of an EmbeddedError and leaves
with code 3. Then obeys its standard input: "raise" raises, its end means to leave in peace.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
from dataclasses import asdict

from lidarrmetadata.embedded import EmbeddedServices
from lidarrmetadata.errors import EmbeddedError


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("data_dir")
    parser.add_argument("--as-uid", type=int)
    parser.add_argument("--no-postgres", action="store_true")
    parser.add_argument("--no-valkey", action="store_true")
    parser.add_argument("--deaf", action="store_true")
    asked = parser.parse_args()
    if asked.as_uid is not None:
        os.setgroups([])
        os.setgid(asked.as_uid)
        os.setuid(asked.as_uid)
    if asked.deaf:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with EmbeddedServices(
            asked.data_dir, postgres=not asked.no_postgres, valkey=not asked.no_valkey
        ) as services:
            postgres = asdict(services.postgres) if services.postgres else None
            sys.stdout.write(json.dumps({"postgres": postgres, "valkey_url": services.valkey_url}))
            sys.stdout.write("\n")
            sys.stdout.flush()
            if sys.stdin.readline().strip() == "raise":
                raise RuntimeError("as asked")
    except EmbeddedError as error:
        sys.stdout.write(f"{error}\n")
        sys.exit(3)


if __name__ == "__main__":
    main()
