"""The settings of this server. Nothing is required.

What is commented out has the value shown. Take the mark off a line to change it, or set the same
name in the environment, which wins over this file. docs/settings.md tells more.
"""

from lidarrmetadata.config import DefaultConfig


class Config(DefaultConfig):
    """What is different here; `ProductionConfig` as its base suits a server behind a proxy."""

    # --- The server ---

    # Path under which every route answers, for a proxy that hands a sub-folder on unchanged.
    # APPLICATION_ROOT = "/"

    # Address the server listens on. `0.0.0.0` is every IPv4 interface, `::` every IPv6 one,
    # `127.0.0.1` this machine only.
    # HOST = "0.0.0.0"

    # TCP port the server listens on; 0 takes any free one.
    # PORT = 5001

    # Number of server processes. One serves a household; more use more processor cores.
    # WORKERS = 1

    # Seconds that running requests are given to finish when the server is told to stop.
    # GRACEFUL_TIMEOUT = 10.0

    # Folder for everything the server keeps: embedded databases, search index. Empty picks one
    # for the account: `/var/lib/lidarr-metadata` for root, else `$XDG_DATA_HOME/lidarr-metadata`
    # or `~/.local/share/lidarr-metadata`.
    # DATA_DIR = ""

    # Address at which clients reach this server, with `APPLICATION_ROOT` in it, such as
    # `https://metadata.example.org`. Needed to purge answers from Cloudflare, and behind a proxy
    # to log in to Spotify.
    # PUBLIC_URL = ""

    # Mail address or web page of whoever runs this server. It is part of the User-Agent sent to
    # other services; Wikimedia allows 200 requests a minute with it and 10 without.
    # OPERATOR_CONTACT = ""

    # Key that callers must present to make the server look an artist or album up anew. Invent
    # one, for example with `openssl rand -hex 16`; empty lets only this very machine call.
    # INVALIDATE_APIKEY = ""

    # Seconds a new answer may take to put together. What is not there by then is left out and
    # filled in later.
    # ANSWER_BUDGET = 3.0

    # Answers of at least this many bytes are sent compressed to clients that accept it.
    # GZIP_MIN_BYTES = 1024

    # --- The catalogue ---

    # The MusicBrainz database. An empty host means the embedded catalogue.
    # DATABASE = {
    #     # Host name or address, or the folder of a unix socket when it begins with `/`. Empty:
    #     # embedded catalogue.
    #     "host": "",
    #     # TCP port; with a unix socket, the number in the socket's name.
    #     "port": 5432,
    #     # Name of the database.
    #     "database": "musicbrainz_db",
    #     # Account to log in with. It needs to read only.
    #     "user": "musicbrainz",
    #     # Password of the account; empty when the database asks for none.
    #     "password": "",
    # }

    # Most connections each server process opens to the database. Times `WORKERS`, this must stay
    # below the database's own `max_connections`.
    # DATABASE_POOL_MAX = 10

    # Seconds to wait for a free connection before the database counts as unavailable.
    # DATABASE_ACQUIRE_TIMEOUT = 5.0

    # Load the sample catalogue when the embedded catalogue is empty, so that there is something
    # to find.
    # SAMPLE_CATALOGUE = True

    # Status given to releases that have none in MusicBrainz, or `hide` to leave them out. Lidarr
    # shows only the statuses its metadata profile allows.
    # UNKNOWN_RELEASE_STATUS = "Official"

    # List albums below every artist they are credited to, not only below the one named first.
    # Lidarr files an album under the artist named first, whichever list it came from.
    # COLLABORATIONS = False

    # Languages to show artists' names in, the most wanted first, such as `en`: an artist whose name
    # is not in Latin letters goes by their main alias in the first of these there is one in. Empty
    # keeps the names as the artists write them.
    # PREFERRED_ALIAS_LOCALES = []

    # Formats of media to leave out, tracks and all, written as MusicBrainz does (`Cassette`,
    # `12" Vinyl`). Releases that have no other media stay, or Lidarr would delete their albums.
    # EXCLUDED_MEDIA_FORMATS = []

    # --- Caches ---

    # The shared caches. Each address given switches the embedded server in its place off.
    # CACHE = {
    #     # Redis or Valkey: `redis://:password@host:6379/0`, `rediss://…` with TLS,
    #     # `unix:///path/to/socket`.
    #     "redis_url": "",
    #     # PostgreSQL database that keeps finished answers:
    #     # `postgresql://user:password@host:5432/name`.
    #     "postgres_url": "",
    # }

    # Seconds after which something kept is looked up anew. The old value is still served
    # meanwhile, and for as long as its source is unavailable.
    # CACHE_TTL = {
    #     # Finished artists: 7 days.
    #     "artist": 7 * 24 * 3600,
    #     # Finished albums: 7 days.
    #     "album": 7 * 24 * 3600,
    #     # Which artists and albums a search found: 1 hour.
    #     "search": 3600,
    #     # Images from fanart.tv: 30 days.
    #     "fanart": 30 * 24 * 3600,
    #     # Images and texts from TheAudioDB: 30 days.
    #     "tadb": 30 * 24 * 3600,
    #     # Overviews from Wikipedia: 30 days.
    #     "wikipedia": 30 * 24 * 3600,
    #     # Which Spotify id is which artist or album: 30 days.
    #     "spotify": 30 * 24 * 3600,
    #     # Charts: 1 day.
    #     "chart": 24 * 3600,
    #     # Answers put together while a source was unavailable: 30 minutes.
    #     "provider_error": 30 * 60,
    #     # A source's word that it knows no such thing: 1 day.
    #     "negative": 24 * 3600,
    #     # Word that there is no such artist or album any more: 5 minutes.
    #     "missing": 5 * 60,
    #     # Any value in Redis, after which only PostgreSQL still has it: 7 days.
    #     "redis": 7 * 24 * 3600,
    #     # Answers in Cloudflare's cache, unless purged earlier: 30 days.
    #     "cloudflare": 30 * 24 * 3600,
    # }

    # Bytes of answers, and of what sources said, that each server process keeps in memory; 0 keeps
    # none. The default is 64 MiB.
    # MEMORY_CACHE_BYTES = 64 * 1024 * 1024

    # --- Search ---

    # What searches are answered from: `index` is the built-in one, `postgres` the MusicBrainz
    # database itself, `solr` the server at `SOLR_URL`. `auto` takes Solr if there is an address,
    # else the index. When one cannot answer, the next one does.
    # SEARCH_BACKEND = "auto"

    # Folder of the built-in search index; empty is `search` in `DATA_DIR`. It takes about a
    # quarter of a kilobyte for each artist and album.
    # SEARCH_INDEX_DIR = ""

    # Bytes of memory for building the search index; more make it quicker. The default is 128 MiB.
    # SEARCH_INDEX_MEMORY = 128 * 1024 * 1024

    # Base address of a MusicBrainz Solr server, such as `http://solr:8983/solr`, to search with
    # instead of the built-in index; empty is off.
    # SOLR_URL = ""

    # Seconds to wait for Solr.
    # SOLR_TIMEOUT = 5.0

    # --- Sources ---

    # The sources to ask, the preferred one first. One of your own is written
    # `package.module:Class`; docs/adding-a-provider.md shows how to make it.
    # PROVIDERS = [
    #     *("musicbrainz_db", "fanart", "theaudiodb", "wikipedia"),
    #     *("apple", "lastfm", "billboard", "spotify"),
    # ]

    # Seconds a statement may run in the MusicBrainz database.
    # MUSICBRAINZ_TIMEOUT = 30.0

    # Base address of the MusicBrainz web service.
    # MUSICBRAINZ_URL = "https://musicbrainz.org/ws/2"

    # Project key for artist and album images from fanart.tv; new images appear 7 days late with
    # it. Free at https://fanart.tv/get-an-api-key/. Empty switches fanart.tv off.
    # FANART_API_KEY = ""

    # Personal key of a fanart.tv account, which shows new images without delay and has a quota of
    # its own. In the account's settings at https://fanart.tv.
    # FANART_CLIENT_KEY = ""

    # Base address of fanart.tv's API, version included.
    # FANART_URL = "https://webservice.fanart.tv/v3.2"

    # Seconds to wait for fanart.tv.
    # FANART_TIMEOUT = 10.0

    # Key for images and biographies from TheAudioDB: `123` is free for everyone with 30 requests
    # a minute, one's own comes with a subscription at https://www.theaudiodb.com/pricing. Empty
    # switches TheAudioDB off.
    # THEAUDIODB_API_KEY = ""

    # Base address of TheAudioDB's API, without the version.
    # THEAUDIODB_URL = "https://www.theaudiodb.com/api"

    # Seconds to wait for TheAudioDB.
    # THEAUDIODB_TIMEOUT = 10.0

    # Languages of overviews, the most wanted first, as Wikipedia abbreviates them.
    # OVERVIEW_LANGUAGES = [
    #     *("en", "fr", "de", "es", "it", "ja", "zh", "ru", "pt", "nl", "sv"),
    #     *("fi", "no", "da", "pl", "cs", "hu", "ro", "tr", "el", "he", "ar"),
    #     *("fa", "hi", "th", "ko", "vi", "id", "ms", "tl", "bn", "ta"),
    # ]

    # Base address of Wikidata, which knows the Wikipedia articles of an artist. Needs no key.
    # WIKIDATA_URL = "https://www.wikidata.org"

    # Base address of Wikipedia, which the overviews come from; `{lang}` stands for the language's
    # code. Needs no key.
    # WIKIPEDIA_URL = "https://{lang}.wikipedia.org"

    # Seconds to wait for each request to Wikidata or Wikipedia.
    # WIKIPEDIA_TIMEOUT = 2.0

    # Base address of the Cover Art Archive, which album covers come from. Needs no key.
    # COVERARTARCHIVE_URL = "https://coverartarchive.org"

    # Base address of an image cache, such as `https://images.example.net/cache`: it goes in front
    # of the address of every image. Empty has clients fetch images from where they are.
    # IMAGE_CACHE_URL = ""

    # Client id of a Spotify app, for Spotify ids that MusicBrainz has no link for. Make an app at
    # https://developer.spotify.com/dashboard (its owner needs Premium); its redirect URI is
    # `PUBLIC_URL` with `/spotify/auth` behind it. Empty answers from MusicBrainz' links alone.
    # SPOTIFY_CLIENT_ID = ""

    # Client secret of the same Spotify app.
    # SPOTIFY_CLIENT_SECRET = ""

    # How alike the names of an album or artist must be at Spotify and in MusicBrainz to be taken
    # for the same, from 0 to 1, where no link of MusicBrainz says it. A typo in ten letters is 0.9.
    # SPOTIFY_MATCH_MIN_RATIO = 0.8

    # Hosts that may be handed the tokens of who logs in to Spotify for their Lidarr, such as
    # `lidarr.example.org`. Hosts of private networks may always: `192.168.1.5`, `nas`, `nas.local`.
    # SPOTIFY_REDIRECT_HOSTS = []

    # Base address of Spotify's API, version included.
    # SPOTIFY_URL = "https://api.spotify.com/v1"

    # Base address of Spotify's log-in, where access tokens come from.
    # SPOTIFY_ACCOUNTS_URL = "https://accounts.spotify.com"

    # Seconds to wait for Spotify.
    # SPOTIFY_TIMEOUT = 5.0

    # Key for Last.fm's charts. Free at https://www.last.fm/api/account/create. Empty switches
    # them off.
    # LASTFM_API_KEY = ""

    # Base address of Last.fm's API, version included.
    # LASTFM_URL = "https://ws.audioscrobbler.com/2.0"

    # Base address of the feeds that the Apple Music and iTunes charts come from. Needs no key.
    # APPLE_MUSIC_URL = "https://rss.marketingtools.apple.com/api/v2"

    # Base address of Billboard, whose charts are read from its pages. Empty switches them off.
    # BILLBOARD_URL = "https://www.billboard.com"

    # Country of the Apple Music and iTunes charts, in two letters: `us`, `gb`, `de`.
    # CHART_COUNTRY = "us"

    # Genre of the Apple Music and iTunes charts as Apple calls it in that country, such as `Rock`,
    # or Apple's number for it. Of the 50 albums in the chart only those of the genre are shown;
    # empty shows all.
    # CHART_GENRE = ""

    # Seconds to wait for each source of charts. When it is over, the last chart there was is
    # served.
    # CHART_TIMEOUT = 10.0

    # --- Cloudflare ---

    # Id of the Cloudflare zone this server is behind, on the zone's overview page. Empty: no
    # purging.
    # CLOUDFLARE_ZONE_ID = ""

    # API token with the permission Zone / Cache Purge, from
    # https://dash.cloudflare.com/profile/api-tokens.
    # CLOUDFLARE_API_TOKEN = ""

    # Base address of Cloudflare's API, version included.
    # CLOUDFLARE_URL = "https://api.cloudflare.com/client/v4"

    # --- Watching it run ---

    # Least important messages that are logged: `DEBUG`, `INFO`, `WARNING`, `ERROR` or `CRITICAL`.
    # LOG_LEVEL = "INFO"

    # Address of a Sentry project to report errors to, from the project's settings under Client
    # Keys (DSN). Empty is off.
    # SENTRY_DSN = ""

    # Host of a StatsD server to send counters and timings to over UDP; empty is off.
    # STATSD_HOST = ""

    # UDP port of the StatsD server.
    # STATSD_PORT = 8125
