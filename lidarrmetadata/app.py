"""The application: routes, error handlers, start and stop."""

from __future__ import annotations

from typing import TYPE_CHECKING

from quart import Quart

from lidarrmetadata.routes import (
    about,
    album,
    artist,
    chart,
    errors,
    recent,
    refresh,
    search,
    series,
    spotify,
)
from lidarrmetadata.routes.current import SERVICES
from lidarrmetadata.routes.memory import FinishedAnswers
from lidarrmetadata.routes.paths import SettledPaths
from lidarrmetadata.services import Services

if TYPE_CHECKING:
    from lidarrmetadata.config import DefaultConfig
    from lidarrmetadata.resilience.clock import Clock


# Bytes of a request: ten thousand ids, and room to spare.
_LONGEST_BODY = 1024 * 1024


def create_app(config: DefaultConfig, clock: Clock | None = None) -> Quart:
    """An application over these settings.

    It opens its connections when it starts, and closes them when it stops.
    """
    app = Quart(__name__, static_folder=None)
    app.config["GZIP_MIN_BYTES"] = config.GZIP_MIN_BYTES
    app.config["MAX_CONTENT_LENGTH"] = _LONGEST_BODY
    app.config["PROVIDE_AUTOMATIC_OPTIONS"] = False  # its answer is no JSON, and nobody asks
    services = Services(config, clock)
    app.extensions[SERVICES] = services
    app.before_serving(services.open)
    app.after_serving(services.close)
    for family in (about, artist, album, chart, recent, refresh, search, series, spotify):
        app.register_blueprint(family.blueprint)
    errors.register(app)
    finished = FinishedAnswers(
        app.asgi_app,  # type: ignore[arg-type]
        services.answers,
        services.clock,
        services.documents.renew,
    )
    app.asgi_app = SettledPaths(finished, config.APPLICATION_ROOT)  # type: ignore[method-assign, assignment]
    return app
