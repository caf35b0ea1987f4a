"""`lidarr-metadata-crawler` and `python -m crawler`."""

from __future__ import annotations

import click

from lidarrmetadata import build


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(build.VERSION, prog_name="lidarr-metadata-crawler")
def main() -> None:
    """Keep the caches of a server warm.

    This version of the server fetches what it is asked for, and fetches it anew, by itself: there
    is nothing to warm ahead of time, and the crawler says so and ends.
    """
    click.echo("This version of the server warms its caches by itself: nothing to do.")


if __name__ == "__main__":
    main()
