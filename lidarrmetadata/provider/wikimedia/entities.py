"""Wikidata's answers: https://www.mediawiki.org/wiki/Wikibase/API#wbgetentities."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from lidarrmetadata.provider.record import rows, table, text

# Lidarr tells what an image is by the end of its address.
_PICTURES = (".jpg", ".jpeg", ".png", ".gif")
_COMMONS = "https://upload.wikimedia.org/wikipedia/commons"
_NO_SUCH_ENTITY = "no-such-entity"
_RANKS = {"preferred": 0, "normal": 1}  # the third, deprecated, is known to be wrong


@dataclass(frozen=True)
class Entity:
    """What Wikidata knows: article titles and descriptions by language, a picture's address."""

    titles: dict[str, str] = field(default_factory=dict)
    descriptions: dict[str, str] = field(default_factory=dict)
    picture: str = ""


def read_entities(answer: Any) -> dict[str, Entity | None]:  # noqa: ANN401  JSON
    """Entities by id, None for those that do not exist; a merged one by its old id as well.

    One id that can be none fails all that are asked for with it: then it is the only one here. An
    entity that makes no sense is left out.

    Raises TypeError or LookupError for anything that is not such an answer.
    """
    answer = table(answer)
    error = table(answer.get("error", {}))
    if error.get("code") == _NO_SUCH_ENTITY:
        return {text(error["id"]): None}
    entities: dict[str, Entity | None] = {}
    for number, row in table(answer["entities"]).items():
        with suppress(TypeError, LookupError):
            row = table(row)
            entity = None if "missing" in row else _entity(row)
            numbers = [number, text(row["id"])] if "id" in row else [number]
            if "redirects" in row:
                numbers.append(text(table(row["redirects"])["from"]))
            entities |= dict.fromkeys(numbers, entity)
    if not entities:
        raise LookupError("no entity that makes sense")
    return entities


def _entity(row: dict[str, Any]) -> Entity:
    if row["type"] != "item":
        raise TypeError(f"{row['type']} where an item belongs")
    titles = {
        site.removesuffix("wiki").replace("_", "-"): text(table(link)["title"])
        for site, link in _object(row.get("sitelinks")).items()
        if site.endswith("wiki")
    }
    descriptions = {
        language: text(table(found)["value"])
        for language, found in _object(row.get("descriptions")).items()
    }
    return Entity(titles, descriptions, _picture(_object(row.get("claims"))))


def _object(value: Any) -> dict[str, Any]:  # noqa: ANN401  JSON
    """An object; PHP writes an empty one as an empty list."""
    return {} if value is None or value == [] else table(value)


def _picture(claims: dict[str, Any]) -> str:
    """Address of the best picture (property P18) of a type Lidarr takes, "" without one."""
    ranked = [claim for claim in map(table, rows(claims.get("P18"))) if claim["rank"] in _RANKS]
    for claim in sorted(ranked, key=lambda claim: _RANKS[claim["rank"]]):
        value = table(claim["mainsnak"]).get("datavalue")  # none if it is said to be unknown
        name = text(table(value)["value"]).replace(" ", "_") if value else ""
        if name.lower().endswith(_PICTURES):
            return picture_address(name)
    return ""


def picture_address(name: str) -> str:
    """Where Commons keeps a file: below the first digits of its name's MD5.

    https://www.mediawiki.org/wiki/Manual:$wgHashedUploadDirectory
    """
    name = name[:1].upper() + name[1:]
    digest = hashlib.md5(name.encode(), usedforsecurity=False).hexdigest()
    return f"{_COMMONS}/{digest[0]}/{digest[:2]}/{quote(name, safe='(),!*:@')}"
