"""spotipy, held to limits. It blocks: called in threads only, and imported only where it is used.

spotipy itself would try again for minutes, wait for as long as bytes trickle in, keep tokens in a
file, and log the client's secret. So it gets a session, a place for tokens and a logger of ours.
"""

from __future__ import annotations

import io
import logging
import threading
import time
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import requests
import spotipy
from spotipy.cache_handler import MemoryCacheHandler
from spotipy.exceptions import SpotifyException, SpotifyOauthError
from spotipy.oauth2 import SpotifyClientCredentials, SpotifyOAuth
from urllib3.exceptions import HTTPError as Urllib3Error
from urllib3.exceptions import TimeoutError as Urllib3Timeout

from lidarrmetadata.errors import ProviderUnavailable
from lidarrmetadata.provider.http import user_agent
from lidarrmetadata.provider.spotify import NotAllowed, NotThere, Refused
from lidarrmetadata.provider.spotify_token import TokenCache
from lidarrmetadata.resilience.retry import Transient
from lidarrmetadata.resilience.retry_after import retry_after

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lidarrmetadata.config import DefaultConfig

# At DEBUG it writes down Authorization headers, at ERROR every id that Spotify does not know.
logging.getLogger("spotipy").setLevel(logging.CRITICAL)

_MOST_BYTES = 8 * 1024 * 1024  # of an answer
_PORTION = 64 * 1024  # bytes
_PAUSE = 30.0  # seconds, for a 429 without Retry-After: limits are for any 30 seconds
_BAD_REQUEST = 400
_UNAUTHORISED = 401
_FORBIDDEN = 403
_NOT_FOUND = 404
_TOO_MANY = 429
_SERVER_ERROR = 500
_REFUSED = ("invalid_grant", "invalid_request")


class BoundedSession(requests.Session):
    """Asks once. What it returns has been read whole, in `seconds` of waiting for each part.

    Raises `Transient` for 429 and 5xx, and for connections that fail, and `ProviderUnavailable` for
    what takes too long or comes from somebody else than Spotify.
    """

    def __init__(self, agent: str, seconds: float) -> None:
        super().__init__()
        self.trust_env = False  # or a .netrc would take the place of the token
        self.headers["User-Agent"] = agent
        self.headers["Accept-Encoding"] = "identity"  # so that what is counted is what there is
        self._seconds = seconds

    def request(self, method: str, url: str, **options: Any) -> requests.Response:  # type: ignore[override] # noqa: ANN401
        """One request; spotipy's wishes for timeouts are not heard."""
        deadline = time.monotonic() + self._seconds
        options |= {"stream": True, "allow_redirects": False, "timeout": self._seconds}
        try:
            response = super().request(method, url, **options)
            try:
                body = _read(response, deadline)
            finally:
                response.raw.close()
        except (requests.Timeout, Urllib3Timeout):
            raise _too_slow(self._seconds) from None
        except (OSError, Urllib3Error) as error:  # of which every error of requests is one
            raise Transient(f"spotify cannot be reached: {type(error).__name__}") from None
        response.raw = io.BytesIO(body)
        _judge(response)
        return response


class Credentials(SpotifyClientCredentials):  # type: ignore[misc]
    """The app's own log-in: when several threads are in want of a token, one fetches it."""

    def __init__(self, seconds: float, **options: Any) -> None:  # noqa: ANN401
        super().__init__(**options)
        self._turn = threading.Lock()
        self._seconds = seconds

    def get_access_token(self, as_dict: bool = False, check_cache: bool = True) -> str:
        """The token as text."""
        if not self._turn.acquire(timeout=self._seconds):
            raise _too_slow(self._seconds)
        try:
            return str(super().get_access_token(as_dict=False, check_cache=check_cache))
        finally:
            self._turn.release()


class UserLogIn(SpotifyOAuth):  # type: ignore[misc]
    """The log-in of one user, whose tokens are handed on as Spotify gives them, and not kept."""

    def _add_custom_values_to_token_info(self, token: dict[str, Any]) -> dict[str, Any]:
        return token


