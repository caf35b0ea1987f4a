"""What the outside services know: registered by a test, else derived from the id.

Everywhere: an argument left out (None) is derived, an empty one means that there is no such thing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import UUID

from tests.internet import derived

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

# Wikibase parses no other ids: `Q0` is none (ItemId::PATTERN, 2^31 - 1 at most).
_ITEM = re.compile(r"Q[1-9]\d{0,9}")
_LAST_ITEM = 2_147_483_647


@dataclass(frozen=True)
class Item:
    """A Wikidata item; `titles` and `descriptions` by language, `image` a file of Commons."""

    id: str
    titles: Mapping[str, str]
    descriptions: Mapping[str, str]
    image: str = ""


@dataclass(frozen=True)
class Page:
    """A Wikipedia page: an article, a disambiguation page, or a redirect to another title."""

    language: str
    title: str
    extract: str = ""
    html: str = ""
    disambiguation: bool = False
    redirect_to: str = ""


@dataclass(frozen=True)
class Images:
    """What fanart.tv has: by its keys (`artistthumb`, …), and for artists by album."""

    mbid: str
    name: str
    by_key: Mapping[str, list[dict[str, str]]]
    albums: Mapping[str, Mapping[str, list[dict[str, str]]]] = field(default_factory=dict)


@dataclass(frozen=True)
class Subject:
    """An artist or album as it was registered, for tests to compare answers with."""

    mbid: str
    name: str
    wikidata: str
    titles: Mapping[str, str]
    extracts: Mapping[str, str]
    descriptions: Mapping[str, str]
    image: str
    fanart: Mapping[str, list[dict[str, str]]]
    tadb: Mapping[str, str | None]


@dataclass(frozen=True)
class Update:
    """An artist fanart.tv has new images of since `at` (seconds since 1970)."""

    at: int
    mbid: str
    name: str
    new_images: int
    total_images: int


class Facts:
    """The store. `knows_everything` answers for ids that were never registered, too."""

    def __init__(self) -> None:
        self.knows_everything = False
        self.updates: list[Update] = []
        self._items: dict[str, Item] = {}
        self._merged_items: dict[str, str] = {}
        self._pages: dict[tuple[str, str], Page] = {}
        self._images: dict[tuple[derived.Kind, str], Images] = {}
        self._records: dict[tuple[derived.Kind, str], Mapping[str, str | None]] = {}
        self._covers: dict[str, dict[int, tuple[str, ...]]] = {}

    def artist(
        self, mbid: str, name: str | None = None, *, albums: Iterable[str] = (), **known: Any
    ) -> Subject:
        """Register an artist.

        `known`: `wikidata="Q…"`, `titles`, `extracts`, `html`, `descriptions` (by language),
        `image="File.jpg"`, `fanart={"artistthumb": [url, …]}`, `tadb={"strBiographyEN": …}`.
        `albums` are the ids of albums whose images come with the artist's from fanart.tv: those
        registered before are as they were registered.
        """
        own = {
            album: (self._images.get(("album", album)) or _images("album", album, None)).by_key
            for album in map(_canonical, albums)
        }
        return self._subject("artist", mbid, name, own, **known)

    def album(self, mbid: str, name: str | None = None, **known: Any) -> Subject:
        """Register an album (release group), with the same `known` as an artist."""
        return self._subject("album", mbid, name, {}, **known)

    def item(self, item: str, **known: Any) -> Item:
        """Register a Wikidata item by itself: `titles`, `descriptions`, `image`."""
        _check_item(item)
        self._items[item] = Item(item, **({"titles": {}, "descriptions": {}} | known))
        return self._items[item]

    def merged_item(self, old: str, new: str) -> None:
        """Make an item redirect to another one."""
        _check_item(old)
        _check_item(new)
        self._merged_items[old] = new

    def page(self, language: str, title: str, **known: Any) -> Page:
        """Register a Wikipedia page: `extract`, `html`, `disambiguation=True`."""
        page = Page(language, title, **known)
        self._pages[language, title] = page
        return page

    def redirect(self, language: str, old: str, new: str) -> None:
        """Make a Wikipedia title redirect to another one."""
        self.page(language, old, redirect_to=new)

    def fanart_update(self, mbid: str, at: int, new_images: int = 1, total_images: int = 9) -> None:
        """Register that fanart.tv got images of an artist `at` (seconds since 1970)."""
        name = derived.name_of("artist", mbid)
        self.updates.append(Update(at, _canonical(mbid), name, new_images, total_images))

    def cover(self, release: str, image: int, types: Iterable[str] = ("Front",)) -> None:
        """Register an image of a release at the Cover Art Archive."""
        self._covers.setdefault(_canonical(release), {})[image] = tuple(types)

    def find_item(self, item: str) -> Item | None:
        """The item of this id; a merged one answers with the item it was merged into."""
        current = self._merged_items.get(item, item)
        if current in self._items or not self.knows_everything:
            return self._items.get(current)
        titles, descriptions = derived.article(f"Item {current}")
        return Item(current, titles, descriptions)

    def find_item_by_title(self, language: str, title: str) -> Item | None:
        """The item whose article in this language has exactly this title."""
        for item in self._items.values():
            if item.titles.get(language) == title:
                return item
        if self.knows_everything:
            return Item(derived.item_of(title), {language: title}, {})
        return None

    def find_page(self, language: str, title: str) -> Page | None:
        """The page of exactly this title."""
        page = self._pages.get((language, title))
        if page is None and self.knows_everything:
            extract = derived.extract(title, language)
            return Page(language, title, extract, derived.html(title, extract))
        return page

    def find_images(self, kind: derived.Kind, mbid: str) -> Images | None:
        """What fanart.tv has of an artist or album."""
        images = self._images.get((kind, mbid))
        if images is None and self.knows_everything:
            images = _images(kind, mbid, None)
        return images if images is not None and (images.by_key or images.albums) else None

    def find_record(self, kind: derived.Kind, mbid: str) -> Mapping[str, str | None] | None:
        """TheAudioDB's record of an artist or album."""
        record = self._records.get((kind, mbid))
        if record is None and self.knows_everything:
            record = derived.tadb(kind, mbid, derived.name_of(kind, mbid))
        return record or None

    def find_covers(self, release: str) -> dict[int, tuple[str, ...]]:
        """The images of a release, by their id, with their types."""
        return self._covers.get(release, {})

    def _subject(
        self,
        kind: derived.Kind,
        mbid: str,
        name: str | None,
        albums: Mapping[str, Mapping[str, list[dict[str, str]]]],
        *,
        wikidata: str | None = None,
        titles: Mapping[str, str] | None = None,
        extracts: Mapping[str, str] | None = None,
        html: Mapping[str, str] | None = None,
        descriptions: Mapping[str, str] | None = None,
        image: str | None = None,
        fanart: Mapping[str, Iterable[str]] | None = None,
        tadb: Mapping[str, str | None] | None = None,
    ) -> Subject:
        mbid = _canonical(mbid)
        name = name or derived.name_of(kind, mbid)
        derived_titles, derived_descriptions = derived.article(name)
        if titles is None:
            titles = derived_titles if extracts is None else dict.fromkeys(extracts, name)
        texts = {
            language: (extracts or {}).get(language, derived.extract(title, language))
            for language, title in titles.items()
        }
        for language, title in titles.items():
            page_html = (html or {}).get(language) or derived.html(title, texts[language])
            self.page(language, title, extract=texts[language], html=page_html)
        descriptions = derived_descriptions if descriptions is None else descriptions
        image = derived.image(mbid) if image is None else image
        wikidata = derived.item_of(mbid) if wikidata is None else wikidata
        if wikidata:
            self.item(wikidata, titles=titles, descriptions=descriptions, image=image)
        images = _images(kind, mbid, fanart, name)
        self._images[kind, mbid] = Images(mbid, name, images.by_key, albums)
        record = derived.tadb(kind, mbid, name)
        if tadb is not None:
            ids = derived.tadb_ids(kind, mbid, name)
            record = {**dict.fromkeys(record), **ids, **tadb} if tadb else {}
        self._records[kind, mbid] = record
        return Subject(
            mbid, name, wikidata, titles, texts, descriptions, image, images.by_key, record
        )


def _images(
    kind: derived.Kind,
    mbid: str,
    urls: Mapping[str, Iterable[str]] | None,
    name: str | None = None,
) -> Images:
    urls = derived.fanart(kind, mbid) if urls is None else urls
    by_key = {key: derived.liked(key, list(of_key)) for key, of_key in urls.items()}
    return Images(mbid, name or derived.name_of(kind, mbid), by_key)


def is_item(item: str) -> bool:
    """Whether Wikidata takes this for the id of an item."""
    return _ITEM.fullmatch(item) is not None and int(item[1:]) <= _LAST_ITEM


def _check_item(item: str) -> None:
    if not is_item(item):
        raise ValueError(f"{item!r} can be no Wikidata item: they are Q1 to Q{_LAST_ITEM}")


def _canonical(mbid: str) -> str:
    return str(UUID(mbid))
