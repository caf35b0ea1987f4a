"""`lidarr-metadata-crawler` and `python -m crawler`."""

from __future__ import annotations

import click

from lidarrmetadata import build


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(build.VERSION, prog_name="lidarr-metadata-crawler")
def main() -> None:
    """Keep the caches of a server warm.

    This version of the server keeps no caches: there is nothing to warm, and the crawler says so
    and ends.
    """
    click.echo("This version of the server keeps no caches: there is nothing to warm.")


if __name__ == "__main__":
    main()
