"""Everything this package raises on purpose.

    MetadataError                500  base; anything that reaches a client as JSON `{"error": …}`
    ├── BadRequest               400  the request itself is wrong (malformed id, unknown filter)
    ├── Unauthorized             401  the key that this needs is missing or wrong
    ├── Forbidden                403  only this machine may ask for that
    ├── NotFound                 404  a healthy, complete source says there is no such thing
    ├── Busy                     409  what was asked for is under way already
    ├── TooMuch                  413  a list holds more than is answered at once
    ├── Unavailable              503  cannot be known at the moment; ask again later
    │   └── ProviderUnavailable  503  one source is down, slow, importing or not the one we need
    │       ├── Transient             it may be over in a moment (resilience/retry.py)
    │       ├── Inconsistent          rows refer to rows that are not there
    │       ├── RateLimited           our own limit forbids to ask (resilience/limit.py)
    │       └── BreakerOpen           it has failed too often to be asked (resilience/breaker.py)
    └── ContractBroken           503  a document Lidarr would choke on, and that cannot be mended
    ConfigurationError                a setting is wrong; raised at start, names setting and cure
    EmbeddedError                     an embedded server cannot run here; names cause and cure
    CacheUnavailable                  a cache cannot be read or written now (cache/store.py)
    Undecodable                       cached bytes that are not ours (cache/codec.py)
    IndexUnavailable, IndexBusy, …    the search index cannot be read or written (search/index/)
    NotPurged                         Cloudflare has not forgotten an answer (cache/zone.py)

Those below MetadataError become answers in `routes/errors.py`. ConfigurationError and EmbeddedError
end the program with their message, without a traceback: they speak to the operator. Of the others
CacheUnavailable alone leaves `cache/`, when something could not be said to it; `api/` makes it
Unavailable.
"""

from __future__ import annotations


class MetadataError(Exception):
    """Base of all errors that become an answer. `status` is the HTTP status it turns into."""

    status = 500


class BadRequest(MetadataError):
    """The client asked for something that cannot be meant."""

    status = 400


class Unauthorized(MetadataError):
    """The caller has not shown the key that this needs."""

    status = 401


class Forbidden(MetadataError):
    """The caller is somewhere else than on the machine the server runs on."""

    status = 403


class Busy(MetadataError):
    """What was asked for is under way already, here or in another process."""

    status = 409


class TooMuch(MetadataError):
    """More was asked for at once than is answered at once."""

    status = 413


class NotFound(MetadataError):
    """There is no such thing, and a healthy, complete source has positively said so.

    Lidarr deletes what is answered with 404, so nothing else may raise this.
    """

    status = 404


class Unavailable(MetadataError):
    """The answer cannot be known now. `retry_after` is in seconds."""

    status = 503

    def __init__(self, message: str, retry_after: int = 30) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class ProviderUnavailable(Unavailable):
    """A source is down, slow, half-imported or broken: never to be taken for "nothing there"."""


class Inconsistent(ProviderUnavailable):
    """A source contradicts itself about one of the things asked for; others may be well."""


class ContractBroken(Unavailable):
    """A document breaks what Lidarr relies on, in a way that cannot be mended. Never sent."""


class ConfigurationError(Exception):
    """A setting is missing, wrong or contradictory.

    The message names it and says what would be right.
    """


class EmbeddedError(Exception):
    """An embedded server cannot be started here. The message names the cause and the cure."""
