"""The command line, `lidarr-metadata`."""

from __future__ import annotations

import sys
from typing import Any

import click

from lidarrmetadata import build, server
from lidarrmetadata.cli_search import search
from lidarrmetadata.errors import ConfigurationError, EmbeddedError
from lidarrmetadata.settings import load_config

# \b keeps click from joining the lines of the paragraph it begins.
_HELP = """A drop-in metadata server for Lidarr.

\b
Try it:       lidarr-metadata serve
              curl localhost:5001/artist/b10bbbfc-cf9e-42e0-be17-e2c3e1d2600d
Own mirror:   DATABASE__HOST=db.lan lidarr-metadata serve

Every setting is an environment variable or an attribute in ./config.py; docs/settings.md
explains them all.
"""


@click.group(help=_HELP, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(build.VERSION, prog_name="lidarr-metadata")
def cli() -> None:
    """Take the options that come before a command."""


@cli.command()
@click.option("--host", help="Address to listen on (setting HOST).")
@click.option("--port", type=click.IntRange(0, 65535), help="Port to listen on (setting PORT).")
@click.option("--workers", type=click.IntRange(1), help="Processes (setting WORKERS).")
@click.option(
    "--data-dir", type=click.Path(file_okay=False), help="Folder for data (setting DATA_DIR)."
)
def serve(**options: str | int | None) -> None:
    """Run the server until Ctrl-C or SIGTERM.

    Without a database of its own in the settings it starts an embedded one, with a sample catalogue
    in it. Everything it starts, it stops.
    """
    given: dict[str, Any] = {
        name.upper(): value for name, value in options.items() if value is not None
    }
    server.serve(load_config(**given))


cli.add_command(search)


def main() -> None:
    """Run the command line; what the operator has to mend is one line, not a traceback."""
    try:
        cli()
    except (ConfigurationError, EmbeddedError, ChildProcessError) as error:
        click.echo(f"lidarr-metadata: {error}", err=True)
        sys.exit(1)
