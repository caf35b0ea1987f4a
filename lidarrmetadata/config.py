"""Every setting of the server, as class attributes of `DefaultConfig`.

The comment above a setting is its documentation, and the only one: docs/settings.md and the
operator's config.py are written from it. The annotation says what the setting may hold, in terms of
`lidarrmetadata.setting_types`. How a class is chosen and what overrides it is the matter of
`lidarrmetadata.settings`.
"""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 - annotations are read at run time
from dataclasses import FrozenInstanceError
from typing import Any, ClassVar, NoReturn

from lidarrmetadata.setting_types import (  # noqa: TC001 - annotations are read at run time
    Bytes,
    Cache,
    CacheTtl,
    Count,
    Country,
    Database,
    Line,
    LogLevel,
    Names,
    OptionalNames,
    OptionalUrl,
    Port,
    Ratio,
    ReleaseStatus,
    RemotePort,
    Root,
    SearchBackend,
    Seconds,
    Url,
)

EMBEDDED = "embedded server"
"""What `sources` says of an address that no setting gave, but a server of our own."""


class ConfigMeta(type):
    """Collects the classes of settings, so that `LIDARR_METADATA_CONFIG` can pick one by key."""

    classes: ClassVar[dict[str, ConfigMeta]] = {}

    def __init__(cls, name: str, bases: tuple[type, ...], namespace: dict[str, Any]) -> None:
        super().__init__(name, bases, namespace)
        ConfigMeta.classes[ConfigMeta.key(name)] = cls

    @staticmethod
    def key(name: str) -> str:
        """`PRODUCTION` for `ProductionConfig` and `production`; a mere `Config` is `CONFIG`."""
        return name.upper().removesuffix("CONFIG") or name.upper()

    @staticmethod
    def find(name: str) -> ConfigMeta | None:
        """Return the class last defined under this key or name, in any case, else None."""
        return ConfigMeta.classes.get(ConfigMeta.key(name))


