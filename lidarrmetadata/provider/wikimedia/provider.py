"""Overviews from Wikipedia and pictures from Commons, both found through Wikidata.

Two requests, however many are asked for: Wikidata says which article there is in which language,
Wikipedia gives its beginning.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar
from urllib.parse import quote

from lidarrmetadata.errors import ProviderUnavailable
from lidarrmetadata.provider.coalesce import Coalescer
from lidarrmetadata.provider.http import AnswerTooLong, HttpProvider, Tools
from lidarrmetadata.provider.mixins import (
    AlbumOverviewMixin,
    ArtistImagesMixin,
    ArtistOverviewMixin,
)
from lidarrmetadata.provider.record import Record
from lidarrmetadata.provider.wikimedia.articles import html_beginning, read_articles
from lidarrmetadata.provider.wikimedia.entities import Entity, read_entities
from lidarrmetadata.provider.wikimedia.subjects import Subject, subject_of
from lidarrmetadata.resilience.limit import Rate

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterable, Iterator, Mapping, Sequence

    from lidarrmetadata.config import DefaultConfig
    from lidarrmetadata.documents import Album, Artist, Link

_IDS_A_CALL = 50  # wbgetentities' limit
_EXTRACTS_A_CALL = 20  # TextExtracts' limit for introductions
_MOST_LANGUAGES = 49  # Wikidata filters by 50, and one may have to be added
_DIGEST_BYTES = 3
_DESCRIPTION_LANGUAGES = {"no": "nb"}

K = TypeVar("K")
T = TypeVar("T")


class WikipediaProvider(HttpProvider, ArtistImagesMixin, ArtistOverviewMixin, AlbumOverviewMixin):
    """Texts and pictures for whatever has a Wikidata or Wikipedia link in MusicBrainz."""

    name = "wikipedia"
    connections = 3  # at once, to all of Wikimedia
    cache_table = "wikipedia"
    not_found_means_nothing = False  # what is not there is told with status 200

    def __init__(self, config: DefaultConfig, tools: Tools) -> None:
        """The time limit is for one request; a text takes two."""
        super().__init__(config, tools, timeout=config.WIKIPEDIA_TIMEOUT)
        self._wikidata = f"{config.WIKIDATA_URL}/w/api.php"
        self._wikipedia = config.WIKIPEDIA_URL
        self._languages = list(config.OVERVIEW_LANGUAGES)[:_MOST_LANGUAGES]
        self._together = Coalescer(self._records)
        # A text in another language is another text: what was remembered before the setting was
        # changed must not be found.
        self._chain = hashlib.blake2b(
            ",".join(self._languages).encode(), digest_size=_DIGEST_BYTES
        ).hexdigest()

    @classmethod
    def rate_for(cls, config: DefaultConfig) -> Rate:
        """What Wikimedia allows: 200 requests a minute to those it can reach, 10 to others."""
        return Rate(requests=200 if config.OPERATOR_CONTACT else 10, seconds=60)

    @classmethod
    def connections_for(cls, config: DefaultConfig) -> int:
        """Their share of what Wikimedia allows an address: all workers have the same."""
        return max(1, cls.connections // config.WORKERS)

    def artist_key(self, artist: Artist) -> str | None:
        """The artist's entity or article; None without a link to either."""
        return self._key(artist["links"])

    def album_key(self, album: Album) -> str | None:
        """The album's entity or article; None without a link to either."""
        return self._key(album["links"])

    def _key(self, links: Iterable[Link]) -> str | None:
        subject = subject_of(links, self._languages)
        return f"{self._chain}:{subject}" if subject else None

    async def close(self) -> None:
        """Give up what is under way, and close the connections."""
        await self._together.close()
        await super().close()

    async def records(self, keys: Sequence[str]) -> dict[str, Record | None]:
        """See `SourceMixin`. One request for 50 keys and one for 20 texts in a language.

        Keys that others ask for at the same moment travel in the same requests.
        """
        return await self._together.get(keys)

    async def _records(self, keys: Sequence[str]) -> dict[str, Record | None]:
        subjects = {key: Subject.parse(key.partition(":")[2]) for key in keys}
        entities = await self._entities(set(subjects.values()))
        texts = await self._texts(entities)
        return {
            key: _record(subject, entities[subject], texts[subject])
            for key, subject in subjects.items()
            if subject in texts
        }

    async def _entities(self, subjects: set[Subject]) -> dict[Subject, Entity | None]:
        """What Wikidata knows of them; an article without an entity is one of its own."""
        by_wiki: defaultdict[str, list[Subject]] = defaultdict(list)
        for subject in sorted(subjects):
            by_wiki[subject.language].append(subject)
        found = await _together(
            self._by_id(batch) if not language else self._by_title(language, batch)
            for language, those in by_wiki.items()
            for batch in _batches(those, _IDS_A_CALL)
        )
        return found.all_if_any()

    async def _by_id(self, batch: Sequence[Subject]) -> dict[Subject, Entity | None]:
        ids = [subject.entity for subject in batch]
        try:
            found = await self._ask_wikidata({"ids": "|".join(ids)})
            if found and (others := [number for number in ids if number not in found]):
                with suppress(ProviderUnavailable):
                    found |= await self._ask_wikidata({"ids": "|".join(others)})
        except AnswerTooLong:  # the famous have megabytes
            if len(batch) == 1:
                raise
            middle = len(batch) // 2
            halves = await _together(map(self._by_id, (batch[:middle], batch[middle:])))
            return halves.all_if_any()
        return {subject: found[subject.entity] for subject in batch if subject.entity in found}

    async def _by_title(
        self, language: str, batch: Sequence[Subject]
    ) -> dict[Subject, Entity | None]:
        titles = "|".join(subject.title for subject in batch)
        wiki = _wiki(language)
        found = await self._ask_wikidata({"sites": wiki, "titles": titles}, wiki)
        by_title = {e.titles[language]: e for e in found.values() if e and language in e.titles}
        # No entity has this title: it is a redirect, which Wikipedia itself will follow.
        return {
            subject: by_title.get(subject.title) or Entity({language: subject.title})
            for subject in batch
        }

    async def _ask_wikidata(
        self, which: Mapping[str, str], wiki: str = ""
    ) -> dict[str, Entity | None]:
        wikis = map(_wiki, self._languages)
        params = {
            "action": "wbgetentities",
            "props": "info|sitelinks|descriptions|claims",
            "languages": "|".join(map(_described, self._languages)),
            "sitefilter": "|".join(dict.fromkeys([*wikis, wiki])),
            "format": "json",
            **which,
        }
        return await self.get(self._wikidata, read_entities, params=params, part="wikidata") or {}

    async def _texts(self, entities: dict[Subject, Entity | None]) -> dict[Subject, str]:
        """The best text there is for each, "" for none; those that could not be told are left out.

        All take their first choice, those it does not work out for their next, and so on. Raises
        `ProviderUnavailable` if nothing could be told.
        """
        texts = dict.fromkeys(entities, "")
        choices = {subject: self._choices(entity) for subject, entity in entities.items() if entity}
        failure: ProviderUnavailable | None = None
        while choices:
            wanted: defaultdict[str, dict[Subject, str]] = defaultdict(dict)
            for subject, titles in choices.items():
                language, title = next(titles, ("", ""))
                if language:
                    wanted[language][subject] = title
                else:
                    texts[subject] = title
            found = await _together(
                self._articles(language, dict(batch))
                for language, titled in wanted.items()
                for batch in _batches(list(titled.items()), _EXTRACTS_A_CALL)
            )
            failure = found.failure or failure
            for subject in {subject for titled in wanted.values() for subject in titled}:
                if subject not in found.answers:
                    del texts[subject]
            texts |= found.answers
            choices = {s: choices[s] for s, beginning in found.answers.items() if not beginning}
        if failure is not None and not texts:
            raise failure
        return texts

    def _choices(self, entity: Entity) -> Iterator[tuple[str, str]]:
        """Articles as (language, title) in order of preference; a description as ("", text).

        A line in the reader's own language is better than an article in another.
        """
        first, *others = self._languages
        if first in entity.titles:
            yield first, entity.titles[first]
        if description := entity.descriptions.get(_described(first)):
            yield "", description
        for language in others:
            if language in entity.titles:
                yield language, entity.titles[language]

    async def _articles(self, language: str, titles: dict[Subject, str]) -> dict[Subject, str]:
        wiki = self._wikipedia.replace("{lang}", language)
        params = {
            "action": "query",
            "prop": "extracts|pageprops",
            "ppprop": "disambiguation",
            "exintro": "1",
            "explaintext": "1",
            "exlimit": "max",
            "redirects": "1",
            "format": "json",
            "formatversion": "2",
            "titles": "|".join(titles.values()),
        }
        found = await self.get(
            f"{wiki}/w/api.php",
            lambda answer: read_articles(answer, titles.values()),
            params=params,
            part=language,
        )
        articles = {s: found[title] for s, title in titles.items() if found and title in found}
        told = {s: a.beginning if a else "" for s, a in articles.items() if not a or a.beginning}
        pages = await _together(
            self._from_page(language, subject, article.title)
            for subject, article in articles.items()
            if article and not article.beginning
        )
        return told | pages.answers if told else pages.all_if_any()

    async def _from_page(self, language: str, subject: Subject, title: str) -> dict[Subject, str]:
        """The beginning of an article that no extract could be made of."""
        wiki = self._wikipedia.replace("{lang}", language)
        page = f"{wiki}/api/rest_v1/page/html/{quote(title.replace(' ', '_'), safe='')}"
        return {subject: await self.get_html(page, html_beginning, part=f"{language} pages") or ""}