class SpotifyClient:
    """What we ask Spotify. Everything blocks, for a few times `SPOTIFY_TIMEOUT` at most.

    Raises `NotThere`, `NotAllowed`, `Refused`, else `ProviderUnavailable`.
    """

    def __init__(self, config: DefaultConfig) -> None:
        self._config = config
        self._seconds = config.SPOTIFY_TIMEOUT
        self._tokens = TokenCache(
            config.CACHE["redis_url"], f"{config.SPOTIFY_CLIENT_ID} {config.SPOTIFY_ACCOUNTS_URL}"
        )
        self._session = self._new_session()
        self._credentials = Credentials(
            self._seconds,
            client_id=config.SPOTIFY_CLIENT_ID,
            client_secret=config.SPOTIFY_CLIENT_SECRET,
            requests_session=self._session,
            cache_handler=self._tokens,
        )
        self._credentials.OAUTH_TOKEN_URL = self._token_url
        self._web = spotipy.Spotify(auth_manager=self._credentials, requests_session=self._session)
        self._web.prefix = f"{config.SPOTIFY_URL}/"

    def album(self, spotify_id: str) -> Any:  # noqa: ANN401  JSON
        """An album as Spotify describes it."""
        return self._with_token(lambda: self._web.album(spotify_id))

    def artist(self, spotify_id: str) -> Any:  # noqa: ANN401  JSON
        """An artist as Spotify describes them."""
        return self._with_token(lambda: self._web.artist(spotify_id))

    def exchange(self, code: str, redirect_uri: str) -> Any:  # noqa: ANN401  JSON
        """The tokens of the user whom Spotify has sent to `redirect_uri` with `code`."""
        kept = MemoryCacheHandler()
        with _explained():
            log_in = self._log_in(redirect_uri, kept)
            log_in.get_access_token(code, as_dict=False, check_cache=False)
            return kept.get_cached_token()

    def renew(self, refresh_token: str) -> Any:  # noqa: ANN401  JSON
        """New tokens of a user."""
        with _explained():
            log_in = self._log_in(self._token_url, MemoryCacheHandler())  # it insists on some
            return log_in.refresh_access_token(refresh_token)

    def close(self) -> None:
        """Let go of connections."""
        self._session.close()
        self._tokens.close()

    def _with_token(self, ask: Any) -> Any:  # noqa: ANN401
        with _explained():
            try:
                return ask()
            except SpotifyException as error:
                if error.http_status != _UNAUTHORISED:
                    raise
            self._tokens.forget()  # it may have been withdrawn before its time
            return ask()

    def _log_in(self, redirect_uri: str, kept: MemoryCacheHandler) -> UserLogIn:
        log_in = UserLogIn(
            client_id=self._config.SPOTIFY_CLIENT_ID,
            client_secret=self._config.SPOTIFY_CLIENT_SECRET,
            redirect_uri=redirect_uri,
            requests_session=self._new_session(),  # one of its own, as it closes it in the end
            open_browser=False,
            cache_handler=kept,
        )
        log_in.OAUTH_TOKEN_URL = self._token_url
        return log_in

    @property
    def _token_url(self) -> str:
        return f"{self._config.SPOTIFY_ACCOUNTS_URL}/api/token"

    def _new_session(self) -> BoundedSession:
        return BoundedSession(user_agent(self._config), self._seconds)


@contextmanager
def _explained() -> Iterator[None]:
    """What spotipy raises, as what it means. Its own words hold addresses and stay here."""
    try:
        yield
    except SpotifyException as error:
        raise _meaning(error.http_status, str(error.msg).lower()) from None
    except SpotifyOauthError as error:
        if error.error in _REFUSED:
            raise Refused from None
        raise ProviderUnavailable(
            "spotify does not let us log in: are SPOTIFY_CLIENT_ID and SPOTIFY_CLIENT_SECRET right?"
        ) from None
    except (ValueError, TypeError, LookupError, AttributeError) as error:
        raise ProviderUnavailable(
            f"spotify answers with something other than documented ({type(error).__name__})"
        ) from None


def _meaning(status: int, message: str) -> Exception:
    if status == _NOT_FOUND:
        return NotThere()
    if status == _FORBIDDEN:
        return NotAllowed()
    if status == _BAD_REQUEST and "limit" in message:
        return NotAllowed()
    if status == _BAD_REQUEST and "invalid" in message and "id" in message.split():
        return NotThere()  # 22 letters and digits can be more than an id holds
    suspect = "key" if status == _UNAUTHORISED else "address"
    return ProviderUnavailable(f"spotify answers with status {status}: is its {suspect} right?")


def _read(response: requests.Response, deadline: float) -> bytes:
    body = bytearray()
    # One receipt at a time: a read of so many bytes would wait for the last of them.
    while portion := response.raw.read1(_PORTION):
        body += portion
        if len(body) > _MOST_BYTES:
            raise ProviderUnavailable(f"spotify answers with more than {_MOST_BYTES} bytes")
        if time.monotonic() > deadline:
            raise requests.Timeout
    return bytes(body)


def _judge(response: requests.Response) -> None:
    status = response.status_code
    if status == _TOO_MANY or status >= _SERVER_ERROR:
        wait = retry_after(response.headers.get("Retry-After", ""), datetime.now(UTC))
        if wait is None and status == _TOO_MANY:
            wait = _PAUSE
        raise Transient(f"spotify answers with status {status}", wait)
    if status == _NOT_FOUND and not _is_theirs(response):
        raise ProviderUnavailable("spotify answers with status 404: is its address right?")


def _is_theirs(response: requests.Response) -> bool:
    """Whether an error has the form that Spotify gives its errors."""
    try:
        return isinstance(response.json()["error"], dict)
    except (ValueError, TypeError, LookupError):
        return False


def _too_slow(seconds: float) -> ProviderUnavailable:
    return ProviderUnavailable(f"spotify did not answer in {seconds:g} seconds")