class DefaultConfig(metaclass=ConfigMeta):
    """All settings and their defaults. Instances are frozen and made by `settings.load_config`."""

    # --- The server ---

    # Path under which every route answers, for a proxy that hands a sub-folder on unchanged.
    APPLICATION_ROOT: Root = "/"

    # Address the server listens on. `0.0.0.0` is every IPv4 interface, `::` every IPv6 one,
    # `127.0.0.1` this machine only.
    HOST: str = "0.0.0.0"  # noqa: S104 - Lidarr mostly runs on another host

    # TCP port the server listens on; 0 takes any free one.
    PORT: Port = 5001

    # Number of server processes. One serves a household; more use more processor cores.
    WORKERS: Count = 1

    # Seconds that running requests are given to finish when the server is told to stop.
    GRACEFUL_TIMEOUT: Seconds = 10.0

    # Folder for everything the server keeps: embedded databases, search index. Empty picks one
    # for the account: `/var/lib/lidarr-metadata` for root, else `$XDG_DATA_HOME/lidarr-metadata`
    # or `~/.local/share/lidarr-metadata`.
    DATA_DIR: str = ""

    # Address at which clients reach this server, with `APPLICATION_ROOT` in it, such as
    # `https://metadata.example.org`. Needed to purge answers from Cloudflare, and behind a proxy
    # to log in to Spotify.
    PUBLIC_URL: OptionalUrl = ""

    # Mail address or web page of whoever runs this server. It is part of the User-Agent sent to
    # other services; Wikimedia allows 200 requests a minute with it and 10 without.
    OPERATOR_CONTACT: Line = ""

    # Key that callers must present to make the server look an artist or album up anew. Invent
    # one, for example with `openssl rand -hex 16`; empty lets only this very machine call.
    INVALIDATE_APIKEY: Line = ""

    # Seconds a new answer may take to put together. What is not there by then is left out and
    # filled in later.
    ANSWER_BUDGET: Seconds = 3.0

    # Answers of at least this many bytes are sent compressed to clients that accept it.
    GZIP_MIN_BYTES: Bytes = 1024

    # --- The catalogue ---

    # The MusicBrainz database. An empty host means the embedded catalogue.
    DATABASE: ClassVar[Database] = {
        # Host name or address, or the folder of a unix socket when it begins with `/`. Empty:
        # embedded catalogue.
        "host": "",
        # TCP port; with a unix socket, the number in the socket's name.
        "port": 5432,
        # Name of the database.
        "database": "musicbrainz_db",
        # Account to log in with. It needs to read only.
        "user": "musicbrainz",
        # Password of the account; empty when the database asks for none.
        "password": "",
    }

    # Most connections each server process opens to the database. Times `WORKERS`, this must stay
    # below the database's own `max_connections`.
    DATABASE_POOL_MAX: Count = 10

    # Seconds to wait for a free connection before the database counts as unavailable.
    DATABASE_ACQUIRE_TIMEOUT: Seconds = 5.0

    # Load the sample catalogue when the embedded catalogue is empty, so that there is something
    # to find.
    SAMPLE_CATALOGUE: bool = True

    # Status given to releases that have none in MusicBrainz, or `hide` to leave them out. Lidarr
    # shows only the statuses its metadata profile allows.
    UNKNOWN_RELEASE_STATUS: ReleaseStatus = "Official"

    # List albums below every artist they are credited to, not only below the one named first.
    # Lidarr files an album under the artist named first, whichever list it came from.
    COLLABORATIONS: bool = False

    # Languages to show artists' names in, the most wanted first, such as `en`: an artist whose name
    # is not in Latin letters goes by their main alias in the first of these there is one in. Empty
    # keeps the names as the artists write them.
    PREFERRED_ALIAS_LOCALES: ClassVar[OptionalNames] = []

    # Formats of media to leave out, tracks and all, written as MusicBrainz does (`Cassette`,
    # `12" Vinyl`). Releases that have no other media stay, or Lidarr would delete their albums.
    EXCLUDED_MEDIA_FORMATS: ClassVar[OptionalNames] = []

    # --- Caches ---

    # The shared caches. Each address given switches the embedded server in its place off.
    CACHE: ClassVar[Cache] = {
        # Redis or Valkey: `redis://:password@host:6379/0`, `rediss://…` with TLS,
        # `unix:///path/to/socket`.
        "redis_url": "",
        # PostgreSQL database that keeps finished answers:
        # `postgresql://user:password@host:5432/name`.
        "postgres_url": "",
    }

    # Seconds after which something kept is looked up anew. The old value is still served
    # meanwhile, and for as long as its source is unavailable.
    CACHE_TTL: ClassVar[CacheTtl] = {
        # Finished artists: 7 days.
        "artist": 7 * 24 * 3600,
        # Finished albums: 7 days.
        "album": 7 * 24 * 3600,
        # Which artists and albums a search found: 1 hour.
        "search": 3600,
        # Images from fanart.tv: 30 days.
        "fanart": 30 * 24 * 3600,
        # Images and texts from TheAudioDB: 30 days.
        "tadb": 30 * 24 * 3600,
        # Overviews from Wikipedia: 30 days.
        "wikipedia": 30 * 24 * 3600,
        # Which Spotify id is which artist or album: 30 days.
        "spotify": 30 * 24 * 3600,
        # Charts: 1 day.
        "chart": 24 * 3600,
        # Answers put together while a source was unavailable: 30 minutes.
        "provider_error": 30 * 60,
        # A source's word that it knows no such thing: 1 day.
        "negative": 24 * 3600,
        # Word that there is no such artist or album any more: 5 minutes.
        "missing": 5 * 60,
        # Any value in Redis, after which only PostgreSQL still has it: 7 days.
        "redis": 7 * 24 * 3600,
        # Answers in Cloudflare's cache, unless purged earlier: 30 days.
        "cloudflare": 30 * 24 * 3600,
    }

    # Bytes of answers, and of what sources said, that each server process keeps in memory; 0 keeps
    # none. The default is 64 MiB.
    MEMORY_CACHE_BYTES: Bytes = 64 * 1024 * 1024

    # --- Search ---

    # What searches are answered from: `index` is the built-in one, `postgres` the MusicBrainz
    # database itself, `solr` the server at `SOLR_URL`. `auto` takes Solr if there is an address,
    # else the index. When one cannot answer, the next one does.
    SEARCH_BACKEND: SearchBackend = "auto"

    # Folder of the built-in search index; empty is `search` in `DATA_DIR`. It takes about a
    # quarter of a kilobyte for each artist and album.
    SEARCH_INDEX_DIR: str = ""

    # Bytes of memory for building the search index; more make it quicker. The default is 128 MiB.
    SEARCH_INDEX_MEMORY: Bytes = 128 * 1024 * 1024

    # Base address of a MusicBrainz Solr server, such as `http://solr:8983/solr`, to search with
    # instead of the built-in index; empty is off.
    SOLR_URL: OptionalUrl = ""

    # Seconds to wait for Solr.
    SOLR_TIMEOUT: Seconds = 5.0

    # --- Sources ---

    # The sources to ask, the preferred one first. One of your own is written
    # `package.module:Class`; docs/adding-a-provider.md shows how to make it.
    PROVIDERS: ClassVar[Names] = [
        *("musicbrainz_db", "fanart", "theaudiodb", "wikipedia"),
        *("apple", "lastfm", "billboard", "spotify"),
    ]

    # Seconds a statement may run in the MusicBrainz database.
    MUSICBRAINZ_TIMEOUT: Seconds = 30.0

    # Base address of the MusicBrainz web service.
    MUSICBRAINZ_URL: Url = "https://musicbrainz.org/ws/2"

    # Project key for artist and album images from fanart.tv; new images appear 7 days late with
    # it. Free at https://fanart.tv/get-an-api-key/. Empty switches fanart.tv off.
    FANART_API_KEY: Line = ""

    # Personal key of a fanart.tv account, which shows new images without delay and has a quota of
    # its own. In the account's settings at https://fanart.tv.
    FANART_CLIENT_KEY: Line = ""

    # Base address of fanart.tv's API, version included.
    FANART_URL: Url = "https://webservice.fanart.tv/v3.2"

    # Seconds to wait for fanart.tv.
    FANART_TIMEOUT: Seconds = 10.0

    # Key for images and biographies from TheAudioDB: `123` is free for everyone with 30 requests
    # a minute, one's own comes with a subscription at https://www.theaudiodb.com/pricing. Empty
    # switches TheAudioDB off.
    THEAUDIODB_API_KEY: Line = ""

    # Base address of TheAudioDB's API, without the version.
    THEAUDIODB_URL: Url = "https://www.theaudiodb.com/api"

    # Seconds to wait for TheAudioDB.
    THEAUDIODB_TIMEOUT: Seconds = 10.0

    # Languages of overviews, the most wanted first, as Wikipedia abbreviates them.
    OVERVIEW_LANGUAGES: ClassVar[Names] = [
        *("en", "fr", "de", "es", "it", "ja", "zh", "ru", "pt", "nl", "sv"),
        *("fi", "no", "da", "pl", "cs", "hu", "ro", "tr", "el", "he", "ar"),
        *("fa", "hi", "th", "ko", "vi", "id", "ms", "tl", "bn", "ta"),
    ]

    # Base address of Wikidata, which knows the Wikipedia articles of an artist. Needs no key.
    WIKIDATA_URL: Url = "https://www.wikidata.org"

    # Base address of Wikipedia, which the overviews come from; `{lang}` stands for the language's
    # code. Needs no key.
    WIKIPEDIA_URL: Url = "https://{lang}.wikipedia.org"

    # Seconds to wait for each request to Wikidata or Wikipedia.
    WIKIPEDIA_TIMEOUT: Seconds = 2.0

    # Base address of the Cover Art Archive, which album covers come from. Needs no key.
    COVERARTARCHIVE_URL: Url = "https://coverartarchive.org"

    # Base address of an image cache, such as `https://images.example.net/cache`: it goes in front
    # of the address of every image. Empty has clients fetch images from where they are.
    IMAGE_CACHE_URL: OptionalUrl = ""

    # Client id of a Spotify app, for Spotify ids that MusicBrainz has no link for. Make an app at
    # https://developer.spotify.com/dashboard (its owner needs Premium); its redirect URI is
    # `PUBLIC_URL` with `/spotify/auth` behind it. Empty answers from MusicBrainz' links alone.
    SPOTIFY_CLIENT_ID: Line = ""

    # Client secret of the same Spotify app.
    SPOTIFY_CLIENT_SECRET: Line = ""

    # How alike the names of an album or artist must be at Spotify and in MusicBrainz to be taken
    # for the same, from 0 to 1, where no link of MusicBrainz says it. A typo in ten letters is 0.9.
    SPOTIFY_MATCH_MIN_RATIO: Ratio = 0.8

    # Hosts that may be handed the tokens of who logs in to Spotify for their Lidarr, such as
    # `lidarr.example.org`. Hosts of private networks may always: `192.168.1.5`, `nas`, `nas.local`.
    SPOTIFY_REDIRECT_HOSTS: ClassVar[OptionalNames] = []

    # Base address of Spotify's API, version included.
    SPOTIFY_URL: Url = "https://api.spotify.com/v1"

    # Base address of Spotify's log-in, where access tokens come from.
    SPOTIFY_ACCOUNTS_URL: Url = "https://accounts.spotify.com"

    # Seconds to wait for Spotify.
    SPOTIFY_TIMEOUT: Seconds = 5.0

    # Key for Last.fm's charts. Free at https://www.last.fm/api/account/create. Empty switches
    # them off.
    LASTFM_API_KEY: Line = ""

    # Base address of Last.fm's API, version included.
    LASTFM_URL: Url = "https://ws.audioscrobbler.com/2.0"

    # Base address of the feeds that the Apple Music and iTunes charts come from. Needs no key.
    APPLE_MUSIC_URL: Url = "https://rss.marketingtools.apple.com/api/v2"

    # Base address of Billboard, whose charts are read from its pages. Empty switches them off.
    BILLBOARD_URL: OptionalUrl = "https://www.billboard.com"

    # Country of the Apple Music and iTunes charts, in two letters: `us`, `gb`, `de`.
    CHART_COUNTRY: Country = "us"

    # Genre of the Apple Music and iTunes charts as Apple calls it in that country, such as `Rock`,
    # or Apple's number for it. Of the 50 albums in the chart only those of the genre are shown;
    # empty shows all.
    CHART_GENRE: Line = ""

    # Seconds to wait for each source of charts. When it is over, the last chart there was is
    # served.
    CHART_TIMEOUT: Seconds = 10.0

    # --- Cloudflare ---

    # Id of the Cloudflare zone this server is behind, on the zone's overview page. Empty: no
    # purging.
    CLOUDFLARE_ZONE_ID: Line = ""

    # API token with the permission Zone / Cache Purge, from
    # https://dash.cloudflare.com/profile/api-tokens.
    CLOUDFLARE_API_TOKEN: Line = ""

    # Base address of Cloudflare's API, version included.
    CLOUDFLARE_URL: Url = "https://api.cloudflare.com/client/v4"

    # --- Watching it run ---

    # Least important messages that are logged: `DEBUG`, `INFO`, `WARNING`, `ERROR` or `CRITICAL`.
    LOG_LEVEL: LogLevel = "INFO"

    # Address of a Sentry project to report errors to, from the project's settings under Client
    # Keys (DSN). Empty is off.
    SENTRY_DSN: OptionalUrl = ""

    # Host of a StatsD server to send counters and timings to over UDP; empty is off.
    STATSD_HOST: str = ""

    # UDP port of the StatsD server.
    STATSD_PORT: RemotePort = 8125

    sources: Mapping[str, str]

    def __init__(self, values: Mapping[str, Any], sources: Mapping[str, str]) -> None:
        """Take the values, and where each is from, by name (`DATABASE__HOST` for an entry)."""
        self.__dict__.update(values, sources=sources)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise FrozenInstanceError(f"settings do not change while the server runs: {name}")

    def __delattr__(self, name: str) -> NoReturn:
        raise FrozenInstanceError(f"settings do not change while the server runs: {name}")

    def __repr__(self) -> str:
        """Name the settings that are no defaults; their values stay out, some are secret."""
        changed = (
            f"{name} from {source}" for name, source in self.sources.items() if source != "default"
        )
        return f"<{type(self).__name__}: {', '.join(changed) or 'all defaults'}>"


class DevelopmentConfig(DefaultConfig):
    """For working on the server: reachable from this machine only, and talkative."""

    HOST = "127.0.0.1"
    LOG_LEVEL = "DEBUG"


class TestConfig(DefaultConfig):
    """For automatic tests: any free port, reachable from this machine only."""

    __test__ = False  # pytest takes every class named Test… for a test

    HOST = "127.0.0.1"
    PORT = 0


class ProductionConfig(DefaultConfig):
    """For a server behind a proxy that many people use."""

    WORKERS = 2
