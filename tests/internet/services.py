"""All services: adding one is its file and its line here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.internet.apple import Apple
from tests.internet.billboard import Billboard
from tests.internet.cloudflare import Cloudflare
from tests.internet.commons import Commons
from tests.internet.coverartarchive import CoverArtArchive
from tests.internet.fanart import Fanart
from tests.internet.lastfm import LastFm
from tests.internet.solr import Solr
from tests.internet.spotify import Spotify
from tests.internet.theaudiodb import TheAudioDb
from tests.internet.wikidata import Wikidata
from tests.internet.wikipedia import Wikipedia

if TYPE_CHECKING:
    from tests.internet.service import Service

SERVICES: tuple[type[Service], ...] = (
    Fanart,
    TheAudioDb,
    Wikidata,
    Wikipedia,
    Commons,
    CoverArtArchive,
    Cloudflare,
    Solr,
    Apple,
    LastFm,
    Billboard,
    Spotify,
)