def _record(subject: Subject, entity: Entity | None, overview: str) -> Record | None:
    if entity is None or not (subject.entity or entity.picture or overview):
        return None
    images = {"Poster": entity.picture} if entity.picture else {}
    return Record(images=images, overview=overview)


def _wiki(language: str) -> str:
    return f"{language.replace('-', '_')}wiki"


def _described(language: str) -> str:
    """What Wikidata calls the language of a Wikipedia."""
    return _DESCRIPTION_LANGUAGES.get(language, language)


def _batches(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    return (items[start : start + size] for start in range(0, len(items), size))


@dataclass(frozen=True)
class _Answers(Generic[K, T]):
    """What those requests found that did not fail, and why the last one that did failed."""

    answers: dict[K, T]
    failure: ProviderUnavailable | None

    def all_if_any(self) -> dict[K, T]:
        """The answers; raises the failure if there are none."""
        if self.failure is not None and not self.answers:
            raise self.failure
        return self.answers


async def _together(requests: Iterable[Coroutine[None, None, dict[K, T]]]) -> _Answers[K, T]:
    """What all of them found, some of which may fail."""
    said = await asyncio.gather(*requests, return_exceptions=True)
    answers: dict[K, T] = {}
    failure: ProviderUnavailable | None = None
    for answer in said:
        if isinstance(answer, ProviderUnavailable):
            failure = answer
        elif isinstance(answer, BaseException):
            raise answer
        else:
            answers |= answer
    return _Answers(answers, failure)
